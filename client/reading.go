package client

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"
)

const (
	pageSize    = 100     // the most that the platform gives at once
	pagesMost   = 50_000  // of one list; a platform that has more is sending without end
	rereadsMost = 2       // times that a list is read again by cursor
	preallocate = 200_000 // items: a total is believed up to here before anything has come
)

// source is a list of the platform, and how to read it.
type source[T any] struct {
	op, path string
	query    url.Values
	expects  string
	decode   func(body []byte) (page[T], error)
	id       func(*T) string
}

// reading is one reading of a list to its end.
//
// The pages are asked for by number first, several at a time. That list is whole if nothing on the way shows that it
// changed: every page told the same total, nothing came twice, and as many came as were announced. Newest first, a key
// that is made pushes one key onto the next page, where it comes a second time, and one that is revoked lowers the
// total; so a list that passes is the one of the moment when its first page was written. That holds for answers in the
// order of the pages; for pages that were asked for together, the first one is read once more at the end (unshifted). A
// list that doesn't pass is read again by cursor, which doesn't shift, one page after another.
type reading[T any] struct {
	c    *Client
	from source[T]
	// emit is told of what came, on the goroutine that reads; false stops the reading.
	emit func(Progress[T]) bool
	// keep collects the items; without it only their ids are remembered.
	keep    bool
	notices chan Retry
	stopped bool
	pass    pass[T] // the one that runs
}

// pass is one walk through the pages.
type pass[T any] struct {
	items     []T // each id once
	seen      map[string]struct{}
	announced *int
	why       string // the first sign that this isn't the whole list; "" while there is none
	last      string // id of the last item
	read      int    // items kept: those that came, without what came twice
	begun     bool   // a page came
	ended     bool   // the platform said that there is no more
	unpaged   bool   // the platform gives everything at once
	asOf      time.Time
}

// whole tells whether the pass came to an end without a sign that something is missing.
func (p *pass[T]) whole() bool { return p.ended && p.why == "" }

func (p *pass[T]) doubt(format string, args ...any) {
	if p.why == "" {
		p.why = fmt.Sprintf(format, args...)
	}
}

// errStopped ends a reading whose reader wants no more.
var errStopped = errors.New("stopped")

// run reads the list. The error is nil for a list that was read to its end, be it whole or partial; with an error, the
// listing holds what came before it.
func (r *reading[T]) run(ctx context.Context) (Listing[T], error) {
	r.notices = make(chan Retry, 16)
	ctx = WithRetryNotice(ctx, func(n Retry) {
		select {
		case r.notices <- n:
		default: // nobody is listening any more, or there is more to tell than anybody can read
		}
	})
	best, err := r.byNumber(ctx)
	for n := 0; err == nil && !best.whole() && n < rereadsMost; n++ {
		var next pass[T]
		next, err = r.byCursor(ctx)
		if next.whole() || next.read >= best.read {
			best = next
		}
	}
	if err != nil && r.pass.read >= best.read {
		best = r.pass
	}
	if r.keep && !r.stopped && best.read != r.pass.read {
		// What was shown last is not what is returned.
		_ = r.tell(Progress[T]{More: best.items[:len(best.items):len(best.items)], Restart: true, Read: best.read, Announced: best.announced})
	}
	l := Listing[T]{Items: best.items, Announced: best.announced, Complete: err == nil && best.whole(), Why: best.why, AsOf: best.asOf}
	if err != nil {
		l.Why = err.Error()
	}
	return l, err
}

// begin starts a pass.
func (r *reading[T]) begin() {
	r.pass = pass[T]{seen: make(map[string]struct{}, len(r.pass.seen))}
}

// tell calls emit, and reports errStopped if it wants no more.
func (r *reading[T]) tell(p Progress[T]) error {
	if r.emit != nil && !r.stopped && !r.emit(p) {
		r.stopped = true
	}
	if r.stopped {
		return errStopped
	}
	return nil
}

// fetched is a page, or why it didn't come.
type fetched[T any] struct {
	page page[T]
	date time.Time
	err  error
}

func (r *reading[T]) fetch(ctx context.Context, position ...string) (f fetched[T]) {
	query := url.Values{}
	for name, values := range r.from.query {
		query[name] = values
	}
	query.Set("limit", strconv.Itoa(pageSize))
	if len(position) == 2 {
		query.Set(position[0], position[1])
	}
	f.err = r.c.get(ctx, call{op: r.from.op, path: r.from.path, query: query, expects: r.from.expects}, func(a answer) (err error) {
		f.date = a.date
		f.page, err = r.from.decode(a.body)
		return err
	})
	return f
}

// wait returns what comes from f, and tells of retries until then.
func (r *reading[T]) wait(ctx context.Context, f <-chan fetched[T]) (fetched[T], error) {
	for {
		select {
		case got := <-f:
			return got, got.err
		case n := <-r.notices:
			if err := r.tell(Progress[T]{Read: r.pass.read, Announced: r.pass.announced, Retrying: n.String()}); err != nil {
				return fetched[T]{}, err
			}
		case <-ctx.Done():
			// The fetch ends with the context, too, and its error says what was asked.
			got := <-f
			return got, got.err
		}
	}
}

// take adds a page to the pass and tells of it. restart is true for the first page of a list that is read again.
func (r *reading[T]) take(f fetched[T], restart bool) error {
	p := &r.pass
	if !p.begun {
		p.begun, p.announced, p.asOf = true, f.page.total, f.date
		if p.asOf.IsZero() {
			p.asOf = r.c.clock.local().UTC()
		}
		if r.keep && p.announced != nil {
			p.items = make([]T, 0, min(max(*p.announced, len(f.page.items)), preallocate))
		}
	} else if !sameCount(p.announced, f.page.total) {
		p.doubt("the list changed while it was read: the platform announced %s, later %s", countText(p.announced), countText(f.page.total))
	}
	if f.page.odd > 0 {
		p.doubt("%d entries can't be read", f.page.odd)
	}
	fresh := f.page.items[:0]
	for i := range f.page.items {
		id := r.from.id(&f.page.items[i])
		p.last = id
		if id == "" {
			p.doubt("an entry has no id")
		} else if _, twice := p.seen[id]; twice {
			p.doubt("the list changed while it was read: an entry came twice")
			continue
		} else {
			p.seen[id] = struct{}{}
		}
		fresh = append(fresh, f.page.items[i])
	}
	p.read += len(fresh)
	more := fresh[:len(fresh):len(fresh)]
	if r.keep {
		before := len(p.items)
		p.items = append(p.items, fresh...)
		more = p.items[before:len(p.items):len(p.items)]
	}
	return r.tell(Progress[T]{More: more, Restart: restart, Read: p.read, Announced: p.announced})
}

func sameCount(a, b *int) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}

func countText(n *int) string {
	if n == nil {
		return "no number"
	}
	return strconv.Itoa(*n)
}

// count judges, at the end of a pass, whether as many came as were announced.
func (p *pass[T]) count(last page[T]) {
	p.ended = true
	more, told := last.hasMore.Get()
	switch {
	case p.announced == nil && p.why == "" && !p.unpaged && !p.bareEnd(last) && (!told || more):
		p.doubt("the platform doesn't say where the list ends")
	case p.announced != nil && *p.announced != p.read:
		p.doubt("%d came where the platform announced %d", p.read, *p.announced)
	case p.announced != nil && told && more:
		p.doubt("the platform has more than the %d that it announced", *p.announced)
	}
}

// bareEnd tells whether a page ends a list that has neither a total nor has_more: nothing is on it.
func (p *pass[T]) bareEnd(last page[T]) bool {
	return !last.hasMore.Shown() && len(last.items)+last.odd == 0
}
