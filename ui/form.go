package ui

import (
	"io"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/huh"
)

// This file is where huh lives. A form has one field, the steps are their owner's, and so are Enter, back and Esc:
//
//   - huh leaves a form by two messages that say nothing of where they come from, so that two quick Enters would
//     complete the step after it, too. Here a form is left in one go, and no command of huh is ever run: what they
//     carry beside those messages is the blinking of a cursor.
//   - huh's validation blocks going back, and its text field takes no keys after a refusal. Here a form is asked before
//     huh hears of it, and only on the way forward.

// form is one field of a step.
type form struct {
	huh   *huh.Form
	check func() error // why it can't be left forward, nil if it can
	err   error        // what check said last
}

// newForm returns a form that shows the field in the given space. check may be nil.
func newForm(l *look, field huh.Field, check func() error, width, height int) *form {
	theme := l.formTheme()
	field = field.WithTheme(theme) // a field without one asks for the terminal's background as soon as it is grouped
	f := huh.NewForm(huh.NewGroup(field)).WithTheme(theme).WithShowHelp(false).WithShowErrors(false).
		WithAccessible(false) // switched on by TERM=dumb
	f.WithWidth(max(width, 1)).WithHeight(max(height, 1))
	f.Init()
	return &form{huh: f, check: check}
}

// newInput returns a text field with a value of its owner's.
func newInput(l *look, value *string, limit int) huh.Field {
	return huh.NewInput().Prompt(l.cursor + " ").CharLimit(limit).Value(value)
}

// key hands a key to the field.
func (f *form) key(msg tea.KeyMsg) {
	f.err = nil
	f.huh.Update(msg)
}

// finish leaves the form forward, and tells whether it could be left.
func (f *form) finish() bool {
	if f.check != nil {
		if f.err = f.check(); f.err != nil {
			return false
		}
	}
	f.huh.NextField()
	f.huh.NextGroup()
	return f.huh.State == huh.StateCompleted
}

func (f *form) view() string { return f.huh.View() }

// bare is what huh asks of every field and ours have no use for. self is the field itself.
type bare struct{ self huh.Field }

// Init has nothing to do.
func (bare) Init() tea.Cmd { return nil }

// Blur has nothing to do.
func (bare) Blur() tea.Cmd { return nil }

// Focus has nothing to do.
func (bare) Focus() tea.Cmd { return nil }

// Error is nil: forms are asked by their own check.
func (bare) Error() error { return nil }

// Run shows the field alone.
func (b bare) Run() error { return huh.Run(b.self) }

// RunAccessible does nothing: the screen reader's way is plain questions, not a form.
func (bare) RunAccessible(io.Writer, io.Reader) error { return nil }

// Skip is false: the field is always asked.
func (bare) Skip() bool { return false }

// Zoom is false: the field has the form to itself anyway.
func (bare) Zoom() bool { return false }

// KeyBinds is empty: the step's owner names the keys.
func (bare) KeyBinds() []key.Binding { return nil }

// WithTheme changes nothing: the field is drawn in the program's look.
func (b bare) WithTheme(*huh.Theme) huh.Field { return b.self }

// WithAccessible changes nothing.
func (b bare) WithAccessible(bool) huh.Field { return b.self }

// WithKeyMap changes nothing: the keys are the program's.
func (b bare) WithKeyMap(*huh.KeyMap) huh.Field { return b.self }

// WithPosition changes nothing.
func (b bare) WithPosition(huh.FieldPosition) huh.Field { return b.self }

// GetKey is empty: values go to their owner directly.
func (bare) GetKey() string { return "" }
