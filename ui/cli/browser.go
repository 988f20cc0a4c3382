package cli

import (
	"context"
	"io"
	"os/exec"
	"runtime"
	"strings"

	"github.com/cli/browser"

	"fob/config/stash"
)

// browserHere returns how an address is opened in the person's browser, nil where none can be: over ssh, and without a
// display. BROWSER names the program to use, as other tools have it.
func browserHere(getenv func(string) string) func(context.Context, string) error {
	if own := strings.TrimSpace(getenv("BROWSER")); own != "" && !strings.ContainsAny(own, " \t%:") {
		return func(ctx context.Context, address string) error { return openWith(ctx, own, address) }
	}
	if getenv("SSH_CONNECTION") != "" || getenv("SSH_TTY") != "" {
		return nil
	}
	if runtime.GOOS == "linux" && getenv("DISPLAY") == "" && getenv("WAYLAND_DISPLAY") == "" && getenv("WSL_DISTRO_NAME") == "" {
		return nil // what would open is a text browser, in the middle of the screen
	}
	return func(_ context.Context, address string) error {
		browser.Stdout, browser.Stderr = io.Discard, io.Discard // nothing but fob writes to the terminal
		return browser.OpenURL(address)
	}
}

func openWith(ctx context.Context, program, address string) error {
	cmd := exec.CommandContext(context.WithoutCancel(ctx), program, address)
	cmd.Env = stash.ChildEnv(cmd.Environ())
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }() // it stays open for as long as the person likes
	return nil
}
