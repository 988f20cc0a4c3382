package contract

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// witness stands in for the test that a caller passes, and keeps what is reported.
type witness struct {
	testing.TB
	reports []string
}

func (w *witness) Helper() {}

func (w *witness) Errorf(format string, args ...any) {
	w.reports = append(w.reports, fmt.Sprintf(format, args...))
}

func TestTheDocumentSaysHowSureItIs(t *testing.T) {
	doc, err := document()
	if err != nil {
		t.Fatal(err)
	}
	if doc.OpenAPI != "3.1.0" {
		t.Errorf("it is OpenAPI %s, not 3.1.0", doc.OpenAPI)
	}
	sure := []string{"known", "older", "chosen"}
	seen := map[string]bool{}
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			if certainty, _ := operation.Extensions["x-certainty"].(string); !slices.Contains(sure, certainty) {
				t.Errorf("%s %s: x-certainty is %q, not one of %v", method, path, certainty, sure)
			}
			if seen[operation.OperationID] || operation.OperationID == "" {
				t.Errorf("%s %s: operationId %q is empty or not its own", method, path, operation.OperationID)
			}
			seen[operation.OperationID] = true
			for _, parameter := range operation.Extensions {
				names, ok := parameter.([]any)
				for _, name := range names {
					if ok && operation.Parameters.GetByInAndName(openapi3.ParameterInQuery, name.(string)) == nil {
						t.Errorf("%s %s: x-one-of names %v, which is no query parameter of it", method, path, name)
					}
				}
			}
		}
	}
	for _, id := range []string{
		"createKey", "listOrganizationKeys", "listWorkspaceKeys", "changeKey", "revokeKey", "me", "signInConfig", "listOrganizations",
		"listUsers", "listWorkspaces", "listRoles", "listHistory", "listPipelineHistory", "listPipelineArchive",
	} {
		if !seen[id] {
			t.Errorf("the call %s is missing", id)
		}
	}
}

func request(line, body string) *http.Request {
	method, target, _ := strings.Cut(line, " ")
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer somebody")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

func TestRequest(t *testing.T) {
	c := Load(t)
	const draft = `{"name":"n","expires":true,"expires_at":"2027-01-01T00:00:00.5Z","organization_role":"MEMBER",` +
		`"personal":false,"role_id":null,"workspaces":["a b"]}`
	for _, tc := range []struct{ line, body, fault string }{
		{line: "GET /api/v1/token"},
		{line: "GET http://127.0.0.1:4711/api/v1/token?limit=100&page_number=3"},
		{line: "GET /api/v1/token?limit=1&before=x"},
		{line: "GET /api/v1/workspaces/a%20b%2Fc/token?after=x"},
		{line: "GET /api/v1/me"},
		{line: "GET /api/v1/sso/cli-config"},
		{line: "GET /api/v1/sso/organizations"},
		{line: "GET /api/v1/users?include_deleted=true&include_external=true"},
		{line: "GET /api/v1/workspaces"},
		{line: "GET /api/v1/organization/o/roles?limit=100"},
		{line: "GET /api/v1/workspaces/w/search_history?limit=1000&field=created_at&order=ASC&filter=created_at+ge+2026-08-24T00:00:00Z"},
		{line: "GET /api/v1/workspaces/w/search_history?after=2026-08-24T00:00:00.123456Z"},
		{line: "GET /api/v1/workspaces/w/pipelines/p/search_history"},
		{line: "GET /api/v1/workspaces/w/pipelines/p/search_history_archive"},
		{line: "POST /api/v1/token", body: draft},
		{line: "POST /api/v1/token", body: `{}`},
		{line: "PATCH /api/v1/token/x", body: `{"name":"n","organization_role":"ADMIN","personal":true,"role_id":"r"}`},
		{line: "DELETE /api/v1/token/x"},

		{line: "GET /api/v1/tokens", fault: "no matching"},
		{line: "GET /api/token", fault: "no matching"},
		{line: "GET /api/v1/token/x", fault: "not allowed"},
		{line: "PUT /api/v1/token/x", body: `{}`, fault: "not allowed"},
		{line: "GET /api/v1/token?limit=0", fault: "limit"},
		{line: "GET /api/v1/token?limit=101", fault: "limit"},
		{line: "GET /api/v1/token?limit=ten", fault: "limit"},
		{line: "GET /api/v1/token?page_number=0", fault: "page_number"},
		{line: "GET /api/v1/token?page=1", fault: `"page" is unknown`},
		{line: "GET /api/v1/token?limit=1&limit=2", fault: "2 times"},
		{line: "GET /api/v1/token?page_number=1&before=x", fault: "exclude each other"},
		{line: "GET /api/v1/token?after=x&before=x", fault: "exclude each other"},
		{line: "GET /api/v1/me?limit=1", fault: `"limit" is unknown`},
		{line: "GET /api/v1/workspaces?limit=1", fault: `"limit" is unknown`},
		{line: "GET /api/v1/users?include_deleted=yes", fault: "include_deleted"},
		{line: "GET /api/v1/workspaces/w/search_history?limit=1001", fault: "limit"},
		{line: "GET /api/v1/workspaces/w/search_history?order=asc", fault: "order"},
		{line: "GET /api/v1/workspaces/w/search_history?before=x", fault: `"before" is unknown`},
		{line: "GET /api/v1/workspaces/w/search_history?after=2026-08-24T00:00:00%2B01:00", fault: "after"},
		{line: "POST /api/v1/token", fault: "required"},
		{line: "POST /api/v1/token", body: `{"expiry":null}`, fault: "expiry"},
		{line: "POST /api/v1/token", body: `{"expires_at":"2027-01-01"}`, fault: "expires_at"},
		{line: "POST /api/v1/token", body: `{"organization_role":"Admin"}`, fault: "organization_role"},
		{line: "POST /api/v1/token", body: `{"workspaces":[{"name":"w"}]}`, fault: "workspaces"},
		{line: "POST /api/v1/token", body: `{"personal":"no"}`, fault: "personal"},
		{line: "POST /api/v1/token", body: `{`, fault: "failed to decode"},
		{line: "PATCH /api/v1/token/x", body: `{"expires_at":null}`, fault: "expires_at"},
		{line: "PATCH /api/v1/token/x", body: `{"personal":null}`, fault: "personal"},
		{line: "DELETE /api/v1/token/x", body: `{}`, fault: "body not allowed"},
	} {
		t.Run(tc.line+" "+tc.body, func(t *testing.T) {
			w := &witness{TB: t}
			c.Request(w, request(tc.line, tc.body), []byte(tc.body))
			judge(t, w, tc.fault)
		})
	}
}

func TestRequestNeedsACredential(t *testing.T) {
	c := Load(t)
	for _, header := range []string{"", "Bearer ", "Basic eDp5"} {
		r := request("GET /api/v1/me", "")
		r.Header.Set("Authorization", header)
		w := &witness{TB: t}
		c.Request(w, r, nil)
		judge(t, w, "no bearer credential")
	}
}

func TestRequestNeedsJSON(t *testing.T) {
	c := Load(t)
	r := request("POST /api/v1/token", "{}")
	r.Header.Set("Content-Type", "text/plain")
	w := &witness{TB: t}
	c.Request(w, r, []byte("{}"))
	judge(t, w, "Content-Type")
}

// judge fails unless w holds a report that contains fault, or no report where fault is "".
func judge(t *testing.T, w *witness, fault string) {
	t.Helper()
	switch {
	case fault == "" && len(w.reports) > 0:
		t.Errorf("it fits, but is reported: %s", strings.Join(w.reports, "\n"))
	case fault != "" && !strings.Contains(strings.Join(w.reports, "\n"), fault):
		t.Errorf("no report says %q; there are %q", fault, w.reports)
	}
}
