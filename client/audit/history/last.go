package history

import (
	"context"
	"errors"
	"math"
)

// last finds the last query of each key that can reach the room: it reads entries newest first as long as a page finds
// more keys than a request for one key would, and asks for the others one by one, if a filter serves.
func (w *room) last(ctx context.Context) error {
	for {
		gap, ok := w.nextGap()
		if !ok {
			return nil
		}
		if w.plain {
			return w.plainly(ctx)
		}
		if err := w.lastIn(ctx, gap); err != nil {
			if !errors.Is(err, errUntrue) {
				return err
			}
			w.distrust()
		}
	}
}

// nextGap returns the newest stretch in which some key's last query may lie.
func (w *room) nextGap() (span, bool) {
	for _, gap := range w.gaps() {
		if w.lookFor(gap) > 0 {
			return gap, true
		}
	}
	return span{}, false
}

func (w *room) lastIn(ctx context.Context, gap span) error {
	asks, exhaust := false, false
	var gains []int
	k := walk{room: w, span: gap, take: w.take}
	k.next = func(ctx context.Context, at position) (bool, error) {
		w.trust(at)
		gains = append(gains, at.gain)
		open := w.sought()
		if len(open) == 0 {
			return false, nil
		}
		rest := len(open)
		if w.filter == untried {
			rest += controls
		}
		w.expect(min(at.left, rest))
		if at.left <= rest || worthwhile(gains, len(open)) {
			return true, nil
		}
		if w.filter == untried {
			if err := w.prove(ctx); err != nil {
				return false, err
			}
		}
		asks = w.askable(open)
		exhaust = !asks && at.proven && at.left >= partPages && at.left != math.MaxInt
		return !asks && !exhaust, nil
	}
	if err := k.run(ctx, w.done); err != nil {
		return err
	}
	switch open := w.sought(); {
	case asks:
		err := w.askAll(ctx, open)
		if errors.Is(err, errUntrue) {
			w.filter = useless
			return nil // the entries are read
		}
		return err
	case exhaust:
		// Some keys have to be looked for to the end: in which order doesn't matter then.
		rest := w.gaps()
		for _, r := range rest {
			if gap.covers(r) {
				return w.everything(ctx, r, "", w.take, w.done)
			}
		}
	}
	return nil
}

// trust notes that a filter by time found an entry that it had to find.
func (w *room) trust(at position) {
	if at.proven {
		w.mu.Lock()
		w.proven = true
		w.mu.Unlock()
	}
}

// worthwhile tells whether the next page is likely to find at least one key, which then needn't be asked for. What the
// last pages found tells how likely.
func worthwhile(gains []int, open int) bool {
	recent := gains[max(0, len(gains)-3):]
	found := 0
	for _, g := range recent {
		found += g
	}
	// Of the keys that were looked for, the share that a page found goes for those that are left.
	mean := float64(found) / float64(len(recent))
	return mean*float64(open) >= mean+float64(open)
}
