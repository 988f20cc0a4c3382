package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fob/client"
	"fob/client/sandbox"
	"fob/client/sandbox/visitor"
	"fob/config"
	"fob/ui/desk"
)

// shown are the address and the code that a fob login on a terminal shows, from a place on.
func (o *onTerminal) shown(from int) (address, code string, end int) {
	o.t.Helper()
	end = o.sees("waiting for you", from)
	all, _ := o.output()
	var lines []string
	for line := range strings.Lines(all[from:]) {
		if text, found := strings.CutPrefix(line, "  "); found {
			lines = append(lines, strings.TrimSpace(text))
		}
	}
	if len(lines) != 2 {
		o.t.Fatalf("no address and code in %q", all[from:])
	}
	return lines[0], lines[1], end
}

// Where there is no keyring a person is asked once whether a file will do; the next sign-in says what they answered.
func TestAPersonIsAskedOnce(t *testing.T) {
	a := newAccount(t, sandbox.Options{Seed: 1})
	o := startOnTerminal(t, a.env, "login", "--device")
	at := o.sees("Keep it in the file ", 0)
	o.types("y\r")
	address, code, _ := o.shown(at)
	if page, err := visitor.New().EnterCode(address, code, ida); err != nil {
		t.Fatal(err, page)
	}
	if code := o.ends(); code != 0 {
		t.Fatalf("fob login ended with %d: %s", code, o.everything())
	}
	if out := o.everything(); !strings.Contains(out, "the session is kept in the file") || strings.Contains(out, "as chosen") {
		t.Errorf("%q", out)
	}
	if _, said, code := a.run("logout"); code != 0 {
		t.Fatalf("fob logout ended with %d: %s", code, said)
	}
	again := func() (string, int) {
		t.Helper()
		_, said, code, err := signIn(a.command("login", "--device"), ida, nil)
		if err != nil {
			t.Fatal(err, said)
		}
		return said, code
	}
	said, status := again()
	if status != 0 || !strings.Contains(said, "session-local-") || !strings.Contains(said, ", as chosen on 20") || !strings.Contains(said, "; --store keyring chooses otherwise") {
		t.Errorf("fob login ended with %d: %s", status, said)
	}
	if out, said, code := a.run("whoami"); code != 0 || !strings.Contains(out, ", as chosen on 20") {
		t.Errorf("fob whoami ended with %d: %s%s", code, out, said)
	}
	if out, said, _ := a.run("doctor"); !strings.Contains(strings.Join(strings.Fields(out), " "), "kept in the file, as chosen on 20") {
		t.Errorf("fob doctor says %s%s", out, said)
	}

	// --store goes before the answer, and is one, too.
	if _, said, code := a.run("login", "--device", "--store", "keyring"); code != 1 || !strings.Contains(said, "can't be kept in the OS keyring") {
		t.Errorf("fob login --store keyring ended with %d: %s", code, said)
	}

	// A file that can't be written has to be spoken of again.
	file := a.session()
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(a.home, file); err != nil {
		t.Fatal(err)
	}
	if _, said, code := a.run("login", "--device"); code != 2 || !strings.Contains(said, "can't be kept in its file, as it was chosen: ") || !strings.Contains(said, "is a link") || !strings.Contains(said, "--store file") {
		t.Errorf("fob login ended with %d: %s", code, said)
	}
}

// A keyring that is there later changes nothing by itself: --store keyring does, and is remembered.
func TestAKeyringThatComesLater(t *testing.T) {
	a := newAccount(t, sandbox.Options{Seed: 1})
	a.login(ida)
	s, err := startSession()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.end)
	a.env = append(a.env, s.env()...)
	for _, c := range []struct{ args, want string }{
		{"login --device", ", as chosen on 20"},
		{"login --device --store keyring", "the session is kept in the OS keyring\n"},
		{"login --device", "the session is kept in the OS keyring, as chosen on 20"},
	} {
		_, said, code, err := signIn(a.command(strings.Fields(c.args)...), ida, nil)
		if err != nil || code != 0 || !strings.Contains(said, c.want) {
			t.Errorf("fob %s ended with %d: %v\n%s", c.args, code, err, said)
		}
	}
	if path := a.session(); path != "" {
		t.Errorf("a session is still in %s", path)
	}
}

// Whoever chose on screen that sessions are kept nowhere is asked by a command, which has to keep its one, and does it
// nowhere unasked.
func TestAChoiceToKeepNothingIsAskedAbout(t *testing.T) {
	keyring, err := startSession()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(keyring.end)
	a := newAccount(t, sandbox.Options{Seed: 1})
	a.env = append(a.env, keyring.env()...)
	at, err := client.OriginOf(a.url)
	if err != nil {
		t.Fatal(err)
	}
	state := config.OpenState(filepath.Join(a.home, "state.json"))
	if err := state.Update(t.Context(), func(s *config.State) error {
		s.AnswerStore("local", config.StoreAnswer{Store: string(desk.SessionInMemory), Origin: at, At: time.Now()})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, said, code := a.run("login", "--device"); code != 2 || !strings.Contains(said, "kept nowhere") || !strings.Contains(said, "--store keyring or --store file") {
		t.Errorf("without a terminal it ended with %d: %s", code, said)
	}
	o := startOnTerminal(t, a.env, "login", "--device")
	o.answers(0, "kept nowhere", "", "Keep it in the OS keyring?", "n\r", "Keep it in the file ", "n\r")
	if code := o.ends(); code != 2 {
		t.Errorf("ended with %d: %s", code, o.everything())
	}
	if s, err := state.Load(t.Context()); err != nil || s.Store("local") != "" {
		t.Errorf("a session is in %q, %v", s.Store("local"), err)
	}
}
