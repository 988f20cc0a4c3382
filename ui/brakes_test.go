package ui

import (
	"slices"
	"strings"
	"testing"

	"fob/client"
	"fob/client/audit"
	"fob/ui/desk"
)

// Several keys are braked, and released when all that are marked are in quarantine; what the profile is is said.
func TestSeveralKeysAreBrakedAndReleased(t *testing.T) {
	pl := newPlace(t, func(o *desk.Options) {
		o.Demo, o.Profile = false, desk.Profile{Name: "nordwind-prod", Production: true, Colour: "red"}
	})
	u := runs(t, pl, 80, 24)
	u.press("2")
	u.idle()
	names := []string{"ci-eval", "export-2024", "qa-matrix", "ingest-prod"}
	u.markNamed(names...)
	u.press("Q")
	u.idle()
	u.settle()
	u.shows("Quarantine 4 keys?", "The platform can't disable a key: whoever needs more", "Q on them puts the roles back", `Type "quarantine 4" to quarantine them:`, "nordwind-prod is a production profile")
	d := top[*bulk](u)
	if plan := strings.Join(d.drawn, "\n"); !strings.Contains(plan, "role Editor becomes Search user") || !strings.Contains(plan, "! it still works for what Search user allows") {
		t.Errorf("it isn't said what is lowered:\n%s", plan)
	}
	u.typeText("quarantine 4")
	u.press("enter")
	u.idle()
	u.shows("4 keys put into quarantine")
	u.settle()
	u.press("j")
	u.idle()
	u.hides("marked")
	in, err := pl.Quarantined()
	if err != nil || len(in) != 4 {
		t.Fatalf("%d in quarantine: %v", len(in), err)
	}
	// With one that isn't there, Q lowers; those that are there are so already.
	u.markNamed("ci-eval", "canary-probe", "search-all")
	u.press("Q")
	u.idle()
	u.settle()
	u.shows("Quarantine 2 keys?", "is so already, nothing is sent", "there is no lower role")
	u.press("esc", "esc")
	u.markNamed(names...)
	u.press("Q")
	u.idle()
	u.settle()
	u.shows("Release 4 keys?", "role Search user becomes Editor", `Type "release 4" to release them:`, "nordwind-prod is a production profile")
	u.typeText("release 4")
	u.press("enter")
	u.idle()
	u.shows("4 keys released")
	if in, err = pl.Quarantined(); err != nil || len(in) != 0 {
		t.Errorf("%d in quarantine: %v", len(in), err)
	}
}

// A key that somebody changed in quarantine is left as it is, and said; it is decided about on its own.
func TestOneOfSeveralWasChangedMeanwhile(t *testing.T) {
	pl := newPlace(t, nil)
	u := runs(t, pl, 80, 24)
	u.press("2")
	u.idle()
	u.markNamed("ci-eval", "export-2024")
	u.press("Q")
	u.idle()
	u.settle()
	u.press("y")
	u.idle()
	u.shows("2 keys put into quarantine")
	roles, err := pl.Roles(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	list, err := pl.Keys(t.Context(), client.Scope{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	row, err := desk.Find(list.Rows, "ci-eval")
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(roles, func(r client.Role) bool { return r.Name == "Evaluator" })
	if _, err := pl.Edit(t.Context(), row, client.Change{RoleID: &roles[at].ID}); err != nil {
		t.Fatal(err)
	}
	u.settle()
	u.press("j")
	u.idle()
	u.markNamed("ci-eval", "export-2024")
	u.press("Q")
	u.idle()
	u.settle()
	u.shows("Release 2 keys?")
	u.press("y")
	u.idle()
	u.shows("1 of 2 keys released", "somebody changed the key's role since", "Q on it alone asks what to do", "r goes on with 1 key left")
	if in, err := pl.Quarantined(); err != nil || len(in) != 1 || in[0].Name != "ci-eval" {
		t.Errorf("%+v: %v", in, err)
	}
}

// fob doesn't brake the key that it works with; it is named, with the reason.
func TestTheKeyThatFobUsesIsNotBraked(t *testing.T) {
	pl := newPlace(t, nil)
	list, err := pl.Keys(t.Context(), client.Scope{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	row, err := desk.Find(list.Rows, "terraform-admin")
	if err != nil {
		t.Fatal(err)
	}
	used, _ := pl.sandbox.SecretOf(row.Key.ID)
	own, err := desk.Open(desk.Options{APIURL: pl.Origin(), Session: used, Journal: pl.journal, Index: pl.index, Keys: pl.keyring, Location: berlin(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(own.Close)
	if _, err := own.Who(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := newAdminStage(t, 80, 24, rowsNamed("a")...)
	w := s.p.world
	w.Desk = own
	rows := []*desk.Row{row, rowsNamed("a")[0]}
	d := newPrepared(w, "quarantine", nil, marks{rows, desk.List{Rows: rows, Complete: true, AsOf: testNow}, desk.Surroundings{Organization: rows, Whole: true}})
	s.p.pages = append(s.p.pages, page{d, true})
	s.p.layout()
	action := own.Revocation(client.Scope{})
	action.Verb, action.Judge = "quarantine", func(i *desk.BulkItem) { i.Would = "role Editor becomes Search user" }
	s.prepared(d, action)
	s.shows("Quarantine 1 key?", "terraform-admin", "left out", "fob is using this key right now")
}

// Marked findings stand for their keys, each once: what is done takes the marks of all its findings away, and what the
// audit found out isn't read again.
func TestMarkedFindingsAreBraked(t *testing.T) {
	pl := newPlace(t, nil)
	u, s := openAudit(t, pl.Desk, 80, 24)
	u.press("/")
	u.typeText(`key:export-2024`)
	u.press("enter", "*", "esc")
	u.finds(s, audit.RuleExpiresSoon, "ci-eval")
	u.press(" ")
	if n := len(s.table.marks); n < 3 {
		t.Fatalf("%d findings are marked\n%s", n, u.view())
	}
	u.press("Q")
	d := top[*bulk](u)
	if d.learning.busy() {
		t.Error("the history is read again")
	}
	u.idle()
	u.settle()
	u.shows("Quarantine 2 keys?")
	u.press("y")
	u.idle()
	u.shows("2 keys put into quarantine")
	u.settle()
	u.press("j")
	u.idle()
	if len(s.table.marks) != 0 {
		t.Errorf("%d marks are left", len(s.table.marks))
	}
}
