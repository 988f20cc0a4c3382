package client

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMe(t *testing.T) {
	for body, want := range map[string]Me{
		`{"user_id":"u","email":"a@b","given_name":"Ana","family_name":"Díaz","organization":{"organization_id":"o","name":"Org","role":"ADMIN","workspaces":[{"name":"legal","role":"Editor"}]}}`: {
			UserID: "u", Email: "a@b", GivenName: "Ana", FamilyName: "Díaz",
			Organization: Organization{ID: "o", Name: "Org", Role: "ADMIN", Workspaces: []Membership{{"legal", "Editor"}}},
		},
		`{"id":1,"organization":"o"}`: {UserID: "1", Organization: Organization{ID: "o"}},
		`{"id":"x","user_id":"u","given_name":null,"email":[],"organization":{"id":"o","role":{"name":"Owner"},"workspaces":["legal"]}}`: {
			UserID: "u", Organization: Organization{ID: "o", Role: "Owner", Workspaces: []Membership{{Name: "legal"}}},
		},
		`{"user_id":"u","organization":null}`: {UserID: "u"},
	} {
		p := serve(t, says(200, body))
		got, err := p.Me(t.Context())
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", body, err, diff)
		}
	}
	for _, body := range []string{`{}`, `[]`, `null`, `{"name":"portal"}`} {
		if _, err := serve(t, says(200, body)).Me(t.Context()); err == nil || !strings.Contains(err.Error(), "expected a person, got other JSON") {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestOrganizations(t *testing.T) {
	want := []Organization{{ID: "o", Name: "Org"}, {ID: "p"}}
	for _, list := range []string{`{"organizations":%s}`, `%s`, `{"data":%s,"total":2,"has_more":false}`} {
		body := fmt.Sprintf(list, `[{"organization_id":"o","name":"Org"},{"id":"p","name":null}]`)
		got, err := serve(t, says(200, body)).Organizations(t.Context())
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", body, err, diff)
		}
	}
	for _, body := range []string{`{}`, `{"organizations":[null]}`} {
		if _, err := serve(t, says(200, body)).Organizations(t.Context()); err == nil {
			t.Error(body)
		}
	}
}

func TestUsers(t *testing.T) {
	p := serve(t, says(200, `{"data":[{"user_id":"u","email":"a@b","given_name":"Ana","family_name":"Díaz","deleted":true},`+
		`{"id":2,"role":{"name":"Admin"},"deleted":null},{"user_id":"w","organization_role":"MEMBER","deleted":"perhaps"}],"total":3,"has_more":false}`))
	var told int
	l, err := p.Users(t.Context(), func(p Progress[User]) { told = p.Read })
	want := []User{
		{ID: "u", Email: "a@b", GivenName: "Ana", FamilyName: "Díaz", Deleted: Some(true)},
		{ID: "2", Role: "Admin", Deleted: Null[bool]()},
		{ID: "w", Role: "MEMBER"},
	}
	if diff := cmp.Diff(want, l.Items, exact); err != nil || !l.Complete || told != 3 || diff != "" {
		t.Errorf("%v %v\n%s", l.Why, err, diff)
	}
	if got := p.requests()[0].uri; got != "/api/v1/users?include_deleted=true&include_external=true&limit=100&page_number=1" {
		t.Error(got)
	}
}

func TestWorkspaces(t *testing.T) {
	want := []Workspace{{ID: "w", Name: "legal", Languages: "en", IdleTimeout: Some(time.Hour)}, {Name: "sales"}, {ID: uuidA}}
	items := `[{"workspace_id":"w","name":"legal","languages":"en","default_idle_timeout_in_seconds":3600},"sales","` + uuidA + `"]`
	for _, list := range []string{`%s`, `{"data":%s,"has_more":false,"total":3}`, `{"data":%s,"total":null,"has_more":false}`, `{"workspaces":%s}`} {
		p := serve(t, says(200, fmt.Sprintf(list, items)))
		got, err := p.Workspaces(t.Context())
		if diff := cmp.Diff(want, got, exact); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", list, err, diff)
		}
		if a := p.requests(); len(a) != 1 || a[0].uri != "/api/v1/workspaces" {
			t.Error(a)
		}
	}
	p := serve(t, says(200, `[{"name":"a","languages":["en","de"],"default_idle_timeout_in_seconds":null},{"name":"b","languages":{},"default_idle_timeout_in_seconds":"x"}]`))
	got, err := p.Workspaces(t.Context())
	want = []Workspace{{Name: "a", Languages: "en, de", IdleTimeout: Null[time.Duration]()}, {Name: "b"}}
	if diff := cmp.Diff(want, got, exact); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	// Should they come in pages, all of them are read.
	p = serve(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		body := `{"data":["a"],"has_more":true,"total":2}`
		if r.URL.Query().Get("limit") != "" {
			body = `{"data":["a","b"],"has_more":false,"total":2}`
		}
		write(w, 200, "application/json", body)
	})
	if got, err = p.Workspaces(t.Context()); err != nil || len(got) != 2 {
		t.Error(got, err)
	}
	for body, n := range map[string]int{`{"data":["a"],"has_more":true,"total":2}`: 1, `["a",null]`: 1} {
		if got, err = serve(t, says(200, body)).Workspaces(t.Context()); !IsPartial(err) || len(got) != n {
			t.Errorf("%s: %v %v", body, got, err)
		}
	}
	if _, err = serve(t, says(403, `{}`)).Workspaces(t.Context()); !IsForbidden(err) {
		t.Error(err)
	}
}

func TestRoles(t *testing.T) {
	p := serve(t, says(200, `{"data":[{"role_id":"r","name":"Editor","description":"writes","permissions":["read","write"]},`+
		`{"id":2,"name":"Custom","description":null,"permissions":[{"name":"x"}]},{"role_id":"s","permissions":null},"Search user",{"role_id":"t","permissions":{}}],"total":5,"has_more":false}`),
		func(o *Options) { o.OrganizationID = "org/1" })
	l, err := p.Roles(t.Context(), "")
	want := []Role{
		{ID: "r", Name: "Editor", Description: "writes", Permissions: Some([]string{"read", "write"})},
		{ID: "2", Name: "Custom", Permissions: Some([]string{"x"})},
		{ID: "s", Permissions: Null[[]string]()},
		{Name: "Search user"},
		{ID: "t"},
	}
	if diff := cmp.Diff(want, l.Items, exact); err != nil || !l.Complete || diff != "" {
		t.Errorf("%q %v\n%s", l.Why, err, diff)
	}
	if _, err := p.Roles(t.Context(), "other"); err != nil {
		t.Error(err)
	}
	a := p.requests()
	if a[0].uri != "/api/v1/organization/org%2F1/roles?limit=100&page_number=1" || a[1].uri != "/api/v1/organization/other/roles?limit=100&page_number=1" {
		t.Error(a)
	}
}
