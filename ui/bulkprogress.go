package ui

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"fob/client/lifecycle"
	"fob/ui/desk"
)

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
	lines = append(append(lines, s.turn()...), s.window()...)
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

// turn says which key's turn it is, and what is being done to it.
func (s *bulk) turn() []string {
	l, at := s.look, len(s.results)
	if s.finished || at >= len(s.plan.Items) {
		return nil
	}
	text := l.accent.Render(s.pulse.spin(l)) + " " + l.line(s.plan.Items[at].Row.Label())
	if s.step != "" {
		text += l.faint.Render(": " + l.line(s.step))
	}
	return []string{cut(text+s.pulse.since(), s.width-4)}
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
	case stopped(r):
		return 1
	}
	return 0
}

// stopped tells whether a key's turn didn't come, because a person stopped it or because none would have come to anything.
func stopped(r desk.BulkResult) bool {
	return !r.Tried() && (errors.Is(r.Err, lifecycle.ErrStopped) || errors.Is(r.Err, context.Canceled))
}

// failedWords say why a key is not as it was meant to be, and what is asked of it alone.
func failedWords(err error) string {
	var meanwhile *desk.MeanwhileError
	if errors.As(err, &meanwhile) {
		return brief(err) + "; Q on it alone asks what to do"
	}
	return brief(err)
}

// outcome says what became of a key, and below why, where there is more to say.
func (s *bulk) outcome(r desk.BulkResult) []string {
	l := s.look
	style := l.bad
	if r.Err == nil {
		style = l.good
	}
	lines := []string{l.cell(r.Item.Row.Label(), 34) + " " + style.Render(r.State)}
	if r.Became != "" {
		lines = append(lines, "  "+l.faint.Render(l.line(r.Became)))
	}
	if r.Err != nil && !stopped(r) { // that it was stopped is said by its state
		for _, part := range wrap(l.line(failedWords(r.Err)), s.width-6) {
			lines = append(lines, "  "+part)
		}
	}
	for _, w := range r.Warnings {
		lines = append(lines, l.warn.Render("  "+l.note+" "+l.line(w)))
	}
	return lines
}
