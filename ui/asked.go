package ui

import (
	"context"
	"errors"
	"io"
	"os"
	"regexp"
	"sync"
	"time"

	"github.com/muesli/cancelreader"
	"golang.org/x/term"
)

// The smallest terminal that the screens can be shown on.
const (
	MinWidth  = minWidth
	MinHeight = minHeight
)

// ErrNotAsked is returned by AskTerminal where nothing may be asked: fob isn't in the terminal's foreground, or this
// system has no way to hear the answer without echoing it.
var ErrNotAsked = errors.New("the terminal can't be asked from here")

// ErrGarbled is what a terminal's answer fails with that is none: something else arrived in its place.
var ErrGarbled = errors.New("something else than an answer came back")

// whoAreYou asks a terminal what it is (DA1). Every terminal since the VT100 answers it, and showing it does nothing.
const whoAreYou = "\x1b[c"

// answerForm is what an answer to whoAreYou is.
var answerForm = regexp.MustCompile(`\x1b\[\?[0-9;]*c`)

// mostAnswer is how much is kept of what arrives in the place of an answer.
const mostAnswer = 1 << 10

// Asked is a terminal that was asked what it is. Until Close it echoes nothing, and whatever arrives is taken for the
// answer, so that a late one never stands in a shell's line as if it had been typed. Ctrl+c still interrupts.
type Asked struct {
	reader  cancelreader.CancelReader
	restore func()
	over    chan struct{} // closed when nothing is read any more
	closing sync.Once

	mu       sync.Mutex
	began    time.Time
	heard    []byte
	failed   error
	answered chan struct{} // closed once heard has an answer, or none can come any more
	took     time.Duration
}

// AskTerminal asks the terminal behind in and out what it is, and doesn't wait for the answer. It fails with
// ErrNoTerminal or ErrNotAsked. Whoever asked has to close it.
func AskTerminal(in, out *os.File) (*Asked, error) {
	if !term.IsTerminal(int(in.Fd())) || !term.IsTerminal(int(out.Fd())) {
		return nil, ErrNoTerminal
	}
	restore, err := listen(int(in.Fd()))
	if err != nil {
		return nil, err
	}
	reader, err := cancelreader.NewReader(in)
	if err != nil {
		restore()
		return nil, err
	}
	a := &Asked{reader: reader, restore: restore, over: make(chan struct{}), answered: make(chan struct{}), began: time.Now()}
	go a.read()
	go func() { _, _ = io.WriteString(out, whoAreYou) }() // one that is stopped by ctrl+s doesn't take it
	return a, nil
}

// read reads until it is cancelled.
func (a *Asked) read() {
	defer close(a.over)
	chunk := make([]byte, 256)
	for {
		n, err := a.reader.Read(chunk)
		if n == 0 && err == nil {
			err = io.EOF
		}
		if a.hear(chunk[:n], err); err != nil {
			return
		}
	}
}

func (a *Asked) hear(p []byte, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if room := mostAnswer - len(a.heard); room > 0 {
		a.heard = append(a.heard, p[:min(room, len(p))]...)
	}
	if a.took != 0 || a.failed != nil {
		return // it is known already
	}
	switch {
	case answerForm.Match(a.heard):
		a.took = max(time.Since(a.began), 1)
		close(a.answered)
	case err != nil:
		a.failed = err
		close(a.answered)
	}
}

// Answer waits for the answer until ctx ends, and returns how long it took. It fails with ErrHungUp where the terminal is
// gone, with ErrGarbled where something else arrived, and with the error of ctx where nothing did.
func (a *Asked) Answer(ctx context.Context) (time.Duration, error) {
	select {
	case <-a.answered:
	case <-ctx.Done():
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.took != 0:
		return a.took, nil
	case a.failed != nil:
		return 0, ErrHungUp
	case len(a.heard) > 0:
		return 0, ErrGarbled
	}
	return 0, ctx.Err()
}

// Close drops what else has arrived and brings the terminal back to how it was. It may be called several times and from
// any goroutine.
func (a *Asked) Close() {
	a.closing.Do(func() {
		a.reader.Cancel()
		select {
		case <-a.over:
		case <-time.After(restoreWithin):
		}
		a.restore()
		_ = a.reader.Close()
	})
}
