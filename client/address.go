package client

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"fob/client/origin"
	"fob/client/visible"
)

// errRedirect is what a redirect that isn't followed fails with.
var errRedirect = errors.New("refusing a redirect")

// followWithin lets a GET be redirected within the platform's own origin, five times at most. Anywhere else the
// credential would go along, or the answer would be somebody else's.
func (c *Client) followWithin(req *http.Request, via []*http.Request) error {
	if to := origin.Of(req.URL); to != c.origin {
		return fmt.Errorf("%w from %s to %s", errRedirect, c.origin, visible.Line(to))
	}
	if len(via) > 5 {
		return fmt.Errorf("%w: more than five, one after another", errRedirect)
	}
	return nil
}

// errSegment is what an id or name fails with that can't stand in an address.
var errSegment = errors.New("a name or id that can't be part of an address")

// segment returns s as one part of a path. It refuses what a proxy on the way would read as another path: nothing at
// all, and dots that mean "here" and "above".
func segment(s string) (string, error) {
	if s == "" || s == "." || s == ".." {
		return "", fmt.Errorf("%w: %q", errSegment, s)
	}
	return url.PathEscape(s), nil
}

// isTimeout tells whether err is a deadline of any kind.
func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

// OriginOf returns the scheme, host and port of a platform's address, "https://api.cloud.deepset.ai": what a session and
// a key belong to. It fails for an address that New would refuse.
func OriginOf(address string) (string, error) {
	at, _, err := origin.Parse(address)
	return at, err
}
