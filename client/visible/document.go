package visible

import (
	"html"
	"strings"
)

// CSV returns Line(s) with a ' before everything that a spreadsheet would run as a formula: an =, +, -, @ or a full-width
// form of them at the start, be it after blanks and quotes. The same is done after a semicolon, because a spreadsheet of a country
// that writes decimal commas takes it as the separator, wherever it stands. Quotes and commas are left to the writer
// (encoding/csv). It is for text: numbers and times that fob made itself don't need it. CSV(CSV(s)) == CSV(s).
func CSV(s string) string {
	s = Line(s)
	var b strings.Builder
	start, done := true, 0 // start: only blanks and quotes since the beginning of what may become a cell
	for i, r := range s {
		switch {
		case start && runs(r):
			b.WriteString(s[done:i])
			b.WriteByte('\'')
			done, start = i, false
		case r == ';':
			start = true
		case r != ' ' && r != '\u3000' && r != '"':
			start = false
		}
	}
	if done == 0 && b.Len() == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

// runs tells whether a spreadsheet may take a cell that begins with r for a formula. A tab or a carriage return, which
// would do the same, have become pictures by then; those are taken for it, too, for whoever turns them back.
func runs(r rune) bool { return strings.ContainsRune("=+-@＝＋－＠﹢﹣﹦﹫−␉␍␊", r) }

// HTML returns Line(s) escaped for the text of an HTML page and for a quoted attribute. It is not safe inside a script,
// a style or an address.
func HTML(s string) string { return html.EscapeString(Line(s)) }

// Markdown returns Line(s) escaped so that it stays plain text inside a paragraph, a list or a table's cell of
// CommonMark or GitHub's dialect: no emphasis, link, image, code, HTML, heading or new cell, and no address that turns
// into a link by itself.
func Markdown(s string) string {
	s = Line(s)
	if !strings.ContainsAny(s, "\\`*_{}[]<>|~&!$^:@#+-=.)") {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	number := true // only digits and blanks so far: a list's number, if a dot follows
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch c {
		case '<':
			b.WriteString("&lt;")
			continue
		case '>':
			b.WriteString("&gt;")
			continue
		case '&':
			b.WriteString("&amp;")
			continue
		case '\\', '`', '*', '_', '{', '}', '[', ']', '|', '~', '!', '$', '^', ':', '@', '#':
			b.WriteByte('\\')
		case '+', '-', '=':
			if strings.TrimLeft(s[:i], " ") == "" {
				b.WriteByte('\\')
			}
		case '.', ')':
			if number || i >= 3 && strings.EqualFold(s[i-3:i], "www") {
				b.WriteByte('\\')
			}
		}
		if number && c != ' ' && (c < '0' || c > '9') {
			number = false
		}
		b.WriteByte(c)
	}
	return b.String()
}
