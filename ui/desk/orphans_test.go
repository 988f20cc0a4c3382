package desk_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"fob/client/lifecycle"
	"fob/client/secret"
	"fob/config"
	"fob/config/stash"
	"fob/ui/desk"
)

// only keeps the first lines of the story's journal, as a fob that was killed then would have left it.
func (s *story) keep(t *testing.T, lines int) {
	t.Helper()
	short := config.NewMemoryJournal()
	n := 0
	for line, err := range s.journal.Lines() {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n <= lines {
			if err := short.Append(t.Context(), bytes.ReplaceAll(line, []byte("\n"), nil)); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.journal = short
	d, err := desk.Open(desk.Options{
		APIURL: s.Origin(), Session: s.platform.SessionToken(), Journal: short, Index: s.index, Keys: s.memory, Location: time.UTC, Commands: s.commands,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	s.Desk = d
}

// A secret that reached the keyring or the file before fob died is taken into the stash, with its id.
func TestWhatReachedItsPlaceIsTakenIn(t *testing.T) {
	for name, forget := range map[string]func(*testing.T, *story){
		"the index knows it, not its id": func(t *testing.T, s *story) {
			if err := s.index.Update(t.Context(), s.issued.Account, func(e *stash.Entry) error { e.KeyID = ""; return nil }); err != nil {
				t.Fatal(err)
			}
		},
		"the index knows nothing": func(t *testing.T, s *story) {
			if err := s.index.Remove(t.Context(), s.issued.Account); err != nil {
				t.Fatal(err)
			}
		},
		"only the file has it": func(t *testing.T, s *story) {
			if err := errors.Join(s.index.Remove(t.Context(), s.issued.Account), s.memory.Delete(t.Context(), s.issued.Account)); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := begin(t)
			forget(t, s)
			s.keep(t, 1)
			all, err := s.Orphans(t.Context())
			if err != nil || len(all) != 1 || all[0].Fate != desk.FateHeld || !all[0].Settled || all[0].Certainty != desk.Certain {
				t.Fatalf("%v, %+v", err, all)
			}
			kept, err := s.Keeps().Find(t.Context(), s.issued.Key.ID)
			if err != nil || !kept.Kept || kept.Name != "ingest" || kept.Type != desk.Service {
				t.Fatalf("%v, %+v", err, kept)
			}
			v, _, err := s.Keeps().Secret(t.Context(), kept.Entry)
			if want, _ := s.platform.SecretOf(s.issued.Key.ID); err != nil || !v.Equal(want) {
				t.Errorf("its secret: %v", err)
			}
			if all, err := s.Orphans(t.Context()); err != nil || len(all) != 0 {
				t.Errorf("asked again: %v, %+v", err, all)
			}
		})
	}
}

// What a keyring says that isn't the key is no key: nobody holds the new one, whatever is under its name.
func TestSomethingElseInTheKeyringIsNoKey(t *testing.T) {
	s := begin(t)
	if err := errors.Join(s.index.Remove(t.Context(), s.issued.Account), os.Remove(s.file)); err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{"something else", "api_prod"} {
		if err := s.memory.Put(t.Context(), s.issued.Account, secret.New(other)); err != nil {
			t.Fatal(err)
		}
		s.keep(t, 1)
		all, err := s.Orphans(t.Context())
		if err != nil || len(all) != 1 || all[0].Fate != desk.FateOrphaned || all[0].Key == nil || all[0].Key.Key.ID != s.issued.Key.ID {
			t.Errorf("%s: %v, %d, %s", other, err, len(all), all[0].Fate)
		}
	}
}

func TestNothingWasMadeIsAskedOnce(t *testing.T) {
	s := begin(t)
	line, err := json.Marshal(lifecycle.Entry{
		V: 1, At: s.now().Add(-time.Hour), Kind: lifecycle.IssueIntent, Intent: "i", Account: "a", Origin: s.Origin(),
		What: &lifecycle.What{Name: "x\x1b[2J", OrganizationRole: "MEMBER", Workspaces: []string{"claims-search"}}, Where: []string{"a place"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.journal.Append(t.Context(), line); err != nil {
		t.Fatal(err)
	}
	all, err := s.Orphans(t.Context())
	if err != nil || len(all) != 1 || all[0].Fate != desk.FateNothing || !all[0].Settled || strings.Contains(all[0].Name, "\x1b") {
		t.Fatalf("%v, %+v", err, all)
	}
	if all, err := s.Orphans(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("asked again: %v, %+v", err, all)
	}
}

// What is being revealed by this very program is nobody's orphan.
func TestAKeyThatIsBeingRevealed(t *testing.T) {
	o := open(t, "")
	issued, err := o.Issue(t.Context(), order("shown", desk.Place{Kind: desk.OnDisplay}), nil)
	if err != nil {
		t.Fatal(err)
	}
	all, err := o.Orphans(t.Context())
	if err != nil || len(all) != 1 || all[0].Fate != desk.FateAtIt {
		t.Fatalf("%v, %+v", err, all)
	}
	o.Leave(issued.Account) // lost, as by a kill
	all, err = o.Orphans(t.Context())
	if err != nil || len(all) != 1 || all[0].Fate != desk.FateOrphaned || all[0].Certainty != desk.Certain {
		t.Fatalf("%v, %+v", err, all)
	}
	if done, err := o.RevokeOrphan(t.Context(), all[0], ""); err != nil || done.State != desk.Gone {
		t.Errorf("%v, %s", err, done.State)
	}
}

func TestQuarantineAtTheDesk(t *testing.T) {
	o := open(t, "")
	row := o.named(t, "ci-eval")
	p, err := o.PlanQuarantine(t.Context(), row)
	if err != nil || len(p.Differences) != 1 || p.Differences[0].After != "Search user" || !strings.Contains(p.Still, "still works for what Search user allows in claims-search: search:run") {
		t.Fatalf("%v, %+v", err, p)
	}
	if done, err := o.Quarantine(t.Context(), row, desk.Undecided); err != nil || !done.State.Done() {
		t.Fatalf("%v, %s", err, done.State)
	}
	all, err := o.Quarantined()
	if err != nil || len(all) != 1 || all[0].Name != "ci-eval" || all[0].Lowered[0] != p.Differences[0] {
		t.Errorf("%v, %+v, planned %+v", err, all, p.Differences)
	}
	if done, err := o.Release(t.Context(), row, desk.Undecided); err != nil || !done.State.Done() {
		t.Fatalf("%v, %s", err, done.State)
	}
	if again := o.named(t, "ci-eval"); again.Role != row.Role || again.OrgRole != row.OrgRole {
		t.Errorf("it is %s, and was %s", again.Role, row.Role)
	}
}
