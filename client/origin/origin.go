// Package origin is what a session and a key belong to: the scheme, host and port of a platform's address, and which
// addresses a credential may be sent to at all. Whoever sends one, and whoever keeps one, asks here.
package origin

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"fob/client/visible"
)

// Parse returns the origin of a platform's address, "https://api.cloud.deepset.ai", and whether that is this machine
// itself. The address may have /api or /api/v1 behind it. It fails for one that no credential may be sent to: plain http
// off this machine, a name or password in it, a query, a fragment, or another path.
func Parse(address string) (origin string, local bool, err error) {
	if strings.TrimSpace(address) == "" {
		return "", false, errors.New("no address of the platform")
	}
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		// The address itself stays out of the message: it may hold a password.
		return "", false, errors.New("the platform's address is not of the form https://host")
	}
	local = Loopback(u.Hostname())
	switch {
	case u.User != nil:
		return "", false, errors.New("the platform's address has a name or password in it")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", false, errors.New("the platform's address has a query or a fragment")
	case u.Scheme == "http" && !local:
		return "", false, fmt.Errorf("refusing plain http to %s: a credential is sent over https, or to this machine itself", visible.Truncate(u.Host, 300))
	}
	// A session and a key belong to an origin: of two platforms behind one host, they would be taken for each other's.
	switch strings.TrimRight(u.EscapedPath(), "/") {
	case "", "/api", "/api/v1":
	default:
		return "", false, errors.New("the platform's address has a path other than /api/v1: only one that is at the root of its host can be used")
	}
	return Of(u), local, nil
}

// Of returns scheme, host and port in a form that can be compared.
func Of(u *url.URL) string {
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

// Loopback tells whether a host, without its port, is this machine itself.
func Loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
