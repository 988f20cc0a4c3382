package lifecycle

import (
	"sync"
	"time"
)

// Stage is where the issuing of a key has come to. Its text is for people.
type Stage string

// The stages of Issue, in their order.
const (
	Checking  Stage = "checking the draft"                // never told, but an Error may name it
	Trying    Stage = "trying the destination"            // Step.Destination
	Tried     Stage = "tried the destination"             // Step.Destination, Took, Err
	Asking    Stage = "asking who the session belongs to" //
	Reading   Stage = "reading the keys that exist"       // Step.Read, Announced, Retrying as the list comes in
	Writing   Stage = "writing the intent down"           //
	Sending   Stage = "sending"                           // from here on nothing is cancelled and nothing is dropped
	Arrived   Stage = "the key has arrived"               // it is in the Holder now
	Storing   Stage = "storing and reading back"          // Step.Destination
	Stored    Stage = "stored"                            // Step.Destination, Took, Err
	Looking   Stage = "looking for the new key's id"      // Step.Read, Announced, Retrying, Wait
	Comparing Stage = "comparing with what was asked"     //
	Done      Stage = "done"                              // the Outcome follows
)

// Step is one thing that Issue tells while it works. Only the fields that its Stage names are set.
type Step struct {
	Stage       Stage
	Destination string        // the destination's name
	Took        time.Duration // how long the destination took
	Err         error         // why the destination failed, nil if it didn't; never holds the secret
	Read        int           // keys read so far
	Announced   *int          // how many there will be, nil where the platform doesn't say
	Retrying    string        // what the list waits for, "" if for nothing
	Wait        time.Duration // the pause before the next look
}

// teller hands steps to a listener one at a time. A listener that panics is not asked again: a fault in drawing a
// step must not end the work that the step is about, a key may be in flight.
type teller struct {
	mu    sync.Mutex
	tell  func(Step)
	fault any
}

func (t *teller) say(s Step) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.tell == nil {
		return
	}
	defer func() {
		if p := recover(); p != nil {
			t.tell, t.fault = nil, p
		}
	}()
	t.tell(s)
}

// broken tells whether the listener panicked.
func (t *teller) broken() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.fault != nil
}
