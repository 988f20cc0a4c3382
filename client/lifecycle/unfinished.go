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
}

// Unfinished returns what was begun and has come to no good end, oldest first. A revocation and a change end with their
// outcome, whatever it is. The making of a key ends when a place has the secret safely, when nothing was made, when a
// person has left the key knowingly, or when the key is revoked: a secret that nobody has stays in the list.
//
// Lines that can't be read are passed over; a fault of the journal is returned beside what was read.
func Unfinished(j Journal) ([]Left, error) { return unfinished(Entries(j)) }

func unfinished(entries iter.Seq2[Entry, error]) ([]Left, error) {
	var open []*Left
	var faults []error
	by := map[string]*Left{}
	ofKey := map[string][]*Left{} // those that a key may be of: a journal has thousands of both
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
			for _, l := range ofKey[e.KeyID] {
				if l.Kind == IssueIntent && e.State.Done() && slices.Contains(l.keys, e.KeyID) {
					over[l.Intent] = true
				}
			}
		case IssueAbandoned, EditOutcome:
			over[e.Intent] = true
		}
	}
	var all []Left
	for _, l := range open {
		if !over[l.Intent] {
			all = append(all, *l)
		}
	}
	return all, errors.Join(faults...)
}

// hear takes in what became of the making of a key.
func (l *Left) hear(e Entry) {
	l.Arrived = l.Arrived || len(e.Places) > 0
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
