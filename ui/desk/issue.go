package desk

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/secret"
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
		Platform: d.platform, Journal: d.options.Journal, Holder: d.holder,
		Now: func() time.Time { return d.platform.ServerNow() },
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
	entry := d.entry(o)
	order := lifecycle.Order{
		Draft: o.Draft, Scope: o.Scope, Origin: d.Origin(), RoleName: o.RoleName, WorkspaceIDs: d.workspaceIDs(),
	}
	if who, err := d.Who(ctx); err == nil {
		order.Organization, order.Who = who.OrganizationID, who.Email
		entry.OrganizationID = who.OrganizationID
	}
	for _, p := range o.Places {
		p.KeyName = o.Draft.Name
		dest, err := d.destination(p, o.workspace())
		if err != nil {
			return Issued{}, err
		}
		order.Destinations = append(order.Destinations, indexed{dest, p, d, entry, warn})
	}
	outcome, err := d.issuer().Issue(ctx, order, tell)
	d.remember(outcome)
	if outcome.Key != nil {
		warnings = append(warnings, d.learnID(ctx, outcome)...)
	}
	issued := d.issued(outcome)
	issued.Warnings = append(issued.Warnings, warnings...)
	return issued, err
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

// learnID tells the index which key it is that was stored, if anything keeps it.
func (d *Desk) learnID(ctx context.Context, o lifecycle.Outcome) []string {
	if o.Certainty == lifecycle.Unknown {
		return nil
	}
	err := d.options.Index.Update(context.WithoutCancel(ctx), o.Account, func(e *stash.Entry) error {
		e.KeyID = o.Key.ID
		return nil
	})
	if err != nil && !errors.Is(err, stash.ErrNoEntry) {
		return []string{visible.Line("the stash's index could not be written: " + err.Error())}
	}
	return nil
}

func (d *Desk) issued(o lifecycle.Outcome) Issued {
	i := Issued{
		Account: o.Account, Name: visible.Line(o.Order.Draft.Name), Places: o.Places, Key: o.Key, Certainty: o.Certainty,
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

// remember keeps an outcome, which holds the secret, outside of any screen.
func (d *Desk) remember(o lifecycle.Outcome) {
	if o.Account == "" {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.outcomes == nil {
		d.outcomes = map[string]lifecycle.Outcome{}
	}
	d.outcomes[o.Account] = o
}

// ErrForgotten is returned for an account whose reveal was left.
var ErrForgotten = errors.New("this key isn't held any more")

func (d *Desk) outcome(account string) (lifecycle.Outcome, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	o, ok := d.outcomes[account]
	if !ok {
		return lifecycle.Outcome{}, ErrForgotten
	}
	return o, nil
}

// Put puts the secret of a new key into one more place, which is tried first.
func (d *Desk) Put(ctx context.Context, account string, p Place) (lifecycle.Placed, error) {
	o, err := d.outcome(account)
	if err != nil {
		return lifecycle.Placed{}, err
	}
	p.KeyName = o.Order.Draft.Name
	if o.Key != nil && o.Certainty == lifecycle.Certain {
		p.KeyID = o.Key.ID
	}
	dest, err := d.destination(p, Order{Draft: o.Order.Draft}.workspace())
	if err != nil {
		return lifecycle.Placed{}, err
	}
	if err := dest.Try(ctx); err != nil {
		return lifecycle.Placed{}, err
	}
	entry := d.entry(Order{Draft: o.Order.Draft})
	entry.OrganizationID = o.Order.Organization
	if o.Key != nil && o.Certainty != lifecycle.Unknown {
		entry.KeyID = o.Key.ID
	}
	var warning error
	placed := d.issuer().Place(ctx, o, indexed{dest, p, d, entry, func(err error) { warning = err }})
	if placed.Err != nil {
		return placed, placed.Err
	}
	d.mu.Lock()
	if o, held := d.outcomes[account]; held { // two places may have been filled at once
		o.Places = append(o.Places, placed)
		d.outcomes[account] = o
	}
	d.mu.Unlock()
	return placed, warning
}

// Show returns the secret of a new key for the display. It is journalled as sent there.
func (d *Desk) Show(ctx context.Context, account string) (secret.Value, error) {
	o, err := d.outcome(account)
	if err != nil {
		return secret.Value{}, err
	}
	d.issuer().Place(ctx, o, stash.Display{})
	return o.Secret, nil
}

// Discard revokes a new key whose id is certain, and forgets its secret. lifecycle.ErrNotCertain: a person has to choose.
func (d *Desk) Discard(ctx context.Context, account string) (lifecycle.Revoked, error) {
	return d.discard(ctx, account, "discarded where it was revealed")
}

func (d *Desk) discard(ctx context.Context, account, why string) (lifecycle.Revoked, error) {
	o, err := d.outcome(account)
	if err != nil {
		return lifecycle.Revoked{}, err
	}
	revoked, err := d.issuer().Discard(ctx, o, why)
	if err == nil {
		d.Leave(account)
	}
	return revoked, err
}

// DiscardHomeless revokes a new key whose secret no place took, if its id is certain, and forgets its secret here:
// lifecycle.ErrNotCertain otherwise.
func (d *Desk) DiscardHomeless(ctx context.Context, account string) (lifecycle.Revoked, error) {
	return d.discard(ctx, account, "no place took its secret")
}

// Abandon leaves the secret of a new key with nobody, knowingly.
func (d *Desk) Abandon(ctx context.Context, account string) error {
	o, err := d.outcome(account)
	if err != nil {
		return err
	}
	err = d.issuer().Abandon(ctx, o)
	d.Leave(account)
	return err
}

// Leave forgets the secret of a new key here; where it was put, it stays.
func (d *Desk) Leave(account string) {
	d.holder.Drop(account)
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.outcomes, account)
}

// Rescue is the last try when the program ends: every secret that isn't safe goes to the keyring. It returns a line for
// each, which names the key and what became of it.
func (d *Desk) Rescue(ctx context.Context) []string {
	var lines []string
	for _, held := range d.holder.Unsaved() {
		name := "a new key"
		if o, err := d.outcome(held.Account); err == nil && o.Order.Draft.Name != "" {
			name = visible.Line(o.Order.Draft.Name)
		}
		if d.forgetful() {
			lines = append(lines, name+" was made in the demo organization, and ends with it")
			continue
		}
		if _, err := d.Put(ctx, held.Account, Place{Kind: InKeyring}); err != nil {
			lines = append(lines, fmt.Sprintf("%s was made, and its secret could not be kept: %s; revoke it and make another", name, visible.Line(err.Error())))
			continue
		}
		lines = append(lines, fmt.Sprintf("%s was kept in %s at the last moment", name, d.options.Keys.Name()))
	}
	return lines
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
