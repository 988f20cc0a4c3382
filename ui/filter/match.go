package filter

import (
	"slices"
	"strings"
	"time"
)

// Filter is a parsed expression. The zero Filter matches everything. It is safe for use by several goroutines.
type Filter[T any] struct {
	expr  string
	terms []term[T]
}

// term is one condition; all of a filter's terms have to hold.
type term[T any] struct {
	field  *Field[T] // nil: free text
	fields []Field[T]
	not    bool
	values []value
	loc    *time.Location
}

// value is one of the alternatives of a term. Which of its members count depends on the field's kind.
type value struct {
	needle
	empty    bool // the field is empty
	hidden   bool // ?: the field isn't shown
	never    bool
	from, to time.Time // a time in [from, to); a zero end is open
	date     bool      // free text that may be a part of a date
}

// truth is yes, no or unknown; the opposite of unknown is unknown.
type truth int8

const (
	no      truth = -1
	unknown truth = 0
	yes     truth = 1
)

// Match tells whether item satisfies every term. For ASCII it doesn't allocate.
func (f Filter[T]) Match(item T) bool {
	for i := range f.terms {
		t := &f.terms[i]
		got := t.judge(item)
		if t.not {
			got = -got
		}
		if got != yes {
			return false
		}
	}
	return true
}

// Empty tells whether f matches everything because it has no terms.
func (f Filter[T]) Empty() bool { return len(f.terms) == 0 }

// String returns the expression as it was typed.
func (f Filter[T]) String() string { return f.expr }

// cost orders terms, so that the cheap ones spare the dear ones their work.
func (t *term[T]) cost() int {
	if t.field == nil {
		return 4
	}
	return map[Kind]int{Time: 0, Word: 1, Text: 2, List: 3}[t.field.Kind]
}

func (f *Filter[T]) order() {
	slices.SortStableFunc(f.terms, func(a, b term[T]) int { return a.cost() - b.cost() })
}

func (t *term[T]) judge(item T) truth {
	if t.field == nil {
		return decided(t.anywhere(item))
	}
	switch t.field.Kind {
	case Time:
		moment, state := t.field.Time(item)
		return t.judgeTime(moment, state)
	case List:
		values, shown := t.field.List(item)
		return t.judgeList(values, shown)
	default:
		text, shown := t.field.Text(item)
		return t.judgeText(text, shown)
	}
}

func decided(b bool) truth {
	if b {
		return yes
	}
	return no
}

// judgeHidden is the verdict on an item whose field isn't shown.
func (t *term[T]) judgeHidden() truth {
	for i := range t.values {
		if t.values[i].hidden {
			return yes
		}
	}
	return t.orUnknown()
}

// orUnknown is no where every alternative was ?, which is always decided, and unknown where another one was asked for.
func (t *term[T]) orUnknown() truth {
	for i := range t.values {
		if !t.values[i].hidden {
			return unknown
		}
	}
	return no
}

func (t *term[T]) judgeText(text string, shown bool) truth {
	if !shown {
		return t.judgeHidden()
	}
	for i := range t.values {
		if t.accepts(&t.values[i], text) {
			return yes
		}
	}
	return no
}

func (t *term[T]) judgeList(texts []string, shown bool) truth {
	if !shown {
		return t.judgeHidden()
	}
	for i := range t.values {
		v := &t.values[i]
		if v.empty && len(texts) == 0 {
			return yes
		}
		for _, text := range texts {
			if t.accepts(v, text) {
				return yes
			}
		}
	}
	return no
}

func (t *term[T]) accepts(v *value, text string) bool {
	switch {
	case v.hidden:
		return false
	case v.empty:
		return text == ""
	case t.field.Kind == Word:
		return equal(text, v.text, t.field.Folded)
	}
	return contains(text, v.needle, t.field.Folded)
}

func (t *term[T]) judgeTime(moment time.Time, state State) truth {
	if state == Unknown {
		return t.judgeHidden()
	}
	for i := range t.values {
		v := &t.values[i]
		switch {
		case v.hidden:
		case v.never || state == Never:
			if v.never && state == Never {
				return yes
			}
		case (v.from.IsZero() || !moment.Before(v.from)) && (v.to.IsZero() || moment.Before(v.to)):
			return yes
		}
	}
	return no
}

// anywhere tells whether some column contains the free text.
func (t *term[T]) anywhere(item T) bool {
	v := &t.values[0]
	for i := range t.fields {
		f := &t.fields[i]
		if f.Unlisted {
			continue
		}
		switch f.Kind {
		case Time:
			if t.inTime(f, v, item) {
				return true
			}
		case List:
			texts, shown := f.List(item)
			if !shown {
				continue
			}
			for _, text := range texts {
				if contains(text, v.needle, f.Folded) {
					return true
				}
			}
		default:
			if text, shown := f.Text(item); shown && contains(text, v.needle, f.Folded) {
				return true
			}
		}
	}
	return false
}

// inTime tells whether a time's column contains the free text: its date in the zone on screen, or the word for never.
func (t *term[T]) inTime(f *Field[T], v *value, item T) bool {
	never := strings.Contains(f.Never, v.text)
	if !never && !v.date {
		return false
	}
	moment, state := f.Time(item)
	if state != Known {
		return never && state == Never
	}
	if !v.date {
		return false
	}
	var room [16]byte
	return strings.Contains(string(appendDate(room[:0], moment.In(t.loc))), v.text)
}

// appendDate appends the date as 2006-01-02, several times faster than time.AppendFormat.
func appendDate(b []byte, t time.Time) []byte {
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return t.AppendFormat(b, time.DateOnly)
	}
	digit := func(n int) byte { return byte('0' + n%10) }
	return append(b, digit(year/1000), digit(year/100), digit(year/10), digit(year), '-',
		digit(int(month)/10), digit(int(month)), '-', digit(day/10), digit(day))
}
