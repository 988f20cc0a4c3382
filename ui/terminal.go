package ui

import (
	"errors"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

// ErrNoTerminal is returned by OpenTerminal where there is nothing to draw on: escapes never go into a pipe or a file.
var ErrNoTerminal = errors.New("input and output have to be a terminal")

// ErrHungUp is what Run returns when the terminal went away and no signal said so: under make, for one, it is make that
// hears of it, and waits for fob.
var ErrHungUp = errors.New("the terminal is gone")

// input is the terminal's input. Bubble Tea takes its end for silence, and would wait for ever.
type input struct {
	*os.File
	gone func()
}

// Read reads keys, and says when there will be none any more.
func (i *input) Read(p []byte) (int, error) {
	n, err := i.File.Read(p)
	if err != nil || n == 0 && len(p) > 0 {
		i.gone()
	}
	return n, err
}

// restoreWithin is how long a terminal may take to hear that the program is over. One that is gone, or stopped by
// ctrl+s, never does, and a secret may still have to be kept.
const restoreWithin = 300 * time.Millisecond

// leave is what brings a terminal back: end of pastes in brackets, no mouse, a cursor, the screen as it was before.
const leave = "\x1b[?2004l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?25h\x1b[?1049l"

// Terminal is what the program draws on. It embeds the output, because Bubble Tea asks that for the terminal's size, and
// locks every write, so that a sequence for the clipboard goes out between two frames and never inside one.
type Terminal struct {
	*os.File
	in    *os.File
	saved *term.State // as it was before

	mu     sync.Mutex
	drawn  bool // something was written
	closed bool // nothing is written any more
}

// OpenTerminal takes the terminal behind in and out, and notes how it was. It fails with ErrNoTerminal if either is
// none. Nothing is asked of it.
func OpenTerminal(in, out *os.File) (*Terminal, error) {
	if !term.IsTerminal(int(in.Fd())) || !term.IsTerminal(int(out.Fd())) {
		return nil, ErrNoTerminal
	}
	saved, err := term.GetState(int(in.Fd()))
	if err != nil {
		return nil, err
	}
	return &Terminal{File: out, in: in, saved: saved}, nil
}

// Write writes p as one piece.
func (t *Terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return len(p), nil
	}
	t.drawn = true
	return t.File.Write(p)
}

// WriteString writes s as one piece. It is here because the embedded file's own would pass by the lock.
func (t *Terminal) WriteString(s string) (int, error) { return t.Write([]byte(s)) }

// Restore brings the terminal back to how it was, and drops whatever is written to it from now on. It may be called
// several times and from any goroutine, and returns soon even if the terminal doesn't listen any more.
func (t *Terminal) Restore() {
	done := make(chan struct{})
	go func() {
		defer close(done)
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.drawn && !t.closed {
			_, _ = t.File.WriteString(leave)
		}
		t.closed = true
	}()
	select {
	case <-done:
	case <-time.After(restoreWithin):
	}
	_ = term.Restore(int(t.in.Fd()), t.saved)
}

// release notes that Bubble Tea has brought the terminal back itself.
func (t *Terminal) release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
}
