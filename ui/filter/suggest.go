package filter

import (
	"slices"
	"strings"
)

// Term is a line of the help for the filter.
type Term struct {
	Form  string // how it is typed: "type:service"
	About string // what it means
}

// Terms returns the reference of the language, a line for each field in their order, then what holds for all of them.
func (l *Language[T]) Terms() []Term {
	var terms []Term
	for i := range l.fields {
		f := &l.fields[i]
		about := f.About
		if len(f.Aliases) > 0 {
			about += " (also " + strings.Join(f.Aliases, ", ") + ")"
		}
		terms = append(terms, Term{Form: f.Name + ":" + f.example(), About: strings.TrimSpace(about)})
	}
	return append(
		terms,
		Term{"word", "some column contains it; case and accents don't matter"},
		Term{`"two words"`, "the same with a blank in it"},
		Term{"field:a,b", "one of several values"},
		Term{"-term", "the opposite; !term is the same"},
		Term{"field:?", "not shown; that satisfies neither a term nor its opposite"},
		Term{`field:""`, "empty"},
		Term{"time:<30d", "a distance from now in h, d, w, m (months) or y; <= > >= as well"},
		Term{"time:>2027-01-31", "a day, a month or a year; now, today, tomorrow, yesterday"},
	)
}

// example returns a value that stands for the field's kind.
func (f *Field[T]) example() string {
	switch {
	case f.Kind == Time && f.Past:
		return ">90d"
	case f.Kind == Time:
		return "<30d"
	case len(f.Words) > 0:
		return f.Words[0]
	}
	return "text"
}

// Suggestion is a way to complete the term that is being typed.
type Suggestion struct {
	Expr  string // the whole expression with the term completed
	Term  string // the completed term alone: "type:", "type:service"
	About string // what it means, "" for values
}

// Suggest returns the ways to complete the last term of expr, none behind a blank or a whole term. Names come in the
// fields' order, values in the order of their Words.
func (l *Language[T]) Suggest(expr string) []Suggestion {
	terms := split(expr)
	if len(terms) == 0 || len(expr) > maxLength {
		return nil
	}
	raw := terms[len(terms)-1]
	if raw.end != len(expr) || raw.open {
		return nil
	}
	last := raw.parts[len(raw.parts)-1]
	if last.quoted {
		return nil
	}
	typed := Fold(last.text)
	if raw.name != "" {
		i, known := l.names[Fold(raw.name)]
		if !known {
			return nil
		}
		return suggestions(expr, raw.start, last.start, typed, l.fields[i].offers(), "")
	}
	var found []Suggestion
	for i := range l.fields {
		f := &l.fields[i]
		for _, name := range append([]string{f.Name}, f.Aliases...) {
			if typed != "" && strings.HasPrefix(Fold(name), typed) {
				found = append(found, suggestions(expr, raw.start, last.start, typed, []string{name + ":"}, f.About)...)
				break
			}
		}
	}
	return found
}

// offers returns the values worth offering for a field.
func (f *Field[T]) offers() []string {
	if f.Kind != Time {
		return f.Words
	}
	offers := slices.Concat([]string{f.Never}, f.Words)
	if f.Past {
		return append(offers, "<7d", "<30d", ">30d", ">90d", ">1y", "today", "yesterday")
	}
	return append(offers, "<7d", "<30d", "<90d", ">90d", ">1y", "<now", "today", "tomorrow")
}

// suggestions completes what stands at from with each of the values that begin with typed.
func suggestions(expr string, term, from int, typed string, values []string, about string) []Suggestion {
	var found []Suggestion
	for _, v := range values {
		if folded := Fold(v); !strings.HasPrefix(folded, typed) || folded == typed {
			continue
		}
		whole := expr[:from] + quoted(v)
		found = append(found, Suggestion{Expr: whole, Term: whole[term:], About: about})
	}
	return found
}

// quoted returns v as it has to be typed as a value.
func quoted(v string) string {
	if !strings.ContainsAny(v, " \t\",\\") && v != "?" {
		return v
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v) + `"`
}
