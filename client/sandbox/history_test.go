package sandbox

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

const claimsHistory = "/workspaces/claims-search/search_history?"

func TestHistoryPagesBothWaysInBothOrders(t *testing.T) {
	f := newFixture(t, Options{History: 3000})
	whole := f.list(f.SessionToken(), claimsHistory).Total
	var down []string
	for _, order := range []string{"DESC", "ASC"} {
		byNumber := f.allByNumber(claimsHistory+"field=created_at&order="+order+"&", 333)
		var byCursor []string
		cursor := ""
		for more := true; more; {
			l := f.list(f.SessionToken(), claimsHistory+"limit=333&order="+order+cursor)
			byCursor = append(byCursor, ids(l)...)
			more = l.HasMore
			if n := len(l.Data); n > 0 {
				cursor = "&after=" + l.Data[n-1]["time"].(string)
			}
			if l.Total != whole {
				t.Fatalf("a page tells total %d, the first told %d", l.Total, whole)
			}
		}
		if len(byNumber) != whole || !slices.Equal(byNumber, byCursor) {
			t.Errorf("%s: %d by number, %d by cursor, total %d", order, len(byNumber), len(byCursor), whole)
		}
		if order == "DESC" {
			down = byNumber
		} else {
			slices.Reverse(byNumber)
			if !slices.Equal(byNumber, down) {
				t.Error("ASC isn't DESC turned round")
			}
		}
	}
	slices.Sort(down)
	if len(slices.Compact(down)) != whole {
		t.Error("an entry is shown twice")
	}
}

func TestHistoryFilters(t *testing.T) {
	f := newFixture(t, Options{History: 3000})
	all := f.list(f.SessionToken(), claimsHistory+"limit=1000")
	edge := all.Data[20]["time"].(string)
	between := strings.Replace(edge, "Z", "5Z", 1) // half a millisecond later
	for filter, want := range map[string]int{
		"created_at gt " + edge:                                20,
		"created_at ge " + edge:                                21,
		"created_at ge " + between:                             20,
		"created_at gt " + between:                             20,
		"created_at eq " + edge:                                1,
		"created_at eq " + between:                             0,
		"created_at le " + edge:                                all.Total - 20,
		"created_at le " + between:                             all.Total - 20,
		"created_at lt " + edge:                                all.Total - 21,
		"created_at lt " + between:                             all.Total - 20,
		"created_at ge " + edge + " and created_at le " + edge: 1,
		"created_at gt " + edge + " and created_at lt " + edge: 0,
		"created_at ge 2026-11-22T13:00:00+00:00":              0,
		"api_key eq 'nobody'":                                  0,
		"created_by eq ''":                                     0,
	} {
		if l := f.list(f.SessionToken(), claimsHistory+"filter="+escape(filter)); l.Total != want {
			t.Errorf("%s: %d entries, want %d", filter, l.Total, want)
		}
	}
	counts := map[string]int{"created_by eq 'ci-eval'": f.list(f.SessionToken(), claimsHistory+"filter="+escape("api_key eq 'ci-eval'")).Total}
	if counts["created_by eq 'ci-eval'"] == 0 {
		t.Error("ci-eval is not seen")
	}
	for _, e := range f.everyEntry("claims-search") {
		switch e["api_key"] {
		case nil:
			counts["api_key eq null"]++
			counts["created_by eq '"+e["user"].(map[string]any)["email"].(string)+"'"]++
		default:
			k := e["api_key"].(map[string]any)
			counts["api_key eq '"+k["id"].(string)+"'"]++
			counts["api_key eq "+k["id"].(string)]++ // unquoted, as a GUID may be
			if e["time"].(string) >= edge {
				counts["created_at ge "+edge+" and api_key eq '"+k["id"].(string)+"'"]++
			}
		}
	}
	if len(counts) < 10 {
		t.Errorf("only %d filters to try", len(counts))
	}
	for filter, want := range counts {
		if l := f.list(f.SessionToken(), claimsHistory+"limit=1&filter="+escape(filter)); l.Total != want {
			t.Errorf("%s: %d entries, want %d", filter, l.Total, want)
		}
	}
}

func (f *fixture) everyEntry(workspace string) (out []map[string]any) {
	for page, more := 1, true; more; page++ {
		l := f.list(f.SessionToken(), "/workspaces/"+workspace+"/search_history?limit=1000&page_number="+number(page))
		out, more = append(out, l.Data...), l.HasMore
	}
	return out
}

func TestPipelineHistories(t *testing.T) {
	f := newFixture(t, Options{History: 3000})
	want := map[string][2]int{}
	for _, e := range f.everyEntry("claims-search") {
		name := e["pipeline"].(map[string]any)["name"].(string)
		n, age := want[name], noon.Sub(at(t, e["time"]))
		if age <= recentSpan {
			n[0]++
		}
		if age > archiveDelay {
			n[1]++
		}
		want[name] = n
	}
	if len(want) != 3 {
		t.Errorf("there are %d pipelines", len(want))
	}
	for name, n := range want {
		path := "/workspaces/claims-search/pipelines/" + name
		recent := f.list(f.SessionToken(), path+"/search_history").Total
		archive := f.list(f.SessionToken(), path+"/search_history_archive").Total
		if recent != n[0] || archive != n[1] {
			t.Errorf("%s: %d recent and %d archived, want %v", name, recent, archive, n)
		}
	}
	f.want(404, f.SessionToken(), "GET /workspaces/claims-search/pipelines/none/search_history", "")
}

func TestHistoryRefusesFilters(t *testing.T) {
	f := newFixture(t, Options{})
	for _, filter := range []string{
		"", " ", "created_at", "created_at ge", "created_at ge yesterday", "created_at ge '2026-01-01T00:00:00Z'",
		"created_at like 2026-01-01T00:00:00Z", "created_at ge 2026-01-01T00:00:00Z or api_key eq 'x'",
		"created_at ge 2026-01-01T00:00:00Z and", "api_key ge 'x'", "api_key eq 'x", "colour eq 'red'", "'api_key' eq 'x'",
		"api_key eq 'x' 'and' api_key eq 'x'", strings.Repeat("x", filterLimit+1),
	} {
		got := f.want(400, f.SessionToken(), "GET "+claimsHistory+"filter="+escape(filter), "")
		if !strings.Contains(got.body, `"details"`) {
			t.Errorf("%q: %s", filter, got.body)
		}
	}
	f.want(400, f.SessionToken(), "GET "+claimsHistory+"field=status", "")
}

func TestFilterQuotes(t *testing.T) {
	c, err := parseFilter("api_key eq 'it''s and  not' and created_by eq ''''")
	if err != nil || len(c.apiKey) != 1 || c.apiKey[0].ref != "it's and  not" || c.createdBy[0] != "'" {
		t.Errorf("it is %+v, %v", c, err)
	}
	if c, err := parseFilter("api_key eq 'null'"); err != nil || c.apiKey[0].none {
		t.Errorf("a key called null is no key: %+v, %v", c, err)
	}
}

func TestHistoryShowsNoPersonForAServiceKey(t *testing.T) {
	f := newFixture(t, Options{})
	for _, e := range f.list(f.SessionToken(), claimsHistory+"limit=1000").Data {
		if (e["api_key"] == nil) == (e["user"] == nil) {
			t.Fatalf("the entry is of neither or of both: %v", e)
		}
	}
}

func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		"created_at ge 2026-08-24T00:00:00Z", "api_key eq 'x'", "api_key eq null", "created_by eq 'a''b'", "'", "''", "and and and",
		"created_at ge 2026-08-24T00:00:00.123456789+14:00 and created_at lt 9999-12-31T23:59:59Z and api_key eq ''",
		"created_at eq 0000-01-01T00:00:00Z", "\x00\xff \t 'é", "created_at le 2026-08-24T00:00:00Z  and\tcreated_by eq x",
	} {
		f.Add(seed)
	}
	h := &history{entries: settle(someEntries(50)), refs: []keyRef{{id: "x", name: "n"}}}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseFilter(text)
		if err != nil {
			return
		}
		found := h.pick(c, -1)
		for i := range found.len() {
			if e := found.entry(i); e.at < c.span.from || e.at >= c.span.to {
				t.Errorf("%q finds an entry at %d, outside of %v", text, e.at, c.span)
			}
		}
		if again, err := parseFilter(text + " and created_at ge 1970-01-01T00:00:00Z"); err != nil || h.pick(again, -1).len() != found.len() {
			t.Errorf("%q finds other entries when joined with what is always true: %v", text, err)
		}
	})
}

func someEntries(n int) []entry {
	random := rand.New(rand.NewPCG(1, 2))
	out := make([]entry, n)
	for i := range out {
		out[i] = entry{at: noon.Add(-time.Duration(random.IntN(50)) * minute).UnixMilli(), number: uint32(i), key: int32(i%2) - 1, person: int16(i%2) - 1}
	}
	return out
}
