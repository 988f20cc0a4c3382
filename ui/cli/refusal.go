package cli

import "fob/client"

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
