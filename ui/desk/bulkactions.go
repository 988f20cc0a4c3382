package desk

import (
	"context"
	"strings"

	"fob/client"
	"fob/client/lifecycle"
)

// The verbs of the bulk actions that this file has.
const (
	verbRevoke = "revoke"
	verbEdit   = "edit"
)

// Revocation is the action that revokes keys chosen in scope.
func (d *Desk) Revocation(scope client.Scope) BulkAction {
	return BulkAction{
		Verb: verbRevoke, Doing: "revoking", Past: "revoked",
		Lowers:  func(*Row) bool { return true },
		Demotes: func(*Row) bool { return true },
		Judge:   func(i *BulkItem) { i.Would = "is revoked" },
		Do: func(ctx context.Context, i *BulkItem) (BulkResult, error) {
			r := d.Revoke(ctx, scope, []*Row{i.Row}, nil)[0]
			return BulkResult{State: string(r.State), Warnings: r.Warnings}, r.Err
		},
	}
}

// Editing is the action that makes change of keys. What a key has already isn't sent.
func (d *Desk) Editing(change client.Change) BulkAction {
	var what []string
	for _, c := range d.Plan(&Row{}, change) {
		what = append(what, c.Field+" becomes "+c.After)
	}
	return BulkAction{
		Verb: verbEdit, Doing: "changing", Past: "changed", What: strings.Join(what, ", "),
		Lowers: func(r *Row) bool {
			c := lifecycle.Needed(r.Key, change)
			return c.RoleID != nil || c.OrganizationRole != nil && !strings.EqualFold(*c.OrganizationRole, "ADMIN")
		},
		Demotes: func(*Row) bool {
			return change.OrganizationRole != nil && !strings.EqualFold(*change.OrganizationRole, "ADMIN")
		},
		Judge: func(i *BulkItem) {
			if r := d.Rights(); !r.who.ReadOnly {
				i.Skip = r.Change(i.Row, change).No
			}
			i.Changes = d.Plan(i.Row, change)
			if len(i.Changes) == 0 {
				i.Would = "is so already, nothing is sent"
				return
			}
			words := make([]string, len(i.Changes))
			for n, c := range i.Changes {
				words[n] = c.Field + " " + c.Before + " becomes " + c.After
			}
			i.Would = strings.Join(words, ", ")
			i.Warnings = append(i.Warnings, d.Warnings(i.Row, change)...)
		},
		Do: func(ctx context.Context, i *BulkItem) (BulkResult, error) {
			edited, err := d.Edit(ctx, i.Row, change)
			return BulkResult{State: string(edited.State), Key: edited.Key, Warnings: edited.Warnings}, err
		},
		change: lifecycle.Alterations(client.Key{}, change),
	}
}

// changeOf is the change that an edit in the journal set.
func changeOf(altered []lifecycle.Altered) client.Change {
	var c client.Change
	for _, a := range altered {
		switch a.Field {
		case lifecycle.FieldName:
			c.Name = a.To
		case lifecycle.FieldType:
			if a.To != nil {
				personal := *a.To == Personal
				c.Personal = &personal
			}
		case lifecycle.FieldRole:
			c.RoleID = a.To
		case lifecycle.FieldOrganizationRole:
			c.OrganizationRole = a.To
		}
	}
	return c
}

// Halted is a bulk that was stopped with something left, or cut off.
type Halted struct {
	Verb   string
	Scope  client.Scope
	Total  int
	Left   []string // ids
	Change client.Change
	CutOff bool // no end of it is known: another fob is at it right now, or it was cut off
	intent string
}

// HaltedBulk returns the newest bulk of the verb at this platform and organization that has something left; false: there
// is none. The error is the journal's.
func (d *Desk) HaltedBulk(ctx context.Context, verb string) (Halted, bool, error) {
	all, err := lifecycle.Halts(d.options.Journal)
	who, whoErr := d.Who(ctx)
	for i := len(all) - 1; i >= 0; i-- {
		h := all[i]
		if h.Verb != verb || h.Origin != d.Origin() || whoErr == nil && h.Organization != "" && h.Organization != who.OrganizationID {
			continue
		}
		return Halted{
			Verb: h.Verb, Scope: client.Scope{Workspace: h.Workspace}, Total: len(h.IDs), Left: h.Left,
			Change: changeOf(h.Altered), CutOff: h.CutOff, intent: h.Intent,
		}, true, nil
	}
	return Halted{}, false, err
}

// Resuming is the action as the one that goes on with a halted bulk: that one has nothing left from then on.
func (a BulkAction) Resuming(h Halted) BulkAction {
	a.resumes = h.intent
	return a
}

// After is the action as the one that goes on with what another one left, see BulkReport.Again: for an action that was
// made anew, because keys and journal are others by now.
func (a BulkAction) After(again BulkAction) BulkAction {
	a.resumes = again.resumes
	return a
}
