package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/secret"
	"fob/client/visible"
	"fob/config/stash"
)

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

// Put puts the secret of a new key into one more place, which is tried first. What went wrong beside it, without costing
// the key, is Placed.Warning; the error says that the place doesn't have it.
func (d *Desk) Put(ctx context.Context, account string, p Place) (lifecycle.Placed, error) {
	return d.put(ctx, account, p, true)
}

func (d *Desk) put(ctx context.Context, account string, p Place, try bool) (lifecycle.Placed, error) {
	o, err := d.outcome(account)
	if err != nil {
		return lifecycle.Placed{}, err
	}
	p.KeyName, p.KeyID = o.Order.Draft.Name, certainID(o)
	dest, err := d.destination(p, Order{Draft: o.Order.Draft}.workspace())
	if err != nil {
		return lifecycle.Placed{}, err
	}
	if try {
		if err := dest.Try(ctx); err != nil {
			return lifecycle.Placed{}, err
		}
	}
	entry := d.entry(Order{Draft: o.Order.Draft})
	entry.OrganizationID, entry.KeyID = o.Order.Organization, p.KeyID
	var warning error
	placed := d.issuer().Place(ctx, o, indexed{dest, p, d, entry, func(err error) { warning = err }})
	if placed.Err != nil {
		return placed, placed.Err
	}
	d.mu.Lock()
	if o, held := d.outcomes[account]; held { // two places may have been filled at once
		o.Places = append(slices.Clip(o.Places), placed)
		d.outcomes[account] = o
	}
	d.mu.Unlock()
	switch {
	case warning != nil && placed.Warning != "":
		placed.Warning += "; " + visible.Line(warning.Error())
	case warning != nil:
		placed.Warning = visible.Line(warning.Error())
	}
	return placed, nil
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

// DiscardChosen revokes the key that a person has chosen from Issued.Candidates, and forgets the new key's secret. why is
// for the journal.
func (d *Desk) DiscardChosen(ctx context.Context, account string, key client.Key, why string) (lifecycle.Revoked, error) {
	o, err := d.outcome(account)
	if err != nil {
		return lifecycle.Revoked{}, err
	}
	revoked, err := d.issuer().DiscardChosen(ctx, o, key, why)
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

// Abandon leaves the secret of a new key with nobody, or only where it was sent, knowingly.
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

// Rescue is the last try when the program ends: every secret that isn't safe goes to the keyring, from the moment on that
// it arrived. It is written at once, without a trial, and what came of it is in the journal. Rescue returns a line for
// each, which names the key and what became of it.
func (d *Desk) Rescue(ctx context.Context) []string {
	var lines []string
	for _, held := range d.holder.Unsaved() {
		if d.forgetful() {
			lines = append(lines, held.Name+" was made in the demo organization, and ends with it")
			continue
		}
		placed, err := d.put(ctx, held.Account, Place{Kind: InKeyring}, false)
		switch {
		case err != nil:
			lines = append(lines, fmt.Sprintf("%s was made, and its secret could not be kept: %s; revoke it and make another", held.Name, visible.Line(err.Error())))
		case placed.Warning != "":
			lines = append(lines, fmt.Sprintf("%s was kept in %s at the last moment; %s", held.Name, d.options.Keys.Name(), placed.Warning))
		default:
			lines = append(lines, fmt.Sprintf("%s was kept in %s at the last moment", held.Name, d.options.Keys.Name()))
		}
	}
	return lines
}
