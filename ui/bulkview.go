package ui

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"fob/ui/desk"
)

// View draws the question, or how far the work is.
func (s *bulk) View() string {
	if s.started {
		return s.look.box(s.progressTitle(), strings.Join(s.progress(), "\n"), s.width)
	}
	return s.look.box(s.title(), strings.Join(s.asking(), "\n"), s.width)
}

func (s *bulk) title() string {
	verb := strings.ToUpper(s.action.Verb[:1]) + s.action.Verb[1:]
	if s.unprepared() {
		return fmt.Sprintf("%s %s?", verb, keysWord(len(s.chosen)))
	}
	if one := s.single(); one != nil {
		return verb + " " + s.look.truncate(one.Row.Name, s.width-15) + "?"
	}
	return fmt.Sprintf("%s %s?", verb, keysWord(len(s.plan.Items)))
}

// single is the one key of the plan, nil if it has several.
func (s *bulk) single() *desk.BulkItem {
	if len(s.plan.Items) == 1 && len(s.plan.LeftOut) == 0 {
		return s.plan.Items[0]
	}
	return nil
}

// asking is the plan with its question.
func (s *bulk) asking() []string {
	if s.unprepared() {
		return s.preparingLines()
	}
	var lines []string
	if one := s.single(); one != nil {
		lines = s.about(one)
	} else {
		lines = append(s.window(), "")
	}
	lines = append(append(lines, s.notes()...), s.answer()...)
	return slices.CompactFunc(lines, func(a, b string) bool { return a == "" && b == "" })
}

// preparingLines say what is waited for, or why there is no plan.
func (s *bulk) preparingLines() []string {
	l := s.look
	read := "the roles, and what this machine's journal has of the keys"
	if s.action.Verb == "rotate" {
		read = "the keys as they are now"
	}
	if s.prepareErr == nil {
		return []string{l.accent.Render(s.pulse.spin(l)) + " reading " + read + s.pulse.since(), "", l.bold.Render("esc") + " leaves them as they are"}
	}
	lines := wrap(l.line("There is no plan: "+brief(s.prepareErr)), s.width-4)
	return append(lines, "", l.bold.Render("r")+" tries again, esc leaves them as they are")
}

// notes are what a person should know of all the keys.
func (s *bulk) notes() []string {
	var lines []string
	for _, w := range s.plan.Warnings {
		lines = append(lines, s.note(w, "")...)
	}
	if s.single() == nil && !s.learning.busy() {
		used := 0
		for _, i := range s.plan.Items {
			if i.InUse() {
				used++
			}
		}
		switch {
		case s.unknown != "":
			lines = append(lines, s.note(s.unknown, "")...)
		case used > 0 && s.action.Verb == "revoke":
			lines = append(lines, s.note(fmt.Sprintf("%d of %d may be in use: they were seen, or that can't be told", used, len(s.plan.Items)), "")...)
		}
	}
	if n := len(s.shared()); n > 0 && len(s.drawn) > s.height-5-len(lines)-len(s.answer()) {
		text := "one more thing to know stands below the keys"
		if n > 1 {
			text = fmt.Sprintf("%d more things to know stand below the keys", n)
		}
		lines = append(lines, s.note(text, "")...)
	}
	if len(lines) > 4 && s.height < 24 { // the question has to stay on screen
		lines = lines[:4]
	}
	return lines
}

// note is a line to be known, wrapped under its sign and behind indent.
func (s *bulk) note(text, indent string) []string {
	l := s.look
	var lines []string
	sign := l.note + " "
	for _, part := range wrap(l.line(text), s.width-6-len(indent)) {
		lines = append(lines, l.warn.Render(indent+sign+part))
		sign = "  "
	}
	return lines
}

// tells tells whether what would be done differs from key to key, so that each says it.
func (s *bulk) tells() bool {
	switch s.action.Verb {
	case "revoke", "edit":
		return false
	}
	return true
}

// shared are the warnings that every key of the plan has: each is said once. Those of some are said with these.
func (s *bulk) shared() []desk.KeyWarning {
	if !s.tells() || s.single() != nil {
		return nil
	}
	return slices.DeleteFunc(desk.KeyWarnings(s.plan), func(w desk.KeyWarning) bool { return w.Keys < max(len(s.plan.Items), 2) })
}

// answer is what can be answered.
func (s *bulk) answer() []string {
	l := s.look
	lines := s.stakes()
	if s.action.Verb == "revoke" {
		lines = append(lines, "Whoever uses it will get 401 from now on. This can't be undone.")
	}
	if s.height >= 18 || s.single() != nil {
		lines = append(lines, "")
	}
	them, leaves := "them", "leaves them as they are"
	if len(s.plan.Items) == 1 {
		them, leaves = "it", "leaves it as it is"
	}
	switch {
	case len(s.plan.Items) == 0:
		return append(lines, "There is nothing to do. "+l.bold.Render("esc")+" leaves.")
	case s.word == "":
		return append(lines, l.bold.Render("y")+" "+s.does()+" "+them+", esc "+leaves)
	}
	lines = append(lines, s.question()+l.field(s.input))
	if typed := s.input.Value(); typed != "" && !strings.HasPrefix(s.word, typed) {
		lines = append(lines, l.warn.Render("that is not what is asked for"))
	}
	return lines
}

// does is what y does: "revokes", "changes".
func (s *bulk) does() string {
	if s.action.Verb == "edit" {
		return "changes"
	}
	return s.action.Verb + "s"
}

// question says what has to be typed.
func (s *bulk) question() string {
	one := s.single()
	switch {
	case one == nil:
		return `Type "` + s.word + `" to ` + s.action.Verb + " them: "
	case one.Row.Named && s.word == one.Row.Name:
		return "Type its name to revoke it: "
	}
	if s.word == desk.ShortID(one.Row.Key.ID) {
		return `Type "` + s.word + `", the start of its id, to revoke it: `
	}
	return `Type "` + s.word + `" to revoke it: `
}

// about describes the one key.
func (s *bulk) about(i *desk.BulkItem) []string {
	l, r := s.look, i.Row
	dot := " " + l.dot + " "
	var lines []string
	for _, text := range []string{
		r.Type + " key" + dot + l.line(r.Role) + dot + l.line(r.Scope),
		"made by " + l.line(r.CreatedBy) + dot + "expires " + expiryWords(r.Key.ExpiresAt, s.Now()),
		"id " + l.line(r.Key.ID),
	} {
		lines = append(lines, wrap(text, s.width-4)...)
	}
	if r.Wide() {
		lines = append(lines, l.warn.Render(l.note+" it reaches beyond one workspace, or administers"))
	}
	if r.Kept {
		lines = append(lines, l.warn.Render(l.note+" this machine keeps it"))
	}
	if s.tells() {
		lines = append(lines, wrap(l.line(s.action.What), s.width-4)...)
		lines = append(lines, wrap("it "+l.line(i.Would), s.width-4)...)
		for _, w := range i.Warnings {
			lines = append(lines, s.note(w, "")...)
		}
	}
	return append(lines, "")
}

// lines are the keys of the plan, or what became of each, a line or more for each.
func (s *bulk) lines() []string {
	switch {
	case s.started:
		return s.outcomes()
	case s.single() != nil:
		return nil
	}
	l, inner := s.look, s.width-4
	var lines []string
	if s.action.What != "" {
		lines = wrap(l.line(s.action.What), inner)
	}
	if s.height >= 20 {
		lines = append(lines, l.faint.Render(s.columns("  KEY", "LAST QUERY", "TYPE", "MADE BY")))
	}
	shared := s.shared()
	for _, i := range s.plan.Items {
		lines = append(append(lines, s.planned(i)), s.would(i, shared)...)
	}
	for _, i := range s.plan.LeftOut {
		lines = append(lines, "  "+l.cell(i.Row.Label(), s.nameWidth())+" "+l.warn.Render("left out"))
		for _, part := range wrap(l.line(leftOutWords(i)), inner-4) {
			lines = append(lines, "    "+l.faint.Render(part))
		}
	}
	for _, w := range shared {
		lines = append(lines, s.note(w.String(), "")...)
	}
	return lines
}

// leftOutWords say why a key is left out, and what is asked of it alone.
func leftOutWords(i *desk.BulkItem) string {
	var unknown *desk.UnknownError
	var theirs *desk.NotMineError
	switch {
	case errors.As(i.Refused, &unknown):
		fields := make([]string, len(unknown.Unknown))
		for n, m := range unknown.Unknown {
			fields[n] = m.Field
		}
		return "the platform doesn't show what a new one needs (" + strings.Join(fields, ", ") + "); R on it alone asks"
	case errors.As(i.Refused, &theirs):
		return i.Skip + "; R on it alone offers that"
	}
	return i.Skip
}

// would is what would be done to a key of the plan, below its line, and what is to be known of it alone.
func (s *bulk) would(i *desk.BulkItem, shared []desk.KeyWarning) []string {
	if !s.tells() {
		return nil
	}
	var lines []string
	for _, part := range wrap(s.look.line(i.Would), s.width-8) {
		lines = append(lines, "    "+s.look.faint.Render(part))
	}
	for _, text := range i.Warnings {
		if !slices.ContainsFunc(shared, func(w desk.KeyWarning) bool { return w.Text == text }) {
			lines = append(lines, s.note(text, "    ")...)
		}
	}
	return lines
}

// planned is a key of the plan in a line: what it is called, when it was last seen, what it is, and whose.
func (s *bulk) planned(i *desk.BulkItem) string {
	l, r := s.look, i.Row
	last := i.LastWords(s.Now())
	switch {
	case i.Last == nil && s.learning.busy():
		last = l.ellipsis
	case i.Last != nil && strings.HasPrefix(last, "seen"):
		last = "seen " + desk.AgoShort(s.Now().Sub(i.Last.At)) + " ago"
	}
	rest := l.line(r.CreatedBy)
	if s.action.Verb == "edit" && len(i.Changes) == 0 {
		rest = "is so already"
	}
	mark := "  "
	if r.Kept {
		mark = l.kept + " "
	}
	return s.columns(mark+l.cell(r.Label(), s.nameWidth()), last, r.Type, rest)
}

// columns sets the parts of a line under those of the others; the type has room on wider terminals.
func (s *bulk) columns(name, last, kind, rest string) string {
	if s.width >= 78 {
		rest = pad(kind, 9) + rest
	}
	return pad(name, s.nameWidth()+2) + " " + pad(last, 15) + s.look.faint.Render(rest)
}

func (s *bulk) nameWidth() int {
	if s.width >= 78 {
		return min(s.width-48, 50)
	}
	return max(s.width-38, 12)
}

// room is how many lines there are for the keys.
func (s *bulk) room() int {
	if s.started {
		return max(s.height-10-len(s.warningLines())-len(s.turn()), 3)
	}
	return max(s.height-5-len(s.notes())-len(s.answer()), 3)
}

// linesWord is what is counted where not all is shown: a key has several lines, and the title counts keys.
func linesWord(n int) string {
	if n == 1 {
		return "line"
	}
	return "lines"
}

// window is the part of the lines that fits, with a word about the rest.
func (s *bulk) window() []string {
	lines, room, inner := s.drawn, s.room(), s.width-4
	shown := lines
	if len(lines) > room {
		from := min(s.scroll, len(lines)-room+1)
		shown = slices.Clone(lines[from : from+room-1])
		text := fmt.Sprintf("and %d more %s", len(lines)-len(shown), linesWord(len(lines)-len(shown)))
		if from > 0 {
			text = fmt.Sprintf("%d %s above, %d below", from, linesWord(from), len(lines)-from-len(shown))
		}
		shown = append(shown, s.look.faint.Render(text))
	}
	out := make([]string, len(shown))
	for i, line := range shown {
		out[i] = cut(line, inner)
	}
	return out
}
