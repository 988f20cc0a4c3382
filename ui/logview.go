package ui

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/lipgloss"

	"fob/client/lifecycle"
	"fob/ui/desk"
)

func (s *logScreen) columns() []column[*desk.Deed] {
	l := s.look
	faint := newInk(l.faint)
	text := func(title string, width, from int, of func(*desk.Deed) string) column[*desk.Deed] {
		return column[*desk.Deed]{
			title: title, width: width, from: from, cell: of,
			order: func(a, b *desk.Deed) int { return compareFold(of(a), of(b)) },
		}
	}
	key := text("KEY", 0, 0, func(d *desk.Deed) string { return d.Name })
	key.ink = func(d *desk.Deed) *ink { return inkIf(!d.Named, faint) }
	outcome := text("OUTCOME", 14, 0, func(d *desk.Deed) string { return d.Came })
	outcome.ink = func() func(*desk.Deed) *ink {
		good, bad, warn := newInk(l.good), newInk(l.bad), newInk(l.warn)
		return func(d *desk.Deed) *ink { return logStyle(d, good, warn, bad, faint) }
	}()
	return []column[*desk.Deed]{
		{
			title: "WHEN", width: 12, cell: func(d *desk.Deed) string { return shortMoment(d.At, s.now) },
			order: func(a, b *desk.Deed) int { // what is unfinished first, then the newest
				return cmp.Or(cmp.Compare(openRank(a), openRank(b)), b.At.Compare(a.At))
			},
		},
		text("ACTION", 10, 0, func(d *desk.Deed) string { return d.Kind }),
		key,
		text("SCOPE", 16, 92, func(d *desk.Deed) string { return d.Scope }),
		text("BY", 20, 108, func(d *desk.Deed) string { return cmp.Or(d.By, desk.NotKnown) }),
		outcome,
	}
}

func openRank(d *desk.Deed) int {
	if d.Open() {
		return 0
	}
	return 1
}

// logStyle is one of four styles, by what came of a deed.
func logStyle[S any](d *desk.Deed, good, warn, bad, faint S) S {
	switch {
	case d.Open():
		return warn
	case d.End == lifecycle.EndDone:
		return good
	case d.End == lifecycle.EndFailed, d.End == lifecycle.EndUnanswered, d.End == lifecycle.EndNotKept:
		return bad
	}
	return faint
}

// shortMoment is a point in time in twelve cells: with its hour within the year, and with its year otherwise.
func shortMoment(at, now time.Time) string {
	if at.IsZero() {
		return desk.NotKnown
	}
	at = at.In(now.Location())
	if at.Year() == now.Year() {
		return at.Format("02 Jan 15:04")
	}
	return at.Format("02 Jan 2006")
}

// View draws the screen.
func (s *logScreen) View() string {
	l := s.look
	what := "what fob did on this machine"
	if s.width < 72 {
		what = "the log"
	}
	lines := []string{between(" "+l.bold.Render(what), s.counts()+" ", s.width), s.filterLine()}
	height := max(s.height-logBeside, 0)
	var body []string
	switch {
	case !s.read:
		body = fit("\n "+l.faint.Render("reading the journal "+l.ellipsis), height)
	case s.err != nil && len(s.log.Deeds) == 0:
		body = fit("\n"+l.failure("The journal of this machine could not be read", s.err, s.width)+"\n\n r reads it again.", height)
	case len(s.log.Deeds) == 0:
		text := wrap("fob has done nothing on this machine yet. Once it makes, changes or revokes keys, that stands here, with what came of it.", s.width-2)
		body = fit("\n "+strings.Join(text, "\n "), height)
	case len(s.table.order) == 0 && !s.arranging.busy():
		body = fit(fmt.Sprintf("\n None of the %s matches the filter. esc clears it.", deedsWord(len(s.log.Deeds))), height)
	default:
		body = s.listed(height)
	}
	return strings.Join(append(append(lines, body...), s.footnote()), "\n")
}

// listed is the list, and the details of the selected deed beside or below it.
func (s *logScreen) listed(height int) []string {
	l := s.look
	d, selected := s.table.selected()
	if s.width >= paneFrom {
		list := fit(strings.Join(s.table.view(), "\n"), height)
		if selected {
			list = beside(list, atMost(l, deedLines(l, d, s.paneWidth()-1, s.now), height), s.listWidth(), l)
		}
		return list
	}
	list := fit(strings.Join(s.table.view(), "\n"), s.listHeight())
	if selected {
		list = append(list, l.faintInk.on(" "+strings.Repeat(l.rule, max(s.width-2, 0))))
		list = append(list, atMost(l, deedLines(l, d, s.width-2, s.now), height-len(list))...)
	}
	return fit(strings.Join(list, "\n"), height)
}

// atMost cuts lines to a height, and says that there are more.
func atMost(l *look, lines []string, height int) []string {
	if len(lines) <= height {
		return lines
	}
	return append(lines[:max(height-1, 0):max(height-1, 0)], " "+l.faint.Render("enter shows the rest"))
}

func (s *logScreen) counts() string {
	l := s.look
	if !s.read || len(s.log.Deeds) == 0 {
		return ""
	}
	text := deedsWord(len(s.log.Deeds))
	if s.open > 0 {
		text += " " + l.faint.Render(l.dot) + " " + l.warn.Render(desk.Thousands(s.open)+" unfinished")
	}
	return text
}

func deedsWord(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return desk.Thousands(n) + " entries"
}

// filterLine is the filter, how many deeds it leaves, and what the table is sorted by where its head doesn't say it.
func (s *logScreen) filterLine() string {
	l := s.look
	var notes []string
	if s.filter.active() {
		notes = append(notes, l.faint.Render(fmt.Sprintf("%s of %s", desk.Thousands(len(s.table.order)), deedsWord(len(s.log.Deeds)))))
	}
	if by := s.table.sortedBy(); by != "" {
		notes = append(notes, l.faint.Render("by "+by))
	}
	return s.filter.view(strings.Join(notes, " "+l.faint.Render(l.dot)+" ")+" ", s.width)
}

// footnote says what could not be read.
func (s *logScreen) footnote() string {
	l := s.look
	switch {
	case s.read && s.reading.busy():
		return l.faint.Render("     reading the journal again " + l.ellipsis)
	case s.err != nil && len(s.log.Deeds) > 0:
		return l.bad.Render("     the journal can't be read to its end: ") + l.line(brief(s.err))
	case s.log.Unreadable > 0:
		return l.warn.Render("     " + s.log.Warning())
	}
	return ""
}

// deedLines put a deed into words, wrapped to width: what can be done and why it came so first, for they may be cut.
func deedLines(l *look, d *desk.Deed, width int, now time.Time) []string {
	came := logStyle(d, l.good, l.warn, l.bad, l.faint).Render(l.truncate(d.Came, 20))
	title := l.bold.Render(l.truncate(d.Kind+" "+d.Name, max(width-lipgloss.Width(came)-3, 8)))
	lines := []string{" " + between(title, came, width-1)}
	add := func(label, text string) {
		if text == "" {
			return
		}
		for i, part := range wrap(l.line(text), width-labelWidth-2) {
			if i > 0 {
				label = ""
			}
			lines = append(lines, " "+l.faintInk.on(pad(label, labelWidth))+part)
		}
	}
	at := desk.NotKnown
	if !d.At.IsZero() {
		at = moment(d.At, now)
	}
	add("left to do", d.Advice)
	add("why", d.Said)
	add("when", at)
	add("asked", d.Settings)
	for i, where := range d.Where {
		if i == 0 {
			add("where", where)
		} else {
			add("", where)
		}
	}
	add("in", d.Scope)
	add("by", d.By)
	add("id", d.ID)
	if d.Ended.Sub(d.At) >= time.Minute {
		add("ended", moment(d.Ended, now))
	}
	if d.KeyID != "" && d.Certainty != "" && d.Certainty != lifecycle.Certain {
		add("certainty", string(d.Certainty)+": it isn't certain that this is the key")
	}
	add("candidates", strings.Join(d.Candidates, ", "))
	add("profile", d.Profile)
	add("organization", d.Organization)
	add("platform", d.Origin)
	add("written", strings.Join(d.Stages, ", "))
	return lines
}
