package ui

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"fob/client/secret"
	"fob/config/stash"
	"fob/ui/desk"
)

// keep puts the sandbox's key of that name, "" is an expired one without, into the stash, as fob would have. change may alter what the index says.
func (pl *place) keep(t testing.TB, name string, change func(*stash.Entry)) stash.Entry {
	t.Helper()
	list, err := pl.Keys(t.Context(), organization, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list.Rows {
		if name == "" && (r.Named || r.Status != desk.StatusExpired) || name != "" && r.Name != name {
			continue
		}
		e := stash.Entry{
			Account: "account-of-" + r.Key.ID, KeyID: r.Key.ID, Origin: pl.Origin(), OrganizationID: pl.sandbox.OrganizationID(),
			Type: r.Type, AllWorkspaces: r.All, Workspaces: r.Reach, CreatedAt: testNow.Add(-time.Hour),
			Places: []stash.Place{{Kind: stash.KindKeyring, Where: "the demo's memory", Custody: string(secret.Kept), At: testNow.Add(-time.Hour)}},
		}
		e.Name, _ = r.Key.Name.Get()
		if at, ok := r.Key.ExpiresAt.Get(); ok {
			e.ExpiresAt = &at
		}
		if change != nil {
			change(&e)
		}
		v, ok := pl.sandbox.SecretOf(r.Key.ID)
		if !ok {
			t.Fatalf("the sandbox has no secret of %s", r.Name)
		}
		if e.Places[0].Kind == stash.KindKeyring {
			if err := pl.keyring.Put(t.Context(), e.Account, v); err != nil {
				t.Fatal(err)
			}
		}
		if err := pl.index.Put(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		return e
	}
	t.Fatalf("the sandbox has no key %s", name)
	return stash.Entry{}
}

// revokeBehind revokes a key on the platform without fob's desk.
func (pl *place) revokeBehind(t testing.TB, id string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodDelete, "/api/v1/token/"+id, nil)
	r.Header.Set("Authorization", "Bearer "+pl.sandbox.SessionToken().Reveal())
	answer := httptest.NewRecorder()
	pl.sandbox.ServeHTTP(answer, r)
	if answer.Code >= 300 {
		t.Fatalf("the sandbox answered %d", answer.Code)
	}
}

// openStash shows the stash tab and waits until all is known.
func openStash(t testing.TB, d *desk.Desk, width, height int) (*pump, *stashScreen) {
	t.Helper()
	p := newProgram(d, Options{UTF8: true, clock: func() time.Time { return testNow.In(berlin(t)) }})
	u := newPump(t, p, width, height)
	u.idle()
	u.press("4")
	u.idle()
	return u, p.tabs[3].screen.(*stashScreen)
}

// selects moves to the key of that name.
func (u *pump) selects(s *stashScreen, name string) *desk.Checked {
	u.t.Helper()
	u.press("g")
	for range s.rows {
		if row, ok := s.table.selected(); ok && row.Name == name {
			return row
		}
		u.press("j")
	}
	u.t.Fatalf("no %s in the table:\n%s", name, u.view())
	return nil
}

// line is the line of the screen that has the text.
func (u *pump) line(text string) string {
	for line := range strings.Lines(u.view()) {
		if strings.Contains(line, text) {
			return line
		}
	}
	return ""
}

// What has become of a key is what the platform says, and who can't know says that.
func TestStashVerdicts(t *testing.T) {
	pl := newPlace(t, nil)
	pl.keep(t, "ingest-prod", nil)
	pl.keep(t, "ci-eval", nil)
	pl.keep(t, "", nil)
	gone := pl.keep(t, "ida-notebook", nil)
	pl.keep(t, "search-all", func(e *stash.Entry) { e.OrganizationID = "another" })
	pl.keep(t, "export-2024", func(e *stash.Entry) { e.Origin = "https://elsewhere.example" })
	pl.keep(t, "terraform-admin", func(e *stash.Entry) { e.KeyID = "" })
	pl.revokeBehind(t, gone.KeyID)
	u, s := openStash(t, pl.Desk, 80, 24)
	u.shows("7 keys · 1 expiring · 1 expired · 1 revoked")
	for name, want := range map[string]string{
		"ingest-prod": "alive", "ci-eval": "expiring", "(unnamed)": "expired", "ida-notebook": "revoked", "search-all": "elsewhere",
		"export-2024": "elsewhere", "terraform-admin": "unknown",
	} {
		if line := u.line(name); !strings.HasSuffix(strings.TrimSpace(line), want) || !strings.Contains(line, "●") {
			t.Errorf("%s: want %s in %q", name, want, line)
		}
	}
	for name, want := range map[string]string{
		"ingest-prod": "alive: the platform has it", "ida-notebook": "the platform does not have it any more",
		"search-all": "it is a key of the organization another", "export-2024": "it is a key of https://elsewhere.example",
		"terraform-admin": "its id isn't known here",
	} {
		u.selects(s, name)
		u.press("enter")
		u.shows(want, "● kept", "keyring")
		u.press("esc")
	}
}

// The platform is asked once the tab is shown, and again only if there is something new to ask, or a person asks.
func TestStashAsksWhenShown(t *testing.T) {
	pl := newPlace(t, nil)
	pl.keep(t, "ingest-prod", nil)
	var lists atomic.Int32
	pl.intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/api/v1/token" {
			lists.Add(1)
		}
		return false
	})
	u, s := openStash(t, pl.Desk, 80, 24)
	after := lists.Load()
	u.press("1", "4", "1", "4")
	u.idle()
	if n := lists.Load(); n != after {
		t.Errorf("%d more requests for the same keys", n-after)
	}
	u.press("r")
	u.idle()
	if n := lists.Load(); n == after {
		t.Error("r didn't ask")
	}
	gone := pl.keep(t, "ida-notebook", nil) // by another fob
	pl.revokeBehind(t, gone.KeyID)
	u.press("1", "4")
	u.idle()
	if line := u.line("ida-notebook"); !strings.Contains(line, "revoked") || len(s.rows) != 2 {
		t.Errorf("a key that came meanwhile is %q", line)
	}
}

// A list that can't be read, or not whole, never makes a key a revoked one.
func TestStashWithoutTheList(t *testing.T) {
	pl := newPlace(t, nil)
	gone := pl.keep(t, "export-2024", nil)
	pl.keep(t, "ingest-prod", nil)
	pl.revokeBehind(t, gone.KeyID)
	status := http.StatusBadRequest
	pl.intercept(func(w http.ResponseWriter, r *http.Request) bool {
		switch {
		case r.URL.Path != "/api/v1/token" || r.Method != http.MethodGet || r.Header.Get("Inside") != "":
			return false
		case status != 0:
			http.Error(w, `{"detail":"not to\u001bday"}`, status)
			return true
		}
		r.Header.Set("Inside", "1")
		answer := httptest.NewRecorder()
		pl.sandbox.ServeHTTP(answer, r)
		var list map[string]any
		if err := json.Unmarshal(answer.Body.Bytes(), &list); err != nil {
			t.Errorf("the sandbox's list: %v", err)
		}
		list["total"] = 500 // more than it ever gives
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(list); err != nil {
			t.Errorf("answering: %v", err)
		}
		return true
	})
	u, s := openStash(t, pl.Desk, 80, 24)
	u.shows("the platform could not be asked · r to ask again: 400 Bad Request: not to␛", "not asked")
	u.hides("revoked", "alive")
	status = 0
	u.press("r")
	u.idle()
	u.shows("the platform could not tell of all of them", "alive")
	u.hides("revoked")
	if line := u.line("export-2024"); !strings.Contains(line, "unknown") {
		t.Errorf("from a partial list: %q", line)
	}
	u.selects(s, "export-2024")
	u.press("enter")
	u.shows("it is not in the part of the list that could be read")
	u.press("esc")
	pl.intercept(func(http.ResponseWriter, *http.Request) bool { return false })
	u.press("r")
	u.idle()
	u.shows("revoked")
	u.hides("could not")
}

func TestStashEmptyAndDamaged(t *testing.T) {
	pl := newPlace(t, nil)
	u, _ := openStash(t, pl.Desk, 80, 24)
	u.shows("This machine keeps no key yet. n on tab 1 or 2 makes one", "r refresh")
	u.press("enter", "c", "x", "/", "y", "esc")
	u.idle()
	if len(u.p.pages) != 0 {
		t.Error("keys open something over nothing")
	}

	path := filepath.Join(t.TempDir(), "stash.json")
	if err := os.WriteFile(path, []byte(`{"version":1,"entries":[{"acc`), 0o600); err != nil {
		t.Fatal(err)
	}
	pl = newPlace(t, func(o *desk.Options) { o.Index = stash.OpenIndex(path) })
	u, _ = openStash(t, pl.Desk, 80, 24)
	u.shows("The stash's index could not be read", "damaged, and is left as it is")
	if data, err := os.ReadFile(path); err != nil || !strings.Contains(string(data), `{"acc`) {
		t.Errorf("the damaged index was touched: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	u.press("r")
	u.idle()
	u.shows("This machine keeps no key yet")
}

// Whoever has named what: nothing of it acts on the terminal, in no place of the tab.
func TestStashHostileNames(t *testing.T) {
	pl := newPlace(t, nil)
	evil := "\x1b]0;owned\x07\u202eevil" + strings.Repeat("世界", 40)
	pl.keep(t, "ingest-prod", func(e *stash.Entry) {
		e.Name, e.Workspaces, e.OrganizationID = evil, []string{evil}, pl.sandbox.OrganizationID()
		e.Places = append(e.Places, stash.Place{Kind: stash.KindEnvFile, Where: "/tmp/" + evil, Custody: string(secret.Kept), At: testNow},
			stash.Place{Kind: stash.KindCommand, Where: evil, Custody: evil, At: testNow})
	})
	for _, size := range sizes {
		u, _ := openStash(t, pl.Desk, size.width, size.height)
		u.p.look.glyphs = newLook(size.utf8).glyphs
		for _, step := range []string{"", "enter", "esc", "c", "esc", "x", "esc", "/", "e", "v", "i", "l", "enter", "?"} {
			if step != "" {
				u.press(step)
			}
			checkFrame(t, u.view(), size.width, size.height, !size.utf8)
			if view := u.view(); strings.ContainsAny(view, "\x1b\x07\u202e") {
				t.Fatalf("raw after %q: %q", step, view)
			}
		}
	}
}

func TestStashFilter(t *testing.T) {
	pl := newPlace(t, nil)
	pl.keep(t, "ingest-prod", nil)
	pl.keep(t, "ci-eval", nil)
	pl.keep(t, "search-all", func(e *stash.Entry) { e.Places[0].Kind, e.Places[0].Custody = "clipboard", string(secret.Sent) })
	gone := pl.keep(t, "ida-notebook", nil)
	pl.revokeBehind(t, gone.KeyID)
	u, s := openStash(t, pl.Desk, 80, 24)
	for expr, want := range map[string]string{
		"prod": "ingest-prod", "status:revoked": "ida-notebook", "platform:expiring": "ci-eval", "where:clipboard": "search-all",
		"kept:no": "search-all", "expires:<30d": "ci-eval", `scope:"all workspaces"`: "search-all", "type:personal": "ida-notebook",
		"id:" + gone.KeyID[:8]: "ida-notebook", "-kept:no -status:revoked expires:>30d": "ingest-prod",
	} {
		u.press("/")
		u.typeText(expr)
		u.press("enter")
		row, ok := s.table.selected()
		if !ok || len(s.table.order) != 1 || row.Name != want {
			t.Errorf("%s leaves %d keys, want %s", expr, len(s.table.order), want)
		}
		u.shows("1 of 4 keys")
		u.press("esc")
		if len(s.table.order) != 4 {
			t.Fatalf("esc doesn't clear %s", expr)
		}
	}
	u.press("/")
	u.typeText("statu:revoked")
	u.shows(`no term "statu", did you mean status?`)
	u.press("esc", "/")
	u.typeText("nothing-like-this")
	u.press("enter")
	u.shows("None of the 4 keys matches the filter. esc clears it.")
	u.press("c", "x", "enter")
	if len(u.p.pages) != 0 {
		t.Error("keys act on a row that isn't shown")
	}
	u.press("esc", "?", "pgdown", "pgdown")
	u.shows("kept:")
}

// aPort is where the sandbox listens, which differs from run to run. A dialog may cover the beginning.
var aPort = regexp.MustCompile(`0\.0\.1:\d{5}`)

func TestStashGolden(t *testing.T) {
	for _, size := range sizes {
		t.Run(size.name, func(t *testing.T) {
			fixed := func(id string) func(*stash.Entry) {
				return func(e *stash.Entry) {
					e.Origin = strings.Replace(e.Origin, e.Origin, "https://api.example", 1)
					e.Account = id
				}
			}
			pl := newPlace(t, nil)
			pl.keep(t, "ingest-prod", func(e *stash.Entry) { e.Account = "a" })
			pl.keep(t, "ci-eval", func(e *stash.Entry) { e.Account = "b" })
			pl.keep(t, "", func(e *stash.Entry) { e.Account = "c" })
			gone := pl.keep(t, "ida-notebook", func(e *stash.Entry) {
				e.Account = "d"
				e.Places = append(e.Places, stash.Place{Kind: stash.KindEnvFile, Where: "/srv/notebook/.env", Custody: string(secret.Kept), At: testNow.Add(-30 * time.Minute), ReadBackAt: &testNow})
			})
			pl.keep(t, "search-all", fixed("e"))
			pl.keep(t, "export-2024", func(e *stash.Entry) {
				e.Account, e.Places[0].Kind, e.Places[0].Custody = "f", "clipboard", string(secret.Sent)
			})
			pl.revokeBehind(t, gone.KeyID)
			p := newProgram(pl.Desk, Options{UTF8: size.utf8, clock: func() time.Time { return testNow.In(berlin(t)) }})
			a := &screens{t: t, width: size.width, height: size.height, ascii: !size.utf8}
			u := newPump(t, p, size.width, size.height)
			u.idle()
			u.press("4")
			a.add("asking", p)
			u.idle()
			u.press("esc")
			s := p.tabs[3].screen.(*stashScreen)
			u.selects(s, "search-all")
			a.add("stash", p)
			u.press("enter")
			a.add("details of a key of elsewhere", p)
			u.press("esc", "x")
			a.add("which end, of a key of elsewhere", p)
			u.press("esc", "/")
			u.typeText("status:revoked")
			a.add("filter", p)
			u.press("enter", "x")
			a.add("which end, of a revoked key", p)
			u.press("esc", "c")
			a.add("copy", p)
			u.press("enter")
			a.add("copy to an env file", p)
			u.press("esc", "esc", "esc")
			u.selects(s, "ingest-prod")
			u.press("x")
			a.add("which end", p)
			u.press("esc", "?")
			a.add("help", p)
			golden.RequireEqual(t, aPort.ReplaceAll([]byte(a.b.String()), []byte("0.0.1:12345")))
		})
	}
}
