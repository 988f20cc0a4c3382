package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestWalk makes every call of the contract; what is asked is held against it as well as what is answered.
func TestWalk(t *testing.T) {
	f := newFixture(t, Options{})
	for _, tc := range []struct {
		line, body string
		status     int
	}{
		{"GET /me", "", 200},
		{"GET /sso/organizations", "", 200},
		{"GET /users?limit=100&page_number=1&include_deleted=true&include_external=false", "", 200},
		{"GET /workspaces", "", 200},
		{"GET /organization/" + f.OrganizationID() + "/roles?limit=100", "", 200},
		{"GET /token?limit=100&page_number=1", "", 200},
		{"POST /token", `{"name":"walk","expires":true,"expires_at":"2027-01-01T00:00:00Z","personal":true,"organization_role":"MEMBER","role_id":null,"workspaces":["claims-search"]}`, 200},
		{"GET /workspaces/claims-search/token?limit=100", "", 200},
		{"PATCH /token/ID", `{"name":"walked","personal":false}`, 204},
		{"DELETE /token/ID", "", 204},
		{"DELETE /token/ID", "", 404},
		{"GET /workspaces/claims-search/search_history?limit=1000&page_number=1&field=created_at&order=DESC&filter=created_at+ge+2026-08-24T00:00:00Z", "", 200},
		{"GET /workspaces/claims-search/pipelines/claims-search-rag/search_history?limit=1000", "", 200},
		{"GET /workspaces/claims-search/pipelines/claims-search-rag/search_history_archive?limit=1000", "", 200},
	} {
		id := ids(f.list(f.SessionToken(), "/token?limit=1"))[0]
		if tc.status == http.StatusNotFound {
			id = "6f1c7a2e-0000-4000-8000-000000000000"
		}
		line := strings.Replace(tc.line, "ID", id, 1)
		method, path, _ := strings.Cut(line, " ")
		r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(tc.body))
		r.Header.Set("Authorization", "Bearer x")
		r.Header.Set("Content-Type", "application/json")
		f.contract.Request(t, r, []byte(tc.body))
		f.want(tc.status, f.SessionToken(), line, tc.body)
	}
}

func TestWhatIsNotThere(t *testing.T) {
	s := New(Options{Now: noonClock})
	for _, path := range []string{
		"/", "/api", "/api/v1", "/api/v1/", "/api/v1//me", "/api/v1/me/", "/api/v1/../v1/me", "/api/v1/%6de/x", "/api/v1/token/", "/api/v1/token//",
		"/api/v1/workspaces//token", "/api/v1/workspaces/%2e%2e/tokens", "/api/v1/sso/cli-config", "/api/v2/me", "/API/V1/ME",
		"/api/v1/" + strings.Repeat("x/", 5000), "/api/v1/workspaces/a/b/token", "/*",
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		if u, err := url.Parse(path); err == nil {
			r.URL = u
		} else {
			r.URL = &url.URL{Path: path}
		}
		r.Header.Set("Authorization", "Bearer "+s.SessionToken().Reveal())
		if w := serve(s, r); w.Code != 404 || !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s: status %d, %q", path, w.Code, w.Body)
		}
	}
	for _, line := range []string{"HEAD me", "PUT token/x", "POST me", "DELETE token", "OPTIONS token", "GET token/x", "get me"} {
		method, path, _ := strings.Cut(line, " ")
		w := serve(s, httptest.NewRequest(method, "/api/v1/"+path, nil))
		if w.Code != 405 || w.Header().Get("Allow") == "" {
			t.Errorf("%s: status %d, Allow %q", line, w.Code, w.Header().Get("Allow"))
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/api/v1/me?%zz", nil)
	if w := serve(s, r); w.Code != 400 || !json.Valid(w.Body.Bytes()) {
		t.Errorf("a broken query: %d %s", w.Code, w.Body)
	}
}

func noonClock() time.Time { return noon }

func serve(s *Sandbox, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func FuzzServe(f *testing.F) {
	s := New(Options{Now: noonClock, Keys: 40, History: 200})
	for _, seed := range [][3]string{
		{"GET", "/api/v1/token?limit=5&before=x", ""},
		{"POST", "/api/v1/token", `{"name":"\u0000","workspaces":["claims-search"]}`},
		{"POST", "/api/v1/token", `{"expires_at":"9999-12-31T23:59:59+23:59","expires":null,"personal":null}`},
		{"PATCH", "/api/v1/token/x", `{"role_id":null,"role_id":1}`},
		{"GET", "/api/v1/workspaces/claims-search/search_history?after=0000-01-01T00:00:00Z&order=ASC&filter=created_at+lt+9999-12-31T23:59:59.9Z", ""},
		{"GET", "/api/v1/workspaces/%00/pipelines/%ff/search_history_archive?page_number=2147483647&limit=1000", ""},
		{"DELETE", "/api/v1/token/%2e%2e", ""},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, method, target, body string) {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			return
		}
		r := httptest.NewRequest(http.MethodGet, "/", strings.NewReader(body))
		r.Method, r.URL = method, u
		r.Header.Set("Authorization", "Bearer "+s.SessionToken().Reveal())
		r.Header.Set("Content-Type", "application/json")
		w := serve(s, r)
		if w.Code >= 500 || w.Code != 204 && method != http.MethodHead && !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s %q %q: %d %q", method, target, body, w.Code, w.Body)
		}
	})
}

func TestManyAtOnce(t *testing.T) {
	s := New(Options{})
	ask := func(method, path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+s.SessionToken().Reveal())
		r.Header.Set("Content-Type", "application/json")
		return serve(s, r)
	}
	var work sync.WaitGroup
	for n := range 8 {
		work.Go(func() {
			for i := range 15 {
				name := fmt.Sprintf("key-%d-%d", n, i)
				if w := ask("POST", "/token", `{"name":"`+name+`","workspaces":["playground"]}`); w.Code != 200 {
					t.Errorf("create: %d %s", w.Code, w.Body)
				}
				var l listed
				w := ask("GET", "/workspaces/playground/token?limit=100", "")
				if err := json.Unmarshal(w.Body.Bytes(), &l); err != nil {
					t.Error(err)
				}
				for _, k := range l.Data {
					if k["name"] != name {
						continue
					}
					id := k["api_token_id"].(string)
					if w := ask("PATCH", "/token/"+id, `{"name":"x"}`); w.Code != 204 {
						t.Errorf("change: %d %s", w.Code, w.Body)
					}
					if _, ok := s.SecretOf(id); !ok {
						t.Error("no secret")
					}
					if w := ask("DELETE", "/token/"+id, ""); w.Code != 204 {
						t.Errorf("revoke: %d %s", w.Code, w.Body)
					}
				}
				s.People()
				if w := ask("GET", "/workspaces/claims-search/search_history?filter="+escape("api_key eq 'ci-eval'"), ""); w.Code != 200 {
					t.Errorf("history: %d %s", w.Code, w.Body)
				}
			}
		})
	}
	work.Wait()
	var l listed
	if err := json.Unmarshal(ask("GET", "/token", "").Body.Bytes(), &l); err != nil || l.Total != 98 {
		t.Errorf("%d keys are left of 98, %v", l.Total, err)
	}
}
