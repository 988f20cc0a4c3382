package stash

import (
	"context"
	"crypto/rand"
	"errors"

	"fob/client/secret"
	"fob/config"
)

// SessionService is the service under which the OS keyring has sessions, apart from keys.
const SessionService = "fob-session"

// SessionKeyring keeps the session of one profile in the OS keyring. A session that is too large for one entry is
// split: the new shards are written first, under names that were never used, then the head that names them, and only
// then the old shards go. Whatever ends in between leaves the old session or the new one, never a mixture. Errors are
// of type *KeyringError with Session set, but for the ones that are named.
type SessionKeyring struct {
	keyring *Keyring
	account string
	path    string
}

// NewSessionKeyring returns the store of a profile's session. k is the keyring under a service for sessions alone,
// account the name of its entry and path what the lock goes by, as config.Dirs has them. Nothing is called before the
// first use.
func NewSessionKeyring(k *Keyring, account, path string) *SessionKeyring {
	return &SessionKeyring{keyring: k, account: account, path: path}
}

// Name is for people.
func (s *SessionKeyring) Name() string { return s.keyring.Name() }

// Lock keeps other processes, and other goroutines, from the session of the profile: take it, Load again, refresh only
// if that is still needed, Save, unlock. It waits as config.Lock does.
func (s *SessionKeyring) Lock(ctx context.Context) (unlock func(), err error) {
	return config.Lock(ctx, s.path)
}

// Load returns the session, the zero Value if there is none: nothing is stored, or what is stored isn't whole. The
// error may be config.ErrNewer.
func (s *SessionKeyring) Load(ctx context.Context) (secret.Value, error) {
	stored, err := s.get(ctx, s.account)
	for {
		if err != nil || stored.IsZero() {
			return secret.Value{}, err
		}
		h, err := openHead(stored)
		if err != nil || h.shards.Count == 0 {
			return h.whole, err
		}
		if v, ok, err := s.gather(ctx, h); err != nil || ok {
			return v, err
		}
		// Without a lock it may have been replaced while its shards were read.
		again, err := s.get(ctx, s.account)
		if err != nil || again.Equal(stored) {
			return secret.Value{}, err
		}
		stored = again
	}
}

// gather reads the shards of a head; ok is false if they aren't whole.
func (s *SessionKeyring) gather(ctx context.Context, h sessionHead) (v secret.Value, ok bool, err error) {
	var parts []secret.Value
	for _, account := range h.shards.accounts(s.account) {
		part, err := s.get(ctx, account)
		if err != nil || part.IsZero() {
			return secret.Value{}, false, err
		}
		parts = append(parts, part)
	}
	if v, ok = h.joined(parts); !ok {
		return secret.Value{}, false, nil
	}
	return v, true, nil
}

// Save stores v in place of what is stored, and removes what earlier saves may have left. It is called under the Lock.
// Once it returns nil the new session is stored; after an error it is the old one or the new one. The error may be
// ErrNotText.
func (s *SessionKeyring) Save(ctx context.Context, v secret.Value) error {
	if err := checkSession(v); err != nil {
		return err
	}
	old, err := s.head(ctx)
	if err != nil {
		return err
	}
	old.left = s.sweep(ctx, old.left)
	next := sessionHead{whole: v, left: old.left}
	if old.shards.Count > 0 {
		next.left = append(next.left[:len(next.left):len(next.left)], old.shards)
	}
	sealed, err := next.sealed()
	if err != nil {
		return err
	}
	if s.keyring.limit > 0 && sealed.Len() > s.keyring.limit-sessionMargin {
		if next, err = s.scatter(ctx, v, old, next.left); err != nil {
			return err
		}
	}
	if err := s.putHead(ctx, next); err != nil {
		return err
	}
	s.sweep(ctx, next.left) // what stays is named in the head, for the next time
	return nil
}

// scatter writes v in shards, and returns the head that is to name them.
func (s *SessionKeyring) scatter(ctx context.Context, v secret.Value, old sessionHead, left []shards) (sessionHead, error) {
	parts := split(v, s.keyring.limit)
	next := sessionHead{shards: shards{ID: rand.Text(), Count: len(parts)}, size: v.Len(), sum: sumOf(v), left: left}
	// A keyring lists nothing: shards that no head names are never found again. So the old head announces them.
	old.left = append(old.left[:len(old.left):len(old.left)], next.shards)
	if err := s.putHead(ctx, old); err != nil {
		return next, err
	}
	for n, account := range next.shards.accounts(s.account) {
		if err := s.keyring.Put(ctx, account, parts[n]); err != nil {
			return next, ofSession(err)
		}
	}
	return next, nil
}

// Delete removes the session and everything that earlier saves may have left. That there is none is no error. It is
// called under the Lock.
func (s *SessionKeyring) Delete(ctx context.Context) error {
	h, err := s.head(ctx)
	if err != nil {
		return err
	}
	// The head goes last: without it nothing names the shards.
	for _, generation := range append(h.left[:len(h.left):len(h.left)], h.shards) {
		if err := s.remove(ctx, generation); err != nil {
			return err
		}
	}
	return s.forget(ctx, s.account)
}

// head reads the head, an empty one if there is none that this fob can read.
func (s *SessionKeyring) head(ctx context.Context) (sessionHead, error) {
	stored, err := s.get(ctx, s.account)
	if err != nil {
		return sessionHead{}, err
	}
	h, err := openHead(stored)
	if err != nil {
		return sessionHead{}, nil //nolint:nilerr // a newer fob's: whoever signs in or out here means this one
	}
	return h, nil
}

func (s *SessionKeyring) putHead(ctx context.Context, h sessionHead) error {
	sealed, err := h.sealed()
	if err != nil {
		return err
	}
	return ofSession(s.keyring.Put(ctx, s.account, sealed))
}

// get returns what is stored under account, the zero Value for nothing.
func (s *SessionKeyring) get(ctx context.Context, account string) (secret.Value, error) {
	v, err := s.keyring.Get(ctx, account)
	if KindOf(err) == NotFound {
		return secret.Value{}, nil
	}
	return v, ofSession(err)
}

func (s *SessionKeyring) forget(ctx context.Context, account string) error {
	if err := s.keyring.Delete(ctx, account); err != nil && KindOf(err) != NotFound {
		return ofSession(err)
	}
	return nil
}

// sweep removes shards, and returns the ones that it couldn't.
func (s *SessionKeyring) sweep(ctx context.Context, left []shards) []shards {
	var stay []shards
	for _, generation := range left {
		if s.remove(ctx, generation) != nil {
			stay = append(stay, generation)
		}
	}
	return stay
}

func (s *SessionKeyring) remove(ctx context.Context, generation shards) error {
	for _, account := range generation.accounts(s.account) {
		if err := s.forget(ctx, account); err != nil {
			return err
		}
	}
	return nil
}

// ofSession marks an error of the keyring as one about a session.
func ofSession(err error) error {
	if failed, ok := errors.AsType[*KeyringError](err); ok {
		failed.Session = true
	}
	return err
}
