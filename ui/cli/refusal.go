package cli

import (
	"strings"

	"fob/client"
	"fob/ui/desk"
)

// adminsError is the refusal of the organization's list to somebody who may well see a workspace's.
type adminsError struct{ error }

// Unwrap returns the refusal.
func (e *adminsError) Unwrap() error { return e.error }

// refusedList is the error of the list of a scope, told apart where it is the organization's that is refused: only
// commands that can look at a workspace instead call it.
func refusedList(scope client.Scope, err error) error {
	if scope.Workspace == "" && client.IsForbidden(err) {
		return &adminsError{err}
	}
	return err
}

// forbiddenAdvice is who may do what the platform refuses.
func forbiddenAdvice(e *client.Error) string {
	if e.Next == nil {
		return "this session may not do that"
	}
	return e.Next()
}

// barredAdvice is what to do where fob itself says no, for that reason.
func barredAdvice(why string) string {
	switch {
	case strings.HasPrefix(why, "the profile ") && strings.HasSuffix(why, " is read-only"):
		return "fob profile list shows the others"
	case strings.HasSuffix(why, "read-only"):
		return "without --read-only it can"
	case strings.HasSuffix(why, desk.SignInAsPerson):
		return "fob login does that"
	}
	return "sign in as somebody who may"
}
