package stash

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"

	"fob/client/secret"
	"fob/config"
)

const (
	sessionVersion = 1
	// maxSession is the longest session that is kept, in bytes.
	maxSession = 64 << 10
	// sessionMargin is what a head needs beside a session, to name shards that are to be removed.
	sessionMargin = 200
	// maxLeft is how many generations of shards a head remembers to remove. There are more only where a keyring refuses
	// to delete.
	maxLeft = 3
)

// ErrNotText is for a session that no store takes: it is empty, too long, or no text.
var ErrNotText = errors.New("not a text that a session can be")

func checkSession(v secret.Value) error {
	switch text := v.Reveal(); {
	case text == "":
		return fmt.Errorf("%w: it is empty", ErrNotText)
	case len(text) > maxSession:
		return fmt.Errorf("%w: it has %d bytes, and %d are the most", ErrNotText, len(text), maxSession)
	case !utf8.ValidString(text):
		return fmt.Errorf("%w: it is not UTF-8", ErrNotText)
	}
	return nil
}

// shards are the entries of one session that is too large for one: the names are random, and never used again.
type shards struct {
	ID    string `json:"id"`
	Count int    `json:"count"`
}

// accounts are the names of the entries.
func (s shards) accounts(head string) []string {
	var names []string
	for n := range s.Count {
		names = append(names, head+"."+s.ID+"."+strconv.Itoa(n+1))
	}
	return names
}

// sessionHead is the entry that is found by the store's account. It has the session, or says where its shards are.
type sessionHead struct {
	whole  secret.Value
	shards shards // none if Count is 0
	size   int    // of the session in shards
	sum    string
	left   []shards // of other sessions: announced and perhaps written, or replaced and perhaps not removed yet
}

// headWire is the head as it is written.
type headWire struct {
	Version int      `json:"version"`
	Session string   `json:"session,omitempty"`
	Shards  *shards  `json:"shards,omitempty"`
	Size    int      `json:"size,omitempty"`
	Sum     string   `json:"sum,omitempty"`
	Left    []shards `json:"left,omitempty"`
}

// sealed is the head as it is stored.
func (h sessionHead) sealed() (secret.Value, error) {
	if n := len(h.left) - maxLeft; n > 0 {
		h.left = h.left[n:]
	}
	wire := headWire{Version: sessionVersion, Session: h.whole.Reveal(), Size: h.size, Sum: h.sum, Left: h.left}
	if h.shards.Count > 0 {
		wire.Shards = &h.shards
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // every byte counts
	if err := encoder.Encode(wire); err != nil {
		return secret.Value{}, errors.New("a session can't be written down") // without the session
	}
	return secret.New(string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))), nil
}

// openHead reads a head. What is damaged or isn't one is an empty head; the error is config.ErrNewer alone.
func openHead(v secret.Value) (sessionHead, error) {
	var wire headWire
	if err := json.Unmarshal([]byte(v.Reveal()), &wire); err != nil || wire.Version < 1 {
		return sessionHead{}, nil //nolint:nilerr // what can't be read is no session; the next one is written over it
	}
	if wire.Version > sessionVersion {
		return sessionHead{}, fmt.Errorf("the session was %w: its version is %d, this fob reads up to %d",
			config.ErrNewer, wire.Version, sessionVersion)
	}
	h := sessionHead{size: wire.Size, sum: wire.Sum}
	if wire.Session != "" {
		h.whole = secret.New(wire.Session)
	}
	believable := func(s shards) bool { return s.ID != "" && s.Count > 0 && s.Count <= maxSession }
	if wire.Shards != nil && believable(*wire.Shards) {
		h.shards = *wire.Shards
	}
	for _, s := range wire.Left {
		if believable(s) {
			h.left = append(h.left, s)
		}
	}
	return h, nil
}

// split cuts a session into parts of limit bytes at most, between characters.
func split(v secret.Value, limit int) []secret.Value {
	var parts []secret.Value
	for text := v.Reveal(); text != ""; {
		at := min(limit, len(text))
		for at < len(text) && at > 1 && !utf8.RuneStart(text[at]) {
			at--
		}
		parts = append(parts, secret.New(text[:at]))
		text = text[at:]
	}
	return parts
}

// joined puts the parts together again, and tells whether they are the session that the head is of.
func (h sessionHead) joined(parts []secret.Value) (secret.Value, bool) {
	var text []byte
	for _, part := range parts {
		text = append(text, part.Reveal()...)
	}
	v := secret.New(string(text))
	return v, v.Len() == h.size && sumOf(v) == h.sum
}

// sumOf tells a session from any other. It is kept where the session is, so it needs no salt.
func sumOf(v secret.Value) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(v.Reveal()))) }
