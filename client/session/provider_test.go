package session

import (
	"bufio"
	"context"
	"errors"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fob/client/secret"
)

// certified starts npm's oidc-provider, which is not ours, and a platform that names it.
func certified(t *testing.T) (platform, issuer string) {
	t.Helper()
	dir := filepath.Join("testdata", "provider")
	node, err := exec.LookPath("node")
	if _, missing := os.Stat(filepath.Join(dir, "node_modules", "oidc-provider")); err != nil || missing != nil {
		t.Fatal("node, or the provider that is tested against, is missing: run make needs")
	}
	cmd := exec.CommandContext(t.Context(), node, "provider.js")
	cmd.Dir = dir
	var trouble strings.Builder
	cmd.Stderr = &trouble
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	line, readErr := lines.ReadString('\n')
	t.Cleanup(func() {
		in.Close()
		_, _ = io.Copy(io.Discard, lines)
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(trouble.String())
		}
	})
	if readErr != nil {
		t.Fatal("the provider didn't start")
	}
	issuer = strings.TrimSpace(line)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/v1/sso/cli-config" {
			http.NotFound(w, r)
			return
		}
		say(w, http.StatusOK, `{"issuer":"`+issuer+`","client_id":"fob-cli","scopes":["openid","profile","email","offline_access"]}`)
	}))
	t.Cleanup(server.Close)
	return server.URL, issuer
}

// browser plays one: it keeps cookies, follows redirects and submits forms.
type browser struct {
	*http.Client
	t *testing.T
}

func newBrowser(t *testing.T) browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	return browser{&http.Client{Jar: jar, Transport: transport}, t}
}

func (b browser) page(resp *http.Response, err error) string {
	b.t.Helper()
	if err != nil {
		b.t.Error(err)
		return ""
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		b.t.Errorf("%s: %s %v\n%s", resp.Request.URL, resp.Status, err, body)
	}
	return string(body)
}

func (b browser) open(address string) string { b.t.Helper(); return b.page(b.Get(address)) }

var (
	action = regexp.MustCompile(`<form[^>]* action="([^"]*)"`)
	field  = regexp.MustCompile(`<input[^>]* name="([^"]*)"[^>]* value="([^"]*)"`)
)

// submit sends the form of a page with these values besides its own.
func (b browser) submit(page string, values url.Values) string {
	b.t.Helper()
	form := action.FindStringSubmatch(page)
	if form == nil {
		b.t.Fatalf("no form in %s", page)
	}
	for _, f := range field.FindAllStringSubmatch(page, -1) {
		if !values.Has(f[1]) {
			values.Set(f[1], html.UnescapeString(f[2]))
		}
	}
	return b.page(b.PostForm(html.UnescapeString(form[1]), values))
}

// The whole life of a session with a provider that somebody else wrote and had certified.
func TestAgainstACertifiedProvider(t *testing.T) {
	platform, issuer := certified(t)
	fob := func(store Store, person browser, now func() time.Time) *Session {
		s, err := New(Options{APIURL: platform, Store: store, Now: now, OpenBrowser: func(_ context.Context, address string) error {
			person.open(address)
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	byDevice := func(t *testing.T, s *Session, decide func(n Notice, b browser)) (Signed, error) {
		done := make(chan struct{})
		signed, err := s.SignIn(t.Context(), Device, func(n Notice) {
			go func() { defer close(done); decide(n, newBrowser(t)) }()
		})
		<-done
		return signed, err
	}
	ways := map[string]func(t *testing.T, s *Session) (Signed, error){
		"browser": func(t *testing.T, s *Session) (Signed, error) {
			return s.SignIn(t.Context(), Auto, func(Notice) {})
		},
		"device": func(t *testing.T, s *Session) (Signed, error) {
			return byDevice(t, s, func(n Notice, b browser) {
				confirm := b.submit(b.open(n.Address), url.Values{"user_code": {n.Code}})
				b.submit(confirm, url.Values{"confirm": {"yes"}})
			})
		},
	}
	for name, signIn := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // the provider wants to be asked for a code every five seconds only
			store := &memory{}
			var ahead atomic.Int64
			now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
			s := fob(store, newBrowser(t), now)
			signed, err := signIn(t, s)
			if err != nil {
				t.Fatal(err)
			}
			if want := (Who{"u-mia", "mia@example.test", "Mia"}); signed.Who != want || !signed.Renewable || string(signed.Way) != name {
				t.Errorf("signed in as %+v", signed)
			}
			isGood(t, issuer, credential(t, s), true)
			spent := store.text()

			first := credential(t, s)
			ahead.Store(int64(59*time.Minute + 30*time.Second))
			second := credential(t, s)
			if second.Equal(first) {
				t.Fatal("it wasn't refreshed")
			}
			isGood(t, issuer, second, true)
			third, err := s.Renew(t.Context(), second)
			if err != nil || third.Equal(second) {
				t.Fatalf("it wasn't renewed: %v", err)
			}
			last := store.text()
			if err := s.SignOut(t.Context()); err != nil {
				t.Fatal(err)
			}
			isGood(t, issuer, third, false)
			store.held = secret.New(last) // somebody who copied it can do nothing with it
			if _, err := fob(store, newBrowser(t), now).Renew(t.Context(), third); !errors.Is(err, ErrEnded) {
				t.Errorf("it wasn't revoked: %v", err)
			}
			store.held = secret.New(spent)
			if _, err := fob(store, newBrowser(t), now).Renew(t.Context(), first); !errors.Is(err, ErrEnded) {
				t.Errorf("what was spent is taken: %v", err)
			}
		})
	}
	t.Run("two fobs at once", func(t *testing.T) {
		store := &memory{}
		one, two := fob(store, newBrowser(t), nil), fob(store, newBrowser(t), nil)
		if _, err := ways["browser"](t, one); err != nil {
			t.Fatal(err)
		}
		refused := credential(t, two)
		got := make(chan secret.Value, 2)
		for _, s := range []*Session{one, two} {
			go func() {
				v, err := s.Renew(t.Context(), refused)
				if err != nil {
					t.Error(err)
				}
				got <- v
			}()
		}
		a, b := <-got, <-got
		if !a.Equal(b) || a.Equal(refused) {
			t.Error("they don't agree on one new session")
		}
		isGood(t, issuer, a, true)
	})
	t.Run("device, denied", func(t *testing.T) {
		t.Parallel()
		_, err := byDevice(t, fob(&memory{}, newBrowser(t), nil), func(n Notice, b browser) {
			b.submit(b.open(n.Direct), url.Values{"abort": {"yes"}})
		})
		if !errors.Is(err, ErrDenied) {
			t.Errorf("got %v", err)
		}
	})
}

// isGood asks the provider whether a token is good.
func isGood(t *testing.T, issuer string, token secret.Value, want bool) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, issuer+"/me", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token.Reveal())
	resp, err := newBrowser(t).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got := resp.StatusCode == http.StatusOK; got != want {
		t.Errorf("the provider answered %s", resp.Status)
	}
}
