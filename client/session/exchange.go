package session

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"

	"fob/client/origin"
)

// Exchange is one request of signing in, refreshing or signing out, and what came back, as far as it may be written down:
// a list of what may be told, so that nothing else ever is. Codes, tokens and verifiers stand in queries, headers and
// bodies, and there is none of these in it.
type Exchange struct {
	At      time.Time // when it was sent, UTC, by this machine's clock
	Method  string
	Host    string // with the port, if one was named
	Path    string // escaped; "" if it is none that the platform or the provider was known to have
	Status  int    // 0: no answer came
	Took    time.Duration
	Failure string // why no answer came: "timeout", "cancelled" or "no connection"; "" if one did
}

// longestPath is how long a path may be to be written down. A provider names its own.
const longestPath = 200

// know notes the addresses of endpoints, whose paths may be told.
func (w *wire) know(addresses ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, address := range addresses {
		if u, err := url.Parse(address); err == nil && len(u.EscapedPath()) <= longestPath {
			w.known = append(w.known, placeOf(u))
		}
	}
}

func placeOf(u *url.URL) string { return origin.Of(u) + u.EscapedPath() }

// RoundTrip sends one request, reads its whole answer, and tells of both.
func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	e := Exchange{At: time.Now().UTC(), Method: req.Method, Host: req.URL.Host}
	w.mu.Lock()
	for _, place := range w.known {
		if place == placeOf(req.URL) {
			e.Path = req.URL.EscapedPath()
		}
	}
	w.mu.Unlock()
	resp, err := w.send(req, &e.Status)
	if w.observe != nil {
		e.Took = time.Since(e.At)
		if e.Status == 0 {
			e.Failure = failure(err)
		}
		w.observe(e)
	}
	return resp, err
}

func failure(err error) string {
	var n net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.Is(err, errSilent), errors.As(err, &n) && n.Timeout():
		return "timeout"
	}
	return "no connection"
}
