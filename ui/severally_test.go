package ui

import (
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"fob/client"
	"fob/client/lifecycle"
	"fob/ui/desk"
)

// prepared answers what a dialog of a stage reads first, with an action that doesn't say more than judge does.
func (s *stage) prepared(d *bulk, action desk.BulkAction) {
	s.t.Helper()
	s.p.Update(loadedMsg{to: d.id, seq: d.preparing.seq, body: preparedMsg{action}})
	s.p.settled = true
}

// planRotation marks keys of the organization's tab and goes on to the plan of their rotation.
func planRotation(u *pump, names ...string) *bulk {
	u.t.Helper()
	u.markNamed(names...)
	u.press("R")
	u.shows("nothing is sent yet", "7 days, until 29 Nov 2026", "as it is")
	u.press("enter")
	u.idle()
	u.settle()
	return top[*bulk](u)
}

// Several keys are rotated by one plan: it says what takes each one's place, and who is left out and why; each is made
// once, whatever is pressed meanwhile, and its file has the new key.
func TestSeveralKeysAreRotated(t *testing.T) {
	pl := newPlace(t, nil)
	issued, path := pl.kept(t, "ingest-new")
	u := runs(t, pl, 80, 24)
	u.press("2")
	u.idle()
	d := planRotation(u, "ingest-new", "ci-eval", "qa-matrix", "export-2024", "ana-notebook")
	u.shows("Rotate 4 keys?", `Type "rotate 4" to rotate them:`, "A new key takes the place of each, kept in the demo's memory; the old ones wait 7 days, until 29 Nov 2026")
	for range 20 {
		u.press("down")
	}
	u.shows("left out", "somebody else's personal key", "R on it alone offers that", "whatever works with it has to be given the new one by hand")
	plan := strings.Join(d.drawn, "\n")
	if !orderOf(plan, "export-2024", "not seen", "is replaced by export-2024~2", "ci-eval", "seen 2 h ago", "is replaced by ci-eval~2", "left out") ||
		!strings.Contains(plan, "is replaced by ingest-new~2, which is put into env file") {
		t.Errorf("the plan is another:\n%s", plan)
	}
	u.typeText("rotate 3")
	u.press("enter")
	if d.started {
		t.Fatal("half a word is enough")
	}
	u.press("backspace")
	u.typeText("4")
	for range 50 {
		u.press("enter")
	}
	u.idle()
	u.shows("4 keys rotated", "4 waiting", "replaced by export-2024~2", "any key closes")
	if n := pl.posts.Load(); n != 4 {
		t.Fatalf("%d keys were made", n)
	}
	if text, err := os.ReadFile(path); err != nil || strings.Contains(string(text), issued.Key.ID) {
		t.Errorf("%v: the file has the old key still", err)
	}
	u.settle()
	u.press("j")
	u.idle()
	u.shows("1 marked", "replaced") // what was left out is marked still
	for _, frame := range u.frames {
		if strings.Contains(frame, "api_") {
			t.Fatalf("a secret is on screen:\n%s", frame)
		}
	}
}

// A plan that is put into its order says the same of each key as before.
func TestTheOrderGivesNoOtherNames(t *testing.T) {
	pl := newPlace(t, nil)
	u := runs(t, pl, 80, 24)
	u.press("2")
	u.idle()
	u.markNamed("ci-eval", "export-2024")
	u.press("R", "enter")
	d := top[*bulk](u)
	u.until("the plan", func() bool { return !d.unprepared() })
	u.idle()
	if plan := strings.Join(d.drawn, "\n"); !orderOf(plan, "export-2024", "by export-2024~2", "ci-eval", "by ci-eval~2") {
		t.Errorf("%s", plan)
	}
}

// One key is refused and one isn't tried, because it was stopped: both stay marked, r plans them anew, and a key that has
// one already gets no second one.
func TestARotationOfSeveralIsStoppedAndGoneOnWith(t *testing.T) {
	pl := newPlace(t, nil)
	u := runs(t, pl, 80, 24)
	u.press("2")
	u.idle()
	d := planRotation(u, "ci-eval", "export-2024", "qa-matrix")
	u.shows("y rotates them, esc leaves them as they are")
	order := []string{d.plan.Items[0].Row.Name, d.plan.Items[1].Row.Name, d.plan.Items[2].Row.Name}
	var tries atomic.Int32
	entered, free := make(chan struct{}), make(chan struct{})
	pl.intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost {
			return false
		}
		switch tries.Add(1) {
		case 1:
			http.Error(w, `{"detail":"not now"}`, http.StatusForbidden)
			return true
		case 2:
			close(entered)
			<-free
		}
		return false
	})
	u.press("n", "enter")
	if d.started {
		t.Fatal("begun without a y")
	}
	u.press("y")
	u.until("the first key's result", func() bool { return len(d.results) == 1 })
	<-entered
	u.shows(order[1])
	u.press("esc")
	u.shows("Stopping after the one under way")
	close(free)
	u.idle()
	u.shows("1 of 3 keys rotated", "403 Forbidden: not now", "1 not tried", "r goes on with 2 keys left")
	u.settle()
	u.press("r")
	u.idle()
	u.settle()
	u.shows("Rotate 2 keys?", "its rotation, which is planned, is gone on with", order[2])
	u.hides(order[1] + " (")
	u.press("y")
	u.idle()
	u.shows("2 keys rotated", "2 waiting")
	if tries.Load() != 4 {
		t.Errorf("%d creates", tries.Load())
	}
	if left, err := lifecycle.Halts(pl.journal); err != nil || len(left) != 0 {
		t.Errorf("the journal says that something is left: %+v, %v", left, err)
	}
	u.settle()
	u.press("j")
	u.idle()
	u.hides("marked")
	if open, err := pl.Rotations(); err != nil || len(open) != 3 {
		t.Errorf("%d rotations: %v", len(open), err)
	}
}

// What is asked of all of them reaches the plan: no overlap, and service keys in the place of personal ones.
func TestWhatAllRotationsAreTold(t *testing.T) {
	pl := newPlace(t, nil)
	u := runs(t, pl, 80, 24)
	u.press("2")
	u.idle()
	u.markNamed("ana-notebook", "ci-eval")
	u.press("R", "up", "right", "up", "up", "left", "left")
	u.shows("< not at all >; it works until you revoke it", "service, all of them")
	u.press("enter", "enter", "enter", "enter")
	u.idle()
	u.settle()
	u.shows("Rotate 2 keys?", "A new service key takes the place of each", "the old ones work until you revoke them", "is replaced by ana-notebook~2", "the type changes")
	u.hides("left out")
	u.press("y")
	u.idle()
	u.shows("2 keys rotated")
	all, err := pl.Rotations()
	if err != nil || len(all) != 2 {
		t.Fatal(len(all), err)
	}
	for _, r := range all {
		if r.WaitsUntil.Sub(r.PlacedAt) > 0 {
			t.Errorf("%s waits until %s", r.Name, r.WaitsUntil)
		}
	}
}

// What the platform doesn't show of a key isn't guessed: it is left out, with what is missing.
func TestAKeyThatWouldHaveToBeAskedIsLeftOut(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowsNamed("a", "b", "c")...)
	s.press("*", "R", "enter")
	d := s.dialog()
	s.shows("Rotate 3 keys?", "reading the keys as they are now")
	s.press("y", "enter")
	unknown := &desk.UnknownError{Unknown: []desk.Missing{{Field: lifecycle.FieldRole}, {Field: lifecycle.FieldExpiry}}}
	action := desk.BulkAction{Verb: "rotate", Doing: "rotating", Past: "rotated", Do: d.Revocation(client.Scope{}).Do, Judge: func(i *desk.BulkItem) {
		i.Would = "is replaced by " + i.Row.Name + "~2"
		if i.Row.Name == "b" {
			i.Skip, i.Refused = unknown.Error(), unknown
		}
	}}
	s.prepared(d, action)
	s.shows("Rotate 2 keys?", "left out", "what a new one needs (role, expiry); R on it alone asks", "is replaced by c~2")
	if d.started {
		t.Error("begun before there was a plan")
	}
}

// A plan that can't be made says why, and is made when asked again.
func TestAPlanThatCanNotBeMade(t *testing.T) {
	pl := newPlace(t, nil)
	u := runs(t, pl, 80, 24)
	u.press("2")
	u.idle()
	u.markNamed("ci-eval", "export-2024")
	fails := atomic.Bool{}
	fails.Store(true)
	pl.intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if fails.Load() && strings.HasSuffix(r.URL.Path, "/token") {
			http.Error(w, `{"detail":"no such thing"}`, http.StatusNotFound)
			return true
		}
		return false
	})
	u.press("R", "enter")
	u.idle()
	u.shows("There is no plan", "no such thing", "r tries again")
	u.press("y", "enter")
	fails.Store(false)
	u.press("r")
	u.idle()
	u.settle()
	u.shows("Rotate 2 keys?", "is replaced by ci-eval~2")
	if pl.posts.Load() != 0 {
		t.Error("something was made")
	}
}

// Who may only look is told so, with marks as without.
func TestReadOnlyDoesNothingToSeveral(t *testing.T) {
	s := newStage(t, 80, 24, true)
	s.signIn(desk.Identity{Name: "Ana", ReadOnly: true, Why: "this session may only read"})
	s.places("claims-search", "claims-search")
	s.list(s.ws, rowsNamed("a", "b")...)
	for _, k := range []string{"R", "Q"} {
		s.press("*", k)
		s.shows("this session may only read")
		if len(s.p.pages) != 0 {
			t.Errorf("%s opened something", k)
		}
	}
}
