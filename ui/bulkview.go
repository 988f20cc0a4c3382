package ui

import (
	"cmp"
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
	var lines []string
	if one := s.single(); one != nil {
		lines = s.about(one)
	} else {
		lines = append(s.window(), "")
	}
	return append(append(lines, s.notes()...), s.answer()...)
}

// notes are what a person should know of all the keys.
func (s *bulk) notes() []string {
	l := s.look
	var lines []string
	say := func(text string) {
		for i, part := range wrap(l.line(text), s.width-6) {
			sign := l.note + " "
			if i > 0 {
				sign = "  "
			}
			lines = append(lines, l.warn.Render(sign+part))
		}
	}
	for _, w := range s.plan.Warnings {
		say(w)
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
			say(s.unknown)
		case used > 0 && s.action.Verb == "revoke":
			say(fmt.Sprintf("%d of %d may be in use: they were seen, or that can't be told", used, len(s.plan.Items)))
		}
	}
	if len(lines) > 4 && s.height < 24 { // the question has to stay on screen
		lines = lines[:4]
	}
	return lines
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
	for _, i := range s.plan.Items {
		lines = append(lines, s.planned(i))
	}
	for _, i := range s.plan.LeftOut {
		lines = append(lines, l.cell(i.Row.Label(), 30)+" "+l.warn.Render("left out"))
		for _, part := range wrap(l.line(i.Skip), inner-2) {
			lines = append(lines, "  "+l.faint.Render(part))
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
		return max(s.height-10-len(s.warningLines()), 3)
	}
	return max(s.height-5-len(s.notes())-len(s.answer()), 3)
}

// window is the part of the lines that fits, with a word about the rest.
func (s *bulk) window() []string {
	lines, room, inner := s.drawn, s.room(), s.width-4
	shown := lines
	if len(lines) > room {
		from := min(s.scroll, len(lines)-room+1)
		shown = slices.Clone(lines[from : from+room-1])
		text := fmt.Sprintf("and %d more", len(lines)-len(shown))
		if from > 0 {
			text = fmt.Sprintf("%d above, %d below", from, len(lines)-from-len(shown))
		}
		shown = append(shown, s.look.faint.Render(text))
	}
	out := make([]string, len(shown))
	for i, line := range shown {
		out[i] = cut(line, inner)
	}
	return out
}

// done counts the keys that are as they were meant to be.
func (s *bulk) done() int {
	n := 0
	for _, r := range s.results {
		if r.Err == nil {
			n++
		}
	}
	return n
}

func (s *bulk) progressTitle() string {
	switch {
	case s.finished:
		done := s.done()
		if done == len(s.plan.Items) {
			return keysWord(done) + " " + s.action.Past
		}
		return fmt.Sprintf("%d of %s %s", done, keysWord(len(s.plan.Items)), s.action.Past)
	case s.stopping:
		return "Stopping after the one under way"
	}
	return strings.ToUpper(s.action.Doing[:1]) + s.action.Doing[1:]
}

// progress draws the bar, how many came to what, and the result of each key.
func (s *bulk) progress() []string {
	l, n := s.look, len(s.plan.Items)
	width := max(s.width-18, 10)
	full := width * len(s.results) / n
	lines := []string{
		l.accent.Render(strings.Repeat(l.bar, full)) + l.faint.Render(strings.Repeat(l.barEmpty, width-full)) + fmt.Sprintf("  %d of %d", s.done(), n),
		l.faint.Render(s.counts()),
	}
	lines = append(lines, s.window()...)
	lines = append(append(lines, s.warningLines()...), "")
	left := len(s.left())
	switch {
	case s.finished && left > 0:
		return append(lines, l.bold.Render("r")+fmt.Sprintf(" goes on with %s left, any other key closes", keysWord(left)))
	case s.finished:
		return append(lines, l.faint.Render("any key closes"))
	case s.stopping:
		return append(lines, l.faint.Render("what was sent is waited for, the rest is left alone"))
	}
	return append(lines, l.faint.Render("esc stops after the one under way"))
}

func (s *bulk) warningLines() []string {
	var lines []string
	for _, w := range s.warnings {
		for _, part := range wrap(s.look.line(w), s.width-6) {
			lines = append(lines, s.look.warn.Render(s.look.note+" "+part))
		}
	}
	return lines
}

// counts say how many keys came to what.
func (s *bulk) counts() string {
	states := map[string]int{}
	var order []string
	for _, r := range s.results {
		if states[r.State]++; states[r.State] == 1 {
			order = append(order, r.State)
		}
	}
	parts := make([]string, len(order))
	for i, state := range order {
		parts[i] = fmt.Sprintf("%d %s", states[state], state)
	}
	return strings.Join(parts, " "+s.look.dot+" ")
}

// outcomes are the results: while it goes on the last one first; in the end what went wrong.
func (s *bulk) outcomes() []string {
	results := slices.Clone(s.results)
	if s.finished {
		slices.SortStableFunc(results, func(a, b desk.BulkResult) int { return cmp.Compare(rank(a), rank(b)) })
	} else {
		slices.Reverse(results)
	}
	var lines []string
	for _, r := range results {
		lines = append(lines, s.outcome(r)...)
	}
	return lines
}

// rank puts first what went wrong, then what was not tried, then what is done.
func rank(r desk.BulkResult) int {
	switch {
	case r.Err == nil && len(r.Warnings) == 0:
		return 2
	case !r.Tried():
		return 1
	}
	return 0
}

// outcome says what became of a key, and below why, where there is more to say.
func (s *bulk) outcome(r desk.BulkResult) []string {
	l := s.look
	style := l.bad
	if r.Err == nil {
		style = l.good
	}
	lines := []string{l.cell(r.Item.Row.Label(), 34) + " " + style.Render(r.State)}
	if r.Err != nil && r.Tried() { // that one was stopped says it all
		lines = append(lines, "  "+l.line(brief(r.Err)))
	}
	for _, w := range r.Warnings {
		lines = append(lines, l.warn.Render("  "+l.note+" "+l.line(w)))
	}
	return lines
}
