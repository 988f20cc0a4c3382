package history

import (
	"context"
	"errors"
	"time"

	"fob/client"
)

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

// plainly reads the history without any filter, newest first by page number, as far back as is needed. What is made
// meanwhile pushes entries onto the next page, where they are known by their ids.
func (w *room) plainly(ctx context.Context) error {
	gaps := w.gaps()
	if len(gaps) == 0 {
		return nil
	}
	w.mu.Lock()
	clear(w.open)
	for _, k := range w.wanted {
		w.open[k] = true
	}
	w.mu.Unlock()
	lowest := gaps[len(gaps)-1].from
	seen := map[string]struct{}{}
	sorted, cursor := true, w.run.window.to
	finish := func(reached time.Time) {
		for _, g := range gaps {
			w.done(g, reached)
		}
	}
	again, announced := 0, -1
	for number := 1; ; number++ {
		size := int(w.size.Load())
		p, err := w.page(ctx, client.HistoryQuery{PageSize: size}, number)
		if err != nil && ctx.Err() == nil && w.shrink(err, size) {
			number = (number - 1) * shorter // and one more: what is next begins where this page began
			continue
		}
		if err != nil {
			if sorted {
				finish(nextSecond(cursor))
			}
			return err
		}
		fresh := p.Entries[:0:0]
		past := len(p.Entries) > 0
		for i, e := range p.Entries {
			if _, twice := seen[identity(e)]; !twice {
				seen[identity(e)] = struct{}{}
				fresh = append(fresh, e)
				sorted = sorted && (!e.Time.After(cursor) || number == 1 && i == 0)
				cursor = e.Time
			} else if e.ID != "" {
				again++
			}
			past = past && e.Time.Before(lowest.Add(-slack))
		}
		for _, g := range gaps {
			w.take(fresh, g)
		}
		if p.Total != nil {
			if announced < 0 {
				announced = *p.Total
			}
			// As many entries come again as were made meanwhile.
			if again > max(0, *p.Total-announced) {
				return errUnsteady
			}
		}
		came := len(p.Entries)
		switch {
		case p.End || came == 0 && !p.More, sorted && past:
			finish(w.run.window.from)
			return nil
		case len(fresh) == 0:
			return errors.New("the platform says that there is more, and repeats itself")
		case w.run.depth == Last && sorted && len(w.sought()) == 0:
			finish(nextSecond(cursor))
			return nil
		}
		if p.Total != nil {
			w.expect(max(*p.Total-number*size, 0)/size + 1)
		}
	}
}
