package session

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// parseOrigin returns the origin of the platform's address, and whether that is this machine itself.
func parseOrigin(address string) (origin string, local bool, err error) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		// The address itself stays out of the message: it may hold a password.
		return "", false, errors.New("the platform's address is not of the form https://host")
	}
	local = isLoopback(u.Hostname())
	switch {
	case u.User != nil:
		return "", false, errors.New("the platform's address has a name or password in it")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", false, errors.New("the platform's address has a query or a fragment")
	case u.Scheme == "http" && !local:
		return "", false, fmt.Errorf("refusing plain http to %s: a credential is sent over https, or to this machine itself", line(u.Host))
	}
	switch strings.TrimRight(u.EscapedPath(), "/") {
	case "", "/api", "/api/v1":
	default:
		return "", false, errors.New("the platform's address has a path other than /api/v1: only one that is at the root of its host can be used")
	}
	return originOf(u), local, nil
}

// originOf returns scheme, host and port in a form that can be compared.
func originOf(u *url.URL) string {
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

// hold refuses an address, named by a server, to which nothing secret may go: whatever isn't https, unless both it and
// the platform are on this machine. A platform elsewhere has no business naming a port of this machine.
func (s *Session) hold(what, address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return fmt.Errorf("%w: %s is not an address", ErrUntrusted, what)
	case u.User != nil:
		return fmt.Errorf("%w: %s has a name or password in it", ErrUntrusted, what)
	case u.Fragment != "":
		return fmt.Errorf("%w: %s has a fragment", ErrUntrusted, what)
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && s.plain && isLoopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("%w: %s %s is not https", ErrUntrusted, what, quoted(originOf(u)))
}

// printable returns an address as plain ASCII, to be shown, copied and opened.
func printable(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("%w: not an address", ErrUntrusted)
	}
	text := u.String()
	if strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", fmt.Errorf("%w: an address that can't be shown", ErrUntrusted)
	}
	return text, nil
}
