package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"strconv"
	"time"
)

const (
	triesMost    = 4                      // of one GET
	backoffFirst = 400 * time.Millisecond // doubled each time
	waitMost     = time.Minute            // a server that asks for more is not waited for
)

// Retry is a GET that is about to be sent again.
type Retry struct {
	Op     string        // "list keys"
	Reason string        // "429", "no connection"
	Wait   time.Duration // until it is sent
}

// String returns the reason and the wait: "429, again in 12 s".
func (r Retry) String() string {
	if r.Wait >= time.Second {
		return fmt.Sprintf("%s, again in %d s", r.Reason, int(math.Ceil(r.Wait.Seconds())))
	}
	return fmt.Sprintf("%s, again in %.1f s", r.Reason, r.Wait.Seconds())
}

type noticeKey struct{}

// WithRetryNotice returns a context whose calls tell notice of every GET that is about to be sent again, from the
// goroutine that waits. A notice that the context has already is told as well.
func WithRetryNotice(ctx context.Context, notice func(Retry)) context.Context {
	outer, _ := ctx.Value(noticeKey{}).(func(Retry))
	return context.WithValue(ctx, noticeKey{}, func(r Retry) {
		notice(r)
		if outer != nil {
			outer(r)
		}
	})
}

func (c *Client) notify(ctx context.Context, r Retry) {
	if c.options.OnRetry != nil {
		c.options.OnRetry(r)
	}
	if notice, ok := ctx.Value(noticeKey{}).(func(Retry)); ok {
		notice(r)
	}
}

// again returns whether a GET that failed with e for the nth time (from 1) is to be sent again, why and when. The
// statuses are those that the platform's own clients try again on.
func (c *Client) again(e *Error, n int) (Retry, bool) {
	var reason string
	tries := triesMost
	switch e.Status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		reason = strconv.Itoa(e.Status)
	case http.StatusUnauthorized:
		return Retry{}, false // whatever kept another credential from being had
	default:
		switch {
		case e.Err == nil || !transient(e.Err):
			return Retry{}, false
		case errors.Is(e.Err, io.ErrUnexpectedEOF):
			reason = "the answer broke off"
		case isTimeout(e.Err):
			reason, tries = "no answer in time", 2 // each of them took the whole timeout
		default:
			reason = "no connection"
		}
	}
	if n >= tries || e.RetryAfter > waitMost {
		return Retry{}, false
	}
	backoff := backoffFirst << (n - 1)
	wait := backoff/2 + time.Duration(c.jitter()*float64(backoff/2))
	if e.RetryAfter > 0 {
		// Pages that were refused together don't come back together.
		wait = e.RetryAfter + time.Duration(c.jitter()*float64(backoffFirst))
	}
	return Retry{Op: e.Op, Reason: reason, Wait: wait}, true
}

// transient tells whether a network error may be gone the next time.
func transient(err error) bool {
	var certificate *tls.CertificateVerificationError
	var notTLS tls.RecordHeaderError
	var name *net.DNSError
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, errRedirect), errors.Is(err, errAnswer), errors.Is(err, errSegment),
		errors.Is(err, errCredential), errors.As(err, &certificate), errors.As(err, &notTLS):
		return false
	case errors.As(err, &name):
		return !name.IsNotFound
	}
	return true
}

// retryAfter reads a Retry-After, in seconds or as a date, which is taken relative to the server's own clock where the
// answer tells it.
func (c *Client) retryAfter(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil {
		return time.Duration(min(max(seconds, 0), 86400*365)) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		now = c.clock.local()
	}
	return max(at.Sub(now), 0)
}
