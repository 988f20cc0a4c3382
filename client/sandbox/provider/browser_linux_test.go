package provider_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"fob/client/sandbox/chromium"
	"fob/client/sandbox/provider"
)

// A person goes both ways in a real browser, with scripts switched off: by mouse and by keyboard.
func TestInARealBrowser(t *testing.T) {
	w := newWorld(t, provider.Options{})
	browser := chromium.Start(t)

	started, poll := w.begin()
	page := browser.Open(started.Verification)
	page.Wants("Enter the code")
	picture(t, page, "code")
	page.Type("input[autofocus]", "WRNG-CODE")
	page.Enter()
	page.Wants("There is no sign-in waiting with the code WRNG-CODE")
	picture(t, page, "wrong")
	page.Go(started.Verification)
	page.Type("input[autofocus]", strings.ToLower(started.UserCode))
	page.Follow("button.go")
	page.Wants(started.UserCode)
	picture(t, page, "device")
	page.Press("summary") // who stands aside is folded away
	page.Follow("button[value=ana]")
	page.Wants("Signed in as Ana Sousa")
	picture(t, page, "done")
	if id, _ := w.Holder(w.granted(poll).Access, noon); id != "ana" {
		t.Errorf("the device's session is %q's", id)
	}

	// The program's side: a page that says to go back, at a port of its own.
	came := make(chan url.Values, 3)
	program := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/callback" {
			came <- r.URL.Query()
		}
		_, _ = rw.Write([]byte("Go back to the terminal"))
	}))
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = program.Listener.Close()
	program.Listener = listener
	program.Start()
	defer program.Close()
	redirect := program.URL + "/callback"
	page.Go(w.issuer + "/authorize?" + asked("redirect_uri", redirect))
	other := browser.Open(w.issuer + "/authorize?" + asked("redirect_uri", redirect, "state", "second tab"))
	picture(t, page, "browser")
	page.Follow("button[value=ida]")
	page.Wants("Go back to the terminal")
	other.Follow("button[value=deny]")
	other.Wants("Go back to the terminal")
	first, second := <-came, <-came
	if first.Get("state") != "st&te=1" || first.Get("iss") != w.issuer || second.Get("error") != "access_denied" || second.Get("state") != "second tab" {
		t.Fatalf("the program gets %v and %v", first, second)
	}
	got := w.granted(strings.ReplaceAll(exchange(first.Get("code")), url.QueryEscape(callback), url.QueryEscape(redirect)))
	if id, _ := w.Holder(got.Access, noon); id != "ida" {
		t.Errorf("the program's session is %q's", id)
	}

	// A page from elsewhere, another port of this machine, posts the form that it can guess.
	started, poll = w.begin()
	evil := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "text/html")
		_, _ = rw.Write([]byte(`<form method=post action="` + w.issuer + `/device"><input name=user_code value="` + started.UserCode +
			`"><input name=person value=ida><button>A nice game</button></form>`))
	}))
	defer evil.Close()
	page.Go(evil.URL)
	page.Follow("button")
	page.Wants("This page has to be opened again")
	w.refused("authorization_pending", "/token", poll)
}

// picture keeps a picture of the page where FOB_PICTURES says, for somebody to look at.
func picture(t *testing.T, page *chromium.Page, name string) {
	t.Helper()
	if folder := os.Getenv("FOB_PICTURES"); folder != "" {
		if err := os.WriteFile(folder+"/"+name+".png", page.Picture(), 0o600); err != nil {
			t.Error(err)
		}
	}
}
