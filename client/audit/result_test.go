package audit_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"fob/client"
	"fob/client/audit"
)

func TestCharts(t *testing.T) {
	in := world()
	add := func(id string, seen float64, ends client.Field[time.Time]) {
		k := key(id)
		k.ExpiresAt = ends
		in.Keys = append(in.Keys, k)
		if seen >= 0 {
			use(&in, id, seen)
		}
	}
	end := func(days float64) client.Field[time.Time] { return client.Some(ago(-days)) }
	add("a", 0, end(6.9))
	add("b", 1.9, end(7))
	add("c", 2, end(7.1))
	add("d", 7.9, end(30))
	add("e", 8, end(31))
	add("f", 30.9, end(90))
	add("g", 31, end(91))
	add("h", 90, client.Null[time.Time]())
	add("i", -1, client.Field[time.Time]{})
	add("j", -1, end(-1))
	in.Keys = append(in.Keys, with(func(k *client.Key) { k.CreatedAt, k.ExpiresAt = client.Some(ago(2)), end(300) })) // can't tell
	r := audit.Judge(in, audit.DefaultPolicy())
	want := audit.Charts{
		LastQuery: []audit.Bar{{"0-1", 2}, {"2-7", 2}, {"8-30", 2}, {"31-90", 2}, {"none", 2}},
		Expiries:  []audit.Bar{{"this week", 2}, {"this month", 2}, {"3 months", 2}, {"never", 1}},
	}
	if !reflect.DeepEqual(r.Charts, want) {
		t.Errorf("charts are %v, want %v", r.Charts, want)
	}
	in.Reading.From = ago(200)
	use(&in, "i", 100)
	if got := audit.Judge(in, audit.DefaultPolicy()).Charts.LastQuery; !slices.Contains(got, audit.Bar{Label: "91 and more", Count: 1}) {
		t.Errorf("a longer window gives %v", got)
	}
}

func TestWorstFirst(t *testing.T) {
	in := world()
	quiet := key("quiet")
	soon, sooner, idle := key("soon"), key("sooner"), key("idle")
	for n, k := range []*client.Key{&soon, &sooner, &idle} {
		k.ExpiresAt = client.Some(ago(-10 + float64(n)))
	}
	use(&in, "soon", 1)
	u := in.Reading.Keys["soon"]
	u.Seen = map[string]int{"claims": 900}
	in.Reading.Keys["soon"] = u
	use(&in, "sooner", 1)
	use(&in, "idle", 50)
	admin := key("admin")
	admin.OrganizationRole = client.Some("ADMIN")
	use(&in, "admin", 1)
	in.Keys = []client.Key{idle, sooner, admin, soon, quiet}
	r := audit.Judge(in, audit.DefaultPolicy())
	wantIDs(t, r.Findings, "quiet", "admin", "soon", "sooner", "idle")
	if r.Counts.Findings != 5 || r.Counts.High != 2 || r.Counts.Medium != 3 {
		t.Errorf("counts are %+v", r.Counts)
	}
	wantIDs(t, r.Only(nil, audit.High).Findings, "quiet", "admin")
	only := r.Only([]audit.RuleID{audit.RuleExpiresSoon}, "")
	wantIDs(t, only.Findings, "soon", "sooner", "idle")
	if only.Counts.Findings != 3 || only.Counts.High != 0 || only.Counts.Keys != 5 || len(r.Findings) != 5 {
		t.Errorf("narrowed counts are %+v of %d", only.Counts, len(r.Findings))
	}
}

func TestRulesAreSteady(t *testing.T) {
	for _, r := range audit.Rules() {
		if got, ok := audit.RuleOf(r.ID); !ok || got != r || r.Title == "" || r.Help == "" || r.Severity.Rank() == 0 {
			t.Errorf("rule %+v", r)
		}
		if want := r.ID != audit.RuleUnknownOrigin; r.On != want {
			t.Errorf("rule %s is on: %v", r.ID, r.On)
		}
	}
	if _, ok := audit.RuleOf("else"); ok || len(audit.Rules()) != 16 {
		t.Error("there are other rules")
	}
}

func TestDiff(t *testing.T) {
	in := world()
	in.Keys = []client.Key{key("stays"), key("goes"), key("wakes")}
	p := audit.DefaultPolicy()
	before := audit.Judge(in, p)
	if c := audit.Diff(before, before); !c.None() {
		t.Fatalf("nothing changed, and yet %+v", c)
	}
	later := world()
	later.Keys = []client.Key{key("stays"), key("wakes"), key("new")}
	use(&later, "wakes", 1)
	c := audit.Diff(before, audit.Judge(later, p))
	gone := func(all []audit.Gone) (s []string) {
		for _, g := range all {
			s = append(s, fmt.Sprint(g.KeyID, " ", g.Sure))
		}
		return s
	}
	wantIDs(t, c.NewFindings, "new")
	if got := gone(c.GoneFindings); !slices.Equal(got, []string{"goes true", "wakes true"}) {
		t.Errorf("gone are %q", got)
	}
	if len(c.Verdicts) != 1 || c.Verdicts[0].ID != "wakes" || c.Verdicts[0].Before != audit.NotSeen || c.Verdicts[0].After != audit.Seen {
		t.Errorf("verdicts are %+v", c.Verdicts)
	}
	if len(c.NewKeys) != 1 || c.NewKeys[0].ID != "new" || len(c.GoneKeys) != 1 || c.GoneKeys[0].ID != "goes" || c.Unsure != nil {
		t.Errorf("keys are %+v and %+v, %q", c.NewKeys, c.GoneKeys, c.Unsure)
	}
	cut(&later, "claims")
	c = audit.Diff(before, audit.Judge(later, p))
	if got := gone(c.GoneFindings); !slices.Equal(got, []string{"goes false", "stays false", "wakes false"}) || len(c.Unsure) != 1 {
		t.Errorf("with a part of the history, gone are %q, %q", got, c.Unsure)
	}
	// An exception takes a finding away for certain, and its end brings it back.
	p.Exceptions = []audit.Exception{{Key: "stays", Until: ago(-1)}}
	excepted := audit.Judge(in, p)
	if got := gone(audit.Diff(before, excepted).GoneFindings); !slices.Equal(got, []string{"stays true"}) {
		t.Errorf("an exception takes away %q", got)
	}
	wantIDs(t, audit.Diff(excepted, before).NewFindings, "stays")
}
