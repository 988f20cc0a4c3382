package contract

import (
	"net/http"
	"testing"
)

func TestAnswer(t *testing.T) {
	c := Load(t)
	for _, tc := range []struct {
		line   string
		status int
		body   string
		html   bool
		fault  string
	}{
		{line: "GET /api/v1/token", status: 200, body: `{"data":[],"has_more":false,"total":0}`},
		{line: "GET /api/v1/token", status: 200, body: `{"data":[],"has_more":false,"total":null}`},
		{line: "GET /api/v1/token", status: 200, body: `{"data":[{"api_token_id":"x","expires_at":null,"user":{"given_name":"I","family_name":"K"}}],"has_more":true}`},
		{line: "GET /api/v1/workspaces/w/token", status: 200, body: `{"data":[{"api_token_id":"x","workspaces":["a",{"workspace_id":"i","name":"n"}],"role":null,"created_at":"2026-01-02T03:04:05.123456789+01:00","quota":{"rps":5}}],"has_more":false,"total":1}`},
		{line: "POST /api/v1/token", status: 200, body: `{"api_token":"api_a.b.c"}`},
		{line: "POST /api/v1/token", status: 201, body: `{"api_token":"api_a.b.c","api_token_id":"x"}`},
		{line: "PATCH /api/v1/token/x", status: 204},
		{line: "DELETE /api/v1/token/x", status: 204},
		{line: "DELETE /api/v1/token/x", status: 200, body: `"gone"`},
		{line: "GET /api/v1/workspaces", status: 200, body: `[{"name":"w","workspace_id":"i","languages":null,"default_idle_timeout_in_seconds":600}]`},
		{line: "GET /api/v1/me", status: 200, body: `{"user_id":"u","organization":{"organization_id":"o","workspaces":[{"name":"w","role":"Editor"}]}}`},
		{line: "GET /api/v1/workspaces/w/search_history", status: 200, body: `{"data":[{"search_history_id":"s","time":"2026-01-02T03:04:05Z","api_key":null,"user":"u","pipeline":{"name":"p"}}],"has_more":false,"total":1}`},
		{line: "GET /api/v1/me", status: 401, body: `{"detail":"no"}`},
		{line: "GET /api/v1/me", status: 403, body: `<html>`, html: true},
		{line: "GET /api/v1/me", status: 502, body: `<html>`, html: true},
		{line: "POST /api/v1/token", status: 422, body: `{"detail":[{"loc":["body",0],"msg":"m","type":"t"}]}`},
		{line: "GET /api/v1/token", status: 400, body: `{"details":[{"code":"c","message":"m"}]}`},
		{line: "GET /api/v1/token", status: 404, body: `{"errors":["m"]}`},
		{line: "GET /api/v1/token", status: 409, body: `{"errors":[{"msg":"m","type":"t"}]}`},
		{line: "GET /api/v1/token", status: 591, body: `{"message":"m"}`},

		{line: "GET /api/v1/tokens", status: 200, body: `{}`, fault: "no matching"},
		{line: "GET /api/v1/token", status: 204, fault: "not one of"},
		{line: "GET /api/v1/token", status: 307, fault: "not one of"},
		{line: "GET /api/v1/token", status: 200, body: `[]`, fault: "object"},
		{line: "GET /api/v1/token", status: 200, body: `{"data":[]}`, fault: "has_more"},
		{line: "GET /api/v1/token", status: 200, body: `{"data":[{"token_id":"x"}],"has_more":false}`, fault: "api_token_id"},
		{line: "GET /api/v1/token", status: 200, body: `{"data":[{"api_token_id":"x","expires_at":"tomorrow"}],"has_more":false}`, fault: "expires_at"},
		{line: "GET /api/v1/token", status: 200, body: `{"data":[{"api_token_id":"x","personal":"yes"}],"has_more":false}`, fault: "personal"},
		{line: "GET /api/v1/token", status: 200, body: `{"data":`, fault: "failed to decode"},
		{line: "GET /api/v1/token", status: 200, body: `<html>`, html: true, fault: "Content-Type"},
		{line: "POST /api/v1/token", status: 200, body: `{"api_token_id":"x"}`, fault: "api_token"},
		{line: "POST /api/v1/token", status: 200, body: `{"api_token":"sk_123"}`, fault: "api_token"},
		{line: "PATCH /api/v1/token/x", status: 200, body: `{}`, fault: "not one of"},
		{line: "PATCH /api/v1/token/x", status: 204, body: `{}`, fault: "where none can be"},
		{line: "GET /api/v1/workspaces", status: 200, body: `{"data":[],"has_more":false}`, fault: "array"},
		{line: "GET /api/v1/me", status: 403, body: `{"error":"no"}`, fault: "missing property 'detail'"},
		{line: "GET /api/v1/me", status: 403, body: `{"detail":{"msg":"no"}}`, fault: "got object"},
	} {
		t.Run(tc.line+" "+tc.body, func(t *testing.T) {
			w := &witness{TB: t}
			c.Answer(w, request(tc.line, ""), tc.status, contentType(tc.html), []byte(tc.body))
			judge(t, w, tc.fault)
		})
	}
}

func contentType(html bool) http.Header {
	if html {
		return http.Header{"Content-Type": {"text/html; charset=utf-8"}}
	}
	return http.Header{"Content-Type": {"application/json"}}
}

func TestExactAnswerNoticesFieldsThatNobodyKnows(t *testing.T) {
	c := Load(t)
	for _, tc := range []struct {
		line   string
		status int
		body   string
	}{
		{"GET /api/v1/token", 200, `{"data":[{"api_token_id":"x","title":"y"}],"has_more":false}`},
		{"GET /api/v1/token", 200, `{"data":[],"has_more":false,"totals":1}`},
		{"GET /api/v1/token", 200, `{"data":[{"api_token_id":"x","user":{"mail":"y"}}],"has_more":false}`},
		{"GET /api/v1/sso/organizations", 200, `{"organizations":[{"organization_id":"x","title":"y"}]}`},
		{"GET /api/v1/me", 403, `{"detail":"x","code":1}`},
	} {
		loose, exact := &witness{TB: t}, &witness{TB: t}
		c.Answer(loose, request(tc.line, ""), tc.status, contentType(false), []byte(tc.body))
		judge(t, loose, "")
		c.ExactAnswer(exact, request(tc.line, ""), tc.status, contentType(false), []byte(tc.body))
		if len(exact.reports) == 0 {
			t.Errorf("%s: nothing is reported about %s", tc.line, tc.body)
		}
	}
	fits := &witness{TB: t}
	c.ExactAnswer(fits, request("GET /api/v1/token", ""), 200, contentType(false),
		[]byte(`{"data":[{"api_token_id":"x","user":{"email":"y"}}],"has_more":false,"total":1}`))
	judge(t, fits, "")
}
