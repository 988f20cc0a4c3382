package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// signalled is what exit codes of signals begin at.
const signalled = 128

// signalError is the end of a run by a signal.
type signalError struct{ syscall.Signal }

// Error names the signal.
func (e signalError) Error() string { return "ended by a signal: " + e.String() }

// hearSignals returns a context that the first INT, TERM or HUP ends. The second one calls atOnce. stop ends the
// hearing. What fob was started to ignore, as by nohup, it goes on to ignore, and so does a command that takes its place.
func hearSignals(parent context.Context, atOnce func(syscall.Signal)) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	heard := make(chan os.Signal, 2)
	over := make(chan struct{})
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(heard, s)
		}
	}
	go func() {
		for first := true; ; first = false {
			select {
			case s := <-heard:
				number, ok := s.(syscall.Signal)
				if !ok {
					number = syscall.SIGINT
				}
				if !first {
					atOnce(number)
					return
				}
				cancel(signalError{number})
			case <-over:
				return
			}
		}
	}()
	return ctx, func() {
		signal.Stop(heard)
		close(over)
		cancel(nil)
	}
}

// interruption returns the signal that ended ctx in the place of err, which is then only what the end looked like from
// inside.
func interruption(ctx context.Context, err error) error {
	var (
		s   signalError
		own *codeError
	)
	if errors.As(err, &own) && own.quiet {
		return err // of a command that heard the signal as well, and ended as it saw fit
	}
	if errors.As(context.Cause(ctx), &s) {
		return s
	}
	return err
}
