//go:build !(linux || freebsd || netbsd || openbsd || dragonfly)

package stash

import "strings"

// reachable: these systems' keyrings need no bus.
func reachable() error { return nil }

// served: these systems come with one.
func served() error { return nil }

// kindOfSystem reads what macOS says of a keychain without a person: errSecInteractionNotAllowed.
func kindOfSystem(err error) KeyringKind {
	if strings.Contains(err.Error(), "User interaction is not allowed") {
		return Locked
	}
	return Other
}
