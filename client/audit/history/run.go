package history

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"fob/client"
)

const (
	windowDays      = 90
	concurrencyMost = 6
	pageMost        = 1000
	day             = 24 * time.Hour
	// lateness is how late an entry may come and still be counted: what is younger is read again by the next run.
	lateness = 2 * time.Hour
)

// run is one reading.
type run struct {
	platform    Platform
	census      *census
	depth       Depth
	window      span      // its end is just after to, so that what happens at that instant is in it
	to, settled time.Time // the end of the window; before settled, no more entries are waited for
	pageSize    int
	concurrency int
	rooms       []*room
	keeps       bool // there is a store
	some        bool // the answer is wanted for some keys alone

	slots    chan struct{} // one for each request that may be under way
	walking  atomic.Int64  // stretches that are being read
	requests atomic.Int64
	stop     context.CancelCauseFunc

	mu       sync.Mutex
	tell     func(Progress)
	progress Progress

	adding   sync.Mutex
	keys     map[string]Usage
	personal bool
	dates    map[int64]string // by day since 1970: a reading names each of them thousands of times
}

// add puts what a room told to what the others told.
func (r *run) add(w *room) {
	r.adding.Lock()
	defer r.adding.Unlock()
	w.tally()
}

func (r *run) date(day int64) string {
	s, ok := r.dates[day]
	if !ok {
		s = time.Unix(day*86400, 0).UTC().Format(time.DateOnly)
		r.dates[day] = s
	}
	return s
}

func (r *Reader) begin(q Request) *run {
	now := time.Now
	if r.Now != nil {
		now = r.Now
	}
	to := now().UTC().Truncate(time.Millisecond)
	if !q.To.IsZero() && q.To.Before(to) {
		to = q.To.UTC()
	}
	from := q.From.UTC()
	if from.IsZero() {
		days := q.Days
		if days <= 0 {
			days = windowDays
		}
		from = to.Add(-time.Duration(days) * day)
	}
	out := &run{
		platform: r.Platform, census: newCensus(q), depth: q.Depth, to: to, settled: to.Add(-lateness).Truncate(time.Second),
		some:     q.Of != nil,
		window:   span{later(from.Truncate(day), time.Unix(0, 0).UTC()), to.Add(1)},
		pageSize: r.PageSize, concurrency: r.Concurrency,
	}
	if out.depth != Full {
		out.depth = Last
	}
	if out.pageSize <= 0 || out.pageSize > pageMost {
		out.pageSize = pageMost
	}
	if out.concurrency <= 0 {
		out.concurrency = concurrencyMost
	}
	out.keys, out.dates = make(map[string]Usage, len(q.Keys)), map[int64]string{}
	out.slots = make(chan struct{}, out.concurrency)
	return out
}

// Read finds out when the keys were last seen. tell, which may be nil, is told of the progress by one goroutine at a
// time. What was learned is kept in the Store, also when ctx ends in the middle of it.
//
// It fails with the context's error, and with the platform's if the credential is no good (client.IsUnauthorized); the
// Reading then holds what was learned until then, and isn't complete. Everything else that goes wrong is in the
// Reading.
func (r *Reader) Read(ctx context.Context, q Request, tell func(Progress)) (Reading, error) {
	a := r.begin(q)
	a.tell = tell
	spaces, missing := looked(q, a.census)
	for _, w := range spaces {
		a.rooms = append(a.rooms, a.room(w))
	}
	a.progress.Workspaces = len(a.rooms)
	store := r.Store
	if !q.To.IsZero() && q.To.UTC().Equal(a.to) {
		store = nil // what is kept reaches beyond this window
	}
	kept, unkept := a.remember(ctx, store)
	a.keeps = store != nil

	work, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	a.stop = stop
	work = client.WithRetryNotice(work, func(n client.Retry) { a.report(func(p *Progress) { p.Retrying = n.String() }) })
	queue := make(chan *room)
	var workers sync.WaitGroup
	for range min(a.concurrency, len(a.rooms)) {
		workers.Go(func() {
			for w := range queue {
				a.walking.Add(1)
				w.process(work)
				w.settle()
				a.add(w)
				a.walking.Add(-1)
				a.report(func(p *Progress) { p.Done++ })
			}
		})
	}
	for _, w := range a.rooms {
		queue <- w // a room whose turn comes after the end says so of itself
	}
	close(queue)
	workers.Wait()

	out := a.reading(missing)
	var err error
	if work.Err() != nil && !out.Complete {
		err = context.Cause(work)
	}
	if store != nil && a.requests.Load() > 0 {
		// Leaving keeps what was learned.
		saving, done := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer done()
		if e := a.keep(saving, store, kept); e != nil {
			unkept = e
		}
	}
	out.Unkept = unkept
	return out, err
}

// fetch reads one page, when its turn comes.
func (r *run) fetch(ctx context.Context, workspace string, q client.HistoryQuery, number int) (client.HistoryPage, error) {
	select {
	case r.slots <- struct{}{}:
	case <-ctx.Done():
		return client.HistoryPage{}, context.Cause(ctx)
	}
	p, err := r.platform.HistoryPage(ctx, workspace, q, number)
	<-r.slots
	if client.IsUnauthorized(err) {
		r.stop(err)
	}
	if err == nil || ctx.Err() == nil {
		r.requests.Add(1)
	}
	r.report(func(now *Progress) {
		now.Workspace, now.Retrying = workspace, ""
		now.Entries += len(p.Entries)
	})
	return p, err
}

// idle tells whether one more stretch may be read at the same time, and counts it.
func (r *run) idle() bool {
	if r.walking.Add(1) <= int64(r.concurrency) {
		return true
	}
	r.walking.Add(-1)
	return false
}

func (r *run) report(change func(*Progress)) {
	if r.tell == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.progress)
	r.progress.Requests, r.progress.Left = int(r.requests.Load()), 0
	for _, w := range r.rooms {
		r.progress.Left += int(w.left.Load())
	}
	r.tell(r.progress)
}

// process reads a room as far as it can be read, and says how far that was.
func (w *room) process(ctx context.Context) {
	err := w.look(ctx)
	w.expect(0)
	w.mu.Lock()
	defer w.mu.Unlock()
	c := &w.coverage
	var refused *client.Error
	switch {
	case err == nil && w.odd > 0:
		c.Why = fmt.Sprintf("%d of its entries can't be read", w.odd)
	case err == nil:
		c.Complete = true
	case ctx.Err() != nil:
		c.Why = "the reading was left before its end"
	case errors.As(err, &refused) && (refused.Status == http.StatusForbidden || refused.Status == http.StatusNotFound):
		c.Readable, c.Why = false, fmt.Sprintf("the platform answered %d %s", refused.Status, strings.ToLower(http.StatusText(refused.Status)))
	default:
		c.Why = err.Error()
	}
	if w.oldest != nil {
		c.Oldest = w.oldest.Time
		if !w.eldest.IsZero() {
			c.Oldest = earlier(c.Oldest, w.eldest) // the order isn't obeyed
		}
	}
}

// look reads what the depth asks for.
func (w *room) look(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if len(w.wanted) == 0 {
		return nil
	}
	w.expect(2)
	p, err := w.page(ctx, client.HistoryQuery{OldestFirst: true, PageSize: 1}, 1)
	if err != nil {
		return err
	}
	if len(p.Entries) > 0 {
		w.oldest = &p.Entries[0]
	} else if p.Odd == 0 && !p.More && (p.Total == nil || *p.Total == 0) {
		return nil // it has no history at all
	}
	if w.run.depth == Full {
		return w.full(ctx)
	}
	return w.last(ctx)
}

// reading puts together what all rooms told.
func (r *run) reading(missing []string) Reading {
	out := Reading{
		From: r.window.from, To: r.to, Depth: r.depth, Complete: true, Requests: int(r.requests.Load()),
		Workspaces: make(map[string]Coverage, len(r.rooms)+len(missing)), Keys: r.keys, Personal: r.personal,
	}
	for _, name := range missing {
		out.Workspaces[name] = Coverage{Why: "it isn't among the workspaces that the platform lists"}
	}
	var cut []string
	for _, w := range r.rooms {
		if len(w.wanted) == 0 {
			continue // no key reaches it
		}
		out.Workspaces[w.space.Name] = w.coverage
		if w.coverage.Readable && !w.coverage.Complete {
			cut = append(cut, w.space.Name+": "+w.coverage.Why)
		}
	}
	slices.Sort(cut)
	if n := len(cut); n > 0 {
		out.Complete, out.Why = false, cut[0]
		if n > 1 {
			out.Why = fmt.Sprintf("%s (and %d more workspaces)", cut[0], n-1)
		}
	}
	return out
}
