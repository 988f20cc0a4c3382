package ui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/lipgloss"

	"fob/client"
	"fob/client/audit"
	"fob/client/visible"
	"fob/ui/desk"
)

// chartLines is the height of the charts with their titles.
func (s *auditScreen) chartLines() int {
	c := s.audit.Result.Charts
	return 1 + max(len(c.LastQuery), len(c.Expiries))
}

// evidenceFrom is the width from which the table has room for the evidence.
const evidenceFrom = 100

// aboveTable is how many lines stand above the findings: window, counts, the charts where there is room for them, and the
// filter.
func (s *auditScreen) aboveTable() int {
	if s.charted() {
		return 2 + s.chartLines() + 1
	}
	return 3
}

// charted tells whether the charts are shown: there has to be room for them and for some findings.
func (s *auditScreen) charted() bool { return s.judged && s.height >= 17 }

// View draws the screen.
func (s *auditScreen) View() string {
	l := s.look
	switch {
	case !s.judged && client.IsForbidden(s.err):
		return "\n" + l.failure("The audit is not for this session: it judges every key of the organization", s.err, s.width)
	case s.err != nil && !s.judged:
		return "\n" + l.failure("The audit could not be made", s.err, s.width) + "\n\n " + l.bold.Render("r") + " tries again"
	case !s.judged && s.reading.busy():
		lines := []string{"", " " + s.progressWords(), ""}
		for _, line := range wrap("The platform doesn't say when a key was last used. fob reads the search history for it.", s.width-2) {
			lines = append(lines, l.faint.Render(" "+line))
		}
		return strings.Join(append(lines, "", l.faint.Render(" esc stops; what was learned is kept.")), "\n")
	case !s.judged:
		return "\n Which keys does nobody need, and how sure is that?\n\n " + l.bold.Render("r") + " reads the search history and judges every key."
	}
	lines := []string{s.headline(), s.countLine()}
	if s.charted() {
		lines = append(lines, s.charts()...)
	}
	lines = append(lines, s.filterLine())
	height := max(s.height-s.aboveTable()-1, 2)
	switch {
	case s.audit.Result.Counts.Keys == 0:
		lines = append(lines, fit("\n There is no key to judge.", height)...)
	case len(s.rows) == 0:
		lines = append(lines, fit("\n Nothing was found.", height)...)
	case len(s.table.order) == 0:
		lines = append(lines, fit("\n No finding matches the filter. esc clears it.", height)...)
	default:
		lines = append(lines, fit(strings.Join(s.table.view(), "\n"), height)...)
	}
	return strings.Join(append(lines, s.footnote()), "\n")
}

func (s *auditScreen) progressWords() string {
	p := s.progress
	words := p.Stage
	if words == "" {
		words = "beginning"
	}
	if p.Total > 0 {
		words += fmt.Sprintf(" %s %s of %s", s.look.dot, desk.Thousands(p.Done), desk.Thousands(p.Total))
	} else if p.Done > 0 {
		words += fmt.Sprintf(" %s %s", s.look.dot, desk.Thousands(p.Done))
	}
	return s.look.accent.Render(words + " " + s.look.ellipsis)
}

func (s *auditScreen) headline() string {
	right := ""
	if s.reading.busy() {
		right = s.progressWords() + " "
	}
	return between(" "+s.windowWords(), right, s.width)
}

// countLine counts the keys by verdict.
func (s *auditScreen) countLine() string {
	l, c := s.look, s.audit.Result.Counts
	part := func(n int, words string) string { return l.bold.Render(desk.Thousands(n)) + " " + words }
	parts := []string{part(c.Keys, "keys"), part(c.Seen, "seen"), part(c.NotSeen, "not seen"), part(c.CannotTell, "cannot tell")}
	if c.Excepted > 0 {
		parts = append(parts, part(c.Excepted, "findings excepted"))
	}
	return " " + strings.Join(parts, "    ")
}

// charts draws the two charts beside each other.
func (s *auditScreen) charts() []string {
	l, r := s.look, s.audit.Result.Charts
	half := (s.width - 3) / 2
	left := append([]string{l.faint.Render("days since the last query")}, s.bars(r.LastQuery, half)...)
	right := append([]string{l.faint.Render("coming expiries")}, s.bars(r.Expiries, half)...)
	out := make([]string, s.chartLines())
	for i := range out {
		var a, b string
		if i < len(left) {
			a = left[i]
		}
		if i < len(right) {
			b = right[i]
		}
		out[i] = " " + pad(a, half) + " " + b
	}
	return out
}

// bars draws a chart: label, bar, number. The longest bar fills the room, every number above 0 has some of it.
func (s *auditScreen) bars(bars []audit.Bar, width int) []string {
	label, most := 0, 1
	for _, b := range bars {
		label = max(label, lipgloss.Width(b.Label))
		most = max(most, b.Count)
	}
	room := max(min(width-label-9, 40), 4)
	out := make([]string, len(bars))
	for i, b := range bars {
		n := b.Count * room / most
		if b.Count > 0 && n == 0 {
			n = 1
		}
		out[i] = pad(b.Label, label) + "  " + s.look.accent.Render(strings.Repeat(s.look.bar, n)) + " " + desk.Thousands(b.Count)
	}
	return out
}

func (s *auditScreen) filterLine() string {
	l := s.look
	right := ""
	if n := len(s.table.marks); n > 0 {
		right = l.accent.Render(desk.Thousands(n)+" marked") + " "
	}
	if s.filter.active() {
		right = l.faint.Render(fmt.Sprintf("%s of %s findings", desk.Thousands(len(s.table.order)), desk.Thousands(len(s.rows)))) + " " + right
	}
	return s.filter.view(right, s.width)
}

// footnote is the line below the findings: what could not be read, then what could not be told.
func (s *auditScreen) footnote() string {
	l, r := s.look, s.audit.Result
	switch {
	case s.err != nil:
		return l.bad.Render("     not read again: ") + explain(s.err)
	case !r.Complete && len(r.Why) > 0:
		return l.warn.Render("     incomplete: " + visible.Line(strings.Join(r.Why, "; ")))
	case s.audit.Unread() != "":
		return l.warn.Render("     " + l.line(s.audit.Unread()))
	case s.width < evidenceFrom:
		if f, ok := s.table.selected(); ok { // which the table cuts short
			return l.faint.Render("     " + l.line(f.Evidence))
		}
	case len(r.Skipped) > 0:
		n := 0
		for _, skip := range r.Skipped {
			n += skip.Count
		}
		return l.faint.Render(fmt.Sprintf("     %s more questions that the data doesn't answer %s E exports which", desk.Thousands(n), l.dot))
	}
	return ""
}
