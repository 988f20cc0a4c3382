package desk

import (
	"context"

	"fob/client/lifecycle"
	"fob/client/visible"
)

// CopyStashed puts the secret of a key that this machine keeps into one more place, which is tried first. It returns what
// came of it and what a person should know about the place. Errors are those of Stash.Secret and of the place.
func (d *Desk) CopyStashed(ctx context.Context, s Stashed, p Place) (lifecycle.Placed, []string, error) {
	p.KeyName, p.KeyID = s.Entry.Name, s.Entry.KeyID
	dest, err := d.destination(p, only(s.Entry))
	if err != nil {
		return lifecycle.Placed{}, nil, err
	}
	if err := dest.Try(ctx); err != nil {
		return lifecycle.Placed{}, nil, err
	}
	v, _, err := d.Keeps().Secret(ctx, s.Entry)
	if err != nil {
		return lifecycle.Placed{}, nil, err
	}
	var warnings []string
	to := indexed{dest, p, d, s.Entry, func(err error) { warnings = append(warnings, visible.Line(err.Error())) }}
	if err := to.Put(ctx, s.Entry.Account, v); err != nil {
		return lifecycle.Placed{}, nil, err
	}
	return lifecycle.Placed{Destination: dest.Name(), Custody: dest.Custody(), At: d.platform.ServerNow().UTC()}, warnings, nil
}
