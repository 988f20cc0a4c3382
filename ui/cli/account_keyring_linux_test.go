package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fob/client/sandbox"
)

// A session goes into the OS keyring where there is one, and into no file; another place takes it over whole.
func TestLoginIntoTheKeyring(t *testing.T) {
	a := newAccount(t, sandbox.Options{Seed: 1})
	s, err := startSession()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.end)
	alone := a.env
	a.env = append(a.env, s.env()...)
	_, said, code, err := signIn(a.command("login", "--device"), ida, nil)
	if err != nil || code != 0 || !strings.Contains(said, "the session is kept in the OS keyring") {
		t.Fatalf("fob login ended with %d: %v\n%s", code, err, said)
	}
	if path := a.session(); path != "" {
		t.Errorf("the session is in %s as well", path)
	}
	if out, said, code := a.run("whoami", "--json"); code != 0 || !strings.Contains(out, `"session":"keyring"`) {
		t.Errorf("fob whoami ended with %d: %s%s", code, out, said)
	}

	// Commands that need no session need no keyring either.
	bus := a.env
	a.env = alone
	for _, args := range [][]string{{"version"}, {"profile", "list"}, {"config", "show"}, {"login", "--help"}} {
		if _, said, code := a.run(args...); code != 0 {
			t.Errorf("without the keyring, fob %s ended with %d: %s", strings.Join(args, " "), code, said)
		}
	}
	if _, said, code := a.run("list"); code == 0 || !strings.Contains(said, "keyring") {
		t.Errorf("without the keyring, fob list ended with %d: %s", code, said)
	}

	// A second login into a file: the keyring is left without the first one.
	a.env = bus
	a.login(ida)
	if a.session() == "" {
		t.Fatal("there is no file")
	}
	state := filepath.Join(a.home, "state.json")
	data, err := os.ReadFile(state)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(state, []byte(strings.ReplaceAll(string(data), `"file"`, `"keyring"`)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, said, code := a.run("whoami"); code != 4 {
		t.Errorf("the first session is still in the keyring: %d %s", code, said)
	}
}

// Two homes on one machine have one keyring, and each its own session in it: signing in or out in one leaves the other's.
func TestHomesShareNoSessionInTheKeyring(t *testing.T) {
	a := newAccount(t, sandbox.Options{Seed: 1})
	s, err := startSession()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.end)
	a.env = append(a.env, s.env()...)
	second := []string{"FOB_HOME=" + t.TempDir()}
	login := func(who string, env ...string) {
		t.Helper()
		cmd := a.command("login", "--device")
		cmd.Env = append(cmd.Env, env...)
		if _, said, code, err := signIn(cmd, who, nil); err != nil || code != 0 || !strings.Contains(said, "the session is kept in the OS keyring") {
			t.Fatalf("fob login ended with %d: %v\n%s", code, err, said)
		}
	}
	is := func(when, who string, env ...string) {
		t.Helper()
		if out, said, code := a.runWith(env, "whoami"); code != 0 || !strings.Contains(out, who) {
			t.Errorf("%s, fob whoami ended with %d: %s%s", when, code, out, said)
		}
	}
	login(ida)
	login(tomasz, second...)
	is("after another home's login", ida)
	is("in the other home", tomasz, second...)
	if _, said, code := a.runWith(second, "logout"); code != 0 || !strings.Contains(said, "signed out of") {
		t.Errorf("fob logout ended with %d: %s", code, said)
	}
	is("after another home's logout", ida)
}
