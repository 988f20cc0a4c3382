package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"syscall"

	"fob/client"
	"fob/client/secret"
	"fob/client/session"
	"fob/client/visible"
	"fob/config/stash"
	"fob/ui"
	"fob/ui/desk"
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

// oneAtMost fails where more than one of the flags is given.
func oneAtMost(changed func(string) bool, flags ...string) error {
	given := ""
	for _, name := range flags {
		switch {
		case !changed(name):
		case given != "":
			return wrongUsage("take one of them", "--%s and --%s exclude each other", given, name)
		default:
			given = name
		}
	}
	return nil
}

// errNotSignedIn is the lack of a session.
var errNotSignedIn = session.ErrNone

// missingError is something that a command names and that isn't there. next is what to do about it.
type missingError struct{ text, next string }

// Error says what isn't there.
func (e *missingError) Error() string { return e.text }

// partlyError is a list, or a bulk action, of which only a part was done. next is what to do about it.
type partlyError struct{ text, next string }

// Error says what is missing.
func (e *partlyError) Error() string { return e.text }

// exitCode returns the code by which a script tells what happened.
func exitCode(err error) int {
	var (
		ended  signalError
		usage  *usageError
		partly *partlyError
		barred *desk.NotAllowedError
		absent *desk.NotFoundError
		gone   *missingError
		either *desk.AmbiguousError
		wrong  desk.Problems
		own    *codeError
	)
	switch {
	case err == nil:
		return 0
	case errors.As(err, &own):
		return own.code
	case errors.As(err, &ended):
		return signalled + int(ended.Signal)
	case errors.Is(err, ui.ErrHungUp):
		return signalled + int(syscall.SIGHUP)
	case errors.As(err, &usage), errors.As(err, &either), errors.As(err, &wrong), errors.Is(err, stash.ErrHasKey), leavesUnsaid(err):
		return exitUsage
	case errors.As(err, &partly), client.IsPartial(err):
		return exitPartly
	case errors.Is(err, errNotSignedIn), errors.Is(err, session.ErrNone), errors.Is(err, session.ErrEnded), errors.As(err, &barred), client.IsUnauthorized(err), client.IsForbidden(err),
		someoneElses(err):
		return exitRefused
	case errors.As(err, &absent), errors.As(err, &gone), client.IsNotFound(err):
		return exitNotFound
	}
	return exitFailed
}

// advice is what to do about an error, "" if nothing is known.
func (a *app) advice(err error) string {
	var (
		usage  *usageError
		partly *partlyError
		asked  *client.Error
		barred *desk.NotAllowedError
		absent *desk.NotFoundError
		gone   *missingError
		either *desk.AmbiguousError
		ring   *stash.KeyringError
		admins *adminsError
	)
	switch {
	case errors.As(err, &usage):
		return usage.next
	case errors.As(err, &admins) && errors.As(err, &asked):
		return forbiddenAdvice(asked) + "; --workspace NAME (-w) looks among a workspace's"
	case errors.As(err, &ring):
		return ring.Hint()
	case errors.As(err, &partly):
		return partly.next
	case client.IsPartial(err):
		return "run it again for the whole list"
	case errors.As(err, &either):
		return "give the id of the one that is meant"
	case errors.As(err, &gone):
		return gone.next
	case errors.As(err, &absent) && absent.Stash:
		return "fob stash list shows what there is"
	case errors.As(err, &absent):
		return "fob list shows what there is"
	case errors.As(err, &barred):
		return barredAdvice(barred.Why)
	case errors.Is(err, errNotSignedIn), errors.Is(err, session.ErrNone):
		return "fob login signs you in; fob demo needs no account"
	case errors.Is(err, session.ErrEnded):
		return "fob login signs you in again"
	case client.IsUnauthorized(err) && a.byFile:
		return "the session of --session-file has ended or was revoked: put a new one into that file, or leave the flag out and run fob login"
	case client.IsUnauthorized(err) && !a.session.IsZero():
		return "the session has ended or was revoked: set FOB_SESSION_TOKEN to a new one, or unset it and run fob login"
	case client.IsUnauthorized(err):
		return "the session has ended or was revoked: fob login signs you in again"
	case client.IsForbidden(err) && errors.As(err, &asked):
		return forbiddenAdvice(asked)
	case client.IsNotFound(err):
		return "look at the name and at FOB_API_URL"
	case errors.Is(err, stash.ErrHasKey):
		return "--replace overwrites it"
	case errors.Is(err, context.DeadlineExceeded):
		return "the platform did not answer in time: try again"
	case errors.As(err, &asked) && asked.Status == 0:
		return "look at FOB_API_URL and at the network, then try again"
	case errors.As(err, &asked) && (asked.Status == 429 || asked.Status >= 500):
		return "try again in a while"
	}
	return rotationAdvice(err)
}

// report says on the error output what went wrong and what to do about it, in one line. A signal is no news to who sent
// it.
func (a *app) report(err error) {
	var (
		ended signalError
		crash *ui.Crash
		own   *codeError
	)
	if err == nil || errors.As(err, &ended) || errors.As(err, &own) && own.quiet {
		return
	}
	text := err.Error()
	if next := a.advice(err); next != "" {
		join := "; "
		if strings.HasSuffix(text, ".") || strings.HasSuffix(text, "?") {
			join = " "
		}
		text += join + next
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
	_, _ = io.WriteString(a.Err, withoutSecrets(a.redact(visible.Line(line)))+"\n")
}

// prompt writes the same without ending the line.
func (a *app) prompt(text string) {
	end := ""
	if rest, found := strings.CutSuffix(text, "\n"); found {
		text, end = rest, "\n"
	}
	_, _ = io.WriteString(a.Err, withoutSecrets(a.redact(visible.Line(text)))+end)
}

// redact cuts the session out of a text: the one that fob was handed, and the one that it sends.
func (a *app) redact(text string) string {
	if d := a.desk.Load(); d != nil {
		text = d.Redact(text)
	}
	return a.session.Redact(text)
}

// hasSecret tells whether a text has something of the form of a key, or of a session, in it.
func hasSecret(text string) bool {
	return slices.ContainsFunc(strings.FieldsFunc(text, notOfSecrets), looksSecret)
}

// withoutSecrets replaces whatever has the form of a key.
func withoutSecrets(text string) string { return secret.Cut(text) }

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
					"take it out of there and revoke it if others could see it; fob login --with-token reads a session from a hidden prompt",
					"an argument has the form of a key, and arguments stay in the shell's history and show in the list of processes")
			}
		}
	}
	return nil
}
