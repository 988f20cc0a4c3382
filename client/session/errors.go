package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"fob/client/secret"
	"fob/client/visible"
)

// What can be told apart with errors.Is. Each may come with more words around it.
var (
	ErrNone       = errors.New("not signed in")
	ErrEnded      = errors.New("the session has ended")
	ErrNotOffered = errors.New("this platform doesn't offer signing in from a terminal")
	ErrNoWay      = errors.New("the provider doesn't offer this way of signing in")
	ErrDenied     = errors.New("signing in was denied")
	ErrTimedOut   = errors.New("nobody signed in in time")
	ErrUnusable   = errors.New("not a session token")
	// ErrStillStored is a session that was signed out of and couldn't be removed from its store.
	ErrStillStored = errors.New("the session is still stored")
	// ErrUntrusted is an answer that may not be the provider's own, or not for this sign-in: another issuer, state or
	// nonce, a wrong signature, an address that isn't https.
	ErrUntrusted = errors.New("refusing what the provider sent")
)

func ended(why string) error { return fmt.Errorf("%w: %s", ErrEnded, why) }

// Error is how a request to the platform or to its identity provider fails. Its text is one line without a secret: of
// what a server wrote, only an error code of the protocol gets into it.
type Error struct {
	Op      string // what was asked, in words: "refresh the session"
	Status  int    // of the answer; 0 if none came
	Code    string // the protocol's own code, "invalid_client", where there is one
	Message string // what came, or why nothing did
	Err     error  // the cause where no answer came; nil otherwise
}

// Error returns what was asked and what came of it, in one line.
func (e *Error) Error() string { return e.Op + ": " + e.Message }

// Unwrap returns the cause, if there is one: a context's error, a network error.
func (e *Error) Unwrap() error { return e.Err }

// UnsavedError says that a session couldn't be stored. It is good, and used, for as long as the program runs.
type UnsavedError struct{ Err error }

// Error returns what that means and why it is so, in one line.
func (e *UnsavedError) Error() string {
	return "signed in for this run only, because the session couldn't be stored: " + e.Err.Error()
}

// Unwrap returns the store's error.
func (e *UnsavedError) Unwrap() error { return e.Err }

// RevokeError says that a session was removed from this machine, but not ended at the provider.
type RevokeError struct{ Err error }

// Error returns what is left to do and why, in one line.
func (e *RevokeError) Error() string {
	return "signed out on this machine, but the provider may let the session live on: " + e.Err.Error()
}

// Unwrap returns why the provider couldn't be told.
func (e *RevokeError) Unwrap() error { return e.Err }

// codeForm is how an error code of the protocol looks. Anything else could be anything.
var codeForm = regexp.MustCompile(`^[a-z][a-z_]{1,39}$`)

// codeWords are the codes that say something to a person.
var codeWords = map[string]string{
	"access_denied":           "access was denied",
	"expired_token":           "the code has expired",
	"invalid_client":          "the provider doesn't know fob by the name that the platform gave",
	"invalid_grant":           "the provider doesn't accept it any more",
	"invalid_scope":           "the provider refuses a scope that the platform asks for",
	"login_required":          "the provider wants a person to sign in",
	"server_error":            "the provider has a fault of its own",
	"temporarily_unavailable": "the provider is busy",
	"unauthorized_client":     "the provider doesn't let fob sign in this way",
	"unsupported_grant_type":  "the provider doesn't know this way of signing in",
}

// refusal is an answer of the protocol that says no.
func refusal(op string, status int, code string) *Error {
	e := &Error{Op: op, Status: status}
	if codeForm.MatchString(code) {
		e.Code = code
		e.Message = codeWords[code]
		if e.Message == "" {
			e.Message = "the provider answered " + code
		}
		return e
	}
	e.Message = "answered " + statusText(status)
	if status >= 300 && status < 400 {
		e.Message += ", which would lead elsewhere and isn't followed"
	}
	return e
}

func statusText(status int) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", status, http.StatusText(status)))
}

// explain puts what a library returned into words. The libraries' own errors quote the body of an answer, which may hold
// a token, so none of them is passed on.
func explain(op string, err error) error {
	var (
		refused   *oauth2.RetrieveError
		mismatch  *oidc.IssuerMismatchError
		transport *url.Error
		ours      *Error
	)
	switch {
	case errors.As(err, &ours):
		return err
	case errors.As(err, &refused):
		status := 0
		if refused.Response != nil {
			status = refused.Response.StatusCode
		}
		return refusal(op, status, refused.ErrorCode)
	case errors.As(err, &mismatch):
		return fmt.Errorf("%w: %s: it calls itself %s, the platform named %s", ErrUntrusted, op,
			quoted(mismatch.Discovered), quoted(mismatch.Provided))
	case errors.As(err, &transport):
		return noAnswer(op, transport.Err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return noAnswer(op, err)
	}
	return &Error{Op: op, Message: "an answer that fob doesn't understand"}
}

// noAnswer is for what kept an answer from coming, or from being read.
func noAnswer(op string, err error) *Error {
	return &Error{Op: op, Message: line(err.Error()), Err: err}
}

// line makes a stranger's text one harmless line.
func line(text string) string { return visible.Truncate(secret.Cut(text), 300) }

func quoted(address string) string { return `"` + visible.Truncate(secret.Cut(address), 200) + `"` }

// errorCode returns the protocol's error code in the body of an answer, "" if there is none.
func errorCode(body []byte) string {
	var answer struct {
		Error string `json:"error"`
	}
	_ = json.Unmarshal(body, &answer) // what isn't JSON has no code
	return answer.Error
}
