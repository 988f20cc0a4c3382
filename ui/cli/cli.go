// Package cli is fob's commands: what the screens do, for scripts and for people without a screen, and the command that
// opens the screens. Data goes to the output and talk to the error output; nothing is asked where there is no terminal.
package cli

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"fob/client/secret"
	"fob/config"
	"fob/ui"
	"fob/ui/desk"
)

// System is what a run of fob is given by the system.
type System struct {
	Version      string   // fob's own
	Args         []string // without the program's name
	In, Out, Err *os.File
}

// app is one run of fob.
type app struct {
	System
	session    secret.Value                // of the environment; zero if there was none
	byFile     bool                        // session is the one of --session-file
	terminal   atomic.Pointer[ui.Terminal] // nil unless the screens are open; a signal looks at it, too
	warnings   []string                    // of before the screens, said once more when they are gone
	desk       atomic.Pointer[desk.Desk]   // the platform that a command asks, nil before it does
	made       atomic.Pointer[desk.Setup]  // what this machine is set up to reach, nil before it is looked at
	handedOver atomic.Bool                 // a command of the person's runs in fob's place: signals are its affair
	looks      atomic.Pointer[look]        // what is looked at once the work is done; nil: nothing
	accessible bool                        // --accessible
	exchanges  *exchangeLog                // of --log, nil without
	inFlight   atomic.Pointer[func()]      // says what a second signal leaves undone; nil while nothing is under way
}

// Run does what the arguments say and returns the exit code:
//
//	0 done · 1 failed · 2 wrong usage · 3 a list or a bulk action was only partly done
//	4 not signed in, or not allowed · 5 not found · 130 interrupted, 128 + n for other signals
//
// What went wrong is said on the error output, once.
func Run(s System) (code int) {
	a := &app{System: s}
	defer func() {
		if r := recover(); r != nil {
			code = a.fail(ui.NewCrash(r))
		}
	}()
	session, err := config.TakeSession() // before anything else: no child may inherit it
	if err != nil {
		return a.fail(fmt.Errorf("%s can't be taken out of the environment: %w", config.EnvSessionToken, err))
	}
	a.session = secret.New(session)
	if err := refuseSecrets(s.Args); err != nil {
		return a.fail(err)
	}
	ctx, stop := hearSignals(context.Background(), a.leaveAtOnce)
	defer stop()
	root := a.root()
	root.SetArgs(s.Args)
	err = interruption(ctx, root.ExecuteContext(ctx))
	code = a.fail(err)
	a.lookBack(ctx, err)
	a.finishSession()
	return code
}

// refreshWithin is how long a refresh that is under way is waited for at the end.
const refreshWithin = 5 * time.Second

// finishSession lets a refresh of the session be kept before fob ends.
func (a *app) finishSession() {
	if s := a.made.Load(); s != nil {
		ctx, cancel := context.WithTimeout(context.Background(), refreshWithin)
		defer cancel()
		s.Finish(ctx)
	}
}

// fail says what went wrong and returns the exit code, 0 if nothing did.
func (a *app) fail(err error) int {
	a.report(err)
	return exitCode(err)
}

// leaveAtOnce ends fob on the second signal: whoever sends it doesn't want to wait for what the first one began.
func (a *app) leaveAtOnce(s syscall.Signal) {
	if a.handedOver.Load() {
		return
	}
	if t := a.terminal.Load(); t != nil {
		t.Restore()
	}
	if say := a.inFlight.Load(); say != nil {
		(*say)()
	}
	os.Exit(signalled + int(s))
}
