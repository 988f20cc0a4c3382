package stash

import (
	"context"
	"strings"

	"github.com/atotto/clipboard"

	"fob/client/secret"
)

// tool is a clipboard of this machine: commands to copy and paste, or the system's own calls if it has none.
type tool struct {
	name        string
	copy, paste []string
}

// localTool finds the clipboard of the machine that fob runs on. Over ssh that isn't the one of the person at the
// terminal, unless a display is forwarded.
//
// The commands are started here and not by atotto/clipboard, because that gives a child the whole environment and
// waits for it without a deadline. On Windows there is no child, and its calls are used.
func (c *Clipboard) localTool() (tool, bool) {
	remote := c.env("SSH_CONNECTION") != "" || c.env("SSH_TTY") != ""
	switch c.goos {
	case "windows":
		return tool{name: "the clipboard of Windows"}, !remote && !clipboard.Unsupported
	case "darwin":
		t := tool{name: "pbcopy", copy: []string{"pbcopy"}, paste: []string{"pbpaste"}}
		return t, !remote && c.has(t)
	}
	if c.env("WAYLAND_DISPLAY") != "" {
		t := tool{name: "wl-copy", copy: []string{"wl-copy"}, paste: []string{"wl-paste", "--no-newline"}}
		if c.has(t) {
			return t, true
		}
	}
	if c.env("DISPLAY") != "" {
		for _, t := range []tool{
			{"xclip", []string{"xclip", "-in", "-selection", "clipboard"}, []string{"xclip", "-out", "-selection", "clipboard"}},
			{"xsel", []string{"xsel", "--input", "--clipboard"}, []string{"xsel", "--output", "--clipboard"}},
		} {
			if c.has(t) {
				return t, true
			}
		}
	}
	return tool{}, false
}

func (c *Clipboard) has(t tool) bool {
	for _, argv := range [][]string{t.copy, t.paste} {
		if _, err := c.look(argv[0]); err != nil {
			return false
		}
	}
	return true
}

func (c *Clipboard) copy(ctx context.Context, t tool, v secret.Value) error {
	if t.copy == nil {
		return clipboard.WriteAll(v.Reveal())
	}
	_, err := c.run(ctx, command{argv: t.copy, stdin: v, detaches: true})
	return err
}

func (c *Clipboard) paste(ctx context.Context, t tool) (secret.Value, error) {
	if t.paste == nil {
		text, err := clipboard.ReadAll()
		return secret.New(text), err
	}
	out, err := c.run(ctx, command{argv: t.paste})
	return secret.New(strings.TrimSuffix(string(out), "\n")), err
}
