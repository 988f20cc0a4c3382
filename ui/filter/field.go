// Package filter is the language of the filter line: words of free text and terms over named fields, for keys, for
// findings and for whatever else stands in a table.
//
// An expression is a list of terms between blanks, and an item has to satisfy all of them:
//
//	prod            a word: some column contains it, whatever its case and accents
//	"two words"     the same with a blank in it; \" and \\ stand for " and \ inside quotes
//	type:service    a field and a value; several values between commas: any of them
//	-type:personal  the opposite; so does !type:personal; both work with a word, too
//	name:""         the field is empty
//	role:?          the platform doesn't show the field
//
// What isn't shown is unknown: it satisfies neither role:editor nor -role:editor, only role:? does. A word of free text
// is about what stands in the columns, so -prod is satisfied where no column shows it.
//
// Times are compared with a date or with a duration, in the zone on screen:
//
//	expires:2027-03-01     on that day; 2027-03 is a month, 2027 a year
//	expires:>2027-03-01    after the end of that day (<: before it begins; >= and <= count the day in)
//	expires:<30d           less than 30 days from now, what has expired already included, just as with the date
//	                       of 30 days from now; add -status:expired for the others alone
//	created:>90d           for times that lie in the past the duration is the age: older than 90 days
//	created:7d             the same as <=7d
//	expires:never          has no end; comparisons with a date or a duration are then false
//
// Units are h, d, w, m (months) and y. now, today, tomorrow and yesterday are dates, too.
package filter

import (
	"strings"
	"time"
)

// Kind says how a field's values are compared.
type Kind uint8

const (
	// Text contains what is asked for, whatever the case and accents.
	Text Kind = iota
	// Word is one of a few known words, compared as a whole.
	Word
	// List is several texts; one of them contains what is asked for.
	List
	// Time is a moment, "never" or unknown.
	Time
)

// State tells what is known of a time.
type State uint8

const (
	// Unknown says that the platform doesn't show it.
	Unknown State = iota
	// Known says that there is a moment.
	Known
	// Never says that there is none, which is known.
	Never
)

// Field is a named field of a T. Exactly one of Text (kinds Text and Word), List and Time has to be given.
type Field[T any] struct {
	Name    string   // what is typed before the colon; lower-case letters
	Aliases []string // other names for it
	About   string   // one line for the help: "service or personal"
	Kind    Kind

	// Words are all the values of a Word, in lower case; for other kinds, values that are offered while typing.
	Words []string
	// Past says that the times of this field usually lie in the past, so a duration is an age.
	Past bool
	// Never is the word for the state Never, "never" unless given.
	Never string
	// Folded promises that Text and List return what Fold made of it, which makes matching several times faster.
	Folded bool
	// Unlisted keeps the field out of free text: it is found by its name alone.
	Unlisted bool

	Text func(item T) (value string, shown bool)
	List func(item T) (values []string, shown bool)
	Time func(item T) (moment time.Time, state State)
}

// Language is a set of fields, and the expressions over them. It is safe for use by several goroutines.
type Language[T any] struct {
	fields []Field[T]
	names  map[string]int // folded names and aliases
}

// New returns the language over fields. It panics on a field without a name, a name that is used twice or a field
// without the function for its kind, which are mistakes of the program and not of its user.
func New[T any](fields ...Field[T]) *Language[T] {
	l := &Language[T]{fields: fields, names: make(map[string]int)}
	for i := range fields {
		f := &l.fields[i]
		if f.Never == "" {
			f.Never = "never"
		}
		if f.Text == nil && (f.Kind == Text || f.Kind == Word) || f.List == nil && f.Kind == List || f.Time == nil && f.Kind == Time {
			panic("filter: no function for the field " + f.Name)
		}
		for _, name := range append([]string{f.Name}, f.Aliases...) {
			name = Fold(name)
			if _, taken := l.names[name]; taken || !isName(name) {
				panic("filter: bad or repeated field name " + name)
			}
			l.names[name] = i
		}
	}
	return l
}

// isName tells whether s may stand before a colon as a field's name: letters, then letters, digits, - and _.
func isName(s string) bool {
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 0x80
		if !letter && (i == 0 || !strings.ContainsRune("0123456789-_", r)) {
			return false
		}
	}
	return s != ""
}
