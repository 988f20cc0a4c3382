package client

import (
	"strings"
	"testing"
)

func TestBaseURL(t *testing.T) {
	for _, c := range []struct{ address, origin, base, wrong string }{
		{"https://api.cloud.deepset.ai", "https://api.cloud.deepset.ai", "https://api.cloud.deepset.ai/api", ""},
		{"https://api.cloud.deepset.ai/", "https://api.cloud.deepset.ai", "https://api.cloud.deepset.ai/api", ""},
		{"https://api.cloud.deepset.ai/api", "https://api.cloud.deepset.ai", "https://api.cloud.deepset.ai/api", ""},
		{" https://api.cloud.deepset.ai/api/v1/ ", "https://api.cloud.deepset.ai", "https://api.cloud.deepset.ai/api", ""},
		{"https://API.Example.com:443/api/v1", "https://api.example.com", "https://api.example.com/api", ""},
		{"https://example.com:8443/api/v1", "https://example.com:8443", "https://example.com:8443/api", ""},
		{"https://example.com/deep/set/api/v1", "", "", "a path"},
		{"https://example.com/v1", "", "", "a path"},
		{"https://example.com/api/v2", "", "", "a path"},
		{"https://example.com/%61pi", "", "", "a path"},
		{"http://127.0.0.1:8080", "http://127.0.0.1:8080", "http://127.0.0.1:8080/api", ""},
		{"http://127.9.9.9", "http://127.9.9.9", "http://127.9.9.9/api", ""},
		{"http://[::1]:80/api", "http://[::1]", "http://[::1]/api", ""},
		{"http://localhost:1", "http://localhost:1", "http://localhost:1/api", ""},
		{"http://example.com", "", "", "plain http"},
		{"http://127.0.0.1.example.com", "", "", "plain http"},
		{"http://localhost.example.com", "", "", "plain http"},
		{"http://0.0.0.0", "", "", "plain http"},
		{"https://ana:pass@example.com", "", "", "password"},
		{"https://example.com?x=1", "", "", "query"},
		{"https://example.com/#x", "", "", "fragment"},
		{"ftp://example.com", "", "", "form"},
		{"api.cloud.deepset.ai", "", "", "form"},
		{"https://", "", "", "form"},
		{"https://exa mple.com:pass@x", "", "", "form"},
		{"", "", "", "no address"},
	} {
		origin, base, err := parseBase(c.address)
		if c.wrong == "" {
			if err != nil || origin != c.origin || base != c.base {
				t.Errorf("%q: %q %q %v", c.address, origin, base, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.wrong) || strings.Contains(err.Error(), "pass@") {
			t.Errorf("%q: %v, want a word about %q", c.address, err, c.wrong)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	if _, err := New(Options{BaseURL: "https://example.com"}); err == nil {
		t.Error("a client without a credential was made")
	}
	if _, err := New(Options{BaseURL: "https://example.com", Credential: asSession, CAFile: "does-not-exist.pem"}); err == nil {
		t.Error("a file that isn't there was accepted")
	}
	if _, err := New(Options{BaseURL: "https://example.com", Credential: asSession, CAFile: "address_test.go"}); err == nil {
		t.Error("a file without a certificate was accepted")
	}
	c, err := New(Options{BaseURL: "https://example.com/api/v1/", Credential: asSession})
	if err != nil || c.Origin() != "https://example.com" {
		t.Error(c.Origin(), err)
	}
}

// Dots in a path would be another call on the way: DELETE /token/../token.
func TestSegmentsThatAreRefused(t *testing.T) {
	p := serve(t, says(200, `{"data":[],"total":0,"has_more":false}`))
	for _, id := range []string{"", ".", ".."} {
		if err := p.RevokeKey(t.Context(), id); err == nil || isUnanswered(err) {
			t.Errorf("revoke %q: %v", id, err)
		}
	}
	if _, err := p.ListKeys(t.Context(), Scope{Workspace: ".."}, nil); err == nil {
		t.Error("a workspace named .. was listed")
	}
	if _, err := p.Roles(t.Context(), ""); err == nil {
		t.Error("roles of no organization")
	}
	for _, err := range p.History(t.Context(), ".", HistoryQuery{}) {
		if err == nil {
			t.Error("history of .")
		}
	}
	for _, err := range p.Keys(t.Context(), Scope{Workspace: "."}) {
		if err == nil {
			t.Error("keys of .")
		}
	}
	if asked := p.requests(); len(asked) != 0 {
		t.Errorf("sent %v", asked)
	}
	if _, err := p.ListKeys(t.Context(), Scope{Workspace: "a/b ü?#%"}, nil); err != nil {
		t.Error(err)
	}
	if got := p.requests()[0].uri; !strings.HasPrefix(got, "/api/v1/workspaces/a%2Fb%20%C3%BC%3F%23%25/token?") {
		t.Error(got)
	}
}
