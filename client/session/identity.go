package session

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// verify checks the id token that came with a grant and returns whom it names. What time it is, the provider says: a
// machine whose clock is an hour off can still be signed in from.
func (a *attempt) verify(ctx context.Context, g grant) (Who, error) {
	const op = "check who signed in"
	if !isBearer(g.token) {
		return Who{}, &Error{Op: op, Message: "a kind of token that fob doesn't know"}
	}
	raw, ok := g.token.Extra("id_token").(string)
	if !ok || raw == "" {
		return Who{}, fmt.Errorf("%w: it doesn't say who signed in", ErrUntrusted)
	}
	now := a.wire.serverNow()
	verifier := a.provider.oidc.Verifier(&oidc.Config{
		ClientID: a.provider.ClientID,
		Now:      func() time.Time { return now },
	})
	t, err := verifier.Verify(ctx, raw)
	if err != nil {
		return Who{}, unverified(op, err)
	}
	if g.nonce != "" && !same(t.Nonce, g.nonce) {
		return Who{}, fmt.Errorf("%w: who signed in is said for another sign-in (nonce)", ErrUntrusted)
	}
	if t.AccessTokenHash != "" && t.VerifyAccessToken(g.token.AccessToken) != nil {
		return Who{}, fmt.Errorf("%w: who signed in is said for another session (at_hash)", ErrUntrusted)
	}
	var claims struct {
		Email string `json:"email"`
		Name  string `json:"name"`
		Party string `json:"azp"`
	}
	if err := t.Claims(&claims); err != nil {
		return Who{}, explain(op, err)
	}
	if claims.Party != "" && claims.Party != a.provider.ClientID {
		return Who{}, fmt.Errorf("%w: who signed in is said to another program (azp)", ErrUntrusted)
	}
	return Who{Subject: clip(t.Subject), Email: clip(claims.Email), Name: clip(claims.Name)}, nil
}

// clip keeps a provider's text from filling the store.
func clip(s string) string {
	const limit = 256
	if r := []rune(s); len(r) > limit {
		return string(r[:limit])
	}
	return s
}

// unverified says why an id token isn't accepted. The library's words would quote what is in it.
func unverified(op string, err error) error {
	var network *url.Error
	var late *oidc.TokenExpiredError
	switch {
	case errors.As(err, &network), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return explain(op, err)
	case errors.As(err, &late):
		return fmt.Errorf("%w: who signed in was said too long ago", ErrUntrusted)
	}
	return fmt.Errorf("%w: who signed in isn't said by the provider, for fob, in a form that can be checked", ErrUntrusted)
}

// same compares in a time that doesn't depend on where the two differ.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
