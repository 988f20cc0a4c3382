package session

import "context"

// Peek returns what the store says of the session, and keeps nothing of it: no provider and no other fob is asked, and
// nothing is refreshed. It fails with ErrNone where no session of this origin is stored, and with the store's error.
func (s *Session) Peek(ctx context.Context) (State, error) {
	v, err := s.options.Store.Load(ctx)
	if err != nil {
		return State{}, err
	}
	r, err := s.open(v)
	if err != nil {
		return State{}, err
	}
	renewable := !r.refresh.IsZero()
	return State{
		Known: true, SignedIn: true, Pasted: r.Pasted, Who: r.Who.visible(), Expiry: r.Expiry, Renewable: renewable,
		Ended: !renewable && r.left(s.options.Now()) == 0,
	}, nil
}
