package client

import (
	"bytes"
	"encoding/json"

	"fob/client/secret"
)

// readKey reads the key at from. Whatever has another type than expected counts as unknown and is kept raw, so that
// one strange field hides neither the rest of the key nor the list. It reports false if there is no object.
func readKey(d document, from, _ int) (Key, bool) {
	var k Key
	var named, maker Field[PersonRef]
	var roleID Field[string]
	isObject := d.members(from, func(name string, from, to int) {
		ok := false
		switch name {
		case "api_token_id":
			if id, fits := d.id(from, to); fits {
				k.ID, ok = id, true
			}
		case "id":
			if id, fits := d.id(from, to); fits && k.ID == "" {
				k.ID, ok = id, true
			}
		case "name":
			ok = d.textField(from, to, &k.Name)
		case "personal":
			ok = d.boolField(from, &k.Personal)
		case "organization_role":
			ok = d.textField(from, to, &k.OrganizationRole)
		case "role_id":
			ok = d.idField(from, to, &roleID)
		case "role":
			ok = d.roleField(from, to, &k.Role)
		case "workspaces":
			ok = d.workspacesField(from, &k.Workspaces)
		case "created_at":
			ok = d.timeField(from, to, &k.CreatedAt)
		case "expires_at":
			ok = d.timeField(from, to, &k.ExpiresAt)
		case "last_used_at":
			ok = d.timeField(from, to, &k.LastUsedAt)
		case "user":
			ok = d.personField(from, to, &named)
		case "created_by":
			ok = d.personField(from, to, &maker)
		}
		if !ok {
			if k.Unknown == nil {
				k.Unknown = make(map[string]json.RawMessage, 2)
			}
			k.Unknown[name] = d.unknown(name, from, to)
		}
	})
	k.User = named
	if _, ok := named.Get(); !ok && maker.Shown() {
		k.User = maker
	}
	k.Role = mergeRole(k.Role, roleID)
	return k, isObject
}

// unknown returns the raw value of a field that isn't known. A list has no business showing secrets; if it does, they
// go no further than here.
func (d document) unknown(name string, from, to int) json.RawMessage {
	raw := d.raw(from, to)
	if name == "api_token" || bytes.Contains(raw, []byte("eyJ")) && secret.Found(raw) {
		return json.RawMessage(`"[secret]"`)
	}
	return raw
}

// mergeRole joins what "role" and "role_id" say.
func mergeRole(role Field[RoleRef], id Field[string]) Field[RoleRef] {
	switch {
	case !id.Shown():
		return role
	case id.IsNull():
		if role.Shown() {
			return role
		}
		return Null[RoleRef]()
	}
	if role.Value.ID == "" {
		role.Value.ID = id.Value
	}
	return Some(role.Value)
}

// idField reads an identifier that may be null.
func (d document) idField(from, to int, f *Field[string]) (ok bool) {
	if d.isNull(from) {
		*f = Null[string]()
		return true
	}
	id, ok := d.id(from, to)
	if ok {
		*f = Some(id)
	}
	return ok
}

// reference reads what may be a name, an id, or an object that has both: the object's first field of ids and of names
// that fits.
func (d document) reference(from, to int, ids, names [2]string) (id, name string, ok bool) {
	switch {
	case d.b[from] == '"':
		text := d.text(from, to)
		if isUUID(text) {
			return text, "", true
		}
		return "", text, text != ""
	case d.b[from] != '{':
		id, ok = d.id(from, to)
		return id, "", ok
	}
	d.members(from, func(field string, from, to int) {
		switch field {
		case ids[0], ids[1]:
			if s, fits := d.id(from, to); fits && (id == "" || field == ids[0]) {
				id = s
			}
		case names[0], names[1]:
			var s string
			if d.plain(from, to, &s) && s != "" && (name == "" || field == names[0]) {
				name = s
			}
		}
	})
	return id, name, id != "" || name != ""
}

func (d document) roleField(from, to int, f *Field[RoleRef]) (ok bool) {
	if d.isNull(from) {
		*f = Null[RoleRef]()
		return true
	}
	id, name, ok := d.reference(from, to, [2]string{"role_id", "id"}, [2]string{"name", "role"})
	if ok {
		*f = Some(RoleRef{ID: id, Name: name})
	}
	return ok
}

// workspacesField reads the workspaces of a key. One element that can't be read makes the whole field unknown: a list
// that is shorter than it should be would show a key as narrower than it is, and an empty one means every workspace.
func (d document) workspacesField(from int, f *Field[[]WorkspaceRef]) bool {
	if d.isNull(from) {
		*f = Null[[]WorkspaceRef]()
		return true
	}
	workspaces := []WorkspaceRef{}
	all := true
	isArray := d.elements(from, func(from, to int) {
		id, name, ok := d.reference(from, to, [2]string{"workspace_id", "id"}, [2]string{"name", "workspace_name"})
		all = all && ok
		workspaces = append(workspaces, WorkspaceRef{ID: id, Name: name})
	})
	if isArray && all {
		*f = Some(workspaces)
	}
	return isArray && all
}

// personField reads who made a key: an object, or a bare id.
func (d document) personField(from, to int, f *Field[PersonRef]) bool {
	if d.isNull(from) {
		*f = Null[PersonRef]()
		return true
	}
	if id, ok := d.id(from, to); ok {
		*f = Some(PersonRef{ID: id})
		return true
	}
	var p PersonRef
	isObject := d.members(from, func(name string, from, to int) {
		switch name {
		case "user_id":
			if id, ok := d.id(from, to); ok {
				p.ID = id
			}
		case "id":
			if id, ok := d.id(from, to); ok && p.ID == "" {
				p.ID = id
			}
		case "given_name":
			d.plain(from, to, &p.GivenName)
		case "family_name":
			d.plain(from, to, &p.FamilyName)
		case "email":
			d.plain(from, to, &p.Email)
		}
	})
	if isObject {
		*f = Some(p)
	}
	return isObject
}
