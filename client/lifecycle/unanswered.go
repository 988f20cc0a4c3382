package lifecycle

import (
	"context"
	"time"
)

// asking is how a list is asked what became of a request that stayed unanswered.
type asking struct {
	now   func() time.Time
	wait  func(ctx context.Context, d time.Duration) error
	limit time.Duration
}

// until calls see until it says that what it saw is final, or until the time is over: the request may still be on its
// way, and lists may be late. ctx ends only the pauses.
func (a asking) until(ctx context.Context, see func(context.Context) (final bool)) {
	limit := orDefault(a.limit, findFor)
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit+answerFor)
	defer cancel()
	start, waited := clock(a.now), time.Duration(0)
	for next := 250 * time.Millisecond; ; next = min(2*next, 2*time.Second) {
		final := see(own)
		left := limit - max(waited, clock(a.now).Sub(start))
		if final || left <= 0 || pause(ctx, a.wait, min(next, left)) != nil {
			return
		}
		waited += min(next, left)
	}
}

// writeAside journals something that goes on whether or not the journal takes it. That it doesn't is a warning, once.
func writeAside(ctx context.Context, j Journal, e Entry, warnings *[]string) {
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), journalFor)
	defer cancel()
	if err := Append(own, j, e); err != nil && len(*warnings) == 0 {
		*warnings = []string{"the journal could not be written: " + err.Error()}
	}
}
