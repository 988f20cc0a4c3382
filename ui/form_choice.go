package ui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/huh"
	"github.com/charmbracelet/lipgloss"
)

// option is one answer that can be chosen.
type option struct {
	label string
	note  string // beside it, "" for none
}

// choice is a field with a few answers, of which one is chosen by standing on it. huh's own Select scrolls what stands
// above the preset answer out of sight, and forgets how high it was when the window grows again.
type choice struct {
	bare
	look    *look
	options []option
	value   *int
	width   int
	height  int
	offset  int
}

func newChoice(l *look, value *int, options []option) *choice {
	c := &choice{look: l, options: options, value: value, height: len(options)}
	c.self = c
	c.keep()
	return c
}

func (c *choice) keep() {
	*c.value = min(max(*c.value, 0), max(len(c.options)-1, 0))
	if *c.value < c.offset {
		c.offset = *c.value
	}
	if *c.value >= c.offset+c.height {
		c.offset = *c.value - c.height + 1
	}
	c.offset = min(max(c.offset, 0), max(len(c.options)-c.height, 0))
}

// Update hears the keys that move.
func (c *choice) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	k, ok := msg.(tea.KeyMsg)
	if !ok {
		return c, nil
	}
	switch {
	case matches(k, keys.Up):
		*c.value--
	case matches(k, keys.Down):
		*c.value++
	case matches(k, keys.PageUp):
		*c.value -= c.height
	case matches(k, keys.PageDown):
		*c.value += c.height
	case matches(k, keys.Top):
		*c.value = 0
	case matches(k, keys.Bottom):
		*c.value = len(c.options)
	}
	c.keep()
	return c, nil
}

// View draws the answers that fit, one line each.
func (c *choice) View() string {
	l := c.look
	widest := 0
	for _, o := range c.options {
		widest = max(widest, lipgloss.Width(o.label))
	}
	widest = min(widest, max(c.width-4, 8))
	last := min(c.offset+c.height, len(c.options))
	lines := make([]string, 0, last-c.offset)
	for i := c.offset; i < last; i++ {
		o := c.options[i]
		sign, style := "  ", l.plain
		if i == *c.value {
			sign, style = l.cursor+" ", l.selected
		}
		line := style.Render(sign + pad(o.label, widest))
		if o.note != "" {
			line += "   " + l.faint.Render(o.note)
		}
		switch {
		case i == c.offset && c.offset > 0:
			line = pad(line, c.width-2) + " " + l.faint.Render(l.up)
		case i == last-1 && last < len(c.options):
			line = pad(line, c.width-2) + " " + l.faint.Render(l.down)
		}
		lines = append(lines, cut(line, c.width))
	}
	return strings.Join(lines, "\n")
}

// WithWidth gives the field its width.
func (c *choice) WithWidth(width int) huh.Field {
	c.width = width
	return c
}

// WithHeight gives the field its height.
func (c *choice) WithHeight(height int) huh.Field {
	c.height = max(height, 1)
	c.keep()
	return c
}

// GetValue is the position of the chosen answer.
func (c *choice) GetValue() any { return *c.value }
