package client_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"fob/client"
	"fob/client/contract"
	"fob/client/secret"
)

// Every request that the client sends is one that client/openapi.yaml knows, and every answer that is tried here is one
// that it allows.
func TestRequestsFitTheContract(t *testing.T) {
	book := contract.Load(t)
	part := base64.RawURLEncoding.EncodeToString
	key := "api_" + part([]byte(`{"alg":"none"}`)) + "." + part([]byte(`{}`)) + "." + part([]byte("signature"))
	operations := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		book.Request(t, r, body)
		status, answer := reply(r, key)
		operations[r.Method+" "+r.URL.Path]++
		if status != http.StatusNoContent {
			w.Header().Set("Content-Type", "application/json")
		}
		book.Answer(t, r, status, w.Header(), []byte(answer))
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	defer server.Close()

	for _, organization := range []string{"", "org-1"} {
		c, err := client.New(client.Options{
			BaseURL: server.URL, OrganizationID: organization, Concurrency: 1,
			Credential: func(context.Context) (secret.Value, error) { return secret.New("session"), nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		everyCall(t, c)
	}
	for _, operation := range []string{
		"GET /api/v1/token", "POST /api/v1/token", "PATCH /api/v1/token/k-1", "DELETE /api/v1/token/k-1", "GET /api/v1/me", "GET /api/v1/users",
		"GET /api/v1/workspaces", "GET /api/v1/workspaces/legal docs/token", "GET /api/v1/workspaces/legal docs/search_history",
		"GET /api/v1/sso/organizations", "GET /api/v1/organization/org-1/roles",
	} {
		if operations[operation] == 0 {
			t.Errorf("%s was never asked", operation)
		}
	}
}

// everyCall calls every method of the client that sends something, with every field in use.
func everyCall(t *testing.T, c *client.Client) {
	ctx := t.Context()
	name, role, personal := "n", "MEMBER", false
	at := time.Now().Add(time.Hour)
	must := func(op string, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", op, err)
		}
	}
	_, err := c.Me(ctx)
	must("me", err)
	_, err = c.Organizations(ctx)
	must("organizations", err)
	users, err := c.Users(ctx, nil)
	must("users", err)
	_, err = c.Workspaces(ctx)
	must("workspaces", err)
	_, err = c.Roles(ctx, "org-1")
	must("roles", err)
	for _, scope := range []client.Scope{{}, {Workspace: "legal docs"}} {
		l, err := c.ListKeys(ctx, scope, nil)
		must("keys", err)
		if !l.Complete || len(l.Items) != 101 {
			t.Errorf("%d keys, %q", len(l.Items), l.Why)
		}
		for _, err := range c.Keys(ctx, scope) {
			must("keys", err)
		}
	}
	if !users.Complete {
		t.Error(users.Why)
	}
	_, err = c.CreateKey(ctx, client.Draft{Name: "n", OrganizationRole: "ADMIN", RoleID: "r-1", Workspaces: []string{"legal docs"}, ExpiresAt: &at})
	must("create", err)
	_, err = c.CreateKey(ctx, client.Draft{Personal: true, OrganizationRole: "MEMBER", AllWorkspaces: true})
	must("create", err)
	must("change", c.UpdateKey(ctx, "k-1", client.Change{Name: &name, OrganizationRole: &role, Personal: &personal, RoleID: &name}))
	must("change", c.UpdateKey(ctx, "k-1", client.Change{Name: &name}))
	must("revoke", c.RevokeKey(ctx, "k-1"))
	for _, q := range []client.HistoryQuery{{}, {Filter: "created_at ge 2026-08-24T00:00:00Z", OldestFirst: true, Limit: 1}} {
		for _, err := range c.History(ctx, "legal docs", q) {
			must("history", err)
		}
	}
}

// reply is what the platform would answer. Key lists announce no total to the organization "org-1", so that both ways of
// paging are seen.
func reply(r *http.Request, key string) (int, string) {
	list := func(items string, more bool, total string) (int, string) {
		return 200, `{"data":[` + items + `],"has_more":` + strconv.FormatBool(more) + `,"total":` + total + `}`
	}
	switch {
	case r.Method == http.MethodPost:
		return 200, `{"api_token":"` + key + `"}`
	case r.Method == http.MethodPatch:
		return 204, ""
	case r.Method == http.MethodDelete:
		return 200, `{}`
	case strings.HasSuffix(r.URL.Path, "/token"):
		total, items := "101", make([]string, 0, 100)
		if r.Header.Get("X-Organization-ID") != "" {
			total = "null"
		}
		q := r.URL.Query()
		if q.Get("before") != "" || q.Get("page_number") == "2" {
			return list(`{"api_token_id":"k-101"}`, false, total)
		}
		for i := range 100 {
			items = append(items, `{"api_token_id":"k-`+strconv.Itoa(i+1)+`","expires_at":null}`)
		}
		return list(strings.Join(items, ","), true, total)
	case strings.HasSuffix(r.URL.Path, "/me"):
		return 200, `{"user_id":"u-1","email":"ana@example.com","given_name":"Ana","family_name":"Díaz",` +
			`"organization":{"organization_id":"org-1","name":"Org","role":"ADMIN","workspaces":[{"name":"legal docs","role":"Editor"}]}}`
	case strings.HasSuffix(r.URL.Path, "/organizations"):
		return 200, `{"organizations":[{"organization_id":"org-1","name":"Org"}]}`
	case strings.HasSuffix(r.URL.Path, "/workspaces"):
		return 200, `[{"workspace_id":"w-1","name":"legal docs","languages":"en","default_idle_timeout_in_seconds":3600}]`
	case strings.HasSuffix(r.URL.Path, "/roles"):
		return list(`{"role_id":"r-1","name":"Editor","description":"writes","permissions":["read"]}`, false, "1")
	case strings.HasSuffix(r.URL.Path, "/search_history"):
		return list(`{"search_history_id":"h-1","time":"2026-09-01T10:00:00.000Z","status":"SUCCESS","pipeline":{"name":"qa"},"user":{"user_id":"u-1"},"api_key":null}`, false, "1")
	}
	return list(`{"user_id":"u-1","email":"ana@example.com","given_name":"Ana","family_name":"Díaz","deleted":false}`, false, "1")
}
