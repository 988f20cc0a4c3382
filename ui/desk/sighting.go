package desk

import (
	"context"
	"slices"
	"time"

	"fob/client"
	"fob/client/audit"
	"fob/client/audit/history"
	"fob/client/lifecycle"
)

// beforeFor is how far back the history is asked for a key whose replacement isn't in its place yet.
const beforeFor = 30 * 24 * time.Hour

// witness asks the search history for keys, as the audit would judge it. What it needs beside the history it reads once.
type witness struct {
	desk *Desk
	in   *audit.Input
	rows map[string]*Row
	err  error
}

func (d *Desk) witness() *witness { return &witness{desk: d} }

// read reads the keys and what they can reach.
func (w *witness) read(ctx context.Context, workspace string) error {
	if w.in != nil || w.err != nil {
		return w.err
	}
	d := w.desk
	in := audit.Input{Location: d.options.Location}
	in.Me, _ = d.platform.Me(ctx)
	var err error
	if in.Workspaces, err = d.Workspaces(ctx); err != nil {
		in.WorkspacesWhy = why(err)
	}
	if in.Roles, err = d.Roles(ctx); err != nil {
		in.RolesWhy = why(err)
	}
	in.UsersWhy = "not needed"
	a := Audit{}
	if w.err = d.auditKeys(ctx, nil, &in, &a, func(AuditProgress) {}); client.IsForbidden(w.err) && workspace != "" {
		w.err = d.auditKeys(ctx, []string{workspace}, &in, &a, func(AuditProgress) {})
	}
	if w.err == nil {
		w.in, w.rows = &in, a.Rows
	}
	return w.err
}

// see tells whether the old key of a rotation made a query since the new one took its place.
func (w *witness) see(ctx context.Context, r lifecycle.Rotation) lifecycle.Sighting {
	since := r.PlacedAt
	if since.IsZero() {
		since = w.desk.platform.ServerNow().Add(-beforeFor)
	}
	s, err := w.seen(ctx, r.KeyID, r.Workspace, since)
	if err != nil {
		s.Verdict, s.Why = lifecycle.KeyUntold, why(err)
	}
	return s
}

// Seen asks the search history whether a key made a query since a time. workspace is the one whose list has the key, ""
// for the organization's.
func (d *Desk) Seen(ctx context.Context, keyID, workspace string, since time.Time) (lifecycle.Sighting, error) {
	return d.witness().seen(ctx, keyID, workspace, since)
}

func (w *witness) seen(ctx context.Context, keyID, workspace string, since time.Time) (lifecycle.Sighting, error) {
	s := lifecycle.Sighting{Verdict: lifecycle.KeyUntold, From: since.UTC()}
	if err := w.read(ctx, workspace); err != nil {
		return s, err
	}
	d, in := w.desk, *w.in
	row := w.rows[keyID]
	if row == nil {
		s.Why = "the key is not in the list any more"
		return s, nil
	}
	var only []string
	for _, ws := range in.Workspaces {
		if row.Reaches(ws.Name) || row.OrgRole == "ADMIN" {
			only = append(only, ws.Name)
		}
	}
	policy, err := d.policyOf(ctx, AuditQuestion{})
	if err != nil {
		return s, err
	}
	policy.GraceDays, policy.Exceptions = 0, nil
	reader := history.Reader{Platform: d.platform, Store: d.historyStore(ctx), Now: d.platform.ServerNow}
	in.Reading, err = reader.Read(ctx, history.Request{
		Keys: in.Keys, Of: []string{keyID}, Workspaces: in.Workspaces, Only: only, From: since, Depth: history.Last,
	}, nil)
	if err != nil {
		return s, err
	}
	in.Now = d.platform.ServerNow().UTC()
	s.To = in.Reading.To
	k := judged(in, policy, keyID)
	s.Last, s.Workspace, s.Why = k.LastQueryAt, k.LastQueryWorkspace, k.Reason
	if k.Verdict == audit.Seen && k.LastQueryAt.Before(since) {
		// Days are read whole, and this was earlier on the first one: what counts is whether there could be more.
		delete(in.Reading.Keys, keyID)
		k = judged(in, policy, keyID)
	}
	switch k.Verdict {
	case audit.Seen:
		s.Verdict = lifecycle.KeySeen
	case audit.NotSeen:
		s.Verdict = lifecycle.KeyNotSeen
	default:
		s.Why = k.Reason
	}
	return s, nil
}

func judged(in audit.Input, policy audit.Policy, id string) audit.Judged {
	result := audit.Judge(in, policy)
	i := slices.IndexFunc(result.Keys, func(k audit.Judged) bool { return k.ID == id })
	if i < 0 {
		return audit.Judged{Verdict: audit.CannotTell}
	}
	return result.Keys[i]
}
