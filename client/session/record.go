package session

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"fob/client/secret"
)

const (
	version    = 1
	tokenLimit = 16 << 10 // a header of more than that is refused by most servers
)

// record is a session as it is held, and, but for its two secrets, as it is stored.
type record struct {
	Version    int       `json:"version"`
	Origin     string    `json:"origin"`
	Obtained   time.Time `json:"obtained"`
	Expiry     time.Time `json:"expiry,omitzero"` // by this machine's clock
	Pasted     bool      `json:"pasted,omitempty"`
	Issuer     string    `json:"issuer,omitempty"`
	ClientID   string    `json:"client_id,omitempty"`
	Tokens     string    `json:"token_endpoint,omitempty"`
	Revocation string    `json:"revocation_endpoint,omitempty"`
	Who        Who       `json:"who,omitzero"`

	access, refresh secret.Value
}

// sealed is the text that is stored.
type sealed struct {
	record
	Access  string `json:"access"`
	Refresh string `json:"refresh,omitempty"`
}

// seal returns r as the text to store. It fails with ErrUnusable if the access token can't be a header's value: if it
// is empty or too long, or holds a blank or anything else that isn't visible ASCII.
func (r *record) seal() (secret.Value, error) {
	access := r.access.Reveal()
	switch {
	case access == "":
		return secret.Value{}, fmt.Errorf("%w: it is empty", ErrUnusable)
	case len(access) > tokenLimit:
		return secret.Value{}, fmt.Errorf("%w: it is longer than %d bytes", ErrUnusable, tokenLimit)
	case strings.ContainsFunc(access, func(c rune) bool { return c <= ' ' || c > '~' }):
		return secret.Value{}, fmt.Errorf("%w: it has a blank, a line break or another character in it that no token has", ErrUnusable)
	}
	text, err := json.Marshal(sealed{*r, access, r.refresh.Reveal()})
	if err != nil {
		return secret.Value{}, fmt.Errorf("%w: it can't be written down", ErrUnusable)
	}
	return secret.New(string(text)), nil
}

// open reads what was stored. Whatever isn't a session for this origin is none, and the reason wraps ErrNone.
func (s *Session) open(v secret.Value) (*record, error) {
	var stored sealed
	switch err := json.Unmarshal([]byte(v.Reveal()), &stored); {
	case err != nil: // the error would quote the text
		return nil, fmt.Errorf("%w: what is stored can't be read", ErrNone)
	case stored.Version != version:
		return nil, fmt.Errorf("%w: what is stored was written by another version of fob", ErrNone)
	case stored.Origin != s.origin:
		return nil, fmt.Errorf("%w at %s: what is stored is a session of %s, and isn't sent anywhere else",
			ErrNone, line(s.origin), line(stored.Origin))
	}
	r := stored.record
	r.access, r.refresh = secret.New(stored.Access), secret.New(stored.Refresh)
	if _, err := r.seal(); err != nil {
		return nil, fmt.Errorf("%w: what is stored holds no session token", ErrNone)
	}
	if r.refresh.IsZero() {
		return &r, nil
	}
	if s.hold("the stored token endpoint", r.Tokens) != nil ||
		r.Revocation != "" && s.hold("the stored revocation endpoint", r.Revocation) != nil {
		return nil, fmt.Errorf("%w: what is stored names an address that isn't https", ErrNone)
	}
	return &r, nil
}

// received takes over what the provider sent in answer to a request of the local time sent.
func (r *record) received(t *oauth2.Token, sent time.Time) {
	r.access, r.Obtained, r.Expiry = secret.New(t.AccessToken), sent.UTC(), time.Time{}
	if t.RefreshToken != "" {
		r.refresh = secret.New(t.RefreshToken)
	}
	if t.ExpiresIn > 0 {
		r.Expiry = sent.Add(time.Duration(t.ExpiresIn) * time.Second).UTC()
	}
}

const forever = time.Duration(math.MaxInt64)

// left returns how long the session lasts. A clock that was put back since it began makes that unknown, which counts as
// nothing where it can be refreshed.
func (r *record) left(now time.Time) time.Duration {
	switch {
	case r.Expiry.IsZero():
		return forever
	case now.Add(time.Minute).Before(r.Obtained) && !r.refresh.IsZero():
		return 0
	}
	return max(r.Expiry.Sub(now), 0)
}
