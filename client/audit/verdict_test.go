package audit_test

import (
	"strings"
	"testing"
	"time"

	"fob/client"
	"fob/client/audit"
	"fob/client/audit/history"
)

// TestVerdicts tries every verdict with every reason.
func TestVerdicts(t *testing.T) {
	everywhere := func(k *client.Key) { k.Workspaces = client.Null[[]client.WorkspaceRef]() }
	role := func(id string) func(*client.Key) {
		return func(k *client.Key) { k.Role = client.Some(client.RoleRef{ID: id}) }
	}
	set := func(change func(*audit.Input)) trial { return func(in *audit.Input, _ *audit.Policy) { change(in) } }
	cover := func(c history.Coverage) trial {
		return set(func(in *audit.Input) { in.Reading.Workspaces["claims"] = c })
	}
	byName := set(func(in *audit.Input) {
		in.Reading.Keys["k"] = history.Usage{Last: ago(2), Workspace: "claims", Seen: map[string]int{"claims": 1}, NameOnly: true}
	})
	for _, c := range []struct {
		name    string
		key     client.Key
		trial   trial
		verdict audit.Verdict
		reason  string
	}{
		{"seen", key("k"), set(func(in *audit.Input) { use(in, "k", 2) }), audit.Seen, "last query on 2026-11-21 in claims"},
		{"seen on the window's first day", key("k"), set(func(in *audit.Input) { use(in, "k", 90) }), audit.Seen, "last query on 2026-08-25 in claims"},
		{"seen, though little was read", key("k"), set(func(in *audit.Input) { use(in, "k", 2); cut(in, "claims") }), audit.Seen, "last query on 2026-11-21 in claims"},
		{"seen by its name", key("k"), byName, audit.Seen, "last query on 2026-11-21 in claims, by its name alone"},
		{"seen and expired", with(func(k *client.Key) { k.ExpiresAt = client.Some(ago(1)) }), set(func(in *audit.Input) { use(in, "k", 2) }), audit.Seen, "expired on 2026-11-22; last query on 2026-11-21 in claims"},
		{"used, says the platform", with(func(k *client.Key) { k.LastUsedAt = client.Some(ago(1)) }), set(func(in *audit.Input) { use(in, "k", 2) }), audit.Seen, "the platform says that it was last used on 2026-11-22"},
		{"queried after what the platform says", with(func(k *client.Key) { k.LastUsedAt = client.Some(ago(3)) }), set(func(in *audit.Input) { use(in, "k", 2) }), audit.Seen, "last query on 2026-11-21 in claims"},

		{"not seen", key("k"), nil, audit.NotSeen, "no query since 2026-08-25 in claims"},
		{"not seen everywhere", with(everywhere), nil, audit.NotSeen, "no query since 2026-08-25 in the 3 workspaces that it can reach"},
		{"not seen since it was made", with(func(k *client.Key) { k.CreatedAt = client.Some(ago(30)) }), nil, audit.NotSeen, "no query since it was made on 2026-10-24 in claims"},
		{"seen before the window", key("k"), set(func(in *audit.Input) { use(in, "k", 100) }), audit.NotSeen, "last query on 2026-08-15 in claims, no query since 2026-08-25 in claims"},
		{"not seen, elsewhere is unreadable", key("k"), set(func(in *audit.Input) { in.Reading.Workspaces["legal"] = history.Coverage{} }), audit.NotSeen, "no query since 2026-08-25 in claims"},
		{"not seen by its name", key("k"), cover(history.Coverage{Readable: true, Complete: true, Oldest: ago(200), ByName: true}), audit.NotSeen, "no query since 2026-08-25 in claims, looked for by the name that it has today"},
		{"not used, says the platform", with(func(k *client.Key) { k.LastUsedAt = client.Null[time.Time]() }), nil, audit.NotSeen, "the platform shows no use of it, and the search history no query since 2026-08-25"},
		{"last used before, says the platform", with(func(k *client.Key) { k.LastUsedAt = client.Some(ago(100)) }), nil, audit.NotSeen, "the platform says that it was last used on 2026-08-15"},
		{"in a workspace's list without its scope", with(func(k *client.Key) { k.Workspaces = client.Field[[]client.WorkspaceRef]{} }), set(func(in *audit.Input) {
			in.Scope = "claims"
			in.Reading.Workspaces["legal"] = history.Coverage{}
		}), audit.NotSeen, "no query since 2026-08-25 in claims"},
		{"its owner left", with(func(k *client.Key) { personal(k); k.User = client.Some(client.PersonRef{ID: "u-zoe"}) }), nil, audit.NotSeen, "Zoë Ó Briain, whose key it is, has left; no query since"},
		{"an admin's role can query", with(func(k *client.Key) { role("r-index")(k); k.OrganizationRole = client.Some("ADMIN") }), nil, audit.NotSeen, "no query since 2026-08-25 in the 3 workspaces"},
		{"a role that permits it", with(role("r-desk")), nil, audit.NotSeen, "no query since"},
		{"a role that the policy names", with(role("r-dark")), func(_ *audit.Input, p *audit.Policy) { p.QueryingRoles = []string{"night shift"} }, audit.NotSeen, "no query since"},
		{"no grace period", with(func(k *client.Key) { k.CreatedAt = client.Field[time.Time]{} }), func(_ *audit.Input, p *audit.Policy) { p.GraceDays = 0 }, audit.NotSeen, "no query since 2026-08-25"},

		{"nothing was read", key("k"), set(func(in *audit.Input) { in.Reading = history.Reading{} }), audit.CannotTell, "the search history was not read"},
		{"its workspace can't be read", key("k"), cover(history.Coverage{Why: "403"}), audit.CannotTell, "the search history can't be read in claims"},
		{"one of all can't be read", with(everywhere), cover(history.Coverage{}), audit.CannotTell, "the search history can't be read in claims"},
		{"its workspace wasn't looked at", key("k"), set(func(in *audit.Input) { delete(in.Reading.Workspaces, "claims") }), audit.CannotTell, "the search history was not read in claims"},
		{"its workspace was read in part", key("k"), set(func(in *audit.Input) { cut(in, "claims") }), audit.CannotTell, "the search history was read in part in claims: the platform answered 502"},
		{"the reading was cut somewhere", key("k"), set(func(in *audit.Input) { in.Reading.Complete, in.Reading.Why = false, "cut" }), audit.CannotTell, "the search history was read in part: cut"},
		{"the history is young", key("k"), cover(history.Coverage{Readable: true, Complete: true, Oldest: ago(30)}), audit.CannotTell, "the search history of claims goes back to 2026-10-24 only"},
		{"the history is empty", key("k"), cover(history.Coverage{Readable: true, Complete: true}), audit.CannotTell, "the search history of claims has no entry, so how far back it goes is not known"},
		{"not all workspaces are known", with(everywhere), set(func(in *audit.Input) { in.WorkspacesWhy = "403" }), audit.CannotTell, "it reaches every workspace, and not all of them are known"},
		{"a workspace that isn't listed", with(func(k *client.Key) { k.Workspaces = client.Some([]client.WorkspaceRef{{ID: "w-9"}}) }), nil, audit.CannotTell, "it reaches a workspace that isn't in the list"},
		{"too young", with(func(k *client.Key) { k.CreatedAt = client.Some(ago(13)) }), nil, audit.CannotTell, "it was made on 2026-11-10, less than the grace period of 14 days ago"},
		{"its age isn't shown", with(func(k *client.Key) { k.CreatedAt = client.Field[time.Time]{} }), nil, audit.CannotTell, "when it was made isn't shown"},
		{"its role can't query", with(role("r-index")), nil, audit.CannotTell, "its role Indexer can't query, so its work leaves no trace"},
		{"what its role permits isn't shown", with(role("r-dark")), nil, audit.CannotTell, "it isn't shown whether its role can query at all"},
		{"its role isn't shown", with(func(k *client.Key) { k.Role = client.Null[client.RoleRef]() }), nil, audit.CannotTell, "it isn't shown whether its role can query at all"},
		{"personal keys don't appear", with(personal), set(func(in *audit.Input) { in.Reading.Personal = false }), audit.CannotTell, "it is personal, and no personal key appears in the search history"},
		{"whether it is personal isn't shown", with(func(k *client.Key) { k.Personal = client.Field[bool]{} }), set(func(in *audit.Input) { in.Reading.Personal = false }), audit.CannotTell, "whether it is personal isn't shown"},
		{"two keys share its name", key("k"), func(in *audit.Input, p *audit.Policy) {
			byName(in, p)
			twin := key("twin")
			twin.Name = client.Some("k-key")
			in.Keys = append(in.Keys, twin)
		}, audit.CannotTell, "the search history names keys without their ids, and another key has this name"},
		{"names alone, and a partial list", key("k"), func(in *audit.Input, p *audit.Policy) { byName(in, p); in.ListComplete = false }, audit.CannotTell, "the search history names keys without their ids, and not every key is known that may have this name"},
		{"names alone, and a workspace's list", key("k"), func(in *audit.Input, p *audit.Policy) { byName(in, p); in.Scope = "claims" }, audit.CannotTell, "the search history names keys without their ids, and not every key is known that may have this name"},
		{"a role that permits nothing", with(role("r-none")), set(func(in *audit.Input) {
			in.Roles = append(in.Roles, client.Role{ID: "r-none", Permissions: client.Some([]string{})})
		}), audit.CannotTell, "it isn't shown whether its role can query at all"},
		{"expired, and can't tell", with(func(k *client.Key) { role("r-index")(k); k.ExpiresAt = client.Some(ago(1)) }), nil, audit.CannotTell, "expired on 2026-11-22; its role"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, p := world(), audit.DefaultPolicy()
			in.Keys = []client.Key{c.key}
			if c.trial != nil {
				c.trial(&in, &p)
			}
			r := audit.Judge(in, p)
			got := r.Keys[0]
			if got.Verdict != c.verdict || !strings.HasPrefix(got.Reason, c.reason) {
				t.Errorf("verdict is %s, %q; want %s, %q", got.Verdict, got.Reason, c.verdict, c.reason)
			}
			if strings.Contains(got.Reason, "unused") {
				t.Errorf("says %q", got.Reason)
			}
			if n := r.Counts.Seen + r.Counts.NotSeen + r.Counts.CannotTell; n != len(in.Keys) {
				t.Errorf("%d verdicts of %d keys", n, len(in.Keys))
			}
			if c.verdict == audit.Seen && got.LastQueryAt.IsZero() {
				t.Error("seen, and not known when")
			}
		})
	}
}

func TestHostileNamesInReasons(t *testing.T) {
	in := world()
	evil := "x\x1b[2J\u202e"
	in.Workspaces = append(in.Workspaces, client.Workspace{Name: evil})
	in.Reading.Workspaces[evil] = history.Coverage{}
	k := with(func(k *client.Key) {
		k.Workspaces = client.Some([]client.WorkspaceRef{{Name: evil}})
		k.Role = client.Some(client.RoleRef{Name: evil})
		k.OrganizationRole = client.Some(evil)
	})
	in.Keys = []client.Key{k}
	p := audit.DefaultPolicy()
	p.AllowedRoles = []string{"Editor"}
	r := audit.Judge(in, p)
	texts := []string{r.Keys[0].Reason}
	for _, f := range r.Findings {
		texts = append(texts, f.Evidence, f.NextStep)
	}
	if len(texts) < 2 {
		t.Fatal("nothing was found")
	}
	for _, text := range texts {
		if strings.ContainsAny(text, "\x1b\u202e") {
			t.Errorf("%q isn't safe to show", text)
		}
	}
}

func TestComplete(t *testing.T) {
	for name, change := range map[string]func(*audit.Input){
		"the list of keys is partial":              func(in *audit.Input) { in.ListComplete = false },
		"the list of people is missing or partial": func(in *audit.Input) { in.UsersWhy = "403" },
		"the list of roles is missing or partial":  func(in *audit.Input) { in.RolesWhy = "403" },
		"the list of workspaces is missing":        func(in *audit.Input) { in.WorkspacesWhy = "403" },
		"the search history is missing or partial": func(in *audit.Input) { in.Reading.Complete = false },
	} {
		in := world()
		change(&in)
		if r := audit.Judge(in, audit.DefaultPolicy()); r.Complete || len(r.Why) != 1 || !strings.HasPrefix(r.Why[0], name) {
			t.Errorf("%s: complete %v, %q", name, r.Complete, r.Why)
		}
	}
	in := world()
	in.Keys = []client.Key{with(func(k *client.Key) { k.Role = client.Some(client.RoleRef{ID: "r-index"}) })}
	if r := audit.Judge(in, audit.DefaultPolicy()); !r.Complete || r.Counts.CannotTell != 1 {
		t.Errorf("a verdict that can't be told makes the result incomplete: %v, %+v", r.Why, r.Counts)
	}
}
