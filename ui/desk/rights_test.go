package desk_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fob/client"
	"fob/client/visible"
	"fob/ui/desk"
)

// People of the sandbox's story.
const (
	editor   = "ana.sousa@nordwind-versand.example"  // Editor of claims-search, Search user of legal-archive
	searcher = "greta.vogt@nordwind-versand.example" // Search user of claims-search
)

func notAllowed(err error) bool {
	_, ok := errors.AsType[*desk.NotAllowedError](err)
	return ok
}

// What is known of a person's rights is judged before anything is sent; what isn't known is the platform's to judge.
func TestWhatAPersonMayNotIsNotSent(t *testing.T) {
	o := open(t, searcher)
	watched := o.watch()
	list, err := o.Keys(t.Context(), client.Scope{Workspace: "claims-search"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	row := rowCalled(t, list, "ingest-prod")
	name, wide := "other", order("wide", desk.Place{Kind: desk.InKeyring})
	wide.Draft.Workspaces, wide.Draft.AllWorkspaces = nil, true
	_, issued := o.Issue(t.Context(), order("local", desk.Place{Kind: desk.InKeyring}), nil)
	_, issuedWide := o.Issue(t.Context(), wide, nil)
	_, edited := o.Edit(t.Context(), row, client.Change{Name: &name})
	_, braked := o.Quarantine(t.Context(), row, desk.Undecided)
	_, rotated := o.BeginRotation(t.Context(), desk.RotationPlan{Row: row}, nil)
	revoked := o.Revoke(t.Context(), client.Scope{Workspace: "claims-search"}, []*desk.Row{row}, nil)[0].Err
	for what, err := range map[string]error{
		"create": issued, "create on the organization": issuedWide, "edit": edited, "quarantine": braked, "rotate": rotated, "revoke": revoked,
	} {
		if !notAllowed(err) {
			t.Errorf("%s ended with %v", what, err)
		}
	}
	if len(watched.changes) != 0 {
		t.Errorf("%v was sent", watched.changes)
	}
	plan := o.PlanBulk(o.Revocation(client.Scope{Workspace: "claims-search"}), client.Scope{Workspace: "claims-search"}, list.Rows, desk.Surroundings{})
	if len(plan.Items) != 0 || len(plan.LeftOut) != len(list.Rows) || !strings.Contains(plan.LeftOut[0].Skip, "Search user") {
		t.Errorf("%d keys would be revoked, %d are left out", len(plan.Items), len(plan.LeftOut))
	}
}

func rowCalled(t *testing.T, list desk.List, name string) *desk.Row {
	t.Helper()
	for _, r := range list.Rows {
		if r.Name == name {
			return r
		}
	}
	t.Fatalf("there is no %s", name)
	return nil
}

// An Editor changes the keys of the workspace, and makes no Admins of them.
func TestAnEditorsRights(t *testing.T) {
	o := open(t, editor)
	scope := client.Scope{Workspace: "claims-search"}
	list, err := o.Keys(t.Context(), scope, nil)
	if err != nil {
		t.Fatal(err)
	}
	watched := o.watch()
	row, admin := rowCalled(t, list, "ingest-prod"), "ADMIN"
	if _, err := o.Edit(t.Context(), row, client.Change{OrganizationRole: &admin}); !notAllowed(err) || len(watched.changes) != 0 {
		t.Errorf("made an Admin: %v, sent %v", err, watched.changes)
	}
	name := "ingest"
	if _, err := o.Edit(t.Context(), row, client.Change{Name: &name}); err != nil {
		t.Error(err)
	}
	if _, err := o.Issue(t.Context(), order("mine", desk.Place{Kind: desk.InKeyring}), nil); err != nil {
		t.Error(err)
	}
}

func TestRights(t *testing.T) {
	member := func(places ...desk.Membership) desk.Identity {
		return desk.Identity{
			UserID: "u1", Name: "Ana Sousa", Email: "ana@example.org", Role: "Member", OrganizationReadOnly: true, Why: "organization keys are for admins",
			Memberships: places,
		}
	}
	at := client.Scope{Workspace: "a"}
	for name, tc := range map[string]struct {
		who    desk.Identity
		scope  client.Scope
		no     string
		untold string
	}{
		"an admin":                             {desk.Identity{Role: "Admin"}, client.Scope{}, "", ""},
		"an admin in a workspace":              {desk.Identity{Role: "Admin", Memberships: []desk.Membership{{"a", "Search user"}}}, at, "", ""},
		"a member at organization keys":        {member(), client.Scope{}, "for admins", ""},
		"an editor":                            {member(desk.Membership{"a", "Editor"}), at, "", ""},
		"a search user":                        {member(desk.Membership{"a", "Search user"}), at, "editors", ""},
		"a search user in the wire's form":     {member(desk.Membership{"a", "SEARCH_USER"}), at, "editors", ""},
		"a role of the organization's own":     {member(desk.Membership{"a", "Indexer"}), at, "", "Indexer"},
		"a role that isn't shown":              {member(desk.Membership{"a", ""}), at, "", "your role in a"},
		"a workspace that isn't listed":        {member(desk.Membership{"b", "Search user"}), at, "", "your role in a"},
		"no organization role":                 {desk.Identity{}, client.Scope{}, "", "your role in this organization"},
		"no organization role, an editor":      {desk.Identity{Memberships: []desk.Membership{{"a", "Editor"}}}, at, "", ""},
		"no organization role, a search user":  {desk.Identity{Memberships: []desk.Membership{{"a", "Search user"}}}, at, "", "Search user"},
		"an organization role nobody knows":    {desk.Identity{Role: "OWNER"}, client.Scope{}, "", "OWNER"},
		"read-only, whatever else":             {desk.Identity{Role: "Admin", ReadOnly: true, Why: "read-only"}, at, "read-only", ""},
		"read-only and nothing else is known":  {desk.Identity{ReadOnly: true, Why: "read-only"}, client.Scope{}, "read-only", ""},
		"a workspace's name that is made safe": {member(desk.Membership{"a\x1b[2J", "Editor"}), client.Scope{Workspace: visible.Line("a\x1b[2J")}, "", ""},
	} {
		got := tc.who.Over(tc.scope)
		if (got.No == "") != (tc.no == "") || !strings.Contains(got.No, tc.no) || (got.Untold == "") != (tc.untold == "") || !strings.Contains(got.Untold, tc.untold) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// A key is judged by where it works, whose it is and what it may.
func TestRightsOverAKey(t *testing.T) {
	searcher := desk.Identity{
		UserID: "u1", Name: "Ana Sousa", Email: "ana@example.org", Role: "Member", OrganizationReadOnly: true, Why: "for admins",
		Memberships: []desk.Membership{{"a", "Search user"}, {"b", "Editor"}},
	}
	in := func(names ...string) client.Field[[]client.WorkspaceRef] {
		refs := []client.WorkspaceRef{}
		for _, n := range names {
			refs = append(refs, client.WorkspaceRef{Name: n})
		}
		return client.Some(refs)
	}
	person := func(p client.PersonRef) client.Field[client.PersonRef] { return client.Some(p) }
	for name, tc := range map[string]struct {
		key        client.Key
		no, untold bool
	}{
		"where an editor":           {client.Key{Workspaces: in("b")}, false, false},
		"where a search user":       {client.Key{Workspaces: in("a")}, false, true},
		"of two workspaces":         {client.Key{Workspaces: in("a", "b")}, true, false},
		"of every workspace":        {client.Key{Workspaces: in()}, true, false},
		"reach not shown":           {client.Key{}, false, true},
		"an admin's, in one":        {client.Key{Workspaces: in("b"), OrganizationRole: client.Some("ADMIN")}, false, true},
		"a service key of theirs":   {client.Key{Workspaces: in("a"), Personal: client.Some(false), User: person(client.PersonRef{ID: "u1"})}, true, false},
		"a personal key of theirs":  {client.Key{Workspaces: in("a"), Personal: client.Some(true), User: person(client.PersonRef{ID: "u1"})}, false, true},
		"a namesake's personal key": {client.Key{Workspaces: in("a"), Personal: client.Some(true), User: person(client.PersonRef{GivenName: "Ana", FamilyName: "Sousa"})}, false, true},
		"somebody's personal key":   {client.Key{Workspaces: in("a"), Personal: client.Some(true), User: person(client.PersonRef{ID: "u2"})}, true, false},
		"nobody's personal key":     {client.Key{Workspaces: in("a"), Personal: client.Some(true)}, false, true},
		"a personal key, wide":      {client.Key{Workspaces: in(), Personal: client.Some(true), User: person(client.PersonRef{ID: "u1"})}, true, false},
	} {
		row := desk.NewRow(tc.key, "", desk.Names{}, time.Unix(0, 0))
		if got := searcher.OverKey(&row); (got.No != "") != tc.no || (got.Untold != "") != tc.untold {
			t.Errorf("%s: %+v", name, got)
		}
		admin := desk.Identity{Role: "Admin"}
		if got := admin.OverKey(&row); got != (desk.Right{}) {
			t.Errorf("%s, for an admin: %+v", name, got)
		}
	}
}

// Where the platform doesn't say who somebody is, nothing is refused, and the review says that it isn't known.
func TestRightsOfNobodyKnown(t *testing.T) {
	o := open(t, searcher)
	mute := func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/api/v1/me" {
			return false
		}
		http.NotFound(w, r)
		return true
	}
	o.before.Store(&mute)
	if _, err := o.Who(t.Context()); err == nil {
		t.Fatal("it said who this is")
	}
	unusual := o.Unusual(order("mine", desk.Place{Kind: desk.InKeyring}), nil)
	if len(unusual) != 1 || !strings.Contains(unusual[0], "did not say who you are") {
		t.Errorf("the review says %q", unusual)
	}
	if _, err := o.Issue(t.Context(), order("mine", desk.Place{Kind: desk.InKeyring}), nil); notAllowed(err) || !client.IsForbidden(err) {
		t.Errorf("it ended with %v", err)
	}
	list, err := o.Keys(t.Context(), client.Scope{Workspace: "claims-search"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	plan := o.PlanBulk(o.Revocation(list.Scope), list.Scope, list.Rows[:1], desk.Surroundings{})
	if len(plan.Items) != 1 || len(plan.Items[0].Warnings) != 1 {
		t.Errorf("the plan is %+v", plan)
	}
}

// Whoever may change the old key may make one like it in its place, and none that can do more.
func TestRightsOverASuccessor(t *testing.T) {
	searcher := desk.Identity{
		UserID: "u1", Email: "ana@example.org", Role: "Member", OrganizationReadOnly: true, Why: "for admins",
		Memberships: []desk.Membership{{"a", "Search user"}},
	}
	row := desk.NewRow(client.Key{
		Workspaces: client.Some([]client.WorkspaceRef{{Name: "a"}}), Personal: client.Some(true), User: client.Some(client.PersonRef{ID: "u1"}),
	}, "", desk.Names{}, time.Unix(0, 0))
	like := client.Draft{Personal: true, OrganizationRole: "MEMBER", Workspaces: []string{"a"}}
	if got := searcher.OverSuccessor(&row, like); got.No != "" || got.Untold == "" {
		t.Errorf("one like it: %+v", got)
	}
	like.OrganizationRole = "ADMIN"
	if got := searcher.OverSuccessor(&row, like); got.No == "" {
		t.Errorf("an Admin in its place: %+v", got)
	}
}

// While the platform doesn't say who somebody is, it is asked that once, however many keys are changed.
func TestWhoIsAskedOnceInAnOutage(t *testing.T) {
	o := open(t, "")
	_, rows := keysNamed(t, o.Desk, "ci-eval", "export-2024", "qa-matrix")
	var asked atomic.Int32
	outage := func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/me") {
			return false
		}
		asked.Add(1)
		w.WriteHeader(http.StatusForbidden) // not tried again, so that each request is a question
		return true
	}
	o.before.Store(&outage)
	for _, r := range o.Revoke(t.Context(), client.Scope{}, rows, nil) {
		if r.Err != nil {
			t.Errorf("%s: %v", r.Key.ID, r.Err)
		}
	}
	if n := asked.Load(); n > 2 { // before anything is sent, and for the journal
		t.Errorf("it was asked %d times", n)
	}
}

// A question that was left before it was answered says nothing: what is known to be refused is refused still.
func TestALeftQuestionJudgesNothing(t *testing.T) {
	o := open(t, searcher)
	left, leave := context.WithCancel(t.Context())
	leave()
	if _, err := o.Who(left); err == nil {
		t.Fatal("it was answered")
	}
	_, err := o.Issue(t.Context(), order("never-made", desk.Place{Kind: desk.InKeyring}), nil)
	if !notAllowed(err) {
		t.Errorf("%v", err)
	}
}
