package desk

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"fob/client/audit"
)

// Window says which keys an incident is about: all of what is set has to hold. The zero time is no bound.
type Window struct {
	CreatedAfter  time.Time // at or after
	CreatedBefore time.Time // before
	UsedAfter     time.Time // a query at or after
}

// Caught are the keys of a window.
type Caught struct {
	Rows    []*Row
	Unclear []Unclear // of which it can't be told
	Queries map[string]LastQuery
	Looked  int // how many keys were looked at
}

// Unclear is a key of which something can't be told, and why.
type Unclear struct {
	Row *Row
	Why string // in words
}

// Catch returns the keys of the list that are in the window. A key that can't be told to be in it or not is neither in
// nor left out: it is Unclear. The error is that of reading the search history.
func (d *Desk) Catch(ctx context.Context, list List, w Window, tell func(AuditProgress)) (Caught, error) {
	c := Caught{Looked: len(list.Rows)}
	doubts := map[string]string{}
	var rows []*Row
	for _, r := range list.Rows {
		made, shown := r.Key.CreatedAt.Get()
		switch {
		case w.CreatedAfter.IsZero() && w.CreatedBefore.IsZero():
		case !shown:
			doubts[r.Key.ID] = "when it was made isn't shown"
		case made.Before(w.CreatedAfter), !w.CreatedBefore.IsZero() && !made.Before(w.CreatedBefore):
			continue
		}
		if end, ends := r.Key.ExpiresAt.Get(); ends && end.Before(w.UsedAfter) {
			continue // it had ended by then
		}
		rows = append(rows, r)
	}
	if !w.UsedAfter.IsZero() && len(rows) > 0 {
		ids := make([]string, len(rows))
		for i, r := range rows {
			ids[i] = r.Key.ID
		}
		var err error
		if c.Queries, err = d.LastSeen(ctx, SeenQuestion{List: list, Of: ids, Since: w.UsedAfter}, tell); err != nil {
			return c, err
		}
	}
	for _, r := range rows {
		doubt := doubts[r.Key.ID]
		if !w.UsedAfter.IsZero() {
			switch q, ok := c.Queries[r.Key.ID]; {
			case ok && q.Verdict == audit.NotSeen:
				continue
			case !ok || q.Verdict == audit.CannotTell:
				doubt = q.Why
				if doubt == "" {
					doubt = "the search history says nothing of it"
				}
			}
		}
		if doubt != "" {
			c.Unclear = append(c.Unclear, Unclear{r, doubt})
			continue
		}
		c.Rows = append(c.Rows, r)
	}
	return c, nil
}

var ago = regexp.MustCompile(`^(\d{1,6})\s*(min|h|d|w)(\s+ago)?$`)

// ParseMoment reads an instant of the past: "2h", "3d", "45min" or "2w" ago, a date, or an instant such as
// 2026-11-20T09:30 (in the zone on screen) or with a zone of its own. A date is its beginning, or its end with end.
func (d *Desk) ParseMoment(text string, end bool) (time.Time, error) {
	return parseMoment(text, end, d.Now())
}

// ParseMoment is Desk.ParseMoment by this machine's clock and zone, for before there is a desk.
func ParseMoment(text string, end bool) (time.Time, error) { return parseMoment(text, end, time.Now()) }

func parseMoment(text string, end bool, now time.Time) (time.Time, error) {
	text = strings.TrimSpace(text)
	if m := ago.FindStringSubmatch(strings.ToLower(text)); m != nil {
		n, err := strconv.Atoi(m[1])
		unit := map[string]time.Duration{"min": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}[m[2]]
		if err != nil || time.Duration(n) > 200*365*24*time.Hour/unit {
			return time.Time{}, fmt.Errorf("%q is too long ago", text)
		}
		return now.Add(-time.Duration(n) * unit), nil
	}
	at, err := time.ParseInLocation(time.DateOnly, text, now.Location())
	if err == nil {
		if at.After(now) {
			return time.Time{}, fmt.Errorf("%s has not begun", text)
		}
		if end {
			at = at.AddDate(0, 0, 1)
		}
		return at, nil
	}
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04"} {
		if at, err = time.ParseInLocation(form, text, now.Location()); err == nil {
			break
		}
	}
	switch {
	case err != nil:
		return time.Time{}, fmt.Errorf("%q is no time: for example 2h or 3d (ago), 2026-11-20, or 2026-11-20T09:30", text)
	case at.After(now):
		return time.Time{}, fmt.Errorf("%s is yet to come", text)
	}
	return at, nil
}
