package stash

import (
	"fmt"
	"strings"
	"time"

	"fob/client/visible"
)

// CommandStep is what a command destination was doing.
type CommandStep string

// The steps of a command destination.
const (
	StepTry     CommandStep = "try"     // looking whether it could work, before anything ran
	StepCheck   CommandStep = "check"   // the user's own check
	StepCommand CommandStep = "command" // taking the key
	StepRead    CommandStep = "read"    // giving it back
)

// CommandError is every error of a Command. Nothing in it holds the key.
type CommandError struct {
	Name    string // the destination
	Step    CommandStep
	Program string // the one that ran or wasn't found; "" if it didn't come to that

	// ExitCode is the program's own; -1 if it didn't end by itself, or never ran.
	ExitCode int
	// Output is what it wrote, in one line that is safe to show, with everything of the key cut out: standard error, or
	// what it wrote to standard output if that is all. Never the standard output of the read command.
	Output string
	// TimedOut: it was ended after Waited.
	TimedOut bool
	Waited   time.Duration
	// NotFound: there is no such program.
	NotFound bool
	// MayBeStored: the command got the key, or a part of it, before this went wrong. Only the store itself can tell.
	MayBeStored bool
	// Problem says what else is wrong, to be read after the destination's name; "" if the fields above say it all.
	Problem string
	// Err is what the system said; may be nil.
	Err error
}

// Error says what is wrong.
func (e *CommandError) Error() string {
	text := fmt.Sprintf("the command %q %s", e.Name, e.what())
	if e.Output != "" {
		text += ": " + e.Output
	}
	if e.MayBeStored {
		text += "; the key may have been stored"
	}
	return text
}

func (e *CommandError) what() string {
	program := visible.Line(e.Program)
	switch {
	case e.Problem != "":
		return e.Problem
	case e.NotFound:
		return fmt.Sprintf("can't be run: there is no program %q", program)
	case e.TimedOut:
		return fmt.Sprintf("was ended: %s (%s) took longer than %s", program, e.Step, e.Waited.Round(time.Millisecond))
	case e.ExitCode > 0:
		return fmt.Sprintf("failed: %s (%s) ended with %d", program, e.Step, e.ExitCode)
	case e.Err != nil:
		return strings.TrimSpace("failed: " + program + " " + visible.Line(e.Err.Error()))
	default:
		return fmt.Sprintf("failed: %s (%s) was ended from outside", program, e.Step)
	}
}

// Unwrap returns what the system said.
func (e *CommandError) Unwrap() error { return e.Err }
