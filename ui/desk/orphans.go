package desk

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/secret"
	"fob/client/visible"
	"fob/config/stash"
)

// Orphan is a key whose making came to no good end, in words: every text in it has been made safe to show.
type Orphan struct {
	Intent     string // the journal's name for its making
	Name       string // that was asked for; "a key without a name"
	Where      string // the workspace that it was made in; "the organization"
	Workspace  string // the same as the platform has it; "": the organization
	At         time.Time
	Who        string
	Fate       lifecycle.Fate
	Certainty  lifecycle.Certainty
	Why        string
	Key        *Row     // the one that stands out, nil if none does
	Candidates []*Row   // the keys that it may be, the best fitting first
	Settled    bool     // nobody is asked again: it is in the journal, and in the stash where its secret is kept
	Rotation   string   // the rotation that it belongs to; "": none
	Warnings   []string // what could not be written down
	found      lifecycle.Orphan
}

// Orphans looks with a fresh list at every making of a key at this platform that the journal leaves open. A key whose
// secret a place of this machine has is taken into the stash, and that nothing was made is noted: neither is asked about
// again. Nothing is made or revoked. The error is the journal's, beside what could be read.
func (d *Desk) Orphans(ctx context.Context) ([]Orphan, error) {
	r := d.reconciler(ctx)
	found, err := r.Reconcile(ctx)
	all := make([]Orphan, 0, len(found))
	for _, f := range found {
		o := d.orphan(f)
		if f.Fate == lifecycle.Held {
			o.warn(d.adopt(ctx, f))
		}
		if len(o.Warnings) == 0 && (f.Fate == lifecycle.Held || f.Fate == lifecycle.Nothing) && !f.Holding.Later {
			settled := r.Settle(ctx, f)
			o.warn(settled)
			o.Settled = settled == nil
		}
		all = append(all, o)
	}
	return all, err
}

func (o *Orphan) warn(err error) {
	if err != nil {
		o.Warnings = append(o.Warnings, visible.Line(err.Error()))
	}
}

// RevokeOrphan revokes the key that an orphan is, by its id. "" is the one that is certain; any other has to be one that a
// person has chosen from the candidates. Errors are lifecycle.ErrNotCertain, lifecycle.ErrNotCandidate, and those of a
// revocation.
func (d *Desk) RevokeOrphan(ctx context.Context, o Orphan, id string) (lifecycle.Revoked, error) {
	if err := d.mayRevoke(ctx, o, id); err != nil {
		return lifecycle.Revoked{State: lifecycle.NotTried}, err
	}
	var key client.Key
	if o.found.Key != nil {
		key = *o.found.Key
	}
	for _, k := range o.found.Candidates {
		if id != "" && k.ID == id {
			key = k
		}
	}
	if id != "" && key.ID != id {
		return lifecycle.Revoked{State: lifecycle.NotTried}, lifecycle.ErrNotCandidate
	}
	if key.ID == "" {
		return lifecycle.Revoked{State: lifecycle.NotTried}, lifecycle.ErrNotCertain
	}
	revoked, err := d.reconciler(ctx).Revoke(ctx, o.found, key, id != "", "nobody has its secret")
	return d.noteGone(ctx, revoked), err
}

// LeaveOrphan notes that a person leaves an orphan as it is, knowingly: nobody is asked about it again.
func (d *Desk) LeaveOrphan(ctx context.Context, o Orphan) error {
	return d.reconciler(ctx).Leave(ctx, o.found)
}

// noteGone tells the stash of one revoked key.
func (d *Desk) noteGone(ctx context.Context, r lifecycle.Revoked) lifecycle.Revoked {
	one := []Revoked{{Revoked: r}}
	d.noteRevoked(context.WithoutCancel(ctx), one)
	return one[0].Revoked
}

func (d *Desk) reconciler(ctx context.Context) *lifecycle.Reconciler {
	r := &lifecycle.Reconciler{
		Platform: d.cautious(), Journal: d.options.Journal, Profile: d.options.Profile.Name, Origin: d.Origin(), Organization: d.options.OrganizationID,
		Roles: d.knownNames().Roles, IDs: d.workspaceIDs(), Now: d.platform.ServerNow, Has: d.has, Mine: d.mine,
	}
	if me, err := d.platform.Me(ctx); err == nil {
		r.Me, r.Who = me, me.Email
		if me.Organization.ID != "" {
			r.Organization = me.Organization.ID
		}
	}
	held := map[string]bool{}
	if entries, err := d.options.Index.Entries(ctx); err == nil {
		for _, e := range entries {
			held[e.KeyID] = held[e.KeyID] || e.KeyID != "" && e.Origin == d.Origin() && safe(e)
		}
	}
	r.Holds = func(id string) bool { return held[id] }
	return r
}

// safe tells whether a place of the entry keeps the key, or took it.
func safe(e stash.Entry) bool {
	return slices.ContainsFunc(e.Places, func(p stash.Place) bool { return secret.Custody(p.Custody).Safe() })
}

// mine tells whether this very program is at the making of a key: it has the secret, which may be on the reveal screen.
func (d *Desk) mine(l lifecycle.Left) bool {
	o, err := d.outcome(l.Account)
	return err == nil && !o.Secret.IsZero()
}

// has looks for what this machine has under the account of a key that was being made: in the index, in the keyring, and in
// the env file that it was to go to. Only what keeps it, or took it, counts.
func (d *Desk) has(ctx context.Context, l lifecycle.Left) lifecycle.Holding {
	var h lifecycle.Holding
	entries, err := d.options.Index.Entries(ctx)
	if err != nil {
		h.Later = true
	}
	for _, e := range entries {
		if e.Account != l.Account || !safe(e) {
			continue
		}
		for _, p := range e.Places {
			if secret.Custody(p.Custody).Safe() {
				h.Places = append(h.Places, lifecycle.Place{Destination: PlaceName(p), Custody: p.Custody, At: p.At})
			}
		}
		h.KeyID = e.KeyID
		if h.Secret, _, err = d.Keeps().Secret(ctx, e); err != nil {
			h.Later = stash.KindOf(err) != stash.NotFound && !errors.Is(err, ErrNotHere)
		}
		return h
	}
	now := d.platform.ServerNow().UTC()
	for _, where := range l.Where {
		var v secret.Value
		if path, file := strings.CutPrefix(where, stash.EnvFile{}.Name()); file {
			v = made(path, l, entries)
		} else if where == d.options.Keys.Name() {
			own, cancel := context.WithTimeout(ctx, landedWithin)
			v, err = d.options.Keys.Get(own, l.Account)
			cancel()
			h.Later = h.Later || err != nil && stash.KindOf(err) != stash.NotFound
			if !v.IsZero() && !client.LooksLikeKey(v) {
				v = secret.Value{} // a keyring may say that it stored a key, and have something else
			}
		}
		if !v.IsZero() {
			h.Secret = v
			h.Places = append(h.Places, lifecycle.Place{Destination: where, Custody: string(secret.Kept), At: now})
		}
	}
	return h
}

// made is the key in an env file, if it is nobody's that is known and can have come of the order: it ends when that one
// was to end, and says that it was made since.
func made(path string, l lifecycle.Left, entries []stash.Entry) secret.Value {
	v, err := keyIn(path, stash.EnvAPIKey)
	if err != nil || v.IsZero() || l.What == nil {
		return secret.Value{}
	}
	for _, e := range entries {
		if same, known := e.Has(v); same && known {
			return secret.Value{}
		}
	}
	claims, err := client.ClaimsOf(v)
	at, dated := claims.IssuedAt.Get()
	if err != nil || !dated || at.Before(l.At.Add(-time.Minute)) || !ends(v, stash.Entry{ExpiresAt: l.What.ExpiresAt}) {
		return secret.Value{}
	}
	return v
}

// adopt takes a key that a place of this machine has into the stash, with its id where that is certain.
func (d *Desk) adopt(ctx context.Context, o lifecycle.Orphan) error {
	e := stash.Entry{Account: o.Account, Origin: o.Origin, OrganizationID: o.Organization}
	if what := o.What; what != nil {
		e.Name, e.Workspaces, e.AllWorkspaces, e.ExpiresAt, e.Type = what.Name, what.Workspaces, what.AllWorkspaces, what.ExpiresAt, Service
		if what.Personal {
			e.Type = Personal
		}
	}
	if o.Key != nil && o.Certainty == lifecycle.Certain {
		e.KeyID = o.Key.ID
	}
	if !o.Holding.Secret.IsZero() {
		e.Print = stash.PrintOf(o.Account, o.Holding.Secret)
	}
	entries, err := d.options.Index.Entries(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(entries, func(known stash.Entry) bool { return known.Account == e.Account }) {
		e.CreatedAt = o.At.UTC()
		now := d.platform.ServerNow().UTC()
		for _, p := range o.Holding.Places {
			placed := stash.Place{Kind: stash.KindKeyring, Where: p.Destination, Custody: p.Custody, At: now, ReadBackAt: &now}
			if path, file := strings.CutPrefix(p.Destination, stash.EnvFile{}.Name()); file {
				placed.Kind, placed.Where = stash.KindEnvFile, path
			} else if p.Destination != d.options.Keys.Name() {
				continue // the journal's word for a place of another fob's
			}
			e.Places = append(e.Places, placed)
		}
	}
	return note(context.WithoutCancel(ctx), d.options.Index, e)
}

func (d *Desk) orphan(f lifecycle.Orphan) Orphan {
	name, where := keyWords(f.Left)
	o := Orphan{
		Intent: visible.Line(f.Intent), Name: name, Where: where, At: f.At, Who: visible.Line(f.Who), Fate: f.Fate,
		Workspace: f.Workspace,
		Certainty: f.Certainty, Why: visible.Line(f.Why), Rotation: f.Rotation, found: f,
	}
	for _, k := range f.Candidates {
		row := d.Row(k, client.Scope{})
		o.Candidates = append(o.Candidates, row)
		if f.Key != nil && f.Key.ID == k.ID {
			o.Key = row
		}
	}
	return o
}
