package desk

import (
	"context"
	"slices"

	"fob/client"
	"fob/client/audit"
	"fob/client/audit/history"
	"fob/client/audit/report"
	"fob/client/lifecycle"
	"fob/client/visible"
)

// AuditQuestion says what is audited.
type AuditQuestion struct {
	Days       int           // how far back the history is read; 0: as the policy says
	Workspaces []string      // whose keys are judged, by their history alone; nil: the organization's keys, by every history
	Policy     *audit.Policy // nil: this machine's own, see Policy
	Depth      history.Depth
}

// AuditProgress is how far an audit has come.
type AuditProgress struct {
	Stage string // "reading the keys", for people
	Done  int
	Total int // 0: not known
}

// Audit is what was read and what was judged of it.
type Audit struct {
	Input          audit.Input
	Policy         audit.Policy
	Result         audit.Result
	OrganizationID string
	Organization   string          // made safe to show
	RanBy          string          // made safe to show
	Version        string          // of fob
	Workspaces     []string        // whose keys these are; nil: the organization's
	Rows           map[string]*Row // by id
}

// Audit reads what the rules need and judges it. Whatever can't be read is said in the result, which is then not
// complete; the error is the policy's, or of the list of keys, without which there is nothing to judge. Leaving it early (ctx) keeps
// what was learned of the history.
func (d *Desk) Audit(ctx context.Context, q AuditQuestion, tell func(AuditProgress)) (Audit, error) {
	say := func(p AuditProgress) {
		if tell != nil {
			tell(p)
		}
	}
	in := audit.Input{Location: d.options.Location}
	policy, err := d.policyOf(ctx, q)
	if err != nil {
		return Audit{}, err
	}
	say(AuditProgress{Stage: "asking who you are"})
	me, err := d.platform.Me(ctx)
	if err == nil {
		in.Me = me
	}
	who, whoErr := d.Who(ctx)
	if workspaces, err := d.Workspaces(ctx); err != nil {
		in.WorkspacesWhy = why(err)
	} else {
		in.Workspaces = workspaces
	}
	if roles, err := d.Roles(ctx); err != nil {
		in.RolesWhy = why(err)
	} else {
		in.Roles = roles
	}
	if users, err := d.platform.Users(ctx, nil); err != nil {
		in.UsersWhy = why(err)
	} else {
		in.Users = users.Items
		if !users.Complete {
			in.UsersWhy = visible.Line(users.Why)
		}
	}
	a := Audit{Policy: policy, Version: d.options.Version}
	if whoErr == nil {
		a.OrganizationID, a.Organization, a.RanBy = who.OrganizationID, who.Organization, who.Name
	}
	if err := d.auditKeys(ctx, q.Workspaces, &in, &a, say); err != nil {
		return Audit{}, err
	}
	in.Journal = d.auditJournal()
	in.Reading, err = d.readHistory(ctx, in, q, policy, say)
	if err != nil {
		return Audit{}, err
	}
	in.Now = d.platform.ServerNow().UTC()
	a.Input = in
	a.Workspaces = q.Workspaces
	a.Result = audit.Judge(in, policy)
	return a, nil
}

// auditKeys reads the keys that are judged. A workspace's list is of the keys that reach it alone, so no key is in two.
func (d *Desk) auditKeys(ctx context.Context, workspaces []string, in *audit.Input, a *Audit, say func(AuditProgress)) error {
	scopes := []client.Scope{{}}
	if workspaces != nil {
		scopes = scopes[:0]
	}
	for _, name := range workspaces {
		if !slices.Contains(scopes, client.Scope{Workspace: name}) {
			scopes = append(scopes, client.Scope{Workspace: name})
		}
	}
	in.Keys, in.ListComplete, a.Rows = nil, true, map[string]*Row{}
	for _, scope := range scopes {
		before := len(in.Keys)
		list, err := d.Keys(ctx, scope, func(p Page) {
			total := 0
			if p.Announced != nil {
				total = before + *p.Announced
			}
			say(AuditProgress{Stage: "reading the keys", Done: before + p.Read, Total: total})
		})
		if err != nil {
			return err
		}
		for _, r := range list.Rows {
			k := r.Key
			if scope.Workspace != "" {
				in.Scope = scope.Workspace
				if !k.Workspaces.Shown() {
					k.Workspaces = client.Some([]client.WorkspaceRef{{Name: scope.Workspace}})
				}
			}
			in.Keys = append(in.Keys, k)
			a.Rows[k.ID] = r
		}
		if !list.Complete {
			in.ListComplete, in.ListWhy = false, list.Why
		}
	}
	return nil
}

// Relist reads the keys again and judges them by the history that was read: for when some were made or changed since.
func (d *Desk) Relist(ctx context.Context, a Audit) (Audit, error) {
	in := a.Input
	if err := d.auditKeys(ctx, a.Workspaces, &in, &a, func(AuditProgress) {}); err != nil {
		return Audit{}, err
	}
	in.Journal = d.auditJournal()
	a.Input, a.Result = in, audit.Judge(in, a.Policy)
	return a, nil
}

// Rejudge judges again what was read, without the keys that are gone since.
func (a Audit) Rejudge(gone []string) Audit {
	a.Input.Keys = slices.DeleteFunc(slices.Clone(a.Input.Keys), func(k client.Key) bool { return slices.Contains(gone, k.ID) })
	a.Result = audit.Judge(a.Input, a.Policy)
	return a
}

func why(err error) string { return visible.Line(err.Error()) }

// auditJournal is what this machine remembers of having made keys.
func (d *Desk) auditJournal() audit.Journal {
	j := audit.Journal{Known: true, Made: map[string]struct{}{}}
	for e, err := range lifecycle.Entries(d.options.Journal) {
		if err != nil {
			continue // a line that can't be read tells nothing
		}
		if j.Began.IsZero() {
			j.Began = e.At
		}
		if e.Kind != lifecycle.IssueOutcome {
			continue
		}
		if e.KeyID != "" {
			j.Made[e.KeyID] = struct{}{}
		}
		for _, id := range e.Candidates {
			j.Made[id] = struct{}{}
		}
	}
	j.Replaced = d.replaced()
	return j
}

// replaced are the keys that were rotated here and whose overlap is over: until then they work because they shall.
func (d *Desk) replaced() []audit.Replacement {
	all, _ := d.rotations() // a journal that can't be read to its end tells what it can
	var list []audit.Replacement
	for _, r := range all {
		if r.Stage == lifecycle.Waiting && !r.New.Gone && !d.platform.ServerNow().Before(r.WaitsUntil) {
			list = append(list, audit.Replacement{Old: r.KeyID, New: r.New.ID, At: r.PlacedAt})
		}
	}
	return list
}

// Report is the audit with what a report says beside the result.
func (a Audit) Report() report.Report {
	return report.Report{Head: a.head(), Result: a.Result}
}

func (a Audit) head() report.Head {
	return report.Head{
		OrganizationID: a.OrganizationID, Organization: a.Organization, RanBy: a.RanBy, PolicySHA256: a.Policy.SHA256,
		Version: a.Version, Location: a.Input.Location,
	}
}

// FindingText is a finding for a ticket: plain lines, safe to paste.
func (a Audit) FindingText(f audit.Finding) string { return a.Report().Ticket(f) }
