package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"fob/client/lifecycle"
	"fob/client/secret"
	"fob/client/visible"
	"fob/config/stash"
)

// move puts the key that the stash has under to into a spot where the one under from is. A spot that has neither is left
// alone: somebody has put another key there.
func (d *Desk) move(ctx context.Context, s lifecycle.Spot, from, to string) (secret.Custody, error) {
	entries, err := d.options.Index.Entries(ctx)
	if err != nil {
		return "", fmt.Errorf("the stash's index can't be read: %w", err)
	}
	at := slices.IndexFunc(entries, func(e stash.Entry) bool { return e.Account == to })
	if at < 0 || to == "" {
		return "", fmt.Errorf("%w: the stash doesn't know the key that shall go there", ErrNotHere)
	}
	target := entries[at]
	v, _, err := d.Keeps().Secret(ctx, target)
	if err != nil {
		if v = putBack(s, target); v.IsZero() {
			return "", err
		}
	}
	switch s.Kind {
	case stash.KindEnvFile:
		return secret.Kept, d.moveFile(ctx, s, target, v, same(entries, from))
	case stash.KindCommand:
		return d.moveCommand(ctx, s, target, v, same(entries, from))
	}
	return "", fmt.Errorf("a key can't be put into %s", visible.Line(s.Name))
}

// same are the entries of the key that one of them has under account.
func same(entries []stash.Entry, account string) []stash.Entry {
	var all []stash.Entry
	id := ""
	for _, e := range entries {
		if e.Account == account && account != "" {
			all, id = append(all, e), e.KeyID
		}
	}
	for _, e := range entries {
		if e.Account != account && id != "" && e.KeyID == id {
			all = append(all, e)
		}
	}
	return all
}

func (d *Desk) moveFile(ctx context.Context, s lifecycle.Spot, target stash.Entry, v secret.Value, olds []stash.Entry) error {
	name := variableOf(s)
	there, err := keyIn(s.Where, name)
	if err != nil {
		return err
	}
	if !there.Equal(v) {
		switch {
		case there.IsZero():
			return fmt.Errorf("%w: %s is not in the file any more", ErrNotHere, name)
		case !slices.ContainsFunc(olds, func(e stash.Entry) bool { return fits(there, e) }):
			return fmt.Errorf("%s: %w", name, ErrOtherKey)
		}
		d.setAside(ctx, there, olds)
		f := stash.EnvFile{Path: s.Where, Replace: true, Reader: stash.Reader{Name: name, Key: name}}
		if err := f.Try(ctx); err != nil {
			return err
		}
		if err := f.Put(ctx, target.Account, v); err != nil {
			return err
		}
	}
	now := d.platform.ServerNow().UTC()
	target.Places = []stash.Place{{Kind: stash.KindEnvFile, Where: s.Where, Variable: s.Variable, Custody: string(secret.Kept), At: now, ReadBackAt: &now}}
	return d.noted(ctx, stash.Entry{Account: target.Account, Print: stash.PrintOf(target.Account, v), Places: target.Places})
}

// setAside keeps the key that is about to be replaced in the keyring, if this file is the only place that gives it back:
// a rotation may be abandoned. A keyring that takes nothing doesn't hold up the rest; the plan has said so.
func (d *Desk) setAside(ctx context.Context, v secret.Value, olds []stash.Entry) {
	for _, e := range olds {
		if keptIn(e, stash.KindKeyring) {
			return
		}
	}
	for _, e := range olds {
		if !fits(v, e) {
			continue
		}
		if err := d.options.Keys.Put(ctx, e.Account, v); err == nil {
			now := d.platform.ServerNow().UTC()
			_ = d.noted(ctx, stash.Entry{Account: e.Account, Print: stash.PrintOf(e.Account, v), Places: []stash.Place{
				{Kind: stash.KindKeyring, Where: d.options.Keys.Name(), Custody: string(secret.Kept), At: now, ReadBackAt: &now},
			}})
		}
		return
	}
}

// setAsideAt does the same where a place that the new key is to be kept in is the old one's: making the new key replaces it.
func (d *Desk) setAsideAt(ctx context.Context, home []Place, account string) {
	entries, err := d.options.Index.Entries(ctx)
	if err != nil {
		return // said by what needs it
	}
	for _, p := range home {
		if p.Kind != InEnvFile {
			continue
		}
		if there, err := keyIn(p.Path, stash.EnvAPIKey); err == nil && !there.IsZero() {
			d.setAside(ctx, there, same(entries, account))
		}
	}
}

// putBack is the key of an entry, where somebody has put it into a spot by hand.
func putBack(s lifecycle.Spot, e stash.Entry) secret.Value {
	if s.Kind != stash.KindEnvFile {
		return secret.Value{}
	}
	there, err := keyIn(s.Where, variableOf(s))
	if same, known := e.Has(there); err == nil && known && same {
		return there
	}
	return secret.Value{}
}

// variableOf is the one in which an env file has its key.
func variableOf(s lifecycle.Spot) string { return cmp.Or(s.Variable, stash.EnvAPIKey) }

// beyondReach are the places that the old key of a rotation could not be put back into, because this machine has it
// nowhere any more.
func (d *Desk) beyondReach(ctx context.Context, at lifecycle.Rotation) []lifecycle.Place {
	if at.Stage != lifecycle.Placing && at.Stage != lifecycle.Waiting && at.Stage != lifecycle.Abandoning {
		return nil
	}
	entries, err := d.options.Index.Entries(ctx)
	if err != nil {
		return nil // each place will say so
	}
	for _, e := range same(entries, at.Account) {
		if keptIn(e, stash.KindKeyring) {
			return nil // it may be there: a keyring that doesn't give it back now may do so later
		}
		if _, _, err := d.Keeps().Secret(ctx, e); !errors.Is(err, ErrNotHere) && !errors.Is(err, ErrOtherKey) {
			return nil
		}
	}
	var all []lifecycle.Place
	for _, s := range at.Spots {
		if slices.ContainsFunc(same(entries, at.Account), func(e stash.Entry) bool { return !putBack(s, e).IsZero() }) {
			return nil
		}
		all = append(all, lifecycle.Place{Destination: s.Name, Error: "this machine has the old key nowhere any more"})
	}
	return all
}

// moveCommand hands the key to a command under the name that it knows the old one by: that is where it is looked for.
func (d *Desk) moveCommand(ctx context.Context, s lifecycle.Spot, target stash.Entry, v secret.Value, olds []stash.Entry) (secret.Custody, error) {
	spec, ok := d.options.Commands[s.Where]
	if !ok {
		return "", fmt.Errorf("config.toml has no [destinations.%s] any more", visible.Line(s.Where))
	}
	command := stash.NewCommand(s.Where, spec).For(stash.KeyNames{ID: target.KeyID, Name: s.As})
	if err := command.Try(ctx); err != nil {
		return "", err
	}
	for _, e := range olds {
		if old, _, err := d.Keeps().Secret(ctx, e); err == nil && len(d.filedBy(s.Where)) == 0 {
			d.setAside(ctx, old, olds)
		}
	}
	if err := command.Put(ctx, target.Account, v); err != nil {
		return "", err
	}
	custody := command.Custody()
	now := d.platform.ServerNow().UTC()
	p := stash.Place{Kind: stash.KindCommand, Where: s.Where, As: s.As, Custody: string(custody), At: now}
	if custody == secret.Kept {
		p.ReadBackAt = &now
	}
	err := d.noted(ctx, stash.Entry{Account: target.Account, Print: stash.PrintOf(target.Account, v), Places: []stash.Place{p}})
	if len(d.filedBy(s.Where)) == 0 { // it has one key under that name, and that is this one now
		err = errors.Join(err, d.unplace(ctx, s.Where, olds))
	}
	return custody, err
}

// unplace takes a command out of the entries' places.
func (d *Desk) unplace(ctx context.Context, command string, entries []stash.Entry) error {
	var faults error
	for _, e := range entries {
		err := d.options.Index.Update(context.WithoutCancel(ctx), e.Account, func(e *stash.Entry) error {
			e.Places = slices.DeleteFunc(e.Places, func(p stash.Place) bool { return p.Kind == stash.KindCommand && p.Where == command })
			return nil
		})
		if !errors.Is(err, stash.ErrNoEntry) {
			faults = errors.Join(faults, err)
		}
	}
	return faults
}

// noted tells the index; that it can't be told is said as the place's own fault, so that it is tried again.
func (d *Desk) noted(ctx context.Context, e stash.Entry) error {
	if err := note(context.WithoutCancel(ctx), d.options.Index, e); err != nil {
		return fmt.Errorf("the key is there, but the stash's index could not be written: %w", err)
	}
	return nil
}

// spotName is a spot for people.
func spotName(name string) string { return strings.TrimSpace(visible.Line(name)) }
