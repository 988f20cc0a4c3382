package desk

import (
	"context"
	"strings"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/visible"
)

// Right is what is known of whether a person may change something. The zero value is that they may.
type Right struct {
	No     string // why they may not; "": they may, or it isn't known
	Untold string // why it isn't known whether they may; "": it is
}

// Membership is a person's place in a workspace.
type Membership struct {
	Workspace string // as the platform has it
	Role      string // made safe to show; "" if the platform doesn't show it
}

// The presets of workspace roles. Any other is the organization's own, and what one of those may isn't published.
const (
	presetEditor     = "editor"
	presetSearchUser = "search user"
)

// Over tells what is known of whether keys of the scope may be made and changed. An organization role that isn't known
// might be an Admin's, so nothing is refused because of it.
func (i Identity) Over(s client.Scope) Right {
	switch {
	case i.ReadOnly, s.Workspace == "" && i.OrganizationReadOnly:
		return Right{No: i.Why}
	case i.Role == roleAdmin:
		return Right{}
	case s.Workspace == "" && i.Role == "":
		return Right{Untold: "whether you may isn't known: the platform doesn't show your role in this organization"}
	case s.Workspace == "":
		return Right{Untold: "whether you may isn't known: what " + i.Role + " may in this organization isn't published"}
	}
	place, role := visible.Line(s.Workspace), i.roleIn(s.Workspace)
	switch preset(role) {
	case presetEditor:
		return Right{}
	case presetSearchUser:
		if i.OrganizationReadOnly {
			return Right{No: "keys of " + place + " are for its editors; you are " + role + " there"}
		}
		return Right{Untold: "whether you may isn't known: you are " + role + " in " + place + ", and the platform doesn't show your role in the organization"}
	case "":
		return Right{Untold: "whether you may isn't known: the platform doesn't show your role in " + place}
	}
	return Right{Untold: "whether you may isn't known: what " + role + ", your role in " + place + ", may do with keys isn't published"}
}

// preset is a role's name without what a wire form may do to it.
func preset(role string) string {
	return strings.NewReplacer("_", " ", "-", " ").Replace(strings.ToLower(strings.TrimSpace(role)))
}

// roleIn is the person's role in the workspace, "" if it isn't known.
func (i Identity) roleIn(workspace string) string {
	for _, m := range i.Memberships {
		if m.Workspace == workspace || visible.Line(m.Workspace) == workspace {
			return m.Role
		}
	}
	return ""
}

// OverKey tells what is known of whether the key of a row may be changed, rotated and revoked.
func (i Identity) OverKey(r *Row) Right {
	home := r.HomeScope()
	if home.Workspace == "" && !r.All && len(r.Reach) == 0 && !i.ReadOnly && i.Role != roleAdmin {
		return Right{Untold: "whether you may isn't known: the platform doesn't show which workspaces the key reaches"}
	}
	right := i.Over(home)
	switch {
	case i.ReadOnly || home.Workspace == "":
	case right.No != "" && r.Type != Service && i.maker(r) != different:
		return Right{Untold: "whether a " + i.roleIn(home.Workspace) + " may change a personal key of their own isn't published"}
	case right.No == "" && strings.EqualFold(r.OrgRole, "ADMIN") && i.OrganizationReadOnly:
		return Right{Untold: "whether you may isn't known: it is an Admin's key, and what " + i.Role + " may do with one isn't published"}
	}
	return right
}

// maker tells how sure it is that the person made the key.
func (i Identity) maker(r *Row) likeness {
	user, ok := r.Key.User.Get()
	if !ok {
		return untold
	}
	me := someone{PersonRef: client.PersonRef{ID: i.UserID, Email: i.Email, GivenName: i.Name}}
	return me.same(user)
}

// OverDraft tells what is known of whether a key may be made as the draft has it.
func (i Identity) OverDraft(draft client.Draft) Right {
	if !draft.AllWorkspaces && len(draft.Workspaces) == 1 && !strings.EqualFold(draft.OrganizationRole, "ADMIN") {
		return i.Over(client.Scope{Workspace: draft.Workspaces[0]})
	}
	return i.Over(client.Scope{})
}

// OverSuccessor tells what is known of whether a new key as the draft has it may take the place of the row's: whoever may
// change the one may make the other, unless it can do more.
func (i Identity) OverSuccessor(r *Row, draft client.Draft) Right {
	right := i.OverKey(r)
	if right.No == "" && strings.EqualFold(draft.OrganizationRole, "ADMIN") && !strings.EqualFold(r.OrgRole, "ADMIN") && !i.MakesAdmins() {
		return Right{No: "only an Admin can make a key an Admin; you are " + i.Role + " in this organization"}
	}
	return right
}

// OverChange tells what is known of whether the change may be made of the row's key.
func (i Identity) OverChange(r *Row, change client.Change) Right {
	right := i.OverKey(r)
	if right.No == "" && change.OrganizationRole != nil && strings.EqualFold(*change.OrganizationRole, "ADMIN") && !i.MakesAdmins() {
		return Right{No: "only an Admin can make a key an Admin; you are " + i.Role + " in this organization"}
	}
	return right
}

// MakesAdmins tells whether a key may be given the organization role Admin, as far as that is known.
func (i Identity) MakesAdmins() bool { return !i.OrganizationReadOnly }

// Rights is the identity as far as it was found out, without asking anybody. Where the platform was asked and didn't say,
// whatever is asked of it is untold.
func (d *Desk) Rights() Rights {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.who != nil {
		return Rights{who: *d.who, told: true}
	}
	return Rights{who: Identity{ReadOnly: d.options.ReadOnly, Why: d.readOnlyWhy()}, failed: d.unsaid}
}

// Rights answers what may be changed, from what is known.
type Rights struct {
	who          Identity
	told, failed bool // the platform said who this is; it was asked, and didn't
}

func (r Rights) of(judge func(Identity) Right) Right {
	switch {
	case r.told || r.who.ReadOnly:
		return judge(r.who)
	case r.failed:
		return Right{Untold: unsaidWho}
	}
	return Right{}
}

// unsaidWho is why nothing is known of a person's rights.
const unsaidWho = "whether you may isn't known: the platform did not say who you are"

// Key is Identity.OverKey.
func (r Rights) Key(row *Row) Right { return r.of(func(i Identity) Right { return i.OverKey(row) }) }

// Draft is Identity.OverDraft.
func (r Rights) Draft(draft client.Draft) Right {
	return r.of(func(i Identity) Right { return i.OverDraft(draft) })
}

// Change is Identity.OverChange.
func (r Rights) Change(row *Row, c client.Change) Right {
	return r.of(func(i Identity) Right { return i.OverChange(row, c) })
}

// may fails where nothing may be changed, or where it is known that this may not be: *NotAllowedError, or the session's
// own error. It is asked before anything is tried for it. Where the platform doesn't say who this is, it decides itself.
func (d *Desk) may(ctx context.Context, judge func(Identity) Right) error {
	if err := d.mayChange(ctx); err != nil {
		return err
	}
	if d.unsaidYet() { // one question without an answer is enough: each would take all its retries
		return nil
	}
	who, err := d.Who(ctx)
	if err != nil {
		return nil //nolint:nilerr // it isn't known who this is, and nothing is refused because of it
	}
	if right := judge(who); right.No != "" {
		return &NotAllowedError{right.No}
	}
	return nil
}

// unsaidYet tells whether the platform was asked who this is, and didn't say.
func (d *Desk) unsaidYet() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.who == nil && d.unsaid
}

// mayTouch is may for the key of a row.
func (d *Desk) mayTouch(ctx context.Context, r *Row) error {
	return d.may(ctx, func(i Identity) Right { return i.OverKey(r) })
}

// mayRevoke is may for the candidate of an orphan with that id, "" for the certain one.
func (d *Desk) mayRevoke(ctx context.Context, o Orphan, id string) error {
	for _, r := range o.Candidates {
		if r.Key.ID == id || id == "" && o.Key != nil && r.Key.ID == o.Key.Key.ID {
			return d.mayTouch(ctx, r)
		}
	}
	return d.mayChange(ctx)
}

// Right tells what is known of whether the person may go on with the rotation, which makes and revokes keys.
func (o Rotating) Right(i Identity) Right {
	if !o.reachKnown {
		if i.ReadOnly {
			return Right{No: i.Why}
		}
		return Right{}
	}
	right := i.OverDraft(o.reach)
	if right.No != "" && !i.ReadOnly && i.Email != "" && strings.EqualFold(o.Who, i.Email) {
		return Right{Untold: "whether you may isn't known any more: you began it"}
	}
	return right
}

// mayRotate is may for a rotation that is under way.
func (d *Desk) mayRotate(ctx context.Context, r lifecycle.Rotation) error {
	return d.may(ctx, rotating(r).Right)
}
