package desk_test

import (
	"maps"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"fob/client/audit"
	"fob/client/audit/history"
	"fob/client/sandbox"
	"fob/config"
	"fob/config/stash"
	"fob/ui/desk"
)

// storyBegins is a Sunday noon; the story's instants are relative to it.
var storyBegins = time.Date(2026, 11, 22, 11, 0, 0, 0, time.UTC)

func openStory(t *testing.T) *desk.Desk {
	t.Helper()
	world := sandbox.New(sandbox.Options{Seed: 1, Now: func() time.Time { return storyBegins }})
	server := httptest.NewServer(world)
	t.Cleanup(server.Close)
	d, err := desk.Open(desk.Options{
		APIURL: server.URL, OrganizationID: world.OrganizationID(), Session: world.SessionToken(), Demo: true,
		Journal: config.NewMemoryJournal(), Index: stash.NewMemoryIndex(), Keys: stash.NewMemory(), Location: time.UTC,
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// The names in the story that aren't plain.
const (
	cyrillic  = "cl\u0430ims-frontend-prod"
	escapes   = "prod\x1b[2J\x1b]0;gotcha\a\u202eyek-terces\u202c"
	formula   = `=HYPERLINK("http://example.invalid","<b>Müller & Söhne</b>")`
	temporary = "temporary key for the claims handling migration of the northern regional offices including the archive of " +
		"scanned letters, requested by the project office, to be removed when the migration is done"
)

// storyFindings are the keys with a part in the sandbox's story that each rule has to find, and no others of them.
// "" is the key without a name.
var storyFindings = map[audit.RuleID][]string{
	// Older than the window, no query in it, every role one that can query, and not personal. export-2024, backup-admin
	// and terraform-admin reach everything; the older claims-frontend-prod asked last 95 days ago, before the window. The
	// formula's key was made 222 days ago. Not: the temporary key, whose Indexer role leaves no trace; ida-notebook, which
	// is personal, and the history shows people; what has expired.
	audit.RuleNotSeen: {"export-2024", "terraform-admin", "backup-admin", "claims-frontend-prod", formula},
	// Made inside the window, older than the grace period, never asked: 33 and 45 days old.
	audit.RuleNeverSeen: {"claims-frontend-pr0d", escapes},
	// No expiry in the story.
	audit.RuleNeverExpires: {
		"ida-notebook", "search-all", "zoe-notebook", "export-2024", "claims-frontend-prod", "ana-notebook", "legacy-import-2016",
		temporary, formula, "backup-admin", "catalog-sync",
	},
	// An end in the next 30 days: in 12, 26 and 5.
	audit.RuleExpiresSoon: {"ci-eval", "nightly-regression", "qa-matrix"},
	// An end that has passed: 23, 120, 351 and 3 days ago.
	audit.RuleExpired: {"", "load-test-2025", "black-friday-spike", "finance-close"},
	// Zoë has left. Her service key stays: it belongs to nobody.
	audit.RuleOwnerLeft: {"zoe-notebook"},
	// Reaches every workspace, asks in product-search alone. The others that reach several ask everywhere they reach.
	audit.RuleWiderThanUsed: {"search-all"},
	// ADMIN in the organization.
	audit.RuleAdminRole: {"terraform-admin", "backup-admin", "ida-cli"},
	// Two keys have the same name, one writes a zero for an o, and one has a Cyrillic letter.
	audit.RuleDuplicateName: {"claims-frontend-prod", "claims-frontend-prod"},
	audit.RuleLookAlikeName: {"claims-frontend-prod", "claims-frontend-prod", "claims-frontend-pr0d", cyrillic},
}

// storyNames are the names of the story's keys; the rest of the organization's are made up by chance.
var storyNames = []string{
	"ingest-prod", "ci-eval", "ida-notebook", "", "search-all", "zoe-notebook", "export-2024", "terraform-admin",
	"claims-frontend-prod", "claims-frontend-pr0d", cyrillic, "claims-frontend-staging", "nightly-regression", "load-test-2025",
	"black-friday-spike", "ana-notebook", "legacy-import-2016", "chat-widget-beta", temporary, escapes, "索赔搜索·生产 🔑🧾", formula,
	"backup-admin", "ida-cli", "support-bundle", "qa-matrix", "catalog-sync", "legal-hr-bridge", "warehouse-bot", "finance-close",
}

// The audit finds exactly what the story has in store for it.
func TestAuditFindsTheStory(t *testing.T) {
	d := openStory(t)
	for _, depth := range []history.Depth{history.Last, history.Full} {
		a, err := d.Audit(t.Context(), desk.AuditQuestion{Depth: depth}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !a.Result.Complete || a.Result.Counts.Keys != 98 {
			t.Fatalf("%d keys, complete: %v, %v", a.Result.Counts.Keys, a.Result.Complete, a.Result.Why)
		}
		found := map[audit.RuleID][]string{}
		for _, f := range a.Result.Findings {
			if slices.Contains(storyNames, f.KeyName) {
				found[f.Rule] = append(found[f.Rule], f.KeyName)
			}
		}
		rules := slices.Concat(slices.Collect(maps.Keys(found)), slices.Collect(maps.Keys(storyFindings)))
		slices.Sort(rules)
		for _, rule := range slices.Compact(rules) {
			got, want := slices.Sorted(slices.Values(found[rule])), slices.Sorted(slices.Values(storyFindings[rule]))
			if !slices.Equal(got, want) {
				t.Errorf("%s finds\n%q, want\n%q", rule, got, want)
			}
		}
	}
}

// The rest of the organization is made by chance. What the platform shows of each key says which of the simple rules
// have to find it.
func TestAuditFindsTheRest(t *testing.T) {
	d := openStory(t)
	a, err := d.Audit(t.Context(), desk.AuditQuestion{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	found := map[audit.RuleID]map[string]bool{}
	for _, f := range a.Result.Findings {
		if found[f.Rule] == nil {
			found[f.Rule] = map[string]bool{}
		}
		found[f.Rule][f.KeyID] = true
	}
	for _, k := range a.Input.Keys {
		end, ends := k.ExpiresAt.Get()
		for rule, want := range map[audit.RuleID]bool{
			audit.RuleNeverExpires: !ends,
			audit.RuleExpired:      ends && !end.After(storyBegins),
			audit.RuleExpiresSoon:  ends && end.After(storyBegins) && end.Before(storyBegins.Add(30*24*time.Hour)),
			audit.RuleOwnerLeft:    k.Personal.Value && k.User.Value.GivenName == "Zoë" && (!ends || end.After(storyBegins)),
			audit.RuleAdminRole:    k.OrganizationRole.Value == "ADMIN",
		} {
			if found[rule][k.ID] != want {
				t.Errorf("%s of %q: found %v, want %v", rule, k.Name.Value, !want, want)
			}
		}
	}
}

// What was read is judged again without the keys that are gone, and with those as they are now.
func TestAuditAgain(t *testing.T) {
	d := openStory(t)
	a, err := d.Audit(t.Context(), desk.AuditQuestion{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	gone := a.Input.Keys[0].ID
	less := a.Rejudge([]string{gone})
	if less.Result.Counts.Keys != 97 || a.Result.Counts.Keys != 98 || len(a.Input.Keys) != 98 {
		t.Errorf("%d keys of %d", less.Result.Counts.Keys, a.Result.Counts.Keys)
	}
	again, err := d.Relist(t.Context(), less)
	if err != nil {
		t.Fatal(err)
	}
	if again.Result.Counts != a.Result.Counts {
		t.Errorf("read again, it is %+v, was %+v", again.Result.Counts, a.Result.Counts)
	}
	if q := a.LastQueries(); len(q) != 98 {
		t.Errorf("%d last queries", len(q))
	}
}

// One workspace's keys are judged by its own history, and repeating its name changes nothing.
func TestAuditOfWorkspaces(t *testing.T) {
	d := openStory(t)
	a, err := d.Audit(t.Context(), desk.AuditQuestion{Workspaces: []string{"claims-search", "legal-archive", "claims-search"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if a.Result.Counts.Keys != 46 || !a.Result.Complete || len(a.Input.Reading.Workspaces) != 2 {
		t.Errorf("%d keys, %d histories, complete: %v", a.Result.Counts.Keys, len(a.Input.Reading.Workspaces), a.Result.Complete)
	}
	if _, err := d.Audit(t.Context(), desk.AuditQuestion{Workspaces: []string{"nowhere"}}, nil); err == nil {
		t.Error("a workspace that isn't there is audited")
	}
}
