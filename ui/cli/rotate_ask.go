package cli

import (
	"context"
	"strings"

	"fob/client/visible"
	"fob/ui/desk"
)

// The flags that say what the platform doesn't show of an old key, by the field of it.
var flagsFor = map[string]string{
	"name": "--name", "type": "--type", "role": "--role", "organization role": "--organization-role",
	"workspaces": "--reach or --all-workspaces", "expiry": "--expires", "owner": "--mine or --service",
}

// unsaid is the error of a plan that nobody is there to complete.
func unsaid(missing []desk.Missing) error {
	var whys []string
	for _, m := range missing {
		whys = append(whys, m.Field+" ("+visible.Line(m.Why)+")")
	}
	return wrongUsage(flagsSaying(missing), "what the new key shall have has to be said: %s", strings.Join(whys, ", "))
}

// flagsSaying names the flags that say what is missing.
func flagsSaying(missing []desk.Missing) string {
	flags := make([]string, len(missing))
	for i, m := range missing {
		flags[i] = flagsFor[m.Field]
	}
	return "these say it: " + strings.Join(flags, ", ")
}

// ask asks for one thing that the platform doesn't show of the old key.
func (r *rotating) ask(ctx context.Context, m desk.Missing) error {
	q, to := r.questions, &r.as.Answers
	q.app.say("Of the old key " + visible.Line(m.Why) + ".")
	switch m.Field {
	case "name":
		name, err := q.text(ctx, "What shall the new key be called?", "", func(name string) error { return problemWith(r.Desk, name) })
		to.Name = &name
		return err
	case "type":
		i, err := q.choose(ctx, "What kind of key?", []choice{
			{desk.Service, "belongs to nobody, stays when people leave"}, {desk.Personal, "yours, and stops working when you leave"},
		}, 0)
		personal := i == 1
		to.Personal = &personal
		return err
	case "owner":
		i, err := q.choose(ctx, "Whose personal key is it?", []choice{
			{"mine", "the new one is yours, too"}, {"somebody else's", "a service key takes its place"},
		}, 1)
		if to.Mine = i == 0; i == 1 {
			no := false
			to.Personal = &no
		}
		return err
	case "organization role":
		role, err := askOrganizationRole(ctx, q, r.who, 0)
		to.OrganizationRole = role
		return err
	case "role":
		return r.askRole(ctx)
	case "workspaces":
		return r.askReach(ctx)
	case "expiry":
		var c createOptions
		if err := c.askExpiry(ctx, q, r.Desk, directory{}); err != nil {
			return err
		}
		at, err := r.ParseExpiry(c.expires)
		to.Expiry = &desk.Expiry{At: at}
		return err
	}
	return unsaid([]desk.Missing{m})
}

func (r *rotating) askRole(ctx context.Context) error {
	roles, err := r.Roles(ctx)
	if err != nil {
		return err
	}
	var c createOptions
	c.cmd = r.o.cmd
	if err := c.askRole(ctx, r.questions, r.Desk, directory{roles: roles}); err != nil {
		return err
	}
	role, err := findRole(c.role, roles)
	r.as.Answers.RoleID = &role.ID
	return err
}

func (r *rotating) askReach(ctx context.Context) error {
	all, err := r.Workspaces(ctx)
	if err != nil {
		return err
	}
	var c createOptions
	if err := c.askReach(ctx, r.questions, r.Desk, directory{workspaces: all}); err != nil {
		return err
	}
	r.as.Answers.Workspaces, r.as.Answers.AllWorkspaces = c.workspaces, nil
	if c.all {
		r.as.Answers.AllWorkspaces = &c.all
	}
	return nil
}
