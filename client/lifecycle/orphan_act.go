package lifecycle

import (
	"context"

	"fob/client"
)

// Settle journals the fate of an orphan that is Held or of which Nothing came, so that nobody is asked again.
func (r *Reconciler) Settle(ctx context.Context, o Orphan) error {
	e := r.entry(o)
	switch o.Fate {
	case Held:
		if o.Certainty != Certain && o.Holding.Later {
			return errNotSettled // its id can be found out another time
		}
		e.Made, e.Certainty, e.Places = MadeYes, o.Certainty, o.Holding.Places
		if o.Key != nil && o.Certainty == Certain {
			e.KeyID, e.KeyName = o.Key.ID, clip(o.Key.Name.Value)
		}
	case Nothing:
		e.Made, e.Certainty = MadeNo, Unknown
	default:
		return errNotSettled
	}
	return r.append(ctx, e)
}

// Leave journals that a person leaves an orphan as it is, knowingly.
func (r *Reconciler) Leave(ctx context.Context, o Orphan) error {
	e := r.entry(o)
	e.Kind = IssueAbandoned
	if o.Key != nil {
		e.KeyID = o.Key.ID
	}
	return r.append(ctx, e)
}

// Revoke revokes the key that an orphan is. Only where it is Certain that goes without a person having chosen the key from
// Candidates: ErrNotCertain otherwise, and ErrNotCandidate for a key that isn't among them. Errors of the revocation
// itself are a Revoker's.
func (r *Reconciler) Revoke(ctx context.Context, o Orphan, key client.Key, chosen bool, why string) (Revoked, error) {
	known := false
	for _, k := range o.Candidates {
		known = known || k.ID == key.ID
	}
	switch {
	case !known:
		return Revoked{Key: key, State: NotTried}, ErrNotCandidate
	case !chosen && (o.Certainty != Certain || o.Key == nil || o.Key.ID != key.ID):
		return Revoked{Key: key, State: NotTried}, ErrNotCertain
	}
	// From here on the journal has the key's id: whatever becomes of the request, it is looked for by that.
	e := r.entry(o)
	e.Made, e.Certainty, e.KeyID, e.KeyName = MadeUnknown, Likely, key.ID, clip(key.Name.Value)
	if o.Certainty == Certain {
		e.Made, e.Certainty = MadeYes, Certain
	}
	e.Candidates = []string{key.ID}
	if err := r.append(ctx, e); err != nil {
		return Revoked{Key: key, State: NotTried}, err
	}
	revoker := Revoker{
		Platform: r.Platform, Journal: r.Journal, Scope: o.out.Order.Scope, Home: o.out.Home, Profile: r.Profile, Who: r.Who, Origin: r.Origin,
		Organization: o.Organization, For: o.Intent, Rotation: o.Rotation, Now: r.Now, Name: r.Name, Wait: r.Wait,
	}
	return revoker.Revoke(ctx, key, why)
}

// entry is a line about what became of an orphan.
func (r *Reconciler) entry(o Orphan) Entry {
	return Entry{
		At: clock(r.Now), Kind: IssueOutcome, Intent: o.Intent, Account: o.Account, Profile: r.Profile, Who: r.Who, Origin: o.Origin,
		Organization: o.Organization, Workspace: o.Workspace, Rotation: o.Rotation, Why: clip(o.Why),
	}
}

func (r *Reconciler) append(ctx context.Context, e Entry) error {
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), journalFor)
	defer cancel()
	return Append(own, r.Journal, e)
}
