//go:build !windows

package stash_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"fob/config/stash"
)

// A real tmux tells how it is set up, and what was changed in it.
func TestMultiplexerIsTmux(t *testing.T) {
	inside, _ := startTmux(t)
	t.Setenv("TMUX", inside)
	c := stash.NewClipboard(nil, os.Getenv)
	m, err := c.Multiplexer(t.Context())
	if err != nil || m.Name != "tmux" || m.Version == "" || strings.Contains(m.Version, "tmux") || m.SetClipboard != "external" || m.Passthrough == "on" {
		t.Errorf("%+v, %v", m, err)
	}
	for option, value := range map[string]string{"set-clipboard": "on", "allow-passthrough": "on"} {
		if out, err := exec.Command("tmux", "set-option", "-g", option, value).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	if m, err = c.Multiplexer(t.Context()); err != nil || m.SetClipboard != "on" || m.Passthrough != "on" {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestMultiplexerIsNone(t *testing.T) {
	for _, c := range []struct {
		env  []string
		want string
	}{{nil, ""}, {[]string{"STY=1.x"}, "screen"}} {
		m, err := stash.NewClipboard(nil, environ(c.env...)).Multiplexer(t.Context())
		if err != nil || m.Name != c.want {
			t.Errorf("%q: %+v, %v", c.env, m, err)
		}
	}
	// A server that is gone is said, and what is known is told.
	t.Setenv("TMUX", t.TempDir()+"/gone,1,0")
	m, err := stash.NewClipboard(nil, os.Getenv).Multiplexer(t.Context())
	if m.Name != "tmux" || err == nil {
		t.Errorf("%+v, %v", m, err)
	}
}
