package ui

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fob/client"
	"fob/client/audit"
	"fob/client/lifecycle"
	"fob/ui/desk"
)

// organizationTab is a program on the tab with every key of the organization.
func organizationTab(t *testing.T, width, height int) (*place, *pump) {
	t.Helper()
	pl := newPlace(t, nil)
	u := newPump(t, newProgram(pl.Desk, Options{UTF8: true, clock: func() time.Time { return testNow.In(berlin(t)) }}), width, height)
	u.idle()
	u.press("2")
	u.idle()
	return pl, u
}

// markNamed marks the keys of those names.
func (u *pump) markNamed(names ...string) {
	for _, name := range names {
		u.press("/")
		u.typeText(`name:"` + name + `"`)
		u.press("enter", "*", "esc")
	}
}

// orderOf tells whether the texts are on screen from top to bottom.
func orderOf(view string, texts ...string) bool {
	for _, text := range texts {
		at := strings.Index(view, text)
		if at < 0 {
			return false
		}
		view = view[at+len(text):]
	}
	return true
}

// The plan is there at once; when the history is read, it is put into its order.
func TestPlanIsOrderedOnceTheHistoryIsRead(t *testing.T) {
	_, u := organizationTab(t, 80, 24)
	u.markNamed("ingest-prod", "export-2024", "ci-eval")
	u.press("x")
	u.shows("Revoke 3 keys?", `Type "revoke 3" to revoke them:`, "LAST QUERY")
	u.hides("not seen", "may be in use")
	u.idle()
	u.shows("2 of 3 may be in use")
	if !orderOf(u.view(), "export-2024", "not seen", "Jonas Petersen", "ci-eval", "seen 2 h ago", "ingest-prod", "seen 4 min ago", "service", "Ida Krüger") {
		t.Errorf("the order is another:\n%s", u.view())
	}
}

func TestPlanWarnsOfTheLastAdminKeys(t *testing.T) {
	_, u := organizationTab(t, 60, 16)
	u.markNamed("terraform-admin", "backup-admin", "ida-cli")
	u.press("x")
	u.idle()
	u.shows("these are the last 3 admin keys of the organization", `Type "revoke 3" to revoke them:`, "╰")
}

// What the audit knows isn't asked again.
func TestPlanTakesWhatIsKnown(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowsNamed("a", "b")...)
	s.p.Update(lastQueriesMsg{map[string]desk.LastQuery{
		rowsNamed("a")[0].Key.ID: {Verdict: audit.Seen, At: testNow.Add(-3 * time.Hour)}, rowsNamed("b")[0].Key.ID: {Verdict: audit.NotSeen},
	}})
	s.press("*", "x")
	if s.dialog().learning.busy() {
		t.Error("it is asked again")
	}
	if !orderOf(s.view(), "b (", "not seen", "a (", "seen 3 h ago") {
		t.Errorf("the order is another:\n%s", s.view())
	}
}

// A history that can't be read stops nothing, and is said.
func TestPlanWithoutAHistory(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowsNamed("a", "b")...)
	s.press("*", "x")
	d := s.dialog()
	s.p.Update(loadedMsg{to: d.id, seq: d.learning.seq, body: surroundingsMsg{why: "when they were last seen could not be found out: 503"}})
	s.shows("could not be found out: 503", "not known")
	s.typeText("revoke 2")
	s.press("enter")
	if !d.started {
		t.Error("it can't be carried out")
	}
	s.p.Update(loadedMsg{to: d.id, seq: d.learning.seq, body: surroundingsMsg{known: desk.Surroundings{Queries: map[string]desk.LastQuery{}}}})
	if len(d.plan.Items) != 2 {
		t.Error("a late answer changes what is under way")
	}
}

func TestPlanScrolls(t *testing.T) {
	s := newAdminStage(t, 60, 16, numbered(30)...)
	s.press("*", "x")
	s.shows("key-00", "more")
	s.hides("key-29")
	for range 30 {
		s.press("pgdown")
	}
	s.shows("key-29", "above, 0 below", `Type "revoke 30" to revoke them:`)
	s.hides("key-00 ")
	s.press("pgup", "up")
	s.hides("key-29")
}

// r takes what is left through the same plan, with its word; what is done isn't asked for again.
func TestGoingOnWithWhatIsLeft(t *testing.T) {
	pl, u := organizationTab(t, 80, 24)
	u.markNamed("ingest-prod", "export-2024", "ci-eval", "qa-matrix")
	var deletes atomic.Int32
	pl.intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodDelete && deletes.Add(1) <= 2 {
			http.Error(w, `{"detail":"not now"}`, http.StatusForbidden)
			return true
		}
		return false
	})
	u.press("x")
	u.idle()
	u.typeText("revoke 4")
	u.press("enter")
	u.idle()
	u.shows("2 of 4 keys revoked", "2 still there · 2 revoked", "403 Forbidden: not now", "r goes on with 2 keys left")
	u.settle()
	u.press("r")
	u.idle()
	u.shows("Revoke 2 keys?", "export-2024", "qa-matrix", `Type "revoke 2" to revoke them:`)
	u.hides("ingest-prod (", "ci-eval (")
	u.typeText("revoke 2")
	u.press("enter")
	u.idle()
	u.shows("2 keys revoked", "any key closes")
	if deletes.Load() != 6 {
		t.Errorf("%d deletes", deletes.Load())
	}
	if left, err := lifecycle.Halts(pl.journal); err != nil || len(left) != 0 {
		t.Errorf("the journal says that something is left: %+v, %v", left, err)
	}
}

// e on several marked keys: the fields that several can share, the plan, and what became of each.
func TestEditingSeveralKeys(t *testing.T) {
	pl, u := organizationTab(t, 80, 24)
	sent := watchPatches(t, pl, nil)
	u.markNamed("ingest-prod", "ci-eval", "ida-notebook", "qa-matrix")
	u.press("e")
	u.idle()
	u.shows("Edit 4 keys", "as it is", "A name is for one key alone")
	u.press("right", "down", "down", "down", "enter")
	u.shows("Edit 4 keys?", "type becomes service", "is so already", `Type "edit 4" to edit them:`)
	u.typeText("edit 4")
	u.press("enter")
	u.idle()
	u.shows("4 keys changed", "1 changed", "3 already so")
	if body := sent.sent(t); body["personal"] != false || len(body) != 1 {
		t.Errorf("sent %v", body)
	}
}

func TestEditingSeveralNeedsAChange(t *testing.T) {
	s := newAdminStage(t, 60, 16, rowsNamed("a", "b", "c")...)
	s.press("*", "e", "down", "down", "down", "enter")
	s.shows("nothing is changed yet", "Edit 3 keys")
	s.press("up", "right", "right")
	s.shows("organization role becomes Admin", "3 of 3 are not so yet")
	s.press("down", "enter")
	s.shows("y changes them, esc leaves them as they are") // three take a yes
	s.press("n", "enter")
	if s.dialog().started {
		t.Fatal("changed without a y")
	}
	s.press("y")
	if d := s.dialog(); !d.started || len(d.plan.Items) != 3 || d.plan.Action.Verb != "edit" {
		t.Error("y changes nothing")
	}
	s.press("esc")
	s.shows("Stopping after the one under way")
}

// A key that is left out is named with the reason, and isn't counted.
func TestLeftOutKeysAreNamed(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowsNamed("a", "b", "c")...)
	w := s.ws.world
	action := w.Revocation(client.Scope{})
	action.Judge = func(i *desk.BulkItem) {
		if i.Row.Name == "b" {
			i.Skip = "fob is using this key right now"
		}
	}
	s.p.open(page{newBulk(w, action, desk.List{}, rowsNamed("a", "b", "c"), desk.Surroundings{}), true}, false)
	s.shows("Revoke 2 keys?", "left out", "fob is using this key right now", `Type "revoke 2"`)
}
