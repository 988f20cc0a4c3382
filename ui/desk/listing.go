package desk

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"fob/client"
)

// List is the keys of a scope as rows, with how sure it is that they are all.
type List struct {
	Scope     client.Scope
	Rows      []*Row
	Announced *int // the platform's total; nil where it sends none
	Complete  bool
	Why       string    // why it isn't complete
	AsOf      time.Time // the platform's clock, UTC
}

// Page is a part of a list that is still being read.
type Page struct {
	More      []*Row
	Restart   bool // the list changed meanwhile: what came before is read again
	Read      int
	Announced *int
	Retrying  string // "" or what is being waited for
}

// Keys reads every key of the scope. tell, if not nil, gets the rows as they come, from one goroutine at a time.
// Errors are *client.Error; a list that isn't whole is no error, see List.Complete.
func (d *Desk) Keys(ctx context.Context, scope client.Scope, tell func(Page)) (List, error) {
	kept := d.keptIDs(ctx)
	toRows := func(keys []client.Key) []*Row {
		names, now := d.knownNames(), d.Now()
		rows := make([]Row, len(keys))
		places := make([]*Row, len(keys))
		for i, k := range keys {
			for name, raw := range k.Unknown { // a server may say the session back
				k.Unknown[name] = []byte(d.Redact(string(raw)))
			}
			rows[i] = NewRow(k, scope.Workspace, names, now)
			rows[i].Kept = kept[k.ID]
			places[i] = &rows[i]
		}
		return places
	}
	var rows []*Row
	listing, err := d.platform.ListKeys(ctx, scope, func(p client.Progress[client.Key]) {
		more := toRows(p.More)
		if p.Restart {
			rows = nil
		}
		rows = append(rows, more...)
		if tell != nil {
			tell(Page{More: more, Restart: p.Restart, Read: p.Read, Announced: p.Announced, Retrying: p.Retrying})
		}
	})
	if err != nil {
		return List{}, err
	}
	if !sameKeys(rows, listing.Items) { // what was told on the way isn't what counts in the end
		rows = toRows(listing.Items)
	}
	return List{
		Scope: scope, Rows: rows, Announced: listing.Announced, Complete: listing.Complete, Why: listing.Why, AsOf: listing.AsOf,
	}, nil
}

// Row puts a key that was found otherwise than by Keys into words, as the list of its scope would. Whether this
// machine keeps it is left open.
func (d *Desk) Row(k client.Key, scope client.Scope) *Row {
	r := NewRow(k, scope.Workspace, d.knownNames(), d.Now())
	return &r
}

func sameKeys(rows []*Row, keys []client.Key) bool {
	if len(rows) != len(keys) {
		return false
	}
	for i := range rows {
		if rows[i].Key.ID != keys[i].ID {
			return false
		}
	}
	return true
}

// keptIDs are the ids of the keys that this machine keeps at this origin. An index that can't be read keeps nothing:
// the tables then show no marks, and whoever opens the index is told why.
func (d *Desk) keptIDs(ctx context.Context) map[string]bool {
	entries, err := d.options.Index.Entries(ctx)
	if err != nil {
		return nil
	}
	ids := make(map[string]bool, len(entries))
	for _, e := range entries {
		if e.KeyID == "" || e.Origin != d.Origin() {
			continue
		}
		for _, p := range e.Places {
			if p.Custody == "kept" {
				ids[e.KeyID] = true
			}
		}
	}
	return ids
}

// Summary counts rows by state.
type Summary struct{ Total, Expiring, Expired, Kept int }

// Summarize counts the rows.
func Summarize(rows []*Row) Summary {
	s := Summary{Total: len(rows)}
	for _, r := range rows {
		switch r.Status {
		case StatusExpiring:
			s.Expiring++
		case StatusExpired:
			s.Expired++
		}
		if r.Kept {
			s.Kept++
		}
	}
	return s
}

// Reaching counts the organization's keys that reach the workspace beside its own keys.
func Reaching(organization []*Row, workspace string) int {
	n := 0
	for _, r := range organization {
		if r.All {
			n++
			continue
		}
		if len(r.Reach) < 2 {
			continue
		}
		for _, w := range r.Reach {
			if w == workspace {
				n++
				break
			}
		}
	}
	return n
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Thousands(n) + " " + noun + "s"
}

// Thousands writes n with commas: 98,000.
func Thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		if s[i-1] == '-' {
			break
		}
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Until puts the distance from now to at into words: "in 12 days", "3 hours ago".
func Until(at, now time.Time) string {
	const day = 24 * time.Hour
	d := at.Sub(now)
	switch {
	case d < time.Second: // the platform's clock is a moment ahead at times: what has just happened is not to come
		return span(d.Abs()) + " ago"
	case d >= day-time.Minute:
		d += time.Minute // what was to be in 7 days is not in 6 a second later
	}
	return "in " + span(d)
}

// Ago puts a length of time into words: "4 s", "12 days".
func Ago(d time.Duration) string { return span(d) }

// AgoShort is Ago in at most six cells: "4 min", "12 d".
func AgoShort(d time.Duration) string {
	if d < 24*time.Hour {
		return span(max(d, 0))
	}
	return fmt.Sprintf("%d d", int(d/(24*time.Hour)))
}

func span(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < day:
		return fmt.Sprintf("%d h", int(d.Hours()))
	case d < 90*day:
		return plural(int(d/day), "day")
	case d < 730*day:
		return plural(int(d/(30*day)), "month")
	}
	return plural(int(d/(365*day)), "year")
}
