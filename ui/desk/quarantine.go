package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/visible"
)

// Quarantined is a key whose roles were lowered from here, in words. Every text in it has been made safe to show.
type Quarantined struct {
	KeyID, Name string
	Who         string
	At          time.Time             // UTC
	Lowered     []Difference          // what was changed, as it was and as it was made
	State       lifecycle.EditedState // of the lowering; MaybeChanged while no outcome is known
	Release     lifecycle.EditedState // of the last try to release it; "": there was none
}

// QuarantinePlan is what quarantine would do to a key.
type QuarantinePlan struct {
	Row         *Row         // the key as it is now
	Differences []Difference // what is lowered
	// Still says what a quarantined key works for all the same. It is to be shown: quarantine is a brake and no lock.
	Still string
	// Untold is why it isn't known whether the person may do this, "" if it is.
	Untold string
}

// PlanQuarantine reads the key of the row again, and tells what quarantine would do to it. Errors are those of Quarantine.
func (d *Desk) PlanQuarantine(ctx context.Context, row *Row) (QuarantinePlan, error) {
	fresh, roles, err := d.again(ctx, row)
	if err != nil {
		return QuarantinePlan{}, err
	}
	change, err := lifecycle.Lowering(fresh.Key, roles)
	if err != nil {
		return QuarantinePlan{Row: fresh}, err
	}
	return QuarantinePlan{fresh, d.Plan(fresh, change), Still(fresh, change, roles), d.Rights().Key(fresh).Untold}, nil
}

// Still says what a key in quarantine works for all the same.
func Still(row *Row, change client.Change, roles []client.Role) string {
	id := row.Key.Role.Value.ID
	if change.RoleID != nil {
		id = *change.RoleID
	}
	where := "in every workspace"
	if !row.All && row.Scope != NotShown {
		where = "in " + row.Scope
	}
	for _, r := range roles {
		if id == "" || r.ID != id {
			continue
		}
		text := fmt.Sprintf("the platform can't disable a key: it still works for what %s allows %s", visible.Line(r.Name), where)
		if permissions, ok := r.Permissions.Get(); ok && len(permissions) > 0 {
			text += ": " + visible.Line(strings.Join(permissions, ", "))
		}
		return text
	}
	return "the platform can't disable a key: it still works for what its role allows " + where
}

// Quarantine lowers the roles of the row's key, after its old ones are in the journal, with one PATCH that is never
// repeated. Errors are lifecycle.ErrRoleUnknown, ErrNothingLower and ErrInQuarantine, a *lifecycle.MeanwhileError where a
// person has to decide, *NotFoundError where the key is gone, and those of Edit.
func (d *Desk) Quarantine(ctx context.Context, row *Row, decided lifecycle.Meanwhile) (Edited, error) {
	return d.quarantine(ctx, row, func(e *lifecycle.Editor, k client.Key, roles []client.Role) (Edited, error) {
		return e.Quarantine(ctx, k, roles, decided)
	})
}

// Release puts the roles back that the row's key had before its quarantine. Errors are lifecycle.ErrNoQuarantine, a
// *lifecycle.MeanwhileError where a person has to decide, *NotFoundError where the key is gone, and those of Edit.
func (d *Desk) Release(ctx context.Context, row *Row, decided lifecycle.Meanwhile) (Edited, error) {
	return d.quarantine(ctx, row, func(e *lifecycle.Editor, k client.Key, roles []client.Role) (Edited, error) {
		return e.Release(ctx, k, roles, decided)
	})
}

func (d *Desk) quarantine(ctx context.Context, row *Row, do func(*lifecycle.Editor, client.Key, []client.Role) (Edited, error)) (Edited, error) {
	if err := d.mayTouch(ctx, row); err != nil {
		return Edited{Key: row.Key, State: lifecycle.NeverAttempted}, err
	}
	fresh, roles, err := d.again(ctx, row)
	if err != nil {
		return Edited{Key: row.Key, State: lifecycle.NeverAttempted}, err
	}
	editor := lifecycle.Editor{
		Platform: d.cautious(), Journal: d.options.Journal, Scope: row.list(), Profile: d.options.Profile.Name, Origin: d.Origin(), Now: d.platform.ServerNow,
	}
	if who, err := d.Who(ctx); err == nil {
		editor.Organization, editor.Who = who.OrganizationID, who.Email
	}
	edited, err := do(&editor, fresh.Key, roles)
	for i := range edited.Warnings {
		edited.Warnings[i] = visible.Line(edited.Warnings[i])
	}
	return edited, err
}

// again reads the key of a row again, and the roles. Roles that can't be read are none: whoever needs one says so.
func (d *Desk) again(ctx context.Context, row *Row) (*Row, []client.Role, error) {
	list, err := d.Keys(ctx, row.list(), nil)
	if err != nil {
		return nil, nil, err
	}
	roles, err := d.Roles(ctx)
	if err != nil && !client.IsNotFound(err) && !client.IsForbidden(err) {
		return nil, nil, err
	}
	for _, r := range list.Rows {
		if r.Key.ID == row.Key.ID {
			return r, roles, nil
		}
	}
	if !list.Complete {
		return nil, nil, errors.New("the list could not be read whole, and the key is not in the part that was: " + list.Why)
	}
	return nil, nil, &NotFoundError{Ref: visible.Line(row.Key.ID), Where: "key of the organization"}
}

// Quarantined are the keys of this platform that are in quarantine from here, or may be, oldest first. There is no network
// in it. The error is the journal's, beside what could be read.
func (d *Desk) Quarantined() ([]Quarantined, error) {
	all, err := lifecycle.Quarantined(d.options.Journal)
	names := d.knownNames()
	var list []Quarantined
	for _, q := range all {
		if q.Origin != d.Origin() {
			continue
		}
		out := Quarantined{
			KeyID: q.KeyID, Name: visible.Line(q.KeyName), Who: visible.Line(q.Who), At: q.At, State: q.State, Release: q.Release,
		}
		if out.Name == "" {
			out.Name = ShortID(q.KeyID) + " (unnamed)"
		}
		for _, a := range q.Altered {
			out.Lowered = append(out.Lowered, Difference{a.Field, alteredWord(a.Field, a.From, names), alteredWord(a.Field, a.To, names)})
		}
		list = append(list, out)
	}
	return list, err
}

// MeanwhileWords says how a key's roles differ from what its quarantine made them.
func (d *Desk) MeanwhileWords(e *lifecycle.MeanwhileError) []Difference {
	names := d.knownNames()
	var all []Difference
	for _, a := range e.Now {
		all = append(all, Difference{a.Field, alteredWord(a.Field, a.From, names), alteredWord(a.Field, a.To, names)})
	}
	return all
}

func alteredWord(field string, text *string, names Names) string {
	switch {
	case text == nil:
		return NotShown
	case field == lifecycle.FieldRole:
		return visible.Line(names.role(client.RoleRef{ID: *text}))
	case field == lifecycle.FieldOrganizationRole:
		return roleWord(visible.Line(*text))
	}
	return visible.Line(*text)
}
