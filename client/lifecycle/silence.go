package lifecycle

import "time"

// SeenVerdict is what the search history tells of a key. Its text is for people.
type SeenVerdict string

// The verdicts.
const (
	KeySeen    SeenVerdict = "seen"
	KeyNotSeen SeenVerdict = "not seen"
	KeyUntold  SeenVerdict = "cannot tell"
)

// Sighting is what the search history tells of a key in a window.
type Sighting struct {
	Verdict   SeenVerdict
	Last      time.Time // the last query that is known, UTC; zero: none
	Workspace string    // where that was; "": not known
	From, To  time.Time // the window, UTC
	Why       string    // why it can't be told, or what it is told by; in words
}

// quietFor is how long a key that was seen after it had been replaced has to be silent before it counts as fallen silent:
// what runs once a night has run by then.
const quietFor = 24 * time.Hour

// Doubts are the reasons not to revoke the old key yet, as far as they can be told without the list of the keys. None
// means that revoking it is to be suggested; the decision stays a person's.
func (r Rotation) Doubts(s Sighting, now time.Time) []Doubt {
	var all []Doubt
	if len(r.Unplaced()) > 0 || r.PlacedAt.IsZero() {
		all = append(all, NotPlaced)
	}
	if r.New.ID == "" {
		all = append(all, NewUnknown)
	}
	if r.New.Gone {
		all = append(all, NewGone)
	}
	if r.WaitsUntil.After(r.PlacedAt) && now.Before(r.WaitsUntil) { // without one, clocks that differ by a second must not make one
		all = append(all, OverlapRuns)
	}
	switch {
	case s.Last.After(r.PlacedAt) && now.Sub(s.Last) < quietFor:
		all = append(all, StillSeen)
	case s.Verdict != KeyNotSeen && s.Verdict != KeySeen:
		all = append(all, SeenUntold)
	}
	return all
}

// SilentSince is since when the old key has been silent, and whether it is: its last query after it was replaced or,
// without one, that time itself.
func (r Rotation) SilentSince(s Sighting, now time.Time) (since time.Time, silent bool) {
	switch {
	case r.PlacedAt.IsZero() || s.Verdict != KeyNotSeen && s.Verdict != KeySeen:
		return time.Time{}, false
	case s.Last.After(r.PlacedAt):
		return s.Last, now.Sub(s.Last) >= quietFor
	}
	return r.PlacedAt, true
}
