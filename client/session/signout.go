package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// SignOut ends the session at the provider, by revoking its refresh token (RFC 7009), and removes it from the store and
// from memory. It is removed even if revoking fails or ctx is done meanwhile; the error is then a *RevokeError. Without a
// session it fails with ErrNone, after removing whatever was stored. A pasted session token can't be revoked by fob and
// is only removed.
func (s *Session) SignOut(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	unlock, err := s.lock(ctx)
	if err != nil {
		return fmt.Errorf("wait for another fob that has this session locked: %w", err)
	}
	defer unlock()
	unread := s.load(ctx) // another fob may have refreshed it, and the token to revoke is the last one
	s.mu.Lock()
	r, aside := s.record, s.aside
	s.mu.Unlock()

	var revoked error
	switch {
	case r != nil && !r.Pasted:
		if err := s.revoke(ctx, r); err != nil {
			revoked = &RevokeError{err}
		}
	case r == nil && unread != nil:
		revoked = unread
	case r == nil && aside != nil:
		revoked = aside
	case r == nil:
		revoked = ErrNone
	}
	lasting, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveLimit)
	defer cancel()
	deleted := s.options.Store.Delete(lasting)
	if deleted != nil {
		revoked = errors.Join(revoked, fmt.Errorf("%w: %w", ErrStillStored, deleted))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if deleted != nil && r != nil {
		s.over = r.access
	}
	s.loaded, s.record, s.aside, s.ended, s.failure, s.unsaved = true, nil, nil, false, nil, nil
	return revoked
}

// GiveUp ends the session at the provider and leaves the store as it is: for a session that was never put there, or that
// has been replaced there. A pasted one, and none, is given up already. The error is the provider's.
func (s *Session) GiveUp(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	s.mu.Lock()
	loaded := s.loaded
	s.mu.Unlock()
	if !loaded {
		if err := s.load(ctx); err != nil {
			return err
		}
	}
	s.mu.Lock()
	r := s.record
	s.loaded, s.record = true, nil
	s.mu.Unlock()
	if r == nil || r.Pasted {
		return nil
	}
	return s.revoke(ctx, r)
}

// revoke tells the provider that a session is over: by its refresh token, with which everything that came of it ends,
// or by its access token if there is no other.
func (s *Session) revoke(ctx context.Context, r *record) error {
	const op = "end the session at the provider"
	if r.Revocation == "" {
		return &Error{Op: op, Message: "it offers no way to do so"}
	}
	if err := s.hold("the revocation endpoint", r.Revocation); err != nil {
		return err
	}
	token, hint := r.refresh, "refresh_token"
	if token.IsZero() {
		token, hint = r.access, "access_token"
	}
	form := url.Values{"token": {token.Reveal()}, "token_type_hint": {hint}, "client_id": {r.ClientID}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.Revocation, strings.NewReader(form.Encode()))
	if err != nil {
		return &Error{Op: op, Message: "its address can't be used"}
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	httpClient, w := s.client(ctx)
	w.know(r.Revocation)
	resp, err := httpClient.Do(req)
	if err != nil {
		return explain(op, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	body, _ := io.ReadAll(resp.Body)
	return refusal(op, resp.StatusCode, errorCode(body))
}
