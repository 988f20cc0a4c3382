package lifecycle

import (
	"context"
	"errors"
	"time"

	"fob/client"
	"fob/client/secret"
)

// Rotator replaces keys by others, so that what works with them goes on working: the new key is made and kept, the spots
// are pointed to it one by one, and the old one waits until a person says that it may go. Every step is in the journal
// before the next begins, so that a rotation can be left at any of them and gone on with from the journal alone.
// Issuer and Move are needed.
type Rotator struct {
	Issuer *Issuer // makes the new key; its Platform and Journal are the rotation's

	// Move puts the secret that this machine keeps under the account to into a spot, in the place of the one under from.
	// A spot that has it already is done; one that has neither is an error, and is left alone.
	Move func(ctx context.Context, s Spot, from, to string) (secret.Custody, error)

	Profile      string // for the journal, as the others
	Origin       string // rotations of other platforms are passed over
	Organization string
	Who          string
}

// Requisites are what a rotation takes beside its plan.
type Requisites struct {
	Destinations []Destination // where the new key is kept; at least one has to give it back later
	WorkspaceIDs map[string]string
	Fresh        func(context.Context) error
	Tell         func(Step)    // may be nil
	Made         func(Outcome) // told of what came of making the new key, before any spot is pointed to it; may be nil
	Told         func(Place)   // told of every spot that was tried; may be nil
}

// Rotated is what came of beginning or resuming a rotation.
type Rotated struct {
	Rotation Rotation
	Outcome  Outcome // of making the new key, if it was made now: it holds the secret
	Issued   bool    // a key was made now
	Warnings []string
}

// Begin writes the plan down, makes the new key, and points the spots to it. Errors before anything is made are an
// *UnknownError, Problems, a *RotationOpenError, or the journal's; then an *Error of the issuing, which the rotation
// survives: it can be resumed, or abandoned. A spot that fails is no error, see Rotation.Unplaced.
func (r *Rotator) Begin(ctx context.Context, p Plan, q Requisites) (Rotated, error) {
	if len(p.Unknown) > 0 {
		return Rotated{}, &UnknownError{p.Unknown}
	}
	if !plausible(p.Old.ID) {
		return Rotated{}, errNoID
	}
	if err := firstError(ctx.Err(), Validate(p.Draft, r.now())); err != nil {
		return Rotated{}, err
	}
	if err := r.alone(p.Old.ID, ""); err != nil {
		return Rotated{}, err
	}
	e := r.entry(RotatePlanned, newName(r.Issuer.Account))
	e.Workspace, e.KeyID, e.KeyName, e.Account = p.Scope.Workspace, p.Old.ID, clip(p.Old.Name.Value), p.Account
	e.What, e.Spots, e.Overlap, e.Fob = what(p.Draft, p.RoleName), p.Spots, int64(p.Overlap/time.Second), leaseOf(r.journal())
	e.Home = p.Home
	for _, d := range q.Destinations {
		e.Where = append(e.Where, d.Name())
	}
	if err := Append(ctx, r.journal(), e); err != nil {
		return Rotated{}, err
	}
	// Of two fobs that began at once, the one whose line is first goes on.
	if err := r.alone(p.Old.ID, e.Intent); err != nil {
		return Rotated{}, errors.Join(err, r.write(ctx, r.entry(RotateAbandoned, e.Intent)))
	}
	return r.Resume(ctx, e.Intent, q)
}

// alone tells whether no other rotation of the key is open, or none before the one named.
func (r *Rotator) alone(key, before string) error {
	open, err := openOf(r.journal(), r.Origin, key, before)
	switch {
	case open != nil:
		return &RotationOpenError{*open}
	default:
		return err
	}
}

// Resume goes on with a rotation from where the journal says that it is: it makes the new key if nothing was made yet,
// and points to it the spots that don't have it. It never makes a second key: ErrUnresolved where it isn't known what
// became of the first one, ErrUnkept where it was made and nobody has its secret. ErrElsewhere, ErrRotationOver and
// ErrNoRotation say that there is nothing to go on with here.
func (r *Rotator) Resume(ctx context.Context, id string, q Requisites) (Rotated, error) {
	var out Rotated
	at, err := r.open(id)
	if err != nil {
		return out, err
	}
	if at.Stage == Planned {
		out.Issued = true
		out.Outcome, err = r.Issuer.Issue(ctx, r.order(at, q), q.Tell)
		if q.Made != nil {
			_ = guard(func() error { q.Made(out.Outcome); return nil })
		}
		if err != nil {
			out.Rotation, _ = RotationOf(r.journal(), id)
			return out, err
		}
		if at, err = RotationOf(r.journal(), id); err != nil {
			return out, err
		}
		at.take(out.Outcome)
	}
	out.Rotation = at
	switch {
	case at.Stage == Making && at.Making.Arrived:
		return out, ErrUnkept
	case at.Stage == Making:
		return out, ErrUnresolved
	}
	err = r.place(ctx, &out, q)
	return out, err
}

// take fills in what an outcome tells where the journal could not be written after the key was made.
func (r *Rotation) take(o Outcome) {
	if o.Kept() {
		r.safe, r.New.Account = true, o.Account
	}
	if o.Certainty == Certain && o.Key != nil {
		r.New.ID = o.Key.ID
	}
	r.Stage = r.stage()
}

// open returns the rotation if it can be gone on with here.
func (r *Rotator) open(id string) (Rotation, error) {
	at, err := RotationOf(r.journal(), id)
	switch {
	case err != nil:
		return at, err
	case at.Origin != r.Origin:
		return at, ErrNoRotation
	case !at.Open():
		return at, ErrRotationOver
	case at.Stage == Making && at.Making.Fob != leaseOf(r.journal()):
		if alive, known := Alive(r.journal(), at.Making.Entry); known && alive {
			return at, ErrElsewhere
		}
	}
	return at, nil
}

func (r *Rotator) order(at Rotation, q Requisites) Order {
	return Order{
		Draft: at.What.draft(), Scope: at.Scope(), Profile: r.Profile, Origin: r.Origin, Organization: r.Organization, Who: r.Who,
		RoleName: at.What.RoleName, WorkspaceIDs: q.WorkspaceIDs, Destinations: q.Destinations, Fresh: q.Fresh, Rotation: at.Intent,
	}
}

// place points the spots that don't have the new key to it, and then lets the old one wait.
func (r *Rotator) place(ctx context.Context, out *Rotated, q Requisites) error {
	at := &out.Rotation
	left := at.Unplaced()
	if at.Stage == Waiting && len(left) == 0 || at.Stage == Abandoning {
		return nil
	}
	for _, s := range left {
		if err := ctx.Err(); err != nil {
			return err
		}
		p := r.move(ctx, s, at.Account, at.New.Account)
		e := r.step(RotatePlaced, *at)
		e.Places = []Place{p}
		if err := r.write(ctx, e); err != nil {
			out.warn(err)
		}
		at.Moved[s.Name] = p
		if q.Told != nil {
			_ = guard(func() error { q.Told(p); return nil })
		}
	}
	if at.Stage == Waiting && len(at.Unplaced()) == len(left) {
		return nil // nothing has changed, and the old key waits as long as it was said
	}
	return r.waiting(ctx, at)
}

// waiting lets the old key wait from now on: what worked with it a moment ago has the whole overlap.
func (r *Rotator) waiting(ctx context.Context, at *Rotation) error {
	e := r.step(RotateWaiting, *at)
	until := e.At.Add(time.Duration(at.Overlap) * time.Second).UTC()
	e.Until = &until
	if err := r.write(ctx, e); err != nil {
		return err
	}
	at.hear(e)
	at.Stage = at.stage()
	return nil
}

// move is one try at a spot, on a context of its own: a file that is being written is written to its end.
func (r *Rotator) move(ctx context.Context, s Spot, from, to string) Place {
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), orDefault(r.Issuer.PutFor, putFor))
	defer cancel()
	p := Place{Destination: s.Name}
	err := guard(func() error {
		custody, err := r.Move(own, s, from, to)
		p.Custody = string(custody)
		return err
	})
	if err != nil {
		p.Custody, p.Error = "", clip(scrub(secret.Value{}, err).Error())
	}
	p.At = r.now().UTC()
	return p
}

func (o *Rotated) warn(err error) {
	if len(o.Warnings) == 0 {
		o.Warnings = append(o.Warnings, "the journal could not be written: "+err.Error())
	}
}

// entry is what all entries about a rotation have in common.
func (r *Rotator) entry(kind Kind, id string) Entry {
	return Entry{At: r.now().UTC(), Kind: kind, Intent: id, Profile: r.Profile, Who: r.Who, Origin: r.Origin, Organization: r.Organization}
}

// step is an entry about a rotation that has begun.
func (r *Rotator) step(kind Kind, at Rotation) Entry {
	e := r.entry(kind, at.Intent)
	e.KeyID, e.KeyName, e.Workspace = at.KeyID, at.KeyName, at.Workspace
	return e
}

// write appends a line about what has happened already.
func (r *Rotator) write(ctx context.Context, e Entry) error { return r.Issuer.append(ctx, e) }

func (r *Rotator) journal() Journal { return r.Issuer.Journal }

func (r *Rotator) now() time.Time { return r.Issuer.now() }

// what is a draft for the journal.
func what(d client.Draft, roleName string) *What {
	return &What{
		Name: d.Name, Personal: d.Personal, OrganizationRole: d.OrganizationRole, RoleID: d.RoleID, RoleName: roleName,
		AllWorkspaces: d.AllWorkspaces, Workspaces: d.Workspaces, ExpiresAt: d.ExpiresAt,
	}
}
