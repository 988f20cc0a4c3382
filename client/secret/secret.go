// Package secret holds the one type that may carry an API key or a session token.
package secret

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// ErrMarshal is what every marshaller gets instead of a secret.
var ErrMarshal = errors.New("a secret can't be marshalled")

const redacted = "[secret]"

// Value holds a secret that can't be printed, logged or marshalled; only Reveal lets it out.
//
// It holds a closure, not a string: fmt and other printers walk into unexported fields by reflection and ignore the
// methods found there, and of a closure they can show no more than an address.
// The zero Value holds nothing. A Value is not comparable with ==; use Equal.
type Value struct {
	reveal func() string
}

// New returns a Value that holds s.
func New(s string) Value { return Value{reveal: func() string { return s }} }

// Reveal returns the secret itself, "" for the zero Value. Every caller is listed in a test.
func (v Value) Reveal() string {
	if v.reveal == nil {
		return ""
	}
	return v.reveal()
}

// IsZero tells whether v holds nothing, or an empty text.
func (v Value) IsZero() bool { return v.Reveal() == "" }

// Len returns the secret's length in bytes.
func (v Value) Len() int { return len(v.Reveal()) }

// Equal tells whether both hold the same secret, in a time that doesn't depend on where they differ.
func (v Value) Equal(other Value) bool {
	a, b := sha256.Sum256([]byte(v.Reveal())), sha256.Sum256([]byte(other.Reveal()))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// Masked returns the secret with everything hidden but the prefix "api_", if it has it, and its last four characters:
// "api_••••k3Qz". dots is how many dots stand between; a secret that is under 24 bytes, or doesn't end in plain visible
// characters, shows nothing of itself.
func (v Value) Masked(dots int) string {
	s := v.Reveal()
	mask := strings.Repeat("•", max(dots, 1))
	if len(s) < 24 || strings.ContainsFunc(s[len(s)-4:], func(r rune) bool { return r < '!' || r > '~' }) {
		return mask
	}
	if rest, ok := strings.CutPrefix(s, "api_"); ok {
		return "api_" + mask + rest[len(rest)-4:]
	}
	return mask + s[len(s)-4:]
}

// Redact returns text with every occurrence of the secret replaced by "[secret]".
func (v Value) Redact(text string) string {
	if v.IsZero() {
		return text
	}
	return strings.ReplaceAll(text, v.Reveal(), redacted)
}

// String returns "[secret]", never the secret.
func (v Value) String() string { return redacted }

// GoString returns "[secret]", never the secret.
func (v Value) GoString() string { return redacted }

// Format writes "[secret]" for every verb and flag.
func (v Value) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue gives structured logs "[secret]".
func (v Value) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON always fails with ErrMarshal.
func (v Value) MarshalJSON() ([]byte, error) { return nil, ErrMarshal }

// MarshalText always fails with ErrMarshal.
func (v Value) MarshalText() ([]byte, error) { return nil, ErrMarshal }

// MarshalBinary always fails with ErrMarshal.
func (v Value) MarshalBinary() ([]byte, error) { return nil, ErrMarshal }

// GobEncode always fails with ErrMarshal.
func (v Value) GobEncode() ([]byte, error) { return nil, ErrMarshal }
