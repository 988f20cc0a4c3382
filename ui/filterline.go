package ui

import (
	"errors"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"fob/ui/filter"
)

// filterLine is the line of a table's filter: what is typed, what of it is in force, and what is wrong with it.
type filterLine[T any] struct {
	look     *look
	language *filter.Language[T]
	input    textinput.Model
	typing   bool
	filter   filter.Filter[T]
	fault    string
}

func newFilterLine[T any](l *look, language *filter.Language[T], placeholder string) filterLine[T] {
	f := filterLine[T]{look: l, language: language, input: l.input()}
	f.input.Placeholder = placeholder
	return f
}

// open gives the line the keyboard.
func (f *filterLine[T]) open() tea.Cmd {
	f.typing = true
	return f.input.Focus()
}

// close gives the keyboard back; the filter stays.
func (f *filterLine[T]) close() {
	f.typing = false
	f.input.Blur()
}

// clear empties the line.
func (f *filterLine[T]) clear() {
	f.input.SetValue("")
	f.filter, f.fault = filter.Filter[T]{}, ""
}

// key hears a key while the line has the keyboard, and tells whether the filter changed.
func (f *filterLine[T]) key(msg tea.KeyMsg, now time.Time, zone *time.Location) (tea.Cmd, bool) {
	switch {
	case matches(msg, keys.Back):
		f.clear()
		f.close()
		return nil, true
	case matches(msg, keys.Done), msg.Type == tea.KeyUp, msg.Type == tea.KeyDown:
		f.close()
		return nil, false
	}
	before := f.input.Value()
	var cmd tea.Cmd
	f.input, cmd = typeInto(f.input, msg)
	if f.input.Value() == before {
		return cmd, false
	}
	return cmd, f.parse(now, zone)
}

// parse takes the expression as it stands, and tells whether there is one to take. A term that is wrong is explained, one
// that is only half typed is not yet; what stands beside it counts, so that a wrong term doesn't empty the list by what
// it meant while it was being typed.
func (f *filterLine[T]) parse(now time.Time, zone *time.Location) bool {
	expr := f.input.Value()
	f.fault = ""
	for {
		parsed, err := f.language.Parse(expr, now, zone)
		if err == nil {
			f.filter = parsed
			return true
		}
		if f.fault == "" && !errors.Is(err, filter.ErrIncomplete) {
			f.fault = err.Error()
		}
		var fault *filter.Error
		if !errors.As(err, &fault) || fault.End <= 0 {
			return false
		}
		start := strings.LastIndexByte(expr[:fault.Start], ' ') + 1
		end := max(fault.End, start)
		if i := strings.IndexByte(expr[end:], ' '); i >= 0 {
			end += i
		} else {
			end = len(expr)
		}
		if start == end {
			return false
		}
		expr = expr[:start] + expr[end:]
	}
}

// match tells what the filter leaves, nil for everything.
func (f *filterLine[T]) match() func(T) bool {
	if f.filter.Empty() {
		return nil
	}
	return f.filter.Match
}

// empty tells whether nothing is typed and nothing is being typed.
func (f *filterLine[T]) empty() bool { return !f.typing && f.input.Value() == "" }

// active tells whether the filter as it stands is in force, whole.
func (f *filterLine[T]) active() bool { return !f.filter.Empty() && f.fault == "" }

// view draws the line in width cells, with right at its end.
func (f *filterLine[T]) view(right string, width int) string {
	l := f.look
	if f.empty() {
		return between("", right, width)
	}
	sign := " " + l.accent.Render("/") + " "
	left := sign + f.input.Value()
	if f.typing {
		left = sign + l.field(f.input)
	}
	if f.fault != "" {
		right = l.warn.Render(cut(l.line(f.fault)+" (left out)", width*3/4)) + " "
		if f.typing { // without the field's own room to grow, which the explanation needs
			field := f.input
			field.Width = 0
			left = sign + l.field(field)
		}
		// What is being typed stays in view, at the end.
		if over := ansi.StringWidth(left) + ansi.StringWidth(right) + 1 - width; over > 0 {
			left = sign + ansi.TruncateLeft(left, over+4, "…")
		}
	}
	return between(left, right, width)
}

// help are the keys for the footer while the line has the keyboard.
func (f *filterLine[T]) help() []key.Binding {
	return []key.Binding{saying(keys.Done, "keep the filter"), saying(keys.Back, "clear it")}
}

// notes explain the filter on the help screen, in lines of at most width cells.
func (f *filterLine[T]) notes(width int) []string {
	lines := []string{f.look.bold.Render("Filter terms")}
	const form = 22
	for _, t := range f.language.Terms() {
		for i, about := range wrap(t.About, width-form) {
			label := t.Form
			if i > 0 {
				label = ""
			}
			lines = append(lines, f.look.accent.Render(pad(label, form))+strings.TrimRight(about, " "))
		}
	}
	return lines
}
