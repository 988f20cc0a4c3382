package audit

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// skeleton is what a name looks like at a glance: two names with one skeleton can be taken for each other. Case, accents,
// separators and compatibility forms (full-width, superscript, …) don't count, letters of other scripts count as the
// Latin ones that they look like, and so do 0 for o and 1 for l.
func skeleton(name string) string {
	if b, ok := plainSkeleton(name); ok {
		return b
	}
	var b strings.Builder
	b.Grow(len(name))
	separated := true // none at the start, and never two in a row
	for _, r := range norm.NFKD.String(name) {
		switch {
		case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r):
			continue
		case unicode.IsSpace(r), unicode.Is(unicode.Pd, r), r == '_', r == '.', r == '\u2212':
			if !separated {
				b.WriteByte('-')
				separated = true
			}
			continue
		}
		separated = false
		b.WriteRune(looks(r))
	}
	return strings.TrimSuffix(b.String(), "-")
}

// plainSkeleton is skeleton for printable ASCII, which most names are.
func plainSkeleton(name string) (string, bool) {
	b := make([]byte, 0, len(name))
	for i := range len(name) {
		c := name[i]
		switch {
		case c < ' ' || c > '~':
			return "", false
		case c == ' ', c == '-', c == '_', c == '.':
			if len(b) > 0 && b[len(b)-1] != '-' {
				b = append(b, '-')
			}
			continue
		}
		b = append(b, byte(looks(rune(c))))
	}
	if len(b) > 0 && b[len(b)-1] == '-' {
		b = b[:len(b)-1]
	}
	return string(b), true
}

// looks returns the Latin letter that r looks like, or r in lower case.
func looks(r rune) rune {
	switch r {
	case '0':
		return 'o'
	case '1', '|', 'I', 'i':
		return 'l'
	}
	if r <= '~' {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	if like, ok := likeLatin[r]; ok {
		return like
	}
	r = unicode.ToLower(r)
	if like, ok := likeLatin[r]; ok {
		return like
	}
	return r
}

// likeLatin are letters that most fonts draw like Latin ones; i is written l, as looks has it. The capital forms are
// there where the small ones look different.
var likeLatin = map[rune]rune{
	// Cyrillic
	'а': 'a', 'В': 'b', 'с': 'c', 'ԁ': 'd', 'е': 'e', 'һ': 'h', 'Н': 'h', 'і': 'l', 'ј': 'j', 'К': 'k', 'к': 'k', 'ӏ': 'l', 'Ӏ': 'l',
	'М': 'm', 'м': 'm', 'о': 'o', 'р': 'p', 'ԛ': 'q', 'ѕ': 's', 'Т': 't', 'т': 't', 'у': 'y', 'ѵ': 'v', 'ԝ': 'w', 'х': 'x', 'ү': 'y',
	// Greek
	'α': 'a', 'Β': 'b', 'Ε': 'e', 'Η': 'h', 'ι': 'l', 'Ι': 'l', 'κ': 'k', 'Κ': 'k', 'Μ': 'm', 'ν': 'v', 'Ν': 'n', 'ο': 'o', 'ρ': 'p',
	'Τ': 't', 'υ': 'u', 'Υ': 'y', 'χ': 'x', 'Ζ': 'z', 'ϲ': 'c',
	// Armenian, Latin beyond ASCII, and others
	'օ': 'o', 'ս': 'u', 'հ': 'h', 'ց': 'g', 'ո': 'n', 'ı': 'l', 'ɩ': 'l', 'ɑ': 'a', 'ɡ': 'g', 'ø': 'o', 'ł': 'l', 'ℓ': 'l', '∣': 'l', 'ǀ': 'l',
}
