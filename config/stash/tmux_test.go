//go:build !windows

package stash_test

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"fob/config/stash"
)

// makeGate makes a pipe that whoever reads it waits at, and returns what lets them through; the end of the test does it
// as well.
func makeGate(t *testing.T, path string) (open func()) {
	t.Helper()
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	// Opened for both, so that neither side waits for the other to open it.
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	open = func() { _, _ = f.WriteString("\n\n\n\n") }
	t.Cleanup(func() {
		open()
		_ = f.Close()
	})
	return open
}

// startTmux starts a tmux server of its own with one client on a pty, and returns the value of TMUX inside of it and
// what the client's terminal is sent.
func startTmux(t *testing.T) (inside string, terminal *bufio.Reader) {
	t.Helper()
	path, err := exec.LookPath("tmux")
	if err != nil {
		t.Fatal("tmux is needed: apt-get install --no-install-recommends tmux")
	}
	dir, err := os.MkdirTemp("", "tmux") // a socket's path has to be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	t.Setenv("TMUX", "")
	t.Setenv("TMUX_TMPDIR", dir)
	client := exec.Command(path, "-L", "fob", "-f", "/dev/null", "new-session", "printf ready; cat")
	client.Env = append(os.Environ(), "TERM=xterm-256color", "LC_ALL=C.UTF-8")
	screen, err := pty.StartWithSize(client, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		kill := exec.Command(path, "-L", "fob", "kill-server")
		kill.Env = append(os.Environ(), "TMUX_TMPDIR="+dir)
		_ = kill.Run()
		_ = client.Wait()
		_ = screen.Close()
	})
	terminal = bufio.NewReader(screen)
	waitFor(t, screen, terminal, "ready")
	out, err := exec.Command(path, "-L", "fob", "display-message", "-p", "#{socket_path},#{pid},0").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out)), terminal
}

// waitFor reads until text was seen.
func waitFor(t *testing.T, screen io.Closer, r *bufio.Reader, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if screen != nil {
		stop := context.AfterFunc(ctx, func() { _ = screen.Close() })
		defer stop()
	}
	var seen strings.Builder
	for !strings.HasSuffix(seen.String(), text) {
		b, err := r.ReadByte()
		if err != nil {
			t.Fatalf("the terminal never showed it: %v", err)
		}
		seen.WriteByte(b)
	}
}

func TestInsideTmuxTheKeyReachesTheTerminalAndStaysNowhere(t *testing.T) {
	inside, terminal := startTmux(t)
	t.Setenv("TMUX", inside)
	c := stash.NewClipboard(nil, os.Getenv)
	if c.Way() != "tmux" {
		t.Fatalf("way: %s", c.Way())
	}
	if err := c.Try(t.Context()); err != nil {
		t.Fatal(err)
	}
	v := madeUpKey()
	if err := c.Put(t.Context(), "", v); err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(sequence(v.Reveal()), "c;")
	waitFor(t, nil, terminal, strings.TrimSuffix(after, "\a"))
	buffers, err := exec.Command("tmux", "list-buffers").CombinedOutput()
	if err != nil || len(buffers) != 0 {
		t.Errorf("buffers are left: %q, %v", buffers, err)
	}
	if err := c.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, after, _ = strings.Cut(sequence(" "), "c;")
	waitFor(t, nil, terminal, strings.TrimSuffix(after, "\a"))
}

func TestATmuxThatIsGoneIsAnError(t *testing.T) {
	t.Setenv("TMUX", filepath.Join(t.TempDir(), "gone")+",1,0")
	c := stash.NewClipboard(nil, os.Getenv)
	if err := c.Try(t.Context()); err == nil {
		t.Error("try: no error")
	}
	if err := c.Put(t.Context(), "", madeUpKey()); err == nil {
		t.Error("put: no error")
	}
}
