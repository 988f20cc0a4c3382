package ui

import (
	"testing"

	"fob/client"
	"fob/ui/desk"
)

// braked puts ci-eval into quarantine on screen.
func braked(t *testing.T, pl *place) *pump {
	t.Helper()
	u := runs(t, pl, 80, 24)
	u.find("ci-eval")
	u.press("Q")
	u.typeText("ci-eval")
	u.press("enter") // before what is lowered has been shown
	u.idle()
	u.settle()
	q := top[*quarantine](u)
	if q.working || q.input.Value() != "" {
		t.Fatalf("it was braked before it was said what is lowered\n%s", u.view())
	}
	u.shows("role is Editor, becomes Search user", "it still works for what Search user allows in claims-search", `Type "ci-eval" to do it`)
	u.typeText("ci-eva")
	u.press("enter")
	if q.working {
		t.Fatal("half a name is enough")
	}
	u.typeText("l")
	u.press("enter", "enter")
	u.idle()
	u.shows("ci-eval is in quarantine: it works for what its lowered role allows")
	return u
}

// A key is braked, is marked as such, and gets its role back.
func TestAKeyIsBrakedAndReleased(t *testing.T) {
	pl := newPlace(t, func(o *desk.Options) {
		o.Demo, o.Profile = false, desk.Profile{Name: "nordwind-prod", Production: true, Colour: "red"}
	})
	u := braked(t, pl)
	u.shows("lowered")
	u.press("enter")
	u.shows("role was Editor, is Search user", "Q releases it")
	u.press("Q")
	u.shows("Release ci-eval from quarantine?", "role is Search user, becomes again Editor", "nordwind-prod is a production profile")
	u.press("enter", "y", "y")
	u.idle()
	u.shows("ci-eval is released")
	if _, in := u.p.known.quarantine(u.p.pages[0].screen.(*details).row.Key.ID); in {
		t.Error("it counts as being in quarantine")
	}
	u.press("esc")
	u.hides("lowered")
}

// Somebody changed the key meanwhile: nothing is put back before a person has decided.
func TestSomebodyChangedABrakedKey(t *testing.T) {
	for name, c := range map[string]struct {
		press string
		role  string
	}{"put back over it": {"o", "Editor"}, "left as it is": {"k", "Evaluator"}} {
		t.Run(name, func(t *testing.T) {
			pl := newPlace(t, nil)
			u := braked(t, pl)
			row, _ := u.p.tabs[0].screen.(*keysScreen).table.selected()
			roles, err := pl.Roles(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range roles {
				if r.Name == "Evaluator" {
					if _, err := pl.Edit(t.Context(), row, client.Change{RoleID: &r.ID}); err != nil {
						t.Fatal(err)
					}
				}
			}
			u.press("Q", "y")
			u.idle()
			u.settle()
			u.shows("Somebody changed its roles", "role was lowered to Search user, is now Evaluator", "o puts the roles of before back", "k keeps what they are now")
			u.press("y", "enter")
			if q := top[*quarantine](u); q.working {
				t.Fatal("decided by a key that decides nothing")
			}
			u.press(c.press)
			u.idle()
			if len(u.p.pages) != 0 {
				t.Fatalf("the dialog stays\n%s", u.view())
			}
			row, _ = u.p.tabs[0].screen.(*keysScreen).table.selected()
			if _, in := u.p.known.quarantine(row.Key.ID); in || row.Role != c.role {
				t.Errorf("it is %s, in quarantine: %t", row.Role, in)
			}
		})
	}
}

// A key whose role isn't shown is not braked, and it is said why.
func TestAKeyWithoutARoleIsNotBraked(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowsNamed("a")...)
	s.press("Q")
	q := s.p.active().(*quarantine)
	s.p.Update(loadedMsg{to: q.id, seq: q.planning.seq, body: quarantinePlanMsg{}, err: desk.ErrRoleUnknown})
	s.shows("it couldn't be put back", "x revokes the key for good")
	s.typeText("a")
	s.press("enter", "y")
	if q.working {
		t.Error("braked all the same")
	}
}
