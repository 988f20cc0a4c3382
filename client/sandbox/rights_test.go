package sandbox

import (
	"encoding/base64"
	"strings"
	"testing"

	"fob/client/secret"
)

func TestRights(t *testing.T) {
	f := newFixture(t, Options{})
	admin, member, searcher := f.SessionToken(), f.session(ana), f.session(greta)
	adminKey, _ := f.issue(admin, `{"name":"admin key","personal":false,"organization_role":"ADMIN"}`)
	serviceKey, _ := f.issue(admin, `{"name":"service key","personal":false}`)
	narrowKey, _ := f.issue(admin, `{"name":"narrow key","personal":false,"workspaces":["playground"]}`)
	memberKey, _ := f.issue(member, `{"name":"own key","workspaces":["claims-search"]}`)
	external := f.session("fatima@agentur-elbufer.example")

	_, wide := f.issue(admin, `{"name":"wide","personal":false}`)
	_, multi := f.issue(admin, `{"name":"multi","workspaces":["claims-search","product-search"]}`)
	_, local := f.issue(admin, `{"name":"local","workspaces":["claims-search"]}`)
	_, foreign := f.issue(admin, `{"name":"foreign","workspaces":["hr-handbook"]}`)

	who := []struct {
		name string
		v    secret.Value
	}{
		{"admin", admin},
		{"member", member},
		{"searcher", searcher},
		{"external", external},
		{"admin key", adminKey},
		{"service key", serviceKey},
		{"narrow key", narrowKey},
		{"member's key", memberKey},
	}
	for _, tc := range []struct {
		line, body string
		statuses   [8]int // in the order of who
	}{
		{"GET /me", "", [8]int{200, 200, 200, 200, 200, 200, 200, 200}},
		{"GET /sso/organizations", "", [8]int{200, 200, 200, 200, 200, 200, 200, 200}},
		{"GET /users", "", [8]int{200, 200, 200, 200, 200, 200, 200, 200}},
		{"GET /workspaces", "", [8]int{200, 200, 200, 200, 200, 200, 200, 200}},
		{"GET /organization/" + f.OrganizationID() + "/roles", "", [8]int{200, 200, 200, 200, 200, 200, 200, 200}},
		{"GET /organization/other/roles", "", [8]int{403, 403, 403, 403, 403, 403, 403, 403}},
		{"GET /token", "", [8]int{200, 403, 403, 403, 200, 200, 200, 200}},
		{"GET /workspaces/claims-search/token", "", [8]int{200, 200, 200, 403, 200, 200, 403, 200}},
		{"GET /workspaces/hr-handbook/token", "", [8]int{200, 403, 403, 403, 200, 200, 403, 403}},
		{"GET /workspaces/claims-search/search_history", "", [8]int{200, 200, 200, 403, 200, 200, 403, 200}},
		{"GET /workspaces/nowhere/token", "", [8]int{404, 404, 404, 404, 404, 404, 404, 404}},
		{"POST /token", `{}`, [8]int{200, 403, 403, 403, 403, 403, 403, 403}},
		{"POST /token", `{"workspaces":["claims-search","product-search"]}`, [8]int{200, 403, 403, 403, 403, 403, 403, 403}},
		{"POST /token", `{"workspaces":["claims-search"]}`, [8]int{200, 200, 403, 403, 403, 403, 403, 403}},
		{"POST /token", `{"workspaces":["legal-archive"]}`, [8]int{200, 403, 403, 403, 403, 403, 403, 403}},
		{"POST /token", `{"workspaces":["claims-search"],"organization_role":"ADMIN"}`, [8]int{200, 403, 403, 403, 403, 403, 403, 403}},
		{"PATCH /token/" + wide, `{"name":"x"}`, [8]int{204, 403, 403, 403, 403, 403, 403, 403}},
		{"PATCH /token/" + multi, `{"name":"x"}`, [8]int{204, 403, 403, 403, 403, 403, 403, 403}},
		{"PATCH /token/" + foreign, `{"name":"x"}`, [8]int{204, 403, 403, 403, 403, 403, 403, 403}},
		{"PATCH /token/" + local, `{"organization_role":"MEMBER"}`, [8]int{204, 204, 403, 403, 403, 403, 403, 403}},
		{"PATCH /token/" + local, `{"organization_role":"ADMIN"}`, [8]int{204, 403, 403, 403, 403, 403, 403, 403}},
	} {
		for i, w := range who {
			got := f.ask(w.v, tc.line, tc.body)
			if got.status != tc.statuses[i] {
				t.Errorf("as %s: %s %s: status %d, want %d; %s", w.name, tc.line, tc.body, got.status, tc.statuses[i], got.body)
			}
			if got.status == 403 && !strings.Contains(got.body, `"detail":"`) {
				t.Errorf("%s: %s: a 403 without a detail: %s", w.name, tc.line, got.body)
			}
		}
	}
	for _, w := range who[1:] {
		f.want(403, w.v, "DELETE /token/"+wide, "")
	}
	f.want(204, admin, "PATCH /token/"+local, `{"organization_role":"MEMBER"}`)
	f.want(403, searcher, "DELETE /token/"+local, "")
	f.want(204, member, "DELETE /token/"+local, "")
	f.want(204, admin, "DELETE /token/"+wide, "")
}

func TestAMemberSeesTheirOwnWorkspaces(t *testing.T) {
	f := newFixture(t, Options{})
	count := func(as secret.Value) int {
		var out []map[string]any
		f.decode(f.want(200, as, "GET /workspaces", ""), &out)
		return len(out)
	}
	if a, m := count(f.SessionToken()), count(f.session(ana)); a != 14 || m != 4 {
		t.Errorf("the admin sees %d workspaces, the member %d; want 14 and 4", a, m)
	}
}

func TestPersonalKeysDieWithTheirUser(t *testing.T) {
	f := newFixture(t, Options{})
	for _, k := range f.list(f.SessionToken(), "/token?limit=100").Data {
		if k["name"] == "zoe-notebook" {
			v, _ := f.SecretOf(k["api_token_id"].(string))
			f.want(401, v, "GET /me", "")
		}
	}
	f.want(401, f.session(zoe), "GET /me", "")

	personal, _ := f.issue(f.session(ana), `{"workspaces":["claims-search"]}`)
	service, _ := f.issue(f.session(ana), `{"workspaces":["claims-search"],"personal":false}`)
	changed, id := f.issue(f.session(ana), `{"workspaces":["claims-search"]}`)
	f.want(204, f.session(ana), "PATCH /token/"+id, `{"personal":false}`)
	if f.Leave("nobody@example.invalid") || !f.Leave(ana) {
		t.Fatal("the wrong person has left")
	}
	f.want(401, personal, "GET /me", "")
	f.want(401, f.session(ana), "GET /me", "")
	f.want(200, service, "GET /me", "")
	f.want(200, changed, "GET /me", "")
}

func TestOrganizations(t *testing.T) {
	f := newFixture(t, Options{})
	both := f.session(commuter)
	var orgs struct {
		Organizations []struct {
			ID string `json:"organization_id"`
		}
	}
	f.decode(f.want(200, both, "GET /sso/organizations", ""), &orgs)
	if len(orgs.Organizations) != 2 {
		t.Fatalf("they are in %d organizations", len(orgs.Organizations))
	}
	first, second := orgs.Organizations[0].ID, orgs.Organizations[1].ID
	for header, want := range map[string]string{"": "Nordwind Versand", first: "Nordwind Versand", second: "Hansa Möbel"} {
		var me struct{ Organization struct{ Name string } }
		f.decode(f.want(200, both, "GET /me", "", "X-Organization-ID", header), &me)
		if me.Organization.Name != want {
			t.Errorf("X-Organization-ID %q means %s, want %s", header, me.Organization.Name, want)
		}
	}
	f.want(403, f.SessionToken(), "GET /me", "", "X-Organization-ID", second)
	f.want(403, both, "GET /me", "", "X-Organization-ID", "nonsense")
	if l := f.list(f.session(birte), "/token"); l.Total != 3 {
		t.Errorf("the second organization has %d keys", l.Total)
	}
	foreign := f.list(f.session(birte), "/token").Data[0]["api_token_id"].(string)
	f.want(404, f.SessionToken(), "DELETE /token/"+foreign, "")
	v, _ := f.SecretOf(foreign)
	f.want(403, v, "GET /me", "", "X-Organization-ID", first)
	f.Leave(commuter)
	f.want(403, both, "GET /me", "", "X-Organization-ID", first)
	f.want(200, both, "GET /me", "", "X-Organization-ID", second)
}

func TestCredentialsThatAreNone(t *testing.T) {
	f := newFixture(t, Options{})
	v, _ := f.issue(f.SessionToken(), `{}`)
	parts := strings.Split(v.Reveal(), ".")
	forged := base64.RawURLEncoding.EncodeToString([]byte(`{"jti":"00000000000000000000000000000000"}`))
	for _, bad := range []string{
		"", "x", "api_", "api_.", "api_..", parts[0], parts[0] + "." + parts[1] + ".", strings.TrimPrefix(v.Reveal(), "api_"),
		parts[0] + "." + forged + "." + parts[2], v.Reveal() + "x", "api_" + v.Reveal(),
	} {
		f.want(401, secret.New(bad), "GET /me", "")
	}
	for _, header := range []string{"", "Bearer", "Basic eDp5", "Bearer  "} {
		f.want(401, f.SessionToken(), "GET /me", "", "Authorization", header)
	}
}
