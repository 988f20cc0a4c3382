package client

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"
)

// Exchange is one request and what came back, as far as it may be written down: a list of what may be told, so that
// nothing else ever is. There is no query, header or body in it.
type Exchange struct {
	At        time.Time // when it was sent, UTC, by this machine's clock
	Method    string
	Path      string        // escaped, without host and query
	Status    int           // 0: no answer came
	Took      time.Duration // until the answer began
	RequestID string        // the server's X-Request-ID, "" if it sent none that may be written down
	Failure   string        // why no answer came: "timeout", "cancelled" or "no connection"; "" if one did
}

// observed tells of every exchange, those of a retry and of a redirect, too.
type observed struct {
	http.RoundTripper
	tell func(Exchange)
}

// RoundTrip sends r and tells what came of it.
func (o observed) RoundTrip(r *http.Request) (*http.Response, error) {
	e := Exchange{At: time.Now().UTC(), Method: r.Method, Path: r.URL.EscapedPath()}
	res, err := o.RoundTripper.RoundTrip(r)
	e.Took = time.Since(e.At)
	if err != nil {
		e.Failure = failure(err)
	} else {
		e.Status = res.StatusCode
		e.RequestID = requestID(res.Header.Get("X-Request-ID"), r.Header.Get("Authorization"))
	}
	o.tell(e)
	return res, err
}

func failure(err error) string {
	switch {
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case isTimeout(err):
		return "timeout"
	}
	return "no connection"
}

// longestRequestID is how long an id of a request may be to be written down.
const longestRequestID = 64

// requestID returns the id if it is one: a server may say back in it what it was sent, or anything else.
func requestID(id, authorization string) string {
	_, credential, _ := strings.Cut(authorization, " ")
	if len(id) > longestRequestID || strings.Contains(credential, id) || (credential != "" && strings.Contains(id, credential)) {
		return ""
	}
	for _, r := range id {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '-' && r != '_' {
			return ""
		}
	}
	return id
}

// CloseIdleConnections closes what is open for later use.
func (o observed) CloseIdleConnections() {
	if c, ok := o.RoundTripper.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}
