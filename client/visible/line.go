// Package visible makes strangers' text safe to show. Names, roles and messages come from the platform and from whoever
// typed them there; shown as they are, they could move the cursor, recolour the screen, turn a line around, hide a part
// of itself or run as a formula. Everything of that kind is made visible instead of being removed, so that two different
// names don't come to look the same.
//
// The notation: a control character is shown by its picture (␛ for ESC, ␊ for a line feed, ␡ for DEL), everything else
// that must not reach the screen by its number as Go would write it (\u202e, \U000e0041), and a byte that isn't UTF-8 as
// \xff. The notation is for reading, not for reversing: a backslash that was there before stays as it is.
//
// Emoji that are joined out of several fall apart into them, because terminals disagree on how wide the joined form is:
// a zero-width joiner, a variation selector and a skin tone right after a symbol are left out. These are the only
// characters that vanish; anywhere else they are made visible like the others.
package visible

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// marksPerBase is how many combining marks a character may carry. Living languages need up to three; more serve to paint
// over the lines above and below.
const marksPerBase = 3

// Line returns s as one line of printable characters (see the package's notation). It contains no control character,
// line break, tab, direction or other invisible format character, private or unassigned character, nor invalid UTF-8, no
// character carries more than three combining marks, and its width is the same in every terminal that follows Unicode.
// The only blanks in it are U+0020 and the ideographic space U+3000. Line(Line(s)) == Line(s).
// Printable ASCII comes back as it is, without an allocation.
func Line(s string) string {
	if plain(s) {
		return s
	}
	text, _ := render(s, len(s))
	return text
}

// ASCII is Line for a terminal that shows nothing but ASCII: every other character, control characters too, is written
// as \x1b, \u00eb or \U0001f511.
func ASCII(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			writeByte(&b, s[i])
		case r < 0x20 || r == 0x7f:
			writeByte(&b, byte(r))
		case r < 0x7f:
			b.WriteByte(byte(r))
		default:
			escape(&b, r)
		}
		i += size
	}
	return b.String()
}

// plain tells whether s is printable ASCII from end to end.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// render is Line, but stops after limit characters that take room; whole tells whether it came to the end. The limit
// keeps a name of a megabyte from costing a megabyte's work in every frame.
func render(s string, limit int) (text string, whole bool) {
	var b strings.Builder
	b.Grow(min(len(s), 4*limit) + 16)
	marks := marksPerBase // how many more marks would be too many: none fits before the first character
	symbol := false       // the last character written is a symbol, which may be part of a joined emoji
	for i, shown := 0, 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		what := classify(r, size)
		switch {
		case what == attached && symbol:
			i += size
			continue
		case what == mark && marks < marksPerBase:
			b.WriteString(s[i : i+size])
			marks++
			i += size
			continue
		}
		if shown++; shown > limit {
			return b.String(), false
		}
		if what == flag { // two regional indicators are one flag of two cells; a single one has no width to rely on
			if second, n := utf8.DecodeRuneInString(s[i+size:]); isRegional(second) {
				b.WriteString(s[i : i+size+n])
				i += size + n
				marks, symbol = marksPerBase, false
				continue
			}
		}
		symbol = what == symbolic
		marks = marksPerBase
		switch what {
		case letter, symbolic:
			b.WriteString(s[i : i+size])
			marks = 0
		case blank:
			b.WriteString(s[i : i+size])
		case control:
			b.WriteRune(picture(r))
		case broken:
			writeByte(&b, s[i])
		default:
			escape(&b, r)
		}
		i += size
	}
	return b.String(), true
}

// class says what becomes of a character.
type class uint8

const (
	letter   class = iota // shown, and may carry marks
	symbolic              // the same, and may be the start of a joined emoji
	blank                 // shown, carries no marks
	mark                  // shown on a letter or a symbol, escaped elsewhere
	attached              // left out after a symbol, escaped elsewhere
	flag                  // shown in pairs
	control               // shown as its picture
	broken                // a byte that isn't UTF-8
	hidden                // escaped
)

func classify(r rune, size int) class {
	switch {
	case r == ' ' || r == '\u3000':
		return blank
	case r < 0x20 || r == 0x7f:
		return control
	case r < 0x7f:
		return letter
	case r == utf8.RuneError && size == 1:
		return broken
	case r == 0x200d || r == 0xfe0e || r == 0xfe0f || r >= 0x1f3fb && r <= 0x1f3ff:
		return attached
	case isRegional(r):
		return flag
	case !unicode.IsPrint(r) || unicode.Is(blanks, r) || unicode.Is(unicode.Variation_Selector, r):
		return hidden
	case unicode.Is(unicode.M, r), r == 0x0e33, r == 0x0eb3: // the vowels am of Thai and Lao are letters that join, too
		return mark
	case unicode.Is(unicode.So, r):
		return symbolic
	}
	return letter
}

// blanks are characters that Unicode calls printable, and that take no room, look like nothing, or join their
// neighbours into a width on which terminals disagree.
var blanks = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x034f, Hi: 0x034f, Stride: 1}, // combining grapheme joiner
		{Lo: 0x0d4e, Hi: 0x0d4e, Stride: 1}, // Malayalam dot reph, joins what follows
		{Lo: 0x1100, Hi: 0x11ff, Stride: 1}, // Hangul letters that join into syllables; the Hangul fillers among them
		{Lo: 0x17b4, Hi: 0x17b5, Stride: 1}, // Khmer inherent vowels
		{Lo: 0x2800, Hi: 0x2800, Stride: 1}, // Braille blank
		{Lo: 0x3164, Hi: 0x3164, Stride: 1}, // Hangul filler
		{Lo: 0xa960, Hi: 0xa97f, Stride: 1}, // Hangul letters that join
		{Lo: 0xd7b0, Hi: 0xd7ff, Stride: 1}, // Hangul letters that join
		{Lo: 0xff9e, Hi: 0xffa0, Stride: 1}, // halfwidth voicing marks, halfwidth Hangul filler
	},
	R32: []unicode.Range32{
		{Lo: 0x111c2, Hi: 0x111c3, Stride: 1}, // Sharada signs that join what follows
		{Lo: 0x1193f, Hi: 0x1193f, Stride: 1}, // Dives Akuru, likewise
		{Lo: 0x11941, Hi: 0x11941, Stride: 1},
		{Lo: 0x11a3a, Hi: 0x11a3a, Stride: 1}, // Zanabazar Square, likewise
		{Lo: 0x11a84, Hi: 0x11a89, Stride: 1}, // Soyombo, likewise
		{Lo: 0x11d46, Hi: 0x11d46, Stride: 1}, // Masaram Gondi, likewise
		{Lo: 0x11f02, Hi: 0x11f02, Stride: 1}, // Kawi, likewise
	},
}

func isRegional(r rune) bool { return r >= 0x1f1e6 && r <= 0x1f1ff }

// picture returns the picture of a control character below U+0020, or of DEL.
func picture(r rune) rune {
	if r == 0x7f {
		return '␡'
	}
	return '␀' + r
}

func writeByte(b *strings.Builder, c byte) {
	const digits = "0123456789abcdef"
	b.WriteString(`\x`)
	b.WriteByte(digits[c>>4])
	b.WriteByte(digits[c&15])
}

func escape(b *strings.Builder, r rune) {
	form, width := `\u`, 4
	if r > 0xffff {
		form, width = `\U`, 8
	}
	number := strconv.FormatInt(int64(r), 16)
	b.WriteString(form)
	for range width - len(number) {
		b.WriteByte('0')
	}
	b.WriteString(number)
}
