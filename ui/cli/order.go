package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fob/client"
	"fob/client/visible"
	"fob/ui/desk"
)

// createOptions are what fob create is told about the key.
type createOptions struct {
	connection
	kind, name             string
	workspaces             []string
	all                    bool
	role, organizationRole string
	expires                string
	to                     []string
	replace, show          bool
	dryRun, yes, asJSON    bool

	places   []desk.Place
	roleName string // for people
}

// ownRole is what --role is called where the key has its creator's own.
const ownRole = "own"

var organizationRoles = []string{"ADMIN", "MEMBER", "EXTERNAL"}

func (o *createOptions) register(a *app, cmd *cobra.Command) {
	o.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.kind, "type", desk.Service, "service: belongs to nobody; personal: ends when you leave")
	f.StringVarP(&o.name, "name", "n", "", "its `NAME`; without one its id stands for it")
	f.StringArrayVarP(&o.workspaces, "workspace", "w", nil, "a workspace that it reaches, by its `NAME`; may be repeated")
	f.BoolVar(&o.all, "all-workspaces", false, "it reaches every workspace, future ones too")
	f.StringVar(&o.role, "role", "", "what it may do: the `ROLE`'s name or id; own is your own role")
	f.StringVar(&o.organizationRole, "organization-role", "MEMBER", "its `ROLE` in the organization: ADMIN, MEMBER or EXTERNAL")
	f.StringVar(&o.expires, "expires", "", "`WHEN` it ends: 90d, 2027-01-31 (the end of that day), an instant, or never")
	f.StringArrayVar(&o.to, "to", nil, "`DEST`ination of its secret; may be repeated (without it, the profile's)")
	f.BoolVar(&o.replace, "replace", false, "an API_KEY that the env file has already may be overwritten")
	f.BoolVar(&o.show, "show", false, "with --to stdout, show the secret on a terminal")
	f.BoolVar(&o.dryRun, "dry-run", false, "say what would be made, and make nothing")
	f.BoolVarP(&o.yes, "yes", "y", false, "make it without asking whether to")
	f.BoolVar(&o.asJSON, "json", false, "as JSON, for scripts; the secret is never in it")
	completeWords(cmd, "type", desk.Service, desk.Personal)
	completeWords(cmd, "organization-role", organizationRoles...)
	completeWords(cmd, "expires", "30d", "90d", "180d", "365d", "never")
	completeWords(cmd, "to", string(desk.InKeyring), string(desk.OnClipboard), string(desk.InEnvFile)+":.env", string(desk.InCommand)+":", string(desk.OnOutput))
	a.completeWorkspaces(cmd, "workspace")
	a.completeRoles(cmd, "role")
}

// check tells what is wrong with the flags, before anything is asked of anybody.
func (o *createOptions) check(a *app) error {
	o.kind = strings.ToLower(o.kind)
	o.organizationRole = strings.ToUpper(o.organizationRole)
	switch {
	case o.kind != desk.Service && o.kind != desk.Personal:
		return wrongUsage("it is service or personal", "no type of key is called %q", o.kind)
	case !slices.Contains(organizationRoles, o.organizationRole):
		return wrongUsage("there are ADMIN, MEMBER and EXTERNAL", "no organization role is called %q", o.organizationRole)
	case o.all && len(o.workspaces) > 0:
		return wrongUsage("take one of them", "--workspace and --all-workspaces exclude each other")
	case slices.Contains(o.workspaces, ""):
		return wrongUsage("--all-workspaces is every one", "--workspace is empty")
	}
	var err error
	if o.places, err = a.placesFor(o.to, o.replace, o.show); err != nil {
		return err
	}
	return o.checkOutput()
}

// checkOutput fails where two things want the output.
func (o *createOptions) checkOutput() error {
	if o.asJSON && onOutput(o.places) {
		return wrongUsage("take one of them", "--json and --to stdout both want the output")
	}
	return nil
}

// missing are the flags that only a person at a terminal could do without.
func (o *createOptions) missing() []string {
	var flags []string
	if !o.reaches() {
		flags = append(flags, "--workspace or --all-workspaces")
	}
	if !o.may() {
		flags = append(flags, "--role")
	}
	if o.expires == "" {
		flags = append(flags, "--expires")
	}
	if len(o.places) == 0 {
		flags = append(flags, "--to")
	}
	return flags
}

func (o *createOptions) reaches() bool { return o.all || len(o.workspaces) > 0 }

// may tells whether it is said what the key may do: an admin may do everything.
func (o *createOptions) may() bool { return o.role != "" || o.organizationRole == "ADMIN" }

// scope is where the key is made: in its only workspace, or on the organization.
func (o *createOptions) scope() client.Scope {
	if !o.all && len(o.workspaces) == 1 {
		return client.Scope{Workspace: o.workspaces[0]}
	}
	return client.Scope{}
}

// mayMake fails, before anything is asked, where what the flags say is known to be nothing that the person may make. It
// doesn't tell of a workspace that there is none of: order does.
func (o *createOptions) mayMake(all directory) error {
	switch {
	case all.who.ReadOnly:
		return allowed(all.who.Over(client.Scope{}))
	case !o.reaches() && o.organizationRole != "ADMIN":
		return nil // it is asked
	}
	if slices.ContainsFunc(o.workspaces, func(name string) bool { return knownWorkspace(name, all.workspaces) != nil }) {
		return nil
	}
	return allowed(all.who.OverDraft(client.Draft{AllWorkspaces: o.all, Workspaces: o.workspaces, OrganizationRole: o.organizationRole}))
}

// order is what the flags and answers come to.
func (o *createOptions) order(d *desk.Desk, all directory) (desk.Order, error) {
	draft := client.Draft{
		Name: o.name, Personal: o.kind == desk.Personal, OrganizationRole: o.organizationRole, AllWorkspaces: o.all, Workspaces: o.workspaces,
	}
	for _, name := range o.workspaces {
		if err := knownWorkspace(name, all.workspaces); err != nil {
			return desk.Order{}, err
		}
	}
	role, err := findRole(o.role, all.roles)
	if err != nil {
		return desk.Order{}, err
	}
	draft.RoleID, o.roleName = role.ID, role.Name
	if draft.ExpiresAt, err = d.ParseExpiry(o.expires); err != nil {
		return desk.Order{}, wrongUsage("for example --expires 90d, 2027-01-31 or never", "--expires can't be used: %w", err)
	}
	order := desk.Order{Draft: draft, Scope: o.scope(), RoleName: role.Name, Places: o.places}
	return order, d.Validate(order)
}

func knownWorkspace(name string, all []client.Workspace) error {
	near := ""
	for _, w := range all {
		if w.Name == name {
			return nil
		}
		if strings.EqualFold(w.Name, name) || strings.HasPrefix(w.Name, name) {
			near = w.Name
		}
	}
	if near != "" {
		return &missingError{fmt.Sprintf("no workspace is called %q", name), "did you mean " + visible.Line(near) + "?"}
	}
	names := make([]string, 0, 10)
	for _, w := range all[:min(len(all), cap(names))] {
		names = append(names, visible.Line(w.Name))
	}
	next := "there are " + strings.Join(names, ", ")
	if len(all) > len(names) {
		next += fmt.Sprintf(" and %d more", len(all)-len(names))
	}
	return &missingError{fmt.Sprintf("no workspace is called %q", name), next}
}

// findRole finds a role by its id or name; "" and "own" are the creator's own.
func findRole(text string, all []client.Role) (client.Role, error) {
	var alike []client.Role
	for _, r := range all {
		if r.ID == text || r.Name == text {
			alike = append(alike, r)
		}
	}
	if len(alike) == 0 && (text == "" || text == ownRole) {
		return client.Role{}, nil
	}
	if len(alike) == 0 {
		for _, r := range all {
			if strings.EqualFold(r.Name, text) {
				alike = append(alike, r)
			}
		}
	}
	names := make([]string, len(all))
	for i, r := range all {
		names[i] = visible.Line(r.Name)
	}
	switch len(alike) {
	case 1:
		return alike[0], nil
	case 0:
		return client.Role{}, &missingError{fmt.Sprintf("no role is called %q", text), "there are " + strings.Join(append(names, ownRole), ", ")}
	}
	ids := make([]string, len(alike))
	for i, r := range alike {
		ids[i] = visible.Line(r.ID)
	}
	return client.Role{}, wrongUsage("give the id: "+strings.Join(ids, ", "), "%d roles are called %q", len(alike), text)
}

// review are the facts about a key that is to be made.
func (o *createOptions) review(d *desk.Desk, order desk.Order, now time.Time) []fact {
	draft := order.Draft
	name, role, reach, end := draft.Name, o.roleName, strings.Join(draft.Workspaces, ", "), "never"
	if name == "" {
		name = "none: its id will stand for it"
	}
	switch {
	case role == "" && draft.RoleID != "":
		role = draft.RoleID
	case role == "":
		role = "your own"
	}
	switch {
	case draft.AllWorkspaces:
		reach = "every workspace, future ones too"
	case len(draft.Workspaces) == 1:
		reach += ", and no other"
	}
	if draft.ExpiresAt != nil {
		end = moment(*draft.ExpiresAt, now, d.Location())
	}
	facts := []fact{
		{"name", name},
		{"type", typeWords(o.kind)},
		{"role", role},
		{"organization role", draft.OrganizationRole},
		{"workspaces", reach},
		{"expires", end},
	}
	for _, p := range order.Places {
		facts = append(facts, fact{"goes to", placeWords(p, d)})
	}
	return facts
}
