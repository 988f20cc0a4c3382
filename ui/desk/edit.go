package desk

import (
	"context"
	"fmt"
	"strings"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/visible"
)

// Edited is what came of changing a key.
type Edited = lifecycle.Edited

// Difference is one field of a key before and after a change, in words.
type Difference struct{ Field, Before, After string }

// Plan tells what change would make different of the key, field by field: only that is sent. A field that the platform
// doesn't show counts as different.
func (d *Desk) Plan(row *Row, change client.Change) []Difference {
	names := d.knownNames()
	var all []Difference
	for _, a := range lifecycle.Alterations(row.Key, lifecycle.Needed(row.Key, change)) {
		word := func(text *string, now bool) string {
			if text == nil {
				if a.Field == lifecycle.FieldRole && row.Key.Role.Shown() && now {
					return row.Role // known by its name alone
				}
				return NotShown
			}
			switch {
			case a.Field == lifecycle.FieldName && *text == "":
				return "(unnamed)"
			case a.Field == lifecycle.FieldRole && now:
				return row.Role
			case a.Field == lifecycle.FieldRole:
				return visible.Line(names.role(client.RoleRef{ID: *text}))
			case a.Field == lifecycle.FieldOrganizationRole:
				return roleWord(visible.Line(*text))
			}
			return visible.Line(*text)
		}
		all = append(all, Difference{a.Field, word(a.From, true), word(a.To, false)})
	}
	return all
}

// Warnings says what a person should know before the change is sent, a line each.
func (d *Desk) Warnings(row *Row, change client.Change) []string {
	c := lifecycle.Needed(row.Key, change)
	var lines []string
	if c.Name != nil && row.Type != Personal && row.Named {
		lines = append(lines, fmt.Sprintf("the search history names service keys by their name: what %s did until now stays under that name, and its last query may not be found under the new one", row.Name))
	}
	owner := row.CreatedBy
	if owner == NotShown {
		owner = "its person"
	}
	if c.Personal != nil {
		if *c.Personal {
			lines = append(lines, "a personal key stops working when its person leaves the organization; "+d.whose(row))
		} else {
			lines = append(lines, fmt.Sprintf("a service key belongs to nobody: it goes on working when %s leaves the organization, and somebody has to look after it", owner))
		}
	}
	if c.OrganizationRole != nil {
		before, shown := row.Key.OrganizationRole.Get()
		switch {
		case *c.OrganizationRole == "ADMIN":
			lines = append(lines, "it becomes an Admin: it has write access to every workspace of the organization")
		case shown && strings.EqualFold(before, "EXTERNAL"):
			lines = append(lines, "it may do more than before: it was External")
		}
	}
	if untold := d.Rights().Change(row, change).Untold; untold != "" {
		lines = append(lines, untold)
	}
	if row.Status == StatusExpired {
		lines = append(lines, "the key has expired, and a change doesn't bring it back")
	}
	return lines
}

// whose says whose key a service key would become, as far as that is known: the platform doesn't publish it.
func (d *Desk) whose(row *Row) string {
	d.mu.Lock()
	who := d.who
	d.mu.Unlock()
	you := "yours"
	if who != nil && who.Name != "" {
		you = "yours (" + who.Name + ")"
	}
	if user, ok := row.Key.User.Get(); ok && row.CreatedBy != NotShown {
		if who != nil && user.ID != "" && user.ID == who.UserID {
			return "this one would become " + you + ", for you made it"
		}
		return fmt.Sprintf("%s made this one, and the platform doesn't say whether it becomes theirs or %s", row.CreatedBy, you)
	}
	return "the platform doesn't say whose this one becomes; it may be " + you
}

// Edit changes the key of the row: what differs of change, with one PATCH that is never repeated. If its answer doesn't
// arrive, the list of the scope tells. Errors are lifecycle.Problems before anything is sent, *client.Error from the
// platform, or say that it isn't known; Edited.State has it in a word.
func (d *Desk) Edit(ctx context.Context, row *Row, change client.Change) (Edited, error) {
	if err := d.may(ctx, func(i Identity) Right { return i.OverChange(row, change) }); err != nil {
		return Edited{Key: row.Key, State: lifecycle.NeverAttempted}, err
	}
	editor := lifecycle.Editor{
		Platform: d.cautious(), Journal: d.options.Journal, Scope: row.list(), Profile: d.options.Profile.Name, Origin: d.Origin(),
	}
	if who, err := d.Who(ctx); err == nil {
		editor.Organization, editor.Who = who.OrganizationID, who.Email
	}
	edited, err := editor.Edit(ctx, row.Key, change)
	for i := range edited.Warnings {
		edited.Warnings[i] = visible.Line(edited.Warnings[i])
	}
	return edited, err
}

// list is the list in which the key is sure to be, and that most people may read: its workspace's, if it reaches that one
// alone.
func (r *Row) list() client.Scope {
	if r.All || len(r.Reach) != 1 {
		return client.Scope{}
	}
	if sent, _ := r.Key.Workspaces.Get(); len(sent) == 1 && sent[0].Name != "" {
		return client.Scope{Workspace: sent[0].Name} // as it is called, not as it is shown
	}
	return client.Scope{Workspace: r.Reach[0]}
}
