package stash

import "fob/client/secret"

// SetLimit makes k hold less of a value than the system does.
func (k *Keyring) SetLimit(limit int) { k.limit = limit }

// SessionEntry is the entry of a session, as a keyring gives it back.
type SessionEntry struct{ head sessionHead }

// OpenSessionEntry reads one.
func OpenSessionEntry(v secret.Value) (SessionEntry, error) {
	h, err := openHead(v)
	return SessionEntry{h}, err
}

// Entries is how many others it has its session in.
func (e SessionEntry) Entries() int { return len(e.head.shards.accounts("a")) }

// Join makes the session of what these have.
func (e SessionEntry) Join(parts ...secret.Value) (secret.Value, bool) { return e.head.joined(parts) }

// Seal writes it down.
func (e SessionEntry) Seal() (secret.Value, error) { return e.head.sealed() }
