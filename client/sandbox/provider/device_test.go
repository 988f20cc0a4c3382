package provider_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"fob/client/sandbox/provider"
)

// begin starts a device's sign-in, and returns the form that polls for it, too.
func (w *world) begin() (token, string) {
	w.t.Helper()
	got := w.call("/device_authorization", "scope="+url.QueryEscape(scope))
	if got.status != http.StatusOK {
		w.t.Fatal(got.status, got.body)
	}
	return got, url.Values{"grant_type": {device}, "device_code": {got.DeviceCode}}.Encode()
}

// enter gives a code to the page, and returns the page that follows.
func (w *world) enter(code string) response {
	w.t.Helper()
	form := w.hidden(w.do("GET", w.issuer+"/device", ""))
	form.Set("user_code", code)
	return w.do("POST", w.issuer+"/device", form.Encode())
}

// answer chooses somebody on the page that follows the code's.
func (w *world) answer(page response, person string) response {
	w.t.Helper()
	form := w.hidden(page)
	form.Set("person", person)
	return w.do("POST", w.issuer+"/device", form.Encode())
}

func TestDeviceFlow(t *testing.T) {
	w := newWorld(t, provider.Options{})
	started, poll := w.begin()
	if !regexp.MustCompile(`^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$`).MatchString(started.UserCode) ||
		started.Interval != 1 || started.ExpiresIn != 600 || started.Verification != w.issuer+"/device" ||
		started.Complete != started.Verification+"?user_code="+started.UserCode {
		t.Errorf("it starts with %s", started.body)
	}
	w.refused("authorization_pending", "/token", poll)
	w.wait(time.Second)
	w.refused("authorization_pending", "/token", poll)

	filled := w.do("GET", started.Complete, "")
	if !strings.Contains(filled.body, `value="`+started.UserCode+`"`) || strings.Contains(filled.body, "Ida") {
		t.Errorf("a code in the address is to be filled in, and no more: %s", filled.body)
	}
	page := w.enter(strings.ToLower(strings.ReplaceAll(started.UserCode, "-", " ")))
	if page.status != http.StatusOK || !strings.Contains(page.body, started.UserCode) || !strings.Contains(page.body, "Ida Krüger") {
		t.Errorf("%d %s", page.status, page.body)
	}
	if done := w.answer(page, "ida"); done.status != http.StatusOK || !strings.Contains(done.body, "Signed in as Ida Krüger") {
		t.Errorf("%d %s", done.status, done.body)
	}
	if again := w.answer(page, "ana"); again.status != http.StatusBadRequest {
		t.Errorf("the code is answered twice: %d", again.status)
	}
	w.wait(time.Second)
	got := w.granted(poll)
	if id, _ := w.Holder(got.Access, w.clock()); id != "ida" {
		t.Errorf("it is %q", id)
	}
	w.granted(refresh(got))
	w.wait(time.Second)
	w.refused("invalid_grant", "/token", poll)
}

func TestWhoPollsTooSoonWaitsLonger(t *testing.T) {
	w := newWorld(t, provider.Options{})
	started, poll := w.begin()
	w.refused("authorization_pending", "/token", poll)
	w.wait(910 * time.Millisecond) // a timer that rings a little early is no impatience
	w.refused("authorization_pending", "/token", poll)
	w.wait(890 * time.Millisecond)
	w.refused("slow_down", "/token", poll)
	w.wait(5 * time.Second)
	w.refused("slow_down", "/token", poll) // six seconds are asked for now, then eleven
	w.wait(11 * time.Second)
	w.refused("authorization_pending", "/token", poll)
	w.answer(w.enter(started.UserCode), "ana")
	w.wait(10 * time.Second)
	w.refused("slow_down", "/token", poll)
	w.wait(16 * time.Second)
	w.granted(poll)
}

func TestDeviceDenied(t *testing.T) {
	w := newWorld(t, provider.Options{})
	started, poll := w.begin()
	if done := w.answer(w.enter(started.UserCode), "deny"); done.status != http.StatusOK || !strings.Contains(done.body, "Nobody was signed in") {
		t.Errorf("%d %s", done.status, done.body)
	}
	w.refused("access_denied", "/token", poll)
	if again := w.enter(started.UserCode); again.status != http.StatusBadRequest {
		t.Errorf("the code can be entered again: %d", again.status)
	}
}

func TestDeviceExpires(t *testing.T) {
	w := newWorld(t, provider.Options{DeviceLifetime: time.Minute})
	started, poll := w.begin()
	if started.ExpiresIn != 60 {
		t.Errorf("it starts with %s", started.body)
	}
	page := w.enter(started.UserCode)
	w.wait(time.Minute)
	for _, late := range []response{w.answer(page, "ida"), w.enter(started.UserCode)} {
		if late.status != http.StatusBadRequest || !strings.Contains(late.body, "no sign-in waiting") {
			t.Errorf("%d %s", late.status, late.body)
		}
	}
	w.refused("expired_token", "/token", poll)
}

func TestDeviceRequestsThatAreRefused(t *testing.T) {
	w := newWorld(t, provider.Options{})
	w.refused("invalid_scope", "/device_authorization", "scope=email")
	w.refused("invalid_client", "/device_authorization", "scope=openid&client_id=other")
	w.refused("invalid_grant", "/token", "grant_type="+url.QueryEscape(device)+"&device_code=unknown")
	w.refused("invalid_grant", "/token", "grant_type="+url.QueryEscape(device))

	started, poll := w.begin()
	page := w.enter(started.UserCode)
	w.leave("ana")
	if got := w.answer(page, "ana"); got.status != http.StatusBadRequest || !strings.Contains(got.body, "Nobody was signed in") {
		t.Errorf("%d %s", got.status, got.body)
	}
	w.answer(page, "ida")
	w.leave("ida")
	w.refused("invalid_grant", "/token", poll)
}

// What a stranger puts into the address or the form is text on the page: no element or attribute more than there would
// be otherwise, no control character, and not without end.
func TestHostileCodes(t *testing.T) {
	w := newWorld(t, provider.Options{})
	shape := func(page response) (names []string) {
		for _, n := range nodes(t, page.body) {
			if n.Data == "script" || n.Data == "img" {
				t.Errorf("the page has a %s: %s", n.Data, page.body)
			}
			for name := range attributes(n) {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		return names
	}
	plainGet, plainPost := shape(w.do("GET", w.issuer+"/device", "")), shape(w.enter("BCDF-GHJK"))
	for _, hostile := range []string{
		`"><script>alert(1)</script>`, `" onfocus="alert(1)`, `'><img src=x onerror=alert(1)>`, "</style><script>", "\x1b]52;c;x\x07",
		"\u202eKJHG-FDCB", strings.Repeat("B", 10000), "\x00", "\xff\xfe", "{{.}}", "%3Cscript%3E", "\u200e", "BCDF-GHJK\r\nSet-Cookie: a=b",
	} {
		get := w.do("GET", w.issuer+"/device?user_code="+url.QueryEscape(hostile), "")
		post := w.enter(hostile)
		if get.status != http.StatusOK || post.status != http.StatusBadRequest || get.header.Get("Set-Cookie") != "" {
			t.Errorf("%q: %d and %d", hostile, get.status, post.status)
		}
		if !slices.Equal(shape(get), plainGet) || !slices.Equal(shape(post), plainPost) {
			t.Errorf("%q changes what the page is made of: %s %s", hostile, get.body, post.body)
		}
		for _, page := range []response{get, post} {
			if strings.ContainsAny(page.body, "\x1b\x07\x00\u202e\r\u200e\ufffd") || len(page.body) > 5000 {
				t.Errorf("%q comes back as it is: %q", hostile, page.body)
			}
		}
	}
}
