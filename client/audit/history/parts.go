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

// full reads every entry of the window, or, where the answer is wanted for a few keys alone and it takes less, every
// entry of theirs.
func (w *room) full(ctx context.Context) error {
	if w.run.some {
		alone, err := w.fullOf(ctx)
		if alone || err != nil {
			return err
		}
	}
	for _, gap := range w.gaps() {
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

// fullOf reads the entries of the wanted keys by filter. It returns false if reading them all takes less, or if no
// filter serves.
func (w *room) fullOf(ctx context.Context) (bool, error) {
	gaps := w.gaps()
	if len(gaps) == 0 {
		return false, nil
	}
	p, err := w.findControl(ctx)
	if err != nil || p.Total == nil {
		return false, err
	}
	theirs, unread := 0, time.Duration(0)
	for i := range p.Entries {
		if slices.ContainsFunc(w.wanted, func(k int) bool { return w.means(&p.Entries[i], k) }) {
			theirs++
		}
	}
	for _, g := range gaps {
		unread += g.to.Sub(g.from)
	}
	pages := float64(*p.Total) / float64(w.size.Load())
	rest := pages * float64(unread) / float64(w.run.window.to.Sub(w.run.window.from))
	asks := float64(len(w.wanted)+controls) + pages*float64(theirs)/float64(max(1, len(p.Entries)))
	if rest <= asks {
		return false, nil
	}
	if err := w.prove(ctx); err != nil || !w.askable(w.wanted) {
		return false, err
	}
	w.coverage.ByName = w.filter == byName
	w.alone = true
	for _, key := range w.wanted {
		take := func(entries []client.HistoryEntry, s span) int {
			own := slices.DeleteFunc(slices.Clone(entries), func(e client.HistoryEntry) bool { return !w.means(&e, key) })
			w.take(own, s)
			if w.filter == byID && len(own) < len(entries) {
				w.untrue.Store(true)
			}
			return 0
		}
		err := w.everything(ctx, w.run.window, clause(w.value(key)), take, func(span, time.Time) {})
		if errors.Is(err, errUntrue) || w.untrue.Load() {
			w.distrust()
			w.plain, w.alone, w.coverage.ByName = false, false, false
			return false, nil
		}
		if err != nil {
			return true, err
		}
	}
	return true, nil
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
			middle := w.middle(s.to, at, k.span.from)
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

// middle returns an instant before and after which about the same number of entries is left of a stretch that was begun
// at its end: half-way to the stretch's beginning or the oldest entry, or less far, if entries have come more often than
// that.
func (w *room) middle(end time.Time, at position, from time.Time) time.Time {
	if w.oldest != nil {
		from = later(from, earlier(w.oldest.Time, at.cursor))
	}
	half := at.cursor.Sub(from) / 2
	// In floating point: a platform may announce any number of entries.
	if ahead := float64(end.Sub(at.cursor)) / float64(at.pages) * float64(at.left) / 2; ahead < float64(half) {
		half = time.Duration(ahead)
	}
	return at.cursor.Add(-half).Truncate(time.Second)
}
