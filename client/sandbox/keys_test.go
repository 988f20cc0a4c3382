package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"fob/client/secret"
)

func roleID(f *fixture, name string) string {
	for _, r := range f.list(f.SessionToken(), "/organization/"+f.OrganizationID()+"/roles").Data {
		if r["name"] == name {
			return r["role_id"].(string)
		}
	}
	f.t.Fatalf("no role %s", name)
	return ""
}

// newest returns the key that is listed first, without its id.
func (f *fixture) newest() map[string]any { return f.list(f.SessionToken(), "/token?limit=1").Data[0] }

func claimsOf(t *testing.T, v secret.Value) map[string]any {
	t.Helper()
	parts := strings.Split(strings.TrimPrefix(v.Reveal(), "api_"), ".")
	if len(parts) != 3 || !strings.HasPrefix(v.Reveal(), "api_") {
		t.Fatal("the secret is not api_ and a JWT")
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	out := map[string]any{}
	if err != nil || json.Unmarshal(text, &out) != nil {
		t.Fatal("the JWT's payload can't be read")
	}
	return out
}

func TestCreateTakesEveryField(t *testing.T) {
	f := newFixture(t, Options{})
	v, id := f.issue(f.SessionToken(), `{"name":"nightly","expires":true,"expires_at":"2027-02-20T22:59:59.5Z","personal":false,
		"organization_role":"EXTERNAL","role_id":"`+roleID(f, "Indexer")+`","workspaces":["claims-search","playground","claims-search"]}`)
	k := f.newest()
	role, user := k["role"].(map[string]any), k["user"].(map[string]any)
	spaces := k["workspaces"].([]any)
	if k["api_token_id"] != id || k["name"] != "nightly" || k["personal"] != false || k["organization_role"] != "EXTERNAL" ||
		k["expires_at"] != "2027-02-20T22:59:59.500Z" || k["created_at"] != "2026-11-22T12:00:00.000Z" ||
		role["name"] != "Indexer" || user["email"] != ida || len(spaces) != 2 {
		t.Errorf("it is %v", k)
	}
	expires := time.Date(2027, 2, 20, 22, 59, 59, 0, time.UTC).Unix()
	if c := claimsOf(t, v); c["exp"] != float64(expires) || c["name"] != "nightly" {
		t.Errorf("its claims are %v", c)
	}
	if strings.Contains(v.Reveal(), id) {
		t.Error("the secret names the key's id")
	}
	again, _ := f.SecretOf(id)
	if !again.Equal(v) {
		t.Error("SecretOf returns another secret than the create did")
	}
}

func TestCreateWithoutFieldsIsWide(t *testing.T) {
	f := newFixture(t, Options{})
	v, _ := f.issue(f.SessionToken(), `{}`)
	k := f.newest()
	if k["name"] != nil || k["personal"] != true || k["organization_role"] != "MEMBER" || k["expires_at"] != nil ||
		len(k["workspaces"].([]any)) != 0 || k["role"].(map[string]any)["name"] != "Editor" {
		t.Errorf("it is %v", k)
	}
	if _, ok := claimsOf(t, v)["exp"]; ok {
		t.Error("a key that never expires has an exp claim")
	}
	f.issue(f.SessionToken(), `{"expires":false,"expires_at":"2027-02-20T22:59:59Z"}`)
	if k := f.newest(); k["expires_at"] != nil {
		t.Errorf("expires false, and it expires at %v", k["expires_at"])
	}
}

func TestCreateIsRefused(t *testing.T) {
	f := newFixture(t, Options{})
	before := f.list(f.SessionToken(), "/token").Total
	for body, status := range map[string]int{
		`{"expiry":null}`: 422,
		`{"Name":"x"}`:    422,
		`{"name":1}`:      422,
		`{"name":"` + strings.Repeat("ä", 256) + `"}`: 422,
		`{"personal":"no"}`:                           422,
		`{"expires_at":"tomorrow"}`:                   422,
		`{"expires_at":"9999-12-31T23:59:59-01:00"}`:  422,
		`{"expires_at":"2020-01-01T00:00:00Z"}`:       422,
		`{"expires_at":"2026-11-22T12:00:00Z"}`:       422,
		`{"organization_role":"Admin"}`:               422,
		`{"role_id":"nobody"}`:                        422,
		`{"workspaces":"claims-search"}`:              422,
		`{"workspaces":[1]}`:                          422,
		`{"workspaces":["nowhere"]}`:                  404,
		`[]`:                                          422,
		`null`:                                        422,
		`{`:                                           400,
		`{}{}`:                                        400,
		`"`:                                           400,
	} {
		f.want(status, f.SessionToken(), "POST /token", body)
	}
	f.want(400, f.SessionToken(), "POST /token", "", "Content-Type", "application/json")
	f.want(415, f.SessionToken(), "POST /token", `{}`, "Content-Type", "text/plain")
	f.want(413, f.SessionToken(), "POST /token", `{"name":"`+strings.Repeat("x", bodyLimit)+`"}`)
	if after := f.list(f.SessionToken(), "/token").Total; after != before {
		t.Errorf("%d keys were made", after-before)
	}
}

func TestChange(t *testing.T) {
	f := newFixture(t, Options{})
	v, id := f.issue(f.SessionToken(), `{"name":"a","expires_at":"2027-02-20T22:59:59Z","workspaces":["claims-search"]}`)
	was := f.newest()
	f.want(204, f.SessionToken(), "PATCH /token/"+id, `{"name":"b","personal":false,"organization_role":"ADMIN","role_id":"`+roleID(f, "Search user")+`"}`)
	for _, path := range []string{"/token?limit=1", "/workspaces/claims-search/token?limit=1"} {
		k := f.list(f.SessionToken(), path).Data[0]
		if k["api_token_id"] != id || k["name"] != "b" || k["personal"] != false || k["organization_role"] != "ADMIN" ||
			k["role"].(map[string]any)["name"] != "Search user" || k["expires_at"] != was["expires_at"] || k["created_at"] != was["created_at"] {
			t.Errorf("%s shows %v", path, k)
		}
	}
	f.want(200, v, "GET /me", "") // the secret is the same one
	if again, _ := f.SecretOf(id); !again.Equal(v) {
		t.Error("a change made another secret")
	}
	f.want(204, f.SessionToken(), "PATCH /token/"+id, `{"name":null}`)
	if k := f.newest(); k["name"] != nil || k["personal"] != false {
		t.Errorf("name null makes it %v", k)
	}
	f.want(204, f.SessionToken(), "PATCH /token/"+id, `{}`)
	for _, body := range []string{
		`{"expires_at":null}`, `{"expires":false}`, `{"workspaces":[]}`, `{"name":"c","quota":1}`, `{"personal":null}`,
		`{"organization_role":null}`, `{"organization_role":"OWNER"}`, `{"role_id":"nobody"}`, `{"name":[]}`,
	} {
		f.want(422, f.SessionToken(), "PATCH /token/"+id, body)
	}
	f.want(404, f.SessionToken(), "PATCH /token/nobody", `{}`)
	if k := f.newest(); k["name"] != nil || k["organization_role"] != "ADMIN" {
		t.Errorf("a refused change made it %v", k)
	}
}

func TestRevoke(t *testing.T) {
	f := newFixture(t, Options{})
	v, id := f.issue(f.SessionToken(), `{"workspaces":["claims-search"]}`)
	f.want(200, v, "GET /me", "")
	f.want(204, f.SessionToken(), "DELETE /token/"+id, "")
	f.want(401, v, "GET /me", "")
	f.want(404, f.SessionToken(), "DELETE /token/"+id, "")
	for _, path := range []string{"/token?limit=100", "/workspaces/claims-search/token?limit=100"} {
		for _, k := range f.list(f.SessionToken(), path).Data {
			if k["api_token_id"] == id {
				t.Errorf("%s still shows it", path)
			}
		}
	}
	if _, ok := f.SecretOf(id); ok {
		t.Error("it still has a secret")
	}
}

func TestAWorkspaceShowsOnlyItsOwnKeys(t *testing.T) {
	f := newFixture(t, Options{})
	f.issue(f.SessionToken(), `{"name":"one","workspaces":["playground"]}`)
	f.issue(f.SessionToken(), `{"name":"two","workspaces":["playground","claims-search"]}`)
	f.issue(f.SessionToken(), `{"name":"all"}`)
	shown := strings.Join(names(f.list(f.SessionToken(), "/workspaces/playground/token?limit=100")), " ")
	if !strings.Contains(shown, "one") || strings.Contains(shown, "two") || strings.Contains(shown, "all") {
		t.Errorf("playground shows %s", shown)
	}
}

func TestAKeyExpires(t *testing.T) {
	f := newFixture(t, Options{})
	v, _ := f.issue(f.SessionToken(), `{"expires_at":"2026-11-22T13:00:00Z"}`)
	f.want(200, v, "GET /me", "")
	f.clock = noon.Add(time.Hour - time.Second)
	f.want(200, v, "GET /me", "")
	f.clock = noon.Add(time.Hour)
	f.want(401, v, "GET /me", "")
}
