package ui

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/bubbles/cursor"
	"github.com/charmbracelet/bubbles/help"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/huh"
	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"fob/client/visible"
)

// look is how the program looks: the terminal's own sixteen colours and its default foreground, so that every theme of
// a person's terminal fits. Colour only ever adds to a word or a character.
type look struct {
	glyphs
	plain, bold, faint, accent, good, warn, bad, selected lipgloss.Style
	help                                                  help.Styles
	boldInk, faintInk                                     *ink
	colourless                                            bool // neither colours nor bold nor reverse
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
	cursor: ">", mark: "*", kept: "o", up: "^", down: "v", more: "v", rule: "-", dot: "|", dash: "-", ellipsis: "...", bullet: "*", check: "*", note: "!",
	bar: "#", barEmpty: ".", border: lipgloss.ASCIIBorder(), spinner: []string{"|", "/", "-", `\`},
}

// newLook returns the look for a locale that can show UTF-8, or can't.
func newLook(utf8 bool) *look {
	l := &look{glyphs: unicodeGlyphs, colourless: lipgloss.ColorProfile() == termenv.Ascii}
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
	l.boldInk, l.faintInk = newInk(l.bold), newInk(l.faint)
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

// coloured is the style of what belongs to a profile of that colour.
func (l *look) coloured(name string) lipgloss.Style {
	for i, colour := range []string{"red", "green", "yellow", "blue", "magenta", "cyan"} {
		if colour == name {
			return l.plain.Bold(true).Foreground(lipgloss.ANSIColor(i + 1))
		}
	}
	return l.plain
}

// utf8 tells whether the locale can show more than ASCII.
func (l *look) utf8() bool { return l.rule != asciiGlyphs.rule }

// line is a stranger's text as one line that is safe to show in this locale.
func (l *look) line(s string) string {
	if l.utf8() {
		return visible.Line(s)
	}
	return visible.ASCII(s)
}

// truncate is line, cut to at most width cells.
func (l *look) truncate(s string, width int) string {
	if l.utf8() {
		return visible.Truncate(s, width)
	}
	return strings.TrimRight(visible.CellASCII(s, width), " ")
}

// cell is line in exactly width cells.
func (l *look) cell(s string, width int) string {
	if l.utf8() {
		return visible.Cell(s, width)
	}
	return visible.CellASCII(s, width)
}

// ascii puts a finished frame into what the locale can show. Only the program's own words still have typographic
// characters here; each becomes one that takes as many cells, so that everything stays where it is.
func (l *look) ascii(s string) string {
	if l.utf8() {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for len(s) > 0 {
		if s[0] < utf8.RuneSelf && (len(s) == 1 || s[1] < utf8.RuneSelf) {
			b.WriteByte(s[0])
			s = s[1:]
			continue
		}
		cluster, _ := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
		r, size := utf8.DecodeRuneInString(cluster)
		switch {
		case size == len(cluster) && r < utf8.RuneSelf:
			b.WriteByte(s[0])
		case size == len(cluster) && asciiWords[r] != 0:
			b.WriteByte(asciiWords[r])
		default:
			b.WriteString(strings.Repeat("?", ansi.StringWidth(cluster)))
		}
		s = s[len(cluster):]
	}
	return b.String()
}

var asciiWords = map[rune]byte{
	'…': '~', '·': '|', '–': '-', '—': '-', '•': '*', '✓': '*', '›': '>', '●': 'o', '▾': 'v', '▲': '^', '▼': 'v', '─': '-',
	'↑': '^', '↓': 'v', '│': '|', '█': '#', '░': '.', '’': '\'',
}

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
	in.Cursor.SetMode(cursor.CursorStatic) // nothing is drawn, and sent over a slow line, while nobody types
	return in
}

// typeInto lets a text field hear a key. What is pasted may hold what must not reach the screen: it is made visible, as
// the names are with which it will be compared.
func typeInto(in textinput.Model, msg tea.Msg) (textinput.Model, tea.Cmd) {
	in, cmd := in.Update(msg)
	if text := visible.Line(in.Value()); text != in.Value() {
		in.SetValue(text)
		in.CursorEnd()
	}
	return in, cmd
}

// field draws a text field. Without colours there is no reverse video either, so that the cursor has to be a character.
func (l *look) field(in textinput.Model) string {
	if !l.colourless || !in.Focused() {
		return unstranded(in.View())
	}
	caret := "█"
	if !l.utf8() {
		caret = "_"
	}
	text := []rune(in.Value())
	before, behind := string(text[:in.Position()]), string(text[in.Position():])
	if len(text) == 0 {
		behind = in.Placeholder
	}
	if over := ansi.StringWidth(before) + 1 - in.Width; in.Width > 0 && over > 0 {
		before = unstranded(ansi.TruncateLeft(before, over, ""))
	}
	whole := before + caret + behind
	if in.Width > 0 {
		whole = ansi.Truncate(whole, in.Width+1, "")
	}
	return whole
}

// unstranded leaves out what scrolling has parted from its letter: a mark or a vowel at the start would join the cell
// before it.
func unstranded(s string) string {
	for _, r := range s {
		if r == ansi.ESC || visible.Line(string(r)) == string(r) {
			break
		}
		s = s[len(string(r)):]
	}
	return s
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
