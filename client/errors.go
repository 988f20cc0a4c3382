package client

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Error is how every call of a Client fails. Its text is one line, free of control characters and of secrets, whatever
// the server wrote.
type Error struct {
	Op           string // what was asked, in words: "list keys"
	Method, Path string // of the request; Path has no host and no query
	Status       int    // 0: no answer came
	Code         string // the platform's own code, where it sent one
	Message      string // what the platform, or whatever stands before it, said; or why no answer came
	Fields       []FieldError
	// Unanswered tells, of a request that changes something, that it may have been carried out: it may have reached
	// the platform and no whole answer came, or the answer (408, 5xx) leaves it open. Such a request is never
	// repeated here, and must not be repeated by who asked before looking whether it was done.
	Unanswered bool
	// Foreign tells that the answer's body isn't JSON, as all of the platform's are: it may be of something that stands
	// before the platform, and its status says little about what was asked for.
	Foreign    bool
	RetryAfter time.Duration // how long the server asks to wait; 0 if it doesn't say
	Err        error         // the cause where no whole answer came; nil otherwise
	// Next says what can be done about a 403, see Options.Advise; nil: nobody knows. It may know more later than at once.
	Next func() string
}

// FieldError is what the platform says about one field of a request.
type FieldError struct{ Field, Message, Type string }

// Error returns what was asked and what came of it, in one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op + ": ")
	if e.Status != 0 {
		fmt.Fprintf(&b, "the platform answered %s", statusText(e.Status))
		if e.Message != "" || len(e.Fields) > 0 {
			b.WriteString(": ")
		}
	}
	said := make([]string, 0, 1+len(e.Fields))
	if e.Message != "" {
		said = append(said, e.Message)
	}
	for _, f := range e.Fields {
		said = append(said, strings.TrimPrefix(f.Field+": "+f.Message, ": "))
	}
	b.WriteString(strings.Join(said, "; "))
	if e.Unanswered {
		b.WriteString(" (it may have been done all the same)")
	}
	return b.String()
}

// Unwrap returns the cause, if there is one: a context's error, a network error.
func (e *Error) Unwrap() error { return e.Err }

func statusText(status int) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", status, http.StatusText(status)))
}

// PartialError says that a list ended without being known to be whole.
type PartialError struct {
	Op        string
	Why       string // in words
	Read      int    // how many items were read
	Announced *int   // the platform's total; nil where it sends null
}

// Error returns what is missing, in one line.
func (e *PartialError) Error() string {
	if e.Announced != nil {
		return fmt.Sprintf("%s: partial, %d of %d: %s", e.Op, e.Read, *e.Announced, e.Why)
	}
	return fmt.Sprintf("%s: partial, %d read: %s", e.Op, e.Read, e.Why)
}

// IsNotFound tells whether the platform answered 404. For RevokeKey that means that the key is gone already.
func IsNotFound(err error) bool { return hasStatus(err, http.StatusNotFound) }

// IsUnauthorized tells whether the platform answered 401: the credential is no good, or no longer.
func IsUnauthorized(err error) bool { return hasStatus(err, http.StatusUnauthorized) }

// IsForbidden tells whether the platform answered 403: the credential is good, but not for this.
func IsForbidden(err error) bool { return hasStatus(err, http.StatusForbidden) }

// IsPartial tells whether err is about a list that isn't known to be whole.
func IsPartial(err error) bool {
	var e *PartialError
	return errors.As(err, &e)
}

func hasStatus(err error, status int) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == status
}
