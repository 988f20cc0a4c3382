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
// next one; the one under way is finished. The stash goes on knowing a key that is gone: what it keeps of it is of no use any more,
// and fob stash check tells so. An unanswered request is judged by a list that is sure to have had the key.
func (d *Desk) Revoke(ctx context.Context, scope client.Scope, rows []*Row, tell func(Revoked)) []Revoked {
	keys := make([]client.Key, len(rows))
	for i, r := range rows {
		keys[i] = r.Key
	}
	homes := make(map[string]client.Scope, len(rows))
	for _, r := range rows {
		if r.list() == scope {
			homes[r.Key.ID] = scope
		}
	}
	revoker := lifecycle.Revoker{
		Platform: d.platform, Journal: d.options.Journal, Scope: scope, Origin: d.Origin(),
		Home: func(k client.Key) client.Scope { return homes[k.ID] }, // the organization's list has every key
	}
	if who, err := d.Who(ctx); err == nil {
		revoker.Organization, revoker.Who = who.OrganizationID, who.Email
	}
	return revoker.RevokeAll(ctx, keys, "", tell)
}

// Stash returns what this machine keeps, without secrets.
func (d *Desk) Stash(ctx context.Context) ([]stash.Entry, error) { return d.options.Index.Entries(ctx) }
