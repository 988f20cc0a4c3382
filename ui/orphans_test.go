package ui

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"fob/client/lifecycle"
	"fob/config"
	"fob/ui/desk"
)

// lost makes a key whose secret nobody has, as a fob that was killed leaves it, and returns its id.
func (pl *place) lost(t *testing.T, name string) string {
	t.Helper()
	issued, path := pl.kept(t, name)
	if err := errors.Join(os.Remove(path), pl.index.Remove(t.Context(), issued.Account), pl.keyring.Delete(t.Context(), issued.Account)); err != nil {
		t.Fatal(err)
	}
	return issued.Key.ID
}

// unanswered is a place whose journal says that a key was being made, and no more.
func unanswered(t *testing.T) (pl *place, id string) {
	t.Helper()
	pl = newPlace(t, nil)
	id = pl.lost(t, "nightly")
	var intent lifecycle.Entry
	for line, err := range pl.journal.Lines() {
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(line, &intent); err != nil {
			t.Fatal(err)
		}
		break
	}
	intent.At, intent.Fob = intent.At.Add(-11*time.Minute), "" // long enough ago for nobody to be at it
	line, err := json.Marshal(intent)
	if err != nil {
		t.Fatal(err)
	}
	pl.journal = config.NewMemoryJournal()
	if err := pl.journal.Append(t.Context(), line); err != nil {
		t.Fatal(err)
	}
	pl.Desk, err = desk.Open(desk.Options{
		APIURL: pl.Origin(), OrganizationID: pl.sandbox.OrganizationID(), Session: pl.sandbox.SessionToken(), Journal: pl.journal,
		Index: pl.index, Keys: pl.keyring, Location: berlin(t), Profile: desk.Profile{Name: "nordwind-prod", Production: true, Colour: "red"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return pl, id
}

// At the start it is said that a key has nobody, L shows it, and nothing happens to it by itself.
func TestAKeyThatNobodyHasIsShown(t *testing.T) {
	pl, id := unanswered(t)
	u := runs(t, pl, 80, 24)
	u.shows("L shows what is unfinished: nightly may have been made in claims-search")
	if len(u.p.pages) != 0 {
		t.Fatal("something opened by itself")
	}
	u.press("L")
	u.idle()
	u.settle()
	s := top[*orphans](u)
	u.shows("nightly, in claims-search", "Nobody is known to have its secret", "x revokes the selected key", "esc decides later")
	if pl.posts.Load()+pl.deletes.Load() != 0 {
		t.Fatal("something was sent")
	}
	u.press("x", "enter", "n", "esc", "x")
	u.shows("Revoke nightly", "nordwind-prod is a production profile")
	u.press("y", "y")
	u.idle()
	u.settle()
	u.shows("Nothing is left to decide")
	if _, ok := pl.sandbox.SecretOf(id); ok || pl.deletes.Load() != 1 || len(s.list) != 0 || u.p.known.orphans != 0 {
		t.Errorf("it lives: %t, %d deletes, %d left", ok, pl.deletes.Load(), len(s.list))
	}
}

// The log leads to it, too, from the deed that left it.
func TestTheLogLeadsToAKeyThatNobodyHas(t *testing.T) {
	pl, _ := unanswered(t)
	u := runs(t, pl, 80, 24)
	u.press("L")
	u.idle()
	u.settle()
	u.press("esc")
	u.shows("x look for its key")
	u.press("enter")
	u.shows("x look for its key", "nobody has its secret")
	u.press("x")
	u.idle()
	u.shows("Keys whose making came to no good end")
	u.press("esc", "esc")
	u.press("x")
	u.idle()
	top[*orphans](u)
	if pl.deletes.Load() != 0 {
		t.Error("revoked unasked")
	}
}

// Left knowingly, it is not asked about again; the key stays.
func TestAKeyThatNobodyHasIsLeft(t *testing.T) {
	pl, id := unanswered(t)
	u := runs(t, pl, 80, 24)
	u.press("L")
	u.idle()
	u.settle()
	u.press("l")
	u.shows("you are not asked about it again")
	u.press("y")
	u.idle()
	u.settle()
	u.shows("Nothing is left to decide")
	if _, ok := pl.sandbox.SecretOf(id); !ok || pl.deletes.Load() != 0 {
		t.Error("the key is gone")
	}
	again := runs(t, pl, 80, 24)
	if again.p.known.orphans != 0 || strings.Contains(again.view(), "unfinished") {
		t.Errorf("asked again\n%s", again.view())
	}
}

// Making it anew is the wizard's, with its name; nothing is made on the way there.
func TestAKeyThatNobodyHasIsMadeAnew(t *testing.T) {
	pl, _ := unanswered(t)
	u := runs(t, pl, 80, 24)
	u.press("L")
	u.idle()
	u.settle()
	u.press("n")
	u.idle()
	if w := top[*wizard](u); w.name != "nightly" || w.scope.Workspace != "claims-search" || pl.posts.Load() != 0 {
		t.Errorf("the wizard is for %q in %q, %d made", w.name, w.scope.Workspace, pl.posts.Load())
	}
}
