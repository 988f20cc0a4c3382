package history

import (
	"slices"
	"time"
)

// span is a stretch of time: from the first instant up to but without the second. All but the end of a window are on
// whole seconds, so that they mean the same to a platform that keeps finer times than it shows.
type span struct{ from, to time.Time }

func (s span) empty() bool { return !s.from.Before(s.to) }

func (s span) has(t time.Time) bool { return !t.Before(s.from) && t.Before(s.to) }

// covers tells whether all of o is in s.
func (s span) covers(o span) bool { return !o.from.Before(s.from) && !o.to.After(s.to) }

// spans are stretches that don't touch, oldest first.
type spans []span

// with returns the spans and s joined.
func (a spans) with(s span) spans {
	if s.empty() {
		return a
	}
	out := make(spans, 0, len(a)+1)
	for _, other := range a {
		if other.to.Before(s.from) || s.to.Before(other.from) {
			out = append(out, other)
			continue
		}
		s = span{earlier(s.from, other.from), later(s.to, other.to)}
	}
	out = append(out, s)
	slices.SortFunc(out, func(x, y span) int { return x.from.Compare(y.from) })
	return out
}

// gaps returns what of w isn't in the spans, newest first.
func (a spans) gaps(w span) []span {
	var out []span
	end := w.to
	for _, s := range slices.Backward(a) {
		if !s.from.Before(end) {
			continue
		}
		if g := (span{later(s.to, w.from), end}); !g.empty() {
			out = append(out, g)
		}
		end = s.from
		if !end.After(w.from) {
			return out
		}
	}
	if g := (span{w.from, end}); !g.empty() {
		out = append(out, g)
	}
	return out
}

// within returns what of the spans is in w.
func (a spans) within(w span) spans {
	var out spans
	for _, s := range a {
		if cut := (span{later(s.from, w.from), earlier(s.to, w.to)}); !cut.empty() {
			out = append(out, cut)
		}
	}
	return out
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// nextSecond returns the first whole second after t.
func nextSecond(t time.Time) time.Time { return t.Truncate(time.Second).Add(time.Second) }
