package desk

import (
	"strings"
	"time"

	"fob/client"
	"fob/client/visible"
)

// ExpiringWithin is how long before its end a key counts as expiring.
const ExpiringWithin = 30 * 24 * time.Hour

// NotShown stands wherever the platform didn't send a value.
const NotShown = "not shown"

// Status is a key's state at a given time, as a word.
type Status string

// The states of a key. StatusUnknown is that of a key whose end the platform doesn't show.
const (
	StatusActive   Status = "active"
	StatusExpiring Status = "expiring"
	StatusExpired  Status = "expired"
	StatusUnknown  Status = NotShown

	// StatusRevoked is that of a key of the stash that was revoked from this machine: the platform's lists have none.
	StatusRevoked Status = "revoked"
)

// Row is a key as people see it: the platform's facts in words, joined with what this machine knows of it. Every text
// in it has been made safe to show; Key holds what the platform sent.
type Row struct {
	Key       client.Key
	Name      string   // the name, or "9f1c4e2a (unnamed)"
	Named     bool     //
	Type      string   // "service", "personal" or NotShown
	Role      string   // the role's name, or the organization role, or NotShown
	OrgRole   string   // "ADMIN", …, or NotShown
	Scope     string   // "all workspaces", "claims-search", "3 workspaces" or NotShown
	Reach     []string // the workspaces' names; nil where it is all of them or not shown
	All       bool     // every workspace
	CreatedBy string
	Status    Status
	Kept      bool // this machine keeps it
}

// Type words.
const (
	Service  = "service"
	Personal = "personal"
)

// NewRow puts a key into words. workspace is the tab's own workspace, "" on the organization's; now is the platform's.
func NewRow(k client.Key, workspace string, names Names, now time.Time) Row {
	r := Row{Key: k, Type: NotShown, Role: NotShown, OrgRole: NotShown, Scope: NotShown, CreatedBy: NotShown}
	r.Name, r.Named = displayName(k)
	if personal, ok := k.Personal.Get(); ok {
		r.Type = Service
		if personal {
			r.Type = Personal
		}
	}
	if role, ok := k.OrganizationRole.Get(); ok && role != "" {
		r.OrgRole = visible.Line(role)
	}
	if role, ok := k.Role.Get(); ok {
		r.Role = visible.Line(names.role(role))
	} else if r.OrgRole != NotShown {
		r.Role = roleWord(r.OrgRole)
	}
	r.setScope(k, workspace, names)
	if user, ok := k.User.Get(); ok {
		if name := PersonName(user); name != "" {
			r.CreatedBy = name
		}
	}
	r.Status = StatusAt(k, now)
	return r
}

func (r *Row) setScope(k client.Key, workspace string, names Names) {
	reach, ok := k.Workspaces.Get()
	switch {
	case ok && len(reach) > 0:
		for _, w := range reach {
			r.Reach = append(r.Reach, visible.Line(names.workspace(w)))
		}
	case k.Workspaces.Shown(): // empty or null
		r.All = true
	case workspace != "": // that list holds the keys of this workspace alone
		r.Reach = []string{visible.Line(workspace)}
	default:
		return
	}
	switch {
	case r.All:
		r.Scope = "all workspaces"
	case len(r.Reach) == 1:
		r.Scope = r.Reach[0]
	default:
		r.Scope = plural(len(r.Reach), "workspace")
	}
}

// Wide tells whether revoking the key may hurt more than one person: it reaches beyond one workspace, or administers.
func (r *Row) Wide() bool {
	return r.All || len(r.Reach) > 1 || strings.EqualFold(r.OrgRole, "ADMIN")
}

// Label is the row's name with the start of its id, for lists of things that are about to happen.
func (r *Row) Label() string {
	if !r.Named {
		return r.Name
	}
	return r.Name + " (" + ShortID(r.Key.ID) + ")"
}

// ShortID is the start of an id, as the tables show it.
func ShortID(id string) string {
	runes := []rune(visible.Line(id))
	if len(runes) > 8 {
		runes = runes[:8]
	}
	return string(runes)
}

func displayName(k client.Key) (string, bool) {
	if name, ok := k.Name.Get(); ok && strings.TrimSpace(name) != "" {
		return visible.Line(name), true
	}
	return ShortID(k.ID) + " (unnamed)", false
}

// PersonName is the person's name, or e-mail address, made safe to show; "" if nothing is known.
func PersonName(p client.PersonRef) string {
	name := strings.TrimSpace(p.GivenName + " " + p.FamilyName)
	if name == "" {
		name = p.Email
	}
	return visible.Line(name)
}

// StatusAt tells a key's state at the time now.
func StatusAt(k client.Key, now time.Time) Status {
	at, ok := k.ExpiresAt.Get()
	switch {
	case !k.ExpiresAt.Shown():
		return StatusUnknown
	case !ok:
		return StatusActive
	case !at.After(now):
		return StatusExpired
	case at.Before(now.Add(ExpiringWithin)):
		return StatusExpiring
	}
	return StatusActive
}

// Organization roles as words.
const (
	roleAdmin    = "Admin"
	roleMember   = "Member"
	roleExternal = "External"
)

func roleWord(organizationRole string) string {
	switch strings.ToUpper(organizationRole) {
	case "ADMIN":
		return roleAdmin
	case "MEMBER":
		return roleMember
	case "EXTERNAL":
		return roleExternal
	}
	return organizationRole
}

// Names tells the names behind ids that the platform may send alone.
type Names struct {
	Roles      map[string]string // by role id
	Workspaces map[string]string // by workspace id
}

func (n Names) role(r client.RoleRef) string           { return named(r.Name, r.ID, n.Roles) }
func (n Names) workspace(w client.WorkspaceRef) string { return named(w.Name, w.ID, n.Workspaces) }

func named(name, id string, names map[string]string) string {
	if name != "" {
		return name
	}
	if name := names[id]; name != "" {
		return name
	}
	return ShortID(id)
}
