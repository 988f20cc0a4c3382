// Package tomltext adds to the text of a TOML file that people write: what stands there stays as it is, byte for byte.
// It imports nothing of ours.
package tomltext

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Append returns text with lines added at its end, a blank line before them if there is anything to keep apart from.
// The lines end as the others do, on Windows with a carriage return; a last line of text that has no end gets one.
func Append(text []byte, lines ...string) []byte {
	ending := "\n"
	if bytes.Contains(text, []byte("\r\n")) {
		ending = "\r\n"
	}
	added := bytes.Clone(text)
	if len(text) > 0 {
		if !bytes.HasSuffix(text, []byte("\n")) {
			added = append(added, ending...)
		}
		added = append(added, ending...)
	}
	for _, line := range lines {
		added = append(append(added, line...), ending...)
	}
	return added
}

// Quoted is s as a text of TOML on one line. What isn't UTF-8 becomes the replacement character.
func Quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range strings.ToValidUTF8(s, string(utf8.RuneError)) {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case strconv.IsPrint(r):
			b.WriteRune(r)
		case r <= 0xffff:
			b.WriteString(`\u` + hexadecimal(r, 4))
		default:
			b.WriteString(`\U` + hexadecimal(r, 8))
		}
	}
	b.WriteByte('"')
	return b.String()
}

func hexadecimal(r rune, width int) string {
	s := strconv.FormatInt(int64(r), 16)
	return strings.Repeat("0", width-len(s)) + s
}

// Name is s as a name of TOML, in quotes where it needs them.
func Name(s string) string {
	bare := func(r rune) bool {
		return r == '_' || r == '-' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
	}
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !bare(r) }) {
		return s
	}
	return Quoted(s)
}
