package lifecycle

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"fob/client"
)

// The organization roles of the platform, the one with the most rights first.
const (
	roleAdmin    = "ADMIN"
	roleMember   = "MEMBER"
	roleExternal = "EXTERNAL"
)

var organizationRoles = []string{roleAdmin, roleMember, roleExternal}

// rounding is how far two forms of one instant may lie apart: a JWT's exp has no fractions, other places may have any.
const rounding = time.Second

// everyWorkspace and notShown are said in several places.
const (
	everyWorkspace = "every workspace, future ones too"
	notShown       = "not shown"
)

// Deviation is one difference between what was asked and what was made. Asked and Got are in words; Got may hold text
// of the platform's, which is somebody else's: it is to be made visible before it is shown.
type Deviation struct {
	Field    string `json:"field"` // "workspaces", "role", "organization role", "type", "expiry", "name"
	Asked    string `json:"asked"`
	Got      string `json:"got"`                 // "not shown" with NotShown
	Wider    bool   `json:"wider,omitempty"`     // can do more, in more places or for longer, or that can't be ruled out
	NotShown bool   `json:"not_shown,omitempty"` // the platform doesn't show it, so it can't be compared
}

// compare returns how the key differs from the order: what is wider first, then other differences, then what the
// platform doesn't show. Where the list doesn't show the expiry, the claims in the secret do.
func compare(o Order, k client.Key, c claims) []Deviation {
	var all []Deviation
	for _, one := range []*Deviation{
		compareWorkspaces(o, k.Workspaces), compareRole(o, k.Role), compareOrganizationRole(o.Draft, k.OrganizationRole),
		compareType(o.Draft, k.Personal), compareExpiry(o.Draft, k.ExpiresAt, c), compareName(o.Draft, k),
	} {
		if one != nil {
			all = append(all, *one)
		}
	}
	slices.SortStableFunc(all, func(a, b Deviation) int { return cmp.Compare(rank(a), rank(b)) })
	return all
}

func rank(d Deviation) int {
	switch {
	case d.Wider:
		return 0
	case d.NotShown:
		return 2
	default:
		return 1
	}
}

func compareWorkspaces(o Order, got client.Field[[]client.WorkspaceRef]) *Deviation {
	asked := everyWorkspace
	if !o.Draft.AllWorkspaces {
		asked = strings.Join(o.Draft.Workspaces, ", ")
	}
	if !got.Shown() {
		return &Deviation{Field: "workspaces", Asked: asked, Got: notShown, NotShown: true}
	}
	refs, _ := got.Get()
	if len(refs) == 0 { // empty or null: all of them
		if o.Draft.AllWorkspaces {
			return nil
		}
		return &Deviation{Field: "workspaces", Asked: asked, Got: everyWorkspace, Wider: true}
	}
	names := make([]string, len(refs))
	other, bare := 0, 0
	for i, ref := range refs {
		names[i] = cmp.Or(ref.Name, nameOf(o.WorkspaceIDs, ref.ID), ref.ID)
		switch {
		case slices.Contains(o.Draft.Workspaces, names[i]):
		case ref.Name == "" && nameOf(o.WorkspaceIDs, ref.ID) == "":
			bare++ // an id whose name isn't known can be any of those that were asked
		default:
			other++
		}
	}
	d := &Deviation{Field: "workspaces", Asked: asked, Got: strings.Join(names, ", ")}
	switch {
	case o.Draft.AllWorkspaces:
	case other > 0, len(refs) > len(o.Draft.Workspaces):
		d.Wider = true
	case len(refs) < len(o.Draft.Workspaces):
	case bare > 0:
		d.Got, d.NotShown = notShown, true
	default:
		return nil
	}
	return d
}

func nameOf(ids map[string]string, id string) string {
	for name, known := range ids {
		if id != "" && strings.EqualFold(known, id) {
			return name
		}
	}
	return ""
}

// compareRole calls every other role wider: which of two roles can do more is not shown anywhere.
func compareRole(o Order, got client.Field[client.RoleRef]) *Deviation {
	if o.Draft.RoleID == "" {
		return nil // the creator's own role was asked, whatever that is
	}
	d := &Deviation{Field: "role", Asked: cmp.Or(o.RoleName, o.Draft.RoleID), Got: notShown}
	role, ok := got.Get()
	switch {
	case !got.Shown(), ok && role == client.RoleRef{}:
		d.NotShown = true
	case !ok:
		d.Got, d.Wider = "the creator's own role", true
	case role.ID != "" && strings.EqualFold(role.ID, o.Draft.RoleID):
		return nil
	case role.ID == "" && o.RoleName == "":
		d.NotShown = true // a name that can't be compared with an id
	case role.ID == "" && role.Name == o.RoleName:
		return nil
	default:
		d.Got, d.Wider = cmp.Or(role.Name, role.ID), true
	}
	return d
}

func compareOrganizationRole(asked client.Draft, got client.Field[string]) *Deviation {
	d := &Deviation{Field: "organization role", Asked: asked.OrganizationRole, Got: notShown}
	role, ok := got.Get()
	switch {
	case !ok || role == "":
		d.NotShown = true
	case strings.EqualFold(role, asked.OrganizationRole):
		return nil
	default:
		// One that isn't known has index -1 and counts as wider: that can't be ruled out.
		d.Got = role
		d.Wider = slices.Index(organizationRoles, strings.ToUpper(role)) < slices.Index(organizationRoles, asked.OrganizationRole)
	}
	return d
}

func compareType(asked client.Draft, got client.Field[bool]) *Deviation {
	word := map[bool]string{true: "personal", false: "service"}
	d := &Deviation{Field: "type", Asked: word[asked.Personal], Got: notShown}
	personal, ok := got.Get()
	switch {
	case !ok:
		d.NotShown = true
	case personal == asked.Personal:
		return nil
	default:
		d.Got, d.Wider = word[personal], !personal // a service key outlives its maker
	}
	return d
}

func compareExpiry(asked client.Draft, got client.Field[time.Time], c claims) *Deviation {
	d := &Deviation{Field: "expiry", Asked: "never", Got: notShown}
	if asked.ExpiresAt != nil {
		d.Asked = instant(*asked.ExpiresAt)
	}
	if end, ok := c.ExpiresAt.Get(); ok && !got.Shown() {
		got = client.Some(end)
	}
	end, ends := got.Get()
	switch {
	case !got.Shown():
		d.NotShown = true
	case !ends && asked.ExpiresAt == nil:
		return nil
	case !ends:
		d.Got, d.Wider = "never", true
	case asked.ExpiresAt == nil:
		d.Got = instant(end)
	case sameInstant(end, *asked.ExpiresAt):
		return nil
	default:
		d.Got, d.Wider = instant(end), end.After(*asked.ExpiresAt)
	}
	return d
}

func compareName(asked client.Draft, k client.Key) *Deviation {
	d := &Deviation{Field: "name", Asked: cmp.Or(asked.Name, "unnamed"), Got: notShown}
	name, _ := k.Name.Get()
	switch {
	case !k.Name.Shown():
		d.NotShown = true
	case strings.TrimSpace(name) == strings.TrimSpace(asked.Name), asked.Name == "" && name == k.ID:
		return nil
	default:
		d.Got = cmp.Or(name, "unnamed")
	}
	return d
}

func sameInstant(a, b time.Time) bool { return a.Sub(b).Abs() <= rounding }

func instant(t time.Time) string {
	return fmt.Sprintf("%s UTC", t.UTC().Format("2006-01-02 15:04:05.999"))
}
