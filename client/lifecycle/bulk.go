package lifecycle

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"fob/client"
)

// The kinds of entries about work on several keys, one after another. What is done to each key has entries of its own.
const (
	BulkBegun Kind = "bulk.begun" // it is about to begin; IDs has the keys, over several lines of one intent if need be
	BulkKey   Kind = "bulk.key"   // one key's turn is over, and Done tells whether it is as it was meant to be
	BulkDone  Kind = "bulk.done"  // it has ended; Done: with nothing left, otherwise IDs has what is left, unless that is too long
)

// idsPerLine is how many ids one line of the journal gets: a line has a longest length, and a bulk has none.
const idsPerLine = 10_000

// Bulk does one thing to several keys, one after another, and writes into the journal what it needs to be gone on with
// after it was stopped, or cut off. Journal is needed; of the rest, the zero values are the defaults.
type Bulk struct {
	Journal Journal
	Verb    string    // what is done, as people type it: "revoke"
	Change  []Altered // what an edit sets, so that it can be gone on with; From is nil

	Scope        client.Scope // where the keys were chosen
	Profile      string
	Who          string
	Origin       string
	Organization string
	Intent       string // what ties its entries together; Run makes one up
	Resumes      string // the intent of the bulk that this one goes on with

	Now  func() time.Time // time.Now
	Name func() string    // random names for intents; crypto/rand.Text in lower case

	single bool
}

// Turn is one key's part of a Bulk.
type Turn struct {
	ID           string
	Index, Total int      // which one, from 0, of how many
	State        string   // what became of it, in a word
	Err          error    // nil exactly when the key is as it was meant to be
	Warnings     []string // what went wrong beside it
}

// Run calls do for each id, in the given order, and tells each turn when it is over; tell may be nil. When ctx ends, the
// turn under way is finished and the others are NotTried, as they are after a 401, which all of them would get. The
// turns are as many as the ids, in their order.
//
// A journal that can't be written is a warning and no obstacle, as it is for a Revoker: it is what could not be gone on
// with, and every key tells for itself how it is. Of a single key nothing is written: its own entries say it all.
func (b *Bulk) Run(ctx context.Context, ids []string, do func(ctx context.Context, i int) Turn, tell func(Turn)) (turns []Turn, warnings []string) {
	tell = unlessBroken(tell)
	b.single = len(ids) == 1 && b.Resumes == ""
	if b.Intent == "" {
		b.Intent = newName(b.Name)
	}
	base := Entry{
		Intent: b.Intent, Profile: b.Profile, Who: b.Who, Origin: b.Origin, Organization: b.Organization, Workspace: b.Scope.Workspace, Verb: b.Verb,
	}
	begun := base
	begun.Kind, begun.Altered, begun.Resumes, begun.Fob = BulkBegun, b.Change, b.Resumes, leaseOf(b.Journal)
	b.writeIDs(ctx, begun, ids, &warnings)
	var left []string
	turns = inTurn(ctx, ids, func(ctx context.Context, i int) Turn {
		t := do(ctx, i)
		line := base
		line.Kind, line.Verb, line.KeyID, line.Done, line.Outcome = BulkKey, "", ids[i], t.Err == nil, t.State
		b.write(ctx, line, &warnings)
		return t
	}, func(t Turn) {
		if t.Err != nil {
			left = append(left, t.ID)
		}
		tell(t)
	})
	done := base
	done.Kind, done.Done = BulkDone, len(left) == 0
	if len(left) <= idsPerLine {
		done.IDs = left
	}
	b.write(ctx, done, &warnings)
	return turns, warnings
}

func (b *Bulk) writeIDs(ctx context.Context, e Entry, ids []string, warnings *[]string) {
	for first := true; first || len(ids) > 0; first = false {
		n := min(len(ids), idsPerLine)
		e.IDs, ids = ids[:n], ids[n:]
		b.write(ctx, e, warnings)
	}
}

func (b *Bulk) write(ctx context.Context, e Entry, warnings *[]string) {
	if b.single {
		return
	}
	e.At = clock(b.Now)
	writeAside(ctx, b.Journal, e, warnings)
}

// unlessBroken is a listener that isn't told any more once it has panicked: the work goes on. tell may be nil.
func unlessBroken[T any](tell func(T)) func(T) {
	broken := tell == nil
	return func(t T) {
		if !broken {
			broken = guard(func() error { tell(t); return nil }) != nil
		}
	}
}

// inTurn calls do for each id and tells its turn.
func inTurn(ctx context.Context, ids []string, do func(context.Context, int) Turn, tell func(Turn)) []Turn {
	turns := make([]Turn, len(ids))
	var stop error
	for n, id := range ids {
		one := Turn{State: string(NotTried)}
		if ctx.Err() != nil {
			stop = firstError(stop, ErrStopped)
		}
		if stop != nil {
			one.Err = stop
		} else if one = do(ctx, n); status(one.Err) == http.StatusUnauthorized {
			stop = errors.Join(ErrStopped, one.Err)
		}
		one.ID, one.Index, one.Total = id, n, len(ids)
		turns[n] = one
		tell(one)
	}
	return turns
}

// Halted is a Bulk that was stopped with something left, or cut off.
type Halted struct {
	Entry           // its first line, with IDs of all its lines
	Left   []string // the ids of the keys that are not as they were meant to be, in their order
	CutOff bool     // no end is written: a crash cut it off or, where that can't be told, another fob is at it right now
}

// Halts returns the bulks that have something left, that nobody is at and that no other one went on with, oldest first. Lines that can't
// be read are passed over; a fault of the journal is returned beside what was read.
func Halts(j Journal) ([]Halted, error) {
	var open []*Halted
	var faults []error
	by := map[string]*Halted{}
	resumed := map[string]bool{}
	for e, err := range Entries(j) {
		if err != nil {
			if _, torn := errors.AsType[*LineError](err); !torn {
				faults = append(faults, err)
			}
			continue
		}
		h := by[e.Intent]
		switch {
		case e.Kind == BulkBegun && h == nil:
			resumed[e.Resumes] = true
			h = &Halted{Entry: e, Left: slices.Clone(e.IDs), CutOff: true}
			by[e.Intent], open = h, append(open, h)
		case e.Kind == BulkBegun:
			h.IDs, h.Left = append(h.IDs, e.IDs...), append(h.Left, e.IDs...)
		case e.Kind == BulkKey && h != nil && e.Done:
			h.Left = slices.DeleteFunc(h.Left, func(id string) bool { return id == e.KeyID })
		case e.Kind == BulkDone && h != nil:
			h.CutOff = false
			if e.Done || len(e.IDs) > 0 {
				h.Left = e.IDs
			}
		}
	}
	var all []Halted
	for _, h := range open {
		if alive, known := Alive(j, h.Entry); h.CutOff && known && alive {
			continue // it is under way, and what is left isn't known yet
		}
		if !resumed[h.Intent] && len(h.Left) > 0 {
			all = append(all, *h)
		}
	}
	return all, errors.Join(faults...)
}
