package session

import (
	"time"

	"fob/client/visible"
)

// Who is the person as the provider names them. It is the provider's text, made safe to show.
type Who struct{ Subject, Email, Name string }

// shown is how many cells of a name are shown.
const shown = 120

func (w Who) visible() Who {
	return Who{visible.Truncate(w.Subject, shown), visible.Truncate(w.Email, shown), visible.Truncate(w.Name, shown)}
}

// State is what is known of a session without asking anybody.
type State struct {
	Known    bool // the store has been read; nothing else is set otherwise
	SignedIn bool
	Ended    bool // signed in, but the provider refreshes it no more: sign in again
	Pasted   bool // a token that a person pasted: it is not refreshed
	Who      Who  // empty for a pasted one
	Issuer   string
	// Expiry is when the session ends unless it is refreshed; zero where nobody said.
	Expiry time.Time
	// Renewable tells whether it is refreshed before it ends.
	Renewable bool
	// Failure is why the last refresh failed, nil if it didn't; Failed is when that was. Only then is there a reason
	// to count the last minutes down.
	Failure error
	Failed  time.Time
	// Unsaved is why the session couldn't be stored: it is good for this run alone. Nil if it is stored.
	Unsaved error
	// Aside is why what is stored is not used, nil if it is: it belongs to another origin, or can't be read.
	Aside error
}

// State returns what is known of the session now. It touches neither the store nor the network.
func (s *Session) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.loaded {
		return State{}
	}
	state := State{
		Known: true, SignedIn: s.record != nil, Ended: s.ended, Aside: s.aside,
		Failure: s.failure, Failed: s.failed, Unsaved: s.unsaved,
	}
	if r := s.record; r != nil {
		state.Pasted, state.Who, state.Issuer = r.Pasted, r.Who.visible(), visible.Line(r.Issuer)
		state.Expiry, state.Renewable = r.Expiry, !r.refresh.IsZero() && !s.ended
	}
	return state
}
