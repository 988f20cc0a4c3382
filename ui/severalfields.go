package ui

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// severalFields are what several keys shall get, each a choice of a few, and the button below them.
type severalFields struct {
	labels []string
	values func(field int) []string // of a field, in words
	chosen []int                    // of each field
	cursor int                      // the button is below the last field
	button string
}

// at is what is chosen of a field, in words. A list that has become shorter gives its last one.
func (f *severalFields) at(field int) string {
	values := f.values(field)
	return values[min(f.chosen[field], len(values)-1)]
}

// onButton tells whether the cursor is on the button.
func (f *severalFields) onButton() bool { return f.cursor == len(f.labels) }

// key hears a key, and tells whether the button was pressed.
func (f *severalFields) key(msg tea.KeyMsg) bool {
	switch {
	case matches(msg, keys.Up), msg.Type == tea.KeyShiftTab:
		f.cursor = max(f.cursor-1, 0)
	case matches(msg, keys.Down), msg.Type == tea.KeyTab:
		f.cursor = min(f.cursor+1, len(f.labels))
	case msg.Type == tea.KeyEnter && f.onButton():
		return true
	case msg.Type == tea.KeyEnter:
		f.cursor++
	case f.onButton():
	case msg.Type == tea.KeyLeft:
		f.turn(-1)
	case msg.Type == tea.KeyRight, msg.Type == tea.KeySpace:
		f.turn(1)
	}
	return false
}

func (f *severalFields) turn(by int) {
	n := len(f.values(f.cursor))
	f.chosen[f.cursor] = (f.chosen[f.cursor] + by + n) % n
}

// lines draw title, fields and button. aside is what stands beside a value, "" for nothing.
func (f *severalFields) lines(l *look, title string, width int, aside func(field int) string) []string {
	lines := []string{title, l.faint.Render(" " + strings.Repeat(l.rule, max(width-2, 0)))}
	for i, label := range f.labels {
		value, beside := l.line(f.at(i)), l.faint.Render(aside(i))
		if i == f.cursor {
			lines = append(lines, " "+l.selected.Render(l.cursor+" "+pad(label, 12))+"< "+l.bold.Render(value)+" >"+beside)
			continue
		}
		lines = append(lines, "   "+l.faint.Render(pad(label, 12))+"  "+value+beside)
	}
	button := "   [ " + f.button + " ]"
	if f.onButton() {
		button = " " + l.selected.Render(l.cursor+" [ "+f.button+" ]")
	}
	return append(lines, "", button, "")
}

// help are the keys for the footer.
func (f *severalFields) help() []key.Binding {
	leave := saying(keys.Back, "leave them as they are")
	if f.onButton() {
		return []key.Binding{saying(keys.Done, f.button), bind("↑↓", "fields"), leave}
	}
	return []key.Binding{bind("←→", "change"), bind("↑↓", "fields"), leave}
}
