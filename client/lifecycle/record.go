package lifecycle

import (
	"context"

	"fob/client"
	"fob/client/secret"
)

// Place puts the secret of an outcome into one more destination, without trying it first, and journals that. The caller
// adds the result to Outcome.Places. Like Issue it finishes what it has begun: ctx cancels nothing.
func (i *Issuer) Place(ctx context.Context, o Outcome, d Destination) Placed {
	if o.Secret.IsZero() {
		return Placed{Destination: d.Name(), Err: errEmptyHanded, At: i.now().UTC()}
	}
	p := i.put(ctx, o, d)
	if err := i.append(ctx, i.stored(o, []Placed{p})); err != nil {
		p.Warning = "the journal could not be written: " + scrub(o.Secret, err).Error()
	}
	return p
}

// Abandon journals that a person left the secret of an outcome with nobody, knowingly.
func (i *Issuer) Abandon(ctx context.Context, o Outcome) error {
	e := i.entry(o, IssueAbandoned)
	e.Made, e.Certainty, e.Candidates = o.Made, o.Certainty, ids(o.Candidates)
	if o.Key != nil {
		e.KeyID = o.Key.ID
	}
	return i.append(ctx, e)
}

// Discard revokes the key that was made, if it is certain which one that is, and fails with ErrNotCertain otherwise:
// then a person chooses from Outcome.Candidates, for DiscardChosen. why goes into the journal.
func (i *Issuer) Discard(ctx context.Context, o Outcome, why string) (Revoked, error) {
	if o.Certainty != Certain || o.Key == nil || o.Key.ID == "" {
		return Revoked{State: NotTried}, ErrNotCertain
	}
	return i.DiscardChosen(ctx, o, *o.Key, why)
}

// DiscardChosen revokes the key that a person has chosen from Outcome.Candidates. why goes into the journal.
func (i *Issuer) DiscardChosen(ctx context.Context, o Outcome, key client.Key, why string) (Revoked, error) {
	r := Revoker{
		Platform: i.Platform, Journal: i.Journal, Scope: o.Order.Scope, Home: o.Home, Profile: o.Order.Profile, Who: o.Order.Who,
		Origin: o.Order.Origin, Organization: o.Order.Organization, Now: i.Now, Name: i.Account, Wait: i.Wait, FindFor: i.FindFor,
	}
	return r.Revoke(ctx, key, why)
}

// entry is what all entries about one order have in common.
func (i *Issuer) entry(o Outcome, kind Kind) Entry {
	return Entry{
		At: i.now(), Kind: kind, Intent: o.Intent, Account: o.Account, Profile: o.Order.Profile, Who: o.Order.Who, Origin: o.Order.Origin,
		Organization: o.Order.Organization, Workspace: o.Order.Scope.Workspace, Rotation: o.Order.Rotation,
	}
}

func (w *work) intent() Entry {
	o := w.out.Order
	e := w.entry(w.out, IssueIntent)
	e.Fob = leaseOf(w.Journal)
	if w.Clock != nil {
		if at := w.Clock().UTC(); at.Sub(e.At).Abs() > clockSlack {
			e.Clock = &at
		}
	}
	e.What = &What{
		Name: o.Draft.Name, Personal: o.Draft.Personal, OrganizationRole: o.Draft.OrganizationRole, RoleID: o.Draft.RoleID,
		RoleName: o.RoleName, AllWorkspaces: o.Draft.AllWorkspaces, Workspaces: o.Draft.Workspaces, ExpiresAt: o.Draft.ExpiresAt,
	}
	for _, d := range o.Destinations {
		e.Where = append(e.Where, d.Name())
	}
	near := w.before.near
	e.Existing = &Existing{Count: len(near.ids), Complete: near.whole, Newest: near.newest, Prints: w.before.prints(), Whole: w.before.whole()}
	return e
}

func (i *Issuer) stored(o Outcome, places []Placed) Entry {
	e := i.entry(o, IssueStored)
	e.Made = o.Made
	e.Places = lines(o.Secret, places)
	return e
}

func (w *work) outcome(err error) Entry {
	e := w.entry(w.out, IssueOutcome)
	e.Made, e.Certainty, e.Why = w.out.Made, w.out.Certainty, clip(w.out.Why)
	e.Places = lines(w.out.Secret, w.out.Places)
	e.Candidates = ids(w.out.Candidates)
	if k := w.out.Key; k != nil {
		e.KeyID = k.ID
		name, _ := k.Name.Get()
		e.KeyName = clip(name)
	}
	for _, d := range w.out.Deviations {
		if !d.NotShown {
			d.Got = clip(d.Got)
			e.Deviations = append(e.Deviations, d)
		}
	}
	if err != nil {
		e.Error = clip(scrub(w.out.Secret, err).Error())
	}
	return e
}

func lines(v secret.Value, places []Placed) []Place {
	all := make([]Place, len(places))
	for n, p := range places {
		all[n] = Place{Destination: p.Destination, Custody: string(p.Custody), At: p.At}
		if p.Err != nil {
			all[n].Error = clip(scrub(v, p.Err).Error())
		}
	}
	return all
}

// clip shortens a text of a stranger's: a journal takes no line of any length, and an outcome has to get in.
func clip(text string) string {
	const most = 2000
	if len(text) <= most {
		return text
	}
	return text[:most] + " …"
}

// ids names at most twenty keys: after a partial list, thousands may look new.
func ids(keys []client.Key) []string {
	var all []string
	for _, k := range keys[:min(len(keys), 20)] {
		all = append(all, k.ID)
	}
	return all
}
