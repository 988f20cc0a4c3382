package cli_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"fob/client/sandbox"
)

// kept is what the session's file holds, as far as tests look at it.
type kept struct {
	Access  string `json:"access"`
	Refresh string `json:"refresh"`
}

// stored reads the session that is in the file.
func (a *account) stored() kept {
	a.t.Helper()
	data, err := os.ReadFile(a.session())
	if err != nil {
		a.t.Fatal(err)
	}
	var wire struct {
		Session string `json:"session"`
	}
	if err := json.Unmarshal(data, &wire); err != nil {
		a.t.Fatal(err)
	}
	var k kept
	if err := json.Unmarshal([]byte(wire.Session), &k); err != nil {
		a.t.Fatal(err)
	}
	if k.Access == "" || k.Refresh == "" {
		a.t.Fatal("the session's file has no tokens that are known here")
	}
	return k
}

// With BROWSER, the program that it names gets the address, and nothing of a session.
func TestLoginInTheBrowser(t *testing.T) {
	a := newAccount(t, sandbox.Options{Seed: 1})
	folder := t.TempDir()
	pipe, seen := filepath.Join(folder, "address"), filepath.Join(folder, "env")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(folder, "browser")
	text := "#!/bin/sh\nenv >" + seen + "\nprintf %s \"$1\" >" + pipe + "\n"
	if err := os.WriteFile(script, []byte(text), 0o700); err != nil { //nolint:gosec // it is run
		t.Fatal(err)
	}
	cmd := a.command("login", "--browser", "--store", "file")
	cmd.Env = append(cmd.Env, "BROWSER="+script, "FOB_SESSION_TOKEN=never-for-children")
	out, said, code, err := signIn(cmd, ida, func() (string, error) {
		address, err := os.ReadFile(pipe)
		return string(address), err
	})
	if err != nil || code != 0 || out != "" {
		t.Fatalf("ended with %d: %v\n%s%s", code, err, out, said)
	}
	for _, words := range []string{"Opening your browser. If it shows nothing", "signed in as " + ida, "FOB_SESSION_TOKEN is set"} {
		if !strings.Contains(said, words) {
			t.Errorf("it does not say %q:\n%s", words, said)
		}
	}
	env, err := os.ReadFile(seen)
	if err != nil || len(env) == 0 {
		t.Fatal("the browser was not run", err)
	}
	if strings.Contains(string(env), "never-for-children") || strings.Contains(string(env), a.stored().Access) {
		t.Error("the browser inherits a session")
	}
}

// Without a browser that could be opened, --browser shows the address alone, and the person opens it.
func TestLoginByAddress(t *testing.T) {
	a := newAccount(t, sandbox.Options{Seed: 1})
	_, said, code, err := signIn(a.command("login", "--browser", "--store", "file"), ida, nil)
	if err != nil || code != 0 || !strings.Contains(said, "Open this address in a browser on this machine:") {
		t.Fatalf("ended with %d: %v\n%s", code, err, said)
	}
}

// A browser that can't be opened is said, with the address or, where the way was left open, with a code.
func TestABrowserThatCannotBeOpened(t *testing.T) {
	for _, c := range []struct{ way, want, address string }{
		{"--browser", "Your browser could not be opened. Open this address on this machine:", "/idp/authorize?"},
		{"", "No browser could be opened here.", "and enter the code"},
	} {
		a := newAccount(t, sandbox.Options{Seed: 1})
		o := startOnTerminal(t, append(a.env, "BROWSER="+filepath.Join(a.home, "no-such-program")), strings.Fields("login --store file "+c.way)...)
		at := o.sees("Opening your browser. If it shows nothing", 0)
		o.sees("waiting for you", o.sees(c.address, o.sees(c.want, at)))
		o.types("\x03")
		if code := o.ends(); code != 130 {
			t.Errorf("%q: ended with %d", c.way, code)
		}
	}
}

// Whoever leaves with ctrl+c leaves nothing behind.
func TestLeavingALogin(t *testing.T) {
	for _, way := range []string{"--device", "--browser"} {
		a := newAccount(t, sandbox.Options{Seed: 1})
		_, said, code, err := signIn(a.command("login", way, "--store", "file"), "", nil)
		if err != nil || code != 130 {
			t.Errorf("%s: ended with %d: %v\n%s", way, code, err, said)
		}
		if a.session() != "" {
			t.Errorf("%s: a session is kept", way)
		}
		if _, err := os.Stat(filepath.Join(a.home, "config.toml")); err == nil {
			t.Errorf("%s: a profile was made", way)
		}
	}
}

// What is signed out of is dead at the provider, not only here.
func TestLogoutEndsTheSessionAtTheProvider(t *testing.T) {
	a := newAccount(t, sandbox.Options{Seed: 1})
	a.login(ida)
	before := a.stored()
	refresh := func() string {
		res, err := http.PostForm(a.url+"/idp/token", url.Values{
			"grant_type": {"refresh_token"}, "refresh_token": {before.Refresh}, "client_id": {"fob"},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		answer, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(answer)
	}
	if _, said, code := a.run("logout"); code != 0 || !strings.Contains(said, "signed out of") {
		t.Fatalf("fob logout ended with %d: %s", code, said)
	}
	if answer := refresh(); !strings.Contains(answer, "invalid_grant") {
		t.Errorf("the refresh token is answered with %s", answer)
	}
	if a.session() != "" {
		t.Error("the session is still in its file")
	}
	if _, said, code := a.run("list"); code != 4 || !strings.Contains(said, "fob login signs you in") {
		t.Errorf("fob list ended with %d: %s", code, said)
	}
}

// A session is refreshed by itself, also by two fobs at once, at a provider that ends it all if a refresh token comes
// twice: with such short sessions every single command has to refresh.
func TestTwoFobsRefresh(t *testing.T) {
	a := newAccount(t, sandbox.Options{Seed: 1, AccessLifetime: 30 * time.Second})
	a.login(ida)
	first := a.stored()
	for range 12 {
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() {
				if _, said, code := a.run("list", "--filter", "ci-eval"); code != 0 {
					t.Errorf("fob list ended with %d: %s", code, said)
				}
			})
		}
		both.Wait()
	}
	if a.stored().Refresh == first.Refresh {
		t.Error("nothing was refreshed: nothing was tested")
	}
}

// A session whose refresh token is over has ended: it is said, with what to do, and signing in mends it.
func TestAnEndedSession(t *testing.T) {
	var ahead atomic.Int64
	a := newAccount(t, sandbox.Options{
		Seed: 1, AccessLifetime: 30 * time.Second, RefreshLifetime: time.Hour,
		Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) },
	})
	a.login(ida)
	ahead.Store(int64(2 * time.Hour))
	for _, args := range [][]string{{"list"}, {"whoami"}, {"create", "--name", "x", "--all-workspaces", "--role", "Editor", "--expires", "30d", "--to", "env-file:x.env", "--yes"}} {
		if _, said, code := a.run(args...); code != 4 || !strings.Contains(said, "fob login signs you in again") {
			t.Errorf("fob %s ended with %d: %s", args[0], code, said)
		}
	}
	a.login(ida)
	if _, said, code := a.run("whoami"); code != 0 {
		t.Errorf("fob whoami ended with %d: %s", code, said)
	}
}

// listener is a server of somebody else's, which notes the credentials that reach it.
func listener(t *testing.T) (address string, got *atomic.Value) {
	t.Helper()
	got = &atomic.Value{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if auth := r.Header.Get("Authorization"); auth != "" {
			got.Store(auth)
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, got
}

// A stored session goes to the origin that it was made for, whatever is asked for.
func TestASessionStaysAtItsOrigin(t *testing.T) {
	a := newAccount(t, sandbox.Options{Seed: 1})
	a.login(ida)
	other, got := listener(t)
	for _, args := range [][]string{
		{"list", "--api-url", other},
		{"whoami", "--api-url", other},
		{"list", "--profile", "local", "--api-url", other},
		{"logout", "--api-url", other},
		{"revoke", "ci-eval", "--yes", "--api-url", other},
		{"login", "--api-url", other, "--store", "file"},
	} {
		out, said, code := a.run(args...)
		if code != 4 && args[0] != "logout" && args[0] != "login" {
			t.Errorf("fob %s ended with %d: %s%s", strings.Join(args, " "), code, out, said)
		}
	}
	if auth := got.Load(); auth != nil {
		t.Error("the stored session was sent to another server")
	}
	// Even where the file of the other's name holds it: a session names its own origin.
	data, err := os.ReadFile(a.session())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(a.home, "config.toml"), []byte("[profiles.local]\napi_url = \""+other+"\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, said, code := a.runWith([]string{"FOB_API_URL="}, "list"); code != 4 {
		t.Errorf("fob list ended with %d: %s", code, said)
	}
	if auth := got.Load(); auth != nil || len(data) == 0 {
		t.Error("the stored session was sent to another server")
	}
}

// FOB_SESSION_TOKEN goes before the stored session, and follows no redirect.
func TestTheSessionOfTheEnvironmentGoesFirst(t *testing.T) {
	world := sandbox.New(sandbox.Options{Seed: 1})
	a := newAccount(t, sandbox.Options{Seed: 1})
	a.login(ida)
	a.requests()
	given := world.SessionToken().Reveal() // of another sandbox: this one doesn't take it
	if _, said, code := a.runWith([]string{"FOB_SESSION_TOKEN=" + given}, "list"); code != 4 || !strings.Contains(said, "set FOB_SESSION_TOKEN to a new one") {
		t.Errorf("fob list ended with %d: %s", code, said)
	}
	file := filepath.Join(t.TempDir(), "given")
	if err := os.WriteFile(file, []byte(given), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, said, code := a.run("list", "--session-file", file); code != 4 || !strings.Contains(said, "the session of --session-file has ended") || strings.Contains(said, "FOB_SESSION_TOKEN") {
		t.Errorf("fob list --session-file ended with %d: %s", code, said)
	}
	asked := 0
	for _, r := range a.requests() {
		if auth := r.Header.Get("Authorization"); auth != "" && auth != "Bearer "+given {
			t.Errorf("%s was asked as somebody else", r.URL.Path)
		} else if auth != "" {
			asked++
		}
	}
	if asked == 0 {
		t.Error("the session never came to the platform: nothing was tested")
	}
	other, got := listener(t)
	turn := httptest.NewServer(http.RedirectHandler(other, http.StatusTemporaryRedirect))
	defer turn.Close()
	if _, said, code := a.runWith([]string{"FOB_SESSION_TOKEN=" + given}, "list", "--api-url", turn.URL); code == 0 {
		t.Errorf("a redirect was followed: %s", said)
	}
	if got.Load() != nil {
		t.Error("the session followed a redirect")
	}
}

// What is remembered of a session that isn't there any more means that nobody is signed in, and blocks nothing.
func TestADanglingSession(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"gone":    os.Remove,
		"damaged": func(path string) error { return os.WriteFile(path, []byte("{"), 0o600) },
		"empty":   func(path string) error { return os.WriteFile(path, []byte(`{"version":1,"session":"{}"}`), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t, sandbox.Options{Seed: 1})
			a.login(ida)
			if err := spoil(a.session()); err != nil {
				t.Fatal(err)
			}
			for args, want := range map[string]int{"list": 4, "whoami": 4, "profile list": 0, "config show": 0, "login --help": 0, "version": 0} {
				_, said, code := a.run(strings.Fields(args)...)
				if code != want || code == 4 && !strings.Contains(said, "fob login signs you in") {
					t.Errorf("fob %s ended with %d: %s", args, code, said)
				}
			}
			a.login(ida)
			if _, said, code := a.run("whoami"); code != 0 {
				t.Errorf("signed in again, fob whoami ended with %d: %s", code, said)
			}
			if err := spoil(a.session()); err != nil {
				t.Fatal(err)
			}
			if _, said, code := a.run("logout"); code != 0 || !strings.Contains(said, "nobody is signed in") {
				t.Errorf("fob logout ended with %d: %s", code, said)
			}
		})
	}
}

// Neither token is in anything that a command writes, but for the session's own file.
func TestCanaryOfSessions(t *testing.T) {
	a := newAccount(t, sandbox.Options{Seed: 1, AccessLifetime: 30 * time.Second})
	r := ran{home: a.home}
	var tokens []string
	mark := func() { k := a.stored(); tokens = append(tokens, k.Access, k.Refresh) }
	if err := os.MkdirAll(a.home, 0o700); err != nil {
		t.Fatal(err)
	}
	_, said, code, err := signIn(a.command("login", "--device", "--store", "file", "--log", filepath.Join(a.home, "log")), ida, nil)
	if err != nil || code != 0 {
		t.Fatal(code, err, said)
	}
	r.errOut.WriteString(said)
	mark()
	for _, args := range [][]string{
		{"whoami"},
		{"whoami", "--json"},
		{"list", "--json"},
		{"profile", "list"},
		{"profile", "list", "--json"},
		{"config", "show"},
		{"config", "show", "--json"},
		{"list", "--workspace", "nowhere"},
		{"revoke", "nothing", "--yes"},
		{"logout"},
		{"list"},
	} {
		out, said, _ := a.run(append(args, "--log", filepath.Join(a.home, "log"))...)
		r.out.WriteString(out)
		r.errOut.WriteString(said)
		if args[0] != "logout" && a.session() != "" {
			mark()
		}
		session := a.session()
		for _, where := range r.leaks(t, tokens...) {
			if where != session {
				t.Errorf("fob %s leaks into %s", strings.Join(args, " "), where)
			}
		}
	}
	if log, err := os.ReadFile(filepath.Join(a.home, "log")); err != nil || len(log) == 0 {
		t.Error("nothing was logged: nothing was tested", err)
	}
	if len(tokens) < 6 {
		t.Error("nothing was refreshed")
	}
}
