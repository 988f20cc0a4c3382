package stash

import (
	"context"
	"strings"

	"fob/client/visible"
)

// Multiplexer is tmux or screen between fob and the terminal. What is told is safe to show.
type Multiplexer struct {
	Name         string // "tmux" or "screen"; "": neither
	Version      string // as tmux tells it: "3.3a"
	SetClipboard string // tmux's set-clipboard: "on", "external" or "off"; "" if it isn't known
	Passthrough  string // tmux's allow-passthrough: "on", "all" or "off"; "" if it isn't known
}

// Multiplexer tells what stands between fob and the terminal, and how it is set up for the clipboard. The error is of
// asking tmux; what is known without it is returned all the same.
func (c *Clipboard) Multiplexer(ctx context.Context) (Multiplexer, error) {
	if c.env("TMUX") == "" {
		if c.env("STY") != "" {
			return Multiplexer{Name: "screen"}, nil
		}
		return Multiplexer{}, nil
	}
	m := Multiplexer{Name: "tmux"}
	out, err := c.run(ctx, command{argv: []string{"tmux", "-V"}})
	if err != nil {
		return m, err
	}
	m.Version = strings.TrimPrefix(firstLine(out), "tmux ")
	// -q: an option that an old tmux doesn't have is no failure.
	if out, err = c.run(ctx, command{argv: []string{"tmux", "show-options", "-gqv", "set-clipboard"}}); err != nil {
		return m, err
	}
	m.SetClipboard = firstLine(out)
	if out, err = c.run(ctx, command{argv: []string{"tmux", "show-options", "-gqv", "allow-passthrough"}}); err != nil {
		return m, err
	}
	m.Passthrough = firstLine(out)
	return m, nil
}

func firstLine(out []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return visible.Truncate(visible.Line(line), 40)
}
