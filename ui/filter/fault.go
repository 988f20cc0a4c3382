package filter

import (
	"errors"
	"fmt"

	"fob/client/visible"
)

// ErrIncomplete is what an Error is (errors.Is) whose last term is only half typed: expires:< or type:serv at the end.
// A screen keeps the filter that it has and says nothing.
var ErrIncomplete = errors.New("the last term is not complete")

// Fault says what is wrong with a term.
type Fault uint8

const (
	// Incomplete says that the last term may become right with more typing.
	Incomplete Fault = iota
	// NoTerm says that no field has that name.
	NoTerm
	// NoValue says that the field has no such value.
	NoValue
)

// Error explains an expression that can't be used.
type Error struct {
	Fault      Fault
	Start, End int    // where the wrong part is, in bytes of the expression
	Nearest    string // the known name or value that is most like it, "" if none is
	message    string
}

// Error says in words what is wrong and, where something known is near, what may have been meant.
func (e *Error) Error() string {
	if e.Nearest == "" {
		return e.message
	}
	return e.message + ", did you mean " + visible.Line(e.Nearest) + "?"
}

// Is makes errors.Is(err, ErrIncomplete) true for a term that is half typed.
func (e *Error) Is(target error) bool { return target == ErrIncomplete && e.Fault == Incomplete }

func fault(kind Fault, start, end int, nearest, format string, args ...any) *Error {
	return &Error{Fault: kind, Start: start, End: end, Nearest: nearest, message: fmt.Sprintf(format, args...)}
}

// shown returns what was typed as it can stand in a message.
func shown(typed string) string { return visible.Truncate(typed, 40) }

// nearest returns the one of known that is most like word, or "" if none is near: a third of it may differ.
func nearest(word string, known []string) string {
	best, least := "", max(1, min(3, len(word)/3))+1
	for _, k := range known {
		if d := distance(word, k); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is how many letters have to be put in, left out, changed or swapped with their neighbour to make b of a.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) > 4 || len(y)-len(x) > 4 || len(x) > 64 {
		return 1 << 20
	}
	older, old, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range old {
		old[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			change := 1
			if x[i-1] == y[j-1] {
				change = 0
			}
			row[j] = min(old[j]+1, row[j-1]+1, old[j-1]+change)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], older[j-2]+1)
			}
		}
		older, old, row = old, row, older
	}
	return old[len(y)]
}
