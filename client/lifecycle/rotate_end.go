package lifecycle

import (
	"context"

	"fob/client"
)

// Finish revokes the old key of a rotation. With doubts it does so only where force is set: a *NotReadyError otherwise,
// and always where the new key is gone. The list is read before, so that no key is revoked whose replacement isn't there.
// Errors of the revocation itself are a Revoker's.
func (r *Rotator) Finish(ctx context.Context, id string, s Sighting, force bool) (Revoked, error) {
	at, err := r.open(id)
	if err != nil {
		return Revoked{State: NotTried}, err
	}
	old := client.Key{ID: at.KeyID, Name: client.Some(at.KeyName)}
	switch at.Stage {
	case Planned, Making:
		return Revoked{Key: old, State: NotTried}, ErrUnresolved
	case Abandoning:
		return Revoked{Key: old, State: NotTried}, ErrRotationOver
	}
	list, err := r.Issuer.Platform.ListKeys(ctx, at.Scope(), nil)
	if err != nil && !client.IsPartial(err) {
		return Revoked{Key: old, State: NotTried}, err
	}
	there := map[string]bool{}
	for _, k := range list.Items {
		if there[k.ID] = true; k.ID == at.KeyID {
			old = k
		}
	}
	doubts := at.Doubts(s, r.now())
	gone := at.New.Gone
	if !gone && at.New.ID != "" && !there[at.New.ID] && list.Complete {
		gone = true
		doubts = append(doubts, NewGone)
	}
	if gone || len(doubts) > 0 && !force {
		return Revoked{Key: old, State: NotTried}, &NotReadyError{doubts, s}
	}
	revoked, err := r.revoker(at).Revoke(ctx, old, "replaced by "+clip(at.What.Name))
	if err != nil {
		return revoked, err
	}
	e := r.step(RotateFinished, at)
	e.State = revoked.State
	if err := r.write(ctx, e); err != nil && len(revoked.Warnings) == 0 {
		revoked.Warnings = append(revoked.Warnings, "the journal could not be written: "+err.Error())
	}
	return revoked, nil
}

// Unwound is what came of abandoning a rotation.
type Unwound struct {
	Returned []Place // the spots that were pointed back, or failed to be
	Revoked  Revoked // the new key; NotTried where there is none
	Warnings []string
}

// Abandon takes a rotation back: the spots are pointed to the old key again, and the new one is revoked. A spot that
// can't be pointed back keeps the new key alive, with a *StuckError, unless force is set. The old key is never touched.
//
// Where it isn't certain which key the new one is, chosen says so; nil leaves it alone, with ErrNotCertain, and the
// rotation open. A new key of which it isn't known whether it was made is left to a Reconciler.
func (r *Rotator) Abandon(ctx context.Context, id string, chosen *client.Key, force bool) (Unwound, error) {
	out := Unwound{Revoked: Revoked{State: NotTried}}
	at, err := r.open(id)
	if err != nil {
		return out, err
	}
	if at.Stage == Planned || at.Stage == Making {
		// Nothing has the new key, so nothing has to be pointed back.
		return out, r.write(ctx, r.step(RotateAbandoned, at))
	}
	key := client.Key{ID: at.New.ID, Name: client.Some(at.What.Name)}
	switch {
	case chosen != nil && at.New.ID == "" && chosen.ID != at.KeyID:
		key = *chosen
	case at.New.ID == "":
		return out, ErrNotCertain
	}
	if at.Stage != Abandoning {
		if err := Append(ctx, r.journal(), r.step(RotateAbandoning, at)); err != nil {
			return out, err
		}
	}
	if err := r.back(ctx, at, &out, force); err != nil {
		return out, err
	}
	if !at.New.Gone {
		out.Revoked, err = r.revoker(at).Revoke(ctx, key, "the rotation was abandoned")
		out.Warnings = append(out.Warnings, out.Revoked.Warnings...)
		if err != nil {
			return out, err
		}
	}
	e := r.step(RotateAbandoned, at)
	e.State = out.Revoked.State
	return out, r.write(ctx, e)
}

// back points the spots to the old key. All of them are tried: one may have got the new key just before fob was killed.
func (r *Rotator) back(ctx context.Context, at Rotation, out *Unwound, force bool) error {
	var stuck []Place
	for _, s := range at.Spots {
		p := r.move(ctx, s, at.New.Account, at.Account)
		e := r.step(RotateReturned, at)
		e.Places = []Place{p}
		if err := r.write(ctx, e); err != nil && len(out.Warnings) == 0 {
			out.Warnings = append(out.Warnings, "the journal could not be written: "+err.Error())
		}
		out.Returned = append(out.Returned, p)
		if p.Error != "" {
			stuck = append(stuck, p)
		}
	}
	if len(stuck) > 0 && !force {
		return &StuckError{stuck}
	}
	return nil
}

func (r *Rotator) revoker(at Rotation) *Revoker {
	return &Revoker{
		Platform: r.Issuer.Platform, Journal: r.journal(), Scope: at.Scope(), Profile: r.Profile, Who: r.Who, Origin: r.Origin,
		Organization: r.Organization, Rotation: at.Intent, Now: r.Issuer.Now, Name: r.Issuer.Account, Wait: r.Issuer.Wait,
		FindFor: r.Issuer.FindFor,
	}
}
