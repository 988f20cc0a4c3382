package filter

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// maxTerms and maxLength bound what one expression may cost; nobody types as much.
const (
	maxTerms  = 64
	maxLength = 4096
)

// Parse reads an expression. Durations count from now, dates are days of loc (nil: UTC). An empty expression, or one of
// blanks, gives an empty Filter. The error is an *Error; errors.Is(err, ErrIncomplete) tells that the last term is only
// half typed.
func (l *Language[T]) Parse(expr string, now time.Time, loc *time.Location) (Filter[T], error) {
	if loc == nil {
		loc = time.UTC
	}
	if len(expr) > maxLength {
		return Filter[T]{}, fault(NoValue, maxLength, len(expr), "", "the filter is longer than %d bytes", maxLength)
	}
	f := Filter[T]{expr: expr}
	p := parser[T]{Language: l, clock: clock{now: now.In(loc)}}
	for _, raw := range split(expr) {
		if len(f.terms) == maxTerms {
			return Filter[T]{}, fault(NoValue, raw.start, len(expr), "", "the filter has more than %d terms", maxTerms)
		}
		p.last = raw.end == len(expr)
		t, err := p.term(expr, raw)
		if err != nil {
			return Filter[T]{}, err
		}
		f.terms = append(f.terms, t)
	}
	f.order()
	return f, nil
}

// rawTerm is a term as it is typed: [-]name:part,part or [-]part, where a part is bare, quoted or both.
type rawTerm struct {
	start, end int
	not        bool
	name       string // "" without a colon
	nameStart  int
	parts      []part
	open       bool // a quote isn't closed
}

// part is one of the values between commas.
type part struct {
	text       string // without quotes
	quoted     bool
	start, end int
	last       bool // the expression ends with it: more may be typed
}

// split takes an expression apart. It can't fail: what makes no sense is found out with the fields at hand.
func split(expr string) []rawTerm {
	var terms []rawTerm
	for i := 0; ; {
		for i < len(expr) {
			r, n := utf8.DecodeRuneInString(expr[i:])
			if !unicode.IsSpace(r) {
				break
			}
			i += n
		}
		if i == len(expr) {
			return terms
		}
		t := splitTerm(expr, i)
		terms = append(terms, t)
		i = t.end
	}
}

// splitTerm reads the term that begins at start, which is no blank.
func splitTerm(expr string, start int) rawTerm {
	t := rawTerm{start: start, nameStart: start}
	i := start
	if expr[i] == '-' || expr[i] == '!' {
		t.not = true
		i++
		t.nameStart = i
	}
	now := part{start: i}
	var text strings.Builder
	closePart := func(end int) {
		now.text, now.end = text.String(), end
		t.parts = append(t.parts, now)
		text.Reset()
		now = part{start: end + 1}
	}
	quoted := false
	for i < len(expr) {
		r, n := utf8.DecodeRuneInString(expr[i:])
		switch {
		case quoted && r == '\\' && i+1 < len(expr) && (expr[i+1] == '"' || expr[i+1] == '\\'):
			text.WriteByte(expr[i+1])
			n = 2
		case r == '"':
			quoted = !quoted
			now.quoted = true
		case quoted:
			text.WriteString(expr[i : i+n])
		case unicode.IsSpace(r):
			closePart(i)
			t.end = i
			return t
		case r == ':' && t.name == "" && len(t.parts) == 0 && !now.quoted && isName(text.String()):
			t.name = text.String()
			text.Reset()
			now = part{start: i + 1}
		case r == ',' && t.name != "":
			closePart(i)
		default:
			text.WriteString(expr[i : i+n])
		}
		i += n
	}
	closePart(i)
	t.end, t.open = i, quoted
	return t
}

// parser reads the terms of one expression.
type parser[T any] struct {
	*Language[T]
	clock
	last bool // the term at hand ends where the expression ends: more may be typed
}

func (p *parser[T]) term(expr string, raw rawTerm) (term[T], error) {
	t := term[T]{not: raw.not, loc: p.now.Location()}
	if raw.open {
		return t, fault(Incomplete, raw.start, raw.end, "", "a quote is not closed")
	}
	if raw.name == "" {
		text := Fold(raw.parts[0].text)
		if text == "" {
			return t, short(p.last, raw.start, raw.end, "nothing to look for after %s", shown(expr[raw.start:raw.end]))
		}
		t.fields = p.fields
		t.values = []value{{needle: newNeedle(text), date: mayBeDate(text)}}
		return t, nil
	}
	i, known := p.names[Fold(raw.name)]
	if !known {
		near := nearest(Fold(raw.name), p.fieldNames())
		end := raw.nameStart + len(raw.name)
		if near == "" {
			return t, fault(NoTerm, raw.nameStart, end, "", `no term "%s"; text with a colon goes between quotes`, shown(raw.name))
		}
		return t, fault(NoTerm, raw.nameStart, end, near, `no term "%s"`, shown(raw.name))
	}
	t.field = &p.fields[i]
	for n, part := range raw.parts {
		part.last = p.last && n == len(raw.parts)-1
		v, err := p.value(t.field, part)
		if err != nil {
			return t, err
		}
		t.values = append(t.values, v)
	}
	return t, nil
}

// short is a fault of a term that ends too early: only half typed at the end of the expression, wrong before it.
func short(last bool, start, end int, format string, args ...any) *Error {
	kind := NoValue
	if last {
		kind = Incomplete
	}
	return fault(kind, start, end, "", format, args...)
}

func (p *parser[T]) value(f *Field[T], part part) (value, error) {
	text := Fold(part.text)
	switch {
	case part.quoted && text == "" && f.Kind != Time:
		return value{empty: true}, nil
	case text == "":
		return value{}, short(part.last, part.start, part.end, `%s: needs a value`, f.Name)
	case text == "?" && !part.quoted:
		return value{hidden: true}, nil
	case f.Kind == Time:
		return p.time(f, part, text)
	case f.Kind == Word && len(f.Words) > 0:
		return p.word(f, part, text)
	}
	return value{needle: newNeedle(text)}, nil
}

func (p *parser[T]) word(f *Field[T], part part, text string) (value, error) {
	for _, word := range f.Words {
		if Fold(word) == text {
			return value{needle: newNeedle(text)}, nil
		}
	}
	for _, word := range f.Words {
		if strings.HasPrefix(Fold(word), text) {
			kind := NoValue
			if part.last && !part.quoted {
				kind = Incomplete
			}
			return value{}, fault(kind, part.start, part.end, word, `%s is never "%s"`, f.Name, shown(part.text))
		}
	}
	near := nearest(text, f.Words)
	if near == "" {
		return value{}, fault(NoValue, part.start, part.end, "", `%s is never "%s", only %s`, f.Name, shown(part.text), list(f.Words))
	}
	return value{}, fault(NoValue, part.start, part.end, near, `%s is never "%s"`, f.Name, shown(part.text))
}

func (p *parser[T]) time(f *Field[T], part part, text string) (value, error) {
	if text == Fold(f.Never) {
		return value{never: true}, nil
	}
	from, to, outcome := p.interval(text, f.Past)
	if outcome == fine {
		return value{from: from, to: to}, nil
	}
	kind := NoValue
	if part.last && !part.quoted && (outcome == partial || strings.HasPrefix(Fold(f.Never), text)) {
		kind = Incomplete
	}
	bare := strings.TrimLeft(text, "<>=")
	near := nearest(bare, []string{f.Never, "now", "today", "tomorrow", "yesterday"})
	return value{}, fault(kind, part.start, part.end, near,
		`%s can't be "%s": a time is like <30d, >2027-01-31 or %s`, f.Name, shown(part.text), f.Never)
}

// fieldNames returns the names and aliases, the fields' order kept.
func (l *Language[T]) fieldNames() []string {
	var names []string
	for i := range l.fields {
		names = append(names, l.fields[i].Name)
		names = append(names, l.fields[i].Aliases...)
	}
	return names
}

// list returns words as "a, b or c".
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	end := len(words) - 1
	return strings.Join(words[:end], ", ") + " or " + words[end]
}
