package provider_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"fob/client/sandbox/provider"
)

func TestNamesAreTextOnThePage(t *testing.T) {
	w := newWorld(t, provider.Options{})
	w.people = append(w.people, provider.Person{
		ID: `"><script>`, Email: "<b>@example.com", GivenName: "<script>alert(1)</script>", FamilyName: "\x1b[31m\u202e", Note: `"><img src=x>`,
	})
	page := w.do("GET", w.issuer+"/authorize?"+asked("nonce", `"><script>`, "state", "<script>"), "")
	buttons := map[string]bool{}
	for _, n := range nodes(t, page.body) {
		switch n.Data {
		case "script", "img":
			t.Errorf("the page has a %s", n.Data)
		case "button":
			buttons[attributes(n)["value"]] = true
		}
	}
	if len(buttons) != 4 || !buttons[`"><script>`] || !buttons["ida"] || !buttons["ana"] || !buttons["deny"] {
		t.Errorf("the buttons are %v", buttons)
	}
	if strings.ContainsAny(page.body, "\x1b\u202e") || !strings.Contains(page.body, "&lt;script&gt;alert(1)") {
		t.Errorf("%q", page.body)
	}
	if back := w.choose(asked("state", "<script>\r\nX: y"), `"><script>`); back.Get("state") != "<script>\r\nX: y" || back.Get("code") == "" {
		t.Errorf("the callback gets %v", back)
	}
}

// A page runs nothing, is framed by nobody and isn't kept, and its forms lead to the provider and the program alone.
func TestHeadersOfPages(t *testing.T) {
	w := newWorld(t, provider.Options{})
	for path, forms := range map[string]string{
		"/device": "form-action 'self'", "/authorize": "form-action 'self'",
		"/authorize?" + asked(): "form-action 'self' http://127.0.0.1:4711",
	} {
		h := w.do("GET", w.issuer+path, "").header
		policy := h.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; ") || !strings.Contains(policy, "frame-ancestors 'none'") ||
			!strings.HasSuffix(policy, forms) || strings.Contains(policy, "script") {
			t.Errorf("%s: %s", path, policy)
		}
		if h.Get("Cache-Control") != "no-store" || h.Get("X-Frame-Options") != "DENY" || h.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%s: %v", path, h)
		}
	}
}

func TestFormsFromElsewhereAreRefused(t *testing.T) {
	w := newWorld(t, provider.Options{})
	started, poll := w.begin()
	first := w.do("GET", w.issuer+"/device", "")
	cookie := first.header.Get("Set-Cookie")
	if !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") || !strings.Contains(cookie, "Path=/idp") {
		t.Errorf("the cookie is %s", cookie)
	}
	mark := w.hidden(first).Get("form")
	device := url.Values{"user_code": {started.UserCode}, "person": {"ida"}}
	browser := url.Values{"request": {asked()}, "person": {"ida"}}
	for _, tc := range []struct {
		mark    string
		headers []string
	}{
		{"", nil},
		{strings.Repeat("a", 43), nil},
		{mark, []string{"Sec-Fetch-Site", "cross-site"}},
		{mark, []string{"Sec-Fetch-Site", "same-site"}}, // another port of this machine
		{mark, []string{"Origin", "http://evil.example"}},
		{mark, []string{"Origin", "null"}},
	} {
		for path, form := range map[string]url.Values{"/device": device, "/authorize": browser} {
			form.Set("form", tc.mark)
			if got := w.do("POST", w.issuer+path, form.Encode(), tc.headers...); got.status != http.StatusForbidden || got.header.Get("Location") != "" {
				t.Errorf("%s %q %v: %d", path, tc.mark, tc.headers, got.status)
			}
		}
	}
	jar := w.browser.Jar
	w.browser.Jar = nil
	for path, form := range map[string]url.Values{"/device": device, "/authorize": browser} {
		form.Set("form", mark)
		if got := w.do("POST", w.issuer+path, form.Encode()); got.status != http.StatusForbidden {
			t.Errorf("%s without the cookie: %d", path, got.status)
		}
	}
	w.browser.Jar = jar
	w.refused("authorization_pending", "/token", poll)

	// Two tabs have one cookie, and each of them can be answered.
	second := w.do("GET", w.issuer+"/device", "")
	if second.header.Get("Set-Cookie") != "" || w.hidden(second).Get("form") != mark {
		t.Error("the second tab takes the cookie from the first")
	}
	origin := strings.TrimSuffix(w.issuer, "/idp")
	device.Set("form", mark)
	if got := w.do("POST", w.issuer+"/device", device.Encode(), "Origin", origin, "Sec-Fetch-Site", "same-origin"); got.status != http.StatusOK {
		t.Errorf("a page's own form: %d %s", got.status, got.body)
	}
}
