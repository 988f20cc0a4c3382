package sandbox

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"fob/client/secret"
)

const tomasz = "tomasz.wojcik@nordwind-versand.example"

// porch is a sandbox behind a socket, and a browser in front of it.
type porch struct {
	*fixture
	url     string
	browser *http.Client
}

func newPorch(t *testing.T, o Options) *porch {
	t.Helper()
	p := &porch{fixture: newFixture(t, o)}
	server := httptest.NewServer(p.fixture)
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p.url, p.browser = server.URL, &http.Client{Jar: jar, Transport: server.Client().Transport}
	return p
}

// send sends a GET, or a POST of a form if there is one, and returns status and body.
func (p *porch) send(path string, form url.Values) (int, string) {
	p.t.Helper()
	ask := func() (*http.Response, error) { return p.browser.Get(p.url + path) }
	if form != nil {
		ask = func() (*http.Response, error) { return p.browser.PostForm(p.url+path, form) }
	}
	got, err := ask()
	if err != nil {
		p.t.Fatal(err)
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	if date := p.clock.UTC().Format(http.TimeFormat); got.Header.Get("Date") != date {
		p.t.Errorf("%s: Date is %q, the clock says %s", path, got.Header.Get("Date"), date)
	}
	return got.StatusCode, string(body)
}

// signIn signs a person in by device code, and returns the session and the refresh token.
func (p *porch) signIn(email string) (session secret.Value, refreshToken string) {
	p.t.Helper()
	var id string
	for _, one := range p.People() {
		if one.Email == email {
			id = one.ID
		}
	}
	_, started := p.send("/idp/device_authorization", url.Values{"client_id": {"fob"}, "scope": {"openid offline_access"}})
	var codes map[string]any
	if err := json.Unmarshal([]byte(started), &codes); err != nil {
		p.t.Fatal(err, started)
	}
	_, page := p.send("/idp/device", nil)
	_, mark, _ := strings.Cut(page, `name="form"`)
	_, mark, _ = strings.Cut(mark, `value="`)
	mark, _, _ = strings.Cut(mark, `"`)
	status, page := p.send("/idp/device", url.Values{"user_code": {codes["user_code"].(string)}, "person": {id}, "form": {mark}})
	if status != http.StatusOK {
		p.t.Fatal(status, page)
	}
	status, given := p.token(url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {codes["device_code"].(string)},
	})
	if status != http.StatusOK {
		p.t.Fatal(status, given)
	}
	return secret.New(given["access_token"].(string)), given["refresh_token"].(string)
}

func (p *porch) token(form url.Values) (int, map[string]any) {
	p.t.Helper()
	form.Set("client_id", "fob")
	status, body := p.send("/idp/token", form)
	out := map[string]any{}
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		p.t.Fatal(err, body)
	}
	return status, out
}

func TestWhereToSignIn(t *testing.T) {
	p := newPorch(t, Options{})
	r := httptest.NewRequest(http.MethodGet, p.url+"/api/v1/sso/cli-config", nil)
	p.contract.Request(t, r, nil)
	status, body := p.send("/api/v1/sso/cli-config", nil)
	p.contract.ExactAnswer(t, r, status, http.Header{"Content-Type": {"application/json"}}, []byte(body))
	want := `{"issuer":"` + p.url + `/idp","client_id":"fob","scopes":["openid","profile","email","offline_access"]}`
	if status != http.StatusOK || body != want {
		t.Errorf("%d %s, want %s", status, body, want)
	}
	if p.Issuer(p.url) != p.url+"/idp" {
		t.Errorf("the issuer is %s", p.Issuer(p.url))
	}
	_, said := p.send("/idp/.well-known/openid-configuration", nil)
	if !strings.Contains(said, `"issuer":"`+p.url+`/idp"`) {
		t.Errorf("the provider says %s", said)
	}
	p.want(404, secret.New("none"), "GET /sso/cli-config", "") // asked as example.com, which is no loopback address
	if status, body := p.send("/api/v1/sso/cli-config", url.Values{"a": {"b"}}); status != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d %s", status, body)
	}
}

func TestSigningInIsNotOffered(t *testing.T) {
	p := newPorch(t, Options{NoSignIn: true})
	r := httptest.NewRequest(http.MethodGet, p.url+"/api/v1/sso/cli-config", nil)
	status, body := p.send("/api/v1/sso/cli-config", nil)
	p.contract.ExactAnswer(t, r, status, http.Header{"Content-Type": {"application/json"}}, []byte(body))
	if status != http.StatusNotFound || p.Issuer(p.url) != "" {
		t.Errorf("%d %s, issuer %q", status, body, p.Issuer(p.url))
	}
	if status, body := p.send("/idp/.well-known/openid-configuration", nil); status != http.StatusNotFound {
		t.Errorf("%d %s", status, body)
	}
	p.want(200, p.SessionToken(), "GET /me", "")
}

func TestWhoSignsInIsThatPerson(t *testing.T) {
	p := newPorch(t, Options{})
	admin, _ := p.signIn(ida)
	member, _ := p.signIn(ana)
	for email, session := range map[string]secret.Value{ida: admin, ana: member} {
		if got := p.want(200, session, "GET /me", ""); !strings.Contains(got.body, `"email":"`+email+`"`) {
			t.Errorf("%s is %s", email, got.body)
		}
	}
	p.want(200, admin, "POST /token", `{"name":"made by a person who signed in","personal":false}`)
	p.want(403, member, "POST /token", `{}`)
	p.want(403, member, "GET /token", "")

	both, _ := p.signIn(tomasz)
	var homes struct {
		Organizations []struct {
			ID string `json:"organization_id"`
		}
	}
	p.decode(p.want(200, both, "GET /sso/organizations", ""), &homes)
	if len(homes.Organizations) != 2 {
		t.Fatalf("Tomasz belongs to %v", homes)
	}
	for _, home := range homes.Organizations {
		if got := p.want(200, both, "GET /me", "", "X-Organization-ID", home.ID); !strings.Contains(got.body, home.ID) {
			t.Errorf("asked for %s: %s", home.ID, got.body)
		}
	}
	p.want(403, member, "GET /me", "", "X-Organization-ID", homes.Organizations[1].ID)
}

func TestASessionEnds(t *testing.T) {
	p := newPorch(t, Options{AccessLifetime: 30 * time.Second, RefreshLifetime: time.Minute})
	session, refreshToken := p.signIn(ana)
	p.want(200, session, "GET /me", "")
	p.clock = p.clock.Add(30 * time.Second)
	if got := p.want(401, session, "GET /me", ""); !strings.Contains(got.body, "has ended") {
		t.Error(got.body)
	}
	refresh := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refreshToken}}
	status, given := p.token(refresh)
	if status != http.StatusOK || given["expires_in"] != 30.0 {
		t.Fatal(status, given)
	}
	next := secret.New(given["access_token"].(string))
	p.want(200, next, "GET /me", "")
	if status, given = p.token(refresh); status != http.StatusBadRequest || given["error"] != "invalid_grant" {
		t.Error(status, given)
	}
	p.want(401, next, "GET /me", "")

	_, refreshToken = p.signIn(ana)
	p.clock = p.clock.Add(time.Minute)
	if status, given = p.token(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refreshToken}}); given["error"] != "invalid_grant" {
		t.Error(status, given)
	}
}

// Who has left the only organization is signed out and offered no more; who has another is a person of that one.
func TestWhoHasLeftCannotSignIn(t *testing.T) {
	p := newPorch(t, Options{})
	session, refreshToken := p.signIn(ana)
	both, bothRefresh := p.signIn(tomasz)
	p.Leave(ana)
	p.Leave(tomasz)
	p.want(401, session, "GET /me", "")
	if got := p.want(200, both, "GET /me", ""); !strings.Contains(got.body, "Hansa") {
		t.Errorf("Tomasz is %s", got.body)
	}
	if status, given := p.token(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refreshToken}}); status != http.StatusBadRequest || given["error"] != "invalid_grant" {
		t.Error(status, given)
	}
	if status, given := p.token(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {bothRefresh}}); status != http.StatusOK {
		t.Error(status, given)
	}
	offered := map[string]bool{}
	for _, one := range p.choices() {
		offered[one.Email] = true
	}
	if offered[ana] || offered[zoe] || !offered[tomasz] || !offered[ida] || !offered[birte] {
		t.Errorf("offered: %v", offered)
	}
}

// The first that are offered show what there is to see: an admin, a member, somebody with two organizations.
func TestWhoIsOffered(t *testing.T) {
	p := newPorch(t, Options{})
	var first []string
	for _, one := range p.choices() {
		if !one.Aside {
			first = append(first, one.Email+": "+one.Note)
		}
	}
	want := []string{
		ida + ": Admin of Nordwind Versand", ana + ": Member of Nordwind Versand",
		tomasz + ": Member of Nordwind Versand, Member of Hansa Möbel",
		"fatima@agentur-elbufer.example: External of Nordwind Versand",
	}
	if strings.Join(first, "\n") != strings.Join(want, "\n") {
		t.Errorf("offered first: %q, want %q", first, want)
	}
}
