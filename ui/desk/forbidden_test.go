package desk_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"fob/client"
	"fob/ui/desk"
)

// next is what is said to do about the refusal.
func next(t *testing.T, err error) string {
	t.Helper()
	refused, ok := errors.AsType[*client.Error](err)
	if !ok || refused.Status != http.StatusForbidden || refused.Next == nil {
		t.Fatalf("it ended with %v", err)
	}
	return refused.Next()
}

// What to do about a 403 is what is true for whoever asked, and for what they asked.
func TestWhatToDoAboutARefusal(t *testing.T) {
	o := open(t, editor)
	_, err := o.Keys(t.Context(), client.Scope{}, nil)
	if text := next(t, err); !strings.Contains(text, "admin of the organization may") {
		t.Errorf("before it is known who this is: %q", text)
	}
	if _, whoErr := o.Who(t.Context()); whoErr != nil {
		t.Fatal(whoErr)
	}
	if text := next(t, err); text != "organization keys are for admins; you are Member in this organization" {
		t.Errorf("to a Member: %q", text)
	}
	_, err = o.Keys(t.Context(), client.Scope{Workspace: "hr-handbook"}, nil)
	if text := next(t, err); text != "somebody with more rights in that workspace may" {
		t.Errorf("of a workspace that isn't theirs: %q", text)
	}

	refuse := func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/api/v1/me" {
			return false
		}
		w.WriteHeader(http.StatusForbidden)
		return true
	}
	o.before.Store(&refuse)
	_, err = o.Keys(t.Context(), client.Scope{Workspace: "legal-archive"}, nil)
	if text := next(t, err); text != "you are Search user in legal-archive; somebody with more rights there may" {
		t.Errorf("to a Search user: %q", text)
	}
	admin := o.again(t, func(p *desk.Options) { p.Profile.WebURL = "https://web.example\x1b[2J" })
	if _, err := admin.Who(t.Context()); err != nil {
		t.Fatal(err)
	}
	name := "x"
	row := desk.NewRow(client.Key{ID: "k"}, "", desk.Names{}, admin.Now())
	_, err = admin.Edit(t.Context(), &row, client.Change{Name: &name})
	text := next(t, err)
	if !strings.HasPrefix(text, "you were Admin when fob asked") || strings.Contains(text, "admin may") || !strings.HasSuffix(text, `pages are at https://web.example␛[2J`) {
		t.Errorf("to an Admin: %q", text)
	}
	o.before.Store(nil)
	issued, err := admin.Issue(t.Context(), order("narrow", desk.Place{Kind: desk.InKeyring}), nil)
	if err != nil {
		t.Fatal(err)
	}
	key, _ := o.platform.SecretOf(issued.Key.ID)
	narrow := o.again(t, func(p *desk.Options) { p.Session = key })
	_, err = narrow.Keys(t.Context(), client.Scope{Workspace: "hr-handbook"}, nil)
	if text := next(t, err); text != "the platform doesn't let this key do that: sign in as a person" {
		t.Errorf("to a key: %q", text)
	}
}
