package client

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"sync"
)

// byNumber reads the list by page number: the first page alone, the others several at a time. Where the first page
// doesn't announce a total, it goes on by cursor.
func (r *reading[T]) byNumber(ctx context.Context) (pass[T], error) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()

	r.begin()
	first, err := r.one(ctx, &running, "page_number", "1")
	if err != nil {
		return r.pass, err
	}
	size := len(first.page.items) + first.page.odd // the platform may give fewer than was asked for
	before := idsIn(r.from.id, first.page)         // take may change the page
	if err := r.take(first, false); err != nil {
		return r.pass, err
	}
	if first.page.total == nil {
		return r.onwards(ctx, &running, first.page)
	}
	total := *first.page.total
	pages := 1
	if size > 0 {
		pages = (total + size - 1) / size
	}
	if pages > pagesMost {
		r.pass.doubt("%d pages are announced, more than fob reads", pages)
		pages = pagesMost
	}

	// Each page has a channel of its own, and the channels wait in the order of the pages: pages are taken in order
	// however they arrive, and no more than Concurrency are asked for or waiting at a time.
	queue := make(chan chan fetched[T], max(r.c.options.Concurrency-1, 0))
	running.Go(func() {
		defer close(queue)
		for n := 2; n <= pages; n++ {
			result := make(chan fetched[T], 1)
			select {
			case queue <- result:
			case <-ctx.Done():
				return
			}
			running.Go(func() { result <- r.fetch(ctx, "page_number", strconv.Itoa(n)) })
		}
	})
	last := first.page
	for result := range queue {
		got, err := r.wait(ctx, result)
		if err != nil {
			return r.pass, err
		}
		if len(got.page.items)+got.page.odd == 0 {
			r.pass.doubt("the list changed while it was read: it ended early")
			break
		}
		if err := r.take(got, false); err != nil {
			return r.pass, err
		}
		last = got.page
	}
	if ctx.Err() != nil {
		return r.pass, &Error{Op: r.from.op, Method: http.MethodGet, Path: "/api/v1" + r.from.path, Message: "cancelled", Err: ctx.Err()}
	}
	r.pass.count(last)
	if pages > 2 && r.c.options.Concurrency > 1 && r.pass.whole() {
		return r.pass, r.unshifted(ctx, &running, before)
	}
	return r.pass, nil
}

// unshifted reads the first page once more. Pages that are asked for together are answered in any order, and then keys
// that come and go between two answers can hide from the totals and from what comes twice: one that was pushed onto a
// page which had been read is missing, and nothing shows it. Newest first, a first page that is the same at the end
// tells that nothing was made meanwhile; with the same total, then, nothing was revoked either.
func (r *reading[T]) unshifted(ctx context.Context, running *sync.WaitGroup, before []string) error {
	again, err := r.one(ctx, running, "page_number", "1")
	if err != nil {
		return err
	}
	r.pass.agree(again.page.total)
	if !slices.Equal(before, idsIn(r.from.id, again.page)) {
		r.pass.doubt("the list changed while it was read: its first page is another one now")
	}
	return nil
}

// idsIn returns the ids of a page.
func idsIn[T any](id func(*T) string, p page[T]) []string {
	ids := make([]string, len(p.items))
	for i := range p.items {
		ids[i] = id(&p.items[i])
	}
	return ids
}

// byCursor reads the list again, from its start, by cursor.
func (r *reading[T]) byCursor(ctx context.Context) (pass[T], error) {
	var running sync.WaitGroup
	defer running.Wait()
	r.begin()
	first, err := r.one(ctx, &running)
	if err != nil {
		return r.pass, err
	}
	if err := r.take(first, true); err != nil {
		return r.pass, err
	}
	return r.onwards(ctx, &running, first.page)
}

// onwards follows the cursor to the end of the list: newest first, the older page is the one before the last item.
// It ends when the platform says that there is no more, when as many came as were announced, or when a page brings
// nothing new, as from a platform that takes no notice of the cursor.
func (r *reading[T]) onwards(ctx context.Context, running *sync.WaitGroup, last page[T]) (pass[T], error) {
	for n := 1; !r.atEnd(last); n++ {
		if n >= pagesMost {
			r.pass.doubt("more than %d pages came", pagesMost)
			break
		}
		got, err := r.one(ctx, running, "before", r.pass.last)
		if refusesCursor(err) {
			r.pass.doubt("%s", err.Error())
			break
		}
		if err != nil {
			return r.pass, err
		}
		before := r.pass.read
		if last.bare && n == 1 && sameItems(r.from.id, last, got.page) {
			// A bare array that is the same whatever was asked for isn't a page but everything.
			r.pass.unpaged = true
			break
		}
		last = got.page
		if len(got.page.items)+got.page.odd == 0 {
			r.pass.agree(got.page.total)
			break
		}
		if err := r.take(got, false); err != nil {
			return r.pass, err
		}
		if r.pass.read == before {
			r.pass.doubt("a page came a second time")
			break
		}
	}
	r.pass.count(last)
	return r.pass, nil
}

// refusesCursor tells whether the platform doesn't understand a cursor, or no longer: the item it names may have gone.
func refusesCursor(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Status == http.StatusBadRequest || e.Status == http.StatusNotFound || e.Status == http.StatusUnprocessableEntity
}

// atEnd tells whether nothing is to be expected after a page.
func (r *reading[T]) atEnd(last page[T]) bool {
	if r.pass.last == "" {
		return true // nothing came that a cursor could name
	}
	if more, told := last.hasMore.Get(); told {
		return !more
	}
	return r.pass.announced != nil && r.pass.read >= *r.pass.announced
}

// agree compares the total of a page that brought nothing.
func (p *pass[T]) agree(total *int) {
	if !sameCount(p.announced, total) {
		p.doubt("the list changed while it was read: the platform announced %s, later %s", countText(p.announced), countText(total))
	}
}

// one fetches a single page, and tells of retries meanwhile.
func (r *reading[T]) one(ctx context.Context, running *sync.WaitGroup, position ...string) (fetched[T], error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	result := make(chan fetched[T], 1)
	running.Go(func() { result <- r.fetch(ctx, position...) })
	return r.wait(ctx, result)
}

func sameItems[T any](id func(*T) string, a, b page[T]) bool {
	return len(a.items) > 0 && slices.Equal(idsIn(id, a), idsIn(id, b))
}
