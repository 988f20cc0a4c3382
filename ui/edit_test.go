package ui

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"fob/client"
	"fob/client/lifecycle"
	"fob/ui/desk"
)

// patches are the bodies of the PATCH requests that arrived, and how they are answered.
type patches struct {
	mu     sync.Mutex
	bodies []string
	answer func(http.ResponseWriter, *http.Request) bool
}

// watchPatches looks at every PATCH; a nil answer lets the sandbox answer.
func watchPatches(t testing.TB, pl *place, answer func(http.ResponseWriter, *http.Request) bool) *patches {
	t.Helper()
	p := &patches{answer: answer}
	pl.intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPatch || r.Header.Get("Inside") != "" {
			return false
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("reading a PATCH: %v", err)
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		p.mu.Lock()
		p.bodies = append(p.bodies, string(body))
		p.mu.Unlock()
		return p.answer != nil && p.answer(w, r)
	})
	return p
}

// sent is the one body that was sent.
func (p *patches) sent(t testing.TB) map[string]any {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.bodies) != 1 {
		t.Fatalf("%d requests were sent: %q", len(p.bodies), p.bodies)
	}
	var fields map[string]any
	if err := json.Unmarshal([]byte(p.bodies[0]), &fields); err != nil {
		t.Fatal(err)
	}
	return fields
}

func (p *patches) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.bodies)
}

// openEdit opens the edit screen of a key of claims-search.
func openEdit(t testing.TB, pl *place, name string, width, height int, utf8 bool) (*pump, *editor) {
	t.Helper()
	p := newProgram(pl.Desk, Options{UTF8: utf8, clock: func() time.Time { return testNow.In(berlin(t)) }})
	u := newPump(t, p, width, height)
	u.idle()
	u.press("/")
	u.typeText(`name:"` + name + `"`)
	u.press("enter", "e")
	u.idle()
	if len(p.pages) != 1 {
		t.Fatalf("no editor:\n%s", u.view())
	}
	return u, p.pages[0].screen.(*editor)
}

// save goes down to the button and presses it.
func (u *pump) save() {
	u.press("down", "down", "down", "down", "enter")
	u.idle()
}

// Only what differs is sent, once, and stands on screen before it is.
func TestEditSendsWhatChanges(t *testing.T) {
	pl := newPlace(t, nil)
	sent := watchPatches(t, pl, nil)
	u, _ := openEdit(t, pl, "ingest-prod", 80, 24, true)
	u.shows("Edit ingest-prod", "Nothing is changed yet. Expiry and workspaces can't be changed")
	u.press("ctrl+u")
	u.typeText("ingest-live")
	u.shows("name ingest-prod becomes ingest-live", "! the search history names service keys by their name")
	u.save()
	if got := sent.sent(t); len(got) != 1 || got["name"] != "ingest-live" {
		t.Errorf("sent %v", got)
	}
	u.shows("ingest-prod is changed")
	if !u.closed() {
		t.Fatal("the screen stays")
	}
	list, err := pl.Keys(t.Context(), claims, nil)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, r := range list.Rows {
		found = found || r.Name == "ingest-live"
	}
	if !found {
		t.Error("the platform has it under the old name")
	}
}

// Nothing different is nothing sent: as it is, turned there and back, or typed the same.
func TestEditNothingChanged(t *testing.T) {
	pl := newPlace(t, nil)
	sent := watchPatches(t, pl, nil)
	u, e := openEdit(t, pl, "ingest-prod", 80, 24, true)
	u.press("x", "backspace", "down", "right", "left", "down", "right", "left", "down", "right", "left", "down", "enter", "enter")
	u.idle()
	u.shows("nothing is changed yet", "Nothing is changed yet.")
	if sent.count() != 0 || u.closed() {
		t.Fatalf("%d requests for nothing", sent.count())
	}
	if c := e.change(); c.Name != nil || c.Personal != nil {
		t.Errorf("the change is %+v", c)
	}
	u.press("esc")
	if !u.closed() {
		t.Error("esc doesn't leave")
	}
}

// The arrows turn type, role and organization role around; what that means is said, and all of it goes in one request.
func TestEditTurns(t *testing.T) {
	pl := newPlace(t, nil)
	sent := watchPatches(t, pl, nil)
	u, e := openEdit(t, pl, "ingest-prod", 80, 24, true)
	u.press("down")
	u.shows("› type", "< service >")
	u.press("right")
	u.shows("< personal >", "type service becomes personal", "stops working when its person leaves", "would become yours (Ida Krüger), for you made it")
	u.press("down")
	u.shows("< Editor >")
	first, seen := e.currentRole(), map[string]bool{}
	for range e.roles {
		u.press("right")
		seen[e.roles[e.role].Name] = true
	}
	if e.role != first || len(seen) != len(e.roles) {
		t.Errorf("turning shows %d of %d roles and ends at %d", len(seen), len(e.roles), e.role)
	}
	u.press("left", "right", "right")
	role := e.roles[e.role]
	u.shows("role Editor becomes " + role.Name)
	u.press("down", "left")
	u.shows("< EXTERNAL >")
	u.press("right", "right")
	u.shows("< ADMIN >", "it becomes an Admin")
	u.press("x", "n") // letters do nothing here
	u.press("down", "enter")
	u.idle()
	got := sent.sent(t)
	if len(got) != 3 || got["personal"] != true || got["role_id"] != role.ID || got["organization_role"] != "ADMIN" {
		t.Errorf("sent %v", got)
	}
}

// A name that has to be made safe to show is left as it is until it is typed anew.
func TestEditUnsafeName(t *testing.T) {
	pl := newPlace(t, nil)
	sent := watchPatches(t, pl, func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusNoContent)
		return true
	})
	row := desk.NewRow(client.Key{
		ID: "7b2f1c7e-3a55-4a0e-9b1d-6d1a2f0c9e11", Name: client.Some("in\x1b[2Jgest\u202e"), Personal: client.Some(false),
		OrganizationRole: client.Some("MEMBER"), Role: client.Some(client.RoleRef{Name: "Edi\x1btor"}),
	}, "claims-search", desk.Names{}, testNow)
	p := newProgram(pl.Desk, Options{UTF8: true})
	u := newPump(t, p, 80, 24)
	u.idle()
	open := func() {
		u.send(openMsg{screen: newEditor(p.world, &row)})
		u.idle()
	}
	open()
	u.shows("in␛[2Jgest", "Edi␛tor", "Nothing is changed yet")
	if strings.ContainsAny(u.view(), "\x1b\u202e") {
		t.Fatal("the name is shown raw")
	}
	u.press("down", "right", "down", "down", "down", "enter")
	u.idle()
	if got := sent.sent(t); len(got) != 1 || got["personal"] != true {
		t.Errorf("sent %v", got)
	}
	open()
	u.press("ctrl+u")
	u.typeText("ingest")
	u.save()
	if n := sent.count(); n != 2 || sent.bodies[1] != `{"name":"ingest"}` {
		t.Errorf("sent %q", sent.bodies)
	}
}

// Without the roles the rest can be changed, and the key keeps its own.
func TestEditWithoutRoles(t *testing.T) {
	pl := newPlace(t, nil)
	var sent []string
	pl.intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/roles") {
			http.Error(w, `{"detail":"no roles for you"}`, http.StatusForbidden)
			return true
		}
		if r.Method == http.MethodPatch {
			sent = append(sent, r.URL.Path)
		}
		return false
	})
	u, e := openEdit(t, pl, "ingest-prod", 80, 24, true)
	u.shows("the roles could not be read, so that this one stays: 403 Forbidden: no roles for you")
	u.press("down", "down", "right", "left")
	if e.change().RoleID != nil {
		t.Error("a role that isn't known is changed")
	}
	u.press("up", "right", "down", "down", "down", "enter")
	u.idle()
	if len(sent) != 1 || !u.closed() {
		t.Errorf("%d requests", len(sent))
	}
}

// What the platform refuses is said, changes nothing, and is sent again only by another press.
func TestEditRefused(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		want   string
	}{
		{http.StatusForbidden, `{"detail":"not \u001byou"}`, "403 Forbidden: not ␛you; you were Admin when fob asked"},
		{http.StatusUnprocessableEntity, `{"detail":[{"loc":["body","name"],"msg":"too long","type":"value_error"}]}`, "too long"},
	} {
		pl := newPlace(t, nil)
		sent := watchPatches(t, pl, func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body)
			return true
		})
		u, e := openEdit(t, pl, "ingest-prod", 80, 24, true)
		u.typeText("-2")
		u.save()
		u.shows("Not changed", c.want, "name ingest-prod becomes ingest-prod-2")
		if e.saving || e.Guard() != "" || sent.count() != 1 || u.closed() {
			t.Fatalf("after %d: saving %v, %d requests", c.status, e.saving, sent.count())
		}
		u.press("up", "down")
		u.idle()
		if sent.count() != 1 {
			t.Fatal("sent again by itself")
		}
		u.press("enter")
		u.idle()
		if sent.count() != 2 {
			t.Errorf("%d requests after another press", sent.count())
		}
	}
}

// A change whose answer is lost is never sent again: the list tells what became of it.
func TestEditUnanswered(t *testing.T) {
	pl := newPlace(t, nil)
	sent := watchPatches(t, pl, func(_ http.ResponseWriter, r *http.Request) bool {
		r.Header.Set("Inside", "1")
		pl.sandbox.ServeHTTP(httptest.NewRecorder(), r) // changed, and the answer is lost
		panic(http.ErrAbortHandler)
	})
	u, _ := openEdit(t, pl, "ingest-prod", 80, 24, true)
	u.typeText("-2")
	u.save()
	u.shows("ingest-prod is changed")
	if sent.count() != 1 || !u.closed() || pl.journalled(lifecycle.EditOutcome) != 1 {
		t.Errorf("%d requests", sent.count())
	}
}

// However often Enter is pressed, one change is sent; while it is under way nothing leaves without asking.
func TestEditSavesOnce(t *testing.T) {
	pl := newPlace(t, nil)
	arrived, goOn := make(chan struct{}), make(chan struct{})
	sent := watchPatches(t, pl, func(http.ResponseWriter, *http.Request) bool {
		close(arrived)
		<-goOn
		return false
	})
	u, e := openEdit(t, pl, "ingest-prod", 80, 24, true)
	u.typeText("-2")
	for range 100 {
		u.press("enter")
	}
	u.until("the action to begin", func() bool { return u.p.acting > 0 })
	<-arrived
	u.shows("saving …")
	u.press("enter", "esc", "q", "x", "down", "enter")
	u.shows("saving …")
	if e.Guard() == "" || u.closed() {
		t.Fatal("a change under way can be left")
	}
	u.press("ctrl+c")
	if u.p.quitting {
		t.Fatal("ctrl+c left without asking")
	}
	u.press("x")
	close(goOn)
	u.idle()
	if got := sent.sent(t); got["name"] != "ingest-prod-2" {
		t.Errorf("sent %v", got)
	}
	if !u.closed() {
		t.Error("the screen stays")
	}
}

// In the smallest window the button is always there, and what doesn't fit can be read.
func TestEditSmall(t *testing.T) {
	u, e := openEdit(t, newPlace(t, nil), "ingest-prod", minWidth, minHeight, true)
	u.typeText("-2")
	u.press("down", "right", "down", "right", "down", "right", "down")
	u.shows("› [ save ]", "more of it: pgdn and pgup show it")
	u.hides("it becomes an Admin")
	for range 40 {
		u.press("pgdown")
	}
	u.shows("it becomes an Admin", "› [ save ]")
	for range e.below() {
		u.press("pgup")
	}
	u.shows("name ingest-prod becomes ingest-prod-2")
}

func TestEditGolden(t *testing.T) {
	for _, size := range sizes {
		t.Run(size.name, func(t *testing.T) {
			pl := newPlace(t, nil)
			watchPatches(t, pl, func(w http.ResponseWriter, _ *http.Request) bool {
				http.Error(w, `{"detail":"only admins change this key, and you have just stopped being one"}`, http.StatusForbidden)
				return true
			})
			u, _ := openEdit(t, pl, "ingest-prod", size.width, size.height, size.utf8)
			a := &screens{t: t, width: size.width, height: size.height, ascii: !size.utf8}
			u.send(saidMsg{})
			a.add("as it is", u.p)
			u.press("ctrl+u")
			u.typeText("ingest-live")
			a.add("another name", u.p)
			u.press("down", "right", "down", "right", "down", "right")
			a.add("all four", u.p)
			u.press("down")
			a.add("ready to save", u.p)
			u.press("enter")
			a.add("saving", u.p)
			u.idle()
			u.send(saidMsg{})
			a.add("refused", u.p)
			golden.RequireEqual(t, []byte(a.b.String()))
		})
	}
}
