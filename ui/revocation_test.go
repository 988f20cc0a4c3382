package ui

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"fob/client"
	"fob/client/lifecycle"
	"fob/ui/desk"
)

// dialog is the plan on top.
func (s *stage) dialog() *bulk {
	s.t.Helper()
	if len(s.p.pages) == 0 {
		s.t.Fatalf("no dialog\n%s", s.view())
	}
	return s.p.pages[len(s.p.pages)-1].screen.(*bulk)
}

// results answers the revocation with a state for each key.
func (s *stage) results(states ...lifecycle.RevokedState) {
	s.t.Helper()
	d := s.dialog()
	var list []desk.BulkResult
	for i, state := range states {
		list = append(list, revokedRow(d, i, state))
	}
	s.p.Update(loadedMsg{to: d.id, seq: d.working.seq, body: bulkedMsg{desk.BulkReport{Results: list, Again: d.action}}})
}

func revokedRow(d *bulk, i int, state lifecycle.RevokedState) desk.BulkResult {
	r := desk.BulkResult{Item: d.plan.Items[i], State: string(state), Index: i, Total: len(d.plan.Items)}
	switch state {
	case lifecycle.StillThere:
		r.Err = refusedWith(http.StatusForbidden, "admins only")
	case lifecycle.NotTried:
		r.Err = lifecycle.ErrStopped
	case lifecycle.Unsure:
		r.Err = errors.New("the platform did not answer")
	}
	return r
}

func (s *stage) typeText(text string) {
	for _, r := range text {
		s.press(string(r))
	}
}

func TestWordBeforeRevoking(t *testing.T) {
	personal := func(k *client.Key) { k.Personal = client.Some(true) }
	for name, c := range map[string]struct {
		name   string
		change func(*client.Key)
		word   string
	}{
		"personal":                  {"mine", personal, ""},
		"service":                   {"ingest-prod", nil, "ingest-prod"},
		"personal, admin":           {"mine", func(k *client.Key) { personal(k); k.OrganizationRole = client.Some("ADMIN") }, "mine"},
		"personal, every workspace": {"mine", func(k *client.Key) { personal(k); k.Workspaces = client.Some([]client.WorkspaceRef{}) }, "mine"},
		"type not shown":            {"x", func(k *client.Key) { k.Personal = client.Field[bool]{} }, "x"},
		"unnamed":                   {"", func(k *client.Key) { k.ID = "9f1c4e2a-55" }, "9f1c4e2a"},
		"escape in the name":        {"a\x1b[31m", func(k *client.Key) { k.ID = "9f1c4e2a-55" }, "9f1c4e2a"},
		"cyrillic look-alike":       {"clаims", func(k *client.Key) { k.ID = "9f1c4e2a-55" }, "9f1c4e2a"},
		"blanks at the end":         {"a ", func(k *client.Key) { k.ID = "9f1c4e2a-55" }, "9f1c4e2a"},
		"two blanks":                {"a  b", func(k *client.Key) { k.ID = "9f1c4e2a-55" }, "9f1c4e2a"},
		"too long to be read whole": {strings.Repeat("n", 41), func(k *client.Key) { k.ID = "9f1c4e2a-55" }, "9f1c4e2a"},
		"hostile name and id":       {"\u202e", func(k *client.Key) { k.ID = "é" }, "revoke"},
		"no name, no id":            {"", func(k *client.Key) { k.ID = "" }, "revoke"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := desk.WordFor([]*desk.Row{rowWith(c.name, c.change)}); got != c.word {
				t.Errorf("got %q, want %q", got, c.word)
			}
		})
	}
	if got := desk.WordFor(rowsNamed("a", "b", "c")); got != "revoke 3" {
		t.Errorf("several: %q", got)
	}
}

func TestDialogShowsWhatIsRevoked(t *testing.T) {
	row := rowWith("ingest-prod", func(k *client.Key) { k.Workspaces = client.Some([]client.WorkspaceRef{}) })
	row.Kept = true
	s := newAdminStage(t, 80, 24, row)
	s.press("x")
	s.shows("Revoke ingest-prod?", "service key · Editor · all workspaces", "made by Ida Krüger", row.Key.ID,
		"expires 2027-04-22", "reaches beyond one workspace", "this machine keeps it", "can't be undone", "Type its name")
}

func TestPersonalKeyTakesY(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowWith("mine", func(k *client.Key) { k.Personal = client.Some(true) }))
	s.press("x")
	s.shows("y revokes it, esc leaves it")
	for _, k := range []string{"enter", "n", "Y", "q"} {
		s.press(k)
		if len(s.p.pages) == 0 || s.dialog().started {
			t.Fatalf("%s did something\n%s", k, s.view())
		}
	}
	s.press("y")
	if !s.dialog().started {
		t.Fatal("y doesn't revoke")
	}
	s.press("y", "enter") // once
	s.results(lifecycle.Gone)
	s.shows("mine is revoked")
	if len(s.p.pages) != 0 || !s.ws.reading.busy() || !s.org.reading.busy() {
		t.Error("the dialog stays, or the lists aren't read again")
	}
}

func TestServiceKeyTakesItsName(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowsNamed("ingest-prod")...)
	s.press("x")
	s.typeText("ingest-qr")
	s.shows("that is not what is asked for")
	s.press("enter")
	if s.dialog().started {
		t.Fatal("revoked with the wrong name")
	}
	s.press("backspace", "backspace")
	s.typeText("pro")
	s.hides("not what is asked")
	s.press("enter")
	if s.dialog().started {
		t.Fatal("revoked with half the name")
	}
	s.press("d", "enter")
	if !s.dialog().started {
		t.Fatal("not revoked with the whole name")
	}
	s.results(lifecycle.AlreadyGone)
	s.shows("ingest-prod was gone already")
}

func TestEscLeavesTheKey(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowsNamed("ingest-prod")...)
	s.press("x", "i", "esc")
	if len(s.p.pages) != 0 || s.selected() != "ingest-prod" {
		t.Error("esc doesn't leave the dialog")
	}
}

func TestDialogCarriesTheKeysItWasOpenedWith(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowsNamed("b")...)
	s.press("r", "x")
	s.list(s.ws, rowsNamed("a", "b", "c")...)
	s.press("b", "enter")
	if d := s.dialog(); len(d.plan.Items) != 1 || d.plan.Items[0].Row.Name != "b" || !d.started {
		t.Errorf("revokes %v", d.plan.Items[0].Row.Name)
	}
}

func TestSeveralKeys(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowsNamed("a", "b", "c")...)
	s.press(" ", " ", "x")
	s.shows("Revoke 2 keys?", "a", "b", `Type "revoke 2" to revoke them: `)
	s.typeText("revoke 2")
	s.press("enter")
	d := s.dialog()
	s.shows("Revoking", "0 of 2", "esc stops after the one under way")
	s.p.Update(streamMsg{to: d.id, seq: d.working.seq, body: bulkingMsg{results: []desk.BulkResult{revokedRow(d, 0, lifecycle.Gone)}}})
	s.shows("1 of 2")
	s.results(lifecycle.Gone, lifecycle.StillThere)
	s.shows("1 of 2 keys revoked", "revoked", "still there", "403 Forbidden: admins only", "r goes on with 1 key left, any other key closes")
	s.press("esc") // typed to stop, a moment too late
	if len(s.p.pages) == 0 {
		t.Fatal("the results were closed unread")
	}
	s.p.Update(settledMsg{s.p.settling})
	s.press("enter")
	if len(s.p.pages) != 0 {
		t.Error("the results don't close")
	}
	s.shows("1 marked") // the one that is still there
}

func TestStoppingInBetween(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowsNamed("a", "b", "c")...)
	s.press("*", "x")
	s.typeText("revoke 3")
	s.press("enter")
	d := s.dialog()
	s.p.Update(streamMsg{to: d.id, seq: d.working.seq, body: bulkingMsg{results: []desk.BulkResult{revokedRow(d, 0, lifecycle.Gone)}}})
	s.press("q", "x", "enter")
	s.press("ctrl+c")
	s.shows("1 of 3 done, one under way", "ctrl+c again leaves")
	s.press("j")
	s.press("esc")
	s.shows("Stopping after the one under way")
	s.results(lifecycle.Gone, lifecycle.Gone, lifecycle.NotTried)
	s.shows("2 of 3 keys revoked", "not tried")
}

func TestFailuresAreListedFirst(t *testing.T) {
	s := newAdminStage(t, 60, 16, numbered(30)...)
	s.press("*", "x")
	s.typeText("revoke 30")
	s.press("enter")
	states := make([]lifecycle.RevokedState, 30)
	for i := range states {
		states[i] = lifecycle.Gone
	}
	states[17] = lifecycle.StillThere
	s.results(states...)
	s.shows("29 of 30 keys revoked", "key-17", "still there", "403 Forbidden", "more")
}

func TestManyKeysFitTheDialog(t *testing.T) {
	for _, size := range [][2]int{{60, 16}, {80, 24}, {200, 60}} {
		rows := numbered(60)
		s := newAdminStage(t, size[0], size[1], rows...)
		s.press("*", "x")
		s.shows("and ", " more", `Type "revoke 60" to revoke them:`, "╰")
		s.typeText("revoke 60")
		s.press("enter")
		s.shows("0 of 60", "╰")
		var states []lifecycle.RevokedState
		for range rows {
			states = append(states, lifecycle.Gone)
		}
		s.results(states...)
		s.shows("60 keys revoked", "60 of 60", " more", "any key closes", "╰")
	}
}

// The whole way, against the platform's stand-in: some go, one is refused, one is gone already, the rest is stopped.
func TestRevokingAgainstThePlatform(t *testing.T) {
	pl := newPlace(t, nil)
	u := newPump(t, newProgram(pl.Desk, Options{UTF8: true}), 80, 24)
	u.idle()
	ws := u.p.tabs[0].screen.(*keysScreen)
	first := ws.table.items[ws.table.order[3]]
	for range 4 {
		u.press(" ")
	}
	var mu sync.Mutex
	seen := map[string]int{}
	release, third := make(chan struct{}), make(chan struct{})
	pl.intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodDelete || r.Header.Get("Inside") != "" {
			return false
		}
		mu.Lock()
		seen[r.URL.Path]++
		n := len(seen)
		mu.Unlock()
		switch n {
		case 1:
			http.Error(w, `{"detail":"not yours"}`, http.StatusForbidden)
			return true
		case 2: // somebody else was faster
			inside := r.Clone(r.Context())
			inside.Header.Set("Inside", "1")
			pl.sandbox.ServeHTTP(httptest.NewRecorder(), inside)
			http.Error(w, `{"detail":"gone"}`, http.StatusNotFound)
			return true
		case 3:
			close(third)
			<-release
		}
		return false
	})
	u.press("x")
	u.shows("Revoke 4 keys?")
	u.typeText("revoke 4")
	u.press("enter")
	d := u.p.pages[0].screen.(*bulk)
	u.until("two results", func() bool { return len(d.results) == 2 })
	<-third // it is under way, and not before its turn
	u.press("esc", "q", "x")
	u.shows("Stopping after the one under way", "still there", "already gone")
	close(release)
	u.idle()
	u.shows("2 of 4 keys revoked", "still there", "already gone", "not tried")
	u.settle()
	u.press("esc")
	u.idle()
	if len(u.p.pages) != 0 {
		t.Fatal("the results don't close")
	}
	if n := len(seen); n != 3 {
		t.Errorf("%d keys were tried, want 3", n)
	}
	for path, n := range seen {
		if n != 1 {
			t.Errorf("%s was sent %d times", path, n)
		}
	}
	u.shows("2 marked")
	if row, ok := ws.table.selected(); !ok || row.Key.ID == first.Key.ID && row.Name != first.Name {
		t.Error("nothing is selected afterwards")
	}
}

func TestRevokingOneAgainstThePlatform(t *testing.T) {
	pl := newPlace(t, nil)
	u := newPump(t, newProgram(pl.Desk, Options{UTF8: true}), 80, 24)
	u.idle()
	ws := u.p.tabs[0].screen.(*keysScreen)
	total := ws.summary.Total
	u.press("/")
	u.typeText("ana-notebook")
	u.press("enter", "x", "y")
	u.idle()
	u.shows("ana-notebook is revoked", fmt.Sprintf("%d keys", total-1))
	if pl.deletes.Load() != 1 {
		t.Errorf("%d deletes", pl.deletes.Load())
	}
}
