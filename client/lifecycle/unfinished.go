package lifecycle

import (
	"errors"
	"iter"
	"slices"

	"fob/client/secret"
)

// Left is something that the journal says was begun, and that has come to no good end.
type Left struct {
	Entry             // its intent; of a new key with Made, KeyID and Certainty as its outcome has them
	UnderWay bool     // no outcome is written: another fob is at it right now, or a crash cut it off
	Arrived  bool     // of a new key: its secret arrived, and no place is known that keeps it or had it handed over
	keys     []string // the ids that the new key may have; one alone where that is certain
	safe     []Place  // where its secret is safe
}

// Unfinished returns what was begun and has come to no good end, oldest first. A revocation and a change end with their
// outcome, whatever it is, or when the key is revoked later. The making of a key ends when a place has the secret safely, when nothing was made, when a
// person has left the key knowingly, or when the key is revoked: a secret that nobody has stays in the list.
//
// Lines that can't be read are passed over; a fault of the journal is returned beside what was read.
func Unfinished(j Journal) ([]Left, error) {
	open, _, err := unfinished(Entries(j))
	return open, err
}

// Unsettled returns the makings of keys that a Reconciler would look at, of every platform: those that have come to no
// good end, and those whose secret is safe and which ended before their ids were found out.
func Unsettled(j Journal) ([]Left, error) {
	open, unnamed, err := unfinished(Entries(j))
	makings := slices.DeleteFunc(open, func(l Left) bool { return l.Kind != IssueIntent })
	return append(makings, unnamed...), err
}

// unfinished returns beside that the making of keys whose secrets are safe, and which ended before their ids were looked
// for.
func unfinished(entries iter.Seq2[Entry, error]) (left, unnamed []Left, err error) {
	var open []*Left
	var faults []error
	by := map[string]*Left{}
	ofKey := map[string][]*Left{} // those that a key may be of: a journal has thousands of both
	with := map[string][]*Left{}  // what was begun with a key
	over := map[string]bool{}
	for e, err := range entries {
		if err != nil {
			if _, torn := errors.AsType[*LineError](err); !torn {
				faults = append(faults, err)
			}
			continue
		}
		left := by[e.Intent]
		switch e.Kind {
		case IssueIntent, RevokeIntent, EditIntent:
			left = &Left{Entry: e, UnderWay: true}
			by[e.Intent], open = left, append(open, left)
			if e.Kind != IssueIntent {
				with[e.KeyID] = append(with[e.KeyID], left)
			}
		case IssueStored, IssueOutcome:
			newer := e.Kind == IssueOutcome && e.V > journalVersion // its fields may mean something else there
			over[e.Intent] = over[e.Intent] || newer || e.Made == MadeNo || hasSafePlace(e)
			if left != nil {
				left.hear(e)
				for _, id := range left.keys {
					ofKey[id] = append(ofKey[id], left)
				}
			}
		case RevokeOutcome:
			over[e.Intent] = true
			if l := made(ofKey[e.KeyID], by[e.For], over, e); l != nil && e.State.Done() {
				over[l.Intent] = true
			}
			if e.State.Done() { // what else was begun with a key that is gone came to its end
				for _, l := range with[e.KeyID] {
					over[l.Intent] = over[l.Intent] || l.Origin == e.Origin
				}
			}
		case IssueAbandoned, EditOutcome:
			over[e.Intent] = true
		}
	}
	for _, l := range open {
		switch {
		case !over[l.Intent]:
			left = append(left, *l)
		case l.Kind == IssueIntent && l.UnderWay && l.safe != nil:
			unnamed = append(unnamed, *l)
		}
	}
	return left, unnamed, errors.Join(faults...)
}

// made is the making of the key that was revoked by e, nil if there is none: the one that e names, or one of those that may
// have made it. One key comes of one making, and where two of them may have, one is left to be looked after.
func made(may []*Left, named *Left, over map[string]bool, e Entry) *Left {
	if e.For != "" {
		return named
	}
	var found *Left
	for _, l := range may {
		if !over[l.Intent] && slices.Contains(l.keys, e.KeyID) && (found == nil || l.Certainty == Certain && found.Certainty != Certain) {
			found = l
		}
	}
	return found
}

// hear takes in what became of the making of a key.
func (l *Left) hear(e Entry) {
	l.Arrived = l.Arrived || len(e.Places) > 0
	for _, p := range e.Places {
		if p.Error == "" && secret.Custody(p.Custody).Safe() {
			l.safe = append(l.safe, p)
		}
	}
	if e.Kind == IssueStored {
		return
	}
	l.UnderWay, l.Made, l.KeyID, l.Certainty = false, e.Made, e.KeyID, e.Certainty
	if l.keys = e.Candidates; e.Certainty == Certain {
		l.keys = []string{e.KeyID}
	}
}

// hasSafePlace tells whether an entry says that the secret is kept somewhere, or was handed over.
func hasSafePlace(e Entry) bool {
	return slices.ContainsFunc(e.Places, func(p Place) bool { return p.Error == "" && secret.Custody(p.Custody).Safe() })
}
