package lifecycle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// End is what came of a deed, in a word or two for people. What a newer program wrote may end in words of its own.
type End string

// What may come of a deed.
const (
	EndDone       End = "done"
	EndFailed     End = "failed"         // it was refused, and all is as it was
	EndNothing    End = "nothing made"   // a key was to be made, and there is none
	EndUnanswered End = "unanswered"     // it may have been carried out
	EndUnfinished End = "unfinished"     // no outcome is written: it is under way right now, or was cut off
	EndNotKept    End = "not kept"       // a key was made, and no place is known that keeps its secret
	EndLeft       End = "left knowingly" // a person left a new key's secret with nobody
	EndRevoked    End = "revoked"        // a key was made that nobody kept, and it was revoked since
	EndPartly     End = "partly done"    // of several keys, some are left
	EndWaiting    End = "waiting"        // of a rotation: the new key is in place, and the old one waits to be revoked
	EndTakenBack  End = "taken back"     // of a rotation: the old key stays
	EndUnknown    End = "unknown"        // what a newer program wrote of it isn't understood here
)

// Ends are all that this program knows.
func Ends() []End {
	return []End{
		EndDone, EndFailed, EndNothing, EndUnanswered, EndUnfinished, EndNotKept, EndLeft, EndRevoked, EndPartly, EndWaiting,
		EndTakenBack, EndUnknown,
	}
}

// What deeds this program knows are called: the kind of their entries up to the dot.
const (
	ActionIssue      = "issue"
	ActionRevoke     = "revoke"
	ActionEdit       = "edit"
	ActionRotate     = "rotate" // the making of the new key, and the revoking of either, are deeds of their own
	ActionQuarantine = "quarantine"
	ActionRelease    = "release"
	ActionBulk       = "bulk" // several keys: each has a deed of its own, too
)

// Actions are all that this program knows.
func Actions() []string {
	return []string{ActionIssue, ActionRevoke, ActionEdit, ActionRotate, ActionQuarantine, ActionRelease, ActionBulk}
}

// Deed is one thing that was done or meant to be done: every entry of one intent, joined. It holds what strangers wrote,
// as they wrote it.
type Deed struct {
	Intent       string
	Action       string    // "issue", "revoke", "edit", or what a newer program calls it
	At           time.Time // when it was begun, or first heard of; UTC, zero if no entry says when
	Ended        time.Time // when the last entry was written; UTC
	Profile      string
	Origin       string
	Organization string
	Workspace    string // "": on the organization
	Who          string
	Account      string
	KeyID        string
	KeyName      string // as the key is called, or was to be called
	What         *What  // of a new key: what was asked
	Altered      []Altered
	Where        []string // the destinations' names
	Places       []Place  // what became of the secret at each, the first first
	Certainty    Certainty
	Candidates   []string
	Deviations   []Deviation
	Made         Made
	State        RevokedState
	Edited       EditedState
	End          End
	Why          string
	Error        string
	Entered      []Entered // every entry, oldest first
	Rotation     string    // the intent of the rotation that it is a part of; "": none
	Rotated      *Rotation // of a rotation: how far it is
	Left         *Left     // not nil: it has come to no good end, see Unfinished

	several int  // of a bulk: how many keys
	whole   bool // of a bulk: nothing is left
	newer   bool // an entry is of a newer version than this program's
}

// Entered is one entry of a deed: when it was written, and what it is about.
type Entered struct {
	At   time.Time
	Kind Kind
}

// Open tells whether something may be left to do about it.
func (d *Deed) Open() bool {
	return d.Left != nil || d.End == EndUnfinished || d.End == EndWaiting && d.Rotated != nil
}

// Log is the journal, read.
type Log struct {
	Deeds      []*Deed // newest first
	Unreadable int     // lines that were torn by a crash, or are no entries
	First      int     // the first of them, from 1; 0 if there is none
}

// Deeds reads the journal and joins its entries into deeds. Entries of kinds that this program doesn't know are deeds,
// too. Lines that can't be read are counted and passed over. The error is a fault of the journal itself, or ctx's: the
// Log beside it has what was read.
func Deeds(ctx context.Context, j Journal) (Log, error) {
	var log Log
	var faults []error
	var joined joining
	var turned rotations
	left, _, _ := unfinished(func(yield func(Entry, error) bool) { // its error is among the faults
		for e, err := range Entries(j) {
			if stopped := ctx.Err(); stopped != nil {
				faults = append(faults, stopped)
				return
			}
			if err == nil {
				joined.hear(e)
				turned.hear(e)
			} else if torn, is := errors.AsType[*LineError](err); !is {
				faults = append(faults, err)
			} else if log.Unreadable++; log.First == 0 {
				log.First = torn.Line
			}
			if !yield(e, err) {
				return
			}
		}
	})
	for i := range left {
		if at, known := joined.at[left[i].Intent]; known {
			joined.all[at].Left = &left[i]
		}
	}
	for _, r := range turned.list() {
		if at, known := joined.at[r.Intent]; known {
			joined.all[at].Rotated = &r
		}
	}
	log.Deeds = joined.all
	for _, d := range log.Deeds {
		d.End = d.end()
	}
	slices.Reverse(log.Deeds)
	slices.SortStableFunc(log.Deeds, func(a, b *Deed) int { return b.At.Compare(a.At) })
	return log, errors.Join(faults...)
}

// joining is the deeds that have been heard of so far, in the order in which they were begun.
type joining struct {
	all []*Deed
	at  map[string]int // by intent, and by action where one intent has two
}

func (j *joining) hear(e Entry) {
	name := e.Intent
	if action(e.Kind) == ActionRelease && name != "" {
		name += " " + ActionRelease // it has the name of its quarantine, and is another thing that was done
	}
	at, known := j.at[name]
	if !known || e.Intent == "" { // what belongs to no intent stands for itself
		at = len(j.all)
		j.all = append(j.all, &Deed{Intent: e.Intent, Action: action(e.Kind)})
		if j.at == nil {
			j.at = map[string]int{}
		}
		if name != "" {
			j.at[name] = at
		}
	}
	j.all[at].hear(e)
}

// action is what the deed is called that an entry of that kind belongs to.
func action(k Kind) string {
	name, _, _ := strings.Cut(string(k), ".")
	return name
}

// stage is how far a deed is with an entry of that kind, "" if the kind doesn't say.
func stage(k Kind) string {
	if at := strings.LastIndexByte(string(k), '.'); at >= 0 {
		return string(k[at+1:])
	}
	return ""
}

// hear takes in an entry. Of what doesn't change the first one counts, of what is found out the last.
func (d *Deed) hear(e Entry) {
	at := e.At.UTC()
	if d.At.IsZero() {
		d.At = at
	}
	if !at.IsZero() {
		d.Ended = at
	}
	d.newer = d.newer || e.V > journalVersion
	d.Entered = append(d.Entered, Entered{at, e.Kind})
	for _, field := range []struct {
		to   *string
		text string
	}{
		{&d.Profile, e.Profile},
		{&d.Origin, e.Origin},
		{&d.Organization, e.Organization},
		{&d.Workspace, e.Workspace},
		{&d.Who, e.Who},
		{&d.Account, e.Account},
		{&d.Rotation, e.Rotation},
	} {
		*field.to = cmp.Or(*field.to, field.text)
	}
	if d.Action == ActionBulk {
		e.KeyID = "" // one of many
		d.several += len(e.IDs)
		switch e.Kind {
		case BulkBegun:
			e.Why = fmt.Sprintf("%s of %d keys", e.Verb, d.several)
		case BulkDone:
			d.whole = e.Done
		}
	}
	d.KeyID, d.KeyName = cmp.Or(e.KeyID, d.KeyID), cmp.Or(e.KeyName, d.KeyName)
	d.Certainty, d.Made, d.State, d.Edited = cmp.Or(e.Certainty, d.Certainty), cmp.Or(e.Made, d.Made), cmp.Or(e.State, d.State), cmp.Or(e.Edited, d.Edited)
	d.Why, d.Error = cmp.Or(e.Why, d.Why), cmp.Or(e.Error, d.Error)
	if e.What != nil {
		if d.What = e.What; d.Action != ActionRotate { // of that, it is the new key
			d.KeyName = cmp.Or(d.KeyName, e.What.Name)
		}
	}
	if d.Action == ActionRotate {
		for _, s := range e.Spots {
			e.Where = append(slices.Clip(e.Where), s.Name)
		}
		for _, p := range e.Places { // the last try counts
			d.Places = slices.DeleteFunc(d.Places, func(q Place) bool { return q.Destination == p.Destination })
		}
	}
	d.Altered, d.Where = orKept(e.Altered, d.Altered), orKept(e.Where, d.Where)
	d.Candidates, d.Deviations = orKept(e.Candidates, d.Candidates), orKept(e.Deviations, d.Deviations)
	for _, p := range e.Places { // an outcome tells again what was told when the secret was stored
		if !slices.ContainsFunc(d.Places, func(q Place) bool {
			return q.Destination == p.Destination && q.Custody == p.Custody && q.Error == p.Error && q.At.Equal(p.At)
		}) {
			d.Places = append(d.Places, p)
		}
	}
}

func orKept[T any](heard, before []T) []T {
	if len(heard) > 0 {
		return heard
	}
	return before
}

// end judges the deed by its entries, once all of them were heard.
func (d *Deed) end() End {
	last := stage(d.Entered[len(d.Entered)-1].Kind)
	if d.Rotated != nil && !d.newer { // any other rotation is a newer program's
		return d.rotated()
	}
	switch d.Action {
	case ActionIssue:
		return d.issued()
	case ActionRevoke, ActionEdit, ActionQuarantine, ActionRelease:
		if d.newer && last != "" && last != "intent" && last != "outcome" {
			return End(last) // a stage that this program doesn't have
		}
		if d.State == "" && d.Edited == "" && !d.concluded() {
			return EndUnfinished
		}
		return d.changed()
	}
	if d.Action == ActionBulk {
		switch {
		case Kind(ActionBulk+"."+last) != BulkDone:
			return EndUnfinished
		case d.whole:
			return EndDone
		}
		return EndPartly
	}
	switch last { // a newer program's: its words, where ours don't fit
	case "intent":
		return EndUnfinished
	case "outcome":
		if got := d.changed(); got != EndUnknown || d.Error == "" {
			return got
		}
		return EndFailed
	case "":
		return EndUnknown
	}
	return End(last)
}

// rotated is what came of a rotation.
func (d *Deed) rotated() End {
	switch d.Rotated.Stage {
	case Finished:
		return EndDone
	case Abandoned:
		return EndTakenBack
	case Waiting:
		return EndWaiting
	}
	return EndUnfinished
}

// concluded tells whether an outcome is written.
func (d *Deed) concluded() bool {
	return slices.ContainsFunc(d.Entered, func(e Entered) bool { return stage(e.Kind) == "outcome" })
}

func (d *Deed) issued() End {
	begun := slices.ContainsFunc(d.Entered, func(e Entered) bool { return e.Kind == IssueIntent })
	switch {
	case slices.ContainsFunc(d.Entered, func(e Entered) bool { return e.Kind == IssueAbandoned }):
		return EndLeft
	case hasSafePlace(Entry{Places: d.Places}):
		return EndDone
	case d.Made == MadeNo:
		return EndNothing
	case d.newer && d.concluded():
		return EndUnknown
	case begun && d.Left == nil:
		return EndRevoked
	case !d.concluded():
		return EndUnfinished
	case d.Made == MadeYes:
		return EndNotKept
	}
	return EndUnanswered
}

// changed is what came of a key that was to be revoked or changed.
func (d *Deed) changed() End {
	switch {
	case d.State.Done(), d.Edited.Done():
		return EndDone
	case d.State == StillThere, d.State == NotTried, d.Edited == AsItWas, d.Edited == NeverAttempted:
		return EndFailed
	case d.State == Unsure, d.Edited == MaybeChanged:
		return EndUnanswered
	}
	return EndUnknown
}
