package session

import (
	"fmt"
	"net/url"
	"strings"

	"fob/client/origin"
)

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
	case u.Scheme == "http" && s.plain && origin.Loopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("%w: %s %s is not https", ErrUntrusted, what, quoted(origin.Of(u)))
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
