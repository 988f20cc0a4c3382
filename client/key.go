package client

import (
	"encoding/json"
	"time"

	"fob/client/secret"
)

// Key is an API key as a list of the platform shows it. It can't hold the key's secret; only Issued can.
// Every field but ID may be absent (see Field); which ones the platform sends is not published.
type Key struct {
	ID               string                     // api_token_id
	Name             Field[string]              // null or "": unnamed, the id stands for it
	Personal         Field[bool]                // true: dies with its user; false: a service key
	OrganizationRole Field[string]              // ADMIN, MEMBER, EXTERNAL
	Role             Field[RoleRef]             // from role {role_id, name} or role_id alone
	Workspaces       Field[[]WorkspaceRef]      // empty or null: every workspace; absent: unknown
	CreatedAt        Field[time.Time]           // UTC
	ExpiresAt        Field[time.Time]           // UTC; null: never
	User             Field[PersonRef]           // who made it
	LastUsedAt       Field[time.Time]           // UTC; not known to exist today, used if it ever comes
	Unknown          map[string]json.RawMessage // fields that fob doesn't know, raw; nil when there are none
}

// RoleRef names a role; either field may be empty.
type RoleRef struct{ ID, Name string }

// WorkspaceRef names a workspace; either field may be empty, because the platform may send names, ids or objects.
// A bare text is put into ID if it has the form of a UUID, into Name otherwise.
type WorkspaceRef struct{ ID, Name string }

// PersonRef names a person; any field may be empty.
type PersonRef struct{ ID, GivenName, FamilyName, Email string }

// Issued is what creating a key returns: the only value of this package that holds a key's secret.
type Issued struct {
	// Key holds what the answer told of the new key: nothing at all on the platform as it is known, where even the
	// id is missing (Key.ID is "" then), an id or a whole key elsewhere.
	Key    Key
	Secret secret.Value
}

// Draft is a key to be made. Every field is sent, always, because the API's own defaults are wide: personal, the
// creator's role, every workspace.
type Draft struct {
	Name             string     // "" is sent as null
	Personal         bool       //
	OrganizationRole string     // ADMIN, MEMBER or EXTERNAL
	RoleID           string     // "" is sent as null: the creator's own role
	AllWorkspaces    bool       // every workspace, future ones too; Workspaces is then empty
	Workspaces       []string   // workspace names
	ExpiresAt        *time.Time // nil: never
}

// Change is what PATCH may change of a key; nil leaves a field as it is. Expiry and workspaces can't be changed.
type Change struct {
	Name             *string
	OrganizationRole *string
	Personal         *bool
	RoleID           *string
}

// Scope says which keys to list: those of one workspace alone, or the organization's.
type Scope struct {
	Workspace string // "" is the organization: every key of GET /token
}
