package ui

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"fob/config"
	"fob/ui/desk"
)

// logged are lines of a journal: something of every kind, a newer fob's, and what a crash has torn.
func logged(origin string) []string {
	at := func(kind, intent, day, rest string) string {
		return fmt.Sprintf(`{"v":1,"at":"2026-11-%sZ","kind":%q,"intent":%q,"who":"ida@nordwind.example","origin":%q,"organization":"0af67f3b-6deb-48b3-9219-430a81ca8217",%s}`,
			day, kind, intent, origin, rest)
	}
	return []string{
		at("issue.intent", "a", "01T08:00:00", `"profile":"eu","workspace":"claims-search","what":{"name":"nightly-eval","personal":false,"organization_role":"MEMBER","role_id":"r-1","role_name":"Editor","all_workspaces":false,"workspaces":["claims-search"],"expires_at":"2027-02-20T22:59:59Z"},"where":["the OS keyring of this machine"]`),
		at("issue.stored", "a", "01T08:00:01", `"made":"yes","places":[{"destination":"the OS keyring of this machine","custody":"kept","at":"2026-11-01T08:00:01Z"}]`),
		at("issue.outcome", "a", "01T08:00:03", `"made":"yes","certainty":"certain","key_id":"7b2f1c7e-3a55-4a0e-9b1d-6d1a2f0c9e11","key_name":"nightly-eval"`),
		at("issue.intent", "b", "12T08:00:00", `"what":{"name":"export-all","personal":true,"organization_role":"ADMIN","all_workspaces":true,"expires_at":null},"where":["vault"]`),
		at("issue.outcome", "b", "12T08:01:00", `"made":"unknown","certainty":"likely","why":"one key stands out, but the list was partial","key_id":"9f1c4e2a-0000-4000-8000-000000000000","candidates":["9f1c4e2a-0000-4000-8000-000000000000","5c0ffee0-0000-4000-8000-000000000000"],"error":"the platform did not answer"`),
		`{"v":1,"at":"2026-11-13T08`,
		at("revoke.intent", "c", "14T08:00:00", `"key_id":"5c0ffee1-0000-4000-8000-000000000000","key_name":"old-one","why":"leaked"`),
		at("revoke.outcome", "c", "14T08:00:01", `"key_id":"5c0ffee1-0000-4000-8000-000000000000","state":"revoked"`),
		at("revoke.intent", "d", "15T08:00:00", `"key_id":"0dd0dd00-0000-4000-8000-000000000000","key_name":"in\u001b[2J\u202egest"`),
		at("edit.intent", "e", "16T08:00:00", `"key_id":"7b2f1c7e-3a55-4a0e-9b1d-6d1a2f0c9e11","key_name":"nightly-eval","altered":[{"field":"name","from":"nightly-eval","to":"nightly"},{"field":"role","from":null,"to":"r-2"}]`),
		at("edit.outcome", "e", "16T08:00:01", `"key_id":"7b2f1c7e-3a55-4a0e-9b1d-6d1a2f0c9e11","edited":"as it was","error":"the platform answered 403 Forbidden: not yours"`),
		at("rotate.intent", "f", "17T08:00:00", `"key_id":"aaaabbbb-0000-4000-8000-000000000000","key_name":"ingest-prod","overlap":604800`),
		at("rotate.waiting", "f", "17T08:00:05", `"key_id":"aaaabbbb-0000-4000-8000-000000000000"`),
		strings.Replace(at("quarantine.outcome", "g", "18T08:00:00", `"key_id":"ccccdddd-0000-4000-8000-000000000000","where":{"newer":true}`), `"v":1`, `"v":4`, 1),
		strings.Replace(at("issue.intent", "h", "20T08:00:00", `"workspace":"legal-archive","what":{"name":"last-year","role_name":"Editor","workspaces":["legal-archive"],"expires_at":null}`), "2026-11", "2025-11", 1),
		strings.Replace(at("issue.outcome", "h", "20T08:00:09", `"made":"no","error":"the platform answered 422"`), "2026-11", "2025-11", 1),
	}
}

// openLog opens the log over a place whose journal has these lines.
func openLog(t *testing.T, width, height int, utf8 bool, lines ...string) (*pump, *program) {
	t.Helper()
	pl := newPlace(t, nil)
	for _, line := range lines {
		if err := pl.journal.Append(t.Context(), []byte(strings.ReplaceAll(line, "ORIGIN", pl.Origin()))); err != nil {
			t.Fatal(err)
		}
	}
	p := newProgram(pl.Desk, Options{UTF8: utf8, clock: func() time.Time { return testNow.In(berlin(t)) }})
	p.lookedBack = true // it would settle what these lines leave open
	u := newPump(t, p, width, height)
	u.idle()
	u.press("esc", "L")
	u.idle()
	return u, p
}

func logOf(t *testing.T, p *program) *logScreen {
	t.Helper()
	s, ok := p.active().(*logScreen)
	if !ok {
		t.Fatalf("on top is %T", p.active())
	}
	return s
}

// shown are the names in the order in which they stand there.
func (s *logScreen) shown() []string {
	var names []string
	for _, at := range s.table.order {
		names = append(names, s.table.items[at].Kind+" "+s.table.items[at].Name)
	}
	return names
}

func TestLogGolden(t *testing.T) {
	for _, size := range sizes {
		t.Run(size.name, func(t *testing.T) {
			a := &screens{t: t, width: size.width, height: size.height, ascii: !size.utf8}
			u, p := openLog(t, a.width, a.height, size.utf8, logged("https://api.cloud.deepset.ai")...)
			add := func(title string) { a.add(title, p) }
			add("log")
			u.press("j")
			add("an order without an answer")
			u.press("G")
			add("the oldest")
			u.press("g", "j", "enter")
			add("details")
			u.press("esc", "?")
			add("help")
			u.press("esc", "/")
			add("filter, nothing typed")
			u.typeText("action:issue outcome:done")
			add("filter, typed")
			u.press("enter")
			add("filter, in force")
			u.press("esc", "/")
			u.typeText("nothing-like-this")
			u.press("enter")
			add("filter, no match")
			u.press("esc", "s", "s", "s", "S")
			add("by outcome, the other way around")

			s := newStage(t, a.width, a.height, size.utf8)
			s.press("L")
			a.add("reading", s.p)
			l := logOf(t, s.p)
			s.p.Update(loadedMsg{to: l.id, seq: l.reading.seq, body: loggedMsg{}})
			a.add("empty", s.p)
			s.press("r")
			s.p.Update(loadedMsg{to: l.id, seq: l.reading.seq, body: loggedMsg{}, err: errors.New("open journal.jsonl: permission denied")})
			a.add("unreadable", s.p)
			golden.RequireEqual(t, []byte(a.b.String()))
		})
	}
}

// What is unfinished stands first, with what can be done about it; then the newest.
func TestLogOrder(t *testing.T) {
	u, p := openLog(t, 80, 24, true, logged("ORIGIN")...)
	s := logOf(t, p)
	want := []string{
		`revoke in␛[2J\u202egest`, "issue export-all", "quarantine ccccdddd (unnamed)", "rotate ingest-prod", "edit nightly-eval", "revoke old-one",
		"issue nightly-eval", "issue last-year",
	}
	if got := s.shown(); !slices.Equal(got, want) {
		t.Errorf("shown %q", got)
	}
	u.shows("8 entries · 2 unfinished", "was being revoked, and whether it is gone isn't known; fob list shows it if it is still there",
		"line 6 of the journal can't be read, and is left out")
	u.press("j")
	u.shows("export-all may have been made in the organization, and nobody has its secret; it may be 9f1c4e2a-0000-4000-8000-000000000000")
	if strings.ContainsAny(u.view(), "\x1b\u202e") {
		t.Error("a name reaches the terminal as it is")
	}
	u.press("G", "k")
	u.shows("issue nightly-eval", "service key, Editor, Member in the organization, claims-search, until 2027-02-20 23:59 CET", "the OS keyring of this machine: kept")
}

func TestLogFilter(t *testing.T) {
	u, p := openLog(t, 120, 40, true, logged("ORIGIN")...)
	s := logOf(t, p)
	for expression, want := range map[string][]string{
		"open:yes":             {`revoke in␛[2J\u202egest`, "issue export-all"},
		"action:edit":          {"edit nightly-eval"},
		"outcome:waiting":      {"rotate ingest-prod"},
		"at:<=7d -action:edit": {"quarantine ccccdddd (unnamed)", "rotate ingest-prod"},
		"profile:eu":           {"issue nightly-eval"},
		"error:403":            {"edit nightly-eval"},
		"asked:editor":         {"issue nightly-eval", "issue last-year"},
		"ws:legal":             {"issue last-year"},
		"last-year":            {"issue last-year"},
	} {
		u.press("/", "ctrl+u")
		u.typeText(expression)
		u.press("enter")
		if got := s.shown(); !slices.Equal(got, want) {
			t.Errorf("%s leaves %q", expression, got)
		}
	}
	u.press("esc")
	if len(s.shown()) != 8 {
		t.Error("esc doesn't clear the filter")
	}
	u.press("esc")
	if len(p.pages) != 0 {
		t.Error("esc doesn't go back")
	}
}

// The log opens over every tab, and its own keys close it and what it opens.
func TestLogOpensOverEveryTab(t *testing.T) {
	u, p := openLog(t, 80, 24, true, logged("ORIGIN")...)
	u.press("esc")
	for _, tab := range []string{"1", "2", "3", "4"} {
		for _, back := range []string{"esc", "q", "L"} {
			u.press(tab, "L")
			logOf(t, p)
			u.press(back)
			if len(p.pages) != 0 {
				t.Errorf("%s doesn't close the log over tab %s", back, tab)
			}
		}
	}
	u.press("L")
	u.idle()
	u.press("enter")
	u.shows("revoke in␛[2J\\u202egest", "organization 0af67f3b", "esc back")
	u.press("esc")
	logOf(t, p)
}

// A key that is typed into the filter opens nothing.
func TestLogKeyWhileTyping(t *testing.T) {
	s := newAdminStage(t, 80, 24, numbered(3)...)
	s.press("/", "L")
	if len(s.p.pages) != 0 {
		t.Error("the log opened over a filter")
	}
}

// y sends the id of the key that is selected, and says so where it isn't known.
func TestLogCopiesTheID(t *testing.T) {
	u, _ := openLog(t, 80, 24, true, `{"v":1,"at":"2026-11-20T08:00:00Z","kind":"issue.intent","intent":"a","origin":"ORIGIN","what":{"name":"n"}}`)
	u.press("y")
	u.shows("the journal doesn't know the id of its key")
	u, p := openLog(t, 80, 24, true, logged("ORIGIN")...)
	u.press("j", "y")
	if p.acting != 1 {
		t.Error("nothing is copied")
	}
	u.idle()
	u.shows("the id of export-all")
	u.press("enter", "y")
	u.idle()
	u.shows("the id of export-all")
}

// The cursor stays with its deed when the log is read again, and what is new is there.
func TestLogIsReadAgain(t *testing.T) {
	pl := newPlace(t, nil)
	add := func(line string) {
		if err := pl.journal.Append(t.Context(), []byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	for _, line := range logged(pl.Origin()) {
		add(line)
	}
	p := newProgram(pl.Desk, Options{UTF8: true, clock: func() time.Time { return testNow }})
	p.lookedBack = true // it would settle what these lines leave open
	u := newPump(t, p, 80, 24)
	u.idle()
	u.press("L")
	u.idle()
	s := logOf(t, p)
	u.press("j")
	add(`{"v":1,"at":"2026-11-21T08:00:00Z","kind":"revoke.intent","intent":"z","key_id":"k-z","key_name":"zeta"}`)
	u.send(changedMsg{})
	u.idle()
	if d, _ := s.table.selected(); d.Name != "export-all" || s.shown()[0] != "revoke zeta" {
		t.Errorf("selected %s of %q", d.Name, s.shown())
	}
	add(`{"v":1,"at":"2026-11-21T08:00:01Z","kind":"revoke.outcome","intent":"z","key_id":"k-z","state":"revoked"}`)
	u.press("r")
	u.idle()
	if s.open != 2 || s.shown()[2] != "revoke zeta" {
		t.Errorf("%d open of %q", s.open, s.shown())
	}
}

// A late answer, to a log that was closed or asked again, changes nothing.
func TestLogLateAnswer(t *testing.T) {
	s := newStage(t, 80, 24, true)
	s.press("L")
	l := logOf(t, s.p)
	late := loadedMsg{to: l.id, seq: l.reading.seq, body: loggedMsg{desk.Log{Deeds: []*desk.Deed{{Name: "late"}}}}}
	s.press("r")
	s.p.Update(late)
	if l.read {
		t.Error("a late answer is shown")
	}
	s.hides("late")
	s.press("esc")
	s.p.Update(late)
	if len(s.p.pages) != 0 {
		t.Error("a late answer opens the log again")
	}
}

// Thousands of deeds are filtered and sorted beside the screen, and in the end as they would be on it.
func TestLogOfManyDeeds(t *testing.T) {
	journal := config.NewMemoryJournal()
	for i := range arrangeBeside + 500 {
		line := fmt.Sprintf(`{"v":1,"at":%q,"kind":"edit.outcome","intent":"i-%d","key_id":"k-%d","key_name":"key-%d","edited":"changed"}`,
			testNow.Add(-time.Duration(i)*time.Minute).Format(time.RFC3339), i, i, i)
		if err := journal.Append(t.Context(), []byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	pl := newPlace(t, func(o *desk.Options) { o.Journal = journal })
	p := newProgram(pl.Desk, Options{UTF8: true, clock: func() time.Time { return testNow }})
	p.lookedBack = true // it would settle what these lines leave open
	u := newPump(t, p, 80, 24)
	u.idle()
	u.press("L")
	u.idle()
	u.shows("5,500 entries", "key-0")
	u.press("/")
	u.typeText("key-5499")
	if !logOf(t, p).arranging.busy() {
		t.Error("filtering keeps the screen waiting")
	}
	u.press("enter")
	u.idle()
	if got := logOf(t, p).shown(); !slices.Equal(got, []string{"edit key-5499"}) {
		t.Errorf("shown %q", got)
	}
}

// What an earlier fob left is named at the start, with the key that shows it; after the end no key does.
func TestLookingBackNamesTheLog(t *testing.T) {
	pl := newPlace(t, nil)
	line := fmt.Sprintf(`{"v":1,"at":"2026-11-22T10:00:00Z","kind":"revoke.intent","intent":"a","origin":%q,"key_id":"k-1","key_name":"old"}`, pl.Origin())
	if err := pl.journal.Append(t.Context(), []byte(line)); err != nil {
		t.Fatal(err)
	}
	p := newProgram(pl.Desk, Options{UTF8: true, clock: func() time.Time { return testNow }})
	u := newPump(t, p, 120, 40)
	u.idle()
	u.shows("L shows what is unfinished: old was being revoked")
	if !slices.ContainsFunc(p.warnings, func(w string) bool { return strings.HasPrefix(w, "old was being revoked") }) {
		t.Errorf("said at the end: %q", p.warnings)
	}
}
