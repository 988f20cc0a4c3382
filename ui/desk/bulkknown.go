package desk

import (
	"context"
	"slices"
	"strings"
	"time"

	"fob/client"
	"fob/client/audit"
	"fob/client/audit/history"
	"fob/client/visible"
)

// SeenQuestion asks when keys were last seen in the search history.
type SeenQuestion struct {
	List  List      // every key that is known: an entry may give no more than a name, and another key may have it
	Of    []string  // the ids that the answer is wanted for
	Since time.Time // how far back to look; the zero time is as far as the policy says
}

// LastSeen returns, by id, what the search history tells of the keys: seen, not seen, or why it can't be told. The error is
// of ctx or of the platform, where nothing at all could be told.
func (d *Desk) LastSeen(ctx context.Context, q SeenQuestion, tell func(AuditProgress)) (map[string]LastQuery, error) {
	say := func(p AuditProgress) {
		if tell != nil {
			tell(p)
		}
	}
	policy, err := d.policyOf(ctx, AuditQuestion{})
	if err != nil {
		policy = audit.DefaultPolicy() // it says how keys are judged, and here only when they were seen is asked
	}
	policy.GraceDays = 0 // a young key is as seen, or not, as any
	in := audit.Input{
		Scope: q.List.Scope.Workspace, ListComplete: q.List.Complete, ListWhy: q.List.Why, Location: d.options.Location,
	}
	for _, r := range q.List.Rows {
		k := r.Key
		if in.Scope != "" && !k.Workspaces.Shown() {
			k.Workspaces = client.Some([]client.WorkspaceRef{{Name: in.Scope}})
		}
		in.Keys = append(in.Keys, k)
	}
	say(AuditProgress{Stage: "reading the search history"})
	if in.Workspaces, err = d.Workspaces(ctx); err != nil {
		in.WorkspacesWhy = why(err)
	}
	if in.Roles, err = d.Roles(ctx); err != nil {
		in.RolesWhy = why(err)
	}
	ask := history.Request{Keys: in.Keys, Of: q.Of, Workspaces: in.Workspaces, From: q.Since, Days: policy.WindowDays, Depth: history.Last}
	if in.Scope != "" {
		ask.Only = []string{in.Scope}
	}
	reader := history.Reader{Platform: d.platform, Store: d.historyStore(ctx), Now: d.platform.ServerNow}
	in.Reading, err = reader.Read(ctx, ask, func(p history.Progress) {
		say(AuditProgress{Stage: "reading the search history", Done: p.Done, Total: p.Workspaces})
	})
	if err != nil {
		return nil, err
	}
	if q.Since.After(in.Reading.From) {
		in.Reading.From = q.Since.UTC() // whole days were read, and an instant was asked
	}
	in.Now = d.platform.ServerNow().UTC()
	wanted := make(map[string]bool, len(q.Of))
	for _, id := range q.Of {
		wanted[id] = true
	}
	found := make(map[string]LastQuery, len(q.Of))
	for _, k := range audit.Judge(in, policy).Keys {
		if wanted[k.ID] {
			found[k.ID] = LastQuery{k.Verdict, k.LastQueryAt, k.Reason}
		}
	}
	return found, nil
}

// Around finds out what a plan for the rows needs to know beside them: their last queries, where history says so, and,
// if one of them is an admin key, the organization's other keys. list is what the rows were chosen from. What can't be
// had is left out; why says what, in words.
func (d *Desk) Around(ctx context.Context, list List, rows []*Row, history bool, tell func(AuditProgress)) (s Surroundings, why string) {
	if list.Scope == (client.Scope{}) {
		s.Organization, s.Whole = list.Rows, list.Complete
	} else if slices.ContainsFunc(rows, func(r *Row) bool { return strings.EqualFold(r.OrgRole, "ADMIN") }) {
		if all, err := d.Keys(ctx, client.Scope{}, nil); err == nil {
			s.Organization, s.Whole = all.Rows, all.Complete
		}
	}
	if !history {
		return s, ""
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.Key.ID
	}
	var err error
	if s.Queries, err = d.LastSeen(ctx, SeenQuestion{List: list, Of: ids}, tell); err != nil {
		return s, "when they were last seen could not be found out: " + visible.Line(err.Error())
	}
	return s, ""
}

// List is the keys that were judged, as a list.
func (a Audit) List() List {
	list := List{Complete: a.Input.ListComplete, Why: a.Input.ListWhy, AsOf: a.Result.AsOf}
	for _, k := range a.Input.Keys {
		if r := a.Rows[k.ID]; r != nil {
			list.Rows = append(list.Rows, r)
		}
	}
	return list
}

// Surroundings are what the audit found out, for a plan.
func (a Audit) Surroundings() Surroundings {
	s := Surroundings{Queries: a.LastQueries()}
	if a.Workspaces == nil {
		list := a.List()
		s.Organization, s.Whole = list.Rows, list.Complete
	}
	return s
}
