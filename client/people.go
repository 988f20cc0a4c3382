package client

import (
	"context"
	"net/url"
)

// Me returns who the credential belongs to (GET /me).
func (c *Client) Me(ctx context.Context) (Me, error) {
	var me Me
	k := call{op: "ask who this is", path: "/me", expects: "a person"}
	err := c.get(ctx, k, func(a answer) error {
		d, err := newDocument(a.body, true)
		if err != nil {
			return err
		}
		me = Me{}
		organized := false
		isObject := d.members(d.space(0), func(name string, from, to int) {
			switch name {
			case "user_id":
				me.UserID, _ = d.id(from, to)
			case "id":
				if me.UserID == "" {
					me.UserID, _ = d.id(from, to)
				}
			case "email":
				d.plain(from, to, &me.Email)
			case "given_name":
				d.plain(from, to, &me.GivenName)
			case "family_name":
				d.plain(from, to, &me.FamilyName)
			case "organization":
				me.Organization, organized = readOrganization(d, from, to)
			}
		})
		if !isObject || me.UserID == "" && me.Email == "" && !organized {
			return errAnswer
		}
		return nil
	})
	return me, err
}

// Organizations returns the organizations that the credential's person belongs to (GET /sso/organizations).
func (c *Client) Organizations(ctx context.Context) ([]Organization, error) {
	var organizations []Organization
	k := call{op: "list the organizations", path: "/sso/organizations", expects: "a list of organizations"}
	err := c.get(ctx, k, func(a answer) error {
		d, err := newDocument(a.body, true)
		if err != nil {
			return err
		}
		p, err := readPage(d, "organizations", readOrganization)
		if err == nil && p.odd > 0 {
			err = errAnswer
		}
		organizations = p.items
		return err
	})
	return organizations, err
}

// readOrganization reads an organization: an object, or its bare id.
func readOrganization(d document, from, to int) (Organization, bool) {
	var o Organization
	if id, ok := d.id(from, to); ok {
		o.ID = id
		return o, true
	}
	isObject := d.members(from, func(name string, from, to int) {
		switch name {
		case "organization_id":
			if id, ok := d.id(from, to); ok {
				o.ID = id
			}
		case "id":
			if id, ok := d.id(from, to); ok && o.ID == "" {
				o.ID = id
			}
		case "name":
			d.plain(from, to, &o.Name)
		case "role", "organization_role":
			o.Role = d.roleName(from, to)
		case "workspaces":
			d.elements(from, func(from, to int) {
				m := Membership{Name: d.name(from, to, "workspace_name")}
				d.members(from, func(name string, from, to int) {
					if name == "role" {
						m.Role = d.roleName(from, to)
					}
				})
				o.Workspaces = append(o.Workspaces, m)
			})
		}
	})
	return o, isObject
}

// roleName reads a role that may be a text or an object with a name; "" if it is neither.
func (d document) roleName(from, to int) string { return d.name(from, to, "role") }

// name reads the name of something: a bare text, or an object's "name" or, without one, the field also.
func (d document) name(from, to int, also string) string {
	var s, second string
	if d.plain(from, to, &s) {
		return s
	}
	d.members(from, func(name string, from, to int) {
		switch name {
		case "name":
			d.plain(from, to, &s)
		case also:
			d.plain(from, to, &second)
		}
	})
	return orDefault(s, second)
}

// Users reads the members of the organization (GET /users), those who have left and external ones too. progress may be
// nil; what it is told and what is returned is as for ListKeys.
func (c *Client) Users(ctx context.Context, progress func(Progress[User])) (Listing[User], error) {
	return list(ctx, c, source[User]{
		op: "list the users", path: "/users", expects: "a list of users",
		query: url.Values{"include_deleted": {"true"}, "include_external": {"true"}},
		id:    func(u *User) string { return u.ID },
		decode: func(body []byte) (page[User], error) {
			d, err := newDocument(body, true)
			if err != nil {
				return page[User]{}, err
			}
			return readPage(d, "users", readUser)
		},
	}, progress)
}

func readUser(d document, from, _ int) (User, bool) {
	var u User
	isObject := d.members(from, func(name string, from, to int) {
		switch name {
		case "user_id":
			if id, ok := d.id(from, to); ok {
				u.ID = id
			}
		case "id":
			if id, ok := d.id(from, to); ok && u.ID == "" {
				u.ID = id
			}
		case "email":
			d.plain(from, to, &u.Email)
		case "given_name":
			d.plain(from, to, &u.GivenName)
		case "family_name":
			d.plain(from, to, &u.FamilyName)
		case "role", "organization_role":
			if role := d.roleName(from, to); role != "" {
				u.Role = role
			}
		case "deleted":
			d.boolField(from, &u.Deleted)
		}
	})
	return u, isObject
}
