package desk

import (
	"fmt"
	"strings"

	"fob/client/visible"
)

// shortestStart is how many characters the start of an id needs at least to stand for it.
const shortestStart = 4

// NotFoundError says that nothing is called what a person typed.
type NotFoundError struct {
	Ref   string // made safe to show
	Where string // "key of the organization", "key in the stash of this machine"
	Stash bool   // the stash was looked through, and no platform
}

// Error says what was looked for.
func (e *NotFoundError) Error() string {
	return fmt.Sprintf("no %s has the id, the start of an id or the name %q", e.Where, e.Ref)
}

// AmbiguousError says that several keys are called what a person typed. It lists them, for a name is what strangers
// choose, and nothing is done to a key that was guessed.
type AmbiguousError struct {
	Ref        string // made safe to show
	Candidates []*Row // keys of the platform; nil where those of the stash were looked through
	Labels     []string
}

// Error says how many there are, and names the first ones with their ids.
func (e *AmbiguousError) Error() string {
	labels := e.Labels
	more := ""
	if len(labels) > 10 {
		labels, more = labels[:10], fmt.Sprintf(" and %d more", len(e.Labels)-10)
	}
	return fmt.Sprintf("%q may be any of %d keys: %s%s", e.Ref, len(e.Labels), strings.Join(labels, ", "), more)
}

// Find returns the row that ref stands for: its id, the start of its id, of four characters at least, or its name. A
// whole id goes before everything else, for names are chosen by strangers. The error is *NotFoundError, or
// *AmbiguousError where more than one row is meant.
func Find(rows []*Row, ref string) (*Row, error) {
	i, all := find(len(rows), ref, func(i int) (id, name string) { return rows[i].Key.ID, rows[i].Key.Name.Value })
	switch {
	case i >= 0:
		return rows[i], nil
	case len(all) == 0:
		return nil, &NotFoundError{visible.Line(ref), "key of the organization", false}
	}
	e := &AmbiguousError{Ref: visible.Line(ref)}
	for _, i := range all {
		e.Candidates = append(e.Candidates, rows[i])
		e.Labels = append(e.Labels, candidate(rows[i].Key.ID, rows[i].Key.Name.Value))
	}
	return nil, e
}

// candidate is a key in a list of those that may be meant: its whole id, which is what to type instead.
func candidate(id, name string) string {
	if name == "" {
		return visible.Line(id)
	}
	return visible.Line(id) + " (" + visible.Line(name) + ")"
}

// find returns the one of n things that ref stands for, or -1 and all that it may stand for.
func find(n int, ref string, of func(i int) (id, name string)) (one int, all []int) {
	if ref == "" {
		return -1, nil
	}
	for i := range n {
		id, name := of(i)
		if id == ref {
			return i, nil
		}
		// What people copy is the name as it was shown to them.
		byName := name != "" && (name == ref || visible.Line(name) == ref)
		if byName || len(ref) >= shortestStart && strings.HasPrefix(id, ref) {
			all = append(all, i)
		}
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return -1, all
}
