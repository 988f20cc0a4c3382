package ui

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/secret"
	"fob/ui/desk"
)

// openReveal makes a key on the sandbox that goes to the kind of place, and opens its reveal.
func openReveal(t testing.TB, pl *place, k desk.Kind) (*pump, *reveal) {
	t.Helper()
	u := newPump(t, newProgram(pl.Desk, Options{UTF8: true}), 80, 24)
	u.idle()
	end, err := pl.ParseExpiry("90d")
	if err != nil {
		t.Fatal(err)
	}
	issued, err := pl.Issue(t.Context(), desk.Order{
		Draft: client.Draft{Name: "nightly-eval", OrganizationRole: "MEMBER", Workspaces: []string{"claims-search"}, ExpiresAt: end},
		Scope: claims, Places: []desk.Place{{Kind: k}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := newReveal(u.p.world, issued, claims)
	u.send(openMsg{screen: r, settle: true})
	u.idle()
	u.press("enter", "k", "d", "y") // typed for the screen before
	u.idle()
	u.shows("just opened")
	u.settle()
	return u, r
}

func (u *pump) closed() bool { return len(u.p.pages) == 0 }

func (pl *place) journalled(kind lifecycle.Kind) int {
	n := 0
	for e, err := range lifecycle.Entries(pl.journal) {
		if err == nil && e.Kind == kind {
			n++
		}
	}
	return n
}

// A key that is kept says so, and is left freely.
func TestRevealKept(t *testing.T) {
	for _, key := range []string{"enter", "esc", "q"} {
		pl := newPlace(t, nil)
		u, r := openReveal(t, pl, desk.InKeyring)
		u.shows("nightly-eval is made, and kept in the demo's memory (stored, read back, equal)", "✓ done", "enter done", "••••")
		u.hides("discard and revoke", "lost leaves")
		if r.Guard() != "" {
			t.Errorf("Guard says %q", r.Guard())
		}
		u.press("k", "d", "l", "o", "s", "t")
		u.idle()
		if u.closed() || pl.deletes.Load() != 0 {
			t.Fatal("keys that aren't there do something")
		}
		u.press(key)
		u.idle()
		if !u.closed() {
			t.Fatalf("%s doesn't leave", key)
		}
		if _, held := pl.Holder().Get(r.issued.Account); held {
			t.Error("the secret is still held")
		}
	}
}

// A key that nobody has is not left by accident; only the word leaves it.
func TestRevealLost(t *testing.T) {
	pl := newPlace(t, nil)
	u, r := openReveal(t, pl, desk.OnDisplay)
	u.shows("not kept yet: nobody but this screen has it", "discard and revoke", "lost leaves it with nobody")
	u.hides("! not kept yet")
	u.press("enter", "esc", "q", "enter")
	u.idle()
	u.shows("! not kept yet")
	if u.closed() || !strings.Contains(r.Guard(), "not kept") {
		t.Fatal("left a key that nobody has")
	}
	u.press("ctrl+c")
	if u.p.quitting {
		t.Fatal("ctrl+c left without asking")
	}
	u.press("x")
	u.typeText("los")
	u.shows("leaving it with nobody: los_")
	u.typeText("k") // in the middle of the word: begins anew, and keeps nothing
	u.idle()
	if r.kept() || r.word != 0 {
		t.Fatal("a letter in the middle of the word did something")
	}
	u.typeText("llos")
	u.press("enter")
	u.typeText("t")
	u.idle()
	if u.closed() {
		t.Fatal("a word with Enter in it left")
	}
	u.typeText("lost")
	u.idle()
	if !u.closed() || pl.journalled(lifecycle.IssueAbandoned) != 1 {
		t.Errorf("the word doesn't leave: %d entries", pl.journalled(lifecycle.IssueAbandoned))
	}
	u.shows("was left with nobody")
}

func TestRevealKeep(t *testing.T) {
	pl := newPlace(t, nil)
	u, r := openReveal(t, pl, desk.OnDisplay)
	u.press("k")
	u.idle()
	u.shows("kept in the demo's memory", "✓ done", "enter done")
	u.hides("discard and revoke")
	if v, err := pl.keyring.Get(t.Context(), r.issued.Account); err != nil || v.IsZero() {
		t.Errorf("not in the keyring: %v", err)
	}
	u.press("q")
	u.idle()
	if !u.closed() {
		t.Error("a kept key isn't left")
	}
}

// A keyring that waits is said; Esc leaves the waiting, and an answer that comes later still counts.
func TestRevealKeyringWaits(t *testing.T) {
	ring := newSlowRing()
	pl := newPlace(t, func(o *desk.Options) { o.Keys = ring })
	u, r := openReveal(t, pl, desk.OnDisplay)
	ring.hold()
	u.press("k")
	for range 48 {
		u.send(toMsg{r.id, beatMsg{r.pulse.n}})
	}
	u.shows("waiting for your keyring (12 s)", "esc stops waiting")
	u.press("enter", "d", "y")
	u.shows("waiting for your keyring")
	u.press("esc")
	u.shows("not waited for; may yet arrive", "not kept yet")
	u.press("k")
	u.shows("still waiting for the answer of an earlier try")
	ring.release(nil)
	u.idle()
	u.shows("is made, and kept", "✓ done")

	pl = newPlace(t, func(o *desk.Options) { o.Keys = ring })
	u, _ = openReveal(t, pl, desk.OnDisplay)
	ring.release(errBroken)
	u.press("k")
	u.idle()
	u.shows("failed", "! k: the drawer is stuck", "not kept yet")
}

func TestRevealClipboard(t *testing.T) {
	var terminal bytes.Buffer
	pl := newPlace(t, func(o *desk.Options) {
		o.Terminal = &terminal
		o.Getenv = func(name string) string { return map[string]string{"TERM": "xterm-256color"}[name] }
	})
	u, r := openReveal(t, pl, desk.OnDisplay)
	u.press("c")
	u.idle()
	u.shows("✓ sent; C clears it", "c went by the terminal (OSC 52)", "sent to the clipboard, which nothing confirms: not kept yet", "discard and revoke")
	if !strings.Contains(terminal.String(), "\x1b]52;c;") {
		t.Errorf("%d bytes went to the terminal, none of them OSC 52", terminal.Len())
	}
	u.press("enter")
	if u.closed() || r.Guard() == "" {
		t.Fatal("sent was taken for kept")
	}
	u.press("C")
	u.idle()
	u.shows("cleared") // or why not, which is said in the same place
}

func TestRevealEnvFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "my.env")
	if err := os.WriteFile(path, []byte("API_KEY=old\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	pl := newPlace(t, nil)
	u, r := openReveal(t, pl, desk.OnDisplay)
	u.press("f")
	u.shows("write it into: ./.env")
	u.press("ctrl+u")
	u.typeText(path) // has k, c, d, f and v in it, in all likelihood
	u.press("enter")
	u.idle()
	u.shows("has an API_KEY already", "only copy of another key")
	u.press("enter")
	u.idle()
	if r.kept() {
		t.Fatal("Enter replaced a key")
	}
	u.press("f", "enter")
	u.idle()
	u.press("y")
	u.idle()
	u.shows("kept in the env file")
	if data, err := os.ReadFile(path); err != nil || strings.Contains(string(data), "old") {
		t.Errorf("the file still has the other key: %v", err)
	}

	u, _ = openReveal(t, pl, desk.OnDisplay)
	u.press("f", "ctrl+u")
	u.typeText(filepath.Join(t.TempDir(), "none", ".env"))
	u.press("enter")
	u.idle()
	u.shows("failed", "! f: ", "not kept yet")
}

// The key in the clear stands alone, raw, from the first column, and goes by itself.
func TestRevealShow(t *testing.T) {
	pl := newPlace(t, nil)
	u, r := openReveal(t, pl, desk.OnDisplay)
	held, _ := pl.Holder().Get(r.issued.Account)
	for _, width := range []int{60, 80, 120} {
		u.send(sized(width, 24))
		u.press("v")
		u.idle()
		key, rest, found := strings.Cut(u.view(), "\n\n")
		if !found || !held.Secret.Equal(secret.New(strings.ReplaceAll(key, "\n", ""))) {
			t.Fatalf("at %d columns, something else than the key stands there", width)
		}
		for _, line := range strings.Split(key, "\n") {
			if len(line) > width {
				t.Errorf("a line of %d at %d columns", len(line), width)
			}
		}
		if !strings.Contains(rest, "30 s left") || !strings.Contains(rest, "line breaks") {
			t.Errorf("below the key stands %q", rest)
		}
		u.send(toMsg{r.id, countMsg{r.showN}})
		if !strings.Contains(u.view(), "29 s left") {
			t.Error("the seconds don't count down")
		}
		u.press("d")
		u.idle()
		u.shows("discard and revoke", "show it for 30 s")
		u.hides("Revoke nightly-eval")
		if !r.shown.IsZero() || r.Whole() {
			t.Fatal("the screen still has the key")
		}
	}
	u.press("v")
	u.idle()
	old := r.showN
	for range 30 {
		u.send(toMsg{r.id, countMsg{old}})
	}
	if r.Whole() {
		t.Error("shown for more than 30 s")
	}
	u.shows("not kept yet")
	if !strings.Contains(r.Guard(), "not kept") {
		t.Error("a key that was shown counts as kept")
	}
}

func TestRevealDiscard(t *testing.T) {
	pl := newPlace(t, nil)
	u, _ := openReveal(t, pl, desk.OnDisplay)
	u.press("d")
	u.shows("Revoke nightly-eval and forget its secret?")
	u.press("enter")
	u.idle()
	u.hides("forget its secret?")
	if pl.deletes.Load() != 0 {
		t.Fatal("Enter revoked the key")
	}
	u.press("d", "y")
	u.press("y", "d", "y")
	u.idle()
	if !u.closed() || pl.deletes.Load() != 1 {
		t.Errorf("%d keys were revoked", pl.deletes.Load())
	}
	u.shows("was discarded and revoked")
}

// Where it isn't certain which key is the new one, a person chooses.
func TestRevealWhich(t *testing.T) {
	pl := newPlace(t, nil)
	u, r := openReveal(t, pl, desk.OnDisplay)
	mine := *r.issued.Key
	other := client.Key{ID: "0000", Name: client.Some("oth\x1ber")}
	r.issued.Certainty, r.issued.Why, r.issued.Candidates = lifecycle.Likely, "two keys are new", []client.Key{other, mine}
	u.shows("! its id is likely " + desk.ShortID(mine.ID))
	u.press("d")
	u.shows("Which one shall be revoked?", "› oth␛er", "nightly-eval (")
	u.press("esc", "d", "down", "down")
	u.shows("› nightly-eval")
	u.press("enter", "enter")
	u.idle()
	if !u.closed() || pl.deletes.Load() != 1 {
		t.Errorf("%d keys were revoked", pl.deletes.Load())
	}

	u, r = openReveal(t, pl, desk.OnDisplay)
	r.issued.Certainty, r.issued.Candidates = lifecycle.Unknown, nil
	u.press("d")
	u.shows("look for it in the table", "its id is unknown")
}

// What is wider than asked stands first, and can be discarded although it is kept.
func TestRevealDeviations(t *testing.T) {
	pl := newPlace(t, nil)
	u, r := openReveal(t, pl, desk.InKeyring)
	r.issued.Wider = true
	r.issued.Deviations = []lifecycle.Deviation{
		{Field: "workspaces", Asked: "claims-search", Got: "every workspace", Wider: true},
		{Field: "name", Asked: "nightly-eval", Got: "nigh\x1b[2Jtly"},
		{Field: "role", Asked: "Editor", Got: "not shown", NotShown: true},
		{Field: "type", Asked: "service", Got: "not shown", NotShown: true},
	}
	view := flatten(u.view())
	first := strings.Index(view, "! WIDER THAN ASKED, workspaces: you asked for claims-search, the platform made")
	if first < 0 || first > strings.Index(view, "is made, and kept") {
		t.Errorf("what is wider doesn't come first:\n%s", view)
	}
	u.shows("the platform made nigh␛[2Jtly", "not shown by the platform, so not compared: role, type", "discard and revoke")
	u.press("d", "y")
	u.idle()
	if !u.closed() || pl.deletes.Load() != 1 {
		t.Error("a key that is wider than asked can't be discarded")
	}
}
