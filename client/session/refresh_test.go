package session

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"fob/client/secret"
)

func credential(t *testing.T, s *Session) secret.Value {
	t.Helper()
	v, err := s.Credential(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestRefreshBeforeTheEnd(t *testing.T) {
	w := newWorld(t)
	s := w.signedIn()
	first := credential(t, s)
	w.pass(58 * time.Minute)
	if !credential(t, s).Equal(first) {
		t.Error("refreshed with two minutes left")
	}
	w.pass(90 * time.Second)
	second := credential(t, s)
	if second.Equal(first) || w.count("POST /token") != 2 {
		t.Errorf("not refreshed with 30 s left: %d requests", w.count("POST /token"))
	}
	if form := w.provider.forms[1]; form.Get("client_id") != "fob-cli" || form.Has("client_secret") {
		t.Error("fob doesn't say who it is")
	}
	if state := s.State(); state.Failure != nil || state.Who.Email != "mia@example.test" || state.Expiry.Sub(w.now()) < 59*time.Minute {
		t.Errorf("state %+v", state)
	}
	if next := credential(t, w.session()); !next.Equal(second) {
		t.Error("what came wasn't stored")
	}
	w.pass(2 * time.Hour) // long over, as after a night
	if third := credential(t, w.session()); third.Equal(second) || w.provider.reused != 0 {
		t.Errorf("the refresh token that came wasn't used; reused %d", w.provider.reused)
	}
}

// Two fobs that share a store, each asked from several sides at once, refresh once; a provider that sees a refresh token
// twice would end the session.
func TestTwoFobsRefreshOnce(t *testing.T) {
	w := newWorld(t)
	one := w.signedIn()
	two := w.session()
	old := credential(t, two)
	for round := range 5 {
		w.pass(2 * time.Hour)
		before := w.count("POST /token")
		got := make([]secret.Value, 8)
		var all sync.WaitGroup
		for i := range got {
			all.Go(func() {
				s := []*Session{one, two}[i%2]
				var err error
				if i%4 == 3 {
					got[i], err = s.Renew(t.Context(), old)
				} else {
					got[i], err = s.Credential(t.Context())
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for _, v := range got {
			if !v.Equal(got[0]) || v.Equal(old) {
				t.Errorf("round %d: they don't agree on a new session", round)
			}
		}
		old = got[0]
		if n := w.count("POST /token") - before; n != 1 || w.provider.reused != 0 {
			t.Fatalf("round %d: refreshed %d times, %d of them with a token that was spent", round, n, w.provider.reused)
		}
	}
}

// While one fob waits for the provider's answer, another wants to refresh as well: it waits, and takes what the first got.
func TestFobWaitsForAnother(t *testing.T) {
	w := newWorld(t)
	one := w.signedIn()
	two := w.session()
	old := credential(t, two)
	w.pass(2 * time.Hour)
	first := make(chan struct{}, 1)
	first <- struct{}{}
	second := make(chan struct{}, 2) // two has come as far as the lock, or, without one, to the provider
	got := make(chan secret.Value, 1)
	w.at(issuerURL+"/token", func(rw http.ResponseWriter, r *http.Request) {
		select {
		case <-first:
			w.store.mu.Lock()
			w.store.onLock = func() { second <- struct{}{} }
			w.store.mu.Unlock()
			go func() {
				v, err := two.Credential(t.Context())
				if err != nil {
					t.Error(err)
				}
				got <- v
			}()
			<-second
		default:
			second <- struct{}{}
		}
		w.provider.ServeHTTP(rw, r)
	})
	a := credential(t, one)
	if b := <-got; !a.Equal(b) || a.Equal(old) {
		t.Error("they don't agree on a new session")
	}
	if n := w.count("POST /token") - 1; n != 1 || w.provider.reused != 0 {
		t.Errorf("refreshed %d times, %d of them with a token that was spent", n, w.provider.reused)
	}
}

// An answer that got lost may have been given: the same token isn't sent again at once, and the session that is still
// good for a while is used.
func TestAnswerOfARefreshGetsLost(t *testing.T) {
	w := newWorld(t)
	s := w.signedIn()
	first := credential(t, s)
	w.at(issuerURL+"/token", down)
	w.pass(59*time.Minute + 30*time.Second)
	for range 3 {
		if !credential(t, s).Equal(first) {
			t.Error("another session")
		}
	}
	if n := w.count("POST /token"); n != 2 {
		t.Errorf("it was asked %d times", n-1)
	}
	state := s.State()
	if _, ok := errors.AsType[*Error](state.Failure); !ok || !state.SignedIn || state.Ended || state.Failed.IsZero() {
		t.Errorf("state %+v", state)
	}
	w.isSafe(state.Failure.Error())
	w.pass(time.Minute) // over
	before := w.count("POST /token")
	_, err := s.Credential(t.Context())
	if _, ok := errors.AsType[*Error](err); !ok || errors.Is(err, ErrEnded) || w.count("POST /token") != before+1 {
		t.Errorf("got %v after %d requests", err, w.count("POST /token")-before)
	}
	w.at(issuerURL+"/token", nil) // it is back
	if credential(t, s).Equal(first) || s.State().Failure != nil {
		t.Error("not refreshed when the provider was back")
	}
}

func TestRefreshFails(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"500":          says(500, "application/json", `{"error":"server_error"}`),
		"HTML":         says(200, "text/html", "<html>"),
		"another kind": says(200, "application/json", `{"access_token":"a","token_type":"DPoP"}`),
		"not a token":  says(200, "application/json", `{"access_token":"a b"}`),
		"busy":         says(400, "application/json", `{"error":"temporarily_unavailable"}`),
		"no JSON":      says(403, "text/plain", "no\x1b[31m"),
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://evil.test/token", http.StatusPermanentRedirect)
		},
		"redirect at home": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, issuerURL+"/elsewhere", http.StatusTemporaryRedirect)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			s := w.signedIn()
			stored := w.store.text()
			w.at(issuerURL+"/token", h)
			w.pass(2 * time.Hour)
			_, err := s.Credential(t.Context())
			if _, ok := errors.AsType[*Error](err); !ok || errors.Is(err, ErrEnded) || s.State().Ended {
				t.Errorf("got %v", err)
			}
			w.isSafe(err.Error())
			if w.store.text() != stored || w.count("POST /elsewhere") != 0 {
				t.Error("the stored session was touched, or sent on")
			}
		})
	}
}

func TestProviderEndsTheSession(t *testing.T) {
	w := newWorld(t)
	s := w.signedIn()
	w.provider.over[1] = true
	w.pass(2 * time.Hour)
	_, err := s.Credential(t.Context())
	if !errors.Is(err, ErrEnded) {
		t.Fatalf("got %v", err)
	}
	w.isSafe(err.Error())
	asked := w.count("POST /token")
	if _, err := s.Credential(t.Context()); !errors.Is(err, ErrEnded) || w.count("POST /token") != asked {
		t.Errorf("asked again: %v", err)
	}
	if state := s.State(); !state.Ended || state.Renewable || !errors.Is(state.Failure, ErrEnded) {
		t.Errorf("state %+v", state)
	}
	// Signing in anew, here or in another fob, heals it.
	again := credential(t, w.signedIn())
	if !credential(t, s).Equal(again) || s.State().Ended {
		t.Error("the new session wasn't seen")
	}
}

// The one who waits may leave; what the provider answered is stored all the same.
func TestLeavingDuringARefresh(t *testing.T) {
	w := newWorld(t)
	s := w.signedIn()
	w.pass(2 * time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan struct{})
	w.at(issuerURL+"/token", func(rw http.ResponseWriter, r *http.Request) {
		cancel()
		<-asked
		w.provider.ServeHTTP(rw, r)
	})
	if _, err := s.Credential(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := s.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("it was over at once: %v", err)
	}
	close(asked)
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.at(issuerURL+"/token", nil)
	before := w.count("POST /token")
	credential(t, w.session())
	if w.count("POST /token") != before || w.provider.reused != 0 {
		t.Error("what came wasn't stored")
	}
}

func TestStoreFails(t *testing.T) {
	full := errors.New("the keyring is full")
	w := newWorld(t)
	s := w.signedIn()
	w.store.failing.save = full
	w.pass(2 * time.Hour)
	second := credential(t, s)
	var unsaved *UnsavedError
	if state := s.State(); !errors.As(state.Unsaved, &unsaved) || !errors.Is(state.Unsaved, full) || state.Failure != nil {
		t.Errorf("state %+v", state)
	}
	// The store has what is spent; it isn't read back over what is good, and the next refresh goes on from there.
	w.pass(2 * time.Hour)
	w.store.failing.save = nil
	if third := credential(t, s); third.Equal(second) || w.provider.reused != 0 || s.State().Unsaved != nil {
		t.Errorf("reused %d, %v", w.provider.reused, s.State().Unsaved)
	}
	w.store.failing.save = full
	signed, err := w.session(w.withBrowser(nil)).SignIn(t.Context(), Browser, w.tell)
	if !errors.As(err, &unsaved) || signed.Who.Name != "Mia" {
		t.Errorf("%+v, %v", signed, err)
	}

	w = newWorld(t)
	s = w.session(w.withBrowser(nil))
	w.store.failing.lock = full
	if _, err := s.SignIn(t.Context(), Browser, w.tell); !errors.As(err, &unsaved) {
		t.Errorf("got %v", err)
	}
	credential(t, s)
	w.store.failing.lock, w.store.failing.load = nil, errors.New("the keyring is locked")
	if _, err := w.session().Credential(t.Context()); !errors.Is(err, w.store.failing.load) || errors.Is(err, ErrNone) {
		t.Errorf("got %v", err)
	}
	w.store.failing.load = nil
	w.store.failing.lock = full
	s = w.signedInBefore()
	w.pass(2 * time.Hour)
	if _, err := s.Credential(t.Context()); !errors.Is(err, full) || w.count("POST /token") != 2 {
		t.Errorf("refreshed without the lock: %v", err)
	}
}

// signedInBefore returns a session that was stored although the store can't be locked now.
func (w *world) signedInBefore() *Session {
	lock := w.store.failing.lock
	w.store.failing.lock = nil
	w.signedIn()
	w.store.failing.lock = lock
	return w.session()
}

func TestRenew(t *testing.T) {
	w := newWorld(t)
	one := w.signedIn()
	refused := credential(t, one)
	second, err := one.Renew(t.Context(), refused)
	if err != nil || second.Equal(refused) {
		t.Fatalf("not renewed: %v", err)
	}
	// Whoever was refused with the same token meanwhile gets what there is.
	if same, err := one.Renew(t.Context(), refused); err != nil || !same.Equal(second) || w.count("POST /token") != 2 {
		t.Errorf("renewed again: %v", err)
	}
	// Another fob renews; this one takes it over.
	two := w.session()
	third, err := two.Renew(t.Context(), credential(t, two))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := one.Renew(t.Context(), second); err != nil || !got.Equal(third) || w.count("POST /token") != 3 {
		t.Errorf("not taken over: %v", err)
	}
	w.at(issuerURL+"/token", down)
	if _, err := one.Renew(t.Context(), third); err == nil || errors.Is(err, ErrEnded) {
		t.Errorf("with the provider down: %v", err)
	}
	w.at(issuerURL+"/token", nil)
	if err := two.SignOut(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := one.Renew(t.Context(), third); !errors.Is(err, ErrEnded) {
		t.Errorf("signed out elsewhere: %v", err)
	}
}

func TestFresh(t *testing.T) {
	w := newWorld(t)
	s := w.signedIn()
	w.pass(56 * time.Minute)
	first := credential(t, s)
	if err := s.Fresh(t.Context()); err != nil || credential(t, s).Equal(first) {
		t.Errorf("not refreshed with four minutes left: %v", err)
	}
	if err := s.Fresh(t.Context()); err != nil || w.count("POST /token") != 2 {
		t.Errorf("refreshed without need: %v", err)
	}
	w.pass(56 * time.Minute)
	w.at(issuerURL+"/token", down)
	if err := s.Fresh(t.Context()); err != nil {
		t.Errorf("four minutes are enough for one request: %v", err)
	}
	w.pass(3*time.Minute + 30*time.Second)
	if err := s.Fresh(t.Context()); err == nil {
		t.Error("thirty seconds are not")
	}
	w.pass(time.Hour)
	if err := s.Fresh(t.Context()); err == nil || errors.Is(err, ErrEnded) {
		t.Errorf("got %v", err)
	}
	// A provider whose sessions are short.
	w.at(issuerURL+"/token", nil)
	w.provider.lifetime = 20
	for range 2 {
		if err := s.Fresh(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if err := w.newPasted(t).Fresh(t.Context()); err != nil {
		t.Errorf("a pasted one, of which nobody knows the end: %v", err)
	}
}

// A clock that was put back makes the end of a session unknown: it is refreshed.
func TestClockPutBack(t *testing.T) {
	w := newWorld(t)
	s := w.signedIn()
	first := credential(t, s)
	w.ahead = -3 * time.Hour
	if credential(t, s).Equal(first) {
		t.Error("not refreshed")
	}
}
