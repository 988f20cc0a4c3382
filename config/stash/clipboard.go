package stash

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"sync"

	"github.com/charmbracelet/x/ansi"

	"fob/client/secret"
)

// ErrNoClipboard is returned where neither the terminal nor a tool can take anything.
var ErrNoClipboard = errors.New("no way to a clipboard from here")

// ErrNothingCopied is returned by Clear when nothing of ours was put there.
var ErrNothingCopied = errors.New("nothing of ours is on the clipboard")

// ErrReplaced is returned by Clear when the key that was put there isn't there any more.
var ErrReplaced = errors.New("something else is on the clipboard by now")

// tmuxBuffer is the name of the buffer that a key passes through; it is deleted at once.
const tmuxBuffer = "fob"

// Clipboard puts keys on the clipboard of the person at the terminal. Nothing confirms that they arrive.
type Clipboard struct {
	out  io.Writer
	env  func(string) string
	goos string
	look func(string) (string, error)
	run  func(ctx context.Context, c command) ([]byte, error)

	mu   sync.Mutex
	last secret.Value
}

// NewClipboard returns a clipboard that chooses its way by the environment env (os.Getenv): inside tmux through tmux;
// inside screen by a wrapped OSC 52 sequence; a tool of this machine where there is a display; else by OSC 52. Sequences
// are written to out in one Write each; out is the one writer that owns the terminal, nil if there is none.
func NewClipboard(out io.Writer, env func(string) string) *Clipboard {
	return &Clipboard{out: out, env: env, goos: runtime.GOOS, look: exec.LookPath, run: runCommand}
}

// Name is for people.
func (*Clipboard) Name() string { return "the clipboard" }

// Custody is secret.Sent: no terminal and no tool confirms what became of it.
func (*Clipboard) Custody() secret.Custody { return secret.Sent }

type way int

const (
	wayNone way = iota
	wayTmux
	wayScreen
	wayTool
	wayTerminal
)

func (c *Clipboard) choose() (way, tool) {
	if c.env("TMUX") != "" {
		if _, err := c.look("tmux"); err == nil {
			return wayTmux, tool{}
		}
	}
	terminal := c.out != nil && c.env("TERM") != "" && c.env("TERM") != "dumb"
	if c.env("STY") != "" && terminal {
		return wayScreen, tool{}
	}
	if found, ok := c.localTool(); ok {
		return wayTool, found
	}
	if terminal {
		return wayTerminal, tool{}
	}
	return wayNone, tool{}
}

// Way says for people how a key gets to the clipboard: "tmux", "the terminal (OSC 52)", "wl-copy".
func (c *Clipboard) Way() string {
	switch w, t := c.choose(); w {
	case wayTmux:
		return "tmux"
	case wayScreen:
		return "the terminal (OSC 52 through screen)"
	case wayTool:
		return t.name
	case wayTerminal:
		return "the terminal (OSC 52)"
	default:
		return "none"
	}
}

// Try looks whether the way can be gone, without touching what is on the clipboard.
func (c *Clipboard) Try(ctx context.Context) error {
	switch w, _ := c.choose(); w {
	case wayNone:
		return ErrNoClipboard
	case wayTmux:
		out, err := c.run(ctx, command{argv: []string{"tmux", "-V"}})
		if err != nil {
			return err
		}
		if !tmuxSends(string(out)) {
			return fmt.Errorf("%s is too old to reach the clipboard: 3.2 is needed", strings.TrimSpace(string(out)))
		}
		_, err = c.run(ctx, command{argv: []string{"tmux", "list-buffers"}})
		return err
	default:
		return ctx.Err()
	}
}

// tmuxSends tells from "tmux 3.3a" whether load-buffer has -w, which came with 3.2. What isn't a number ("tmux master")
// is taken for new.
func tmuxSends(version string) bool {
	_, number, _ := strings.Cut(strings.TrimSpace(version), " ")
	var major, minor int
	if n, _ := fmt.Sscanf(strings.TrimPrefix(number, "next-"), "%d.%d", &major, &minor); n < 2 {
		return true
	}
	return major > 3 || major == 3 && minor >= 2
}

// Put sends v to the clipboard; account is not used. A value with control characters is refused: it is none of ours,
// and would act on the terminal that it is pasted into.
func (c *Clipboard) Put(ctx context.Context, _ string, v secret.Value) error {
	if v.IsZero() || strings.ContainsFunc(v.Reveal(), isControl) {
		return errors.New("the value is empty or has control characters")
	}
	return c.put(ctx, v)
}

func (c *Clipboard) put(ctx context.Context, v secret.Value) error {
	if err := c.send(ctx, v); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = v
	return nil
}

// Write sends a text that is no secret and may have several lines to the clipboard, where Clear then leaves it. A text
// with other control characters is refused.
func (c *Clipboard) Write(ctx context.Context, text string) error {
	if text == "" || strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && isControl(r) }) {
		return errors.New("the text is empty or has control characters")
	}
	if err := c.put(ctx, secret.New(text)); err != nil {
		return err
	}
	c.forget()
	return nil
}

// Clear wipes the clipboard if a key was put there: ErrNothingCopied if none was, ErrReplaced where the clipboard can be
// read and has something else by now. Where it can't be read, it is wiped.
func (c *Clipboard) Clear(ctx context.Context) error {
	c.mu.Lock()
	last := c.last
	c.mu.Unlock()
	if last.IsZero() {
		return ErrNothingCopied
	}
	if ours, known := c.stillHas(ctx, last); known && !ours {
		c.forget()
		return ErrReplaced
	}
	if err := c.send(ctx, secret.Value{}); err != nil {
		return err
	}
	c.forget()
	return nil
}

func (c *Clipboard) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = secret.Value{}
}

// stillHas tells whether the clipboard has the key last. known is false where that can't be read: a terminal is never
// asked, because its answer would arrive as typing.
func (c *Clipboard) stillHas(ctx context.Context, last secret.Value) (ours, known bool) {
	w, t := c.choose()
	if w != wayTool {
		return false, false
	}
	text, err := c.paste(ctx, t)
	if err != nil {
		return false, false
	}
	return text.Equal(last), true
}

// send sends v, or wipes the clipboard if v is zero.
func (c *Clipboard) send(ctx context.Context, v secret.Value) error {
	switch w, t := c.choose(); w {
	case wayTmux:
		return c.throughTmux(ctx, v)
	case wayScreen:
		return c.write(ctx, func(s string) string { return ansi.ScreenPassthrough(s, screenLimit) }, v)
	case wayTool:
		return c.copy(ctx, t, v)
	case wayTerminal:
		return c.write(ctx, func(s string) string { return s }, v)
	default:
		return ErrNoClipboard
	}
}

// screenLimit is how much of a sequence goes into one string of screen's: it drops longer ones than 768 bytes.
const screenLimit = 512

func (c *Clipboard) write(ctx context.Context, wrap func(string) string, v secret.Value) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	sequence := ansi.ResetClipboard(ansi.SystemClipboard)
	if !v.IsZero() {
		sequence = ansi.SetSystemClipboard(v.Reveal())
	}
	_, err := io.WriteString(c.out, wrap(sequence))
	return err
}

// throughTmux hands v to tmux on stdin, which sends it to the terminals attached to it (-w), and deletes the buffer
// that it stays in otherwise. tmux ignores an empty buffer, so wiping is done with a space.
func (c *Clipboard) throughTmux(ctx context.Context, v secret.Value) error {
	if v.IsZero() {
		v = secret.New(" ")
	}
	load := command{argv: []string{"tmux", "load-buffer", "-w", "-b", tmuxBuffer, "-"}, stdin: v}
	_, err := c.run(ctx, load)
	// Also after a failure, and when ctx has ended: the key must not stay in tmux.
	cleanup, cancel := context.WithTimeout(context.WithoutCancel(ctx), childDeadline)
	defer cancel()
	_, deleted := c.run(cleanup, command{argv: []string{"tmux", "delete-buffer", "-b", tmuxBuffer}})
	if err != nil {
		return err
	}
	if deleted != nil {
		return fmt.Errorf("the key was sent, but is also in tmux's buffer %q: %w", tmuxBuffer, deleted)
	}
	return nil
}

func isControl(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }
