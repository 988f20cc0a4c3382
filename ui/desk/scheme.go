package desk

import "strings"

// WithScheme is an address as a person types it, with the scheme that was left out: https, but http for this machine
// itself. What has one stays as it is, and so does what is empty.
func WithScheme(address string) string {
	address = strings.TrimSpace(address)
	if address == "" || strings.Contains(address, "://") {
		return address
	}
	host, _, _ := strings.Cut(strings.ToLower(address), "/")
	for _, here := range []string{"127.0.0.1", "localhost", "[::1]"} {
		if host == here || strings.HasPrefix(host, here+":") {
			return "http://" + address
		}
	}
	return "https://" + address
}
