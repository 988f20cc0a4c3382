package ui

import (
	"fmt"
	"strings"

	"fob/client"
	"fob/ui/desk"
)

// Lines around the table: the summary and the filter above it; what reaches the workspace, or how the reading goes, below.
func (s *keysScreen) aboveTable() int { return 2 }

func (s *keysScreen) belowTable() int { return 1 }

// View draws the screen.
func (s *keysScreen) View() string {
	lines := []string{s.headline(), s.filterLine()}
	list := s.tableLines()
	if pane := s.pane(len(list)); s.width >= paneFrom && pane != nil {
		list = beside(list, pane, s.listWidth(), s.look)
	}
	lines = append(lines, list...)
	return strings.Join(append(lines, s.footnote()), "\n")
}

// headline says where we are and counts the keys.
func (s *keysScreen) headline() string {
	l := s.look
	place := "every key of the organization"
	if s.width < 72 {
		place = "every key"
	}
	if !s.organization {
		place = l.line(s.scope.Workspace) + " " + l.more
		switch {
		case s.scope.Workspace == "" && s.places.busy():
			place = ""
		case s.scope.Workspace == "":
			place = "no workspace"
		}
	}
	return between(" "+l.bold.Render(place), s.counts()+" ", s.width)
}

func (s *keysScreen) counts() string {
	l := s.look
	if s.list.AsOf.IsZero() {
		if s.announced == nil || *s.announced == 0 || !s.reading.busy() && len(s.rows) == 0 {
			return ""
		}
		text := fmt.Sprintf("%s of %s", desk.Thousands(len(s.rows)), desk.Thousands(*s.announced))
		if s.reading.busy() {
			text += " " + l.ellipsis
		}
		return l.faint.Render(text)
	}
	parts := []string{keysWord(s.summary.Total)}
	if !s.list.Complete && s.list.Announced != nil {
		parts[0] = fmt.Sprintf("%s of %s", desk.Thousands(s.summary.Total), keysWord(*s.list.Announced))
	}
	if n := s.summary.Expiring; n > 0 {
		parts = append(parts, l.warn.Render(fmt.Sprintf("%s expire soon", desk.Thousands(n))))
	}
	if n := s.summary.Expired; n > 0 {
		parts = append(parts, l.bad.Render(fmt.Sprintf("%s expired", desk.Thousands(n))))
	}
	if n := s.summary.Kept; n > 0 {
		parts = append(parts, fmt.Sprintf("%s kept here", desk.Thousands(n)))
	}
	if s.reading.busy() {
		parts = append(parts, l.faint.Render("reading again "+l.ellipsis))
	}
	return strings.Join(parts, " "+l.faint.Render(l.dot)+" ")
}

func keysWord(n int) string {
	if n == 1 {
		return "1 key"
	}
	return desk.Thousands(n) + " keys"
}

// filterLine is the filter, and at its end how many keys it leaves, how they are sorted and how many are marked.
func (s *keysScreen) filterLine() string {
	l := s.look
	var notes []string
	if s.filter.active() {
		notes = append(notes, l.faint.Render(fmt.Sprintf("%s of %s", desk.Thousands(len(s.table.order)), keysWord(len(s.rows)))))
	}
	if by := s.table.sortedBy(); by != "" {
		notes = append(notes, l.faint.Render("by "+by))
	}
	if n := len(s.table.marks); n > 0 {
		notes = append(notes, l.accent.Render(fmt.Sprintf("%s marked", desk.Thousands(n))))
	}
	return s.filter.view(strings.Join(notes, " "+l.faint.Render(l.dot)+" ")+" ", s.width)
}

// tableLines is the table, or why there is none.
func (s *keysScreen) tableLines() []string {
	l, height := s.look, s.height-s.aboveTable()-s.belowTable()
	var text string
	switch {
	case s.err != nil && len(s.rows) == 0:
		text = "\n" + s.refused()
	case len(s.rows) > 0 && len(s.table.order) == 0 && !s.arranging.busy():
		text = fmt.Sprintf("\n None of the %s matches the filter. esc clears it.", keysWord(len(s.rows)))
	case len(s.rows) > 0:
		return fit(strings.Join(s.table.view(), "\n"), height)
	case s.places.busy():
		text = "\n " + l.faint.Render("reading the workspaces "+l.ellipsis)
	case s.reading.busy():
		text = "\n " + l.faint.Render("reading the keys "+l.ellipsis+s.waited())
	case s.scope.Workspace == "" && !s.organization:
		text = "\n This session can reach no workspace. 2 shows the organization's keys."
	default:
		text = "\n " + s.empty()
	}
	return fit(text, height)
}

// waited says how long the reading takes once that is longer than a blink.
func (s *keysScreen) waited() string {
	d := s.now.Sub(s.since)
	if d.Seconds() < 2 {
		return ""
	}
	return fmt.Sprintf(" (%s; tab leaves it, q quits)", desk.Ago(d))
}

func (s *keysScreen) empty() string {
	text := s.look.line(s.scope.Workspace) + " has no keys of its own yet."
	if s.organization {
		text = "The organization has no keys yet."
	}
	if s.refusal() == "" {
		text += " n makes one."
	}
	return text
}

// refused says why there is no list, with the next step.
func (s *keysScreen) refused() string {
	what := "The keys could not be read"
	if client.IsForbidden(s.err) {
		what = "These keys are not for this session"
		if s.organization {
			what += ": 1 shows a workspace's"
		}
	}
	text := s.look.failure(what, s.err, s.width)
	state, _, own := s.SessionState()
	if admin := s.known.who.Role == "Admin" || s.known.who.Role == ""; admin && own && !state.Pasted && client.IsForbidden(s.err) { // of anybody else the role is the reason
		text += "\n P signs in another way."
	}
	return text
}

// footnote is the line below the table: what is wrong with the list first, then what it doesn't show.
func (s *keysScreen) footnote() string {
	l := s.look
	switch {
	case s.retrying != "":
		return l.warn.Render("     waiting for the platform: " + l.line(s.retrying) + "; q quits")
	case s.err != nil && len(s.rows) > 0 && s.list.AsOf.IsZero():
		return l.warn.Render("     partial: "+s.readSoFar()+" "+l.dot+" r to read again: ") + l.line(brief(s.err))
	case s.err != nil && len(s.rows) > 0:
		return l.bad.Render("     not read again "+l.dot+" r to read again: ") + l.line(brief(s.err))
	case !s.list.AsOf.IsZero() && !s.list.Complete:
		return l.warn.Render("     " + s.partial())
	}
	if s.organization || s.other == nil || s.other.list.AsOf.IsZero() || s.list.AsOf.IsZero() {
		return ""
	}
	here := "this workspace"
	if s.width < 72 {
		here = "it"
	}
	switch s.reaching {
	case 0:
		return ""
	case 1:
		return l.faint.Render("     + 1 organization key reaches " + here + ", too " + l.dot + " 2 shows it")
	}
	return l.faint.Render(fmt.Sprintf("     + %s organization keys reach %s, too %s 2 shows them", desk.Thousands(s.reaching), here, l.dot))
}

// readSoFar counts the keys that came before the reading broke off.
func (s *keysScreen) readSoFar() string {
	if s.announced == nil {
		return desk.Thousands(len(s.rows)) + " read"
	}
	return fmt.Sprintf("%s of %s read", desk.Thousands(len(s.rows)), desk.Thousands(*s.announced))
}

// partial says that the list isn't known to be whole.
func (s *keysScreen) partial() string {
	if s.list.Announced != nil {
		return fmt.Sprintf("partial: %s announced, %s read %s r to read again", desk.Thousands(*s.list.Announced), desk.Thousands(len(s.rows)), s.look.dot)
	}
	return fmt.Sprintf("partial: %s read, %s %s r to read again", desk.Thousands(len(s.rows)), s.look.line(s.list.Why), s.look.dot)
}

// pane is the selected key's details beside the list.
func (s *keysScreen) pane(height int) []string {
	row, ok := s.table.selected()
	if !ok || s.width < paneFrom {
		return nil
	}
	return fit(strings.Join(detailLines(s.look, row, s.paneWidth()-1, s.now, s.known.about(row, s.now)...), "\n"), height)
}

// beside sets a pane to the right of lines.
func beside(lines, pane []string, width int, l *look) []string {
	out := make([]string, len(lines))
	bar := l.faint.Render(l.border.Left)
	for i := range lines {
		right := ""
		if i < len(pane) {
			right = pane[i]
		}
		out[i] = pad(lines[i], width) + bar + " " + right
	}
	return out
}

// Notes say on the help screen why something can't be done here, and explain the filter.
func (s *keysScreen) Notes(width int) []string {
	return append(s.look.notOffered(s.refusalHere(), width), s.filter.notes(width)...)
}
