package ui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fob/client/secret"
	"fob/config"
	"fob/ui/desk"
)

// store is a command destination that writes into a file of the test's own.
type store struct{ path string }

func newStore(t testing.TB) store { return store{filepath.Join(t.TempDir(), "content")} }

func (s store) command() []string { return []string{"sh", "-c", `cat > "$1"`, "sh", s.path} }
func (s store) read() []string    { return []string{"cat", s.path} }

// has tells whether the store has exactly the secret.
func (s store) has(t testing.TB, v secret.Value) bool {
	t.Helper()
	data, err := os.ReadFile(s.path)
	return err == nil && v.Equal(secret.New(string(data)))
}

func withCommands(commands map[string]config.CommandDestination) func(*desk.Options) {
	for name, c := range commands {
		c.Timeout = 20 * time.Second
		commands[name] = c
	}
	return func(o *desk.Options) { o.Commands = commands }
}

func TestRevealWithoutCommands(t *testing.T) {
	u, r := openReveal(t, newPlace(t, nil), desk.OnDisplay)
	u.hides("pipe")
	u.press("p")
	u.idle()
	if r.kept() || r.asking != askNothing {
		t.Error("p does something without a command")
	}
	u.hides("pipe")
}

// One command stands on the line by its name; what takes the key and says nothing has been handed it, and lets leave.
func TestRevealHandsOver(t *testing.T) {
	s := newStore(t)
	pl := newPlace(t, withCommands(map[string]config.CommandDestination{"vault": {Command: s.command()}}))
	u, r := openReveal(t, pl, desk.OnDisplay)
	u.shows("p pipe to vault", "p hands it over", "k or f keep it", "p pipe")
	held, _ := pl.Holder().Get(r.issued.Account)
	u.press("p")
	u.idle()
	u.shows(`handed over to the command "vault"`, "✓ handed over", "enter done")
	u.hides("kept", "discard", "lost")
	if !s.has(t, held.Secret) {
		t.Error("the command didn't get the key")
	}
	if err := os.Remove(s.path); err != nil {
		t.Fatal(err)
	}
	u.press("p")
	u.idle()
	u.shows("the command vault has it already")
	if _, err := os.Stat(s.path); err == nil {
		t.Error("the command got the key twice")
	}
	u.press("enter")
	u.idle()
	if !u.closed() {
		t.Error("a key that was handed over can't be left")
	}
}

// A command that gives the key back keeps it; which of several is asked, in the middle of a word, too.
func TestRevealAsksWhichCommand(t *testing.T) {
	a, b := newStore(t), newStore(t)
	pl := newPlace(t, withCommands(map[string]config.CommandDestination{
		"alpha": {Command: a.command()}, "beta": {Command: b.command(), Read: b.read()},
	}))
	u, r := openReveal(t, pl, desk.OnDisplay)
	u.shows("p pipe to a command …", "p hands it over")
	u.press("l", "p")
	u.idle()
	if r.asking != askNothing {
		t.Fatal("p in the middle of the word did something")
	}
	u.press("p")
	u.shows("Which command shall get it?", "› alpha", "hands it over", "beta", "keeps it")
	u.press("q", "d", "up")
	u.idle()
	u.shows("› alpha")
	u.press("esc")
	u.shows("not kept yet")
	u.press("p", "down", "down")
	u.shows("› beta", "gives it back to be compared")
	u.press("enter")
	u.idle()
	u.shows(`kept by the command "beta" (stored, read back, equal)`, "beta: ✓ kept", "enter done")
	held, _ := pl.Holder().Get(r.issued.Account)
	if !b.has(t, held.Secret) || a.has(t, held.Secret) {
		t.Error("the key is in the wrong place")
	}
	u.press("p")
	u.shows("✓ kept")
	u.press("enter") // alpha, once more to another place
	u.idle()
	u.shows("alpha: ✓ handed over", `kept by the command "beta"`)
}

// What a command says about its failure is shown, short, and never the key; the key can still not be left.
func TestRevealCommandFails(t *testing.T) {
	pl := newPlace(t, withCommands(map[string]config.CommandDestination{
		"vault": {Command: []string{"sh", "-c", `k=$(cat); printf 'refused \033[31m%s' "$k" >&2; for i in 1 2 3 4 5 6 7 8 9; do printf ' and a long complaint of the store' >&2; done; exit 3`}},
	}))
	u, r := openReveal(t, pl, desk.OnDisplay)
	held, _ := pl.Holder().Get(r.issued.Account)
	u.press("p")
	u.idle()
	u.shows("failed", `! p: the command "vault" failed: sh (command) ended with 3: refused ␛[31m`, "not kept yet")
	view := u.view()
	if flat := strings.ReplaceAll(flatten(view), " ", ""); held.Secret.Redact(flat) != flat || strings.Contains(view, "\x1b") {
		t.Error("what the command wrote is shown raw")
	}
	if n := strings.Count(flatten(view), "long complaint"); n == 0 || n > 6 {
		t.Errorf("%d parts of a long complaint are shown", n)
	}
	u.press("enter", "q")
	u.idle()
	if u.closed() || r.Guard() == "" {
		t.Error("left a key that nobody has")
	}

	pl = newPlace(t, withCommands(map[string]config.CommandDestination{"vault": {Command: []string{"no-such-program"}}}))
	u, _ = openReveal(t, pl, desk.OnDisplay)
	u.press("p")
	u.idle()
	u.shows("can't be run: there is no program", "not kept yet")
}

// The wizard offers each command, tries its check on the review, and makes nothing while that fails.
func TestWizardGoesToCommand(t *testing.T) {
	a, b := newStore(t), newStore(t)
	door := filepath.Join(t.TempDir(), "open")
	pl := newPlace(t, withCommands(map[string]config.CommandDestination{
		"alpha": {Command: a.command()},
		"beta":  {Command: b.command(), Read: b.read(), Check: []string{"sh", "-c", `test -e "$1" || { echo "the door is shut" >&2; exit 1; }`, "sh", door}},
	}))
	u, w := openWizard(t, pl, claims, 80, 24)
	u.reach(w, stepName)
	u.typeText("nightly-eval")
	u.reach(w, stepPlace)
	u.press("down", "down")
	u.shows("› the command alpha", "handed over: your own command")
	u.press("down")
	u.shows("› the command beta", "gives it back to be compared")
	u.reach(w, stepReview)
	u.shows("goes to the command beta", "does not work: ", "the door is shut", "✓ beta")
	u.forward(w)
	if pl.posts.Load() != 0 {
		t.Fatal("a key was made for a place that doesn't work")
	}
	if err := os.WriteFile(door, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	u.forward(w)
	u.shows("tried just now: works", "read back")
	u.forward(w)
	u.settle()
	u.shows(`kept by the command "beta"`, "beta: ✓ kept")
	if _, err := os.Stat(a.path); err == nil {
		t.Error("the other command got something, too")
	}

	u, w = openWizard(t, pl, claims, 80, 24)
	u.reach(w, stepPlace)
	u.press("down", "down")
	u.reach(w, stepReview)
	u.shows("the command alpha", "its program is there; it has no check of its own", "made once, handed over")
	u.forward(w)
	u.settle()
	u.shows(`handed over to the command "alpha"`)
}
