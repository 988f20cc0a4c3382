package ui

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"fob/client"
	"fob/client/secret"
	"fob/ui/desk"
)

// sessionOf is a person's session at the place.
func (pl *place) sessionOf(t *testing.T, email string) secret.Value {
	t.Helper()
	v, ok := pl.sandbox.SessionFor(email)
	if !ok {
		t.Fatalf("the sandbox knows no %s", email)
	}
	return v
}

// as opens another desk at the place.
func (pl *place) as(t *testing.T, change func(*desk.Options)) *desk.Desk {
	t.Helper()
	o := desk.Options{
		APIURL: pl.Origin(), Session: pl.sandbox.SessionToken(), Journal: pl.journal, Index: pl.index, Keys: pl.keyring, Location: berlin(t),
	}
	change(&o)
	d, err := desk.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// A person who may change nothing, a key and a read-only profile see a program that never offers what it can't do, says
// why when it is asked for it, and sends nothing.
func TestWhatCannotBeDoneIsNotOffered(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*testing.T, *place, *desk.Options)
		why    string // on the tab of a workspace
		whole  string // where the organization's keys are meant
	}{
		"a Member who searches": {
			func(t *testing.T, pl *place, o *desk.Options) {
				o.Session = pl.sessionOf(t, "greta.vogt@nordwind-versand.example")
				o.Profile.Workspace = "claims-search"
			},
			"keys of claims-search are for its editors; you are Search user there", "organization keys are for admins; you are Member in this organization",
		},
		"a key": {
			func(t *testing.T, pl *place, o *desk.Options) { o.Session = pl.key(t, "export-2024") },
			"a key can't manage keys: sign in as a person", "a key can't manage keys: sign in as a person",
		},
		"a read-only profile": {
			func(_ *testing.T, _ *place, o *desk.Options) { o.Profile = desk.Profile{Name: "eu", ReadOnly: true} },
			"the profile eu is read-only", "the profile eu is read-only",
		},
	} {
		t.Run(name, func(t *testing.T) {
			pl := newPlace(t, nil)
			pl.keep(t, "ci-eval", nil)
			d := pl.as(t, func(o *desk.Options) { c.change(t, pl, o) })
			var changes atomic.Int32
			pl.intercept(func(_ http.ResponseWriter, r *http.Request) bool {
				if r.Method != http.MethodGet {
					changes.Add(1)
				}
				return false
			})
			u := newPump(t, newProgram(d, Options{UTF8: true}), 120, 40)
			u.idle()
			refuses := func(why string, pages int, names ...string) {
				t.Helper()
				for _, k := range names {
					u.press(k)
					u.idle()
					u.shows(why)
					if len(u.p.pages) != pages {
						t.Fatalf("%s opens a page:\n%s", k, u.view())
					}
				}
				for _, offer := range []string{"n new", "x revoke", "e edit", "R rotate", "Q quarantine", "space mark", "n makes one", "r revoke there"} {
					u.hides(offer)
				}
			}
			u.press("1")
			u.idle()
			refuses(c.why, 0, "n", "e", "x", "R", "Q", " ", "*")
			if n := len(u.p.tabs[0].screen.(*keysScreen).table.marks); n != 0 {
				t.Errorf("%d keys are marked", n)
			}
			u.press("?")
			u.shows("What changes keys isn't among them: ")
			u.hides("revoke ", "rotate ", "quarantine ")
			u.press("esc", "enter")
			refuses(c.why, 1, "x", "e", "R", "Q")
			u.press("esc", "2")
			u.idle()
			refuses(c.whole, 0, "n", "e", "x")
			u.press("3")
			u.idle()
			if audited := u.p.tabs[2].screen.(*auditScreen); audited.err == nil && len(audited.rows) > 0 {
				refuses("", 0, "e", "x", "R", "Q", " ", "*")
				u.press("x")
				if u.p.said.text == "" {
					t.Error("x on a finding is silent")
				}
			}
			u.press("4")
			u.idle()
			u.shows("ci-eval", "x forget")
			u.hides("forget, revoke", "R rotate")
			u.press("x")
			if end, ok := u.p.topPage().(*stashEnd); !ok || end.refusal == "" {
				t.Errorf("a key of the stash can be revoked:\n%s", u.view())
			}
			if n := changes.Load(); n != 0 {
				t.Errorf("%d requests changed something", n)
			}
		})
	}
}

// key is the secret of the sandbox's key of that name.
func (pl *place) key(t *testing.T, name string) secret.Value {
	t.Helper()
	list, err := pl.Keys(t.Context(), organization, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list.Rows {
		if r.Name == name {
			v, _ := pl.sandbox.SecretOf(r.Key.ID)
			return v
		}
	}
	t.Fatalf("there is no %s", name)
	return secret.Value{}
}

// What an Editor may is offered, where they are one, and works.
func TestAnEditorIsOfferedTheirWorkspace(t *testing.T) {
	pl := newPlace(t, nil)
	d := pl.as(t, func(o *desk.Options) {
		o.Session, o.Profile.Workspace = pl.sessionOf(t, "ana.sousa@nordwind-versand.example"), "claims-search"
	})
	u := newPump(t, newProgram(d, Options{UTF8: true}), 120, 40)
	u.idle()
	u.press("1")
	u.shows("n new", "x revoke", "R rotate", "space mark")
	u.press("n")
	if _, ok := u.p.topPage().(*wizard); !ok {
		t.Errorf("n opens no wizard:\n%s", u.view())
	}
	u.press("esc", "enter")
	u.shows("e edit", "x revoke", "R rotate", "Q quarantine")
	u.press("e")
	u.idle()
	u.shows("Edit ", "in the org")
	u.press("down", "down", "down")
	for range 4 {
		u.hides("< Admin >", "< ADMIN >")
		u.press("right")
	}
	u.press("esc", "enter", "x")
	u.idle()
	if _, ok := u.p.topPage().(*bulk); !ok || len(u.p.pages) != 1 {
		t.Errorf("x on the details page asks nothing:\n%s", u.view())
	}
}

// searcher is a Search user of claims-search, and an Editor of playground.
var searcher = desk.Identity{
	UserID: "u1", Name: "Ana Sousa", Role: "Member", OrganizationReadOnly: true, Why: "organization keys are for admins",
	Memberships: []desk.Membership{{Workspace: "claims-search", Role: "Search user"}, {Workspace: "playground", Role: "Editor"}},
}

func in(workspace string) func(*client.Key) {
	return func(k *client.Key) { k.Workspaces = client.Some([]client.WorkspaceRef{{Name: workspace}}) }
}

// Each row is judged for itself: marks are set where something can come of them, and taken off where it can't.
func TestEachRowIsJudged(t *testing.T) {
	mine := rowWith("mine", func(k *client.Key) {
		k.Personal, k.User = client.Some(true), client.Some(client.PersonRef{ID: "u1"})
	})
	s := newAdminStage(t, 120, 30, rowWith("a-open", in("playground")), rowWith("b-closed", nil), mine)
	s.signInAgain(searcher)
	s.press("2", "*")
	s.shows("2 marked", "1 of 3 are not marked: keys of claims-search are for its editors; you are Search user there")
	s.press("*")
	s.hides("marked")
	s.press("g")
	s.shows("x revoke", "space mark")
	s.press("down")
	s.hides("x revoke", "space mark")
	s.press("x")
	s.shows("keys of claims-search are for its editors")
	if len(s.p.pages) != 0 {
		t.Fatal("x opened a page")
	}
	s.press("down")
	s.shows("x revoke") // a personal key of their own: that isn't known
	s.org.table.mark(s.org.rows[0].Key.ID, true)
	s.org.table.mark(s.org.rows[1].Key.ID, true)
	s.press("x")
	if len(s.p.pages) != 0 || len(s.org.table.marks) != 1 {
		t.Errorf("%d pages, %d marks", len(s.p.pages), len(s.org.table.marks))
	}
	s.shows("1 of 2 marks taken off, the rest stands")
	s.press("x")
	if len(s.p.pages) != 1 {
		t.Error("x asks nothing about what is left")
	}
}

// A platform that doesn't tell who somebody is keeps nobody from trying; one that can't be reached is asked again first.
func TestRightsThatAreNotKnown(t *testing.T) {
	for _, c := range []struct {
		status  int
		offered bool
	}{{http.StatusNotFound, true}, {http.StatusForbidden, true}, {http.StatusBadGateway, false}, {0, false}} {
		s := newAdminStage(t, 120, 30, rowsNamed("a")...)
		s.p.askWho()
		s.p.Update(loadedMsg{to: s.p.whoLoad.to, seq: s.p.whoLoad.seq, body: whoMsg{}, err: refusedWith(c.status, "no")})
		s.press("n")
		if opened := len(s.p.pages) > 0; opened != c.offered {
			t.Errorf("after %d, n opens a page: %v", c.status, opened)
		}
		if c.offered {
			continue
		}
		s.shows("the platform did not say who you are; r asks again")
		if footer := s.view(); strings.Contains(footer, "n new") {
			t.Error("it is offered")
		}
	}
}
