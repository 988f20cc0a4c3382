package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"fob/client"
	"fob/client/audit"
	"fob/client/audit/history"
)

// snapshotVersion is the highest version that is read, and the one that is written. It is raised only where an older
// program would misread the file.
const snapshotVersion = 1

// maxSnapshot bounds what is read.
const maxSnapshot = 1 << 30

// Errors of a snapshot.
var (
	ErrNotSnapshot   = errors.New("not a snapshot of an audit")
	ErrNewerSnapshot = errors.New("written by a newer fob")
)

// Snapshot is what an audit judged, and for whom. It holds no secret: a list of keys has none.
type Snapshot struct {
	OrganizationID, Organization, RanBy string
	Input                               audit.Input // Location isn't kept: it is the reader's
}

// The snapshot as it is kept. A field that the platform doesn't show is missing, one that is null is null.
type (
	snapshotFile struct {
		Kind           string         `json:"kind"`
		Version        int            `json:"version"`
		OrganizationID string         `json:"organization_id"`
		Organization   string         `json:"organization"`
		RanBy          string         `json:"ran_by"`
		Now            time.Time      `json:"as_of"`
		Scope          string         `json:"workspace,omitempty"`
		ListComplete   bool           `json:"list_complete"`
		ListWhy        string         `json:"list_why,omitempty"`
		UsersWhy       string         `json:"users_why,omitempty"`
		RolesWhy       string         `json:"roles_why,omitempty"`
		WorkspacesWhy  string         `json:"workspaces_why,omitempty"`
		Me             personJSON     `json:"me"`
		Keys           []keyJSON      `json:"keys"`
		Users          []userJSON     `json:"users"`
		Roles          []roleJSON     `json:"roles"`
		Workspaces     []workspaceRef `json:"workspaces"`
		Reading        readingJSON    `json:"reading"`
		Journal        journalJSON    `json:"journal"`
	}
	personJSON struct {
		ID         string `json:"user_id,omitempty"`
		GivenName  string `json:"given_name,omitempty"`
		FamilyName string `json:"family_name,omitempty"`
		Email      string `json:"email,omitempty"`
	}
	roleRef struct {
		ID   string `json:"role_id,omitempty"`
		Name string `json:"name,omitempty"`
	}
	workspaceRef struct {
		ID   string `json:"workspace_id,omitempty"`
		Name string `json:"name,omitempty"`
	}
	keyJSON struct {
		ID               string                `json:"id"`
		Name             field[string]         `json:"name,omitzero"`
		Personal         field[bool]           `json:"personal,omitzero"`
		OrganizationRole field[string]         `json:"organization_role,omitzero"`
		Role             field[roleRef]        `json:"role,omitzero"`
		Workspaces       field[[]workspaceRef] `json:"workspaces,omitzero"`
		CreatedAt        field[time.Time]      `json:"created_at,omitzero"`
		ExpiresAt        field[time.Time]      `json:"expires_at,omitzero"`
		User             field[personJSON]     `json:"user,omitzero"`
		LastUsedAt       field[time.Time]      `json:"last_used_at,omitzero"`
	}
	userJSON struct {
		personJSON
		Deleted field[bool] `json:"deleted,omitzero"`
	}
	roleJSON struct {
		roleRef
		Permissions field[[]string] `json:"permissions,omitzero"`
	}
	readingJSON struct {
		From       time.Time               `json:"from"`
		To         time.Time               `json:"to"`
		Depth      history.Depth           `json:"depth"`
		Workspaces map[string]coverageJSON `json:"workspaces"`
		Keys       map[string]usageJSON    `json:"keys"`
		Personal   bool                    `json:"personal"`
		Complete   bool                    `json:"complete"`
		Why        string                  `json:"why,omitempty"`
	}
	coverageJSON struct {
		Readable bool      `json:"readable"`
		Complete bool      `json:"complete"`
		Why      string    `json:"why,omitempty"`
		Oldest   time.Time `json:"oldest,omitzero"`
		ByName   bool      `json:"by_name,omitempty"`
	}
	usageJSON struct {
		Last      time.Time      `json:"last"`
		Workspace string         `json:"workspace,omitempty"`
		Seen      map[string]int `json:"seen,omitempty"`
		Days      map[string]int `json:"days,omitempty"`
		Hours     *[24]int       `json:"hours,omitempty"`
		NameOnly  bool           `json:"name_only,omitempty"`
	}
	journalJSON struct {
		Known    bool              `json:"known"`
		Began    time.Time         `json:"began,omitzero"`
		Made     []string          `json:"made,omitempty"`
		Replaced []replacementJSON `json:"replaced,omitempty"`
	}
	replacementJSON struct {
		Old string    `json:"old"`
		New string    `json:"new,omitempty"`
		At  time.Time `json:"at,omitzero"`
	}
)

// snapshotKind tells a snapshot from other files of fob.
const snapshotKind = "fob.audit"

// field is client.Field as JSON: missing, null, or a value.
type field[T any] struct{ client.Field[T] }

// IsZero tells whether the field is missing.
func (f field[T]) IsZero() bool { return !f.Shown() }

// MarshalJSON writes the value, or null.
func (f field[T]) MarshalJSON() ([]byte, error) {
	if v, ok := f.Get(); ok {
		return json.Marshal(v)
	}
	return []byte("null"), nil
}

// UnmarshalJSON reads a value, or null.
func (f *field[T]) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		f.Field = client.Null[T]()
		return nil
	}
	var v T
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	f.Field = client.Some(v)
	return nil
}

// changed is a field with its value in another form.
func changed[A, B any](f client.Field[A], change func(A) B) client.Field[B] {
	if v, ok := f.Get(); ok {
		return client.Some(change(v))
	}
	if f.IsNull() {
		return client.Null[B]()
	}
	return client.Field[B]{}
}

// Save writes a snapshot as one JSON object. Fields of keys that fob doesn't know aren't kept.
func Save(w io.Writer, s Snapshot) error {
	in := s.Input
	out := snapshotFile{
		Kind: snapshotKind, Version: snapshotVersion, OrganizationID: s.OrganizationID, Organization: s.Organization, RanBy: s.RanBy,
		Now: in.Now.UTC(), Scope: in.Scope, ListComplete: in.ListComplete, ListWhy: in.ListWhy, UsersWhy: in.UsersWhy,
		RolesWhy: in.RolesWhy, WorkspacesWhy: in.WorkspacesWhy,
		Me:      personJSON{in.Me.UserID, in.Me.GivenName, in.Me.FamilyName, in.Me.Email},
		Reading: readingOut(in.Reading), Journal: journalOut(in.Journal),
		Keys: make([]keyJSON, len(in.Keys)), Users: []userJSON{}, Roles: []roleJSON{}, Workspaces: []workspaceRef{},
	}
	for n := range in.Keys {
		out.Keys[n] = keyOut(&in.Keys[n])
	}
	for _, u := range in.Users {
		out.Users = append(out.Users, userJSON{personJSON{u.ID, u.GivenName, u.FamilyName, u.Email}, field[bool]{u.Deleted}})
	}
	for _, r := range in.Roles {
		out.Roles = append(out.Roles, roleJSON{roleRef{r.ID, r.Name}, field[[]string]{r.Permissions}})
	}
	for _, ws := range in.Workspaces {
		out.Workspaces = append(out.Workspaces, workspaceRef{ws.ID, ws.Name})
	}
	return json.NewEncoder(w).Encode(out)
}

// Load reads a snapshot. The error is ErrNotSnapshot for anything else, ErrNewerSnapshot for one of a newer version, or
// that of reading.
func Load(r io.Reader) (Snapshot, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxSnapshot+1))
	if err != nil {
		return Snapshot{}, err
	}
	if len(text) > maxSnapshot {
		return Snapshot{}, fmt.Errorf("%w: more than %d bytes", ErrNotSnapshot, maxSnapshot)
	}
	var head struct {
		Kind    string `json:"kind"`
		Version int    `json:"version"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return Snapshot{}, fmt.Errorf("%w: %w", ErrNotSnapshot, err)
	}
	switch {
	case head.Kind != snapshotKind || head.Version < 1:
		return Snapshot{}, ErrNotSnapshot
	case head.Version > snapshotVersion:
		return Snapshot{}, fmt.Errorf("%w: its version is %d, this fob reads up to %d", ErrNewerSnapshot, head.Version, snapshotVersion)
	}
	var f snapshotFile
	if err := json.Unmarshal(text, &f); err != nil {
		return Snapshot{}, fmt.Errorf("%w: %w", ErrNotSnapshot, err)
	}
	s := Snapshot{OrganizationID: f.OrganizationID, Organization: f.Organization, RanBy: f.RanBy}
	s.Input = audit.Input{
		Scope: f.Scope, ListComplete: f.ListComplete, ListWhy: f.ListWhy, UsersWhy: f.UsersWhy, RolesWhy: f.RolesWhy,
		WorkspacesWhy: f.WorkspacesWhy, Reading: readingIn(f.Reading), Journal: journalIn(f.Journal), Now: f.Now.UTC(),
		Me: client.Me{UserID: f.Me.ID, Email: f.Me.Email, GivenName: f.Me.GivenName, FamilyName: f.Me.FamilyName},
	}
	for n := range f.Keys {
		s.Input.Keys = append(s.Input.Keys, keyIn(&f.Keys[n]))
	}
	for _, u := range f.Users {
		s.Input.Users = append(s.Input.Users, client.User{
			ID: u.ID, Email: u.Email, GivenName: u.GivenName, FamilyName: u.FamilyName, Deleted: u.Deleted.Field,
		})
	}
	for _, r := range f.Roles {
		s.Input.Roles = append(s.Input.Roles, client.Role{ID: r.ID, Name: r.Name, Permissions: r.Permissions.Field})
	}
	for _, w := range f.Workspaces {
		s.Input.Workspaces = append(s.Input.Workspaces, client.Workspace{ID: w.ID, Name: w.Name})
	}
	return s, nil
}

func sortedIDs(set map[string]struct{}) []string {
	ids := make([]string, 0, len(set))
	for id := range set {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
