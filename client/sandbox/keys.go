package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"
)

// nameLimit is in characters; the platform's own is not published.
const nameLimit = 255

const keysNeedAPerson = "API keys can't create, change or delete API keys: a user session is needed"

func listKeys(c *call) (*reply, *refusal) {
	if c.key == nil && !c.admin() {
		return nil, forbidden("only an organization admin can see the organization's API keys")
	}
	return c.keyPage(c.org.keys.all)
}

func listWorkspaceKeys(c *call) (*reply, *refusal) {
	w, refused := c.workspace(c.vars[0])
	if refused != nil {
		return nil, refused
	}
	return c.keyPage(c.org.keys.byWorkspace[w])
}

func (c *call) keyPage(keys []*key) (*reply, *refusal) {
	q, refused := readPageQuery(c.query, 100)
	if refused != nil {
		return nil, refused
	}
	shown, more, refused := page(keys, q, c.org.keys.place)
	if refused != nil {
		return nil, refused
	}
	items := make([][]byte, 0, len(shown))
	for _, k := range shown {
		items = append(items, k.json())
	}
	return &reply{http.StatusOK, envelope(items, more, len(keys))}, nil
}

// workspace finds a workspace that the caller reaches.
func (c *call) workspace(ref string) (*workspace, *refusal) {
	w := c.org.workspace(ref)
	if w == nil {
		return nil, notFound("there is no workspace %q", ref)
	}
	if c.role(w) == nil {
		return nil, forbidden("you have no access to this workspace")
	}
	return w, nil
}

type draftJSON struct {
	Expires          *bool     `json:"expires"`
	ExpiresAt        *string   `json:"expires_at"`
	Name             *string   `json:"name"`
	OrganizationRole *string   `json:"organization_role"`
	Personal         *bool     `json:"personal"`
	RoleID           *string   `json:"role_id"`
	Workspaces       *[]string `json:"workspaces"`
}

type issuedJSON struct {
	APIToken string `json:"api_token"`
}

func createKey(c *call) (*reply, *refusal) {
	if c.key != nil {
		return nil, forbidden(keysNeedAPerson)
	}
	var draft draftJSON
	if refused := decode(c.body, &draft, nil); refused != nil {
		return nil, refused
	}
	k := &key{personal: true, orgRole: roleMember, created: c.now.UTC(), maker: c.member.person}
	if draft.Personal != nil {
		k.personal = *draft.Personal
	}
	var faults []fieldFault
	faults = append(faults, setName(k, draft.Name)...)
	faults = append(faults, setOrganizationRole(k, draft.OrganizationRole)...)
	faults = append(faults, setRole(c, k, draft.RoleID)...)
	// expires is true unless given; without a time there is nothing that could expire.
	if draft.ExpiresAt != nil && (draft.Expires == nil || *draft.Expires) {
		at, err := time.Parse(time.RFC3339Nano, *draft.ExpiresAt)
		switch {
		case err != nil || at.UTC().Year() > 9999:
			faults = append(faults, bodyFault("expires_at", "not a time", "type_error.datetime"))
		case !at.After(c.now):
			faults = append(faults, bodyFault("expires_at", "in the past", "value_error.date"))
		default:
			k.expires = at.UTC()
		}
	}
	if len(faults) > 0 {
		return nil, invalid(faults...)
	}
	if refused := setWorkspaces(c, k, draft.Workspaces); refused != nil {
		return nil, refused
	}
	if refused := c.mayManage(k); refused != nil {
		return nil, refused
	}
	if k.role == nil {
		k.role = c.ownRole(k)
	}
	k.id = randomUUID()
	k.labels = &keyLabels{k.name, k.personal}
	c.org.keys.add(k)
	return &reply{http.StatusOK, marshal(issuedJSON{c.sandbox.mint.secretOf(c.org, k).Reveal()})}, nil
}

// ownRole is what a key gets that was made without one: its creator's own role.
func (c *call) ownRole(k *key) *role {
	if w := k.only(); w != nil {
		return c.role(w)
	}
	return c.org.roleNamed(presetEditor) // an admin has write access everywhere, and only an admin gets here
}

// mayManage refuses those who have no say over k, or who would give it more than they have.
func (c *call) mayManage(k *key) *refusal {
	if c.admin() {
		return nil
	}
	w := k.only()
	if w == nil {
		return forbidden("only an organization admin can manage organization API keys")
	}
	if own := c.role(w); own == nil || own.name != presetEditor {
		return forbidden("only an editor of the workspace can manage its API keys")
	}
	if k.orgRole == roleAdmin {
		return forbidden("only an organization admin can give the admin role")
	}
	return nil
}

func setName(k *key, name *string) []fieldFault {
	if name == nil {
		return nil
	}
	if utf8.RuneCountInString(*name) > nameLimit {
		return []fieldFault{bodyFault("name", "longer than 255 characters", "value_error.any_str.max_length")}
	}
	k.name = *name
	return nil
}

func setOrganizationRole(k *key, name *string) []fieldFault {
	if name == nil {
		return nil
	}
	if !slices.Contains([]string{roleAdmin, roleMember, roleExternal}, *name) {
		return []fieldFault{bodyFault("organization_role", "not one of ADMIN, MEMBER, EXTERNAL", "type_error.enum")}
	}
	k.orgRole = *name
	return nil
}

func setRole(c *call, k *key, id *string) []fieldFault {
	if id == nil {
		return nil
	}
	r := c.org.role(*id)
	if r == nil {
		return []fieldFault{bodyFault("role_id", "there is no such role", "value_error")}
	}
	k.role = r
	return nil
}

func setWorkspaces(c *call, k *key, refs *[]string) *refusal {
	if refs == nil {
		return nil
	}
	for _, ref := range *refs {
		w := c.org.workspace(ref)
		if w == nil {
			return notFound("there is no workspace %q", ref)
		}
		if !slices.Contains(k.workspaces, w) {
			k.workspaces = append(k.workspaces, w)
		}
	}
	return nil
}

type changeJSON struct {
	Name             *string `json:"name"`
	OrganizationRole *string `json:"organization_role"`
	Personal         *bool   `json:"personal"`
	RoleID           *string `json:"role_id"`
}

func changeKey(c *call) (*reply, *refusal) {
	k, refused := c.managedKey()
	if refused != nil {
		return nil, refused
	}
	var change changeJSON
	given := map[string]json.RawMessage{}
	if refused := decode(c.body, &change, given); refused != nil {
		return nil, refused
	}
	var faults []fieldFault
	twin := k.changed(func(k *key) {
		if string(given["name"]) == "null" {
			k.name = ""
		}
		if string(given["role_id"]) == "null" {
			k.role = nil
		}
		if change.Personal != nil {
			k.personal = *change.Personal
		}
		faults = append(faults, setName(k, change.Name)...)
		faults = append(faults, setOrganizationRole(k, change.OrganizationRole)...)
		faults = append(faults, setRole(c, k, change.RoleID)...)
	})
	for _, field := range []string{"organization_role", "personal"} {
		if string(given[field]) == "null" {
			faults = append(faults, bodyFault(field, "none is not an allowed value", "type_error.none.not_allowed"))
		}
	}
	if len(faults) > 0 {
		return nil, invalid(faults...)
	}
	if refused := c.mayManage(twin); refused != nil {
		return nil, refused
	}
	if twin.role == nil {
		twin.role = c.ownRole(twin)
	}
	c.org.keys.replace(twin)
	return &reply{status: http.StatusNoContent}, nil
}

func revokeKey(c *call) (*reply, *refusal) {
	k, refused := c.managedKey()
	if refused != nil {
		return nil, refused
	}
	c.org.keys.remove(k)
	return &reply{status: http.StatusNoContent}, nil
}

// managedKey finds the key of the path, if the caller has a say over it.
func (c *call) managedKey() (*key, *refusal) {
	if c.key != nil {
		return nil, forbidden(keysNeedAPerson)
	}
	k := c.org.keys.byID[c.vars[0]]
	if k == nil {
		return nil, notFound("there is no API key %q", c.vars[0])
	}
	return k, c.mayManage(k)
}
