package desk

import (
	"context"
	"errors"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/visible"
	"fob/config/stash"
)

// Revoked is one key's part of Revoke.
type Revoked = lifecycle.Result

// Revoke revokes the keys of the rows one after another and tells the result of each. Cancelling ctx stops before the
// next one; the one under way is finished. If one of them is known to be nobody's to revoke here, none is. The stash notes
// that a key is gone: what it keeps of it is of no use any more. An unanswered request is judged by a list that is sure to
// have had the key.
func (d *Desk) Revoke(ctx context.Context, scope client.Scope, rows []*Row, tell func(Revoked)) []Revoked {
	keys := make([]client.Key, len(rows))
	for i, r := range rows {
		keys[i] = r.Key
	}
	for _, r := range rows {
		if err := d.mayTouch(ctx, r); err != nil {
			return refused(keys, err, tell)
		}
	}
	homes := make(map[string]client.Scope, len(rows))
	for _, r := range rows {
		if r.list() == scope {
			homes[r.Key.ID] = scope
		}
	}
	revoker := lifecycle.Revoker{
		Platform: d.cautious(), Journal: d.options.Journal, Scope: scope, Profile: d.options.Profile.Name, Origin: d.Origin(),
		Home: func(k client.Key) client.Scope { return homes[k.ID] }, // the organization's list has every key
	}
	if who, err := d.Who(ctx); err == nil {
		revoker.Organization, revoker.Who = who.OrganizationID, who.Email
	}
	results := revoker.RevokeAll(ctx, keys, "", tell)
	d.noteRevoked(context.WithoutCancel(ctx), results)
	return results
}

// refused is the result of keys of which nothing was sent.
func refused(keys []client.Key, err error, tell func(Revoked)) []Revoked {
	results := make([]Revoked, len(keys))
	for i, k := range keys {
		results[i].Key, results[i].State = k, lifecycle.NotTried
		results[i].Index, results[i].Total, results[i].Err = i, len(keys), err
		if tell != nil {
			tell(results[i])
		}
	}
	return results
}

// noteRevoked tells the stash which of its keys work no more, so that no program is handed one. If the index can't be
// written, the result of the key says so.
func (d *Desk) noteRevoked(ctx context.Context, results []Revoked) {
	at := map[string]*Revoked{}
	for i := range results {
		if results[i].State.Done() {
			at[results[i].Key.ID] = &results[i]
		}
	}
	entries, err := d.options.Index.Entries(ctx)
	if err != nil {
		for i := range results {
			if results[i].State.Done() { // once is enough
				results[i].Warnings = append(results[i].Warnings, visible.Line("the stash's index could not be read, and doesn't know that the key is gone: "+err.Error()))
				return
			}
		}
		return
	}
	for _, e := range entries {
		r := at[e.KeyID]
		if r == nil || e.KeyID == "" || e.Origin != d.Origin() {
			continue
		}
		now := d.platform.ServerNow().UTC()
		err := d.options.Index.Update(ctx, e.Account, func(e *stash.Entry) error {
			e.RevokedAt = &now
			return nil
		})
		if err != nil && !errors.Is(err, stash.ErrNoEntry) {
			r.Warnings = append(r.Warnings, visible.Line("the stash's index could not be written: "+err.Error()))
			continue
		}
		r.Warnings = append(r.Warnings, "this machine still has its secret, which is of no use now: fob stash remove "+ShortID(e.KeyID))
	}
}

// Stash returns what this machine keeps, without secrets.
func (d *Desk) Stash(ctx context.Context) ([]stash.Entry, error) { return d.options.Index.Entries(ctx) }
