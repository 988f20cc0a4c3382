package session

import (
	"context"
	"errors"
	"time"

	"golang.org/x/oauth2"

	"fob/client/visible"
)

const (
	slowest  = 60 // seconds between two questions: a provider that wants more is asked as often
	stumbles = 5  // how many questions in a row may stay without an answer
)

// byDevice signs in by a code that a person types on another device (RFC 8628).
func (a *attempt) byDevice(ctx context.Context) (grant, error) {
	const op = "ask for a code"
	d, err := a.provider.config.DeviceAuth(ctx)
	if err != nil {
		return grant{}, explain(op, err)
	}
	n := Notice{Way: Device, Code: d.UserCode, NotOpened: a.failed}
	if d.DeviceCode == "" || d.UserCode == "" || len(d.UserCode) > 64 || visible.ASCII(d.UserCode) != d.UserCode {
		return grant{}, &Error{Op: op, Message: "the answer has no code that can be shown"}
	}
	if n.Address, err = a.address(d.VerificationURI); err != nil {
		return grant{}, err
	}
	if d.VerificationURIComplete != "" {
		if n.Direct, err = a.address(d.VerificationURIComplete); err != nil {
			return grant{}, err
		}
	}
	// The library takes what the provider says as it is, and its ticker panics at a negative interval.
	d.Interval = min(max(d.Interval, 0), slowest)
	latest := time.Now().Add(a.session.wait)
	if d.Expiry.IsZero() || d.Expiry.After(latest) {
		d.Expiry = latest
	}
	n.Until = a.session.options.Now().Add(time.Until(d.Expiry))
	a.tell(n)
	return a.poll(ctx, d)
}

// address returns an address that a person is sent to, fit to be shown.
func (a *attempt) address(s string) (string, error) {
	if err := a.session.hold("the address for the code", s); err != nil {
		return "", err
	}
	return printable(s)
}

// poll asks until the person is done. The library knows when to ask and how to slow down; it gives up where no answer
// comes, and for this the question is asked again, more slowly, as the RFC wants it.
func (a *attempt) poll(ctx context.Context, d *oauth2.DeviceAuthResponse) (grant, error) {
	const op = "wait for the code to be entered"
	for failed := 0; ; {
		before := a.wire.answered()
		g := grant{way: Device}
		t, err := a.provider.config.DeviceAccessToken(ctx, d)
		if err == nil {
			g.token, g.sent = t, a.wire.lastSent()
			return g, nil
		}
		if ctx.Err() != nil {
			return grant{}, ctx.Err()
		}
		if errors.Is(err, context.DeadlineExceeded) && !time.Now().Before(d.Expiry) {
			return grant{}, ErrTimedOut
		}
		var refused *oauth2.RetrieveError
		isRefusal := errors.As(err, &refused)
		switch {
		case isRefusal && refused.ErrorCode == "access_denied":
			return grant{}, ErrDenied
		case isRefusal && refused.ErrorCode == "expired_token":
			return grant{}, ErrTimedOut
		case isRefusal && refused.Response.StatusCode < 500:
			return grant{}, explain(op, err)
		}
		if a.wire.answered() > before {
			failed = 0
		}
		if failed++; failed > stumbles {
			return grant{}, explain(op, err)
		}
		d.Interval = min(max(d.Interval, 5)+5, slowest)
	}
}
