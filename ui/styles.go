package ui

import (
	"strings"

	"github.com/charmbracelet/bubbles/help"
	"github.com/charmbracelet/bubbles/textinput"
	"github.com/charmbracelet/huh"
	"github.com/charmbracelet/lipgloss"
)

// look is how the program looks: the terminal's own sixteen colours and its default foreground, so that every theme of
// a person's terminal fits. Colour only ever adds to a word or a character.
type look struct {
	glyphs
	plain, bold, faint, accent, good, warn, bad, selected lipgloss.Style
	help                                                  help.Styles
}

// glyphs are the characters that carry meaning, in UTF-8 or ASCII.
type glyphs struct {
	cursor, mark, kept, up, down, more, rule, dot, dash, ellipsis, bullet, check, note string
	bar, barEmpty                                                                      string
	border                                                                             lipgloss.Border
	spinner                                                                            []string
}

var unicodeGlyphs = glyphs{
	cursor: "›", mark: "✓", kept: "●", up: "▲", down: "▼", more: "▾", rule: "─", dot: "·", dash: "–", ellipsis: "…", bullet: "•", check: "✓", note: "!",
	bar: "█", barEmpty: "░", border: lipgloss.RoundedBorder(), spinner: []string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"},
}

var asciiGlyphs = glyphs{
	cursor: ">", mark: "*", kept: "o", up: "^", down: "v", more: "v", rule: "-", dot: "|", dash: "-", ellipsis: "~", bullet: "*", check: "*", note: "!",
	bar: "#", barEmpty: ".", border: lipgloss.ASCIIBorder(), spinner: []string{"|", "/", "-", `\`},
}

// newLook returns the look for a locale that can show UTF-8, or can't.
func newLook(utf8 bool) *look {
	l := &look{glyphs: unicodeGlyphs}
	if !utf8 {
		l.glyphs = asciiGlyphs
	}
	l.plain = lipgloss.NewStyle()
	l.bold = l.plain.Bold(true)
	l.faint = l.plain.Foreground(lipgloss.ANSIColor(8))
	l.accent = l.plain.Foreground(lipgloss.ANSIColor(6))
	l.good = l.plain.Foreground(lipgloss.ANSIColor(2))
	l.warn = l.plain.Foreground(lipgloss.ANSIColor(3))
	l.bad = l.plain.Foreground(lipgloss.ANSIColor(1))
	l.selected = l.plain.Bold(true).Foreground(lipgloss.ANSIColor(6))
	l.help = help.Styles{
		Ellipsis: l.faint, ShortKey: l.bold, ShortDesc: l.faint, ShortSeparator: l.faint,
		FullKey: l.bold, FullDesc: l.plain, FullSeparator: l.faint,
	}
	return l
}

// status is the style of a status word.
func (l *look) status(word string) lipgloss.Style {
	switch word {
	case "expired":
		return l.bad
	case "expiring":
		return l.warn
	case "active":
		return l.good
	}
	return l.faint
}

// ascii puts the program's own words, which use a few typographic characters, into what the locale can show.
func (l *look) ascii(s string) string {
	if l.rule != "-" {
		return s
	}
	return asciiWords.Replace(s)
}

var asciiWords = strings.NewReplacer("…", "...", "·", "|", "–", "-", "•", "*", "✓", "*", "›", ">", "●", "o", "▾", "v", "▲", "^", "▼", "v", "─", "-")

// box draws a dialog around its content.
func (l *look) box(title, content string, width int) string {
	inner := max(width-4, 1)
	lines := strings.Split(lipgloss.NewStyle().Width(inner).Render(content), "\n")
	b := l.border
	var out strings.Builder
	head := b.Top + " " + cut(title, inner-2) + " "
	if title == "" {
		head = ""
	}
	out.WriteString(l.faint.Render(b.TopLeft+b.Top) + l.bold.Render(strings.TrimPrefix(head, b.Top)) +
		l.faint.Render(strings.Repeat(b.Top, max(width-3-lipgloss.Width(strings.TrimPrefix(head, b.Top)), 0))+b.TopRight) + "\n")
	for _, line := range lines {
		out.WriteString(l.faint.Render(b.Left) + " " + pad(line, inner) + " " + l.faint.Render(b.Right) + "\n")
	}
	out.WriteString(l.faint.Render(b.BottomLeft + strings.Repeat(b.Bottom, max(width-2, 0)) + b.BottomRight))
	return out.String()
}

// input returns a text field in this look.
func (l *look) input() textinput.Model {
	in := textinput.New()
	in.Prompt = ""
	in.TextStyle, in.PlaceholderStyle, in.Cursor.Style, in.Cursor.TextStyle = l.plain, l.faint, l.plain, l.plain
	in.CompletionStyle = l.faint
	return in
}

// formTheme is huh's theme in this look; huh's own would ask the terminal for its background by adaptive colours.
func (l *look) formTheme() *huh.Theme {
	t := huh.ThemeBase16()
	clean := lipgloss.NewStyle()
	t.Focused.Base, t.Blurred.Base = clean, clean
	t.Focused.Card, t.Blurred.Card = clean, clean
	t.Focused.Title, t.Focused.NoteTitle = l.bold, l.bold
	t.Focused.Description = l.faint
	t.Focused.ErrorIndicator = clean.SetString("")
	t.Focused.ErrorMessage = l.bad
	t.Focused.SelectSelector = l.selected.SetString(l.cursor + " ")
	t.Focused.Option, t.Focused.SelectedOption = clean, l.selected
	t.Focused.NextIndicator, t.Focused.PrevIndicator = clean, clean
	t.Focused.TextInput.Cursor, t.Focused.TextInput.Prompt, t.Focused.TextInput.Text = clean, l.accent, clean
	t.Focused.TextInput.Placeholder = l.faint
	t.Focused.FocusedButton = l.selected.Reverse(true)
	t.Focused.BlurredButton = clean
	t.Blurred = t.Focused
	t.Help = l.help
	return t
}
