package ui

import (
	"cmp"
	"strings"
	"time"

	"fob/client"
	"fob/client/audit"
	"fob/ui/desk"
)

// keyColumns are the columns of the key tables. The organization's has the scope, too: the other tab is one.
// queries are what an audit found out, nil before there was one; k tells which keys are replaced or in quarantine.
func keyColumns(l *look, organization bool, now func() time.Time, queries func() map[string]desk.LastQuery, k *known) []column[*desk.Row] {
	faint := newInk(l.faint)
	inks := map[desk.Status]*ink{}
	for _, s := range []desk.Status{desk.StatusActive, desk.StatusExpiring, desk.StatusExpired, desk.StatusUnknown} {
		inks[s] = newInk(l.status(string(s)))
	}
	unshown := func(text func(*desk.Row) string) func(*desk.Row) *ink {
		return func(r *desk.Row) *ink {
			if text(r) == desk.NotShown {
				return faint
			}
			return nil
		}
	}
	plain := func(title string, width, from int, text func(*desk.Row) string) column[*desk.Row] {
		return column[*desk.Row]{
			title: title, width: width, from: from, cell: text, ink: unshown(text),
			order: func(a, b *desk.Row) int { return compareFold(text(a), text(b)) },
		}
	}
	roleFrom := 66    // below, the name needs the room
	if organization { // at 80 columns the scope is what tells these keys apart; the details have the role
		roleFrom = 92
	}
	kind := plain("TYPE", 9, 0, func(r *desk.Row) string { return r.Type })
	role := plain("ROLE", 11, roleFrom, func(r *desk.Row) string { return r.Role })
	yields := func() int { // to the last queries
		if len(queries()) > 0 {
			return 92
		}
		return 0
	}
	if organization { // names are cut short otherwise
		kind.paned, kind.wide = 90, yields
	} else {
		role.paned, role.wide = 90, yields
	}
	columns := []column[*desk.Row]{
		{
			title: "NAME", cell: func(r *desk.Row) string { return r.Name },
			order: func(a, b *desk.Row) int { return compareFold(a.Name, b.Name) },
			ink: func(r *desk.Row) *ink {
				if !r.Named {
					return faint
				}
				return nil
			},
		},
		kind, role,
	}
	if organization {
		columns = append(columns, plain("SCOPE", 14, 70, func(r *desk.Row) string { return r.Scope }))
	}
	return append(columns,
		plain("CREATED BY", 16, 108, func(r *desk.Row) string { return r.CreatedBy }),
		column[*desk.Row]{
			title: "CREATED", width: 10, from: 94, cell: func(r *desk.Row) string { return dateCell(r.Key.CreatedAt, now()) },
			order: func(a, b *desk.Row) int { return compareTimes(a.Key.CreatedAt, b.Key.CreatedAt) },
			ink:   func(r *desk.Row) *ink { return inkIf(!r.Key.CreatedAt.Shown(), faint) },
		},
		column[*desk.Row]{
			title: "EXPIRES", width: 10, cell: func(r *desk.Row) string { return expiryCell(r.Key.ExpiresAt, now()) },
			order: func(a, b *desk.Row) int { return compareTimes(a.Key.ExpiresAt, b.Key.ExpiresAt) },
			ink:   func(r *desk.Row) *ink { return inkIf(!r.Key.ExpiresAt.Shown(), faint) },
		},
		lastQueryColumn(faint, now, queries),
		column[*desk.Row]{
			title: "STATUS", width: 9, cell: func(r *desk.Row) string { return statusWord(r, k) },
			order: func(a, b *desk.Row) int { return cmp.Compare(statusRank(a.Status), statusRank(b.Status)) },
			ink: func(r *desk.Row) *ink {
				if statusWord(r, k) != string(r.Status) {
					return faint
				}
				return inks[r.Status]
			},
		},
	)
}

// statusWord is a key's status; one that still works says so where it waits to be revoked, or where its role was lowered.
func statusWord(r *desk.Row, k *known) string {
	if r.Status == desk.StatusExpired {
		return string(r.Status)
	}
	if k.replaced(r.Key.ID) {
		return "replaced"
	}
	if _, lowered := k.quarantine(r.Key.ID); lowered {
		return "lowered"
	}
	return string(r.Status)
}

// lastQueryColumn says when a key was last seen in the search history: – is not in the window, ? is cannot tell.
func lastQueryColumn(faint *ink, now func() time.Time, queries func() map[string]desk.LastQuery) column[*desk.Row] {
	of := func(r *desk.Row) (desk.LastQuery, bool) {
		q, ok := queries()[r.Key.ID]
		return q, ok && !q.At.IsZero()
	}
	return column[*desk.Row]{
		title: "LAST QUERY", width: 10, off: func() bool { return len(queries()) == 0 },
		cell: func(r *desk.Row) string { return lastQueryCell(queries(), r.Key.ID, now()) },
		order: func(a, b *desk.Row) int { // what was seen last comes first
			x, seenX := of(a)
			y, seenY := of(b)
			if seenX != seenY {
				return cmp.Compare(seenRank(seenX), seenRank(seenY))
			}
			return y.At.Compare(x.At)
		},
		ink: func(r *desk.Row) *ink {
			_, seen := of(r)
			return inkIf(!seen, faint)
		},
	}
}

func seenRank(seen bool) int {
	if seen {
		return 0
	}
	return 1
}

func lastQueryCell(queries map[string]desk.LastQuery, id string, now time.Time) string {
	q, known := queries[id]
	switch {
	case !known || q.Verdict == audit.CannotTell && q.At.IsZero():
		return "?"
	case q.At.IsZero():
		return "–"
	}
	return desk.AgoShort(now.Sub(q.At)) + " ago"
}

func inkIf(on bool, i *ink) *ink {
	if on {
		return i
	}
	return nil
}

// soon is how near an end is told in days; beyond, it is a date.
const soon = 60 * 24 * time.Hour

// expiryCell is an end in ten cells: "in 12 days", "2027-03-01", "never" or "not shown".
func expiryCell(f client.Field[time.Time], now time.Time) string {
	at, ok := f.Get()
	switch {
	case !f.Shown():
		return desk.NotShown
	case !ok:
		return "never"
	case at.After(now) && at.Before(now.Add(soon)):
		return desk.Until(at, now)
	}
	return at.In(now.Location()).Format(time.DateOnly)
}

func dateCell(f client.Field[time.Time], now time.Time) string {
	at, ok := f.Get()
	if !ok {
		return desk.NotShown
	}
	return at.In(now.Location()).Format(time.DateOnly)
}

// statusRank sorts what needs attention first.
func statusRank(s desk.Status) int {
	switch s {
	case desk.StatusExpiring:
		return 0
	case desk.StatusExpired:
		return 1
	case desk.StatusActive:
		return 2
	}
	return 3
}

// compareTimes puts earlier before later before never before not shown.
func compareTimes(a, b client.Field[time.Time]) int {
	rank := func(f client.Field[time.Time]) int {
		if _, ok := f.Get(); ok {
			return 0
		}
		if f.Shown() {
			return 1
		}
		return 2
	}
	if c := cmp.Compare(rank(a), rank(b)); c != 0 {
		return c
	}
	return a.Value.Compare(b.Value)
}

// compareFold compares without regard to case, and by case only between equals; ASCII costs no allocation.
func compareFold(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		x, y := a[i], b[i]
		if x >= 0x80 || y >= 0x80 {
			return cmp.Or(strings.Compare(strings.ToLower(a[i:]), strings.ToLower(b[i:])), strings.Compare(a, b))
		}
		if x == y {
			continue
		}
		if 'A' <= x && x <= 'Z' {
			x += 'a' - 'A'
		}
		if 'A' <= y && y <= 'Z' {
			y += 'a' - 'A'
		}
		if x != y {
			return cmp.Compare(x, y)
		}
	}
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}
