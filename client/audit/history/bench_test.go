package history

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"sync"
	"testing"
	"time"

	"fob/client"
	"fob/client/sandbox"
	"fob/client/secret"
)

// scene is a sandbox with a history as large as an audit meets, and what there is to know of it.
type scene struct {
	server  *httptest.Server
	client  *client.Client
	session secret.Value
	now     time.Time
	request Request
	pages   map[string]int            // of the window, by workspace
	unseen  map[string][]int          // keys that reach the workspace and weren't seen after each page
	keys    map[string]map[string]int // by workspace and key: the page that first has it
	entries int                       // in the window
}

func stage(b *testing.B) *scene {
	b.Helper()
	s := &scene{now: noon, pages: map[string]int{}, unseen: map[string][]int{}, keys: map[string]map[string]int{}}
	box := sandbox.New(sandbox.Options{Seed: 1, Keys: 10_000, Workspaces: 20, History: 1_750_000, Now: func() time.Time { return noon.Add(time.Hour) }})
	s.session = box.SessionToken()
	s.server = httptest.NewServer(box)
	c, err := client.New(client.Options{BaseURL: s.server.URL, Credential: func(context.Context) (secret.Value, error) { return s.session, nil }})
	if err != nil {
		b.Fatal(err)
	}
	s.client = c
	b.Cleanup(func() {
		c.Close()
		s.server.Close()
	})
	l, err := c.ListKeys(b.Context(), client.Scope{}, nil)
	if err != nil || !l.Complete {
		b.Fatal(err, l.Why)
	}
	w, err := c.Workspaces(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	s.request = Request{Keys: l.Items, Workspaces: w, Days: 90}
	census := newCensus(s.request)
	from := noon.Add(-90 * day).Truncate(day)
	for _, w := range w {
		first, n := map[string]int{}, 0
		for e, err := range c.History(b.Context(), w.Name, client.HistoryQuery{Filter: between(from, noon)}) {
			if err != nil {
				b.Fatal(err)
			}
			if _, ok := first[e.Key.Value.ID]; !ok {
				first[e.Key.Value.ID] = n / 1000
			}
			n++
		}
		s.pages[w.Name], s.keys[w.Name] = (n+999)/1000, first
		s.entries += n
		unseen := make([]int, s.pages[w.Name]+1)
		for _, k := range census.wanted(w) {
			page, ok := first[census.keys[k].ID]
			for p := range unseen {
				if !ok || page >= p {
					unseen[p]++
				}
			}
		}
		s.unseen[w.Name] = unseen
	}
	return s
}

// plan is the cheapest way to the answer for who knows it: what is asked of each workspace.
func (s *scene) plan(depth Depth) (addresses []string) {
	census := newCensus(s.request)
	between := between(noon.Add(-90*day).Truncate(day), noon)
	for _, w := range s.request.Workspaces {
		add := func(filter string, limit, page int, order string) {
			q := url.Values{"limit": {fmt.Sprint(limit)}, "page_number": {fmt.Sprint(page)}, "field": {"created_at"}, "order": {order}}
			if filter != "" {
				q.Set("filter", filter)
			}
			addresses = append(addresses, s.server.URL+"/api/v1/workspaces/"+url.PathEscape(w.Name)+"/search_history?"+q.Encode())
		}
		add("", 1, 1, "ASC")
		best, cost := s.pages[w.Name], s.pages[w.Name]
		for p, unseen := range s.unseen[w.Name] {
			asks := unseen
			if asks > 0 {
				asks += controls
			}
			if depth == Last && p+asks < cost {
				best, cost = p, p+asks
			}
		}
		for p := range best {
			add(between, 1000, p+1, "DESC")
		}
		if best == s.pages[w.Name] {
			continue
		}
		add(between+clause(nobody()), 1, 1, "DESC")
		add(between+clause(nobody()), 1, 1, "DESC")
		for _, k := range census.wanted(w) {
			id := census.keys[k].ID
			if p, ok := s.keys[w.Name][id]; !ok || p >= best {
				add(between+clause(id), 1, 1, "DESC")
			}
		}
	}
	return addresses
}

// plainly sends requests, six at a time, and decodes the answers with encoding/json.
func (s *scene) plainly(by *http.Client, addresses []string) error {
	queue := make(chan string, len(addresses))
	for _, a := range addresses {
		queue <- a
	}
	close(queue)
	errs := make(chan error, len(addresses))
	var workers sync.WaitGroup
	for range concurrencyMost {
		workers.Go(func() {
			for a := range queue {
				r, err := http.NewRequest(http.MethodGet, a, nil)
				if err != nil {
					errs <- err
					continue
				}
				r.Header.Set("Authorization", "Bearer "+s.session.Reveal())
				res, err := by.Do(r)
				if err != nil {
					errs <- err
					continue
				}
				body, err := io.ReadAll(res.Body)
				res.Body.Close()
				var answer struct {
					Data []struct {
						ID   string    `json:"search_history_id"`
						Time time.Time `json:"time"`
						Key  *struct {
							ID   string `json:"id"`
							Name string `json:"name"`
						} `json:"api_key"`
					}
				}
				if err == nil {
					err = json.Unmarshal(body, &answer)
				}
				if err != nil || res.StatusCode != http.StatusOK {
					errs <- fmt.Errorf("%d: %w", res.StatusCode, err)
				}
			}
		})
	}
	workers.Wait()
	close(errs)
	return <-errs
}

// BenchmarkRead reads the last queries of 10,000 keys in 20 workspaces with a million entries in the window. It reports
// requests in proportion to the cheapest plan ("requests-ratio", 1.2 at most is the aim), time in proportion to a plain
// program that sends just that plan, six requests at a time ("time-ratio", 1.3 at most is the aim), and what a second
// run an hour later takes.
func BenchmarkRead(b *testing.B) {
	s := stage(b)
	for _, depth := range []Depth{Last, Full} {
		b.Run(string(depth), func(b *testing.B) {
			addresses := s.plan(depth)
			transport := &http.Transport{MaxIdleConnsPerHost: concurrencyMost}
			defer transport.CloseIdleConnections()
			plain := &http.Client{Transport: transport}
			s.request.Depth = depth
			// The least of each counts: other work on the machine only ever adds.
			var ours, theirs, again time.Duration
			least := func(d *time.Duration, since time.Time) {
				if took := time.Since(since); *d == 0 || took < *d {
					*d = took
				}
			}
			var first, second Reading
			for b.Loop() {
				runtime.GC()
				start := time.Now()
				if err := s.plainly(plain, addresses); err != nil {
					b.Fatal(err)
				}
				least(&theirs, start)
				store := &pocket{}
				now := noon
				r := &Reader{Platform: s.client, Store: store, Now: func() time.Time { return now }}
				runtime.GC()
				start = time.Now()
				first = read(b, r, s.request)
				least(&ours, start)
				now = now.Add(time.Hour)
				runtime.GC()
				start = time.Now()
				second = read(b, r, s.request)
				least(&again, start)
				if !first.Complete || !second.Complete {
					b.Fatal(first.Why, second.Why)
				}
				b.ReportMetric(float64(len(store.kept))/1e6, "kept-MB")
			}
			b.ReportMetric(float64(s.entries), "entries")
			b.ReportMetric(float64(first.Requests), "requests")
			b.ReportMetric(float64(len(addresses)), "cheapest")
			b.ReportMetric(float64(first.Requests)/float64(len(addresses)), "requests-ratio")
			b.ReportMetric(float64(ours)/float64(theirs), "time-ratio")
			b.ReportMetric(float64(ours.Milliseconds()), "ms")
			b.ReportMetric(float64(second.Requests), "again-requests")
			b.ReportMetric(float64(again.Milliseconds()), "again-ms")
		})
	}
}
