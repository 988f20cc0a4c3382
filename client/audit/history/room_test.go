package history

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fob/client"
)

type (
	httpWriter  = http.ResponseWriter
	httpRequest = http.Request
)

func TestRoomsThatCannotBeRead(t *testing.T) {
	w := open(t)
	keys := keysOf(2)
	for _, room := range []string{"open", "closed", "gone", "broken"} {
		w.busy(room, 10, keys[0])
	}
	w.status["closed"], w.status["gone"], w.status["broken"] = 403, 404, 591
	q := Request{Keys: keys, Workspaces: spaces("open", "closed", "gone")}
	r := read(t, w.reader(nil), q)
	if !r.Complete || r.Why != "" {
		t.Error("what may not be read is an answer:", r.Why)
	}
	for name, c := range r.Workspaces {
		if want := name == "open"; c.Readable != want || c.Complete != want || (c.Why == "") != want {
			t.Error(name, c)
		}
	}
	q.Workspaces = spaces("open", "broken")
	r = read(t, w.reader(nil), q)
	if c := r.Workspaces["broken"]; r.Complete || !strings.Contains(r.Why, "591") || !c.Readable || c.Complete {
		t.Error(r)
	}
	if r.Keys[keys[0].ID].Last != noon {
		t.Error("what the other room told is lost")
	}
}

func TestACredentialThatIsNoGoodEndsIt(t *testing.T) {
	w := open(t)
	names := make([]string, 50)
	for i := range names {
		names[i] = fmt.Sprint("room ", i)
		w.status[names[i]] = 401
	}
	r, err := w.reader(nil).Read(t.Context(), Request{Keys: keysOf(1), Workspaces: spaces(names...)}, nil)
	if !client.IsUnauthorized(err) || r.Complete || w.requests() > 3 {
		t.Error(err, r.Why, w.requests())
	}
}

func TestWhichRoomsAreLookedAt(t *testing.T) {
	w := open(t)
	byID := key(uuid(1), "by id")
	byID.Workspaces = client.Some([]client.WorkspaceRef{{ID: "id of a"}})
	lost := key(uuid(2), "lost", "a", "nowhere")
	hidden := key(uuid(3), "hidden")
	hidden.Workspaces = client.Field[[]client.WorkspaceRef]{}
	for name, c := range map[string]struct {
		q    Request
		want []string
	}{
		"by id":           {Request{Keys: []client.Key{byID}}, []string{"a"}},
		"lost":            {Request{Keys: []client.Key{lost}}, []string{"a", "nowhere"}},
		"not shown":       {Request{Keys: []client.Key{hidden}}, []string{"a", "b"}},
		"everywhere":      {Request{Keys: keysOf(1)}, []string{"a", "b"}},
		"only":            {Request{Keys: keysOf(1), Only: []string{"b"}}, []string{"b"}},
		"only what isn't": {Request{Keys: keysOf(1), Only: []string{"b", "c"}}, []string{"b", "c"}},
		"of":              {Request{Keys: []client.Key{byID, hidden}, Of: []string{uuid(1)}}, []string{"a"}},
	} {
		c.q.Workspaces = spaces("a", "b")
		r := read(t, w.reader(nil), c.q)
		got := []string{}
		for _, n := range []string{"a", "b", "c", "nowhere"} {
			if cov, ok := r.Workspaces[n]; ok {
				got = append(got, n)
				if cov.Readable != (n == "a" || n == "b") {
					t.Error(name, n, cov)
				}
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Error(name, diff)
		}
	}
}

// TestOddEntriesAreSaid has entries without a time and elements that aren't entries.
func TestOddEntriesAreSaid(t *testing.T) {
	for _, odd := range []string{`null`, `{"search_history_id":"x","api_key":"k"}`, `{"search_history_id":"x","time":"soon"}`} {
		w := open(t)
		w.before = func(_ int, rw httpWriter, _ *httpRequest) bool {
			rw.Header().Set("Content-Type", "application/json")
			fmt.Fprint(rw, `{"data":[{"search_history_id":"e","time":"2026-06-15T11:00:00Z","api_key":"`+uuid(0)+`"},`+odd+`],"has_more":false,"total":2}`)
			return true
		}
		for _, depth := range []Depth{Last, Full} {
			r := read(t, w.reader(nil), Request{Keys: keysOf(2), Workspaces: spaces("a"), Depth: depth})
			if r.Complete || r.Workspaces["a"].Complete || !strings.Contains(r.Why, "can't be read") || len(r.Keys) != 1 {
				t.Error(odd, r)
			}
		}
	}
}

// TestPagesThatAreTooLongAreMadeShorter has answers that break off beyond a number of entries.
func TestPagesThatAreTooLongAreMadeShorter(t *testing.T) {
	for _, timely := range []string{"obeyed", "ignored"} {
		w := open(t)
		w.timely = timely
		keys := keysOf(3)
		w.busy("a", 700, keys...)
		w.before = func(_ int, rw httpWriter, r *httpRequest) bool {
			if n := r.URL.Query().Get("limit"); n != "1000" && (n != "200" || r.URL.Query().Get("page_number") == "1") {
				return false
			}
			rw.Header().Set("Content-Type", "text/html")
			fmt.Fprint(rw, "<html>")
			return true
		}
		r := w.reader(nil)
		r.PageSize = 0
		got := read(t, r, Request{Keys: keys, Workspaces: spaces("a"), Depth: Full})
		if !got.Complete || got.Keys[keys[0].ID].Seen["a"] != 234 || got.Keys[keys[2].ID].Seen["a"] != 233 {
			t.Error(timely, got.Why, got.Keys)
		}
	}
}

func TestManyEntriesOfOneInstant(t *testing.T) {
	for _, ids := range []bool{true, false} {
		w := open(t)
		keys := keysOf(23)
		for i, k := range keys {
			f := fact{id: fmt.Sprint("e", i), at: noon.Add(-day), key: k.ID}
			if !ids {
				f.id = ""
			}
			w.rooms["a"] = append(w.rooms["a"], f)
		}
		w.busy("a", 7, keys[0])
		for _, depth := range []Depth{Last, Full} {
			r := read(t, w.reader(nil), Request{Keys: keys, Workspaces: spaces("a"), Depth: depth})
			if !r.Complete || len(r.Keys) != 23 || depth == Full && r.Keys[keys[0].ID].Seen["a"] != 8 {
				t.Error(ids, depth, len(r.Keys), r.Why, r.Keys[keys[0].ID])
			}
		}
	}
}

// TestAnOrderThatChangesIsNoticed has more entries of one instant than a page holds, in another order each time.
func TestAnOrderThatChangesIsNoticed(t *testing.T) {
	w := open(t)
	w.unsteady = true
	keys := keysOf(200)
	for i, k := range keys {
		w.rooms["a"] = append(w.rooms["a"], fact{id: fmt.Sprintf("%08d", i*7919), at: noon.Add(-day), key: k.ID})
	}
	for _, timely := range []string{"obeyed", "ignored"} {
		w.timely = timely
		r := read(t, w.reader(nil), Request{Keys: keys, Workspaces: spaces("a"), Depth: Full})
		if len(r.Keys) < len(keys) && r.Complete {
			t.Error(timely, "missed some, and said nothing")
		}
		if r.Complete || !strings.Contains(r.Why, "another order") {
			t.Error(timely, r.Why)
		}
	}
}

func TestAPlatformWithoutEnd(t *testing.T) {
	for name, body := range map[string]string{
		"repeats": `{"data":[{"search_history_id":"e","time":"2026-06-15T11:00:00Z"}],"has_more":true}`,
		"nothing": `{"data":[],"has_more":true}`,
		"no ids":  `{"data":[{"time":"2026-06-15T11:00:00Z"}],"has_more":true}`,
		"later":   `{"data":[{"search_history_id":"e","time":"2026-06-15T13:00:00Z"}],"has_more":true}`,
	} {
		w := open(t)
		w.before = func(_ int, rw httpWriter, _ *httpRequest) bool {
			rw.Header().Set("Content-Type", "application/json")
			fmt.Fprint(rw, body)
			return true
		}
		for _, depth := range []Depth{Last, Full} {
			if r := read(t, w.reader(nil), Request{Keys: keysOf(1), Workspaces: spaces("a"), Depth: depth}); r.Complete {
				t.Error(name, depth, r)
			}
		}
	}
}

func TestTheOldestEntry(t *testing.T) {
	w := open(t)
	w.busy("a", 30, key(uuid(1), "k"))
	w.rooms["a"] = append(w.rooms["a"], fact{id: "o", at: noon.Add(-200 * day)})
	w.rooms["b"] = nil
	r := read(t, w.reader(nil), Request{Keys: keysOf(1), Workspaces: spaces("a", "b")})
	if r.Workspaces["a"].Oldest != noon.Add(-200*day) || !r.Workspaces["b"].Oldest.IsZero() || !r.Workspaces["b"].Complete {
		t.Error(r.Workspaces)
	}
	if w.count("b ") != 1 {
		t.Error("an empty history takes one request", w.asked)
	}
}

// TestAFilterForAnotherTimeThanTheOneShown would skip entries at the end of every page.
func TestAFilterForAnotherTimeThanTheOneShown(t *testing.T) {
	w := open(t)
	w.skew = 3 * time.Minute
	keys := keysOf(30)
	w.busy("a", 30, keys...)
	for _, depth := range []Depth{Last, Full} {
		r := read(t, w.reader(nil), Request{Keys: keys, Workspaces: spaces("a"), Depth: depth})
		if !r.Complete || len(r.Keys) != 30 {
			t.Error(depth, len(r.Keys), r.Why)
		}
	}
}

// TestAnOrderThatIsNotObeyed has a platform that gives the newest entry where the oldest is asked for.
func TestAnOrderThatIsNotObeyed(t *testing.T) {
	w := open(t)
	w.upward = true
	w.busy("a", 30, keysOf(2)...)
	r := read(t, w.reader(nil), Request{Keys: keysOf(2), Workspaces: spaces("a"), Depth: Full})
	if c := r.Workspaces["a"]; c.Oldest.After(noon.Add(-29 * time.Minute)) {
		t.Error("entries were read that are older than the oldest:", c.Oldest)
	}
}

// TestTheReadingIsFrozenAtItsStart looks at every request but the ones for the ends of the history.
func TestTheReadingIsFrozenAtItsStart(t *testing.T) {
	w := open(t)
	keys := keysOf(4)
	w.busy("a", 60, keys[0], keys[1])
	w.rooms["a"] = append(w.rooms["a"], fact{id: "after", at: noon.Add(time.Second), key: keys[2].ID})
	for _, depth := range []Depth{Last, Full} {
		w.forget()
		r := read(t, w.reader(nil), Request{Keys: keys, Workspaces: spaces("a"), Depth: depth})
		if len(r.Keys) != 2 || !r.To.Equal(noon) || !r.From.Equal(time.Date(2026, 3, 17, 0, 0, 0, 0, time.UTC)) {
			t.Error(r)
		}
		for _, q := range w.asked[1:] { // the first is for the oldest entry
			_, until, _ := strings.Cut(q, " and created_at le ")
			word := strings.Fields(until)
			at, err := time.Parse(time.RFC3339, word[0])
			if err != nil || at.After(noon) || word[len(word)-1] != "1" {
				t.Error("not frozen, or a deep page:", q)
			}
		}
	}
}

func TestProgress(t *testing.T) {
	w := open(t)
	keys := keysOf(30)
	for _, room := range []string{"a", "b", "c", "d"} {
		w.busy(room, 100, keys...)
	}
	var last Progress
	inside := make(chan struct{}, 1)
	r, err := w.reader(nil).Read(t.Context(), Request{Keys: keys, Workspaces: spaces("a", "b", "c", "d"), Depth: Full}, func(p Progress) {
		inside <- struct{}{} // would block for ever if two were told at a time and one of them waited
		defer func() { <-inside }()
		if p.Workspaces != 4 || p.Done < last.Done || p.Requests < last.Requests || p.Entries < last.Entries || p.Left < 0 {
			t.Error(last, p)
		}
		last = p
	})
	if err != nil || last.Done != 4 || last.Left != 0 || last.Requests != r.Requests || last.Entries < 400 {
		t.Error(err, last)
	}
}

func TestSeveralPartsOfOneRoom(t *testing.T) {
	w := open(t)
	keys := keysOf(5)
	w.busy("a", 2000, keys...)
	var most, now int
	platform := gate{w.client, func(in bool) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if !in {
			now--
			return
		}
		if now++; now > most {
			most = now
		}
	}}
	r := w.reader(nil)
	r.Platform = platform
	got := read(t, r, Request{Keys: keys, Workspaces: spaces("a"), Depth: Full})
	for _, k := range keys {
		if got.Keys[k.ID].Seen["a"] != 400 {
			t.Error(got.Keys[k.ID])
		}
	}
	if most > 3 || most < 2 || got.Requests > 600 {
		t.Error("at a time:", most, "requests:", got.Requests)
	}
}

// gate tells of every request that is under way.
type gate struct {
	Platform
	tell func(in bool)
}

func (g gate) HistoryPage(ctx context.Context, workspace string, q client.HistoryQuery, n int) (client.HistoryPage, error) {
	g.tell(true)
	defer g.tell(false)
	return g.Platform.HistoryPage(ctx, workspace, q, n)
}

func TestSpans(t *testing.T) {
	at := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Second) }
	rapid.Check(t, func(t *rapid.T) {
		var all spans
		var in [40]bool
		for range rapid.IntRange(0, 8).Draw(t, "n") {
			from, to := rapid.IntRange(0, 39).Draw(t, "from"), rapid.IntRange(0, 40).Draw(t, "to")
			all = all.with(span{at(from), at(to)})
			for i := from; i < to; i++ {
				in[i] = true
			}
		}
		from := rapid.IntRange(0, 39).Draw(t, "a")
		w := span{at(from), at(rapid.IntRange(from, 40).Draw(t, "b"))}
		gaps := all.gaps(w)
		inside := all.within(w)
		for i := range in {
			holes, covers := 0, 0
			for _, g := range gaps {
				if g.has(at(i)) {
					holes++
				}
			}
			for _, s := range inside {
				if s.has(at(i)) {
					covers++
				}
			}
			if want := w.has(at(i)); (holes == 1) != (want && !in[i]) || (covers == 1) != (want && in[i]) {
				t.Fatal(i, all, w, gaps, inside)
			}
		}
		for i := range gaps {
			if i > 0 && !gaps[i].to.Before(gaps[i-1].from) {
				t.Fatal("gaps touch or aren't newest first")
			}
		}
	})
}
