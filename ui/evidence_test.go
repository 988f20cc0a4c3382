package ui

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"fob/client"
	"fob/client/audit"
	"fob/ui/desk"
)

// A key with everything that is known of it: findings, verdict, days and weeks.
func TestEvidence(t *testing.T) {
	pl := newPlace(t, nil)
	u, s := openAudit(t, pl.Desk, 120, 40)
	u.finds(s, audit.RuleExpiresSoon, "ci-eval")
	u.press("enter")
	u.shows("reading every entry of the window", "expires soon (expires-soon)", "ends on 2026-12-04", "rotate it before then")
	u.idle()
	u.shows("verdict", "seen: last query on 2026-11-22 in claims-search", "2 h ago", " of 91 days", "2026-11-15", "█", "service", "Jonas Petersen")
	u.press("esc")
	if len(u.p.pages) != 0 {
		t.Fatal("esc doesn't lead back")
	}

	u.finds(s, audit.RuleNotSeen, "export-2024")
	u.press("enter")
	u.idle()
	u.shows("not seen: no query since 2026-08-24", "none in the window", "never expires (never-expires)")
	u.press("q")
	if len(u.p.pages) != 0 {
		t.Fatal("q doesn't lead back")
	}
}

// The key of the story that rests on seven days of ninety.
func TestKeyUsage(t *testing.T) {
	pl := newPlace(t, nil)
	a, err := pl.Audit(t.Context(), desk.AuditQuestion{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range a.Input.Keys {
		if name, _ := k.Name.Get(); name != "ingest-prod" {
			continue
		}
		usage, err := pl.KeyUsage(t.Context(), a, k.ID)
		if err != nil {
			t.Fatal(err)
		}
		if usage.Workspace != "claims-search" || !usage.Last.Equal(testNow.Add(-4*time.Minute)) || usage.Window != 91 || usage.DaysSeen != usage.Window-7 {
			t.Errorf("usage is %+v", usage)
		}
		total, most := 0, 0
		for _, w := range usage.Weeks {
			total += w.Count
			most = max(most, w.Bar)
			if w.Count > 0 != (w.Bar > 0) {
				t.Errorf("a bar of %d for %d entries", w.Bar, w.Count)
			}
		}
		if len(usage.Weeks) != 13 || total < 83 || most != 20 {
			t.Errorf("%d weeks, %d entries, the longest bar %d", len(usage.Weeks), total, most)
		}
		return
	}
	t.Fatal("the key is gone")
}

// What can't be read is said where it would stand; the rest stays.
func TestEvidenceUnreadable(t *testing.T) {
	pl := newPlace(t, nil)
	u, s := openAudit(t, pl.Desk, 120, 40)
	pl.intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/search_history") {
			http.Error(w, `{"detail":"not today"}`, http.StatusForbidden)
			return true
		}
		return false
	})
	u.finds(s, audit.RuleExpiresSoon, "ci-eval")
	u.press("enter")
	u.idle()
	u.shows("seen: last query on 2026-11-22", "cannot tell: the history of claims-search can't be read")
	u.hides("none in the window")
}

// y sends a finding as text for a ticket to the clipboard, from the table and from the evidence.
func TestEvidenceCopies(t *testing.T) {
	pl := newPlace(t, nil)
	var sent strings.Builder
	d, err := desk.Open(desk.Options{
		APIURL: pl.Origin(), OrganizationID: pl.sandbox.OrganizationID(), Session: pl.sandbox.SessionToken(), Demo: true,
		Journal: pl.journal, Index: pl.index, Keys: pl.keyring, Location: berlin(t), Terminal: &sent,
		Getenv: func(name string) string { return map[string]string{"TERM": "xterm-256color"}[name] },
	})
	if err != nil {
		t.Fatal(err)
	}
	u, s := openAudit(t, d, 80, 24)
	f := u.finds(s, audit.RuleOwnerLeft, "zoe-notebook")
	text := s.audit.FindingText(f.Finding)
	for _, want := range []string{"owner has left (owner-left)", "zoe-notebook", f.KeyID, "Zoë Ó Briain has left", "Next step: ", "Nordwind Versand", "Ida Krüger", "Window: "} {
		if !strings.Contains(text, want) {
			t.Errorf("the ticket lacks %q:\n%s", want, text)
		}
	}
	u.press("y")
	u.idle()
	u.shows("sent the finding as text to")
	first := sent.Len()
	if first == 0 {
		t.Fatal("nothing was sent")
	}
	u.press("enter")
	u.idle()
	u.press("y")
	u.idle()
	u.shows("sent the finding as text to")
	if sent.Len() <= first {
		t.Error("the evidence sent nothing")
	}
}

// The exception whose key is gone has evidence, too, and nothing to revoke.
func TestEvidenceOfAGoneKey(t *testing.T) {
	pl := newPlace(t, func(o *desk.Options) { o.Policy = &desk.PolicyFile{} })
	if _, err := pl.Except(t.Context(), audit.Exception{
		Key: "0000-gone", Name: "gone", Reason: "was", Owner: "Ida", Until: testNow.AddDate(0, 0, -3), WholeDay: true,
	}); err != nil {
		t.Fatal(err)
	}
	u, s := openAudit(t, pl.Desk, 80, 24)
	u.finds(s, audit.RuleExceptionEnded, "gone")
	u.press("enter")
	u.idle()
	u.shows("its exception has ended", "the key is gone")
	u.press("esc", "x", "e")
	u.idle()
	if len(u.p.pages) != 0 {
		t.Error("a key that is gone can be changed")
	}
	if _, err := pl.Except(t.Context(), audit.Exception{Key: "k", Reason: "r", Owner: "o"}); err == nil {
		t.Error("an exception without an end is taken")
	}
}

func TestReaches(t *testing.T) {
	row := rowWith("a", nil)
	everywhere := rowWith("b", func(k *client.Key) { k.Workspaces = client.Some([]client.WorkspaceRef{}) })
	unknown := rowWith("c", func(k *client.Key) { k.Workspaces = client.Field[[]client.WorkspaceRef]{} })
	for _, c := range []struct {
		row       *desk.Row
		workspace string
		want      bool
	}{
		{row, "claims-search", true}, {row, "playground", false}, {everywhere, "playground", true}, {unknown, "playground", true},
	} {
		if got := c.row.Reaches(c.workspace); got != c.want {
			t.Errorf("%s reaches %s: %v", c.row.Name, c.workspace, got)
		}
	}
}
