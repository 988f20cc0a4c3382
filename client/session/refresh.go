package session

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"fob/client/secret"
)

const (
	lockLimit = 45 * time.Second // how long another fob may keep the session locked: longer than a refresh takes
	saveLimit = 2 * time.Minute  // how long a keyring may take, which may be asking a person for a password
)

// ensure returns the session that is held, with at least left of it to come if that can be had, and whose token isn't
// the one refused.
func (s *Session) ensure(ctx context.Context, left time.Duration, refused secret.Value) (*record, error) {
	if r := s.fit(left, refused); r != nil {
		return r, nil
	}
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	inside := true
	defer func() {
		if inside {
			s.leave()
		}
	}()
	justRead := !s.read()
	if justRead {
		if err := s.load(ctx); err != nil {
			return nil, err
		}
	}
	if r := s.fit(left, refused); r != nil { // somebody was here first, or it was just read
		return r, nil
	}
	if r := s.makeshift(left, refused); r != nil {
		return r, nil
	}
	if !s.renewable() { // all that can help is that another fob has signed in again
		if !justRead {
			if err := s.load(ctx); err != nil {
				return nil, err
			}
		}
		if !s.renewable() {
			return s.last(refused, nil)
		}
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return s.last(refused, s.fail(noAnswer("wait for another fob that has this session locked", err)))
	}
	if err := s.load(ctx); err != nil {
		unlock()
		return nil, err
	}
	if r := s.fit(left, refused); r != nil || !s.renewable() {
		unlock()
		if r != nil {
			return r, nil
		}
		return s.last(refused, nil)
	}
	// From here on it is done to the end, whether anybody still waits for it or not: once the provider has answered,
	// the refresh token that was sent is worth nothing, and the new one has to be stored.
	inside = false
	done := make(chan error, 1)
	go func() {
		err := s.refresh(context.WithoutCancel(ctx))
		unlock()
		s.leave()
		done <- err
	}()
	select {
	case err = <-done:
		return s.last(refused, err)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *Session) lock(ctx context.Context) (func(), error) {
	ctx, cancel := context.WithTimeout(ctx, lockLimit)
	defer cancel()
	return s.options.Store.Lock(ctx)
}

// read tells whether the store has been read.
func (s *Session) read() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.loaded
}

// fit returns the session that is held if it needs nothing.
func (s *Session) fit(left time.Duration, refused secret.Value) *record {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.record == nil || s.record.left(s.options.Now()) < left || !refused.IsZero() && refused.Equal(s.record.access) {
		return nil
	}
	return s.record
}

// makeshift returns a session that should be refreshed, but is good for a while, after a refresh that failed just now:
// a provider that is down isn't asked, and waited for, before every request.
func (s *Session) makeshift(left time.Duration, refused secret.Value) *record {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.options.Now()
	recent := s.failure != nil && now.Sub(s.failed) < patience && !now.Before(s.failed)
	if !recent || left > enough || !refused.IsZero() || s.record == nil || s.record.left(now) == 0 {
		return nil
	}
	return s.record
}

// renewable tells whether the provider can be asked for another session.
func (s *Session) renewable() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.record != nil && !s.ended && !s.record.refresh.IsZero()
}

// last returns what is held after everything was tried, as long as it is good for anything; err is how the last try
// failed, nil if it didn't.
func (s *Session) last(refused secret.Value, err error) (*record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.record
	switch {
	case r == nil && s.aside != nil:
		return nil, s.aside
	case r == nil:
		return nil, ErrNone
	case r.left(s.options.Now()) > 0 && (refused.IsZero() || !refused.Equal(r.access)):
		return r, nil
	case err != nil:
		return nil, err
	case s.ended:
		return nil, ended("the provider doesn't refresh it any more")
	case r.Pasted && !refused.IsZero():
		return nil, ended("the platform doesn't accept the pasted session token")
	case !refused.IsZero():
		return nil, ended("the platform doesn't accept it, and it can't be refreshed")
	}
	return nil, ended("its time is over, and it can't be refreshed")
}

// load reads the store and takes over what is there, unless what is held is newer and couldn't be stored.
func (s *Session) load(ctx context.Context) error {
	v, err := s.options.Store.Load(ctx)
	if err != nil {
		return fmt.Errorf("read the stored session: %w", err)
	}
	var stored *record
	var aside error
	if !v.IsZero() {
		stored, aside = s.open(v)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if stored != nil && !s.over.IsZero() && stored.access.Equal(s.over) {
		stored = nil
	}
	s.loaded = true
	if s.unsaved != nil && s.record != nil && (stored == nil || !stored.Obtained.After(s.record.Obtained)) {
		return nil
	}
	if stored == nil || s.record == nil || !stored.access.Equal(s.record.access) {
		s.ended, s.failure = false, nil
	}
	s.record, s.aside, s.unsaved = stored, aside, nil
	return nil
}

// refresh asks the provider for another session, once, and stores it. The store is locked and the gate held.
func (s *Session) refresh(ctx context.Context) error {
	s.mu.Lock()
	next := *s.record
	s.mu.Unlock()
	httpClient, w := s.client(ctx)
	w.know(next.Tokens)
	config := oauth2.Config{
		ClientID: next.ClientID,
		Endpoint: oauth2.Endpoint{TokenURL: next.Tokens, AuthStyle: oauth2.AuthStyleInParams},
	}
	sent := w.now()
	source := config.TokenSource(context.WithValue(ctx, oauth2.HTTPClient, httpClient), &oauth2.Token{RefreshToken: next.refresh.Reveal()})
	const op = "refresh the session"
	t, err := source.Token()
	if err != nil {
		return s.refused(explain(op, err))
	}
	if !isBearer(t) {
		return s.fail(&Error{Op: op, Message: "a kind of token that fob doesn't know"})
	}
	next.received(t, sent)
	if _, err := next.seal(); err != nil {
		return s.fail(&Error{Op: op, Message: "what came is " + err.Error()})
	}
	_ = s.keep(ctx, &next) // State says so
	return nil
}

// refused notes a refresh that failed, and whether the provider will never do it again.
func (s *Session) refused(err error) error {
	var e *Error
	if errors.As(err, &e) {
		switch e.Code {
		case "invalid_grant", "invalid_client", "unauthorized_client":
			s.mu.Lock()
			s.ended = true
			s.mu.Unlock()
			return s.fail(ended(e.Message))
		}
	}
	return s.fail(err)
}

// fail notes why refreshing failed, and returns it.
func (s *Session) fail(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failure, s.failed = err, s.options.Now()
	return err
}

// keep stores r and takes it over, stored or not: the store's failure doesn't make it worth less for this run.
// The store is locked and the gate held.
func (s *Session) keep(ctx context.Context, r *record) error {
	ctx, cancel := context.WithTimeout(ctx, saveLimit)
	defer cancel()
	text, err := r.seal()
	if err == nil {
		err = s.options.Store.Save(ctx, text)
	}
	return s.adopt(r, err)
}

// adopt takes r over; unstored is why it isn't in the store, nil if it is.
func (s *Session) adopt(r *record, unstored error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loaded, s.record, s.aside, s.ended, s.failure, s.unsaved = true, r, nil, false, nil, nil
	if unstored != nil {
		s.unsaved = &UnsavedError{unstored}
	}
	return s.unsaved
}

// isBearer tells whether a token may be sent as the platform takes it.
func isBearer(t *oauth2.Token) bool {
	return t.TokenType == "" || strings.EqualFold(t.TokenType, "bearer")
}
