package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"fob/client"
	"fob/client/visible"
	"fob/ui"
)

// The exit codes, but for signals.
const (
	exitFailed   = 1
	exitUsage    = 2
	exitPartly   = 3
	exitRefused  = 4
	exitNotFound = 5
)

// usageError is a command that can't be run as it was typed. next is what to type instead.
type usageError struct {
	error
	next string
}

// Unwrap returns what is wrong.
func (e *usageError) Unwrap() error { return e.error }

func wrongUsage(next, format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...), next}
}

// errNotSignedIn is the lack of a session.
var errNotSignedIn = errors.New("not signed in")

// partlyError is a list, or a bulk action, of which only a part was done.
type partlyError struct{ text string }

// Error says what is missing.
func (e *partlyError) Error() string { return e.text }

// exitCode returns the code by which a script tells what happened.
func exitCode(err error) int {
	var (
		ended  signalError
		usage  *usageError
		partly *partlyError
	)
	switch {
	case err == nil:
		return 0
	case errors.As(err, &ended):
		return signalled + int(ended.Signal)
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &partly), client.IsPartial(err):
		return exitPartly
	case errors.Is(err, errNotSignedIn), client.IsUnauthorized(err), client.IsForbidden(err):
		return exitRefused
	case client.IsNotFound(err):
		return exitNotFound
	}
	return exitFailed
}

// advice is what to do about an error, "" if nothing is known.
func advice(err error) string {
	var (
		usage  *usageError
		partly *partlyError
		asked  *client.Error
	)
	switch {
	case errors.As(err, &usage):
		return usage.next
	case errors.As(err, &partly), client.IsPartial(err):
		return "run it again for the whole list"
	case errors.Is(err, errNotSignedIn):
		return "set FOB_API_URL and FOB_SESSION_TOKEN, or try fob demo"
	case client.IsUnauthorized(err):
		return "the session has ended or was revoked: set FOB_SESSION_TOKEN to a new one"
	case client.IsForbidden(err):
		return "this session may not do that; an admin of the organization may"
	case client.IsNotFound(err):
		return "look at the name and at FOB_API_URL"
	case errors.Is(err, context.DeadlineExceeded):
		return "the platform did not answer in time: try again"
	case errors.As(err, &asked) && asked.Status == 0:
		return "look at FOB_API_URL and at the network, then try again"
	case errors.As(err, &asked) && (asked.Status == 429 || asked.Status >= 500):
		return "try again in a while"
	}
	return ""
}

// report says on the error output what went wrong and what to do about it, in one line. A signal is no news to who sent
// it.
func (a *app) report(err error) {
	var (
		ended signalError
		crash *ui.Crash
	)
	if err == nil || errors.As(err, &ended) {
		return
	}
	text := err.Error()
	if next := advice(err); next != "" {
		text += "; " + next
	}
	a.say("fob: " + text)
	if errors.As(err, &crash) {
		for _, where := range crash.Where {
			a.say("  " + where)
		}
	}
}

// say writes a line on the error output: whatever it holds, it is made safe to show, without the session and without
// anything that has the form of a key.
func (a *app) say(line string) {
	_, _ = io.WriteString(a.Err, withoutSecrets(a.session.Redact(visible.Line(line)))+"\n")
}

// withoutSecrets replaces whatever has the form of a key.
func withoutSecrets(text string) string {
	for _, part := range strings.FieldsFunc(text, notOfSecrets) {
		if looksSecret(part) {
			text = strings.ReplaceAll(text, part, "secret")
		}
	}
	return text
}

// notOfSecrets tells the characters that no key and no session has, and that therefore end one.
func notOfSecrets(r rune) bool {
	letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	return !letter && (r < '0' || r > '9') && r != '_' && r != '-' && r != '.'
}

// looksSecret tells whether a text has the form of a key, or of a session that is a JWT as keys are.
func looksSecret(part string) bool {
	part = strings.Trim(part, ".-")
	return client.LooksLikeKey(part) || (strings.HasPrefix(part, "eyJ") && strings.Count(part, ".") == 2)
}

// refuseSecrets refuses keys and sessions among the arguments, without repeating them. What follows "--" is somebody
// else's command.
func refuseSecrets(args []string) error {
	for _, arg := range args {
		if arg == "--" {
			return nil
		}
		for _, part := range strings.FieldsFunc(arg, notOfSecrets) {
			if looksSecret(part) {
				return wrongUsage(
					"take it out of there and revoke it if others could see it; fob reads a session from FOB_SESSION_TOKEN or --session-file",
					"an argument has the form of a key, and arguments stay in the shell's history and show in the list of processes")
			}
		}
	}
	return nil
}
