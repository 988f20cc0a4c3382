package client

import (
	"context"
	"net/http"
)

// Roles reads the roles that a key can have (GET /organization/{id}/roles); "" is the organization that the client was
// made for.
func (c *Client) Roles(ctx context.Context, organizationID string) (Listing[Role], error) {
	op := "list the roles"
	id, err := segment(orDefault(organizationID, c.options.OrganizationID))
	if err != nil {
		return Listing[Role]{Why: err.Error()}, &Error{Op: op, Method: http.MethodGet, Path: "/api/v1/organization/{id}/roles", Message: err.Error(), Err: err}
	}
	return list(ctx, c, source[Role]{
		op: op, path: "/organization/" + id + "/roles", expects: "a list of roles",
		id: func(r *Role) string { return orDefault(r.ID, r.Name) },
		decode: func(body []byte) (page[Role], error) {
			d, err := newDocument(body, true)
			if err != nil {
				return page[Role]{}, err
			}
			return readPage(d, "roles", readRole)
		},
	}, nil)
}

// readRole reads a role: an object, or a bare name or id.
func readRole(d document, from, to int) (Role, bool) {
	var r Role
	id, name, ok := d.reference(from, to, [2]string{"role_id", "id"}, [2]string{"name", "role"})
	if !ok {
		return r, false
	}
	r.ID, r.Name = id, name
	d.members(from, func(name string, from, to int) {
		switch name {
		case "description":
			d.plain(from, to, &r.Description)
		case "permissions":
			switch {
			case d.isNull(from):
				r.Permissions = Null[[]string]()
			case d.b[from] == '[', d.b[from] == '"':
				r.Permissions = Some(d.words(from, to))
			}
		}
	})
	return r, true
}
