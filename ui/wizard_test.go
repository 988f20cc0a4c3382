package ui

import (
	"strings"
	"testing"

	"fob/client"
)

// newWizardPump opens the wizard over a program on a sandbox, and waits until it has what it needs.
func newWizardPump(t testing.TB, pl *place, scope client.Scope, width, height int) (*pump, *wizard) {
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

// step presses Enter on a step that has been seen, and waits until all is answered.
func (u *pump) step(w *wizard) {
	u.t.Helper()
	u.pass(w)
	u.press("enter")
	u.idle()
}

var claims = client.Scope{Workspace: "claims-search"}

func TestWizardSmoke(t *testing.T) {
	pl := newPlace(t, nil)
	u, w := newWizardPump(t, pl, claims, 80, 24)
	for range 12 {
		t.Log("\n" + u.view())
		u.step(w)
	}
	if pl.posts.Load() != 1 {
		t.Errorf("%d keys were made", pl.posts.Load())
	}
	if !strings.Contains(u.view(), "is made") {
		t.Error("no reveal")
	}
	if u.timers == 0 {
		t.Error("no timer was recognised")
	}
}
