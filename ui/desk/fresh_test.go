package desk_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/secret"
	"fob/config/stash"
	"fob/ui/desk"
)

// The secret can be rescued from the moment on that it arrived, while its id is still looked for.
func TestRescueWhileTheIDIsLookedFor(t *testing.T) {
	o := open(t, "")
	keys := &ring{Memory: stash.NewMemory()}
	d := o.elsewhere(t, keys, o.index)
	start := d.Now().Add(-time.Minute)
	var said, open []string
	issued, err := d.Issue(t.Context(), order("midway", desk.Place{Kind: desk.OnDisplay}), func(s lifecycle.Step) {
		if s.Stage == lifecycle.Looking && said == nil {
			if _, underWay := d.Loose(start); !underWay {
				t.Error("nothing is under way while the id is looked for")
			}
			said = d.Rescue(t.Context())
			open, _ = d.Unfinished(start)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(said) != 1 || !strings.Contains(said[0], "midway was kept in") {
		t.Errorf("the rescue says %q", said)
	}
	if len(open) != 0 {
		t.Errorf("kept, and unfinished: %q", open)
	}
	want, _ := o.platform.SecretOf(issued.Key.ID)
	if v, err := keys.Get(t.Context(), issued.Account); err != nil || !v.Equal(want) {
		t.Errorf("the keyring has another secret, or none: %v", err)
	}
	if !issued.Kept || len(d.Holder().Unsaved()) != 0 {
		t.Errorf("kept %v, %d unsaved", issued.Kept, len(d.Holder().Unsaved()))
	}
	if e, err := o.Keeps().Find(t.Context(), "midway"); err != nil || e.ID != issued.Key.ID || !e.Kept {
		t.Errorf("the stash has %+v: %v", e, err)
	}
}

// refusing is a keyring that takes nothing.
type refusing struct{ *stash.Memory }

func (refusing) Try(context.Context) error                       { return errRing }
func (refusing) Put(context.Context, string, secret.Value) error { return errRing }

// A rescue that failed is in the journal, and the key is named at the next start, until it is revoked.
func TestAKeyThatNobodyHasIsNamedAtTheNextStart(t *testing.T) {
	o := open(t, "")
	d := o.elsewhere(t, refusing{stash.NewMemory()}, o.index)
	start := d.Now().Add(-time.Minute)
	issued, err := d.Issue(t.Context(), order("unsaved", desk.Place{Kind: desk.OnDisplay}), nil)
	if err != nil {
		t.Fatal(err)
	}
	if lines := d.Rescue(t.Context()); len(lines) != 1 || !strings.Contains(lines[0], "could not be kept") {
		t.Errorf("the rescue says %q", lines)
	}
	failed := false
	for e, err := range lifecycle.Entries(o.journal) {
		failed = failed || err == nil && e.Kind == lifecycle.IssueStored && e.Places[0].Error != ""
	}
	if !failed {
		t.Error("the journal doesn't have the failed rescue")
	}
	if lines, _ := d.Loose(start); len(lines) != 0 {
		t.Errorf("what the rescue told of is told again: %q", lines)
	}
	if err := o.journal.Append(t.Context(), []byte(`{"v":1,"kind":"issue.st`)); err != nil { // torn, and closed by the next line
		t.Fatal(err)
	}
	next := o.elsewhere(t, stash.NewMemory(), o.index)
	lines, err := next.Unfinished(start)
	if err != nil || len(lines) != 1 || !strings.Contains(lines[0], "unsaved was made in claims-search") || !strings.Contains(lines[0], issued.Key.ID) {
		t.Errorf("the next start says %q, %v", lines, err)
	}
	row := next.Row(*issued.Key, client.Scope{Workspace: "claims-search"})
	if r := next.Revoke(t.Context(), client.Scope{Workspace: "claims-search"}, []*desk.Row{row}, nil); r[0].Err != nil {
		t.Fatal(r[0].Err)
	}
	if lines, err := next.Unfinished(start); err != nil || len(lines) != 0 {
		t.Errorf("after it was revoked, a start says %q, %v", lines, err)
	}
}

// Leaving a key that was only sent, knowingly, ends it.
func TestAKeyLeftKnowinglyIsNotNamed(t *testing.T) {
	o := open(t, "")
	issued, err := o.Issue(t.Context(), order("left", desk.Place{Kind: desk.OnDisplay}), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Abandon(t.Context(), issued.Account); err != nil {
		t.Fatal(err)
	}
	if lines, err := o.Unfinished(o.Now().Add(-time.Minute)); err != nil || len(lines) != 0 {
		t.Errorf("%q, %v", lines, err)
	}
}

// What the index takes for a key's id, is certain.
func TestALikelyIDIsNotLearned(t *testing.T) {
	o := open(t, "")
	nameless := func(w http.ResponseWriter, r *http.Request) bool { // who made the key can't be compared
		if strings.HasSuffix(r.URL.Path, "/me") {
			w.WriteHeader(http.StatusNotFound)
			return true
		}
		return false
	}
	o.before.Store(&nameless)
	issued, err := o.Issue(t.Context(), order("likely", desk.Place{Kind: desk.InKeyring}), nil)
	if err != nil {
		t.Fatal(err)
	}
	if issued.Certainty != lifecycle.Likely || issued.Key == nil {
		t.Fatalf("the id is %s", issued.Certainty)
	}
	if _, err := o.Put(t.Context(), issued.Account, desk.Place{Kind: desk.OnDisplay}); err != nil {
		t.Fatal(err)
	}
	entries, err := o.index.Entries(t.Context())
	if err != nil || len(entries) != 1 || entries[0].KeyID != "" {
		t.Errorf("the index has %+v: %v", entries, err)
	}
	if err := o.revokeChosen(t, issued); err != nil {
		t.Error(err)
	}
}

// revokeChosen revokes the likeliest candidate, as a person would choose it.
func (o *office) revokeChosen(t *testing.T, issued desk.Issued) error {
	t.Helper()
	if _, err := o.Discard(t.Context(), issued.Account); !errors.Is(err, desk.ErrNotCertain) {
		t.Errorf("discarding it says %v", err)
	}
	_, err := o.DiscardChosen(t.Context(), issued.Account, issued.Candidates[0], "chosen in a test")
	for e, failed := range lifecycle.Entries(o.journal) {
		if failed == nil && e.Kind == lifecycle.RevokeIntent && e.Why != "chosen in a test" {
			t.Errorf("the journal says %q", e.Why)
		}
	}
	return err
}

// The organization is known to the index even where it wasn't when the order began.
func TestTheOrganizationIsLearnedLater(t *testing.T) {
	o := open(t, "")
	asked := 0
	fails := func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/me") {
			if asked++; asked == 1 {
				w.WriteHeader(http.StatusBadRequest)
				return true
			}
		}
		return false
	}
	o.before.Store(&fails)
	if _, err := o.Issue(t.Context(), order("orphaned", desk.Place{Kind: desk.InKeyring}), nil); err != nil {
		t.Fatal(err)
	}
	entries, err := o.index.Entries(t.Context())
	if err != nil || len(entries) != 1 || entries[0].OrganizationID != o.platform.OrganizationID() {
		t.Errorf("the index has %+v: %v", entries, err)
	}
}

// A key of all workspaces is in no workspace's list: that it isn't there says nothing of a DELETE without an answer.
func TestAnUnansweredRevocationOfAWideKey(t *testing.T) {
	o := open(t, "")
	list, err := o.Keys(t.Context(), client.Scope{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var wide *desk.Row
	for _, r := range list.Rows {
		if r.All {
			wide = r
		}
	}
	ctx, hurry := context.WithCancel(t.Context())
	defer hurry()
	lose := func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodDelete {
			hurry() // one look at the list is enough
			panic(http.ErrAbortHandler)
		}
		return false
	}
	o.before.Store(&lose)
	results := o.Revoke(ctx, client.Scope{Workspace: "claims-search"}, []*desk.Row{wide}, nil)
	if results[0].Err == nil || results[0].State.Done() {
		t.Errorf("it is %s, and it is alive", results[0].State)
	}
}
