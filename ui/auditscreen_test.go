package ui

import (
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fob/client/audit"
	"fob/ui/desk"
)

// auditProgram is a program on a desk, its key tabs read, and its audit tab.
func auditProgram(t testing.TB, d *desk.Desk, width, height int, utf8 bool) (*pump, *auditScreen) {
	t.Helper()
	p := newProgram(d, Options{UTF8: utf8, clock: func() time.Time { return testNow.In(berlin(t)) }})
	u := newPump(t, p, width, height)
	u.idle()
	u.press("esc") // what is said about this machine's clock differs from day to day
	return u, p.tabs[2].screen.(*auditScreen)
}

// openAudit shows the audit tab and waits until all is judged.
func openAudit(t testing.TB, d *desk.Desk, width, height int) (*pump, *auditScreen) {
	t.Helper()
	u, s := auditProgram(t, d, width, height, true)
	u.press("3")
	u.idle()
	return u, s
}

// finds moves to the finding of a rule about the key of that name.
func (u *pump) finds(s *auditScreen, rule audit.RuleID, name string) *finding {
	u.t.Helper()
	u.press("g")
	for range s.rows {
		if f, ok := s.table.selected(); ok && f.Rule == rule && f.KeyName == name {
			return f
		}
		u.press("j")
	}
	u.t.Fatalf("no finding %s of %s:\n%s", rule, name, u.view())
	return nil
}

func (s *auditScreen) has(rule audit.RuleID, name string) bool {
	return slices.ContainsFunc(s.rows, func(f *finding) bool { return f.Rule == rule && f.KeyName == name })
}

// revoke answers the question of the dialog in front and leaves its results.
func (u *pump) revoke(word string) {
	u.t.Helper()
	u.typeText(word)
	u.press("enter")
	u.idle()
	u.settle()
	for len(u.p.pages) > 0 {
		u.press("enter")
		u.idle()
	}
}

// The history is read once somebody wants to see the audit, and not before; the tab then has everything.
func TestAuditReadsWhenShown(t *testing.T) {
	pl := newPlace(t, nil)
	var histories atomic.Int32
	pl.intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/search_history") {
			histories.Add(1)
		}
		return false
	})
	u, s := auditProgram(t, pl.Desk, 80, 24, true)
	if histories.Load() != 0 {
		t.Fatal("the history is read before the tab is shown")
	}
	u.press("3")
	u.shows("beginning", "The platform doesn't say when a key was last used", "esc stops", "esc stop")
	u.until("the history", func() bool { return strings.Contains(u.view(), "search history of") || !s.reading.busy() })
	u.idle()
	u.shows("90 days to today", "14 of 14 workspaces read", "98 keys", "seen", "not seen", "cannot tell",
		"days since the last query", "coming expiries", "none", "never", "SEVERITY", "FINDING", "KEY", "EVIDENCE", "high", "not seen")
	u.hides("incomplete", "Nothing was found")
	read := histories.Load()
	u.press("1", "3")
	u.idle()
	if n := histories.Load(); n != read {
		t.Errorf("coming back read %d pages again", n-read)
	}
	ranks := make([]int, 0, len(s.table.order))
	for _, at := range s.table.order {
		ranks = append(ranks, s.rows[at].Severity.Rank())
	}
	if len(ranks) < 20 || !slices.IsSortedFunc(ranks, func(a, b int) int { return b - a }) {
		t.Errorf("the worst don't come first: %v", ranks)
	}
	for _, frame := range u.frames {
		if strings.Contains(frame, "last used") && !strings.Contains(frame, "doesn't say when a key was last used") {
			t.Fatal("last used is claimed")
		}
	}
}

// esc stops the reading, keeps what was learned, and says so; r goes on. Nothing goes on by itself.
func TestAuditStopsAndGoesOn(t *testing.T) {
	pl := newPlace(t, func(o *desk.Options) { o.HistoryFolder = t.TempDir() })
	var held atomic.Bool
	held.Store(true)
	arrived := make(chan struct{}, 100)
	pl.intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if held.Load() && strings.Contains(r.URL.Path, "/playground/search_history") {
			arrived <- struct{}{}
			<-r.Context().Done()
			return true
		}
		return false
	})
	u, s := auditProgram(t, pl.Desk, 80, 24, true)
	u.press("3")
	u.until("progress", func() bool { return s.progress.Stage != "" })
	<-arrived
	u.press("esc")
	u.shows("stopped; what was learned of the history is kept, r goes on", "r reads the search history")
	u.idle()
	if s.judged || s.reading.busy() {
		t.Fatal("it goes on")
	}
	u.press("1", "3")
	u.idle()
	if s.judged || s.reading.busy() {
		t.Fatal("coming back goes on with what was stopped")
	}
	held.Store(false)
	u.press("r")
	u.idle()
	u.shows("98 keys", "14 of 14 workspaces read")

	held.Store(true) // and over an audit that is there already
	u.press("r")
	u.until("progress", func() bool { return s.progress.Stage != "" })
	<-arrived
	u.shows("98 keys", "esc stop")
	u.press("esc")
	u.idle()
	u.shows("98 keys")
}

func TestAuditFilterAndSort(t *testing.T) {
	pl := newPlace(t, nil)
	u, s := openAudit(t, pl.Desk, 80, 24)
	for expr, rule := range map[string]audit.RuleID{
		"rule:owner-left": audit.RuleOwnerLeft, "severity:low rule:expired": audit.RuleExpired, "key:pr0d rule:look-alike-name": audit.RuleLookAlikeName,
		"evidence:seen-in rule:wider-than-used": "", `evidence:"seen in 1 workspace"`: audit.RuleWiderThanUsed,
	} {
		u.press("/")
		u.typeText(expr)
		u.press("enter")
		if rule == "" {
			u.shows("No finding matches the filter. esc clears it.")
		} else if f, ok := s.table.selected(); !ok || f.Rule != rule {
			t.Errorf("%s selects %v", expr, f)
		}
		u.shows("findings")
		u.press("esc")
		if len(s.table.order) != len(s.rows) {
			t.Fatalf("esc doesn't clear %s", expr)
		}
	}
	u.press("/")
	u.typeText("rul:expired")
	u.shows(`no term "rul", did you mean rule?`)
	u.press("esc", "s", "s")
	u.shows("KEY ▲")
	var names []string
	for _, at := range s.table.order {
		names = append(names, findingName(s.rows[at]))
	}
	if !slices.IsSortedFunc(names, compareFold) {
		t.Errorf("by key: %v", names)
	}
	u.press("S")
	u.shows("KEY ▼")
	u.press("?")
	u.shows("evidence", "window")
}

// Several findings of one key are one key: it is asked about once, and is gone from everything at once.
func TestAuditRevokesTheMarked(t *testing.T) {
	pl := newPlace(t, nil)
	u, s := openAudit(t, pl.Desk, 80, 24)
	before := s.audit.Result.Counts
	for _, m := range []struct {
		rule audit.RuleID
		name string
	}{
		{audit.RuleNotSeen, "export-2024"}, {audit.RuleNeverExpires, "export-2024"}, {audit.RuleExpired, "black-friday-spike"}, {audit.RuleOwnerLeft, "zoe-notebook"},
	} {
		u.finds(s, m.rule, m.name)
		u.press(" ")
	}
	u.shows("4 marked")
	u.press("x")
	u.shows("Revoke 3 keys?", "export-2024", "black-friday-spike", "zoe-notebook")
	u.revoke("revoke 3")
	if n := pl.deletes.Load(); n != 3 {
		t.Errorf("%d keys were revoked", n)
	}
	for _, name := range []string{"export-2024", "black-friday-spike", "zoe-notebook"} {
		if slices.ContainsFunc(s.rows, func(f *finding) bool { return f.KeyName == name }) {
			t.Errorf("%s is still found", name)
		}
	}
	u.shows("95 keys")
	u.hides("marked")
	if after := s.audit.Result.Counts; after.Keys != before.Keys-3 || after.Findings >= before.Findings {
		t.Errorf("counts are %+v, were %+v", after, before)
	}
	u.press("2")
	u.press("/")
	u.typeText("export-2024")
	u.press("enter")
	if tab := u.p.tabs[1].screen.(*keysScreen); len(tab.table.order) != 0 {
		t.Error("the key table still has it")
	}
}

// One key under the cursor; the answer that it is gone counts before the list is read again.
func TestAuditRevokesOne(t *testing.T) {
	pl := newPlace(t, nil)
	u, s := openAudit(t, pl.Desk, 80, 24)
	u.finds(s, audit.RuleNotSeen, "export-2024")
	u.press("x")
	u.shows("Revoke export-2024?")
	u.press("esc")
	if pl.deletes.Load() != 0 || !s.has(audit.RuleNotSeen, "export-2024") {
		t.Fatal("esc revoked")
	}
	pl.intercept(func(w http.ResponseWriter, r *http.Request) bool { // the list can't be read again
		if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/token") {
			http.Error(w, `{"detail":"no"}`, http.StatusBadRequest)
			return true
		}
		return false
	})
	u.press("x")
	u.revoke("export-2024")
	if pl.deletes.Load() != 1 || s.has(audit.RuleNotSeen, "export-2024") || s.has(audit.RuleNeverExpires, "export-2024") {
		t.Error("it is still found")
	}
	u.shows("97 keys")
}

// A renamed key isn't found by its old name any more.
func TestAuditEdits(t *testing.T) {
	pl := newPlace(t, nil)
	u, s := openAudit(t, pl.Desk, 80, 24)
	u.finds(s, audit.RuleLookAlikeName, "claims-frontend-pr0d")
	u.press("e")
	u.shows("claims-frontend-pr0d")
	u.press("ctrl+u")
	u.typeText("paul-trial")
	for range 6 {
		u.press("enter")
		u.idle()
		if len(u.p.pages) == 0 {
			break
		}
	}
	u.idle()
	if s.has(audit.RuleLookAlikeName, "claims-frontend-pr0d") || s.has(audit.RuleLookAlikeName, "paul-trial") || !s.has(audit.RuleNeverSeen, "paul-trial") {
		t.Errorf("the new name isn't judged:\n%s", u.view())
	}
}

func TestAuditWindow(t *testing.T) {
	pl := newPlace(t, nil)
	u, s := openAudit(t, pl.Desk, 80, 24)
	for _, want := range []string{"180 days to today", "365 days to today", "30 days to today", "90 days to today"} {
		u.press("t")
		u.idle()
		u.shows(want)
	}
	if s.audit.Result.To.Sub(s.audit.Result.From) < 89*24*time.Hour {
		t.Errorf("the window is %v to %v", s.audit.Result.From, s.audit.Result.To)
	}
}

// The key tables learn the last queries, and sort by them.
func TestAuditFillsTheLastQueries(t *testing.T) {
	pl := newPlace(t, nil)
	u, _ := auditProgram(t, pl.Desk, 80, 24, true)
	u.hides("LAST QUERY")
	u.press("3")
	u.idle()
	u.press("1")
	u.shows("LAST QUERY")
	for name, cell := range map[string]string{"ci-eval": " 2 h ago ", "black-friday-spike": " – ", "ida-notebook": " ? ", "legacy-import-2016": " ? "} {
		u.press("/")
		u.typeText("name:" + name)
		u.press("enter")
		if name == "legacy-import-2016" {
			cell = " 6 d ago "
		}
		if line := u.line(" " + name + "  "); strings.Contains(line, " / ") || !strings.Contains(line, cell) {
			t.Errorf("%s: %q has no %q", name, line, cell)
		}
		u.press("esc")
	}
	tab := u.p.tabs[0].screen.(*keysScreen)
	for range tab.table.columns {
		if tab.table.columns[tab.table.sortBy].title == "LAST QUERY" {
			break
		}
		u.press("s")
		u.idle()
	}
	if row, _ := tab.table.selected(); tab.table.columns[tab.table.sortBy].title != "LAST QUERY" {
		t.Fatal("it can't be sorted by")
	} else if u.press("g"); row == nil {
		t.Fatal("nothing is selected")
	}
	if row, _ := tab.table.selected(); row.Name != "claims-frontend-prod" { // asked a minute ago
		t.Errorf("first is %s", row.Name)
	}
	u.shows("claims-frontend-staging")
	u.press("2")
	u.shows("LAST QUERY", "SCOPE", "catalog-enrichment-ci")
}
