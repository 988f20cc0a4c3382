package history

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"

	"fob/client"
)

// full reads every entry of the window.
func (w *room) full(ctx context.Context) error {
	for _, gap := range w.gaps() {
		if w.plain {
			return w.plainly(ctx)
		}
		err := w.everything(ctx, gap, "", w.take, w.done)
		if errors.Is(err, errUntrue) {
			w.distrust()
			return w.plainly(ctx)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// distrust forgets what this run read by filters that aren't obeyed.
func (w *room) distrust() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.plain, w.filter = true, useless
	w.records, w.read = nil, nil
	clear(w.met)
	for i := range w.seen {
		w.seen[i].fresh = false
	}
}

// everything reads all of a stretch, in several parts at a time where nobody else has something to read.
func (w *room) everything(ctx context.Context, s span, clause string, take func([]client.HistoryEntry, span) int, done func(s span, reached time.Time)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var parts sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	var part func(s span)
	part = func(s span) {
		k := &walk{room: w, span: s, clause: clause, take: take}
		proven := false
		k.next = func(_ context.Context, at position) (bool, error) {
			w.trust(at)
			proven = proven || at.proven
			w.expect(at.left)
			// A part is worth its own first request only if it has some pages to read.
			if !proven || at.left == math.MaxInt || at.left < partPages || !w.run.idle() {
				return true, nil
			}
			middle := k.span.from.Add(at.cursor.Sub(k.span.from) / 2).Truncate(time.Second)
			if middle.After(k.span.from) && middle.Before(at.cursor) {
				lower := span{k.span.from, middle}
				k.span.from = middle
				parts.Go(func() {
					defer w.run.walking.Add(-1)
					part(lower)
				})
			} else {
				w.run.walking.Add(-1)
			}
			return true, nil
		}
		if err := k.run(ctx, done); err != nil {
			mu.Lock()
			errs = append(errs, err)
			mu.Unlock()
			cancel(err)
		}
	}
	part(s)
	parts.Wait()
	if i := slices.IndexFunc(errs, func(err error) bool { return errors.Is(err, errUntrue) }); i >= 0 {
		return errs[i]
	}
	if len(errs) > 0 {
		return errs[0]
	}
	return nil
}

// partPages is how many pages have to be left of a stretch for a part of it to be read at the same time.
const partPages = 8
