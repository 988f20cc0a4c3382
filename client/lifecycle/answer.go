package lifecycle

import (
	"errors"
	"fmt"
	"net/http"

	"fob/client"
	"fob/client/secret"
)

// status returns the HTTP status in err, 0 if there is none.
func status(err error) int {
	if answer, ok := errors.AsType[*client.Error](err); ok {
		return answer.Status
	}
	return 0
}

// unknownKey tells whether the platform itself said that it has no such key. A page of a proxy's that wasn't found is no
// such answer.
func unknownKey(err error) bool {
	answer, ok := errors.AsType[*client.Error](err)
	return ok && answer.Status == http.StatusNotFound && !answer.Foreign
}

// undecided tells whether a request that ended in err may have been carried out: its answer never arrived, came from
// something that stands before the platform, or can't be read. Only a plain refusal (4xx), and a request that was never
// sent, say that nothing happened. What isn't known to be one of the two counts as undecided.
func undecided(err error) bool {
	answer, ok := errors.AsType[*client.Error](err)
	if !ok || answer.Unanswered {
		return true
	}
	switch answer.Status {
	case 0:
		return false // never sent
	case http.StatusRequestTimeout, http.StatusFailedDependency:
		// The platform may have begun before it gave up.
		return true
	}
	if answer.Status == http.StatusNotFound && answer.Foreign {
		return true // where it really is the platform's, nothing is lost by looking
	}
	return answer.Status < 400 || answer.Status >= 500
}

// guard runs f and turns a panic into an error, because a key may be in flight when a destination or a journal has a
// fault. What the panic said is not repeated: it may hold anything.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("it broke off with a fault of its own (%T)", p)
		}
	}()
	return f()
}

// scrub returns err with the secret taken out of its text. A command may echo what it was given.
func scrub(v secret.Value, err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	clean := v.Redact(text)
	clean = keyForm.ReplaceAllString(clean, "[secret]")
	if clean == text {
		return err
	}
	return &scrubbed{text: clean, cause: func() error { return err }}
}

// scrubbed keeps the cause in a closure, so that no printer finds it.
type scrubbed struct {
	text  string
	cause func() error
}

// Error returns the text without the secret.
func (s *scrubbed) Error() string { return s.text }

// Is looks into the cause. There is no As: it would hand out the text that holds the secret.
func (s *scrubbed) Is(target error) bool { return errors.Is(s.cause(), target) }

// claims is what the secret says about its key.
type claims struct {
	client.Claims
	readable bool
}

func claimsOf(v secret.Value) claims {
	if v.IsZero() {
		return claims{}
	}
	var c claims
	err := guard(func() (err error) {
		c.Claims, err = client.ClaimsOf(v)
		return err
	})
	c.readable = err == nil
	return c
}

// firstError returns the first error of those given, nil if there is none.
func firstError(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}
