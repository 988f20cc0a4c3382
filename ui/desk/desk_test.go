package desk_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/sandbox"
	"fob/client/secret"
	"fob/config"
	"fob/config/stash"
	"fob/ui/desk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// office is a desk at a sandbox, with everything kept in memory.
type office struct {
	*desk.Desk
	platform *sandbox.Sandbox
	index    *stash.Index
	journal  *config.MemoryJournal
	memory   *stash.Memory
	before   atomic.Pointer[func(http.ResponseWriter, *http.Request) bool]
}

// open serves a sandbox on loopback and opens a desk with the session of email, the Admin's if it is "".
func open(t *testing.T, email string) *office {
	t.Helper()
	o := &office{index: stash.NewMemoryIndex(), journal: config.NewMemoryJournal(), memory: stash.NewMemory()}
	o.platform = sandbox.New(sandbox.Options{Seed: 1, Before: func(w http.ResponseWriter, r *http.Request) bool {
		before := o.before.Load()
		return before != nil && (*before)(w, r)
	}})
	server, err := sandbox.Listen("127.0.0.1:0", o.platform)
	if err != nil {
		t.Fatal(err)
	}
	session := o.platform.SessionToken()
	if email != "" {
		var ok bool
		if session, ok = o.platform.SessionFor(email); !ok {
			t.Fatalf("the sandbox knows no %s", email)
		}
	}
	o.Desk, err = desk.Open(desk.Options{
		APIURL: server.URL(), Session: session, Journal: o.journal, Index: o.index, Keys: o.memory, Location: time.UTC,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		o.Close()
		if err := server.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return o
}

func order(name string, places ...desk.Place) desk.Order {
	end := time.Now().Add(90 * 24 * time.Hour).Truncate(time.Second)
	return desk.Order{
		Draft: client.Draft{Name: name, OrganizationRole: "MEMBER", Workspaces: []string{"claims-search"}, ExpiresAt: &end},
		Scope: client.Scope{Workspace: "claims-search"}, Places: places,
	}
}

func TestIssuedKeyIsInTheIndexBeforeItsIDIsKnown(t *testing.T) {
	o := open(t, "")
	var atLooking []stash.Entry
	issued, err := o.Issue(t.Context(), order("nightly", desk.Place{Kind: desk.InKeyring}), func(s lifecycle.Step) {
		if s.Stage == lifecycle.Looking && atLooking == nil {
			atLooking, _ = o.index.Entries(context.Background())
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(atLooking) != 1 || atLooking[0].KeyID != "" || len(atLooking[0].Places) != 1 || atLooking[0].Places[0].Custody != "kept" {
		t.Errorf("when the id was looked for, the index had %+v", atLooking)
	}
	entries, err := o.index.Entries(t.Context())
	if err != nil || len(entries) != 1 {
		t.Fatalf("%d entries: %v", len(entries), err)
	}
	e := entries[0]
	if issued.Certainty != lifecycle.Certain || issued.Key == nil || e.KeyID != issued.Key.ID {
		t.Errorf("issued %v, %v; the index knows the id %q", issued.Certainty, issued.Why, e.KeyID)
	}
	if e.Origin != o.Origin() || e.OrganizationID != o.platform.OrganizationID() || e.Name != "nightly" || e.ExpiresAt == nil {
		t.Errorf("the entry is %+v", e)
	}
	kept, err := o.memory.Get(t.Context(), issued.Account)
	if err != nil {
		t.Fatal(err)
	}
	want, ok := o.platform.SecretOf(e.KeyID)
	if !ok || !kept.Equal(want) {
		t.Error("what is kept is not the key's secret")
	}
	if len(o.Holder().Unsaved()) != 0 || !issued.Kept {
		t.Error("a kept key counts as unsaved")
	}
}

func TestListMarksWhatIsKept(t *testing.T) {
	o := open(t, "")
	issued, err := o.Issue(t.Context(), order("nightly", desk.Place{Kind: desk.InKeyring}), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, scope := range []client.Scope{{}, {Workspace: "claims-search"}} {
		var told int
		list, err := o.Keys(t.Context(), scope, func(p desk.Page) { told += len(p.More) })
		if err != nil || !list.Complete {
			t.Fatalf("complete %v: %v", list.Complete, err)
		}
		if told != len(list.Rows) {
			t.Errorf("%d rows were told on the way, %d are in the list", told, len(list.Rows))
		}
		for _, r := range list.Rows {
			if r.Kept != (r.Key.ID == issued.Key.ID) {
				t.Errorf("%q: %s is marked %v", scope.Workspace, r.Name, r.Kept)
			}
		}
		if s := desk.Summarize(list.Rows); s.Kept != 1 || s.Total != len(list.Rows) {
			t.Errorf("summary %+v", s)
		}
	}
}

func TestReachingCountsOnlyOtherKeys(t *testing.T) {
	o := open(t, "")
	list, err := o.Keys(t.Context(), client.Scope{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, r := range list.Rows {
		if r.All || len(r.Reach) > 1 && strings.Contains(" "+strings.Join(r.Reach, " ")+" ", " claims-search ") {
			want++
		}
	}
	if got := desk.Reaching(list.Rows, "claims-search"); got != want || want == 0 {
		t.Errorf("%d keys reach the workspace, want %d", got, want)
	}
}

func TestDisplayAloneIsNotSafe(t *testing.T) {
	o := open(t, "")
	issued, err := o.Issue(t.Context(), order("shown", desk.Place{Kind: desk.OnDisplay}), nil)
	if err != nil {
		t.Fatal(err)
	}
	if issued.Kept || len(o.Holder().Unsaved()) != 1 {
		t.Error("a key that was only sent counts as kept")
	}
	if entries, _ := o.index.Entries(t.Context()); len(entries) != 1 || entries[0].Places[0].Custody != "sent" {
		t.Errorf("the index has %+v", entries)
	}
	placed, err := o.Put(t.Context(), issued.Account, desk.Place{Kind: desk.InKeyring})
	if err != nil || placed.Custody != secret.Kept {
		t.Fatalf("%+v: %v", placed, err)
	}
	if len(o.Holder().Unsaved()) != 0 {
		t.Error("the key is kept now and counts as unsaved")
	}
	if entries, _ := o.index.Entries(t.Context()); len(entries) != 1 || len(entries[0].Places) != 2 {
		t.Errorf("the index has %+v", entries)
	}
}

func TestDiscardRevokesAndForgets(t *testing.T) {
	o := open(t, "")
	issued, err := o.Issue(t.Context(), order("mistake", desk.Place{Kind: desk.OnDisplay}), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Discard(t.Context(), issued.Account); err != nil {
		t.Fatal(err)
	}
	if _, ok := o.platform.SecretOf(issued.Key.ID); ok {
		t.Error("the key still lives")
	}
	if _, err := o.Show(t.Context(), issued.Account); !errors.Is(err, desk.ErrForgotten) {
		t.Errorf("after discarding, showing says %v", err)
	}
	if len(o.Holder().Unsaved()) != 0 {
		t.Error("a discarded key is still held")
	}
}

func TestRescueInTheDemoPromisesNothing(t *testing.T) {
	o := open(t, "")
	if _, err := o.Issue(t.Context(), order("last-minute", desk.Place{Kind: desk.OnDisplay}), nil); err != nil {
		t.Fatal(err)
	}
	lines := o.Rescue(t.Context())
	if len(lines) != 1 || !strings.Contains(lines[0], "last-minute") || !strings.Contains(lines[0], "ends with it") {
		t.Errorf("rescue says %q", lines)
	}
}

func TestUnansweredCreateIsNotRepeated(t *testing.T) {
	o := open(t, "")
	var posts atomic.Int32
	breakOff := func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost {
			return false
		}
		posts.Add(1)
		o.before.Store(nil) // what is made behind the broken connection is made by the sandbox itself
		o.platform.ServeHTTP(discard{http.Header{}}, r)
		panic(http.ErrAbortHandler)
	}
	o.before.Store(&breakOff)
	issued, err := o.Issue(t.Context(), order("lost-answer", desk.Place{Kind: desk.InKeyring}), nil)
	var failed *lifecycle.Error
	if !errors.As(err, &failed) || failed.Made != lifecycle.MadeUnknown {
		t.Fatalf("the error is %v", err)
	}
	if posts.Load() != 1 || !issued.Unanswered || len(issued.Candidates) != 1 {
		t.Errorf("%d requests; unanswered %v, %d candidates", posts.Load(), issued.Unanswered, len(issued.Candidates))
	}
	if name, _ := issued.Candidates[0].Name.Get(); name != "lost-answer" {
		t.Errorf("the orphan is %q", name)
	}
}

// discard is an answer that nobody hears.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

func TestMemberMayNotTouchOrganizationKeys(t *testing.T) {
	o := open(t, "ana.sousa@nordwind-versand.example")
	who, err := o.Who(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if may, why := who.May(client.Scope{}); may || !strings.Contains(why, "admins") {
		t.Errorf("on the organization: %v, %q", may, why)
	}
	if may, why := who.May(client.Scope{Workspace: "claims-search"}); !may {
		t.Errorf("in a workspace: %q", why)
	}
}

func TestKeyAsSessionReadsOnly(t *testing.T) {
	o := open(t, "")
	issued, err := o.Issue(t.Context(), order("reader", desk.Place{Kind: desk.InKeyring}), nil)
	if err != nil {
		t.Fatal(err)
	}
	key, _ := o.platform.SecretOf(issued.Key.ID)
	d, err := desk.Open(desk.Options{APIURL: o.Origin(), Session: key, Journal: o.journal, Index: o.index, Keys: o.memory})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	who, err := d.Who(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if may, why := who.May(client.Scope{Workspace: "claims-search"}); may || !strings.Contains(why, "key") {
		t.Errorf("a key may change keys: %v, %q", may, why)
	}
}

func TestCopyStashedWritesTheEnvFile(t *testing.T) {
	o := open(t, "")
	issued, err := o.Issue(t.Context(), order("worker", desk.Place{Kind: desk.InKeyring}), nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := o.Keeps().Find(t.Context(), "worker")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "app.env")
	place := desk.Place{Kind: desk.InEnvFile, Path: path}
	placed, _, err := o.CopyStashed(t.Context(), s, place)
	if err != nil || placed.Custody != secret.Kept {
		t.Fatalf("%+v: %v", placed, err)
	}
	vars, err := stash.ReadEnvFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := o.platform.SecretOf(issued.Key.ID)
	values := map[string]secret.Value{}
	for _, v := range vars {
		values[v.Name] = v.Value
	}
	if !values["API_KEY"].Equal(want) || !values["API_URL"].Equal(secret.New(o.Origin()+"/api/v1")) || !values["DEFAULT_WORKSPACE_NAME"].Equal(secret.New("claims-search")) {
		t.Errorf("the file has %d variables that don't fit", len(vars))
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v: %v", info.Mode(), err)
	}
	if _, _, err := o.CopyStashed(t.Context(), s, place); !errors.Is(err, stash.ErrHasKey) {
		t.Errorf("a second copy over it says %v", err)
	}
	if s, _ = o.Keeps().Find(t.Context(), "worker"); len(s.Where) != 2 {
		t.Errorf("the stash knows the places %v", s.Where)
	}
}

func TestNewRowTellsAbsentFromEmpty(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	at := func(d time.Duration) client.Field[time.Time] { return client.Some(now.Add(d)) }
	for _, c := range []struct {
		name                string
		key                 client.Key
		workspace           string
		typ, role, scope, s string
	}{
		{"three fields", client.Key{ID: "9f1c4e2a-1"}, "", "not shown", "not shown", "not shown", "not shown"},
		{"in a workspace's list", client.Key{ID: "1"}, "legal", "not shown", "not shown", "legal", "not shown"},
		{"never", client.Key{ID: "1", ExpiresAt: client.Null[time.Time]()}, "", "not shown", "not shown", "not shown", "active"},
		{"everywhere, null", client.Key{ID: "1", Workspaces: client.Null[[]client.WorkspaceRef](), ExpiresAt: at(time.Hour)}, "", "not shown", "not shown", "all workspaces", "expiring"},
		{"everywhere, empty", client.Key{ID: "1", Workspaces: client.Some([]client.WorkspaceRef{}), ExpiresAt: at(30 * 24 * time.Hour)}, "", "not shown", "not shown", "all workspaces", "active"},
		{"over since now", client.Key{ID: "1", Personal: client.Some(true), ExpiresAt: at(0)}, "", "personal", "not shown", "not shown", "expired"},
		{"role by id alone", client.Key{ID: "1", Role: client.Some(client.RoleRef{ID: "r1"}), Personal: client.Some(false)}, "", "service", "Indexer", "not shown", "not shown"},
		{"organization role", client.Key{ID: "1", OrganizationRole: client.Some("ADMIN")}, "", "not shown", "Admin", "not shown", "not shown"},
		{"two by id", client.Key{ID: "1", Workspaces: client.Some([]client.WorkspaceRef{{ID: "w1"}, {Name: "b"}})}, "", "not shown", "not shown", "2 workspaces", "not shown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := desk.NewRow(c.key, c.workspace, desk.Names{Roles: map[string]string{"r1": "Indexer"}, Workspaces: map[string]string{"w1": "a"}}, now)
			if r.Type != c.typ || r.Role != c.role || r.Scope != c.scope || string(r.Status) != c.s {
				t.Errorf("%q, %q, %q, %q", r.Type, r.Role, r.Scope, r.Status)
			}
		})
	}
}

func TestCommandThatReadsGivesTheKeyBack(t *testing.T) {
	o := open(t, "")
	file := filepath.Join(t.TempDir(), "store")
	script := filepath.Join(t.TempDir(), "put")
	if err := os.WriteFile(script, []byte("#!/bin/sh\ncat > "+file+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	commands := map[string]stash.CommandSpec{"store": {Command: []string{script}, Read: []string{"cat", file}, Timeout: 10 * time.Second}}
	d, err := desk.Open(desk.Options{
		APIURL: o.Origin(), Session: o.platform.SessionToken(), Journal: o.journal, Index: o.index, Keys: o.memory, Commands: commands,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	issued, err := d.Issue(t.Context(), order("stored", desk.Place{Kind: desk.InCommand, Command: "store"}), nil)
	if err != nil || !issued.Kept || issued.Places[0].Custody != secret.Kept {
		t.Fatalf("%+v: %v", issued.Places, err)
	}
	s, err := d.Keeps().Find(t.Context(), "stored")
	if err != nil || !s.Kept {
		t.Fatalf("kept %v: %v", s.Kept, err)
	}
	want, _ := o.platform.SecretOf(issued.Key.ID)
	if v, _, err := d.Keeps().Secret(t.Context(), s.Entry); err != nil || !v.Equal(want) {
		t.Errorf("the command gave another secret, or none: %v", err)
	}
	forgetful := desk.OpenStash(o.index, o.memory)
	if _, _, err := forgetful.Secret(t.Context(), s.Entry); !errors.Is(err, desk.ErrNotHere) {
		t.Errorf("without the command: %v", err)
	}
}

func TestSessionThatAServerSaysBackIsNotShown(t *testing.T) {
	o := open(t, "")
	session := o.platform.SessionToken()
	echo := func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/token") {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"data":[{"api_token_id":"k-1","seen_with":"` + strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ") + `"}],"has_more":false,"total":1}`))
		return true
	}
	o.before.Store(&echo)
	list, err := o.Keys(t.Context(), client.Scope{}, nil)
	if err != nil || len(list.Rows) != 1 {
		t.Fatalf("%d rows: %v", len(list.Rows), err)
	}
	shown := string(list.Rows[0].Key.Unknown["seen_with"])
	if shown == "" || session.Redact(shown) != shown {
		t.Error("the unknown field is lost, or shows the session")
	}
}
