package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/term"

	"fob/client/secret"
)

// maxPasted is how much is read of a key, in bytes; longestLine is what a terminal hands over of one line, in bytes.
const (
	maxPasted   = 64 << 10
	longestLine = 4095
)

// pasted reads a secret: from a prompt that shows nothing where standard input is a terminal, otherwise from there, to
// its end. No argument takes one.
func (a *app) pasted(ctx context.Context, prompt string) (secret.Value, error) {
	type read struct {
		text []byte
		err  error
	}
	got := make(chan read, 1)
	if !isTerminal(a.In) {
		go func() {
			text, err := io.ReadAll(io.LimitReader(a.In, maxPasted+1))
			got <- read{text, err}
		}()
	} else {
		fd := int(a.In.Fd())
		before, err := term.GetState(fd)
		if err != nil {
			return secret.Value{}, err
		}
		// Whatever ends this: a terminal that shows nothing of what is typed is of no use to anybody.
		defer func() { _ = term.Restore(fd, before) }()
		a.prompt(prompt + " ")
		go func() {
			text, err := term.ReadPassword(fd)
			got <- read{text, err}
		}()
		defer a.prompt("\n")
	}
	select {
	case r := <-got:
		defer clear(r.text)
		switch {
		case r.err != nil && !errors.Is(r.err, io.EOF):
			return secret.Value{}, fmt.Errorf("what was pasted can't be read: %w", r.err)
		case len(r.text) > maxPasted:
			return secret.Value{}, wrongUsage("give it the key and nothing else", "standard input has more than %d bytes", maxPasted)
		case isTerminal(a.In) && len(r.text) >= longestLine:
			return secret.Value{}, wrongUsage("put it into a file of your own and read it from there: fob … < file",
				"a terminal takes no more than %d characters in a line", longestLine)
		}
		return secret.New(string(bytes.TrimSpace(r.text))), nil
	case <-ctx.Done():
		return secret.Value{}, context.Cause(ctx)
	}
}

// How long a keyring is waited for at a terminal, where a person may have to type its password first, and after how long
// that is said.
const (
	unlockWithin = time.Minute
	sayWaiting   = 2 * time.Second
)

// withKeyring runs work, which needs the keyring. Without a terminal nobody can unlock it, and the keyring's own short
// deadline stands.
func (a *app) withKeyring(ctx context.Context, work func(context.Context) error) error {
	if !isTerminal(a.Err) {
		return work(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, unlockWithin)
	defer cancel()
	timer := time.AfterFunc(sayWaiting, func() { a.say("fob: waiting for your keyring; it may ask for its password (ctrl+c leaves)") })
	defer timer.Stop()
	return work(ctx)
}

// errLeft is the end of a command that asked, and was told no.
var errLeft = errors.New("nothing was changed")

// agreed tells whether a person agrees, or has agreed by --yes. Without a terminal nothing is asked.
func (a *app) agreed(ctx context.Context, yes bool, question string) error {
	if yes {
		return nil
	}
	q, ok := a.questions()
	if !ok {
		return wrongUsage("--yes agrees to it", "this has to be agreed to, and here is no terminal to ask on: %s", question)
	}
	agreed, err := q.confirm(ctx, question)
	if err == nil && !agreed {
		err = errLeft
	}
	return err
}
