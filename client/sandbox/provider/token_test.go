package provider_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"fob/client/sandbox/provider"
)

func TestRefresh(t *testing.T) {
	w := newWorld(t, provider.Options{AccessLifetime: time.Minute, RefreshLifetime: time.Hour})
	first := w.signIn("ana")
	w.wait(59 * time.Minute)
	second := w.granted(refresh(first))
	if second.Refresh == "" || second.Refresh == first.Refresh || second.Access == first.Access {
		t.Error("it isn't a new pair")
	}
	claims := w.verify(second.ID, w.do("GET", w.issuer+"/keys", "").body)
	if claims["sub"] != "ana" || claims["nonce"] != nil || claims["auth_time"] != float64(noon.Unix()) {
		t.Errorf("the identity says %v", claims)
	}
	w.refused("invalid_scope", "/token", refresh(second)+"&scope=openid+admin")
	w.wait(59 * time.Minute)
	third := w.granted(refresh(second) + "&scope=openid") // its lifetime begins anew
	w.wait(time.Hour)
	w.refused("invalid_grant", "/token", refresh(third))
	w.refused("invalid_grant", "/token", "grant_type=refresh_token&refresh_token="+third.Access)
	w.refused("invalid_grant", "/token", "grant_type=refresh_token")
	w.refused("invalid_client", "/token", refresh(third)+"&client_id=other")
}

func TestReuseEndsTheWholeFamily(t *testing.T) {
	w := newWorld(t, provider.Options{})
	other := w.signIn("ana")
	first := w.signIn("ana")
	second := w.granted(refresh(first))
	third := w.granted(refresh(second))
	w.refused("invalid_grant", "/token", refresh(first))
	for _, member := range []token{first, second, third} {
		if w.live(member.Access) {
			t.Error("a session of the family goes on")
		}
	}
	w.refused("invalid_grant", "/token", refresh(third))
	if !w.live(other.Access) {
		t.Error("another sign-in of the same person ended, too")
	}
	w.granted(refresh(other))
}

func TestRevocation(t *testing.T) {
	w := newWorld(t, provider.Options{})
	revoke := func(form string) {
		t.Helper()
		if got := w.call("/revoke", form); got.status != http.StatusOK || got.body != "" {
			t.Errorf("%s: %d %s", form, got.status, got.body)
		}
	}
	first := w.signIn("ida")
	second := w.granted(refresh(first))
	revoke("token=" + first.Access + "&token_type_hint=access_token")
	if w.live(first.Access) || !w.live(second.Access) {
		t.Error("an access token is revoked alone")
	}
	revoke("token=" + second.Refresh + "&token_type_hint=access_token") // a hint may be wrong
	if w.live(second.Access) {
		t.Error("the session outlives the sign-out")
	}
	w.refused("invalid_grant", "/token", refresh(second))
	revoke("token=" + second.Refresh)
	revoke("token=unknown")
	w.refused("invalid_request", "/revoke", "token=")
	w.refused("invalid_client", "/revoke", "token=x&client_id=other")
	w.refused("invalid_client", "/revoke", "token=x", "Authorization", "Basic Zm9iOg==")
}

func TestSomebodyLeaves(t *testing.T) {
	w := newWorld(t, provider.Options{})
	first := w.signIn("ana")
	w.leave("ana")
	w.refused("invalid_grant", "/token", refresh(first))
	if got := w.do("GET", w.issuer+"/userinfo", "", "Authorization", "Bearer "+first.Access); got.status != http.StatusUnauthorized {
		t.Errorf("userinfo: %d %s", got.status, got.body)
	}
}

// What has expired long ago is forgotten, and what hasn't isn't.
func TestOldTokensAreForgotten(t *testing.T) {
	w := newWorld(t, provider.Options{AccessLifetime: time.Minute, RefreshLifetime: 4 * time.Hour})
	old := w.signIn("ida")
	kept := w.granted(refresh(old))
	w.wait(3 * time.Hour)
	for range 1001 {
		if got := w.call("/device_authorization", "scope=openid"); got.status != http.StatusOK {
			t.Fatal(got.status, got.body)
		}
	}
	if id, _ := w.Holder(old.Access, w.clock()); id != "" {
		t.Error("the old session isn't forgotten")
	}
	if id, live := w.Holder(w.granted(refresh(kept)).Access, w.clock()); id != "ida" || !live {
		t.Errorf("the session that was refreshed is %q's, live: %v", id, live)
	}
	w.refused("invalid_grant", "/token", refresh(old)) // still known as used: it ends the family
	w.refused("invalid_grant", "/token", refresh(kept))
}

func TestLargeAndBrokenBodies(t *testing.T) {
	w := newWorld(t, provider.Options{})
	if got := w.call("/token", "x="+strings.Repeat("y", 65<<10)); got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("%d %s", got.status, got.body)
	}
	w.refused("invalid_request", "/token", "a=%zz")
	w.refused("invalid_client", "/token", url.Values{"client_id": {"\x00\x1b[31m"}}.Encode())
}
