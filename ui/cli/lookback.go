package cli

import (
	"context"
	"errors"
	"time"

	"fob/client"
	"fob/ui/desk"
)

// lookBackWithin is how long a command looks at what an earlier one left, once its own work is done.
const lookBackWithin = 5 * time.Second

// look is what a command that reached the platform looks with.
type look struct {
	desk      *desk.Desk
	rotations bool // those in the middle of something are named; fob rotate has just told of them
}

// lookBack says what an earlier fob began and didn't finish. The command is over by then, and so is its output: nobody who
// reads that waits, and the exit code is what it was.
func (a *app) lookBack(ctx context.Context, err error) {
	l := a.looks.Load()
	var asked *client.Error
	if l == nil || ctx.Err() != nil || a.terminal.Load() != nil || errors.As(err, &asked) || errors.Is(err, errNotSignedIn) {
		return // where the platform has just failed, it isn't asked again
	}
	if !isTerminal(a.Out) {
		_ = a.Out.Close() // everything is written, and told if it wasn't
	}
	within, cancel := context.WithTimeout(ctx, lookBackWithin)
	defer cancel()
	for _, line := range l.desk.LookBack(within, l.desk.Now().Add(-desk.LookBackFor), l.rotations).Lines() {
		a.say("fob: " + line)
	}
}
