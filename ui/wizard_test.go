package ui

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fob/client"
	"fob/ui/desk"
)

// openWizard opens the wizard over a program on a sandbox, and waits until it has what it needs.
func openWizard(t testing.TB, pl *place, scope client.Scope, width, height int) (*pump, *wizard) {
	t.Helper()
	u := newPump(t, newProgram(pl.Desk, Options{UTF8: true}), width, height)
	u.idle()
	list, err := pl.Keys(t.Context(), scope, nil)
	if err != nil {
		t.Fatal(err)
	}
	w := newWizard(u.p.world, scope, u.p.who, list.Rows)
	u.send(openMsg{screen: w})
	u.idle()
	return u, w
}

// pass lets the time pass that a step has to be seen, and that the review has to be quiet.
func (u *pump) pass(w *wizard) {
	u.send(toMsg{w.id, seenMsg{w.seenN}}, toMsg{w.id, quietMsg{w.review.quietN}})
}

// forward presses Enter on a step that has been seen, and waits until all is answered.
func (u *pump) forward(w *wizard) {
	u.t.Helper()
	u.pass(w)
	u.press("enter")
	u.idle()
}

// reach goes forward to a step.
func (u *pump) reach(w *wizard, s step) {
	u.t.Helper()
	for w.step != s {
		before := w.step
		u.forward(w)
		if w.step == before {
			u.t.Fatalf("stuck before step %d:\n%s", s, u.view())
		}
	}
}

var (
	claims       = client.Scope{Workspace: "claims-search"}
	organization = client.Scope{}
)

// heads are the headings in the order in which frames showed them.
func heads(frames []string) []string {
	var list []string
	for _, f := range frames {
		first, _, _ := strings.Cut(f, "\n")
		_, head, ok := strings.Cut(first, " of ")
		if !ok {
			continue
		}
		if _, head, ok = strings.Cut(head, "· "); !ok {
			continue
		}
		if head = strings.TrimSpace(head); len(list) == 0 || list[len(list)-1] != head {
			list = append(list, head)
		}
	}
	return list
}

var everyHead = []string{"type", "name", "expiry", "role", "where it goes", "review"}

// A hundred presses of Enter at each step see each step, and on the review make one key.
func TestHundredEnters(t *testing.T) {
	hundred := slices.Repeat([]string{"enter"}, 100)
	t.Run("each step", func(t *testing.T) {
		pl := newPlace(t, nil)
		u, w := openWizard(t, pl, claims, 80, 24)
		for at := 1; at < len(everyHead); at++ {
			before := w.step
			u.press(hundred...)
			if w.step != before {
				t.Fatalf("left step %d before it could be seen", before)
			}
			u.pass(w)
			u.press(hundred...)
			u.idle()
			if got := heads(u.frames); !slices.Equal(got, everyHead[:at+1]) {
				t.Fatalf("saw %v, want %v", got, everyHead[:at+1])
			}
		}
		u.press(hundred...)
		u.idle()
		if n := pl.posts.Load(); n != 0 {
			t.Fatalf("%d keys were made by keys that were meant for the steps before", n)
		}
		u.pass(w)
		u.press(hundred...)
		u.idle()
		u.press(hundred...)
		u.idle()
		if n := pl.posts.Load(); n != 1 {
			t.Fatalf("%d keys were made", n)
		}
		u.shows("is made, and kept", "just opened")
	})
	t.Run("held down", func(t *testing.T) {
		pl := newPlace(t, nil)
		u, w := openWizard(t, pl, claims, 80, 24)
		for range 100 { // steps are seen between two presses, but it is never quiet
			u.send(toMsg{w.id, seenMsg{w.seenN}})
			u.press("enter")
			u.idle()
		}
		if got := heads(u.frames); !slices.Equal(got, everyHead) {
			t.Errorf("saw %v, want %v", got, everyHead)
		}
		if n := pl.posts.Load(); n != 0 {
			t.Errorf("%d keys were made by a key that is held down", n)
		}
		u.shows("once you stop typing")
	})
	t.Run("waits for the place", func(t *testing.T) {
		ring := newSlowRing()
		ring.hold()
		pl := newPlace(t, func(o *desk.Options) { o.Keys = ring })
		u, w := openWizard(t, pl, claims, 80, 24)
		u.reachWaiting(w)
		u.pass(w)
		u.press(hundred...)
		if n := pl.posts.Load(); n != 0 || w.making != nil {
			t.Fatal("a key was made before its place was tried")
		}
		ring.release(nil)
		u.idle()
		u.forward(w)
		if n := pl.posts.Load(); n != 1 {
			t.Fatalf("%d keys were made", n)
		}
	})
}

// A step's own time to be seen says nothing about the next one.
func TestLateSeen(t *testing.T) {
	u, w := openWizard(t, newPlace(t, nil), claims, 80, 24)
	old := seenMsg{w.seenN}
	u.forward(w)
	u.send(toMsg{w.id, old})
	u.press("enter")
	if w.step != stepName {
		t.Error("a message of the step before let the next one pass unseen")
	}
}

// Going back and forth, and another window size, keep every answer.
func TestBackAndForth(t *testing.T) {
	pl := newPlace(t, nil)
	u, w := openWizard(t, pl, organization, 80, 24)
	u.press("down") // personal
	u.reach(w, stepName)
	u.typeText("nightly q?r ")
	u.reach(w, stepExpiry)
	u.press("end", "up") // a date
	u.reach(w, stepDate)
	u.typeText("2027-01-31")
	u.reach(w, stepReach)
	u.reach(w, stepWorkspaces)
	u.press("down", " ", "down", "down", " ")
	u.reach(w, stepRole)
	u.press("down", "down")
	u.reach(w, stepPlace)
	u.press("end")
	u.reach(w, stepReview)
	want := w.order()
	if len(want.Draft.Workspaces) != 2 || want.Draft.Name != "nightly q?r" || !want.Draft.Personal || want.RoleName != "Indexer" ||
		want.Places[0].Kind != desk.OnDisplay || want.Draft.ExpiresAt == nil || want.Draft.RoleID == "" || want.Draft.OrganizationRole != "MEMBER" {
		t.Fatalf("the order is %+v", want)
	}
	for w.step != stepType {
		u.press("shift+tab")
		u.idle()
		u.send(sized(60, 16), sized(120, 40))
	}
	u.reach(w, stepReview)
	if diff := cmp.Diff(want, w.order()); diff != "" {
		t.Errorf("the order changed: %s", diff)
	}
	if pl.posts.Load() != 0 {
		t.Error("a key was made")
	}
}

// None is never silently all: it is refused forward, and blocks no way back.
func TestNoWorkspaceChosen(t *testing.T) {
	u, w := openWizard(t, newPlace(t, nil), organization, 80, 24)
	u.reach(w, stepWorkspaces)
	u.hides("no workspace is chosen")
	u.forward(w)
	if w.step != stepWorkspaces {
		t.Fatal("went on without a workspace")
	}
	u.shows("no workspace is chosen")
	u.press("shift+tab")
	if w.step != stepReach {
		t.Fatal("validation blocked going back")
	}
	u.pass(w)
	u.press("down")
	u.shows("workspaces that don't exist yet")
	u.forward(w)
	if w.step != stepRole {
		t.Fatalf("every workspace led to step %d", w.step)
	}
	if d := w.order().Draft; !d.AllWorkspaces || len(d.Workspaces) != 0 {
		t.Errorf("the draft is %+v", d)
	}
}

func TestAdminRole(t *testing.T) {
	u, w := openWizard(t, newPlace(t, nil), organization, 80, 24)
	u.reach(w, stepReach)
	u.press("down")
	u.reach(w, stepRole)
	u.press("end")
	u.shows("organization Admin", "! An Admin's key can write")
	if d := w.order().Draft; d.OrganizationRole != "ADMIN" || d.RoleID != "" {
		t.Errorf("the draft is %+v", d)
	}
	u.reach(w, stepReview)
	u.shows("! it is an Admin", "! it works in every workspace", "every workspace, and every future one")

	u, w = openWizard(t, newPlace(t, nil), claims, 80, 24)
	u.reach(w, stepRole)
	u.hides("organization Admin")
}

// Esc loses nothing without asking.
func TestWizardEscape(t *testing.T) {
	pl := newPlace(t, nil)
	u, _ := openWizard(t, pl, claims, 80, 24)
	u.press("esc")
	if len(u.p.pages) != 0 {
		t.Fatal("Esc with nothing entered didn't leave")
	}
	u, w := openWizard(t, pl, claims, 80, 24)
	u.reach(w, stepName)
	u.typeText("x")
	u.press("esc")
	u.shows("leave? nothing was made")
	u.press("enter")
	u.hides("leave?")
	if w.name != "x" || w.step != stepName {
		t.Errorf("staying changed the answers: %q, step %d", w.name, w.step)
	}
	u.press("esc", "esc")
	if len(u.p.pages) != 0 || pl.posts.Load() != 0 {
		t.Error("the second Esc didn't leave")
	}
}

func TestNameInUse(t *testing.T) {
	pl := newPlace(t, nil)
	u, w := openWizard(t, pl, claims, 80, 24)
	u.reach(w, stepName)
	u.shows("the start of the key's id stands for it")
	name, _ := w.rows[0].Key.Name.Get()
	for _, r := range w.rows {
		if n, ok := r.Key.Name.Get(); ok && n != "" {
			name = n
		}
	}
	u.typeText(strings.ToUpper(name))
	u.shows("in use already")
	u.reach(w, stepReview)
	u.shows("! its name is in use")

	u, w = openWizard(t, pl, claims, 80, 24)
	u.reach(w, stepName)
	u.typeText("   ")
	u.reach(w, stepReview)
	u.shows("an unnamed service key")
}

func TestDateStep(t *testing.T) {
	u, w := openWizard(t, newPlace(t, nil), claims, 80, 24)
	u.reach(w, stepExpiry)
	u.press("end", "up")
	u.reach(w, stepDate)
	u.typeText("2027-02-3")
	u.shows("not understood yet")
	u.forward(w)
	if w.step != stepDate {
		t.Fatal("went on with half a date")
	}
	u.typeText("0")
	u.shows("there is no day")
	u.press("backspace", "backspace")
	u.typeText("28")
	u.shows("until 28 Feb 2027 23:59 CET = 22:59 UTC, 98 days from now")
	u.reach(w, stepReview)
	u.shows("28 Feb 2027 23:59 CET = 22:59 UTC, 98 days from now", "✓ 2027-02-28")
}

// Roles that can't be read stop nothing: it is said, r asks again, and what was entered stays.
func TestRolesFail(t *testing.T) {
	pl := newPlace(t, nil)
	broken := true
	pl.intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if broken && strings.HasSuffix(r.URL.Path, "/roles") {
			w.WriteHeader(http.StatusForbidden)
			return true
		}
		return false
	})
	u, w := openWizard(t, pl, claims, 80, 24)
	u.reach(w, stepName)
	u.typeText("nightly")
	u.reach(w, stepRole)
	u.shows("could not be read", "your own role")
	u.reach(w, stepReview)
	u.shows("what you can, now and later")
	if d := w.order().Draft; d.RoleID != "" || d.OrganizationRole != "MEMBER" {
		t.Errorf("the draft is %+v", d)
	}
	u.press("shift+tab", "shift+tab")
	broken = false
	u.press("r")
	u.idle()
	u.hides("could not be read", "your own role")
	u.shows("Editor", "✓ nightly")
}

func TestWorkspacesFail(t *testing.T) {
	pl := newPlace(t, nil)
	u, w := openWizard(t, pl, organization, 80, 24)
	u.send(loadedMsg{to: w.id, seq: w.spacesLoad.seq + 1, body: spacesMsg{}, err: errors.New("late")})
	u.reach(w, stepWorkspaces)
	u.hides("late")
	w.spaceList, w.spacesErr = nil, errors.New("the line is down")
	w.build()
	u.shows("could not be read: the line is down")
	u.forward(w)
	if w.step != stepWorkspaces {
		t.Fatal("went on without workspaces")
	}
	u.press("r")
	u.idle()
	u.shows("claims-search", "0 of 14 chosen")
}
