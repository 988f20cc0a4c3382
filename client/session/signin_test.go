package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestSignInByTheBrowser(t *testing.T) {
	w := newWorld(t)
	s := w.session(w.withBrowser(nil))
	if w.store.loads != 0 || s.State().Known {
		t.Error("the store was read before anybody asked")
	}
	signed, err := s.SignIn(t.Context(), Auto, w.tell)
	if err != nil {
		t.Fatal(err)
	}
	want := Who{"u-1", "mia@example.test", "Mia"}
	if signed.Way != Browser || signed.Who != want || !signed.Renewable || signed.Expiry.IsZero() {
		t.Errorf("signed in as %+v", signed)
	}
	token, err := s.Credential(t.Context())
	if err != nil || !strings.HasPrefix(token.Reveal(), "access-") {
		t.Errorf("the credential: %v, %v", token.Len(), err)
	}
	told := w.told()
	if len(told) != 1 || !told[0].Opening || told[0].Way != Browser || !strings.HasPrefix(told[0].Address, issuerURL+"/authorize?") {
		t.Errorf("told %+v", told)
	}
	if state := s.State(); !state.SignedIn || state.Who != want || !state.Renewable || state.Failure != nil || state.Unsaved != nil {
		t.Errorf("state %+v", state)
	}

	// Another run reads it back and asks nobody.
	before := len(w.asked)
	again, err := w.session().Credential(t.Context())
	if err != nil || !again.Equal(token) || len(w.asked) != before {
		t.Errorf("the next run: %v, %d requests", err, len(w.asked)-before)
	}
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		w.hasNoSecret(fmt.Sprintf(verb, s) + fmt.Sprintf(verb, *s.record) + fmt.Sprintf(verb, s.State()))
	}
}

func TestCredentialOfNobody(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	if _, err := s.Credential(t.Context()); !errors.Is(err, ErrNone) {
		t.Errorf("got %v", err)
	}
	if state := s.State(); !state.Known || state.SignedIn {
		t.Errorf("state %+v", state)
	}
}

// A person whose clock is wrong signs in all the same, and the session is as long as the provider says.
func TestClocksAnHourApart(t *testing.T) {
	for _, ahead := range []time.Duration{-time.Hour, time.Hour, 25 * time.Hour} {
		w := newWorld(t)
		w.ahead = ahead
		w.pass(-ahead) // so that it is the provider whose clock isn't the one that this test runs by
		s := w.signedIn()
		left := s.State().Expiry.Sub(w.now())
		if left > time.Hour || left < 59*time.Minute {
			t.Errorf("%v ahead: %v left", ahead, left)
		}
		if _, err := s.Credential(t.Context()); err != nil || w.count("POST /token") != 1 {
			t.Errorf("%v ahead: %v, refreshed %d times", ahead, err, w.count("POST /token")-1)
		}
	}
}

func TestIdentityThatIsRefused(t *testing.T) {
	for name, claims := range map[string]map[string]any{
		"nonce":    {"nonce": "another"},
		"no nonce": {"nonce": nil},
		"issuer":   {"iss": "https://evil.test"},
		"audience": {"aud": "another-client"},
		"party":    {"azp": "another-client"},
		"at_hash":  {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
		"expired":  {"exp": time.Now().Add(-time.Hour).Unix()},
		"future":   {"nbf": time.Now().Add(time.Hour).Unix()},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.provider.claims = claims
			_, err := w.session(w.withBrowser(nil)).SignIn(t.Context(), Browser, w.tell)
			if !errors.Is(err, ErrUntrusted) {
				t.Fatalf("got %v", err)
			}
			w.isSafe(err.Error())
			if w.store.text() != "" {
				t.Error("it was stored")
			}
		})
	}
	t.Run("signature", func(t *testing.T) {
		w, other := newWorld(t), newIDP(t)
		w.at(issuerURL+"/keys", func(rw http.ResponseWriter, r *http.Request) { other.ServeHTTP(rw, r) })
		_, err := w.session(w.withBrowser(nil)).SignIn(t.Context(), Browser, w.tell)
		if !errors.Is(err, ErrUntrusted) {
			t.Fatalf("got %v", err)
		}
		w.isSafe(err.Error())
	})
	t.Run("missing", func(t *testing.T) {
		w := newWorld(t)
		w.at(issuerURL+"/token", says(200, "application/json", `{"access_token":"a","token_type":"Bearer"}`))
		if _, err := w.session(w.withBrowser(nil)).SignIn(t.Context(), Browser, w.tell); !errors.Is(err, ErrUntrusted) {
			t.Fatalf("got %v", err)
		}
	})
}

// Wherever a server names an address that a code, a token or a person would go to, it has to be https.
func TestAddressesThatAreRefused(t *testing.T) {
	for _, name := range []string{"authorization_endpoint", "token_endpoint", "device_authorization_endpoint", "revocation_endpoint", "jwks_uri"} {
		for _, address := range []string{
			"http://login.platform.test/x", "http://127.0.0.1:1/x", "https://mia:pass@login.platform.test/x", "ftp://login.platform.test/x",
			"/x", "javascript:alert(1)", "https:///x", "http://[::1]/x",
		} {
			w := newWorld(t)
			w.provider.doc[name] = address
			_, err := w.session().SignIn(t.Context(), Device, w.tell)
			if !errors.Is(err, ErrUntrusted) || w.count("POST /device") != 0 {
				t.Errorf("%s %s: %v", name, address, err)
			}
		}
	}
	for _, issuer := range []string{"http://login.platform.test", "http://127.0.0.1:1", "https://a:b@login.platform.test", "login"} {
		w := newWorld(t)
		w.offer = `{"issuer":"` + issuer + `","client_id":"fob-cli"}`
		_, err := w.session().SignIn(t.Context(), Device, w.tell)
		if !errors.Is(err, ErrUntrusted) || len(w.asked) != 1 {
			t.Errorf("issuer %s: %v", issuer, err)
		}
	}
	w := newWorld(t)
	w.provider.doc["issuer"] = issuerURL + "/"
	_, err := w.session().SignIn(t.Context(), Device, w.tell)
	if !errors.Is(err, ErrUntrusted) {
		t.Errorf("an issuer that calls itself otherwise: %v", err)
	}
}

func TestNotOffered(t *testing.T) {
	for _, h := range []http.HandlerFunc{
		says(404, "application/json", `{"detail":"not found"}`), says(404, "text/html", "<html>"), says(200, "application/json", "{}"),
	} {
		w := newWorld(t)
		w.at(platformURL+"/api/v1/sso/cli-config", h)
		if _, err := w.session().SignIn(t.Context(), Auto, w.tell); !errors.Is(err, ErrNotOffered) {
			t.Errorf("got %v", err)
		}
	}
}

// Whoever answers badly, wherever: the error is one line, names the step, and quotes nothing.
func TestBadAnswers(t *testing.T) {
	const leak = "leaked-by-the-server"
	answers := map[string]http.HandlerFunc{
		"down":     down,
		"500":      says(500, "application/json", `{"error":"`+leak+`"}`),
		"HTML":     says(200, "text/html", "<html>"+leak),
		"null":     says(200, "application/json", "null"),
		"list":     says(200, "application/json", `["`+leak+`"]`),
		"nothing":  says(200, "application/json", ""),
		"broken":   says(200, "application/json", `{"access_token":"`+leak),
		"types":    says(200, "application/json", `{"issuer":["`+leak+`"],"access_token":{"`+leak+`":1},"device_code":7,"keys":"`+leak+`"}`),
		"too long": says(200, "application/json", `{"a":"`+strings.Repeat("x", answerLimit)+`"}`),
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://evil.test/"+leak, http.StatusTemporaryRedirect)
		},
		"400": says(400, "text/plain", "error=Leaked%0a"+leak),
	}
	for _, at := range []struct {
		address string
		way     Way
	}{
		{platformURL + "/api/v1/sso/cli-config", Device},
		{issuerURL + "/.well-known/openid-configuration", Device},
		{issuerURL + "/device", Device},
		{issuerURL + "/token", Browser},
		{issuerURL + "/keys", Browser},
	} {
		for name, h := range answers {
			t.Run(at.address+" "+name, func(t *testing.T) {
				w := newWorld(t)
				w.at(at.address, h)
				_, err := w.session(w.withBrowser(nil)).SignIn(t.Context(), at.way, w.tell)
				if err == nil {
					t.Fatal("signed in")
				}
				w.isSafe(err.Error())
				if strings.Contains(err.Error(), leak) || strings.Contains(err.Error(), "oauth2") || len(err.Error()) > 300 {
					t.Errorf("%v", err)
				}
				if w.store.text() != "" {
					t.Error("something was stored")
				}
				for _, asked := range w.asked {
					if strings.Contains(asked, leak) {
						t.Error("the redirect was followed")
					}
				}
			})
		}
	}
}

// Leaving is possible at any time, and is told from every other end.
func TestSignInIsLeft(t *testing.T) {
	for _, way := range []Way{Browser, Device} {
		w := newWorld(t)
		ctx, cancel := context.WithCancel(t.Context())
		_, err := w.session().SignIn(ctx, way, func(Notice) { cancel() })
		if !errors.Is(err, context.Canceled) || errors.Is(err, ErrTimedOut) {
			t.Errorf("%s: %v", way, err)
		}
	}
	for _, path := range []string{"/.well-known/openid-configuration", "/device"} { // the library asks for a code without a context
		w := newWorld(t)
		ctx, cancel := context.WithCancel(t.Context())
		w.at(issuerURL+path, func(_ http.ResponseWriter, r *http.Request) {
			cancel()
			<-r.Context().Done()
		})
		if _, err := w.session().SignIn(ctx, Device, w.tell); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestWays(t *testing.T) {
	for name, c := range map[string]struct {
		way     Way
		browser func(context.Context, string) error
		without string
		want    Way
		err     error
	}{
		"auto, no browser here":        {Auto, nil, "", Device, nil},
		"auto, the browser fails":      {Auto, cannotOpen, "", Device, nil},
		"auto, no device grant":        {Auto, nil, "device_authorization_endpoint", Browser, nil},
		"auto, fails, no device grant": {Auto, cannotOpen, "device_authorization_endpoint", Browser, nil},
		"browser that can't be opened": {Browser, cannotOpen, "", Browser, nil},
		"browser where none is":        {Browser, nil, "", Browser, nil},
		"browser that isn't offered":   {Browser, nil, "authorization_endpoint", "", ErrNoWay},
		"device that isn't offered":    {Device, nil, "device_authorization_endpoint", "", ErrNoWay},
		"auto without the browser's":   {Auto, cannotOpen, "authorization_endpoint", Device, nil},
		"a way that there is not":      {"carrier pigeon", nil, "", "", ErrNoWay},
	} {
		run := func(t *testing.T) {
			w := newWorld(t)
			delete(w.provider.doc, c.without)
			w.provider.device = []string{"ok"}
			s := w.session(func(o *Options) { o.OpenBrowser = c.browser })
			signed, err := s.SignIn(t.Context(), c.way, func(n Notice) {
				w.tell(n)
				if n.Way == Browser && !n.Opening { // the person opens it
					go w.come(w.provider.authorize(n.Address))
				}
			})
			if signed.Way != c.want || !errors.Is(err, c.err) {
				t.Errorf("%+v, %v", signed, err)
			}
		}
		t.Run(name, func(t *testing.T) {
			if c.want == Device { // which waits, on a clock that doesn't
				synctest.Test(t, run)
				return
			}
			run(t)
		})
	}
}

func cannotOpen(context.Context, string) error { return errors.New("no display") }
