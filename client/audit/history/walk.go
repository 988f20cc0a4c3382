package history

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"fob/client"
)

// slack is how far an entry may lie outside of what was asked for before the filter is said not to be obeyed: times
// are shown rounded.
const slack = 2 * time.Second

// errUntrue says that the platform's answer to a filter or an order isn't what was asked for.
var errUntrue = errors.New("the platform doesn't filter the history as asked")

// walk reads a stretch of a history newest first. It doesn't go by deep pages: after each page it asks for what is as
// old as the last entry or older, and expects to meet that entry again, which shows that the filter does what it is
// taken for. Entries of one instant that come again are known by their ids.
type walk struct {
	room   *room
	span   span
	clause string // " and api_key eq '…'", or ""
	take   func(entries []client.HistoryEntry, s span) (gain int)
	// next is asked after every page but the last whether to go on; it may raise span.from. nil: always.
	next func(ctx context.Context, at position) (bool, error)
}

// position is how far a walk has come.
type position struct {
	gain   int // keys that the page found
	pages  int // that were read
	left   int // pages that are left; math.MaxInt: not known
	cursor time.Time
	proven bool // the filter was seen to work
}

// run reads until the end, or until next says no. done is told, whatever happens, how far back the stretch was read.
func (k *walk) run(ctx context.Context, done func(s span, reached time.Time)) (err error) {
	cursor, bound := k.span.to, earlier(k.span.to, k.room.run.to)
	finished := false
	defer func() {
		reached := k.span.from
		if !finished {
			reached = later(reached, nextSecond(cursor))
		}
		if !errors.Is(err, errUntrue) {
			done(k.span, reached)
		}
	}()
	var again overlap
	anchor, last, number := "", "", 1
	for pages := 1; ; pages++ {
		q := client.HistoryQuery{Filter: between(k.span.from, bound) + k.clause, PageSize: int(k.room.size.Load())}
		p, err := k.room.page(ctx, q, number)
		if err != nil {
			return k.refused(err)
		}
		if err := k.check(p.Entries, bound, anchor, number); err != nil {
			return err
		}
		verified := anchor != "" && number == 1
		came := len(p.Entries)
		if came > 0 {
			cursor, last = p.Entries[came-1].Time, identity(p.Entries[came-1])
		}
		fresh, err := again.fresh(p.Entries)
		if err != nil {
			return err
		}
		gain := k.take(fresh, k.span)
		if came == 0 || p.End {
			if came == 0 && p.More {
				return errors.New("the platform says that there is more, and gives nothing")
			}
			if came == 0 && pages == 1 && k.clause == "" {
				if err := k.room.reallyEmpty(ctx, k.span); err != nil {
					return err
				}
			}
			finished = true
			return nil
		}
		if b := upTo(cursor); b.Before(bound) {
			bound, number, anchor = b, 1, last
			again.ask(bound)
		} else {
			number++ // a whole page of one instant
			again.turn()
		}
		at := position{gain: gain, pages: pages, left: math.MaxInt, cursor: cursor, proven: verified}
		if p.Total != nil {
			size := int(k.room.size.Load())
			at.left = (max(*p.Total-came, 0) + size - 1) / size
		}
		if k.next != nil {
			goOn, err := k.next(ctx, at)
			if err != nil || !goOn {
				return err
			}
		}
		if !k.span.from.Before(bound) {
			finished = true
			return nil
		}
	}
}

// check compares an answer with what was asked for.
func (k *walk) check(entries []client.HistoryEntry, bound time.Time, anchor string, number int) error {
	found := anchor == "" || number > 1
	for i, e := range entries {
		switch {
		case e.Time.After(bound.Add(slack)), e.Time.Before(k.span.from.Add(-slack)):
			return errUntrue
		case i > 0 && e.Time.After(entries[i-1].Time):
			return errUntrue
		}
		found = found || identity(e) == anchor
	}
	// Where a whole page is of one instant, the entry may be on the next one.
	tied := len(entries) > 0 && upTo(entries[len(entries)-1].Time).Equal(bound)
	if !found && !tied {
		return errUntrue
	}
	return nil
}

// refused makes of a filter that the platform doesn't take what an untrue answer is.
func (k *walk) refused(err error) error {
	if filterRefused(err) {
		return errUntrue
	}
	return err
}

func filterRefused(err error) bool {
	var e *client.Error
	return errors.As(err, &e) && (e.Status == http.StatusBadRequest || e.Status == http.StatusUnprocessableEntity)
}

// identity is what an entry is known by. One without an id is known by everything that is read of it.
func identity(e client.HistoryEntry) string {
	if e.ID != "" {
		return e.ID
	}
	return strings.Join([]string{e.Time.String(), e.Key.Value.ID, e.Key.Value.Name, e.UserID, e.Pipeline, e.Status}, "\x00")
}

// upTo returns the instant up to which to ask for, so that entries shown with the time t are found: the platform may
// keep finer times than it shows.
func upTo(t time.Time) time.Time {
	for _, unit := range []time.Duration{time.Second, time.Millisecond, time.Microsecond} {
		if t.Equal(t.Truncate(unit)) {
			return t.Add(unit)
		}
	}
	return t
}

// between is a filter by time. Both ends are in it, because of the two forms that the platform documents the first is
// ge, and entries of the bound are told apart here.
func between(from, to time.Time) string {
	return fmt.Sprintf("created_at ge %s and created_at le %s", stamp(from), stamp(to))
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.999999999Z") }

// reallyEmpty returns errUntrue unless an empty answer for s can be true: an empty answer to a filter proves nothing by
// itself.
func (w *room) reallyEmpty(ctx context.Context, s span) error {
	w.mu.Lock()
	proven := w.proven
	w.mu.Unlock()
	if proven || w.oldest != nil && w.oldest.Time.After(s.to) {
		return nil
	}
	if w.newest == nil {
		p, err := w.page(ctx, client.HistoryQuery{PageSize: 1}, 1)
		if err != nil {
			return err
		}
		if len(p.Entries) == 0 {
			return nil
		}
		w.newest = &p.Entries[0]
	}
	if w.newest.Time.Before(s.from) {
		return nil
	}
	return errUntrue
}
