package ui

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"fob/client"
	"fob/client/visible"
	"fob/ui/desk"
)

// View draws the page.
func (s *signin) View() string {
	l := s.look
	title := "Sign in to " + l.line(s.Profile().Product)
	lines := []string{
		between(" "+l.bold.Render(title), l.faint.Render(l.line(s.where()))+" ", s.width),
		l.faintInk.on(" " + strings.Repeat(l.rule, max(s.width-2, 0))),
	}
	if s.why != "" {
		lines = append(lines, s.text(l.warn.Render, s.why)...)
		lines = append(lines, "")
	}
	switch s.step {
	case signinLooking:
		if s.err != nil {
			lines = append(lines, l.failure("It can't be found out how to sign in here", s.err, s.width))
			break
		}
		lines = append(lines, " "+l.faint.Render("asking how to sign in here "+l.ellipsis))
	case signinStores:
		lines = append(lines, " "+l.faint.Render("looking where the session can be kept; your keyring may ask for its password "+l.ellipsis))
	case signinStore:
		lines = append(lines, s.stores()...)
	case signinWay:
		lines = append(lines, s.ways()...)
	case signinPaste:
		lines = append(lines, " Paste a session token. It isn't shown.", "", " "+l.accent.Render("> ")+s.hidden(), "")
		lines = append(lines, s.text(l.faint.Render, "A session is a person's own credential, from the platform's web page. A key works, too, but only to look around: the platform lets no key manage keys.")...)
	case signinWait:
		lines = append(lines, s.wait()...)
	}
	return strings.Join(lines, "\n")
}

// where is the address, and the profile that the session is for if it has a name.
func (s *signin) where() string {
	if name := s.LoginProfile(); name != "" {
		return name + " " + s.look.dot + " " + s.Origin()
	}
	return s.Origin()
}

// hidden stands for what was pasted: how much it is, and nothing of it.
func (s *signin) hidden() string {
	n := utf8.RuneCountInString(s.paste.Value())
	if n == 0 {
		return s.look.faint.Render("nothing yet")
	}
	return fmt.Sprintf("%s (%d characters)", strings.Repeat("*", min(n, max(s.width-24, 1))), n)
}

func (s *signin) text(style func(...string) string, text string) []string {
	lines := wrap(s.look.line(text), s.width-2)
	for i := range lines {
		lines[i] = " " + style(lines[i])
	}
	return lines
}

// choices draws a few answers, each with a note below it.
func (s *signin) choices(at int, labels, notes []string) []string {
	l := s.look
	var lines []string
	for i, label := range labels {
		sign, style := "  ", l.plain
		if i == at {
			sign, style = l.cursor+" ", l.selected
		}
		lines = append(lines, " "+style.Render(sign+label))
		if notes[i] != "" {
			for _, line := range wrap(l.line(notes[i]), s.width-6) {
				lines = append(lines, "     "+l.faint.Render(line))
			}
		}
	}
	return lines
}

func (s *signin) ways() []string {
	var labels, notes []string
	for _, w := range s.options.Ways {
		labels, notes = append(labels, w.Label), append(notes, w.Note)
	}
	lines := s.choices(s.way, labels, notes)
	if words := s.keptWords(); words != "" {
		lines = append(append(lines, ""), s.text(s.look.faint.Render, words)...)
	}
	if s.options.Note != "" {
		lines = append(append(lines, ""), s.text(s.look.faint.Render, s.options.Note)...)
	}
	switch {
	case client.IsForbidden(s.err), client.IsUnauthorized(s.err):
		lines = append(lines, "", s.look.failure("You signed in, but the platform refuses the session", s.err, s.width))
		lines = append(append(lines, ""), s.text(s.look.plain.Render, unpublished)...)
	case s.err != nil:
		lines = append(lines, "", s.look.failure("That did not work", s.err, s.width))
	}
	return lines
}

// unpublished is what can be said of a session from signing in that is refused.
const unpublished = "Whether it takes sessions from signing in is not published: a pasted session token may do."

// keptWords say where the session goes, where a person had a say in that.
func (s *signin) keptWords() string {
	switch words := s.options.ChosenWords(); {
	case s.chosen != "":
		return "" // just now
	case words != "":
		return "The session is " + words + "; s chooses otherwise."
	case s.options.FileProblem != "" && !s.options.AskStore:
		return "The session goes into the OS keyring; the file that was chosen can't be used: " + s.options.FileProblem
	}
	return ""
}

func (s *signin) stores() []string {
	var lines []string
	if s.options.FileProblem != "" {
		lines = append(lines, s.text(s.look.warn.Render, "The session can't be kept in the file that was chosen: "+s.options.FileProblem)...)
	}
	if s.places.KeyringProblem != "" {
		lines = append(lines, s.text(s.look.warn.Render, "The session can't be kept in the OS keyring: "+s.places.KeyringProblem)...)
	}
	if len(lines) > 0 {
		lines = append(lines, "")
	}
	lines = append(lines, " Where shall it be kept? You are asked once.", "")
	var labels, notes []string
	for _, c := range s.places.Stores {
		labels, notes = append(labels, c.Label), append(notes, c.Note)
	}
	return append(lines, s.choices(s.store, labels, notes)...)
}

// wait says what the person does elsewhere, so that it can be read aloud.
func (s *signin) wait() []string {
	l, n := s.look, s.notice
	var lines []string
	switch {
	case n.Keeping:
		return append(lines, " You are signed in. "+l.faint.Render("Keeping the session; your keyring may ask for its password "+l.ellipsis))
	case n.Code != "":
		if n.NotOpened {
			lines = append(lines, " "+l.warn.Render("No browser could be opened here."), "")
		}
		lines = append(lines, " On any device, open", "", "   "+l.bold.Render(l.line(n.Address)), "", " and enter the code", "",
			"   "+l.selected.Render(l.line(n.Code)), "")
		if direct := "or open " + l.line(n.Direct); n.Direct != "" && n.Direct != n.Address && visible.Width(direct) <= s.width-2 {
			lines = append(lines, " "+l.faint.Render(direct), "")
		}
	case n.Address != "" && n.Opening:
		lines = append(lines, " Opening your browser "+l.ellipsis+" Sign in there, and come back.", "")
		lines = append(lines, s.text(l.faint.Render, "If it shows nothing, open this address on this machine:")...)
		lines = append(lines, s.address(n.Address)...)
	case n.Address != "":
		if n.NotOpened {
			lines = append(lines, " "+l.warn.Render("Your browser could not be opened."), "")
		}
		lines = append(lines, " Open this address in a browser on this machine:", "")
		lines = append(lines, s.address(n.Address)...)
	default:
		return append(lines, " "+l.faint.Render("signing in "+l.ellipsis))
	}
	waiting := "waiting for you " + l.ellipsis
	if !n.Until.IsZero() {
		if left := n.Until.Sub(s.Now()); left > 0 {
			waiting = fmt.Sprintf("waiting for you; it holds for %s", desk.Ago(left))
		}
	}
	return append(lines, "", " "+l.faint.Render(waiting))
}

// address is a long address over several lines, to be copied with y.
func (s *signin) address(address string) []string {
	width := max(s.width-4, 10)
	text := s.look.line(address)
	var lines []string
	for len(text) > width {
		lines = append(lines, "   "+text[:width])
		text = text[width:]
	}
	return append(lines, "   "+text)
}
