package ui

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/exp/golden"

	"fob/client/audit"
	"fob/client/sandbox"
	"fob/client/secret"
	"fob/config"
	"fob/ui/desk"
)

// What can't be read is said, and is never taken for the whole.
func TestAuditHistoryUnreadable(t *testing.T) {
	pl := newPlace(t, nil)
	pl.intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, "/legal-archive/search_history") {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"detail":"history is not for you"}`))
		return true
	})
	u, s := openAudit(t, pl.Desk, 80, 24)
	u.shows("13 of 14 workspaces read", "the history of legal-archive can't be read whole")
	for _, k := range s.audit.Result.Keys {
		if (k.Name == "export-2024" || k.Name == "legal-archive-prod") && k.Verdict != audit.CannotTell {
			t.Errorf("%s is %s: %s", k.Name, k.Verdict, k.Reason)
		}
	}
	if s.has(audit.RuleNotSeen, "export-2024") || !s.has(audit.RuleNotSeen, "canary-probe") {
		t.Error("what was read isn't judged as it should be")
	}
}

func TestAuditListRefused(t *testing.T) {
	pl := newPlace(t, nil)
	session, ok := pl.sandbox.SessionFor("mehmet.yildiz@nordwind-versand.example")
	if !ok {
		t.Fatal("nobody of that address")
	}
	d, err := desk.Open(desk.Options{
		APIURL: pl.Origin(), OrganizationID: pl.sandbox.OrganizationID(), Session: session, Journal: config.NewMemoryJournal(),
		Index: pl.index, Keys: pl.keyring, Location: berlin(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	u, s := openAudit(t, d, 80, 24)
	u.shows("The audit is not for this session: it judges every key of the organization", "403", "organization keys are for admins; you are")
	u.press("x", "e", "a", "E", "enter", "y", " ")
	u.idle()
	if len(u.p.pages) != 0 || s.refusal() == "" {
		t.Error("keys open something over nothing")
	}
	u.hides("x revoke", "e edit", "x  revoke", "e  edit", "tries again", "enter evidence", "a except")
	u.press("?")
	u.hides(" revoke", "exception")
}

// A key as the session looks, and changes nothing.
func TestAuditOfAKey(t *testing.T) {
	pl := newPlace(t, nil)
	var value secret.Value
	list, err := pl.Keys(t.Context(), organization, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list.Rows {
		if r.Name == "terraform-admin" {
			value, _ = pl.sandbox.SecretOf(r.Key.ID)
		}
	}
	d, err := desk.Open(desk.Options{
		APIURL: pl.Origin(), OrganizationID: pl.sandbox.OrganizationID(), Session: value, Journal: config.NewMemoryJournal(),
		Index: pl.index, Keys: pl.keyring, Location: berlin(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	u, s := openAudit(t, d, 120, 40)
	if !s.judged {
		t.Fatalf("not judged:\n%s", u.view())
	}
	u.shows("enter evidence", "a except")
	u.hides("x revoke", "e edit")
	u.press("x", "e")
	u.idle()
	if len(u.p.pages) != 0 {
		t.Error("a key can change something")
	}
	u.press("?")
	u.hides("revoke")
}

// A policy that can't be used stops the audit, says where, and what to do.
func TestAuditPolicyBroken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.toml")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("# ours\nversion = 1\nwindow_day = 30\n")
	pl := newPlace(t, func(o *desk.Options) { o.Policy = &desk.PolicyFile{Path: path} })
	u, s := openAudit(t, pl.Desk, 80, 24)
	u.shows("The audit could not be made", "policy.toml:3", `did you mean "window_days"?`, "r tries again")
	write("# ours\nversion = 1\nwindow_days = 30\n")
	u.press("r")
	u.idle()
	u.shows("30 days to today", "98 keys")
	write("# ours\nversion = 1\nwindow_days = 31\n[rules.not-seen]\non = false\n")
	u.press("r")
	u.idle()
	u.shows("31 days to today")
	if s.has(audit.RuleNotSeen, "export-2024") {
		t.Error("the policy isn't read again")
	}
	write("version = 2\n")
	u.press("r")
	u.idle()
	u.shows("31 days to today", "not read again: ")
}

func TestAuditEmptyOrganization(t *testing.T) {
	pl := newPlace(t, nil)
	pl.intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, "/token") {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"data":[],"has_more":false,"total":0}`))
		return true
	})
	for _, size := range sizes {
		u, s := openAudit(t, pl.Desk, size.width, size.height)
		u.shows("0 keys", "There is no key to judge.")
		u.press("enter", "x", "a", "y", " ", "*", "e")
		u.idle()
		if len(u.p.pages) != 0 || !s.judged {
			t.Error("keys open something over nothing")
		}
		u.press("1")
		u.hides("LAST QUERY")
	}
}

// Whoever has named what: nothing of it acts on the terminal, in no place of the tab.
func TestAuditHostileNames(t *testing.T) {
	evil := "\x1b]0;owned\x07\u202eevil" + strings.Repeat("世界", 40)
	pl := newPlace(t, nil)
	pl.intercept(renaming(pl.sandbox, "export-2024", evil))
	for _, size := range sizes {
		u, s := auditProgram(t, pl.Desk, size.width, size.height, size.utf8)
		u.press("3")
		u.idle()
		for _, name := range []string{evil, "prod\x1b[2J\x1b]0;gotcha\a\u202eyek-terces\u202c"} {
			rule := audit.RuleNotSeen
			if name != evil {
				rule = audit.RuleNeverSeen
			}
			u.finds(s, rule, name)
			for _, step := range []string{"", "enter", "esc", "a", "esc", "x", "esc", "E", "esc", "/", "e", "v", "i", "l", "enter", "esc", "?", "esc"} {
				if step != "" {
					u.press(step)
					u.idle()
				}
				checkFrame(t, u.view(), size.width, size.height, !size.utf8)
				if view := u.view(); strings.ContainsAny(view, "\x1b\x07\u202e") {
					t.Fatalf("raw after %q: %q", step, view)
				}
			}
			if text := s.audit.FindingText(u.finds(s, rule, name).Finding); strings.ContainsAny(text, "\x1b\x07\u202e") {
				t.Errorf("raw in a ticket: %q", text)
			}
		}
	}
}

// renaming answers lists of keys with one key called otherwise.
func renaming(s *sandbox.Sandbox, from, to string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, "/token") || r.Header.Get("X-Again") != "" {
			return false
		}
		again := r.Clone(context.Background())
		again.Header.Set("X-Again", "1")
		answer := httptest.NewRecorder()
		s.ServeHTTP(answer, again)
		name, err := json.Marshal(to)
		if err != nil {
			panic(err)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(answer.Code)
		_, _ = w.Write([]byte(strings.ReplaceAll(answer.Body.String(), `"`+from+`"`, string(name))))
		return true
	}
}

func TestAuditGolden(t *testing.T) {
	for _, size := range sizes {
		t.Run(size.name, func(t *testing.T) {
			pl := newPlace(t, nil)
			u, s := auditProgram(t, pl.Desk, size.width, size.height, size.utf8)
			a := &screens{t: t, width: size.width, height: size.height, ascii: !size.utf8}
			add := func(title string) { a.add(title, u.p) }
			u.press("3")
			add("beginning")
			u.send(streamMsg{to: s.id, seq: s.reading.seq, body: desk.AuditProgress{Stage: "reading the search history of claims-search", Done: 3, Total: 14}})
			add("reading")
			u.idle()
			add("audit")
			u.finds(s, audit.RuleNeverExpires, "catalog-sync")
			u.press(" ", " ")
			add("two marked")
			u.press("esc", "/")
			u.typeText("rule:look-alike-name")
			add("filter")
			u.press("enter", "enter")
			u.idle()
			add("evidence of a key that looks like another")
			u.press("esc", "esc")
			u.finds(s, audit.RuleExpiresSoon, "ci-eval")
			u.press("enter")
			add("evidence, reading")
			u.idle()
			add("evidence")
			u.press("pgdown")
			add("evidence, further down")
			u.press("esc")
			u.finds(s, audit.RuleNotSeen, "export-2024")
			u.press("a")
			add("except")
			u.send(tea.KeyMsg{Type: tea.KeyCtrlA})
			u.press("down", "down", "enter")
			add("except, without a reason")
			u.press("esc", "E")
			add("export")
			u.press("esc", "x")
			add("revoke")
			u.press("esc", "?")
			add("help")
			u.press("esc", "1")
			add("workspace")
			u.press("2")
			add("organization")
			pl.intercept(func(w http.ResponseWriter, r *http.Request) bool {
				if strings.Contains(r.URL.Path, "/legal-archive/search_history") {
					w.WriteHeader(http.StatusForbidden)
					return true
				}
				return false
			})
			u.press("3", "r")
			add("reading again")
			u.idle()
			add("incomplete")
			golden.RequireEqual(t, []byte(a.b.String()))
		})
	}
}
