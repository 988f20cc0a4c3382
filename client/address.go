package client

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"fob/client/visible"
)

// parseBase returns the origin of an address and the address of its API without "/v1".
func parseBase(address string) (origin, base string, err error) {
	if strings.TrimSpace(address) == "" {
		return "", "", errors.New("no address of the platform")
	}
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		// The address itself stays out of the message: it may hold a password.
		return "", "", errors.New("the platform's address is not of the form https://host")
	}
	switch {
	case u.User != nil:
		return "", "", errors.New("the platform's address has a name or password in it")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", "", errors.New("the platform's address has a query or a fragment")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return "", "", fmt.Errorf("refusing plain http to %s: a credential is sent over https, or to this machine itself", u.Host)
	}
	// A session and a key belong to an origin: of two platforms behind one host, they would be taken for each other's.
	switch strings.TrimRight(u.EscapedPath(), "/") {
	case "", "/api", "/api/v1":
	default:
		return "", "", errors.New("the platform's address has a path other than /api/v1: only one that is at the root of its host can be used")
	}
	origin = originOfURL(u)
	return origin, origin + "/api", nil
}

// originOfURL returns scheme, host and port in a form that can be compared.
func originOfURL(u *url.URL) string {
	host := strings.ToLower(u.Hostname())
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	port := u.Port()
	if port == "" || u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		return u.Scheme + "://" + host
	}
	return u.Scheme + "://" + host + ":" + port
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// errRedirect is what a redirect that isn't followed fails with.
var errRedirect = errors.New("refusing a redirect")

// followWithin lets a GET be redirected within the platform's own origin, five times at most. Anywhere else the
// credential would go along, or the answer would be somebody else's.
func (c *Client) followWithin(req *http.Request, via []*http.Request) error {
	if to := originOfURL(req.URL); to != c.origin {
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
	origin, _, err := parseBase(address)
	return origin, err
}
