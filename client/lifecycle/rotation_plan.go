package lifecycle

import (
	"slices"
	"strings"
	"time"

	"fob/client"
)

// Answers say what the new key shall be where that isn't to be taken from the old one: because the platform doesn't show
// it, or because somebody wants it otherwise. Nil is as the old one.
type Answers struct {
	Name             *string
	Personal         *bool
	OrganizationRole *string
	RoleID           *string // "" is the creator's own role
	AllWorkspaces    *bool
	Workspaces       []string // of more weight than AllWorkspaces
	Expiry           *Expiry
	Mine             bool // a personal key whose person isn't shown is that of who rotates it
}

// Expiry is when a key ends; a nil At is never.
type Expiry struct{ At *time.Time }

// Ground is what a plan is made on.
type Ground struct {
	Keys        []client.Key // that exist, for names
	Roles       []client.Role
	Workspaces  []client.Workspace
	Me          client.Me
	Now         time.Time
	LongestLife time.Duration // the policy's; 0: any
}

// Plan is a rotation before it begins.
type Plan struct {
	Old      client.Key
	Draft    client.Draft // of the new key
	RoleName string
	Scope    client.Scope // the list that has the old key, and will have the new one
	Unknown  []Missing    // what has to be said first
	Account  string       // under which this machine has the old key; "": it hasn't
	Spots    []Spot       // where it is
	Home     []Spot       // where the new one is to be kept, for a rotation that is gone on with
	Overlap  time.Duration
}

// PlanRotation makes the plan for a new key of the same type, role and workspaces, of a life as long as the old one's but
// no longer than the policy allows, and with a name that shows the lineage. What the platform doesn't show of the old key
// and a doesn't say is in Unknown: never is it left to the platform's own default. The error is a *NotMineError.
func PlanRotation(old client.Key, g Ground, a Answers) (Plan, error) {
	p := planning{Plan: Plan{Old: old}, g: g, a: a}
	if err := p.owner(); err != nil {
		return p.Plan, err
	}
	p.name()
	p.roles()
	p.workspaces()
	p.expiry()
	return p.Plan, nil
}

type planning struct {
	Plan
	g Ground
	a Answers
}

func (p *planning) ask(field, why string) { p.Unknown = append(p.Unknown, Missing{field, why}) }

// owner decides the type, and whether the new key may have it.
func (p *planning) owner() error {
	personal, shown := p.Old.Personal.Get()
	if p.a.Personal != nil {
		personal, shown = *p.a.Personal, true
	}
	if !shown {
		p.ask(FieldType, "the platform does not show whether it is personal")
		return nil
	}
	if p.Draft.Personal = personal; !personal {
		return nil
	}
	maker, _ := p.Old.User.Get()
	switch same, known := madeBy(maker, p.g.Me); {
	case known && !same:
		return &NotMineError{Owner: strings.TrimSpace(maker.GivenName + " " + maker.FamilyName)}
	case !known && !p.a.Mine:
		p.ask(FieldOwner, "it can't be told whose personal key it is, and the new one would be yours")
	}
	return nil
}

func (p *planning) name() {
	name, _ := p.Old.Name.Get()
	switch {
	case p.a.Name != nil:
		p.Draft.Name = *p.a.Name
	case !p.Old.Name.Shown():
		p.ask(FieldName, "the platform does not show its name")
	default:
		next := NextName(name, p.Old.ID, names(p.g.Keys))
		if why := nameProblem(next); why != "" {
			p.ask(FieldName, "its own can't be taken on: "+why)
			return
		}
		p.Draft.Name = next
	}
}

func (p *planning) roles() {
	role, shown := p.Old.OrganizationRole.Get()
	role = strings.ToUpper(strings.TrimSpace(role))
	switch {
	case p.a.OrganizationRole != nil:
		p.Draft.OrganizationRole = *p.a.OrganizationRole
	case !shown || !isOrganizationRole(role):
		p.ask(FieldOrganizationRole, "the platform does not show it")
	default:
		p.Draft.OrganizationRole = role
	}
	switch ref := p.role(); {
	case p.a.RoleID != nil:
		p.Draft.RoleID, p.RoleName = *p.a.RoleID, roleName(p.g.Roles, *p.a.RoleID)
	case ref.ID == "":
		p.ask(FieldRole, "the platform does not show its role, or none that could be sent")
	default:
		p.Draft.RoleID, p.RoleName = ref.ID, ref.Name
	}
}

// role is the old key's, with an id if there is any way to it.
func (p *planning) role() client.RoleRef {
	ref, _ := p.Old.Role.Get()
	return findRole(p.g.Roles, ref)
}

// findRole fills in what a reference to a role lacks. A name that two roles have leads to none.
func findRole(roles []client.Role, ref client.RoleRef) client.RoleRef {
	if ref.ID != "" {
		if ref.Name == "" {
			ref.Name = roleName(roles, ref.ID)
		}
		return ref
	}
	n := 0
	for _, r := range roles {
		if ref.Name != "" && r.Name == ref.Name && r.ID != "" {
			ref.ID = r.ID
			n++
		}
	}
	if n != 1 {
		ref.ID = ""
	}
	return ref
}

func roleName(roles []client.Role, id string) string {
	for _, r := range roles {
		if id != "" && strings.EqualFold(r.ID, id) {
			return r.Name
		}
	}
	return ""
}

func (p *planning) workspaces() {
	refs, _ := p.Old.Workspaces.Get()
	switch {
	case len(p.a.Workspaces) > 0:
		p.Draft.Workspaces = p.a.Workspaces
	case p.a.AllWorkspaces != nil && *p.a.AllWorkspaces:
		p.Draft.AllWorkspaces = true
	case !p.Old.Workspaces.Shown() || p.a.AllWorkspaces != nil && len(refs) == 0:
		p.ask(FieldWorkspaces, "the platform does not show which it reaches")
	case len(refs) == 0:
		p.Draft.AllWorkspaces = true
	default:
		for _, ref := range refs {
			name := ref.Name
			for _, w := range p.g.Workspaces {
				if name == "" && strings.EqualFold(w.ID, ref.ID) {
					name = w.Name
				}
			}
			if name == "" {
				p.Draft.Workspaces = nil
				p.ask(FieldWorkspaces, "the platform shows one that it has no name for")
				return
			}
			if !slices.Contains(p.Draft.Workspaces, name) {
				p.Draft.Workspaces = append(p.Draft.Workspaces, name)
			}
		}
	}
	if len(p.Draft.Workspaces) == 1 {
		p.Scope.Workspace = p.Draft.Workspaces[0]
	}
	if len(refs) != 1 || p.Scope.Workspace == "" || refs[0].Name != p.Scope.Workspace {
		p.Scope = client.Scope{} // the organization's list has both
	}
}

func (p *planning) expiry() {
	end, ends := p.Old.ExpiresAt.Get()
	born, dated := p.Old.CreatedAt.Get()
	life := end.Sub(born)
	switch {
	case p.a.Expiry != nil:
		p.Draft.ExpiresAt = p.a.Expiry.At
		return
	case !p.Old.ExpiresAt.Shown():
		p.ask(FieldExpiry, "the platform does not show when it ends")
		return
	case !ends && p.g.LongestLife == 0:
		return // never, as the old one
	case ends && (!dated || life <= 0):
		p.ask(FieldExpiry, "the platform does not show how long it was to live")
		return
	case !ends || p.g.LongestLife > 0 && life > p.g.LongestLife:
		life = p.g.LongestLife
	}
	at := p.g.Now.Add(life).UTC().Truncate(time.Second)
	p.Draft.ExpiresAt = &at
}
