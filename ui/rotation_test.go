package ui

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"fob/client"
	"fob/ui/desk"
)

// runs is a program on a place whose screens look at the tests' clock.
func runs(t *testing.T, pl *place, width, height int) *pump {
	t.Helper()
	u := newPump(t, newProgram(pl.Desk, Options{UTF8: true, clock: func() time.Time { return testNow.In(berlin(t)) }}), width, height)
	u.idle()
	return u
}

// find leaves one key in the table of the tab in front.
func (u *pump) find(name string) {
	u.t.Helper()
	u.press("esc", "esc", "/", "ctrl+u")
	u.typeText(name)
	u.press("enter")
	u.idle()
}

// top is the screen on top.
func top[S screen](u *pump) S {
	u.t.Helper()
	s, ok := u.p.active().(S)
	if !ok {
		u.t.Fatalf("on top is %T\n%s", u.p.active(), u.view())
	}
	return s
}

// hushed lets the quiet pass that the review waits for.
func (u *pump) hushed() {
	r := top[*rotate](u)
	u.send(toMsg{to: r.id, body: quietMsg{r.quietN}})
}

// kept makes a service key whose secret is in the keyring and in a file, and returns it with the file's path.
func (pl *place) kept(t *testing.T, name string) (desk.Issued, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "service.env")
	roles, err := pl.Roles(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	o := desk.Order{
		Draft: client.Draft{Name: name, OrganizationRole: "MEMBER", Workspaces: []string{"claims-search"}, RoleID: roles[0].ID, ExpiresAt: new(testNow.AddDate(0, 0, 20))},
		Scope: client.Scope{Workspace: "claims-search"}, Places: []desk.Place{{Kind: desk.InKeyring}, {Kind: desk.InEnvFile, Path: path}},
	}
	issued, err := pl.Issue(t.Context(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	pl.Leave(issued.Account)
	pl.posts.Store(0)
	return issued, path
}

// The plan says everything; Enters that are still being pressed make nothing, and one press in the quiet makes one key,
// whatever is pressed meanwhile.
func TestOneRotationIsBegun(t *testing.T) {
	pl := newPlace(t, nil)
	issued, path := pl.kept(t, "ingest")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	u := runs(t, pl, 80, 24)
	u.find("name:ingest status:expiring")
	u.press("R")
	for range 100 {
		u.press("enter")
	}
	u.idle()
	u.shows("Rotate ingest", "ingest~2, a service key", "claims-search, and no other workspace", "the new key: ", "service.env",
		"7 days, until 29 Nov 2026", "then you decide", "( rotate it )", "once you stop typing")
	for range 100 {
		u.press("enter")
	}
	if pl.posts.Load() != 0 {
		t.Fatal("a key was made while Enter was being pressed")
	}
	u.hushed()
	for range 100 {
		u.press("enter")
	}
	if what := u.p.guard(); what != "ingest~2 is being made" {
		t.Errorf("guarded by %q", what)
	}
	u.idle()
	u.settle()
	if n := pl.posts.Load(); n != 1 {
		t.Fatalf("%d keys were made", n)
	}
	u.shows("Rotation of ingest", "waiting", "✓ env file", "until 2026-11-29 12:00 CET", "the overlap is not over")
	after, err := os.ReadFile(path)
	if err != nil || string(after) == string(before) {
		t.Errorf("%v: the file has the old key still", err)
	}
	// The tables know of it, and R leads back to it.
	u.press("esc")
	u.idle()
	u.shows("replaced")
	u.press("g", "enter")
	u.shows("by ingest~2, waits until 2026-11-29")
	u.press("R")
	u.idle()
	if at := top[*rotation](u).at; at.KeyID != issued.Key.ID || pl.posts.Load() != 1 {
		t.Errorf("%+v, %d keys were made", at, pl.posts.Load())
	}
}

// begun is a rotation whose old key waits, with its page open.
func begun(t *testing.T, pl *place) (*pump, desk.Issued, string) {
	t.Helper()
	issued, path := pl.kept(t, "ingest")
	u := runs(t, pl, 80, 24)
	u.find("name:ingest status:expiring")
	u.press("R")
	u.idle()
	u.hushed()
	u.press("enter")
	u.idle()
	u.settle()
	top[*rotation](u)
	return u, issued, path
}

// With doubts the old key goes only once its name is typed, below what speaks against it.
func TestTheOldKeyIsRevokedInSpiteOfDoubts(t *testing.T) {
	pl := newPlace(t, func(o *desk.Options) {
		o.Demo, o.Profile = false, desk.Profile{Name: "nordwind-prod", Production: true, Colour: "red"}
	})
	u, issued, _ := begun(t, pl)
	u.press("f")
	u.shows("Revoke ingest all the same? Still seen: no, not since it was replaced. But the overlap is not over", `Type "ingest" to do it`, "nordwind-prod is a production profile")
	u.typeText("inges")
	u.press("enter", "y", "enter")
	if pl.deletes.Load() != 0 {
		t.Fatal("revoked without its name")
	}
	u.press("backspace")
	u.typeText("t")
	u.press("enter", "enter")
	u.idle()
	u.shows("ingest is revoked: the rotation is finished")
	if _, ok := pl.sandbox.SecretOf(issued.Key.ID); ok || pl.deletes.Load() != 1 {
		t.Errorf("%d deletes, the old key lives: %t", pl.deletes.Load(), ok)
	}
	if _, open := u.p.known.rotation(issued.Key.ID); open {
		t.Error("the rotation counts as open")
	}
}

// Undoing it gives the file the old key back.
func TestARotationIsUndoneOnScreen(t *testing.T) {
	pl := newPlace(t, nil)
	u, issued, path := begun(t, pl)
	r := top[*rotation](u)
	u.press("u")
	u.shows("The places get the old key back, and ingest~2 is revoked")
	u.press("esc", "u", "n", "enter")
	if pl.deletes.Load() != 0 {
		t.Fatal("undone unasked")
	}
	u.press("y", "y")
	u.idle()
	u.shows("the rotation of ingest is undone")
	text, err := os.ReadFile(path)
	if v, ok := pl.sandbox.SecretOf(issued.Key.ID); err != nil || !ok || v.Redact(string(text)) == string(text) {
		t.Errorf("%v: the file hasn't the old key", err)
	}
	if _, ok := pl.sandbox.SecretOf(r.at.NewID); ok {
		t.Error("the new key lives")
	}
}

// Somebody else's personal key is not rotated; a service key is offered in its place.
func TestSomebodyElsesKeyOnScreen(t *testing.T) {
	pl := newPlace(t, nil)
	u := runs(t, pl, 80, 24)
	u.find("ana-notebook")
	u.press("R")
	u.idle()
	u.shows("A service key in its place?", "somebody else's personal key, and the new one would be yours")
	r := top[*rotate](u)
	u.press("enter") // it hasn't been seen yet
	if r.load.busy() {
		t.Fatal("answered before it was seen")
	}
	u.send(toMsg{to: r.id, body: seenMsg{r.seenN}})
	u.press("enter")
	u.idle()
	u.shows("ana-notebook~2, a service key", "the type changes: the new key is a service key")
	u.press("esc")
	if pl.posts.Load() != 0 || len(u.p.pages) != 0 {
		t.Error("something was made, or the page stays")
	}
}

// A place that doesn't work makes nothing, says so, and stands in nobody's way.
func TestNothingIsMadeWithoutItsPlace(t *testing.T) {
	ring := newSlowRing()
	pl := newPlace(t, func(o *desk.Options) { o.Keys = ring })
	pl.kept(t, "ingest")
	u := runs(t, pl, 80, 24)
	u.find("name:ingest status:expiring")
	u.press("R")
	u.idle()
	ring.release(errBroken)
	for range 2 {
		u.hushed()
		u.press("enter")
		u.idle()
		u.shows("no key was made: ", "the drawer is stuck")
	}
	if pl.posts.Load() != 0 {
		t.Errorf("%d keys were made", pl.posts.Load())
	}
	ring.release(nil)
	u.hushed()
	u.press("enter")
	u.idle()
	if top[*rotation](u).at.Stage != desk.RotationWaiting || pl.posts.Load() != 1 {
		t.Error("it can't be rotated afterwards")
	}
}

// The file that has the old key can be chosen for the new one.
func TestTheFileOfTheOldKeyIsChosen(t *testing.T) {
	pl := newPlace(t, nil)
	_, path := pl.kept(t, "ingest")
	u := runs(t, pl, 80, 24)
	u.find("name:ingest status:expiring")
	u.press("R")
	u.idle()
	u.press("up", "left")
	u.idle()
	u.shows("kept in", "the env file ")
	u.press("down")
	u.hushed()
	u.press("enter")
	u.idle()
	u.settle()
	at := top[*rotation](u).at
	if at.Stage != desk.RotationWaiting || at.Issued == nil || len(at.Issued.Places) != 1 || at.Issued.Places[0].Destination != "the env file "+path {
		t.Errorf("%+v, %+v", at, at.Issued)
	}
}

// What no place has is shown to a person at once, over the page of the rotation.
func TestANewKeyThatNoPlaceHas(t *testing.T) {
	pl := newPlace(t, nil)
	u := runs(t, pl, 80, 24)
	u.find("ci-eval")
	u.press("R")
	u.idle()
	u.press("up", "right") // kept on this screen only
	u.idle()
	u.shows("this screen only")
	u.press("down")
	u.hushed()
	u.press("enter")
	u.idle()
	u.settle()
	u.shows("ci-eval~2", "not kept yet")
	top[*reveal](u)
	u.press("k")
	u.idle()
	u.press("enter")
	u.idle()
	r := top[*rotation](u)
	if r.at.Stage != desk.RotationPlacing {
		t.Fatalf("it is %s\n%s", r.at.Stage, u.view())
	}
	u.press("g", "g")
	u.idle()
	if r.at.Stage != desk.RotationWaiting || pl.posts.Load() != 1 {
		t.Errorf("it is %s, %d keys were made\n%s", r.at.Stage, pl.posts.Load(), u.view())
	}
}

// The answer to the create is lost: nothing is made twice, and the person decides what the key is.
func TestARotationWhoseAnswerIsLostOnScreen(t *testing.T) {
	pl := newPlace(t, nil)
	u := runs(t, pl, 80, 24)
	u.find("ci-eval")
	u.press("R")
	u.idle()
	lost := false
	pl.intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost || lost {
			return false
		}
		lost = true
		pl.sandbox.ServeHTTP(nowhere{}, r)
		panic(http.ErrAbortHandler)
	})
	u.hushed()
	u.press("enter")
	u.idle()
	u.settle()
	u.shows("Rotation of ci-eval", "it isn't known what became of it")
	u.press("g")
	u.idle()
	u.settle()
	o := top[*orphans](u)
	u.shows("ci-eval~2", "for a rotation", "x revoke")
	u.press("x", "enter")
	if pl.deletes.Load() != 0 {
		t.Fatal("revoked unasked")
	}
	u.press("y")
	u.idle()
	u.settle()
	if len(o.list) != 0 || pl.deletes.Load() != 1 {
		t.Fatalf("%d left, %d deletes\n%s", len(o.list), pl.deletes.Load(), u.view())
	}
	u.press("esc")
	r := top[*rotation](u)
	u.press("g")
	u.idle()
	if r.at.Stage != desk.RotationWaiting {
		t.Errorf("it is %s\n%s", r.at.Stage, u.view())
	}
}

// nowhere takes an answer that never arrives.
type nowhere struct{}

func (nowhere) Header() http.Header         { return http.Header{} }
func (nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (nowhere) WriteHeader(int)             {}

// The key that is marked is meant, and without marks the one under the cursor.
func TestRotationTakesTheMarkedKey(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowsNamed("a", "b", "c")...)
	s.press(" ", "R")
	if r, ok := s.p.active().(*rotate); !ok || r.row.Name != "a" {
		t.Errorf("no page for a\n%s", s.view())
	}
	s.press("esc", "esc", "j", "Q")
	if q, ok := s.p.active().(*quarantine); !ok || q.row.Name != "c" {
		t.Errorf("no dialog for c\n%s", s.view())
	}
}

// Who may only look is told so.
func TestReadOnlyRotatesNothing(t *testing.T) {
	s := newStage(t, 80, 24, true)
	s.signIn(desk.Identity{Name: "Ana", ReadOnly: true, Why: "this session may only read"})
	s.places("claims-search", "claims-search")
	s.list(s.ws, rowWith("old", func(k *client.Key) { k.ExpiresAt = client.Some(testNow.AddDate(0, 0, 3)) }))
	for _, k := range []string{"R", "Q"} {
		s.press(k)
		s.shows("this session may only read")
		if len(s.p.pages) != 0 {
			t.Errorf("%s opened something", k)
		}
	}
	s.press("enter")
	s.hides("R rotates it")
}
