package provider_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"fob/client/sandbox/provider"
)

func TestDiscovery(t *testing.T) {
	w := newWorld(t, provider.Options{})
	got := w.do("GET", w.issuer+"/.well-known/openid-configuration", "")
	var said map[string]any
	if err := json.Unmarshal([]byte(got.body), &said); err != nil || got.status != http.StatusOK {
		t.Fatal(got.status, err)
	}
	for name, path := range map[string]string{
		"issuer": "", "authorization_endpoint": "/authorize", "token_endpoint": "/token", "revocation_endpoint": "/revoke",
		"device_authorization_endpoint": "/device_authorization", "jwks_uri": "/keys", "userinfo_endpoint": "/userinfo",
	} {
		if said[name] != w.issuer+path {
			t.Errorf("%s is %v, not %s", name, said[name], w.issuer+path)
		}
	}
	if methods, _ := said["code_challenge_methods_supported"].([]any); !slices.Equal(methods, []any{"S256"}) {
		t.Errorf("the challenges are %v", methods)
	}
	for _, host := range []string{"platform.example", "127.0.0.1.example:80", "localhost.example", ""} {
		if got := w.do("GET", w.issuer+"/.well-known/openid-configuration", "", "Host", host); host != "" && got.status != http.StatusMisdirectedRequest {
			t.Errorf("as %q it answers %d %s", host, got.status, got.body)
		}
	}
	for _, host := range []string{"localhost:81", "[::1]:81", "127.0.0.2"} {
		if got := w.do("GET", w.issuer+"/.well-known/openid-configuration", "", "Host", host); !strings.Contains(got.body, `"issuer":"http://`+host+`/idp"`) {
			t.Errorf("as %q it answers %d %s", host, got.status, got.body)
		}
	}
}

func TestBrowserFlow(t *testing.T) {
	w := newWorld(t, provider.Options{AccessLifetime: 90 * time.Second})
	back := w.choose(asked(), "ana")
	if back.Get("state") != "st&te=1" || back.Get("code") == "" || back.Has("error") {
		t.Fatalf("the callback gets %v", back)
	}
	got := w.granted(exchange(back.Get("code")))
	if got.ExpiresIn != 90 || got.Refresh == "" || got.Scope != scope {
		t.Errorf("it gives %s", got.body)
	}
	if id, live := w.Holder(got.Access, noon); id != "ana" || !live {
		t.Errorf("the session is %q's, live: %v", id, live)
	}
	keys := w.do("GET", w.issuer+"/keys", "")
	if strings.Contains(keys.body, `"d":`) {
		t.Fatal("the private key is shown")
	}
	claims := w.verify(got.ID, keys.body)
	for name, want := range map[string]any{
		"iss": w.issuer, "aud": "fob", "sub": "ana", "nonce": "n-1", "given_name": "Ana", "family_name": "Sousa", "name": "Ana Sousa",
		"email": "ana@example.com", "email_verified": true, "iat": float64(noon.Unix()), "auth_time": float64(noon.Unix()),
		"exp": float64(noon.Unix() + 90),
	} {
		if claims[name] != want {
			t.Errorf("%s is %v, not %v", name, claims[name], want)
		}
	}
	if hash := challenge(got.Access); claims["at_hash"] == "" || len(claims["at_hash"].(string)) != 22 || !strings.HasPrefix(hash, claims["at_hash"].(string)[:21]) {
		t.Errorf("at_hash is %v, not the first half of %s", claims["at_hash"], hash)
	}
	about := w.do("GET", w.issuer+"/userinfo", "", "Authorization", "Bearer "+got.Access)
	if about.status != http.StatusOK || !strings.Contains(about.body, `"email":"ana@example.com"`) {
		t.Errorf("userinfo: %d %s", about.status, about.body)
	}
	w.wait(90 * time.Second)
	if w.live(got.Access) {
		t.Error("the session outlives its lifetime")
	}
	if about = w.do("GET", w.issuer+"/userinfo", "", "Authorization", "Bearer "+got.Access); about.status != http.StatusUnauthorized {
		t.Errorf("userinfo: %d %s", about.status, about.body)
	}
}

// verify checks an identity against the published keys, and returns its claims.
func (w *world) verify(id, keys string) map[string]any {
	w.t.Helper()
	var set jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(keys), &set); err != nil {
		w.t.Fatal(err)
	}
	parsed, err := jwt.ParseSigned(id, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		w.t.Fatal(err)
	}
	claims := map[string]any{}
	if err := parsed.Claims(set, &claims); err != nil {
		w.t.Fatal(err)
	}
	return claims
}

// What was asked for decides what is told: without offline_access there is no refresh token, without email no address.
func TestScopes(t *testing.T) {
	w := newWorld(t, provider.Options{})
	got := w.granted(exchange(w.choose(asked("scope", "openid unknown", "nonce", "", "state", ""), "ida").Get("code")))
	claims := w.verify(got.ID, w.do("GET", w.issuer+"/keys", "").body)
	if got.Refresh != "" || got.Scope != "openid" || claims["email"] != nil || claims["name"] != nil || claims["nonce"] != nil {
		t.Errorf("it gives %s with %v", got.body, claims)
	}
}

func TestRequestsThatAreRefused(t *testing.T) {
	w := newWorld(t, provider.Options{})
	for _, tc := range []struct{ name, value, code string }{ // code "": not even by redirect
		{"client_id", "other", ""},
		{"client_id", "", ""},
		{"redirect_uri", "", ""},
		{"redirect_uri", "http://127.0.0.1/callback", ""},
		{"redirect_uri", "http://127.0.0.1:0/callback", ""},
		{"redirect_uri", "http://127.0.0.1:4711/other", ""},
		{"redirect_uri", "http://127.0.0.1:4711/callback/../other", ""},
		{"redirect_uri", "http://127.0.0.1:4711/callback?next=x", ""},
		{"redirect_uri", "http://127.0.0.1:4711/callback#x", ""},
		{"redirect_uri", "https://127.0.0.1:4711/callback", ""},
		{"redirect_uri", "http://localhost:4711/callback", ""},
		{"redirect_uri", "http://127.0.0.2:4711/callback", ""},
		{"redirect_uri", "http://a@127.0.0.1:4711/callback", ""},
		{"redirect_uri", "http://127.0.0.1:4711@evil.example/callback", ""},
		{"redirect_uri", "http://127.0.0.1:4711\\@evil.example/callback", ""},
		{"redirect_uri", "http://evil.example:4711/callback", ""},
		{"redirect_uri", "javascript:alert(1)", ""},
		{"response_type", "token", "unsupported_response_type"},
		{"response_type", "", "unsupported_response_type"},
		{"response_mode", "fragment", "invalid_request"},
		{"code_challenge", "", "invalid_request"},
		{"code_challenge", "short", "invalid_request"},
		{"code_challenge", strings.Repeat("ü", 43), "invalid_request"},
		{"code_challenge_method", "", "invalid_request"},
		{"code_challenge_method", "plain", "invalid_request"},
		{"scope", "profile", "invalid_scope"},
		{"scope", "", "invalid_scope"},
		{"prompt", "none", "login_required"},
		{"request", "x", "request_not_supported"},
	} {
		t.Run(tc.name+"="+tc.value, func(t *testing.T) {
			w.t = t
			query := asked(tc.name, tc.value)
			form := url.Values{"request": {query}, "person": {"ida"}}
			form.Set("form", w.hidden(w.do("GET", w.issuer+"/device", "")).Get("form"))
			for _, got := range []response{
				w.do("GET", w.issuer+"/authorize?"+query, ""),
				w.do("POST", w.issuer+"/authorize", form.Encode()), // a forged form is no way around
			} {
				if tc.code == "" {
					if got.status != http.StatusBadRequest || got.header.Get("Location") != "" || !strings.Contains(got.body, "can&#39;t go on") {
						t.Errorf("%d %v %s", got.status, got.header, got.body)
					}
					continue
				}
				if back := w.redirected(got); back.Get("error") != tc.code || back.Get("state") != "st&te=1" || back.Has("code") {
					t.Errorf("the callback gets %v", back)
				}
			}
		})
	}
	w.t = t
	if got := w.do("GET", w.issuer+"/authorize?"+asked()+"&state=two", ""); got.status != http.StatusBadRequest || got.header.Get("Location") != "" {
		t.Errorf("a state that is there twice: %d", got.status)
	}
}

func TestNobodyIsChosen(t *testing.T) {
	w := newWorld(t, provider.Options{})
	if back := w.choose(asked(), "deny"); back.Get("error") != "access_denied" || back.Has("code") || back.Get("state") != "st&te=1" {
		t.Errorf("the callback gets %v", back)
	}
	w.leave("ana")
	page := w.do("GET", w.issuer+"/authorize?"+asked(), "")
	if strings.Contains(page.body, "Sousa") {
		t.Error("somebody who has left can be chosen")
	}
	for _, person := range []string{"ana", "nobody", ""} {
		form := w.hidden(page)
		form.Set("person", person)
		if got := w.do("POST", w.issuer+"/authorize", form.Encode()); got.status != http.StatusBadRequest || got.header.Get("Location") != "" {
			t.Errorf("%q: %d %v", person, got.status, got.header)
		}
	}
}

func TestCodesAreHeldToTheirRequest(t *testing.T) {
	w := newWorld(t, provider.Options{})
	for _, tc := range []struct{ name, value, code string }{
		{"code_verifier", strings.Replace(verifier, "a", "b", 1), "invalid_grant"},
		{"code_verifier", challenge(verifier), "invalid_grant"},
		{"code_verifier", "", "invalid_grant"},
		{"redirect_uri", "http://127.0.0.1:4712/callback", "invalid_grant"},
		{"redirect_uri", "", "invalid_grant"},
		{"client_id", "other", "invalid_client"},
		{"grant_type", "password", "unsupported_grant_type"},
		{"grant_type", "", "unsupported_grant_type"},
		{"client_secret", "x", "invalid_client"},
		{"code", "x", "invalid_grant"},
	} {
		t.Run(tc.name+"="+tc.value, func(t *testing.T) {
			w.t = t
			form, err := url.ParseQuery(exchange(w.choose(asked(), "ida").Get("code")))
			if err != nil {
				t.Fatal(err)
			}
			form.Set(tc.name, tc.value)
			w.refused(tc.code, "/token", form.Encode())
		})
	}
	w.t = t
	good := exchange(w.choose(asked(), "ida").Get("code"))
	w.refused("invalid_client", "/token", good, "Authorization", "Basic Zm9iOg==")
	w.refused("invalid_request", "/token", good+"&code_verifier=second")
	if got := w.do("GET", w.issuer+"/token?"+good, ""); got.status != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", got.status)
	}
	w.granted(good) // none of these three came so far as to use it up

	guessed := w.choose(asked(), "ida").Get("code")
	w.refused("invalid_grant", "/token", strings.Replace(exchange(guessed), "a-verifier", "b-verifier", 1))
	w.refused("invalid_grant", "/token", exchange(guessed))
}

func TestACodeIsUsedOnceAndSoon(t *testing.T) {
	w := newWorld(t, provider.Options{})
	form := exchange(w.choose(asked(), "ida").Get("code"))
	got := w.granted(form)
	w.refused("invalid_grant", "/token", form)
	if w.live(got.Access) {
		t.Error("the session of a code that was used twice goes on")
	}
	w.refused("invalid_grant", "/token", refresh(got))

	form = exchange(w.choose(asked(), "ida").Get("code"))
	w.wait(time.Minute)
	w.refused("invalid_grant", "/token", form)

	form = exchange(w.choose(asked(), "ida").Get("code"))
	w.leave("ida")
	w.refused("invalid_grant", "/token", form)
}
