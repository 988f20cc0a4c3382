package desk_test

import (
	"errors"
	"strings"
	"testing"

	"fob/client"
	"fob/ui/desk"
)

// What was revoked from here isn't handed to any program, and the stash doesn't call it active.
func TestRevokedKeyIsNotHandedOut(t *testing.T) {
	o := open(t, "")
	issued, err := o.Issue(t.Context(), order("retired", desk.Place{Kind: desk.InKeyring}), nil)
	if err != nil {
		t.Fatal(err)
	}
	row := desk.NewRow(*issued.Key, "claims-search", desk.Names{}, o.Now())
	results := o.Revoke(t.Context(), client.Scope{Workspace: "claims-search"}, []*desk.Row{&row}, nil)
	if len(results) != 1 || !results[0].State.Done() || len(results[0].Warnings) != 1 || !strings.Contains(results[0].Warnings[0], "stash remove") {
		t.Fatalf("%+v", results)
	}
	s, err := o.Keeps().Find(t.Context(), "retired")
	if err != nil || s.Status != desk.StatusRevoked {
		t.Fatalf("%s: %v", s.Status, err)
	}
	if _, _, err := o.Keeps().Secret(t.Context(), s.Entry); !errors.Is(err, desk.ErrRevoked) {
		t.Errorf("its secret is handed out: %v", err)
	}
}
