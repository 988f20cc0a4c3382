package desk

import (
	"context"
	"errors"
	"slices"
	"time"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/visible"
)

// Rotating is a rotation in words, as the journal tells of it. Every text in it has been made safe to show.
type Rotating struct {
	ID            string   // what the other methods take
	KeyID, NewID  string   // NewID is "" unless it is certain
	Candidates    []string // where it isn't: ids of the keys that the new one may be
	Name, NewName string
	Who           string
	Stage         lifecycle.RotationStage
	Began         time.Time // UTC, as the others
	PlacedAt      time.Time // when the new key was where the old one was; zero before
	WaitsUntil    time.Time // until when the old key waits; zero before
	Spots         []SpotState
	Home          []Place // where a new key is kept that wasn't made yet
	Failed        string  // why the last try to make the new key came to nothing
	Arrived       bool    // of the stage Making: the secret arrived, and no place has it

	// What the search history tells, as far as it was asked: see RotationStatus.
	Seen        *lifecycle.Sighting
	Silent      bool      // the old key has fallen silent since
	SilentSince time.Time // with Silent
	Doubts      []lifecycle.Doubt
	Suggested   bool // nothing speaks against revoking the old key; it stays a person's decision

	Issued   *Issued  // of a rotation whose new key was made just now
	Warnings []string //

	reach      client.Draft // the new key, as far as it is planned: what it takes to make it
	reachKnown bool
}

// SpotState is one place that the new key takes over.
type SpotState struct {
	Name  string
	Done  bool
	Error string // why the last try failed; the old key is still in force there
}

func rotating(r lifecycle.Rotation) Rotating {
	out := Rotating{
		ID: r.Intent, KeyID: r.KeyID, NewID: r.New.ID, Name: visible.Line(r.KeyName), Who: visible.Line(r.Who), Stage: r.Stage,
		Began: r.At, PlacedAt: r.PlacedAt, WaitsUntil: r.WaitsUntil, Failed: visible.Line(r.Failed),
		Arrived: r.Stage == lifecycle.Making && r.Making.Arrived,
	}
	if out.Name == "" {
		out.Name = ShortID(r.KeyID) + " (unnamed)"
	}
	if r.What != nil {
		out.NewName = visible.Line(r.What.Name)
		out.reachKnown = true
		out.reach = client.Draft{OrganizationRole: r.What.OrganizationRole, AllWorkspaces: r.What.AllWorkspaces, Workspaces: r.What.Workspaces}
	}
	out.Home = homes(r.Home)
	if r.New.ID == "" {
		out.Candidates = r.Making.Candidates
		if id := r.Making.KeyID; id != "" && !slices.Contains(out.Candidates, id) {
			out.Candidates = append([]string{id}, out.Candidates...)
		}
	}
	for _, s := range r.Spots {
		p, tried := r.Moved[s.Name]
		out.Spots = append(out.Spots, SpotState{spotName(s.Name), tried && p.Error == "", visible.Line(p.Error)})
	}
	return out
}

// homes are the places that a plan names, of those that keep a key; the keyring where there is none.
func homes(planned []lifecycle.Spot) []Place {
	var all []Place
	for _, s := range planned {
		p := Place{Kind: Kind(s.Kind), Replace: s.Replace}
		switch p.Kind {
		case InKeyring:
		case InEnvFile:
			p.Path = s.Where
		case InCommand:
			p.Command = s.Where
		case OnClipboard, OnDisplay, OnOutput:
			continue
		default: // a newer fob's
			continue
		}
		all = append(all, p)
	}
	if len(all) == 0 {
		all = []Place{{Kind: InKeyring}}
	}
	return all
}

// Rotations are the rotations at this platform that the journal tells of, oldest first, the ended ones as well. There is
// no network in it. The error is the journal's, beside what could be read.
func (d *Desk) Rotations() ([]Rotating, error) {
	all, err := d.rotations()
	list := make([]Rotating, len(all))
	for i, r := range all {
		list[i] = rotating(r)
	}
	return list, err
}

func (d *Desk) rotations() ([]lifecycle.Rotation, error) {
	all, err := lifecycle.Rotations(d.options.Journal)
	var here []lifecycle.Rotation
	for _, r := range all {
		if r.Origin == d.Origin() {
			here = append(here, r)
		}
	}
	return here, err
}

// RotationStatus is Rotations, the open ones alone, with what the search history tells of the old keys: whether each is
// still seen and where, whether it has fallen silent since the new one took its place, and whether revoking it is
// suggested. A history that can't be read leaves that untold, and says why.
func (d *Desk) RotationStatus(ctx context.Context) ([]Rotating, error) {
	all, err := d.rotations()
	var list []Rotating
	w := d.witness()
	for _, r := range all {
		if !r.Open() {
			continue
		}
		out := rotating(r)
		if r.Stage == lifecycle.Waiting || r.Stage == lifecycle.Placing {
			s := w.see(ctx, r)
			out.judge(r, s, d.platform.ServerNow())
		}
		list = append(list, out)
	}
	return list, errors.Join(err, ctx.Err())
}

func (o *Rotating) judge(r lifecycle.Rotation, s lifecycle.Sighting, now time.Time) {
	o.Seen = &s
	o.Doubts = r.Doubts(s, now)
	o.SilentSince, o.Silent = r.SilentSince(s, now)
	o.Suggested = r.Stage == lifecycle.Waiting && len(o.Doubts) == 0
}

func (d *Desk) rotator(ctx context.Context) *lifecycle.Rotator {
	r := &lifecycle.Rotator{Issuer: d.issuer(), Move: d.move, Profile: d.options.Profile.Name, Origin: d.Origin()}
	if who, err := d.Who(ctx); err == nil {
		r.Organization, r.Who = who.OrganizationID, who.Email
	}
	return r
}

// BeginRotation makes the new key, keeps it, and puts it where the old one is; the old one waits then. It isn't cancelled
// between two steps that belong together, and can be resumed from wherever it ends. Errors are *lifecycle.UnknownError,
// Problems, *lifecycle.RotationOpenError, *lifecycle.Error of the making, and lifecycle.ErrUnkept where no place took the
// new key: Rotating.Issued has it then, to be put somewhere or discarded. A place that can't be given the new key is no
// error: the old one stays in force there, and Rotating.Spots names it.
func (d *Desk) BeginRotation(ctx context.Context, p RotationPlan, tell func(lifecycle.Step)) (Rotating, error) {
	err := d.mayTouch(ctx, p.Row)
	if err == nil {
		err = d.may(ctx, func(i Identity) Right { return i.OverSuccessor(p.Row, p.Draft) })
	}
	if err != nil {
		return Rotating{}, err
	}
	d.setAsideAt(ctx, p.Home, p.plan.Account)
	return d.rotate(ctx, p.Draft, p.Home, tell, func(r *lifecycle.Rotator, q lifecycle.Requisites) (lifecycle.Rotated, error) {
		return r.Begin(ctx, p.plan, q)
	})
}

// ResumeRotation goes on with a rotation from where the journal says that it is. What became of a new key whose making was
// cut off is looked for first; where that can't be told it is lifecycle.ErrUnresolved, and Orphans has what was found: no
// second key is made. home is where a new key is kept that wasn't made yet; nil: where the plan says, which is
// Rotating.Home.
func (d *Desk) ResumeRotation(ctx context.Context, id string, home []Place, tell func(lifecycle.Step)) (Rotating, error) {
	at, err := lifecycle.RotationOf(d.options.Journal, id)
	if err != nil {
		return Rotating{}, err
	}
	if err := d.mayRotate(ctx, at); err != nil {
		return Rotating{}, err
	}
	if at.Stage == lifecycle.Making || at.Open() && at.New.ID == "" && at.Stage != lifecycle.Planned {
		_, _ = d.Orphans(ctx) // takes up what it finds; what it doesn't leaves the rotation where it is
	}
	if home == nil {
		home = homes(at.Home)
	}
	if at.Stage == lifecycle.Planned {
		d.setAsideAt(ctx, home, at.Account)
	}
	draft := client.Draft{}
	if at.What != nil {
		draft = client.Draft{
			Name: at.What.Name, Personal: at.What.Personal, AllWorkspaces: at.What.AllWorkspaces, Workspaces: at.What.Workspaces,
			ExpiresAt: at.What.ExpiresAt,
		}
	}
	return d.rotate(ctx, draft, home, tell, func(r *lifecycle.Rotator, q lifecycle.Requisites) (lifecycle.Rotated, error) {
		return r.Resume(ctx, id, q)
	})
}

func (d *Desk) rotate(ctx context.Context, draft client.Draft, home []Place, tell func(lifecycle.Step),
	run func(*lifecycle.Rotator, lifecycle.Requisites) (lifecycle.Rotated, error),
) (Rotating, error) {
	if err := d.mayChange(ctx); err != nil {
		return Rotating{}, err
	}
	r := d.rotator(ctx)
	var warnings []string
	order := Order{Draft: draft, Places: home}
	entry := d.entry(order)
	entry.OrganizationID = r.Organization
	var known lifecycle.Outcome
	q := lifecycle.Requisites{WorkspaceIDs: d.workspaceIDs(), Fresh: d.fresh, Tell: tell, Told: toldPlace(tell)}
	// The stash learns the id before a command is handed the key: it may ask for it.
	q.Made = func(o lifecycle.Outcome) {
		known = d.remember(o)
		warnings = append(warnings, d.learn(ctx, known)...)
	}
	var err error
	q.Destinations, err = d.destinations(order, entry, func(err error) { warnings = append(warnings, visible.Line(err.Error())) })
	if err != nil {
		return Rotating{}, err
	}
	done, err := run(r, q)
	out := rotating(done.Rotation)
	if known.Account != "" {
		issued := d.issued(known)
		out.Issued = &issued
		if known.Kept() || known.Secret.IsZero() { // there is nothing to be revealed
			d.Leave(known.Account)
		}
	}
	for _, w := range append(warnings, done.Warnings...) {
		out.Warnings = append(out.Warnings, visible.Line(w))
	}
	return out, err
}

// toldPlace tells of a place that the new key takes over as of one that a new key is stored in.
func toldPlace(tell func(lifecycle.Step)) func(lifecycle.Place) {
	if tell == nil {
		return nil
	}
	return func(p lifecycle.Place) {
		s := lifecycle.Step{Stage: lifecycle.Stored, Destination: p.Destination}
		if p.Error != "" {
			s.Err = errors.New(p.Error)
		}
		tell(s)
	}
}

// FinishRotation revokes the old key. The search history is asked first, and doubts are a *lifecycle.NotReadyError unless
// force is set; the decision is a person's, who has seen them. Other errors are those of a revocation.
func (d *Desk) FinishRotation(ctx context.Context, id string, force bool) (lifecycle.Revoked, error) {
	at, err := lifecycle.RotationOf(d.options.Journal, id)
	if err == nil {
		err = d.mayRotate(ctx, at)
	}
	if err != nil {
		return lifecycle.Revoked{State: lifecycle.NotTried}, err
	}
	sighting := lifecycle.Sighting{Verdict: lifecycle.KeyUntold, Why: "it was not asked for"}
	if !force {
		sighting = d.witness().see(ctx, at)
	}
	revoked, err := d.rotator(ctx).Finish(ctx, id, sighting, force)
	return d.noteGone(ctx, revoked), err
}

// AbandonRotation puts the old key back where the new one took its place, and revokes the new one. Where it isn't certain
// which key that is, chosen is the id of one that a person picked; otherwise it is "". A *lifecycle.StuckError names the
// places that could not be pointed back: the new key stays then, unless force is set.
func (d *Desk) AbandonRotation(ctx context.Context, id, chosen string, force bool) (lifecycle.Unwound, error) {
	at, err := lifecycle.RotationOf(d.options.Journal, id)
	if err == nil {
		err = d.mayRotate(ctx, at)
	}
	if err != nil {
		return lifecycle.Unwound{Revoked: lifecycle.Revoked{State: lifecycle.NotTried}}, err
	}
	if gone := d.beyondReach(ctx, at); len(gone) > 0 && !force { // nothing is begun that couldn't be brought to its end
		return lifecycle.Unwound{Revoked: lifecycle.Revoked{State: lifecycle.NotTried}}, &lifecycle.StuckError{Places: gone}
	}
	var key *client.Key
	if chosen != "" {
		key = &client.Key{ID: chosen}
	}
	out, err := d.rotator(ctx).Abandon(ctx, id, key, force)
	out.Revoked = d.noteGone(ctx, out.Revoked)
	return out, err
}
