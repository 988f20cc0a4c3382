package filter

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold returns s as it is compared: in lower case, without accents, with compatibility forms (full-width letters,
// ligatures) as the plain ones. Fold(Fold(s)) == Fold(s). A text that is folded already comes back without an allocation.
func Fold(s string) string {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || c >= 'A' && c <= 'Z' {
			return string(appendFold(make([]byte, 0, len(s)+8), s))
		}
	}
	return s
}

// appendFold appends Fold(s) to b.
func appendFold(b []byte, s string) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			b = append(b, lower(c))
			i++
			continue
		}
		properties := norm.NFKD.PropertiesString(s[i:])
		size := max(properties.Size(), 1)
		if parts := properties.Decomposition(); parts != nil {
			for len(parts) > 0 {
				r, n := utf8.DecodeRune(parts)
				b = appendRune(b, r)
				parts = parts[n:]
			}
		} else {
			r, n := utf8.DecodeRuneInString(s[i:])
			size = n
			b = appendRune(b, r)
		}
		i += size
	}
	return b
}

// appendRune appends r in lower case, unless it is an accent. Marks of other scripts are letters to their readers.
// Letters with a stroke have no decomposition, but are typed without it by those who haven't got them.
func appendRune(b []byte, r rune) []byte {
	if r >= 0x300 && r <= 0x36f {
		return b
	}
	switch r = unicode.ToLower(r); r {
	case 'ß':
		return append(b, "ss"...)
	case 'æ':
		return append(b, "ae"...)
	case 'œ':
		return append(b, "oe"...)
	case 'ø':
		r = 'o'
	case 'ł':
		r = 'l'
	case 'đ':
		r = 'd'
	case 'ı':
		r = 'i'
	case 'ς':
		r = 'σ'
	}
	return utf8.AppendRune(b, r)
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// needle is a folded text to look for, in both forms because converting one costs an allocation.
type needle struct {
	text  string
	bytes []byte
}

func newNeedle(folded string) needle { return needle{text: folded, bytes: []byte(folded)} }

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		c -= 'a' - 'A'
	}
	return c
}

// contains tells whether Fold(text) contains what. It allocates only for texts that aren't ASCII and are longer than a
// screen is wide.
func contains(text string, what needle, folded bool) bool {
	needle := what.text
	if folded {
		return strings.Contains(text, needle)
	}
	if needle == "" {
		return true
	}
	// A match of the bytes is one wherever it stands, so only a text without one has to be looked at letter by letter.
	first, capital := needle[0], upper(needle[0])
	for _, c := range [...]byte{first, capital} {
		for i := 0; i+len(needle) <= len(text); i++ {
			next := strings.IndexByte(text[i:], c)
			if next < 0 {
				break
			}
			i += next
			if hasPrefix(text[i:], needle) {
				return true
			}
		}
		if first == capital {
			break
		}
	}
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			var room [256]byte
			return bytes.Contains(appendFold(room[:0], text), what.bytes)
		}
	}
	return false
}

// hasPrefix tells whether text begins with needle, folding ASCII alone; what it can't judge it denies.
func hasPrefix(text, needle string) bool {
	if len(text) < len(needle) {
		return false
	}
	for i := range len(needle) {
		if lower(text[i]) != needle[i] {
			return false
		}
	}
	return true
}

// equal tells whether Fold(text) is word, which is folded.
func equal(text, word string, folded bool) bool {
	if folded || text == word {
		return text == word
	}
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			var room [256]byte
			return string(appendFold(room[:0], text)) == word
		}
	}
	return len(text) == len(word) && hasPrefix(text, word)
}
