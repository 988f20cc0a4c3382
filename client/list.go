package client

import (
	"context"
	"iter"
)

// list reads a list to its end. progress may be nil.
func list[T any](ctx context.Context, c *Client, from source[T], progress func(Progress[T])) (Listing[T], error) {
	r := reading[T]{c: c, from: from, keep: true}
	if progress != nil {
		r.emit = func(p Progress[T]) bool { progress(p); return true }
	}
	return r.run(ctx)
}

// stream yields the items of a list as they come, each id once, and ends with an error if the list couldn't be read,
// or with a *PartialError if what was yielded isn't known to be the list.
func stream[T any](ctx context.Context, c *Client, from source[T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		yielded := map[string]int{} // id to the last reading that it came in
		nth, current, stopped := 0, 0, false
		r := reading[T]{c: c, from: from}
		r.emit = func(p Progress[T]) bool {
			if p.Restart {
				nth, current = nth+1, 0
			}
			for i := range p.More {
				id := from.id(&p.More[i])
				_, before := yielded[id]
				yielded[id] = nth
				current++
				if (!before || id == "") && !yield(p.More[i], nil) {
					stopped = true
					return false
				}
			}
			return true
		}
		l, err := r.run(ctx)
		var none T
		switch {
		case stopped:
		case err != nil:
			yield(none, err)
		case !l.Complete:
			yield(none, &PartialError{Op: from.op, Why: l.Why, Read: len(yielded), Announced: l.Announced})
		case current != len(yielded):
			// The list was read again and is whole now, but it isn't what was yielded at first.
			why := "the list changed while it was read: some of what came is no longer on it"
			yield(none, &PartialError{Op: from.op, Why: why, Read: len(yielded), Announced: l.Announced})
		}
	}
}
