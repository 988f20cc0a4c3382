package cli

import (
	"context"
	"errors"
	"os"
	"slices"
	"syscall"
	"time"

	"fob/ui"
	"fob/ui/desk"
)

// open shows the screens: the platform's, or the welcome screen where none is set up.
func (a *app) open(ctx context.Context, to connection) error {
	terminal, err := a.takeTerminal("fob list prints the keys without one")
	if err != nil {
		return err
	}
	var demo demoOptions
	defer demo.close(ctx)
	options := screenOptions()
	options.Demo = func() (*desk.Desk, error) { return a.openDemo(&demo, terminal) } //nolint:contextcheck // the server outlives every call, and is closed at the end
	setup, err := a.setup(ctx, &to, terminal)
	if err != nil {
		return err
	}
	options.Platforms = setup
	d, err := a.openTarget(ctx, setup, desk.Target{})
	if errors.Is(err, errNotSignedIn) { // nothing says which platform is meant: the welcome screen asks
		return a.show(ctx, terminal, nil, options)
	}
	if err != nil {
		return err
	}
	options.Warnings = a.warnings
	return a.show(ctx, terminal, d, options)
}

// takeTerminal takes the terminal for the screens; instead is what can be done where there is none.
func (a *app) takeTerminal(instead string) (*ui.Terminal, error) {
	t, err := ui.OpenTerminal(a.In, a.Out)
	if errors.Is(err, ui.ErrNoTerminal) {
		return nil, wrongUsage(instead, "the screens need a terminal, and here is none")
	}
	a.terminal.Store(t)
	return t, err
}

func screenOptions() ui.Options { return ui.Options{UTF8: utf8Locale(os.Getenv)} }

// Deadlines of what is done after the screens are gone, while somebody waits for the prompt.
const (
	rescueWithin = 5 * time.Second
	settleWithin = 3 * time.Second
	settleEvery  = 50 * time.Millisecond
)

// errUnsaved is the end of a run that leaves a secret with nobody.
var errUnsaved = errors.New("a key was made whose secret nobody has")

// show runs the screens to their end, and then looks after what they left: a secret that isn't safe gets a last try, and
// what was under way is waited for a little and then named.
func (a *app) show(ctx context.Context, t *ui.Terminal, d *desk.Desk, o ui.Options) error {
	start := time.Now()
	if d != nil {
		defer a.nameAtOnce(d, func() time.Time { return beginning(d, start) })()
	}
	ending, err := ui.Run(ctx, t, d, o)
	for _, text := range append(slices.Clone(a.warnings), ending.Warnings...) {
		a.say("fob: " + text)
	}
	if ending.Desk == nil {
		return err
	}
	a.desk.Store(ending.Desk) // what is said from now on is about where the person went over to
	saved, left := a.rescue(ctx, ending.Desk), false
	if ending.Acting {
		began := beginning(ending.Desk, start)
		if settle(ending.Desk, began); !saved || len(ending.Desk.Holder().Unsaved()) > 0 {
			saved = a.rescue(ctx, ending.Desk)
		}
		lines, _ := ending.Desk.Loose(began)
		for _, line := range lines {
			a.say("fob: " + line)
		}
		left = len(lines) > 0
	}
	switch {
	case !saved:
		return errors.Join(err, errUnsaved)
	case left && err == nil:
		return signalError{syscall.SIGINT} // ctrl+c ended it as the signal would have
	}
	return err
}

// rescue puts every secret that isn't safe into the keyring, and says what became of it. It tells whether all of them are
// safe now, and returns in time even if the keyring doesn't.
func (a *app) rescue(ctx context.Context, d *desk.Desk) bool {
	unsaved := d.Holder().Unsaved()
	if len(unsaved) == 0 {
		return true
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rescueWithin) // what ended the screens doesn't end this
	defer cancel()
	said := make(chan []string, 1)
	go func() { said <- d.Rescue(ctx) }()
	select {
	case lines := <-said:
		for _, line := range lines {
			a.say("fob: " + line)
		}
	case <-ctx.Done():
		a.say("fob: a key was made, and the keyring did not answer: it may have been stored; if it was not, revoke the key and make another")
	}
	return len(d.Holder().Unsaved()) == 0
}

// beginning is when this run began by whichever is behind, this machine's clock or the platform's: the journal may go by
// either.
func beginning(d *desk.Desk, start time.Time) time.Time {
	if theirs := d.Now().Add(-time.Since(start)); theirs.Before(start) {
		return theirs.Add(-time.Second)
	}
	return start
}

// settle waits a little for what was under way when the screens were left.
func settle(d *desk.Desk, since time.Time) {
	over := time.After(settleWithin)
	again := time.NewTicker(settleEvery)
	defer again.Stop()
	for {
		if _, underWay := d.Loose(since); !underWay {
			return
		}
		select {
		case <-again.C:
		case <-over:
			return
		}
	}
}
