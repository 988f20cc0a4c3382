package cli

import (
	"bufio"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"fob/client"
	"fob/client/visible"
	"fob/ui/desk"
)

// editOptions are what fob edit is told.
type editOptions struct {
	where
	bulkOptions
	name, role, organizationRole, kind string
}

// editOutput is what fob edit --json writes.
type editOutput struct {
	Schema         int            `json:"schema"`
	DryRun         bool           `json:"dry_run"`
	OrganizationID *string        `json:"organization_id"`
	State          string         `json:"state"`   // "changed", "already so", "as it was", "unknown" or "not tried"
	Key            keyOutput      `json:"key"`     // as it is now
	Changes        []changeOutput `json:"changes"` // what is different, or would be
	Warnings       []string       `json:"warnings"`
}

type changeOutput struct {
	Field  string `json:"field"`
	Before string `json:"before"` // in words; "not shown" where the platform doesn't show it
	After  string `json:"after"`
}

func (a *app) editCommand() *cobra.Command {
	var o editOptions
	cmd := &cobra.Command{
		Use: "edit KEY…", Short: "Change a key's name, role or type, or those of several", GroupID: groupKeys,
		Long: "Changes what the platform lets be changed of a key: its name, its role, its organization role and its type. When\n" +
			"it ends and which workspaces it reaches can't be changed: make another key for that. What is different is shown\n" +
			"before and after, and only that is sent.\n\n" + keyArgument +
			"\nAt a terminal, without any of these flags, fob asks what to change of a single key, and then whether to change it.\n" +
			"Elsewhere nothing is asked, and --yes or --dry-run is needed.\n\n" +
			"Several keys get the same role, organization role and type; a name is for one alone. With - as the only KEY, whole\n" +
			"ids are read from the input, one a line.\n" + bulkHelp,
		Example: "  fob edit ci-eval --name ci-evaluation\n  fob edit 7b2f1c7e --role 'Search user' --yes\n  fob edit ida-notebook --type service --dry-run\n" +
			"  fob edit ci-eval qa-matrix --role 'Search user'",
		Args: o.keysOrList, ValidArgsFunction: a.completeKeys,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			if o.resume || len(args) > 1 || args[0] == "-" {
				return a.editSeveral(cmd.Context(), &o, args)
			}
			return a.edit(cmd.Context(), &o, args[0])
		},
	}
	o.flags(a, cmd)
	f := cmd.Flags()
	f.StringVarP(&o.name, "name", "n", "", "its new `NAME`; an empty one takes its name away")
	f.StringVar(&o.role, "role", "", "its new `ROLE`, by name or id")
	f.StringVar(&o.organizationRole, "organization-role", "", "its new `ROLE` in the organization: ADMIN, MEMBER or EXTERNAL")
	f.StringVar(&o.kind, "type", "", "its new type: service or personal")
	o.plainFlags(cmd, "changed")
	o.resumeFlags(cmd)
	completeWords(cmd, "type", desk.Service, desk.Personal)
	completeWords(cmd, "organization-role", organizationRoles...)
	a.completeRoles(cmd, "role")
	return cmd
}

// check tells what is wrong with the flags, before anything is asked of anybody.
func (o *editOptions) check() error {
	if err := o.where.check(); err != nil {
		return err
	}
	o.kind, o.organizationRole = strings.ToLower(o.kind), strings.ToUpper(o.organizationRole)
	changed := o.cmd.Flags().Changed
	switch {
	case changed("type") && o.kind != desk.Service && o.kind != desk.Personal:
		return wrongUsage("it is service or personal", "no type of key is called %q", o.kind)
	case changed("organization-role") && !slices.Contains(organizationRoles, o.organizationRole):
		return wrongUsage("there are ADMIN, MEMBER and EXTERNAL", "no organization role is called %q", o.organizationRole)
	case changed("role") && o.role == "":
		return wrongUsage("leave it out to keep the role", "--role is empty")
	}
	return nil
}

// says tells whether a flag says what to change.
func (o *editOptions) says() bool {
	return slices.ContainsFunc([]string{"name", "role", "organization-role", "type"}, o.cmd.Flags().Changed)
}

// change is what the flags come to.
func (o *editOptions) change(roles []client.Role) (client.Change, error) {
	var c client.Change
	changed := o.cmd.Flags().Changed
	if changed("name") {
		c.Name = &o.name
	}
	if changed("organization-role") {
		c.OrganizationRole = &o.organizationRole
	}
	if changed("type") {
		personal := o.kind == desk.Personal
		c.Personal = &personal
	}
	if changed("role") {
		role, err := findRole(o.role, roles)
		if err != nil {
			return c, err
		}
		if role.ID == "" {
			return c, &missingError{"no role is called " + visible.Line(o.role), "a key's role can be changed to one that has a name"}
		}
		c.RoleID = &role.ID
	}
	return c, nil
}

// edit changes a key, or says what it would change.
func (a *app) edit(ctx context.Context, o *editOptions, ref string) error {
	q, asks := a.questions()
	switch {
	case !asks && !o.says():
		return wrongUsage("--name, --role, --organization-role and --type say it", "without a terminal nothing is asked: what shall be changed?")
	case !asks && !o.yes && !o.dryRun:
		return wrongUsage("--yes changes it, --dry-run says what would change", "without a terminal nothing is asked")
	}
	f, err := a.read(ctx, &o.where)
	if err != nil {
		return err
	}
	row, err := f.key(ref)
	if err != nil {
		return err
	}
	if err := f.may(row); err != nil {
		return err
	}
	roles, err := f.Roles(ctx)
	if err != nil && (o.cmd.Flags().Changed("role") || !o.says()) {
		return err
	}
	var change client.Change
	if o.says() {
		change, err = o.change(roles)
	} else {
		change, err = askChange(ctx, q, f.who, row, roles)
	}
	if err != nil {
		return unchanged(err)
	}
	if err := allowed(f.who.OverChange(row, change)); err != nil {
		return err
	}
	return a.apply(ctx, o, &editing{f, row, change, f.Plan(row, change), f.Warnings(row, change)}, q)
}

// editing is a change that is about to be made.
type editing struct {
	*found
	row      *desk.Row
	change   client.Change
	plan     []desk.Difference
	warnings []string
}

// unchanged says of an end of input that nothing was changed.
func unchanged(err error) error {
	if errors.Is(err, errNoMoreInput) {
		return wrongUsage("", "%w; nothing was changed", err)
	}
	return err
}

// apply shows the change, asks, and makes it.
func (a *app) apply(ctx context.Context, o *editOptions, e *editing, q *questions) error {
	if len(e.plan) == 0 {
		a.say("fob: " + e.row.Label() + " is so already; nothing was sent")
		return a.writeEdited(o, e, desk.Edited{Key: e.row.Key, State: desk.AlreadySo})
	}
	facts := make([]fact, len(e.plan))
	for i, p := range e.plan {
		facts[i] = fact{p.Field, p.Before + " -> " + p.After}
	}
	if !o.asJSON || !o.dryRun && !o.yes {
		if err := a.showPlan(o, e, facts); err != nil {
			return err
		}
	}
	if o.dryRun {
		a.say("fob: nothing was changed")
		return a.writeEdited(o, e, desk.Edited{Key: e.row.Key, State: desk.NeverAttempted})
	}
	if !o.yes {
		yes, err := q.confirm(ctx, "Change "+e.row.Label()+"?")
		if err != nil {
			return unchanged(err)
		}
		if !yes {
			return errKept
		}
	}
	defer a.underWay(ctx, e.Desk)()
	edited, err := e.Edit(ctx, e.row, e.change)
	for _, text := range edited.Warnings {
		a.warn(text)
	}
	switch {
	case err != nil && ctx.Err() != nil:
		a.say("fob: " + err.Error())
	case err == nil:
		a.say("fob: " + e.row.Label() + " is changed")
	}
	if written := a.writeEdited(o, e, edited); err == nil {
		err = written
	}
	return err
}

// showPlan shows what is different: with --dry-run it is what was asked for, otherwise it is talk.
func (a *app) showPlan(o *editOptions, e *editing, facts []fact) error {
	if !o.dryRun {
		a.say(e.row.Label() + ":")
		for _, f := range facts {
			a.say(f.label + ": " + f.text)
		}
		a.notes(e.warnings)
		return nil
	}
	for _, text := range e.warnings {
		facts = append(facts, fact{"note", text})
	}
	out := bufio.NewWriter(a.Out)
	writeFacts(out, facts, a.labelWidth(facts), a.takesUTF8())
	return out.Flush()
}

// writeEdited writes the JSON, where it was asked for.
func (a *app) writeEdited(o *editOptions, e *editing, edited desk.Edited) error {
	if !o.asJSON {
		return nil
	}
	out := editOutput{
		Schema: 1, DryRun: o.dryRun, OrganizationID: unlessEmpty(organizationOf(e.Desk, e.who)), State: string(edited.State),
		Key: newKeyOutput(e.Row(edited.Key, o.scope())), Changes: make([]changeOutput, len(e.plan)), Warnings: notNil(e.warnings),
	}
	for i, p := range e.plan {
		out.Changes[i] = changeOutput{p.Field, p.Before, p.After}
	}
	out.Warnings = append(out.Warnings, edited.Warnings...)
	return writeJSON(a.Out, out)
}

// askChange asks what to change of a key, until that is all.
func askChange(ctx context.Context, q *questions, who desk.Identity, row *desk.Row, roles []client.Role) (client.Change, error) {
	var c client.Change
	for {
		i, err := q.choose(ctx, "What shall be changed of "+row.Label()+"?", []choice{
			{"name", row.Name}, {"role", row.Role}, {"organization role", row.OrgRole}, {"type", row.Type}, {"no more", "go on"},
		}, 4)
		if err != nil {
			return c, err
		}
		switch i {
		case 0:
			err = askNewName(ctx, q, &c)
		case 1:
			err = askNewRole(ctx, q, roles, &c)
		case 2:
			c.OrganizationRole, err = askOrganizationRole(ctx, q, who, -1)
		case 3:
			if i, err = q.choose(ctx, "Which type?", []choice{{desk.Service, ""}, {desk.Personal, ""}}, -1); err == nil {
				personal := i == 1
				c.Personal = &personal
			}
		case 4:
			return c, nil
		}
		if err != nil {
			return c, err
		}
	}
}

// askOrganizationRole asks for one of the organization roles that a key may be given. preset counts from Member on, -1 is
// none.
func askOrganizationRole(ctx context.Context, q *questions, who desk.Identity, preset int) (*string, error) {
	roles, choices := organizationRoles[1:], []choice{{"MEMBER", ""}, {"EXTERNAL", ""}}
	if who.MakesAdmins() {
		roles, choices = organizationRoles, append([]choice{{"ADMIN", "manages organization keys"}}, choices...)
		if preset >= 0 {
			preset++
		}
	}
	i, err := q.choose(ctx, "Which organization role?", choices, preset)
	if err != nil {
		return nil, err
	}
	return &roles[i], nil
}

func askNewName(ctx context.Context, q *questions, c *client.Change) error {
	name, err := q.text(ctx, "Its new name? Enter alone takes its name away", "", nil)
	if err == nil {
		c.Name = &name
	}
	return err
}

func askNewRole(ctx context.Context, q *questions, roles []client.Role, c *client.Change) error {
	if len(roles) == 0 {
		q.wrong("the platform names no roles")
		return nil
	}
	choices := make([]choice, len(roles))
	for i, r := range roles {
		choices[i] = choice{visible.Line(r.Name), visible.Line(r.Description)}
	}
	i, err := q.choose(ctx, "Which role?", choices, -1)
	if err == nil {
		c.RoleID = &roles[i].ID
	}
	return err
}
