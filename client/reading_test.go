package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// shelf is a list of keys, newest first, that can change between two requests.
type shelf struct {
	mu      sync.Mutex
	ids     []string
	total   func(n int) string // what is announced; nil: the truth
	most    int                // items a page; 0: as many as are asked for
	bare    bool
	deaf    bool                            // takes no notice of a cursor
	refuses int                             // status for a cursor; 0: understands it
	change  func(s *shelf, n int, q string) // before the nth answer
}

func (s *shelf) answer(n int, w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.change != nil {
		s.change(s, n, r.URL.RawQuery)
	}
	q := r.URL.Query()
	size, _ := strconv.Atoi(q.Get("limit"))
	if s.most > 0 {
		size = min(size, s.most)
	}
	from := 0
	if p := q.Get("page_number"); p != "" {
		at, _ := strconv.Atoi(p)
		from = (at - 1) * size
	}
	if b := q.Get("before"); b != "" && !s.deaf {
		if from = slices.Index(s.ids, b) + 1; s.refuses != 0 || from == 0 {
			write(w, max(s.refuses, 404), "application/json", `{"detail":"no such item"}`)
			return
		}
	}
	from = min(from, len(s.ids))
	to := min(from+size, len(s.ids))
	var items []string
	for _, id := range s.ids[from:to] {
		items = append(items, `{"api_token_id":"`+id+`"}`)
	}
	list := "[" + strings.Join(items, ",") + "]"
	if s.bare {
		write(w, 200, "application/json", list)
		return
	}
	total := strconv.Itoa(len(s.ids))
	if s.total != nil {
		total = s.total(n)
	}
	write(w, 200, "application/json", fmt.Sprintf(`{"data":%s,"has_more":%t,"total":%s}`, list, to < len(s.ids), total))
}

func numbered(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("k%05d", n-i)
	}
	return ids
}

func idsOf(keys []Key) []string {
	ids := make([]string, len(keys))
	for i := range keys {
		ids[i] = keys[i].ID
	}
	return ids
}

// screen is what somebody shows who follows the progress.
type screen struct {
	ids      []string
	restarts int
}

func (s *screen) follow(p Progress[Key]) {
	if p.Restart {
		s.ids, s.restarts = nil, s.restarts+1
	}
	s.ids = append(s.ids, idsOf(p.More)...)
}

func TestPagesInOrder(t *testing.T) {
	for _, n := range []int{0, 1, 99, 100, 101, 250, 1234} {
		for _, concurrency := range []int{1, 2, 6} {
			s := &shelf{ids: numbered(n)}
			p := serve(t, s.answer, func(o *Options) { o.Concurrency = concurrency })
			var seen screen
			last := 0
			l, err := p.ListKeys(t.Context(), Scope{}, func(p Progress[Key]) { seen.follow(p); last = p.Read })
			if err != nil || !l.Complete || l.Why != "" || *l.Announced != n || last != n || seen.restarts != 0 {
				t.Fatalf("%d: %v %v", n, l.Why, err)
			}
			if !slices.Equal(idsOf(l.Items), s.ids) || !slices.Equal(seen.ids, s.ids) {
				t.Errorf("%d keys, %d at once: not in order", n, concurrency)
			}
			want := max((n+99)/100, 1)
			if concurrency > 1 && want > 2 {
				want++ // the first page once more
			}
			if got := len(p.requests()); got != want {
				t.Errorf("%d keys took %d requests, not %d", n, got, want)
			}
		}
	}
}

// Pages that are asked for together are answered in any order: page 3 before, and page 2 after, two keys were made and
// two revoked. Every total is the same and nothing comes twice, but B was pushed from page 2 to page 3 between the two.
func TestKeysThatComeAndGoBetweenAnswersOutOfOrder(t *testing.T) {
	s := &shelf{ids: []string{"A", "B", "C", "D"}, most: 1}
	late := map[string]chan struct{}{"3": make(chan struct{}), "4": make(chan struct{})}
	p := serve(t, func(n int, w http.ResponseWriter, r *http.Request) {
		page := r.URL.Query().Get("page_number")
		if page == "2" {
			<-late["3"]
			<-late["4"]
			s.mu.Lock()
			s.ids = []string{"Y", "X", "B", "C"}
			s.mu.Unlock()
		}
		s.answer(n, w, r)
		if answered := late[page]; answered != nil {
			close(answered) // each is asked for once by number
		}
	}, func(o *Options) { o.Concurrency = 6 })
	l, err := p.ListKeys(t.Context(), Scope{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := idsOf(l.Items); l.Complete && !slices.Equal(got, []string{"Y", "X", "B", "C"}) {
		t.Errorf("complete, but the list was never %v", got)
	}
	if l.Complete != slices.Contains(idsOf(l.Items), "B") {
		t.Errorf("complete %t with %v: %s", l.Complete, idsOf(l.Items), l.Why)
	}
}

// No more pages are asked for at once than was said.
func TestConcurrency(t *testing.T) {
	s := &shelf{ids: numbered(3000)}
	var mu sync.Mutex
	now, most := 0, 0
	full := make(chan struct{})
	p := serve(t, func(n int, w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		now++
		most = max(most, now)
		if now == 4 {
			select {
			case <-full:
			default:
				close(full)
			}
		}
		mu.Unlock()
		if n > 1 {
			<-full // until four are waiting, nobody goes on
		}
		s.answer(n, w, r)
		mu.Lock()
		now--
		mu.Unlock()
	}, func(o *Options) { o.Concurrency = 4 })
	l, err := p.ListKeys(t.Context(), Scope{}, nil)
	if err != nil || !l.Complete || most != 4 {
		t.Error(most, l.Why, err)
	}
}

func TestSmallerPagesThanAskedFor(t *testing.T) {
	s := &shelf{ids: numbered(95), most: 10}
	l, err := serve(t, s.answer).ListKeys(t.Context(), Scope{}, nil)
	if err != nil || !l.Complete || !slices.Equal(idsOf(l.Items), s.ids) {
		t.Error(l, err)
	}
}

func TestTotalNullGoesByCursor(t *testing.T) {
	unsaid := func(int) string { return "null" }
	s := &shelf{ids: numbered(350), total: unsaid}
	p := serve(t, s.answer)
	l, err := p.ListKeys(t.Context(), Scope{Workspace: "legal"}, nil)
	if err != nil || !l.Complete || l.Announced != nil || !slices.Equal(idsOf(l.Items), s.ids) {
		t.Error(l, err)
	}
	want := []string{"limit=100&page_number=1", "before=k00251&limit=100", "before=k00151&limit=100", "before=k00051&limit=100"}
	for i, a := range p.requests() {
		if _, query, _ := strings.Cut(a.uri, "?"); query != want[i] {
			t.Errorf("%d: %s, want %s", i, query, want[i])
		}
	}
	// A bare array of more than a page, and one that is everything.
	for name, s := range map[string]*shelf{"paged": {ids: numbered(250), bare: true}, "whole": {ids: numbered(100), bare: true, deaf: true}} {
		l, err := serve(t, s.answer).ListKeys(t.Context(), Scope{}, nil)
		if err != nil || !l.Complete || len(l.Items) != len(s.ids) {
			t.Error(name, len(l.Items), l.Why, err)
		}
	}
}

func TestListThatChangesIsReadAgain(t *testing.T) {
	s := &shelf{ids: numbered(350)}
	s.change = func(s *shelf, n int, _ string) {
		if n == 2 {
			s.ids = append([]string{"new"}, s.ids...)
		}
	}
	p := serve(t, s.answer)
	var seen screen
	l, err := p.ListKeys(t.Context(), Scope{}, seen.follow)
	if err != nil || !l.Complete || *l.Announced != 351 || !slices.Equal(idsOf(l.Items), s.ids) {
		t.Error(l.Why, err)
	}
	if seen.restarts != 1 || !slices.Equal(seen.ids, s.ids) {
		t.Error(seen.restarts, len(seen.ids))
	}
	if got := p.requests()[len(p.requests())-1].uri; !strings.Contains(got, "before=") {
		t.Error("not by cursor:", got)
	}
}

func TestListThatNeverSettlesIsPartial(t *testing.T) {
	for name, s := range map[string]*shelf{
		"grows":   {ids: numbered(350), change: func(s *shelf, n int, _ string) { s.ids = append([]string{fmt.Sprint("new", n)}, s.ids...) }},
		"deaf":    {ids: numbered(350), deaf: true, total: func(n int) string { return strconv.Itoa(350 + n) }},
		"404":     {ids: numbered(350), refuses: 404, total: func(n int) string { return strconv.Itoa(350 + n) }},
		"422":     {ids: numbered(350), refuses: 422, total: func(n int) string { return strconv.Itoa(350 + n) }},
		"fewer":   {ids: numbered(350), total: func(int) string { return "351" }},
		"more":    {ids: numbered(350), total: func(int) string { return "300" }},
		"boasts":  {ids: numbered(350), total: func(int) string { return "1000000000000" }},
		"endless": {ids: numbered(100), deaf: true, total: func(int) string { return "null" }, change: func(s *shelf, _ int, _ string) {}},
	} {
		if name == "endless" {
			s.ids = numbered(350)
		}
		p := serve(t, s.answer)
		var seen screen
		l, err := p.ListKeys(t.Context(), Scope{}, seen.follow)
		if err != nil || l.Complete || l.Why == "" {
			t.Errorf("%s: %v %q %v", name, l.Complete, l.Why, err)
		}
		isLine(t, l.Why)
		if len(l.Items) < 100 || name != "endless" && len(l.Items) < 350 && name != "more" {
			t.Errorf("%s: %d items", name, len(l.Items))
		}
		if !slices.Equal(seen.ids, idsOf(l.Items)) {
			t.Errorf("%s: %d shown, %d returned", name, len(seen.ids), len(l.Items))
		}
		if n := len(p.requests()); n > 3*8 {
			t.Errorf("%s: %d requests", name, n)
		}
		ids := idsOf(l.Items)
		slices.Sort(ids)
		if len(slices.Compact(ids)) != len(l.Items) {
			t.Errorf("%s: an id twice", name)
		}
	}
}

func TestPageThatFails(t *testing.T) {
	s := &shelf{ids: numbered(350)}
	h := func(n int, w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("page_number") == "3" {
			write(w, 403, "application/json", `{"detail":"enough"}`)
			return
		}
		s.answer(n, w, r)
	}
	var seen screen
	l, err := serve(t, h).ListKeys(t.Context(), Scope{}, seen.follow)
	if !IsForbidden(err) || l.Complete || len(l.Items) != 200 || len(seen.ids) != 200 || !strings.Contains(l.Why, "enough") {
		t.Error(len(l.Items), l.Why, err)
	}
	n := 0
	for _, err = range serve(t, h).Keys(t.Context(), Scope{}) {
		n++
	}
	if !IsForbidden(err) || n != 201 {
		t.Error(n, err)
	}
}

func TestStream(t *testing.T) {
	s := &shelf{ids: numbered(350)}
	p := serve(t, s.answer)
	var got []string
	for k, err := range p.Keys(t.Context(), Scope{}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, k.ID)
	}
	if !slices.Equal(got, s.ids) {
		t.Error(got)
	}
	for range p.Keys(t.Context(), Scope{}) {
		break // leaves nothing running, see TestMain
	}

	// One that grows is yielded once each, and is whole in the end.
	s.change = func(s *shelf, n int, _ string) {
		if n == len(p.requests()) && n == 9 {
			s.ids = append([]string{"new"}, s.ids...)
		}
	}
	seen := map[string]bool{}
	for k, err := range p.Keys(t.Context(), Scope{}) {
		if err != nil {
			t.Fatal(err)
		}
		if seen[k.ID] {
			t.Error(k.ID, "twice")
		}
		seen[k.ID] = true
	}
	if len(seen) != 351 {
		t.Error(len(seen))
	}
	// One that loses a key that was yielded is not what was yielded.
	start := len(p.requests())
	s.change = func(s *shelf, n int, _ string) {
		if n == start+2 {
			s.ids = s.ids[1:]
		}
	}
	var last error
	for _, err := range p.Keys(t.Context(), Scope{}) {
		last = err
	}
	var partial *PartialError
	if !errors.As(last, &partial) || !IsPartial(last) || partial.Read != 351 || *partial.Announced != 350 {
		t.Error(last)
	}
	// One that never settles.
	s.total = func(int) string { return "400" }
	for _, err := range p.Keys(t.Context(), Scope{}) {
		last = err
	}
	if !errors.As(last, &partial) || !strings.Contains(last.Error(), "partial, 350 of 400: 350 came where the platform announced 400") {
		t.Error(last)
	}
}

func TestListIsCancelled(t *testing.T) {
	s := &shelf{ids: numbered(5000)}
	ctx, cancel := context.WithCancel(t.Context())
	l, err := serve(t, s.answer).ListKeys(ctx, Scope{}, func(p Progress[Key]) {
		if p.Read == 300 {
			cancel()
		}
	})
	var e *Error
	if !errors.Is(err, context.Canceled) || !errors.As(err, &e) || l.Complete || len(l.Items) < 300 || len(l.Items) == 5000 {
		t.Error(len(l.Items), err)
	}
}
