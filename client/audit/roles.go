package audit

import (
	"strings"
	"unicode"

	"fob/client"
)

// answer is yes, no, or not known.
type answer int

const (
	unknown answer = iota
	yes
	no
)

// roles are the roles that keys can have.
type roles struct {
	policy Policy
	byID   map[string]client.Role
	byName map[string]client.Role // in lower case
	known  map[client.RoleRef]answer
}

func newRoles(all []client.Role, p Policy) roles {
	r := roles{policy: p, byID: map[string]client.Role{}, byName: map[string]client.Role{}, known: map[client.RoleRef]answer{}}
	for _, role := range all {
		if role.ID != "" {
			r.byID[role.ID] = role
		}
		if role.Name != "" {
			r.byName[strings.ToLower(role.Name)] = role
		}
	}
	return r
}

// role returns what is known of a key's role.
func (r *roles) role(ref client.RoleRef) client.Role {
	if role, ok := r.byID[ref.ID]; ok && ref.ID != "" {
		return role
	}
	if role, ok := r.byName[strings.ToLower(ref.Name)]; ok && ref.Name != "" && ref.ID == "" {
		return role
	}
	return client.Role{ID: ref.ID, Name: ref.Name}
}

// name is the name of a key's role in workspaces; "" if it isn't known.
func (r *roles) name(k *client.Key) string {
	ref, ok := k.Role.Get()
	if !ok {
		return ""
	}
	if ref.Name != "" {
		return ref.Name
	}
	return r.role(ref).Name
}

// query tells whether a key can query at all: the organization's admins can, the roles that the policy names can, and
// of others it is in what they permit, where the platform shows that.
func (r *roles) query(k *client.Key) answer {
	if isAdmin(k) {
		return yes
	}
	ref, ok := k.Role.Get()
	if !ok {
		return unknown
	}
	a, ok := r.known[ref]
	if !ok {
		a = r.queries(r.role(ref))
		r.known[ref] = a
	}
	return a
}

func (r *roles) queries(role client.Role) answer {
	for _, name := range r.policy.QueryingRoles {
		if strings.EqualFold(name, role.Name) && name != "" {
			return yes
		}
	}
	permissions, ok := role.Permissions.Get()
	if !ok || len(permissions) == 0 {
		return unknown // none at all is how a platform may show one of its own roles
	}
	for _, p := range permissions {
		if r.permits(p) {
			return yes
		}
	}
	return no
}

// permits tells whether a permission is one to query: one of its words says so, and none says history, which is about
// reading what others asked.
func (r *roles) permits(permission string) bool {
	if permission == "*" {
		return true
	}
	found := false
	for _, word := range strings.FieldsFunc(strings.ToLower(permission), func(c rune) bool { return !unicode.IsLetter(c) }) {
		if word == "history" {
			return false
		}
		for _, query := range r.policy.QueryPermissions {
			found = found || strings.EqualFold(word, query)
		}
	}
	return found
}
