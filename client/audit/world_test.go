package audit_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"fob/client"
	"fob/client/audit"
	"fob/client/audit/history"
)

const day = 24 * time.Hour

// now is when every audit of these tests is made.
var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func ago(days float64) time.Time { return now.Add(-time.Duration(days * float64(day))) }

// world is an organization of three workspaces, whose history was read whole for 90 days, without a key.
func world() audit.Input {
	covered := history.Coverage{Readable: true, Complete: true, Oldest: ago(200)}
	return audit.Input{
		ListComplete: true, Now: now,
		Users: []client.User{
			{ID: "u-ida", Email: "ida@nordwind.example", GivenName: "Ida", FamilyName: "Krüger", Deleted: client.Some(false)},
			{ID: "u-zoe", Email: "zoe@nordwind.example", GivenName: "Zoë", FamilyName: "Ó Briain", Deleted: client.Some(true)},
			{ID: "u-max", GivenName: "Max", FamilyName: "Roth"},
		},
		Roles: []client.Role{
			{ID: "r-edit", Name: "Editor"},
			{ID: "r-index", Name: "Indexer", Permissions: client.Some([]string{"files:write", "search_history:read"})},
			{ID: "r-desk", Name: "Support desk", Permissions: client.Some([]string{"search:run", "history:read"})},
			{ID: "r-dark", Name: "Night shift"},
		},
		Workspaces: []client.Workspace{{ID: "w-1", Name: "claims"}, {ID: "w-2", Name: "legal"}, {ID: "w-3", Name: "search"}},
		Reading: history.Reading{
			From: ago(90), To: now, Depth: history.Last, Complete: true, Personal: true,
			Workspaces: map[string]history.Coverage{"claims": covered, "legal": covered, "search": covered},
			Keys:       map[string]history.Usage{},
		},
		Me:      client.Me{UserID: "u-ida", Email: "ida@nordwind.example", GivenName: "Ida", FamilyName: "Krüger"},
		Journal: audit.Journal{Known: true, Began: ago(60), Made: map[string]struct{}{}},
	}
}

// key is a service key of Ida's in claims that breaks no rule but that it wasn't seen.
func key(id string) client.Key {
	return client.Key{
		ID: id, Name: client.Some(id + "-key"), Personal: client.Some(false), OrganizationRole: client.Some("MEMBER"),
		Role:       client.Some(client.RoleRef{ID: "r-edit", Name: "Editor"}),
		Workspaces: client.Some([]client.WorkspaceRef{{ID: "w-1", Name: "claims"}}),
		CreatedAt:  client.Some(ago(200)), ExpiresAt: client.Some(ago(-100)), User: client.Some(client.PersonRef{ID: "u-ida"}),
	}
}

// with returns key "k", changed.
func with(change func(*client.Key)) client.Key {
	k := key("k")
	if change != nil {
		change(&k)
	}
	return k
}

// use notes queries of a key in claims, the last one some days ago.
func use(in *audit.Input, id string, days float64) {
	in.Reading.Keys[id] = history.Usage{Last: ago(days), Workspace: "claims", Seen: map[string]int{"claims": 3}}
}

// busy notes queries on the last n days and in the first h hours.
func busy(in *audit.Input, id string, n, h int) {
	in.Reading.Depth = history.Full
	u := history.Usage{Last: ago(0.1), Workspace: "claims", Seen: map[string]int{"claims": n * h}, Days: map[string]int{}}
	for back := range n {
		u.Days[ago(float64(back)).Format(time.DateOnly)] = h
	}
	for hour := range h {
		u.Hours[hour] = n
	}
	in.Reading.Keys[id] = u
}

// cut makes the history of a workspace read in part.
func cut(in *audit.Input, workspace string) {
	c := in.Reading.Workspaces[workspace]
	c.Complete, c.Why = false, "the platform answered 502"
	in.Reading.Workspaces[workspace] = c
	in.Reading.Complete, in.Reading.Why = false, "the platform answered 502"
}

func findings(r audit.Result, rule audit.RuleID) (found []audit.Finding) {
	for _, f := range r.Findings {
		if f.Rule == rule {
			found = append(found, f)
		}
	}
	return found
}

func skipped(r audit.Result, rule audit.RuleID) (n int, reasons []string) {
	for _, s := range r.Skipped {
		if s.Rule == rule {
			n += s.Count
			reasons = append(reasons, s.Reason)
		}
	}
	return n, reasons
}

func ids(found []audit.Finding) []string {
	var all []string
	for _, f := range found {
		all = append(all, f.KeyID)
	}
	return all
}

func wantIDs(t *testing.T, got []audit.Finding, want ...string) {
	t.Helper()
	if !slices.Equal(ids(got), want) {
		t.Errorf("found %q, want %q:\n%s", ids(got), want, fmt.Sprint(got))
	}
}
