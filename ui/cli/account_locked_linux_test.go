package cli_test

import (
	"net/http"
	"strings"
	"testing"

	"fob/client/sandbox"
)

// A real keyring that is locked, and nobody there to unlock it: signing in says so and what to do, ends by itself, leaves
// nothing behind, and works with a file.
func TestLoginWithALockedKeyring(t *testing.T) {
	a := newAccount(t, sandbox.Options{Seed: 1})
	s, err := startSession()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.end)
	if err := s.lock(); err != nil {
		t.Fatal(err)
	}
	a.env = append(a.env, s.env()...)
	for _, c := range []struct {
		args, want string
		code       int
	}{
		{"login --device", "--store file keeps it in a file that only you can read", 2},
		{"login --device --store keyring", "the session can't be kept in the OS keyring: ", 1},
		{"login --with-token", "--store file keeps it", 2},
	} {
		_, said, code := a.run(strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(said, c.want) || !strings.Contains(said, "locked") {
			t.Errorf("fob %s ended with %d: %s", c.args, code, said)
		}
		if strings.Contains(said, "enter the code") {
			t.Errorf("fob %s asks a person to sign in first: %s", c.args, said)
		}
	}
	for _, r := range a.requests() {
		if r.Method != http.MethodGet {
			t.Errorf("%s %s was sent", r.Method, r.URL.Path)
		}
	}

	// At a terminal it is asked whether a file will do. No is an answer.
	o := startOnTerminal(t, a.env, "login", "--device")
	o.sees("Keep it in the file ", o.sees("locked", o.sees("The session can't be kept in the OS keyring: ", 0)))
	o.types("n\r")
	if code := o.ends(); code != 2 || !strings.Contains(o.everything(), "nobody was signed in") {
		t.Errorf("ended with %d: %s", code, o.everything())
	}
	if a.session() != "" {
		t.Error("a session is kept")
	}

	a.login(ida)
	if out, said, code := a.run("whoami"); code != 0 || !strings.Contains(out, "kept in the file") {
		t.Errorf("fob whoami ended with %d: %s%s", code, out, said)
	}
}
