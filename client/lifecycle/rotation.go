package lifecycle

import (
	"errors"
	"strings"
	"time"

	"fob/client"
)

// The kinds of entries about rotating a key; Entry.Intent is the rotation's name in all of them. The making of the new
// key and the revoking of either are entries of their own, which name the rotation: what became of them stands in one
// place only.
const (
	RotatePlanned    Kind = "rotate.planned"    // which key, what the new one shall be, and where the old one is
	RotatePlaced     Kind = "rotate.placed"     // a spot was pointed to the new key, or failed to be
	RotateWaiting    Kind = "rotate.waiting"    // every spot was tried; the old key waits until a time
	RotateFinished   Kind = "rotate.finished"   // the old key is gone
	RotateAbandoning Kind = "rotate.abandoning" // the spots are about to be pointed back, and the new key to be revoked
	RotateReturned   Kind = "rotate.returned"   // a spot was pointed back to the old key, or failed to be
	RotateAbandoned  Kind = "rotate.abandoned"  // the old key stays
)

// RotationStage is where a rotation has come to. Its text is for people.
type RotationStage string

// The stages of a rotation.
const (
	Planned    RotationStage = "planned"    // no new key was made yet
	Making     RotationStage = "making"     // the new key's request is out, or what came of it isn't known, or nobody has its secret
	Placing    RotationStage = "placing"    // the new key is kept, and spots are left to be pointed to it
	Waiting    RotationStage = "waiting"    // the old key waits to be revoked
	Finished   RotationStage = "finished"   // the old key is gone
	Abandoning RotationStage = "abandoning" // on the way back
	Abandoned  RotationStage = "abandoned"  // the old key stays
)

// Spot is a place of the old key that is pointed to the new one, or one where the new one is kept. It means nothing to lifecycle but its name.
type Spot struct {
	Name     string `json:"name"` // for people, and different for each spot of a rotation
	Kind     string `json:"kind"`
	Where    string `json:"where,omitempty"`
	Variable string `json:"variable,omitempty"`
	As       string `json:"as,omitempty"`      // the name that a command knows the key by
	Replace  bool   `json:"replace,omitempty"` // of a home: what an env file has already may be overwritten
}

// Rotation is the replacing of a key by another, as the journal tells of it.
type Rotation struct {
	Entry          // its plan: KeyID, KeyName and Account are the old key's, What is what the new one shall be
	Stage          RotationStage
	New            Replacement
	Moved          map[string]Place // what became of each spot that was tried, by its name; the last try counts
	PlacedAt       time.Time        // when the new key was where the old one was, UTC; zero before
	WaitsUntil     time.Time        // until when the old key waits, UTC; zero before
	Making         Left             // of the stages from Making on: the intent of the new key
	Failed         string           // why the last try to make the new key came to nothing, "" if none did
	making, safe   bool
	waits, old     bool
	turning, ended bool
}

// Replacement is a rotation's new key.
type Replacement struct {
	Account string // under which this machine has it
	ID      string // "" unless it is certain
	Gone    bool   // it was revoked from here
}

// Open tells whether anything is left to be done.
func (r Rotation) Open() bool { return r.Stage != Finished && r.Stage != Abandoned }

// Scope is the list that has both keys.
func (r Rotation) Scope() client.Scope { return client.Scope{Workspace: r.Workspace} }

// Unplaced are the spots that are not known to have the new key.
func (r Rotation) Unplaced() []Spot {
	var left []Spot
	for _, s := range r.Spots {
		if p, tried := r.Moved[s.Name]; !tried || p.Error != "" {
			left = append(left, s)
		}
	}
	return left
}

// Rotations returns every rotation that the journal tells of, oldest first, the ended ones as well. Lines that can't be
// read are passed over; a fault of the journal is returned beside what was read.
func Rotations(j Journal) ([]Rotation, error) {
	var faults []error
	var heard rotations
	for e, err := range Entries(j) {
		if err == nil {
			heard.hear(e)
		} else if _, torn := errors.AsType[*LineError](err); !torn {
			faults = append(faults, err)
		}
	}
	return heard.list(), errors.Join(faults...)
}

// rotations are those that have been heard of so far, oldest first.
type rotations struct {
	all []*Rotation
	by  map[string]*Rotation // by their intents
}

func (l *rotations) hear(e Entry) {
	switch e.Kind {
	case RotatePlanned:
		if l.by[e.Intent] == nil && e.KeyID != "" {
			r := &Rotation{Entry: e, Moved: map[string]Place{}}
			if l.by == nil {
				l.by = map[string]*Rotation{}
			}
			l.by[e.Intent], l.all = r, append(l.all, r)
		}
	case RevokeOutcome:
		for _, r := range l.all {
			r.revoked(e)
		}
	default:
		if r := l.by[e.Rotation]; r != nil && e.Rotation != "" {
			r.hearIssue(e)
		} else if r := l.by[e.Intent]; r != nil {
			r.hear(e)
		}
	}
}

func (l *rotations) list() []Rotation {
	list := make([]Rotation, len(l.all))
	for i, r := range l.all {
		r.Stage = r.stage()
		list[i] = *r
	}
	return list
}

// hear takes in a step of the rotation itself.
func (r *Rotation) hear(e Entry) {
	switch e.Kind {
	case RotatePlaced:
		for _, p := range e.Places {
			if r.Moved[p.Destination] = p; p.Error == "" && r.waits {
				r.wait(e.At) // one that had failed before: what works with it has the whole overlap, too
			}
		}
	case RotateReturned:
		for _, p := range e.Places {
			if p.Error == "" {
				delete(r.Moved, p.Destination)
			}
		}
	case RotateWaiting:
		r.waits = true
		r.wait(e.At)
	case RotateAbandoning:
		r.turning = true
	case RotateFinished:
		r.old = true
	case RotateAbandoned:
		r.ended = true
	}
}

// wait lets the old key wait from at on.
func (r *Rotation) wait(at time.Time) {
	r.PlacedAt = at.UTC()
	r.WaitsUntil = r.PlacedAt.Add(time.Duration(r.Overlap) * time.Second)
}

// hearIssue takes in a step of making the new key.
func (r *Rotation) hearIssue(e Entry) {
	if e.Kind == IssueIntent {
		if !r.making { // of two fobs at once, the first one makes it
			r.making, r.Making, r.Failed = true, Left{Entry: e, UnderWay: true}, ""
		}
		return
	}
	if !r.making || e.Intent != r.Making.Intent {
		return
	}
	switch e.Kind {
	case IssueStored, IssueOutcome:
		r.Making.hear(e)
		if hasSafePlace(e) {
			r.safe, r.New.Account = true, r.Making.Account
		}
		switch {
		case e.Kind == IssueOutcome && e.Made == MadeNo:
			r.unmade()
			if r.Failed = e.Error; r.Failed == "" {
				r.Failed = e.Why
			}
		case e.Kind == IssueOutcome && e.Certainty == Certain:
			r.New.ID = e.KeyID
		}
	case IssueAbandoned:
		if !r.safe {
			r.unmade()
		}
	}
}

// unmade goes back to before the new key.
func (r *Rotation) unmade() {
	r.making, r.safe, r.New, r.Making = false, false, Replacement{}, Left{}
}

// revoked takes in that a key is gone.
func (r *Rotation) revoked(e Entry) {
	if !e.State.Done() || e.Origin != r.Origin {
		return
	}
	switch {
	case e.KeyID == r.KeyID:
		r.old = true
	case e.For != "" && r.making && e.For == r.Making.Intent && !r.safe:
		r.unmade()
	case r.New.ID != "" && e.KeyID == r.New.ID:
		if r.New.Gone = true; !r.safe {
			r.unmade()
		}
	}
}

func (r *Rotation) stage() RotationStage {
	switch {
	case r.ended:
		return Abandoned
	case r.old && r.safe:
		return Finished
	case r.old:
		return Abandoned // there is nothing left that could be replaced
	case r.turning:
		return Abandoning
	case r.waits:
		return Waiting
	case r.safe:
		return Placing
	case r.making:
		return Making
	default:
		return Planned
	}
}

// RotationOf returns the rotation whose name is id.
func RotationOf(j Journal, id string) (Rotation, error) {
	all, err := Rotations(j)
	for _, r := range all {
		if r.Intent == id {
			return r, nil
		}
	}
	if err != nil {
		return Rotation{}, err
	}
	return Rotation{}, ErrNoRotation
}

// openOf is the first open rotation of a key, of those before the one named, "" for all of them.
func openOf(j Journal, origin, key, before string) (*Rotation, error) {
	all, err := Rotations(j)
	for _, r := range all {
		if before != "" && r.Intent == before {
			break
		}
		if r.Open() && r.KeyID == key && strings.EqualFold(r.Origin, origin) {
			return &r, err
		}
	}
	return nil, err
}
