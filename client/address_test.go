package client

import (
	"strings"
	"testing"
)

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
	if _, err := New(Options{BaseURL: "http://example.com", Credential: asSession}); err == nil || !strings.Contains(err.Error(), "plain http") {
		t.Errorf("an address in the clear: %v", err)
	}
	c, err := New(Options{BaseURL: "https://example.com/api/v1/", Credential: asSession})
	if err != nil || c.Origin() != "https://example.com" || c.base != "https://example.com/api" {
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
