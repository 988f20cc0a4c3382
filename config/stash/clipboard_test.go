//go:build !windows

package stash_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fob/client/secret"
	"fob/config/stash"
)

// environ is an environment of a clipboard's own, on top of PATH.
func environ(pairs ...string) func(string) string {
	return func(name string) string {
		for _, pair := range pairs {
			if value, ok := strings.CutPrefix(pair, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

// sequence is the OSC 52 sequence that sets the clipboard to text.
func sequence(text string) string {
	return "\x1b]52;c;" + base64.StdEncoding.EncodeToString([]byte(text)) + "\a"
}

func TestTheTerminalGetsOneSequence(t *testing.T) {
	var out bytes.Buffer
	c := stash.NewClipboard(&out, environ("TERM=xterm-256color"))
	if err := c.Try(t.Context()); err != nil || out.Len() != 0 {
		t.Errorf("try: %v, wrote %q", err, out.String())
	}
	if err := c.Clear(t.Context()); !errors.Is(err, stash.ErrNothingCopied) {
		t.Errorf("clear before anything: %v", err)
	}
	v := madeUpKey()
	if err := c.Put(t.Context(), "", v); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); got != sequence(v.Reveal()) {
		t.Errorf("wrote %d bytes", len(got))
	}
	out.Reset()
	if err := c.Clear(t.Context()); err != nil || out.String() != sequence("") {
		t.Errorf("clear: %v, wrote %q", err, out.String())
	}
	if c.Custody() != secret.Sent || c.Way() != "the terminal (OSC 52)" {
		t.Errorf("%s, %s", c.Custody(), c.Way())
	}
}

func TestScreenGetsWrappedPieces(t *testing.T) {
	var out bytes.Buffer
	c := stash.NewClipboard(&out, environ("TERM=screen", "STY=1.x"))
	v := secret.New(strings.Repeat(madeUpKey().Reveal(), 20))
	if err := c.Put(t.Context(), "", v); err != nil {
		t.Fatal(err)
	}
	var whole strings.Builder
	for piece := range strings.SplitAfterSeq(out.String(), "\x1b\\") {
		if piece == "" {
			continue
		}
		inner, begins := strings.CutPrefix(piece, "\x1bP")
		inner, ends := strings.CutSuffix(inner, "\x1b\\")
		if !begins || !ends || len(inner) > 768 {
			t.Fatalf("a piece of %d bytes", len(inner))
		}
		whole.WriteString(inner)
	}
	if whole.String() != sequence(v.Reveal()) {
		t.Error("the pieces are not the sequence")
	}
}

func TestTheWayIsChosenByTheEnvironment(t *testing.T) {
	bin := t.TempDir()
	for _, name := range []string{"tmux", "wl-copy", "wl-paste", "xclip", "xsel"} {
		writeFile(t, filepath.Join(bin, name), "#!/bin/sh\n", 0o700)
	}
	t.Setenv("PATH", bin)
	for _, c := range []struct {
		want string
		env  []string
	}{
		{"none", nil},
		{"none", []string{"TERM=dumb"}},
		{"the terminal (OSC 52)", []string{"TERM=xterm"}},
		{"the terminal (OSC 52)", []string{"TERM=xterm", "SSH_TTY=/dev/pts/1"}},
		{"tmux", []string{"TERM=tmux-256color", "TMUX=/x,1,0", "DISPLAY=:0"}},
		{"the terminal (OSC 52 through screen)", []string{"TERM=screen", "STY=1.x", "DISPLAY=:0"}},
		{"wl-copy", []string{"TERM=xterm", "WAYLAND_DISPLAY=wayland-0", "DISPLAY=:0"}},
		{"xclip", []string{"TERM=xterm", "DISPLAY=:0"}},
		{"xclip", []string{"DISPLAY=:0"}},
	} {
		if got := stash.NewClipboard(&bytes.Buffer{}, environ(c.env...)).Way(); got != c.want {
			t.Errorf("%q: %s instead of %s", c.env, got, c.want)
		}
	}
	t.Setenv("PATH", t.TempDir())
	c := stash.NewClipboard(nil, environ("TERM=xterm", "TMUX=/x,1,0", "DISPLAY=:0", "WAYLAND_DISPLAY=w"))
	if err := c.Try(t.Context()); !errors.Is(err, stash.ErrNoClipboard) || c.Way() != "none" {
		t.Errorf("nothing is there: %v, %s", err, c.Way())
	}
	if err := c.Put(t.Context(), "", madeUpKey()); !errors.Is(err, stash.ErrNoClipboard) {
		t.Errorf("put: %v", err)
	}
}

func TestAValueThatWouldActOnATerminalIsRefused(t *testing.T) {
	var out bytes.Buffer
	c := stash.NewClipboard(&out, environ("TERM=xterm"))
	for _, value := range []string{"", "a\nb", "a\x1b[31m", "a\u009b"} {
		if err := c.Put(t.Context(), "", secret.New(value)); err == nil || out.Len() > 0 {
			t.Errorf("%q: %v", value, err)
		}
	}
}

// fakeTool is an X11 clipboard that keeps its content in a file, and leaves a process behind as the real one does. It
// notes its arguments and its environment.
const fakeTool = `#!/bin/sh
cd "$(dirname "$0")"
echo "$@" >> arguments
env >> environment
case "$*" in
*-in*) cat > content; read line < gate & ;;
*-out*) cat content ;;
esac
`

func TestALocalToolIsAskedBeforeItsContentIsWiped(t *testing.T) {
	bin := t.TempDir()
	writeFile(t, filepath.Join(bin, "xclip"), fakeTool, 0o700)
	gate := makeGate(t, filepath.Join(bin, "gate"))
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	session := madeUpKey()
	t.Setenv("FOB_SESSION_TOKEN", session.Reveal())
	c := stash.NewClipboard(nil, environ("DISPLAY=:0"))
	v := madeUpKey()
	if err := errors.Join(c.Try(t.Context()), c.Put(t.Context(), "", v)); err != nil {
		t.Fatal(err)
	}
	content := filepath.Join(bin, "content")
	if got := masked(t, content, v); got != "KEY" {
		t.Errorf("the tool got %q", got)
	}
	if err := c.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := masked(t, content, v); got != "" {
		t.Errorf("after clearing: %q", got)
	}
	if err := c.Put(t.Context(), "", v); err != nil {
		t.Fatal(err)
	}
	writeFile(t, content, "of somebody else", 0o600)
	if err := c.Clear(t.Context()); !errors.Is(err, stash.ErrReplaced) {
		t.Errorf("clear what somebody else put there: %v", err)
	}
	if got := masked(t, content, v); got != "of somebody else" {
		t.Errorf("somebody else's content is wiped: %q", got)
	}
	if err := c.Write(t.Context(), "an-id"); err != nil {
		t.Fatal(err)
	}
	if err := c.Clear(t.Context()); !errors.Is(err, stash.ErrNothingCopied) || masked(t, content, v) != "an-id" {
		t.Errorf("clear what is no key: %v", err)
	}
	for _, name := range []string{"arguments", "environment"} {
		data, err := os.ReadFile(filepath.Join(bin, name))
		if err != nil || len(data) == 0 {
			t.Fatalf("%s: %v", name, err)
		}
		if text := string(data); v.Redact(text) != text || session.Redact(text) != text || strings.Contains(text, "FOB_SESSION") {
			t.Errorf("a secret is in the %s of a child", name)
		}
	}
	gate()
}

func TestAToolThatFailsSaysWhyWithoutTheSecret(t *testing.T) {
	bin := t.TempDir()
	writeFile(t, filepath.Join(bin, "xclip"), "#!/bin/sh\necho \"can't open display for $(cat)\" >&2\nexit 3\n", 0o700)
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	v := madeUpKey()
	err := stash.NewClipboard(nil, environ("DISPLAY=:0")).Put(t.Context(), "", v)
	if err == nil || !strings.Contains(err.Error(), "can't open display for [secret]") || v.Redact(err.Error()) != err.Error() {
		t.Errorf("error: %v", err)
	}
}

func TestChildrenInheritNoSecretOfOurs(t *testing.T) {
	got := stash.ChildEnv([]string{
		"PATH=/bin", "FOB_SESSION_TOKEN=x", "fob_session_token=x", "FOB_API_URL=u", "FOB_OTHER_SECRET=x", "TOKEN=theirs", "=C:=C:\\",
	})
	if want := "PATH=/bin FOB_API_URL=u TOKEN=theirs =C:=C:\\"; strings.Join(got, " ") != want {
		t.Errorf("%q", got)
	}
}

func TestDisplayAndMemory(t *testing.T) {
	v := madeUpKey()
	m := stash.NewMemory()
	for _, d := range []stash.Destination{stash.Display{}, m} {
		if err := errors.Join(d.Try(t.Context()), d.Put(t.Context(), "one", v)); err != nil {
			t.Error(err)
		}
	}
	if got, err := m.Get(t.Context(), "one"); err != nil || !got.Equal(v) {
		t.Errorf("memory: %v", err)
	}
	if err := m.Delete(t.Context(), "one"); err != nil {
		t.Error(err)
	}
	if _, err := m.Get(t.Context(), "one"); stash.KindOf(err) != stash.NotFound {
		t.Errorf("memory after deleting: %v", err)
	}
	if err := m.Delete(t.Context(), "one"); stash.KindOf(err) != stash.NotFound {
		t.Errorf("deleting twice: %v", err)
	}
	if m.Custody() != secret.Kept || (stash.Display{}).Custody() != secret.Sent {
		t.Error("custody")
	}
}
