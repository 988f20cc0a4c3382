package client

import "time"

// Me is the person (or, on some platforms, the key) whose credential is in use.
type Me struct {
	UserID, Email, GivenName, FamilyName string
	Organization                         Organization
}

// Organization as GET /me and GET /sso/organizations show it. Role is the person's own role in it ("" if not shown).
type Organization struct {
	ID, Name, Role string
	Workspaces     []Membership
}

// Membership is a workspace that a person can reach, and the person's role in it.
type Membership struct{ Name, Role string }

// User is a member of the organization.
type User struct {
	ID, Email, GivenName, FamilyName, Role string
	Deleted                                Field[bool] // has left
}

// Workspace of the organization.
type Workspace struct {
	ID, Name, Languages string
	IdleTimeout         Field[time.Duration]
}

// Role that a key can have.
type Role struct {
	ID, Name, Description string
	Permissions           Field[[]string]
}

// HistoryEntry is one search of the history, without the query, the answer and the person's data, which fob has no
// business keeping.
type HistoryEntry struct {
	ID       string
	Time     time.Time // UTC
	Status   string
	Pipeline string
	UserID   string
	Key      Field[KeyRef] // null: made without a key
}

// KeyRef names a key in the search history; either field may be empty.
type KeyRef struct{ ID, Name string }
