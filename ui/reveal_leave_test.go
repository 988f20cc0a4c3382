package ui

import (
	"os"
	"path/filepath"
	"testing"

	"fob/client"
	"fob/client/lifecycle"
	"fob/ui/desk"
)

// Who has seen that nobody has a key isn't told again at every start.
func TestLeavingAnUnansweredRevealIsKnowing(t *testing.T) {
	pl := newPlace(t, nil)
	u, r := openReveal(t, pl, desk.OnDisplay)
	r.issued.Unanswered = true
	u.press("enter")
	u.idle()
	if !u.closed() || pl.journalled(lifecycle.IssueAbandoned) != 1 {
		t.Errorf("closed %v, %d entries", u.closed(), pl.journalled(lifecycle.IssueAbandoned))
	}
}

// The reason of a revocation is in the journal, also where a person chose the key.
func TestAChosenKeyIsRevokedForAReason(t *testing.T) {
	pl := newPlace(t, nil)
	u, r := openReveal(t, pl, desk.OnDisplay)
	r.issued.Certainty, r.issued.Candidates = lifecycle.Likely, []client.Key{*r.issued.Key}
	u.press("d", "enter")
	u.idle()
	reasons := 0
	for e, err := range lifecycle.Entries(pl.journal) {
		if err == nil && e.Kind == lifecycle.RevokeIntent && e.Why != "" {
			reasons++
		}
	}
	if pl.deletes.Load() != 1 || reasons != 1 {
		t.Errorf("%d keys were revoked, %d for a reason", pl.deletes.Load(), reasons)
	}
}

// What would be written into an env file is what is asked about before: also the workspace of a key that was ordered
// where all of them are.
func TestTheFileIsTriedAsItIsWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "my.env")
	if err := os.WriteFile(path, []byte("DEFAULT_WORKSPACE_NAME=other\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	pl := newPlace(t, nil)
	u, r := openReveal(t, pl, desk.OnDisplay)
	r.scope = client.Scope{}
	u.press("f", "ctrl+u")
	u.typeText(path)
	u.press("enter")
	u.idle()
	u.shows("DEFAULT_WORKSPACE_NAME changes from")
}
