package sandbox

import (
	"net/http"
	"strconv"
)

type meJSON struct {
	UserID       string         `json:"user_id"`
	Email        *string        `json:"email"`
	GivenName    string         `json:"given_name"`
	FamilyName   string         `json:"family_name"`
	Organization meOrganization `json:"organization"`
}

type meOrganization struct {
	ID         string        `json:"organization_id"`
	Name       string        `json:"name"`
	Role       string        `json:"role"`
	Workspaces []meWorkspace `json:"workspaces"`
}

type meWorkspace struct {
	Name string `json:"name"`
	Role string `json:"role"`
}

// getMe answers for a service key, too, which is nobody: its own id and name stand where a person's would.
func getMe(c *call) (*reply, *refusal) {
	out := meJSON{Organization: meOrganization{ID: c.org.id, Name: c.org.name, Workspaces: []meWorkspace{}}}
	if c.member != nil {
		p := c.member.person
		out.UserID, out.Email, out.GivenName, out.FamilyName = p.id, &p.email, p.given, p.family
		out.Organization.Role = c.member.role
	} else {
		out.UserID, out.GivenName = c.key.id, c.key.name
	}
	if c.key != nil {
		out.Organization.Role = c.key.orgRole
	}
	for _, w := range c.org.workspaces {
		if r := c.role(w); r != nil {
			out.Organization.Workspaces = append(out.Organization.Workspaces, meWorkspace{w.name, r.name})
		}
	}
	return &reply{http.StatusOK, marshal(out)}, nil
}

type organizationsJSON struct {
	Organizations []organizationJSON `json:"organizations"`
}

type organizationJSON struct {
	ID   string `json:"organization_id"`
	Name string `json:"name"`
}

func listOrganizations(c *call) (*reply, *refusal) {
	out := organizationsJSON{[]organizationJSON{}}
	if c.key != nil {
		out.Organizations = append(out.Organizations, organizationJSON{c.org.id, c.org.name})
		return &reply{http.StatusOK, marshal(out)}, nil
	}
	for _, o := range c.member.person.homes {
		if m := o.member(c.member.person); m != nil && !m.left {
			out.Organizations = append(out.Organizations, organizationJSON{o.id, o.name})
		}
	}
	return &reply{http.StatusOK, marshal(out)}, nil
}

type workspaceJSON struct {
	ID          string `json:"workspace_id"`
	Name        string `json:"name"`
	Languages   string `json:"languages"`
	IdleTimeout int    `json:"default_idle_timeout_in_seconds"`
}

func listWorkspaces(c *call) (*reply, *refusal) {
	out := []workspaceJSON{}
	for _, w := range c.org.workspaces {
		if c.role(w) != nil {
			out = append(out, workspaceJSON{w.id, w.name, w.language, w.idle})
		}
	}
	return &reply{http.StatusOK, marshal(out)}, nil
}

type userJSON struct {
	UserID     string `json:"user_id"`
	Email      string `json:"email"`
	GivenName  string `json:"given_name"`
	FamilyName string `json:"family_name"`
	Role       string `json:"role"`
	Deleted    bool   `json:"deleted"`
}

func listUsers(c *call) (*reply, *refusal) {
	deleted, refused := flag(c, "include_deleted")
	if refused != nil {
		return nil, refused
	}
	external, refused := flag(c, "include_external")
	if refused != nil {
		return nil, refused
	}
	q, refused := readPageQuery(c.query, 100)
	if refused != nil {
		return nil, refused
	}
	var members []*member
	for _, m := range c.org.members {
		if (deleted || !m.left) && (external || m.role != roleExternal) {
			members = append(members, m)
		}
	}
	shown, more, refused := page(members, q, func(id string) (int64, bool) {
		for _, m := range c.org.members {
			if m.person.id == id {
				return m.place, true
			}
		}
		return 0, false
	})
	if refused != nil {
		return nil, refused
	}
	items := make([][]byte, 0, len(shown))
	for _, m := range shown {
		p := m.person
		items = append(items, marshal(userJSON{p.id, p.email, p.given, p.family, m.role, m.left}))
	}
	return &reply{http.StatusOK, envelope(items, more, len(members))}, nil
}

func flag(c *call, name string) (bool, *refusal) {
	if !c.query.Has(name) {
		return false, nil
	}
	set, err := strconv.ParseBool(c.query.Get(name))
	if err != nil {
		return false, invalidQuery(name, "neither true nor false")
	}
	return set, nil
}

type roleJSON struct {
	ID          string   `json:"role_id"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Permissions []string `json:"permissions"`
}

func listRoles(c *call) (*reply, *refusal) {
	if c.vars[0] != c.org.id {
		return nil, forbidden("you do not belong to this organization")
	}
	q, refused := readPageQuery(c.query, 100)
	if refused != nil {
		return nil, refused
	}
	shown, more, refused := page(c.org.roles, q, func(id string) (int64, bool) {
		if r := c.org.role(id); r != nil {
			return r.place, true
		}
		return 0, false
	})
	if refused != nil {
		return nil, refused
	}
	items := make([][]byte, 0, len(shown))
	for _, r := range shown {
		items = append(items, marshal(roleJSON{r.id, r.name, r.description, r.permissions}))
	}
	return &reply{http.StatusOK, envelope(items, more, len(c.org.roles))}, nil
}

type personJSON struct {
	UserID     string `json:"user_id"`
	Email      string `json:"email"`
	GivenName  string `json:"given_name"`
	FamilyName string `json:"family_name"`
}

func personFragment(p *person) []byte {
	return marshal(personJSON{p.id, p.email, p.given, p.family})
}
