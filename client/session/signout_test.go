package session

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"fob/client/secret"
)

func (w *world) newPasted(t *testing.T) *Session {
	t.Helper()
	s := w.session()
	if err := s.Paste(t.Context(), secret.New("pasted-token")); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPaste(t *testing.T) {
	w := newWorld(t)
	s := w.newPasted(t)
	if got := credential(t, w.session()); got.Reveal() != "pasted-token" {
		t.Error("it wasn't stored")
	}
	if state := s.State(); !state.Pasted || !state.SignedIn || state.Renewable || !state.Expiry.IsZero() {
		t.Errorf("state %+v", state)
	}
	if _, err := s.Renew(t.Context(), secret.New("pasted-token")); !errors.Is(err, ErrEnded) || strings.Contains(err.Error(), "pasted-token") {
		t.Errorf("got %v", err)
	}
	if err := s.SignOut(t.Context()); err != nil || w.store.text() != "" {
		t.Errorf("got %v", err)
	}
	if len(w.asked) != 0 {
		t.Errorf("asked %v", w.asked)
	}
	for _, bad := range []string{"", " ", "s3c r3t", "s3cr3t\n", "\ta", "ä", "a\x00b", "a\u202eb", strings.Repeat("a", tokenLimit+1)} {
		err := s.Paste(t.Context(), secret.New(bad))
		if !errors.Is(err, ErrUnusable) || len(bad) > 2 && strings.Contains(err.Error(), bad) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
	if w.store.text() != "" {
		t.Error("something bad was stored")
	}
	w.store.failing.save = errors.New("no keyring")
	if err := s.Paste(t.Context(), secret.New("again")); errors.Is(err, ErrUnusable) || !errors.Is(err, w.store.failing.save) {
		t.Errorf("got %v", err)
	}
	if credential(t, s).Reveal() != "again" {
		t.Error("it isn't used in this run")
	}
}

// What is stored for another origin, by another version or by somebody else is not used, and the reason is told.
func TestStoredByAnother(t *testing.T) {
	w := newWorld(t)
	w.signedIn()
	good := w.store.text()
	for name, c := range map[string]struct{ text, says string }{
		"another origin":  {strings.Replace(good, `"origin":"`+platformURL, `"origin":"https://api.us.test`, 1), "https://api.us.test"},
		"another port":    {strings.Replace(good, `"origin":"`+platformURL, `"origin":"`+platformURL+":8443", 1), "8443"},
		"another version": {strings.Replace(good, `"version":1`, `"version":2`, 1), "another version"},
		"plain http":      {strings.Replace(good, issuerURL+"/token", "http://login.platform.test/token", 1), "https"},
		"http to revoke":  {strings.Replace(good, issuerURL+"/revoke", "http://login.platform.test/revoke", 1), "https"},
		"no JSON":         {"eyJ" + good, "can't be read"},
		"empty":           {`{"version":1,"origin":"` + platformURL + `"}`, "no session token"},
	} {
		t.Run(name, func(t *testing.T) {
			w.store.held = secret.New(c.text)
			s := w.session()
			before := len(w.asked)
			_, err := s.Credential(t.Context())
			if !errors.Is(err, ErrNone) || !strings.Contains(err.Error(), c.says) || len(w.asked) != before {
				t.Errorf("got %v", err)
			}
			w.isSafe(err.Error())
			if aside := s.State().Aside; aside == nil || s.State().SignedIn {
				t.Errorf("state %+v", s.State())
			}
			if err := s.SignOut(t.Context()); !errors.Is(err, ErrNone) || w.store.text() != "" || len(w.asked) != before {
				t.Errorf("signing out: %v", err)
			}
		})
	}
}

func TestSignOut(t *testing.T) {
	w := newWorld(t)
	s := w.signedIn()
	two := w.session()
	if _, err := two.Renew(t.Context(), credential(t, s)); err != nil { // s holds what is spent
		t.Fatal(err)
	}
	if err := s.SignOut(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(w.provider.revoked) != 1 || w.provider.spent[w.provider.revoked[0]] || !strings.HasPrefix(w.provider.revoked[0], "refresh-") {
		t.Error("the refresh token that is good was not revoked")
	}
	if w.store.text() != "" || s.State().SignedIn {
		t.Error("it is still here")
	}
	if _, err := s.Credential(t.Context()); !errors.Is(err, ErrNone) {
		t.Errorf("got %v", err)
	}
	if err := s.SignOut(t.Context()); !errors.Is(err, ErrNone) || len(w.provider.revoked) != 1 {
		t.Errorf("signing out twice: %v", err)
	}
}

// Whatever keeps the provider from hearing of it, the session is gone from this machine.
func TestSignOutThatTheProviderDoesntHear(t *testing.T) {
	leave := func(w *world, cancel func()) {
		w.at(issuerURL+"/revoke", func(http.ResponseWriter, *http.Request) { cancel() })
	}
	for name, spoil := range map[string]func(w *world, cancel func()){
		"down": func(w *world, _ func()) { w.at(issuerURL+"/revoke", down) },
		"500":  func(w *world, _ func()) { w.at(issuerURL+"/revoke", says(500, "text/html", "<html>")) },
		"refused": func(w *world, _ func()) {
			w.at(issuerURL+"/revoke", says(400, "application/json", `{"error":"invalid_client"}`))
		},
		"not offered": func(w *world, _ func()) { delete(w.provider.doc, "revocation_endpoint") },
		"left":        leave,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			spoil(w, cancel)
			s := w.signedIn()
			err := s.SignOut(ctx)
			var unrevoked *RevokeError
			if !errors.As(err, &unrevoked) {
				t.Fatalf("got %v", err)
			}
			w.isSafe(err.Error())
			if w.store.text() != "" || s.State().SignedIn {
				t.Error("it is still here")
			}
		})
	}
	w := newWorld(t)
	s := w.signedIn()
	w.store.failing.remove = errors.New("the keyring is locked")
	if err := s.SignOut(t.Context()); !errors.Is(err, w.store.failing.remove) || len(w.provider.revoked) != 1 {
		t.Errorf("got %v", err)
	}
	if _, err := s.Credential(t.Context()); !errors.Is(err, ErrNone) {
		t.Errorf("a session that was signed out of: %v", err)
	}
}
