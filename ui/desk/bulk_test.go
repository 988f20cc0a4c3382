package desk_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fob/client"
	"fob/client/audit"
	"fob/client/lifecycle"
	"fob/client/sandbox"
	"fob/config"
	"fob/config/stash"
	"fob/ui/desk"
)

// keysNamed are the organization's keys of those names.
func keysNamed(t *testing.T, d *desk.Desk, names ...string) (desk.List, []*desk.Row) {
	t.Helper()
	list, err := d.Keys(t.Context(), client.Scope{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var rows []*desk.Row
	for _, name := range names {
		row, err := desk.Find(list.Rows, name)
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return list, rows
}

func planned(p desk.BulkPlan) []string {
	var names []string
	for _, i := range p.Items {
		names = append(names, i.Row.Name)
	}
	return names
}

func TestPlanBeginsWithWhatWasSeenLongestAgo(t *testing.T) {
	o := open(t, "")
	list, rows := keysNamed(t, o.Desk, "ingest-prod", "ida-notebook", "export-2024", "ci-eval", "legacy-import-2016", "ingest-prod")
	around, why := o.Around(t.Context(), list, rows, true, nil)
	if why != "" {
		t.Fatal(why)
	}
	p := o.PlanBulk(o.Revocation(client.Scope{}), client.Scope{}, rows, around)
	if got, want := planned(p), []string{"export-2024", "legacy-import-2016", "ci-eval", "ingest-prod", "ida-notebook"}; !slices.Equal(got, want) {
		t.Errorf("the order is %v, want %v", got, want)
	}
	noon := p.Items[3].Last.At.Add(4 * time.Minute) // when ingest-prod was seen four minutes ago
	words := []string{"not seen", "seen 6 days ago", "seen 2 h ago", "seen 4 min ago", "cannot tell"}
	for n, i := range p.Items {
		if got := i.LastWords(noon.Add(time.Second)); got != words[n] {
			t.Errorf("%s: %q, want %q", i.Row.Name, got, words[n])
		}
		if used := i.InUse(); used != (n > 0) {
			t.Errorf("%s: in use %v", i.Row.Name, used)
		}
	}
	if p.Word() != "revoke 5" {
		t.Errorf("the word is %q", p.Word())
	}
	// Without a history, by name.
	p = o.PlanBulk(o.Revocation(client.Scope{}), client.Scope{}, rows, desk.Surroundings{})
	if got := planned(p); !slices.IsSorted(got) || p.Items[0].LastWords(o.Now()) != "not known" {
		t.Errorf("without a history: %v", got)
	}
}

func TestPlanWarnsBeforeTheLastAdminKey(t *testing.T) {
	o := open(t, "")
	list, rows := keysNamed(t, o.Desk, "terraform-admin", "backup-admin", "ida-cli", "ci-eval")
	whole := desk.Surroundings{Organization: list.Rows, Whole: true}
	member := "MEMBER"
	for name, c := range map[string]struct {
		action desk.BulkAction
		rows   []*desk.Row
		known  desk.Surroundings
		says   string
	}{
		"one of three":        {o.Revocation(client.Scope{}), rows[:1], whole, ""},
		"all three":           {o.Revocation(client.Scope{}), rows, whole, "the last 3 admin keys"},
		"all three, lowered":  {o.Editing(client.Change{OrganizationRole: &member}), rows, whole, "the last 3 admin keys"},
		"all three, kept so":  {o.Editing(client.Change{Name: &member}), rows, whole, ""},
		"none":                {o.Revocation(client.Scope{}), rows[3:], whole, ""},
		"the others unknown":  {o.Revocation(client.Scope{}), rows[:1], desk.Surroundings{}, "isn't known"},
		"another one is seen": {o.Revocation(client.Scope{}), rows[:1], desk.Surroundings{Organization: rows}, ""},
		"the last one":        {o.Revocation(client.Scope{}), rows[:1], desk.Surroundings{Organization: append(rows[:1:1], rows[3]), Whole: true}, "terraform-admin ("},
	} {
		t.Run(name, func(t *testing.T) {
			got := strings.Join(o.PlanBulk(c.action, client.Scope{}, c.rows, c.known).Warnings, "; ")
			if c.says == "" && got != "" || !strings.Contains(got, c.says) {
				t.Errorf("it says %q", got)
			}
		})
	}
}

// fob takes nothing away from the key that it works with, whether the secret names it or only fits it.
func TestPlanLeavesOutTheKeyThatFobUses(t *testing.T) {
	o := open(t, "")
	list, rows := keysNamed(t, o.Desk, "terraform-admin", "ci-eval", "export-2024")
	used, _ := o.platform.SecretOf(rows[0].Key.ID)
	d, err := desk.Open(desk.Options{
		APIURL: o.Origin(), Session: used, Journal: o.journal, Index: stash.NewMemoryIndex(), Keys: stash.NewMemory(), Location: time.UTC,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	if _, err := d.Who(t.Context()); err != nil {
		t.Fatal(err)
	}
	member, service := "MEMBER", false
	known := desk.Surroundings{Organization: list.Rows, Whole: true}
	for name, c := range map[string]struct {
		action desk.BulkAction
		out    int
	}{
		"revoke":      {d.Revocation(client.Scope{}), 1},
		"lower":       {d.Editing(client.Change{OrganizationRole: &member}), 1},
		"change type": {d.Editing(client.Change{Personal: &service}), 0},
	} {
		p := d.PlanBulk(c.action, client.Scope{}, rows, known)
		if len(p.LeftOut) != c.out || len(p.Items) != len(rows)-c.out {
			t.Errorf("%s: %d left out, %d in", name, len(p.LeftOut), len(p.Items))
		}
		if c.out == 1 && (p.LeftOut[0].Row != rows[0] || !strings.Contains(p.LeftOut[0].Skip, "fob is using this key")) {
			t.Errorf("%s: %s is left out: %s", name, p.LeftOut[0].Row.Name, p.LeftOut[0].Skip)
		}
	}
	if p := o.PlanBulk(o.Revocation(client.Scope{}), client.Scope{}, rows, known); len(p.LeftOut) != 0 {
		t.Error("a person's session is taken for a key")
	}
}

func TestEditWordsAndSteps(t *testing.T) {
	o := open(t, "")
	_, rows := keysNamed(t, o.Desk, "ida-notebook", "ci-eval", "export-2024", "qa-matrix")
	service := false
	action := o.Editing(client.Change{Personal: &service})
	p := o.PlanBulk(action, client.Scope{}, rows, desk.Surroundings{})
	if p.Word() != "edit 4" || action.What != "type becomes service" {
		t.Errorf("%q, %q", p.Word(), action.What)
	}
	if word := o.PlanBulk(action, client.Scope{}, rows[:3], desk.Surroundings{}).Word(); word != "" {
		t.Errorf("three take a yes, not %q", word)
	}
	report := o.RunBulk(t.Context(), p, nil)
	states := map[string]string{}
	for _, r := range report.Results {
		states[r.Item.Row.Name] = r.State
	}
	if states["ida-notebook"] != "changed" || states["ci-eval"] != "already so" || len(report.Left()) != 0 {
		t.Errorf("%v", states)
	}
	if _, ok, err := o.HaltedBulk(t.Context(), "edit"); ok || err != nil {
		t.Errorf("something is left: %v", err)
	}
}

// Two hundred keys: one is refused in the middle, then a person stops it, then fob dies in the rest, and it is gone on
// with until nothing is left. No key is asked for twice once it is gone.
func TestTwoHundredKeysStoppedCutOffAndGoneOnWith(t *testing.T) {
	var deletes, refused atomic.Int32
	var hook atomic.Pointer[func(n int32)]
	platform := sandbox.New(sandbox.Options{Seed: 1, Keys: 260, History: 10, Before: func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodDelete {
			return false
		}
		n := deletes.Add(1)
		if f := hook.Load(); f != nil {
			(*f)(n)
		}
		if n == 30 {
			refused.Add(1)
			http.Error(w, `{"detail":"not now"}`, http.StatusForbidden)
			return true
		}
		return false
	}})
	server, err := sandbox.Listen("127.0.0.1:0", platform)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close(context.Background()) })
	journal := config.NewMemoryJournal()
	d, err := desk.Open(desk.Options{
		APIURL: server.URL(), Session: platform.SessionToken(), Journal: journal, Index: stash.NewMemoryIndex(), Keys: stash.NewMemory(), Location: time.UTC,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	list, err := d.Keys(t.Context(), client.Scope{}, nil)
	if err != nil || len(list.Rows) < 200 {
		t.Fatalf("%d keys: %v", len(list.Rows), err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	at := func(n int32) {
		if n == 50 {
			stop()
		}
	}
	hook.Store(&at)
	told := 0
	p := d.PlanBulk(d.Revocation(client.Scope{}), client.Scope{}, list.Rows[:200], desk.Surroundings{})
	report := d.RunBulk(ctx, p, func(r desk.BulkResult) {
		if r.Index != told || r.Total != 200 {
			t.Errorf("result %d of %d, want %d", r.Index, r.Total, told)
		}
		told++
	})
	if told != 200 || deletes.Load() != 50 || len(report.Left()) != 151 || report.Results[49].State != "revoked" || report.Results[50].Tried() {
		t.Fatalf("%d told, %d sent, %d left", told, deletes.Load(), len(report.Left()))
	}
	h, ok, err := d.HaltedBulk(t.Context(), "revoke")
	if err != nil || !ok || len(h.Left) != 151 || h.Total != 200 || h.CutOff {
		t.Fatalf("%v, %v, %d left", ok, err, len(h.Left))
	}
	if _, ok, _ := d.HaltedBulk(t.Context(), "edit"); ok {
		t.Error("an edit is said to be halted")
	}
	// A second run dies after ten keys: its journal ends there.
	dying := config.NewMemoryJournal()
	for line := range journal.Lines() {
		_ = dying.Append(t.Context(), line)
	}
	rest := func(d *desk.Desk, ids []string) []*desk.Row {
		list, err := d.Keys(t.Context(), client.Scope{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		var rows []*desk.Row
		for _, r := range list.Rows {
			if slices.Contains(ids, r.Key.ID) {
				rows = append(rows, r)
			}
		}
		return rows
	}
	begun := len(lines(dying))
	second := d.PlanBulk(d.Revocation(client.Scope{}).Resuming(h), client.Scope{}, rest(d, h.Left), desk.Surroundings{})
	ten, cancel := context.WithCancel(t.Context())
	defer cancel()
	till := deletes.Load() + 10
	after := func(n int32) {
		if n == till {
			cancel()
		}
	}
	hook.Store(&after)
	d.RunBulk(ten, second, nil)
	whole := lines(journal)
	for _, line := range whole[begun : len(whole)-1] { // without its end
		_ = dying.Append(t.Context(), line)
	}
	hook.Store(nil)
	d2, err := desk.Open(desk.Options{
		APIURL: server.URL(), Session: platform.SessionToken(), Journal: dying, Index: stash.NewMemoryIndex(), Keys: stash.NewMemory(), Location: time.UTC,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d2.Close)
	h, ok, err = d2.HaltedBulk(t.Context(), "revoke")
	if err != nil || !ok || len(h.Left) != 141 || !h.CutOff {
		t.Fatalf("%v, %v, %d left, cut off %v", ok, err, len(h.Left), h.CutOff)
	}
	if said, err := d2.Unfinished(time.Time{}); err != nil || !slices.ContainsFunc(said, func(s string) bool {
		return strings.Contains(s, "fob revoke of 151 keys was cut off with 141 left") && strings.Contains(s, "fob revoke --resume")
	}) {
		t.Errorf("%q, %v", said, err)
	}
	if found := d2.LookBack(t.Context(), time.Time{}, false); found.Err != nil || !slices.ContainsFunc(found.Lines(), func(s string) bool {
		return strings.Contains(s, "fob revoke of 151 keys was cut off with 141 left")
	}) {
		t.Errorf("the next fob says %q, %v", found.Lines(), found.Err)
	}
	last := d2.RunBulk(t.Context(), d2.PlanBulk(d2.Revocation(client.Scope{}).Resuming(h), client.Scope{}, rest(d2, h.Left), desk.Surroundings{}), nil)
	if len(last.Left()) != 0 || deletes.Load() != 201 || refused.Load() != 1 {
		t.Errorf("%d left, %d sent", len(last.Left()), deletes.Load())
	}
	if _, ok, err := d2.HaltedBulk(t.Context(), "revoke"); ok || err != nil {
		t.Errorf("something is left: %v", err)
	}
	for _, r := range list.Rows[:200] {
		if _, lives := platform.SecretOf(r.Key.ID); lives {
			t.Fatalf("%s lives", r.Name)
		}
	}
}

func lines(j *config.MemoryJournal) [][]byte {
	var all [][]byte
	for line, err := range j.Lines() {
		if err == nil {
			all = append(all, line)
		}
	}
	return all
}

// Any action goes through the same plan: what it needs is a verb and something to do.
func TestPlanTakesAnyAction(t *testing.T) {
	o := open(t, "")
	_, rows := keysNamed(t, o.Desk, "ci-eval", "export-2024", "qa-matrix", "search-all")
	action := desk.BulkAction{
		Verb: "quarantine", Doing: "quarantining", Past: "quarantined",
		Judge: func(i *desk.BulkItem) {
			if i.Row.Name == "search-all" {
				i.Skip = "its role isn't known"
			}
		},
		Do: func(_ context.Context, i *desk.BulkItem) (desk.BulkResult, error) {
			if i.Row.Name == "qa-matrix" {
				return desk.BulkResult{State: "as it was"}, fmt.Errorf("no")
			}
			return desk.BulkResult{State: "quarantined"}, nil
		},
	}
	p := o.PlanBulk(action, client.Scope{}, rows, desk.Surroundings{})
	report := o.RunBulk(t.Context(), p, nil)
	if left := report.Left(); len(left) != 1 || left[0].Name != "qa-matrix" || len(p.LeftOut) != 1 || len(report.Results) != 3 {
		t.Errorf("%+v", report.Results)
	}
	h, ok, err := o.HaltedBulk(t.Context(), "quarantine")
	if err != nil || !ok || !slices.Equal(h.Left, []string{rows[2].Key.ID}) {
		t.Errorf("%+v: %v", h, err)
	}
	for e, err := range lifecycle.Entries(o.journal) {
		if err != nil || e.Origin != o.Origin() || e.Who == "" {
			t.Errorf("%+v: %v", e, err)
		}
	}
}

func TestCatchingWhatWasMadeOrUsed(t *testing.T) {
	o := open(t, "")
	list, err := o.Keys(t.Context(), client.Scope{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	last := len(list.Rows) - 1
	hidden := *list.Rows[last]
	hidden.Key.CreatedAt = client.Field[time.Time]{}
	list.Rows = append(slices.Clone(list.Rows[:last]), &hidden)
	names := func(c desk.Caught) (in, unclear []string) {
		for _, r := range c.Rows {
			in = append(in, r.Name)
		}
		for _, u := range c.Unclear {
			unclear = append(unclear, u.Row.Name)
			if u.Why == "" {
				t.Errorf("%s: no reason", u.Row.Name)
			}
		}
		return in, unclear
	}
	made, err := o.Catch(t.Context(), list, desk.Window{CreatedAfter: o.Now().Add(-40 * time.Hour)}, nil)
	in, unclear := names(made)
	if err != nil || !slices.Equal(in, []string{"chat-widget-beta"}) || !slices.Equal(unclear, []string{hidden.Name}) {
		t.Errorf("made: %v, unclear %v: %v", in, unclear, err)
	}
	// The instant counts, not its day: ci-eval was seen two hours ago.
	for hours, seen := range map[int]bool{1: false, 3: true} {
		used, err := o.Catch(t.Context(), list, desk.Window{UsedAfter: o.Now().Add(-time.Duration(hours) * time.Hour)}, nil)
		in, unclear := names(used)
		if err != nil || slices.Contains(in, "ci-eval") != seen || slices.Contains(unclear, "ci-eval") {
			t.Errorf("%d h: %v: %v", hours, in, err)
		}
		if !slices.Contains(in, "ingest-prod") || !slices.Contains(unclear, "ana-notebook") || slices.Contains(in, "export-2024") || slices.Contains(unclear, "export-2024") {
			t.Errorf("%d h: in %v, unclear %v", hours, in, unclear)
		}
		if q := used.Queries; q == nil || hours == 3 && used.Queries[rowOf(used, "ci-eval").Key.ID].Verdict != audit.Seen {
			t.Errorf("%d h: no queries", hours)
		}
	}
}

func rowOf(c desk.Caught, name string) *desk.Row {
	for _, r := range c.Rows {
		if r.Name == name {
			return r
		}
	}
	return &desk.Row{}
}

func TestMoments(t *testing.T) {
	o := open(t, "")
	if _, err := o.Who(t.Context()); err != nil { // the platform's clock is known from now on
		t.Fatal(err)
	}
	now := o.Now()
	near := func(a, b time.Time) bool { return a.Sub(b).Abs() < time.Minute }
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	for text, want := range map[string]time.Time{
		"2h": now.Add(-2 * time.Hour), "3d ago": now.Add(-72 * time.Hour), " 45min ": now.Add(-45 * time.Minute), "1W": now.Add(-168 * time.Hour),
		"2020-02-03": time.Date(2020, 2, 3, 0, 0, 0, 0, now.Location()), "2020-02-03T10:00:00+01:00": time.Date(2020, 2, 3, 9, 0, 0, 0, time.UTC),
		"2020-02-03 10:00": time.Date(2020, 2, 3, 10, 0, 0, 0, now.Location()), today.Format(time.DateOnly): today,
	} {
		if got, err := o.ParseMoment(text, false); err != nil || !near(got, want) {
			t.Errorf("%q is %s, want %s: %v", text, got, want, err)
		}
	}
	if got, err := o.ParseMoment("2020-02-03", true); err != nil || !near(got, time.Date(2020, 2, 4, 0, 0, 0, 0, now.Location())) {
		t.Errorf("the end of a day is %s: %v", got, err)
	}
	for _, text := range []string{"", "yesterday", "-2h", "2m", "999999w", "2999-01-01", "2999-01-01T00:00:00Z", "2020-13-01", "2h\x1b[2J"} {
		if got, err := o.ParseMoment(text, false); err == nil {
			t.Errorf("%q is taken for %s", text, got)
		}
	}
}
