package desk_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fob/client"
	"fob/client/audit"
	"fob/client/lifecycle"
	"fob/client/sandbox"
	"fob/client/secret"
	"fob/config"
	"fob/config/stash"
	"fob/ui/desk"
)

// story is an office whose clock is moved by the test, with a key that lies in the keyring and in a file.
type story struct {
	*office
	clock    atomic.Pointer[time.Time]
	commands map[string]config.CommandDestination
	issued   desk.Issued
	file     string
}

func (s *story) now() time.Time { return *s.clock.Load() }

func (s *story) pass(d time.Duration) {
	at := s.now().Add(d)
	s.clock.Store(&at)
}

// begin serves a sandbox whose history moves with the clock, and issues the key that is going to be rotated.
func begin(t *testing.T, places ...desk.Place) *story {
	t.Helper()
	s := &story{office: &office{index: stash.NewMemoryIndex(), journal: config.NewMemoryJournal(), memory: stash.NewMemory()}}
	at := time.Now().UTC().Truncate(time.Second)
	s.clock.Store(&at)
	s.platform = sandbox.New(sandbox.Options{Seed: 1, History: 2000, Now: s.now, Before: func(w http.ResponseWriter, r *http.Request) bool {
		before := s.before.Load()
		return before != nil && (*before)(w, r)
	}})
	server, err := sandbox.Listen("127.0.0.1:0", s.platform)
	if err != nil {
		t.Fatal(err)
	}
	s.commands = map[string]config.CommandDestination{}
	s.Desk, err = desk.Open(desk.Options{
		APIURL: server.URL(), Session: s.platform.SessionToken(), Journal: s.journal, Index: s.index, Keys: s.memory,
		Location: time.UTC, Commands: s.commands,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		if err := server.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	s.file = filepath.Join(t.TempDir(), "service.env")
	o := order("ingest", append([]desk.Place{{Kind: desk.InKeyring}, {Kind: desk.InEnvFile, Path: s.file}}, places...)...)
	roles, err := s.Roles(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range roles {
		if r.Name == "Search user" {
			o.Draft.RoleID = r.ID
		}
	}
	if s.issued, err = s.Issue(t.Context(), o, nil); err != nil {
		t.Fatal(err)
	}
	s.Leave(s.issued.Account)
	s.pass(time.Hour)
	return s
}

// has tells which key the file has, by its id.
func (s *story) has(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(s.file)
	if err != nil {
		t.Fatal(err)
	}
	list, err := s.Keys(t.Context(), client.Scope{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list.Rows {
		if v, ok := s.platform.SecretOf(r.Key.ID); ok && v.Redact(string(text)) != string(text) {
			return r.Key.ID
		}
	}
	return ""
}

func (s *story) rotate(t *testing.T, o desk.RotationOptions) desk.Rotating {
	t.Helper()
	p, err := s.PlanRotation(t.Context(), s.named(t, s.issued.Key.ID), o)
	if err != nil || len(p.Unknown) != 0 {
		t.Fatal(err, p.Unknown)
	}
	r, err := s.BeginRotation(t.Context(), p, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (s *story) status(t *testing.T) desk.Rotating {
	t.Helper()
	all, err := s.RotationStatus(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatal(err, len(all))
	}
	return all[0]
}

// A rotation from its plan to its end, with time passing between: the old key is seen, falls silent, and goes.
func TestARotationThroughTime(t *testing.T) {
	s := begin(t)
	old := s.issued.Key.ID
	s.platform.Ask(old, "claims-search", s.now().Add(-time.Minute))
	p, err := s.PlanRotation(t.Context(), s.named(t, "ingest"), desk.RotationOptions{})
	if err != nil || p.Name != "ingest~2" || p.Role != "Search user" || len(p.Spots) != 1 || p.Overlap != 7*24*time.Hour {
		t.Fatalf("%v, %+v", err, p)
	}
	r, err := s.BeginRotation(t.Context(), p, nil)
	if err != nil || r.Stage != desk.RotationWaiting || !r.Spots[0].Done || r.NewID == "" || r.Issued == nil || !r.Issued.Kept {
		t.Fatalf("%v, %+v", err, r)
	}
	if len(s.Holder().Unsaved()) != 0 {
		t.Error("the new key counts as unsaved")
	}
	if has := s.has(t); has != r.NewID {
		t.Errorf("the file has %q, not the new key", has)
	}
	entries, _ := s.index.Entries(t.Context())
	if len(entries) != 2 || len(entries[0].Places) != 1 || len(entries[1].Places) != 2 || entries[1].KeyID != r.NewID {
		t.Errorf("the index has %+v", entries)
	}

	// A straggler still works with the old key.
	s.pass(time.Hour)
	if !s.platform.Ask(old, "claims-search", s.now()) || !s.platform.Ask(r.NewID, "claims-search", s.now().Add(time.Second)) {
		t.Fatal("the sandbox notes nothing")
	}
	s.pass(time.Minute)
	st := s.status(t)
	if st.Seen.Verdict != lifecycle.KeySeen || st.Seen.Workspace != "claims-search" || st.Silent || st.Suggested ||
		!slices.Equal(st.Doubts, []desk.Doubt{lifecycle.OverlapRuns, lifecycle.StillSeen}) {
		t.Errorf("%+v, %+v", st, st.Seen)
	}
	var doubts *desk.NotReadyError
	if _, err := s.FinishRotation(t.Context(), r.ID, false); !errors.As(err, &doubts) {
		t.Fatalf("%v", err)
	}
	if s.replaced(t) {
		t.Error("the audit finds the old key while it waits")
	}

	s.pass(8 * 24 * time.Hour)
	st = s.status(t)
	if !st.Silent || !st.Suggested || len(st.Doubts) != 0 || !st.SilentSince.After(st.PlacedAt) {
		t.Errorf("%+v, %+v", st, st.Seen)
	}
	if !s.replaced(t) {
		t.Error("the overlap is over, and the audit doesn't find the old key")
	}
	revoked, err := s.FinishRotation(t.Context(), r.ID, false)
	if err != nil || revoked.State != desk.Gone {
		t.Fatalf("%v, %s", err, revoked.State)
	}
	if all, _ := s.RotationStatus(t.Context()); len(all) != 0 {
		t.Errorf("still open: %+v", all)
	}
	if _, ok := s.platform.SecretOf(old); ok || s.has(t) != r.NewID {
		t.Error("the old key is alive, or the new one isn't where it was")
	}

	// The third of its line.
	if p, err := s.PlanRotation(t.Context(), s.named(t, r.NewID), desk.RotationOptions{}); err != nil || p.Name != "ingest~3" || len(p.Spots) != 1 {
		t.Errorf("%v, %+v", err, p)
	}
}

// replaced tells whether the audit finds the old key replaced and alive.
func (s *story) replaced(t *testing.T) bool {
	t.Helper()
	policy := audit.DefaultPolicy()
	policy.Rules[audit.RuleReplacedStillAlive] = audit.Setting{On: true, Severity: audit.High}
	a, err := s.Audit(t.Context(), desk.AuditQuestion{Policy: &policy, Days: 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(a.Result.Findings, func(f audit.Finding) bool {
		return f.Rule == audit.RuleReplacedStillAlive && f.KeyID == s.issued.Key.ID
	})
}

func TestARotationIsAbandoned(t *testing.T) {
	s := begin(t)
	r := s.rotate(t, desk.RotationOptions{})
	out, err := s.AbandonRotation(t.Context(), r.ID, "", false)
	if err != nil || out.Revoked.State != desk.Gone || len(out.Returned) != 1 {
		t.Fatalf("%v, %+v", err, out)
	}
	if has := s.has(t); has != s.issued.Key.ID {
		t.Errorf("the file has %q, not the old key", has)
	}
	if all, _ := s.Rotations(); len(all) != 1 || all[0].Stage != desk.RotationAbandoned {
		t.Errorf("%+v", all)
	}
	entries, _ := s.index.Entries(t.Context())
	if len(entries[0].Places) != 2 || entries[1].RevokedAt == nil {
		t.Errorf("the index has %+v", entries)
	}
}

// A file with another key by now is somebody's: it is left alone and named, and the old key isn't suggested to go.
func TestAFileWithAnotherKeyIsLeftAlone(t *testing.T) {
	s := begin(t)
	p, err := s.PlanRotation(t.Context(), s.named(t, "ingest"), desk.RotationOptions{Overlap: -1})
	if err != nil {
		t.Fatal(err)
	}
	other := "API_KEY=" + madeUp(map[string]any{"exp": 1900000000}) + "\n"
	if err := os.WriteFile(s.file, []byte(other), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := s.BeginRotation(t.Context(), p, nil)
	if err != nil || r.Spots[0].Done || !strings.Contains(r.Spots[0].Error, "another key") {
		t.Fatalf("%v, %+v", err, r.Spots)
	}
	if text, _ := os.ReadFile(s.file); string(text) != other {
		t.Error("the file was changed")
	}
	if st := s.status(t); st.Suggested || !slices.Contains(st.Doubts, lifecycle.NotPlaced) {
		t.Errorf("%+v", st)
	}
}

// The file had the only copy of the old key: it is set aside before it is replaced, so that the way back is open.
func TestTheOnlyCopyIsSetAside(t *testing.T) {
	s := begin(t)
	if err := s.memory.Delete(t.Context(), s.issued.Account); err != nil {
		t.Fatal(err)
	}
	err := s.index.Update(t.Context(), s.issued.Account, func(e *stash.Entry) error {
		e.Places = slices.DeleteFunc(e.Places, func(p stash.Place) bool { return p.Kind == stash.KindKeyring })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	r := s.rotate(t, desk.RotationOptions{})
	if _, err := s.memory.Get(t.Context(), s.issued.Account); err != nil {
		t.Errorf("the old key is nowhere: %v", err)
	}
	if _, err := s.AbandonRotation(t.Context(), r.ID, "", false); err != nil || s.has(t) != s.issued.Key.ID {
		t.Errorf("%v", err)
	}
}

// A command is handed the new key under the name that it knows the old one by: that is where programs look for it.
func TestACommandIsHandedTheNewKey(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs sh")
	}
	box := t.TempDir()
	vault := desk.Place{Kind: desk.InCommand, Command: "vault"}
	spec := config.CommandDestination{
		Command: []string{"sh", "-c", `cat > "$0/$1"`, box, "{name}"}, Read: []string{"sh", "-c", `cat "$0/$1"`, box, "{name}"},
	}
	s := begin(t)
	s.commands["vault"] = spec
	kept, err := s.Keeps().Find(t.Context(), "ingest")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.CopyStashed(t.Context(), kept, vault); err != nil {
		t.Fatal(err)
	}
	r := s.rotate(t, desk.RotationOptions{})
	if len(r.Spots) != 2 || !r.Spots[0].Done || !r.Spots[1].Done {
		t.Fatalf("%+v", r.Spots)
	}
	files, _ := os.ReadDir(box)
	text, _ := os.ReadFile(filepath.Join(box, "ingest"))
	if v, _ := s.platform.SecretOf(r.NewID); len(files) != 1 || v.Redact(string(text)) != "[secret]" {
		t.Errorf("%d files, and the new key isn't under the old name", len(files))
	}
	// Without the keyring it is read from there, under that name.
	if err := s.memory.Delete(t.Context(), r.Issued.Account); err != nil {
		t.Fatal(err)
	}
	fresh, err := s.Keeps().Find(t.Context(), r.NewID)
	if err != nil {
		t.Fatal(err)
	}
	fresh.Entry.Places = slices.DeleteFunc(fresh.Entry.Places, func(p stash.Place) bool { return p.Kind == stash.KindEnvFile })
	if _, p, err := s.Keeps().Secret(t.Context(), fresh.Entry); err != nil || p.As != "ingest" {
		t.Errorf("%v, from %+v", err, p)
	}
}

// The answer to the create never came: the rotation waits for what is found, and no second key is made.
func TestARotationWhoseAnswerIsLost(t *testing.T) {
	s := begin(t)
	p, err := s.PlanRotation(t.Context(), s.named(t, "ingest"), desk.RotationOptions{})
	if err != nil {
		t.Fatal(err)
	}
	posts := 0
	lose := func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost {
			return false
		}
		posts++
		s.before.Store(nil)
		s.platform.ServeHTTP(discard{http.Header{}}, r)
		panic(http.ErrAbortHandler)
	}
	s.before.Store(&lose)
	r, err := s.BeginRotation(t.Context(), p, nil)
	var failed *desk.IssueError
	if !errors.As(err, &failed) || r.Stage != desk.RotationMaking {
		t.Fatalf("%v, %+v", err, r)
	}
	if _, err := s.ResumeRotation(t.Context(), r.ID, nil, nil); !errors.Is(err, desk.ErrUnresolved) || posts != 1 {
		t.Fatalf("%v, %d requests", err, posts)
	}
	all, err := s.Orphans(t.Context())
	if err != nil || len(all) != 1 || all[0].Fate != desk.FateOrphaned || all[0].Key == nil || all[0].Rotation != r.ID {
		t.Fatalf("%v, %+v", err, all)
	}
	if _, err := s.RevokeOrphan(t.Context(), all[0], ""); !errors.Is(err, desk.ErrNotCertain) {
		t.Errorf("unasked: %v", err)
	}
	if done, err := s.RevokeOrphan(t.Context(), all[0], all[0].Key.Key.ID); err != nil || done.State != desk.Gone {
		t.Fatalf("%v, %s", err, done.State)
	}
	again, err := s.ResumeRotation(t.Context(), r.ID, nil, nil)
	if err != nil || again.Stage != desk.RotationWaiting || s.has(t) != again.NewID {
		t.Errorf("%v, %+v", err, again)
	}
	if all, err := s.Orphans(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("%v, %+v", err, all)
	}
}

// A keyring that gives back something else than it was given gives nothing to be put into a file.
func TestALyingKeyringReachesNoFile(t *testing.T) {
	s := begin(t)
	p, err := s.PlanRotation(t.Context(), s.named(t, "ingest"), desk.RotationOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.BeginRotation(t.Context(), p, func(at lifecycle.Step) {
		if at.Stage != lifecycle.Done {
			return
		}
		entries, err := s.index.Entries(t.Context())
		if err != nil {
			t.Error(err)
		}
		for _, e := range entries {
			if err := s.memory.Put(t.Context(), e.Account, secret.New("something else")); err != nil {
				t.Error(err)
			}
		}
	})
	if err != nil || r.Spots[0].Done || !strings.Contains(r.Spots[0].Error, "another key") {
		t.Errorf("%v, %+v", err, r.Spots)
	}
	if has := s.has(t); has != s.issued.Key.ID {
		t.Errorf("the file has %q, not the old key", has)
	}
}
