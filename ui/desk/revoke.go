package desk

import (
	"context"

	"fob/client"
	"fob/client/lifecycle"
	"fob/config/stash"
)

// Revoked is one key's part of Revoke.
type Revoked = lifecycle.Result

// Revoke revokes the keys of the rows one after another and tells the result of each. Cancelling ctx stops before the
// next one; the one under way is finished. A key that is gone is taken out of the stash's view by its state.
func (d *Desk) Revoke(ctx context.Context, scope client.Scope, rows []*Row, tell func(Revoked)) []Revoked {
	keys := make([]client.Key, len(rows))
	for i, r := range rows {
		keys[i] = r.Key
	}
	revoker := lifecycle.Revoker{Platform: d.platform, Journal: d.options.Journal, Scope: scope, Origin: d.Origin()}
	if who, err := d.Who(ctx); err == nil {
		revoker.Organization, revoker.Who = who.OrganizationID, who.Email
	}
	return revoker.RevokeAll(ctx, keys, "", tell)
}

// Stash returns what this machine keeps, without secrets.
func (d *Desk) Stash(ctx context.Context) ([]stash.Entry, error) { return d.options.Index.Entries(ctx) }
