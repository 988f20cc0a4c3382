package ui

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"fob/ui/desk"
)

func (s *stashScreen) columns() []column[*desk.Checked] {
	l := s.look
	faint, good, bad, warn := newInk(l.faint), newInk(l.good), newInk(l.bad), newInk(l.warn)
	text := func(title string, width, from int, of func(*desk.Checked) string) column[*desk.Checked] {
		return column[*desk.Checked]{
			title: title, width: width, from: from, cell: of,
			order: func(a, b *desk.Checked) int { return compareFold(of(a), of(b)) },
		}
	}
	end := func(c *desk.Checked) time.Time {
		if c.Entry.ExpiresAt == nil {
			return time.Unix(1<<40, 0) // never: after every end
		}
		return *c.Entry.ExpiresAt
	}
	return []column[*desk.Checked]{
		text("NAME", 0, 0, func(c *desk.Checked) string { return c.Name }),
		text("SCOPE", 15, 92, func(c *desk.Checked) string { return c.Scope }),
		{
			title: "EXPIRES", width: 10, cell: func(c *desk.Checked) string { return stashedExpiry(c, s.now) },
			order: func(a, b *desk.Checked) int { return end(a).Compare(end(b)) },
		},
		text("WHERE", 18, 70, func(c *desk.Checked) string { return strings.Join(c.Where, ", ") }),
		{
			title: "PLATFORM", width: 10, cell: func(c *desk.Checked) string { return s.verdict(c) },
			order: func(a, b *desk.Checked) int { return cmp.Compare(s.verdict(a), s.verdict(b)) },
			ink: func(c *desk.Checked) *ink {
				switch s.verdict(c) {
				case "alive":
					return good
				case "expiring":
					return warn
				case "expired", "revoked":
					return bad
				}
				return faint
			},
		},
	}
}

func stashedExpiry(c *desk.Checked, now time.Time) string {
	if c.Row != nil {
		return expiryCell(c.Row.Key.ExpiresAt, now)
	}
	if c.Entry.ExpiresAt == nil {
		return "never"
	}
	if at := *c.Entry.ExpiresAt; at.After(now) && at.Before(now.Add(soon)) {
		return desk.Until(at, now)
	}
	return c.Entry.ExpiresAt.In(now.Location()).Format(time.DateOnly)
}

// verdict is what has become of a key in ten cells.
func (s *stashScreen) verdict(c *desk.Checked) string {
	word := c.Word()
	switch {
	case word != "":
		return word
	case s.checkErr != nil:
		return "not asked"
	}
	return s.look.ellipsis
}

// View draws the screen.
func (s *stashScreen) View() string {
	l := s.look
	what := "the stash of this machine"
	if s.width < 72 {
		what = "the stash"
	}
	lines := []string{between(" "+l.bold.Render(what), s.counts()+" ", s.width), s.filterLine()}
	height := s.height - 3
	var list []string
	switch {
	case s.err != nil:
		list = fit("\n"+l.failure("The stash's index could not be read", s.err, s.width), height)
	case !s.read:
		list = fit("\n "+l.faint.Render("reading the stash "+l.ellipsis), height)
	case len(s.rows) == 0:
		list = fit("\n This machine keeps no key yet. n on tab 1 or 2 makes one and keeps it.", height)
	case len(s.table.order) == 0:
		list = fit(fmt.Sprintf("\n None of the %s matches the filter. esc clears it.", keysWord(len(s.rows))), height)
	default:
		list = fit(strings.Join(s.table.view(), "\n"), height)
		if row, ok := s.table.selected(); ok && s.width >= paneFrom {
			list = beside(list, stashDetailLines(l, row, s.verdict(row), s.paneWidth()-1, s.now), s.listWidth(), l)
		}
	}
	return strings.Join(append(append(lines, list...), s.footnote()), "\n")
}

// filterLine is the filter, how many keys it leaves, and what the table is sorted by where its head doesn't say it.
func (s *stashScreen) filterLine() string {
	l := s.look
	var notes []string
	if s.filter.active() {
		notes = append(notes, l.faint.Render(fmt.Sprintf("%s of %s", desk.Thousands(len(s.table.order)), keysWord(len(s.rows)))))
	}
	if by := s.table.sortedBy(); by != "" {
		notes = append(notes, l.faint.Render("by "+by))
	}
	return s.filter.view(strings.Join(notes, " "+l.faint.Render(l.dot)+" ")+" ", s.width)
}

func (s *stashScreen) counts() string {
	l := s.look
	if !s.read || len(s.rows) == 0 {
		return ""
	}
	text := keysWord(len(s.rows))
	count := map[string]int{}
	for _, c := range s.rows {
		count[c.Word()]++
	}
	for _, word := range []string{"expiring", "expired", "revoked"} {
		if n := count[word]; n > 0 {
			text += " " + l.faint.Render(l.dot) + " " + l.warn.Render(fmt.Sprintf("%d %s", n, word))
		}
	}
	return text
}

// footnote says what is asked, and what could not be asked.
func (s *stashScreen) footnote() string {
	l := s.look
	switch {
	case s.checking.busy():
		return l.faint.Render("     asking the platform what has become of them " + l.ellipsis)
	case s.checkErr != nil:
		return l.bad.Render("     the platform could not be asked "+l.dot+" r to ask again: ") + l.line(brief(s.checkErr))
	case s.checked && !s.whole && len(s.rows) > 0:
		return l.warn.Render("     the platform could not tell of all of them " + l.dot + " enter says why, r asks again")
	}
	return ""
}
