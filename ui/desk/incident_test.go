package desk_test

import (
	"slices"
	"testing"
	"time"

	"fob/client"
	"fob/client/audit"
	"fob/ui/desk"
)

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
