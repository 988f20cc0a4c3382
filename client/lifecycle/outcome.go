package lifecycle

import (
	"errors"
	"fmt"
	"time"

	"fob/client"
	"fob/client/secret"
)

// Made says whether a key exists now that didn't before.
type Made string

// What is known about the making of a key.
const (
	MadeNo      Made = "no"      // nothing was made
	MadeYes     Made = "yes"     // the platform said so
	MadeUnknown Made = "unknown" // the request may have been carried out, but its answer never arrived or can't be read
)

// Certainty says how sure it is that Outcome.Key is the key that was made.
type Certainty string

// How sure it is. Only a Certain key may be revoked without a person choosing it from a list.
const (
	// Certain: exactly one new key between two whole lists, nothing that is shown disagrees with what was asked, and
	// the claims in the secret fit; or the platform's own answer named it, and nothing speaks against it.
	Certain Certainty = "certain"
	// Likely: one key stands out, but a list was partial, several keys are new, or too little of it is shown.
	Likely Certainty = "likely"
	// Unknown: no new key was seen, or none that stands out.
	Unknown Certainty = "unknown"
)

// Placed is what became of the secret at one destination.
type Placed struct {
	Destination string         // its name, for people
	Custody     secret.Custody // what it means that Err is nil; nothing if it isn't
	Err         error          // nil: it is there; never holds the secret
	At          time.Time      // UTC
	Warning     string         // what went wrong beside, without costing the key; "" if nothing did
}

// Outcome is everything that is known after Issue. It holds the new key's secret, so it belongs to nothing that is
// printed, logged or stored; what may be written down of it, Issue has written into the journal.
type Outcome struct {
	Account    string          // the random name under which the destinations have the secret
	Intent     string          // the journal's name for this order
	Order      Order           // what was asked
	Made       Made            //
	Unanswered bool            // the request may have been carried out, but no secret came back: Candidates are likely orphans
	Secret     secret.Value    // zero unless the answer arrived
	Issued     client.Issued   // the platform's answer as it was
	Places     []Placed        // one per destination, in the order's order
	Key        *client.Key     // the new key as the list shows it, nil if it was not found
	Certainty  Certainty       // how sure it is that Key is the one
	Why        string          // why it is not certain, in words; "" when it is
	Candidates []client.Key    // keys that are new since before the order, the best fitting first; Key is among them
	Deviations []Deviation     // what differs from what was asked, wider first; then what isn't shown
	Warnings   []string        // what went wrong without costing the key: the journal couldn't be written after it was made, …
	near       map[string]bool // the ids of Candidates that the list of listed(Order) has; the organization's has the others
	MadeAt     time.Time       // when the answer arrived, UTC; zero if it didn't
}

// Home is the list in which a candidate was seen. One that is wider than asked isn't in the list of the order's
// workspace, even where nothing else shows that.
func (o Outcome) Home(k client.Key) client.Scope {
	if o.near[k.ID] {
		return listed(o.Order)
	}
	return client.Scope{}
}

// Kept tells whether the secret may be forgotten here: at least one destination kept it or had it handed over.
func (o Outcome) Kept() bool {
	for _, p := range o.Places {
		if p.Err == nil && p.Custody.Safe() {
			return true
		}
	}
	return false
}

// Failed tells how many destinations don't have the secret. A key was made and nobody has it when this is
// len(Places): without a terminal it is then discarded if it is certain, and named if it isn't.
func (o Outcome) Failed() int {
	n := 0
	for _, p := range o.Places {
		if p.Err != nil {
			n++
		}
	}
	return n
}

// Homeless tells whether a key was made whose secret no destination took.
func (o Outcome) Homeless() bool { return o.Made == MadeYes && o.Failed() == len(o.Places) }

// Wider tells whether what was made is wider than what was asked, in anything that the platform shows.
func (o Outcome) Wider() bool {
	for _, d := range o.Deviations {
		if d.Wider {
			return true
		}
	}
	return false
}

// ErrNotCertain is what Discard returns when it isn't certain which key was made: a person has to choose.
var ErrNotCertain = errors.New("it is not certain which key was made")

// Error says at which stage an order ended, and whether a key exists because of it.
type Error struct {
	Stage Stage
	Made  Made
	Err   error
}

// Error says what went wrong and what was made, without a full stop.
func (e *Error) Error() string {
	switch e.Made {
	case MadeNo:
		return fmt.Sprintf("nothing was made: %s: %v", e.Stage, e.Err)
	case MadeYes:
		return fmt.Sprintf("a key was made, but %v", e.Err)
	default:
		return fmt.Sprintf("a key may have been made: %v", e.Err)
	}
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
