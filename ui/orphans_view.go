package ui

import (
	"fmt"
	"strings"

	"fob/ui/desk"
)

// View draws one orphan: what was asked for, what was found, and what can be done.
func (s *orphans) View() string {
	l := s.look
	where := ""
	if len(s.list) > 1 {
		where = fmt.Sprintf("%d of %d", s.at+1, len(s.list))
	}
	lines := s.pageTitle("Keys whose making came to no good end", where, s.width)
	remark := func(text string) { lines = append(lines, l.remark(l.plain, " ", text, s.width)...) }
	if s.trouble != "" {
		lines = append(lines, l.remark(l.bad, l.note, s.trouble, s.width)...)
	}
	o := s.one()
	switch {
	case s.working != "":
		lines = append(lines, " "+l.accent.Render(s.pulse.spin(l))+" "+l.line(s.working)+s.pulse.since())
	case s.looking.busy():
		lines = append(lines, " "+l.accent.Render(s.pulse.spin(l))+" looking at the lists, and at what this machine has"+s.pulse.since())
	}
	if s.err != nil {
		lines = append(lines, l.remark(l.bad, l.note, "not all could be looked at: "+explain(s.err), s.width)...)
	}
	if o == nil {
		if s.looked {
			remark("Nothing is left to decide.")
		}
		for _, done := range s.settled {
			remark(settledWords(done))
		}
		return s.drawn(lines, s.width)
	}
	// The question, and what it is about, have to be on screen: what was asked for gives way.
	foot := s.foot(o)
	room := max(s.height-len(lines)-len(foot), 3)
	lines = append(lines, tail(s.about(o, room), room)...)
	return s.drawn(append(lines, foot...), s.width)
}

func settledWords(o desk.Orphan) string {
	if o.Fate == desk.FateHeld {
		return o.Name + " was made, and this machine has its secret: the stash knows it now."
	}
	return "Of " + o.Name + " nothing was made, or it is gone again."
}

// about says what was asked for and what was found, the candidates last; room is how many lines there are.
func (s *orphans) about(o *desk.Orphan, room int) []string {
	l, now := s.look, s.Now()
	var lines []string
	row := func(label, text string) { lines = append(lines, l.row(label, text, s.width)...) }
	asked := o.Name + ", in " + o.Where
	row("asked for", asked)
	when := moment(o.At, now)
	if o.Who != "" {
		when += " by " + o.Who
	}
	row("when", when)
	if o.Rotation != "" {
		row("for", "a rotation; g shows where it stands")
	}
	row("found", s.foundWords(o))
	if o.Why != "" {
		row("", o.Why)
	}
	for _, w := range o.Warnings {
		lines = append(lines, l.remark(l.warn, l.note, w, s.width)...)
	}
	if len(o.Candidates) > 0 {
		most := max(room-len(lines)-1, 2)
		from := max(min(s.cursor-most/2, len(o.Candidates)-most), 0)
		for i := from; i < min(from+most, len(o.Candidates)); i++ {
			c := o.Candidates[i]
			sign, style := "  ", l.plain
			if i == s.cursor {
				sign, style = l.cursor+" ", l.selected
			}
			text := strings.Join([]string{c.Label(), c.Type, c.Role, c.Scope}, " "+l.dot+" ")
			lines = append(lines, " "+style.Render(sign+l.truncate(text, s.width-4)))
		}
		if more := len(o.Candidates) - most; more > 0 {
			lines = append(lines, l.faint.Render(fmt.Sprintf("   %s more", desk.Thousands(more))))
		}
	}
	return lines
}

// foundWords say what was found and how sure that is.
func (s *orphans) foundWords(o *desk.Orphan) string {
	n := len(o.Candidates)
	switch {
	case o.Fate == desk.FateHeld:
		return "this machine has its secret, and that could not be written down"
	case o.Fate == desk.FateNothing:
		return "nothing was made, and that could not be written down"
	case o.Fate == desk.FateOpen && n == 0:
		return "it can't be told yet whether it was made"
	case s.certain(o):
		return "certain: it is the key below. Nobody is known to have its secret"
	case n == 1:
		return string(o.Certainty) + ": it may be the key below. Nobody is known to have its secret"
	case n > 1:
		return fmt.Sprintf("%s: it may be one of %d keys, the likeliest first. Nobody is known to have its secret", o.Certainty, n)
	}
	return "no key in the list fits"
}

// foot is the question, or what can be done.
func (s *orphans) foot(o *desk.Orphan) []string {
	l := s.look
	lines := []string{""}
	say := func(text string) { lines = append(lines, l.remark(l.plain, " ", text, s.width)...) }
	switch s.asking {
	case orphanAsksRevoke:
		for _, text := range s.stakes() {
			lines = append(lines, " "+text)
		}
		say("Revoke " + o.Candidates[s.cursor].Label() + "? If somebody does have it, it works no more. This can't be undone.")
		return append(lines, "   "+l.bold.Render("y")+" revokes it, esc leaves it")
	case orphanAsksLeave:
		say("Leave it as it is? If a key was made it stays alive, and you are not asked about it again.")
		return append(lines, "   "+l.bold.Render("y")+" leaves it for good, esc goes back")
	case orphanAsksNothing:
	}
	if s.working != "" || s.looking.busy() || s.height < 18 { // the footer names the keys
		return lines
	}
	text := "l leaves it and asks no more, esc decides later."
	switch {
	case o.Rotation != "":
		text += " Once it is decided, its rotation goes on."
	case s.mayMake(o):
		text += " n makes a new one, in the wizard."
	}
	if s.mayRevoke(o) {
		text = "x revokes the selected key, " + text
	}
	lines = append(lines, l.remark(l.faint, " ", text, s.width)...)
	return lines
}
