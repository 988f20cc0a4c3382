package desk

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/visible"
	"fob/config/stash"
)

// Order is a key that somebody asked for, and where its secret shall go.
type Order struct {
	Draft    client.Draft
	Scope    client.Scope // where it is made: a workspace's page, or the organization's
	RoleName string
	Places   []Place
}

// workspace is the order's only workspace, "" if it has several or all.
func (o Order) workspace() string {
	if !o.Draft.AllWorkspaces && len(o.Draft.Workspaces) == 1 {
		return o.Draft.Workspaces[0]
	}
	return ""
}

// Workspace is the order's only workspace, "" if it has several or all.
func (o Order) Workspace() string { return o.workspace() }

// Issued is what came of an order. It holds no secret: that is in the Holder, under Account.
type Issued struct {
	Account    string
	Name       string // the key's name, made safe to show
	Workspace  string // the order's only workspace, "" if it has several or all
	Masked     string // "api_••••k3Qz"; "" if no secret arrived
	Places     []lifecycle.Placed
	Key        *client.Key // as the list shows it, nil if it was not found
	Certainty  lifecycle.Certainty
	Why        string // why it isn't certain
	Candidates []client.Key
	Deviations []lifecycle.Deviation
	Warnings   []string
	Unanswered bool // the answer to the create never arrived: Candidates are likely orphans
	Kept       bool // kept or handed over somewhere: it may be left
	Wider      bool // the platform made it wider than asked
}

func (d *Desk) issuer() *lifecycle.Issuer {
	return &lifecycle.Issuer{
		Platform: d.cautious(), Journal: d.options.Journal, Holder: holding{d},
		Now: func() time.Time { return d.platform.ServerNow() }, Clock: time.Now,
	}
}

// Validate says what is wrong with an order, nil if nothing.
func (d *Desk) Validate(o Order) error { return lifecycle.Validate(o.Draft, d.Now()) }

// Unusual returns what a person should see once more before the key is made.
func (d *Desk) Unusual(o Order, rows []*Row) []string {
	existing := make([]client.Key, len(rows))
	for i, r := range rows {
		existing[i] = r.Key
	}
	lines := lifecycle.Unusual(o.Draft, existing)
	if untold := d.Rights().Draft(o.Draft).Untold; untold != "" {
		lines = append(lines, untold)
	}
	for i := range lines {
		lines[i] = visible.Line(lines[i])
	}
	return lines
}

// ParseExpiry reads "90d", "2027-01-31" (the end of that day in the zone on screen), an instant, or "never" (nil).
func (d *Desk) ParseExpiry(text string) (*time.Time, error) {
	return lifecycle.ParseExpiry(text, d.Now(), d.options.Location)
}

// Issue makes one key in the safe order of steps. It isn't cancelled once the request is sent. Errors are
// *lifecycle.Error, which says whether a key exists now; the Issued beside an error is still what is known.
func (d *Desk) Issue(ctx context.Context, o Order, tell func(lifecycle.Step)) (Issued, error) {
	var mu sync.Mutex
	var warnings []string
	warn := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		warnings = append(warnings, visible.Line(err.Error()))
	}
	if err := d.may(ctx, func(i Identity) Right { return i.OverDraft(o.Draft) }); err != nil {
		return Issued{}, err // before a destination is tried for nothing
	}
	entry := d.entry(o)
	order := lifecycle.Order{
		Draft: o.Draft, Scope: o.Scope, Profile: d.options.Profile.Name, Origin: d.Origin(), RoleName: o.RoleName,
		WorkspaceIDs: d.workspaceIDs(), Fresh: d.fresh,
	}
	if who, err := d.Who(ctx); err == nil {
		order.Organization, order.Who = who.OrganizationID, who.Email
		entry.OrganizationID = who.OrganizationID
	}
	var err error
	if order.Destinations, err = d.destinations(o, entry, warn); err != nil {
		return Issued{}, err
	}
	outcome, err := d.issuer().Issue(ctx, order, tell)
	outcome = d.remember(outcome)
	warnings = append(warnings, d.learn(ctx, outcome)...)
	issued := d.issued(outcome)
	issued.Warnings = append(issued.Warnings, warnings...)
	return issued, err
}

// destinations are the order's places, which tell the index what they have got.
func (d *Desk) destinations(o Order, entry stash.Entry, warn func(error)) ([]lifecycle.Destination, error) {
	var all []lifecycle.Destination
	for _, p := range o.Places {
		p.KeyName = o.Draft.Name
		dest, err := d.destination(p, o.workspace())
		if err != nil {
			return nil, err
		}
		all = append(all, indexed{dest, p, d, entry, warn})
	}
	return all, nil
}

// entry is the order as the index will know it.
func (d *Desk) entry(o Order) stash.Entry {
	e := stash.Entry{
		Origin: d.Origin(), Name: o.Draft.Name, Type: Service, Workspaces: o.Draft.Workspaces,
		AllWorkspaces: o.Draft.AllWorkspaces, ExpiresAt: o.Draft.ExpiresAt, CreatedAt: d.platform.ServerNow().UTC(),
	}
	if o.Draft.Personal {
		e.Type = Personal
	}
	return e
}

// learn tells the index what was found out after the secret was stored, if anything has it: which key it is, where that
// is certain, and whose.
func (d *Desk) learn(ctx context.Context, o lifecycle.Outcome) []string {
	if o.Secret.IsZero() {
		return nil
	}
	err := d.options.Index.Update(context.WithoutCancel(ctx), o.Account, func(e *stash.Entry) error {
		e.KeyID = certainID(o)
		e.OrganizationID = cmp.Or(e.OrganizationID, o.Order.Organization)
		return nil
	})
	if err != nil && !errors.Is(err, stash.ErrNoEntry) {
		return []string{visible.Line("the stash's index could not be written: " + err.Error())}
	}
	return nil
}

// certainID is the new key's id, "" unless it is certain: what the stash takes for a key's id, it marks, checks and
// revokes by.
func certainID(o lifecycle.Outcome) string {
	if o.Key == nil || o.Certainty != lifecycle.Certain {
		return ""
	}
	return o.Key.ID
}

func (d *Desk) issued(o lifecycle.Outcome) Issued {
	i := Issued{
		Account: o.Account, Name: visible.Line(o.Order.Draft.Name), Workspace: Order{Draft: o.Order.Draft}.workspace(), Places: o.Places, Key: o.Key, Certainty: o.Certainty,
		Why: o.Why, Candidates: o.Candidates, Deviations: o.Deviations, Unanswered: o.Unanswered, Kept: o.Kept(), Wider: o.Wider(),
	}
	if i.Name == "" {
		i.Name = "the new key"
	}
	if !o.Secret.IsZero() {
		i.Masked = o.Secret.Masked(maskDots)
	}
	for _, w := range o.Warnings {
		i.Warnings = append(i.Warnings, visible.Line(w))
	}
	return i
}

// maskDots is how many dots stand for a key, whatever its length.
const maskDots = 40

// remember keeps an outcome, which holds the secret, outside of any screen. It returns it with the places that the secret
// was put into meanwhile.
func (d *Desk) remember(o lifecycle.Outcome) lifecycle.Outcome {
	if o.Account == "" {
		return o
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.outcomes == nil {
		d.outcomes = map[string]lifecycle.Outcome{}
	}
	o.Places = slices.Concat(o.Places, d.outcomes[o.Account].Places)
	d.outcomes[o.Account] = o
	return o
}

func (d *Desk) workspaceIDs() map[string]string {
	d.mu.Lock()
	defer d.mu.Unlock()
	ids := make(map[string]string, len(d.names.Workspaces))
	for id, name := range d.names.Workspaces {
		ids[name] = id
	}
	return ids
}
