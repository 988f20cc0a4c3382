package audit_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"fob/client"
	"fob/client/audit"
	"fob/client/audit/history"
)

// trial is what a rule is tried with: an input and a policy to change.
type trial func(in *audit.Input, p *audit.Policy)

// one is a trial with one key.
func one(k client.Key) trial {
	return func(in *audit.Input, _ *audit.Policy) { in.Keys = []client.Key{k} }
}

// then does several things in their order.
func then(all ...trial) trial {
	return func(in *audit.Input, p *audit.Policy) {
		for _, t := range all {
			t(in, p)
		}
	}
}

func personal(k *client.Key) { k.Personal = client.Some(true) }

func reaching(names ...string) func(*client.Key) {
	return func(k *client.Key) {
		var all []client.WorkspaceRef
		for _, n := range names {
			all = append(all, client.WorkspaceRef{Name: n})
		}
		k.Workspaces = client.Some(all)
	}
}

// TestRules tries each rule with a key that it has to find, some that it must not, and some of which it has to say that
// it can't tell.
func TestRules(t *testing.T) {
	replaced := func(in *audit.Input, _ *audit.Policy) {
		in.Journal.Replaced = []audit.Replacement{{Old: "k", New: "new", At: ago(3)}}
	}
	mine := with(func(k *client.Key) { k.CreatedAt = client.Some(ago(20)) })
	noJournal := func(in *audit.Input, _ *audit.Policy) { in.Journal.Known = false }
	partial := func(in *audit.Input, _ *audit.Policy) { in.ListComplete, in.ListWhy = false, "cut" }
	seenIn := func(names ...string) trial {
		return func(in *audit.Input, _ *audit.Policy) {
			u := history.Usage{Last: ago(1), Workspace: names[0], Seen: map[string]int{}}
			for _, n := range names {
				u.Seen[n] = 1
			}
			in.Reading.Keys["k"] = u
		}
	}
	two := func(a, b string) trial {
		return func(in *audit.Input, _ *audit.Policy) {
			x, y := key("k"), key("other-id")
			x.Name, y.Name = client.Some(a), client.Some(b)
			in.Keys = []client.Key{x, y}
			use(in, "k", 1)
			use(in, "other-id", 1)
		}
	}
	ended := func(daysAgo float64) trial {
		return func(_ *audit.Input, p *audit.Policy) {
			p.Exceptions = []audit.Exception{{Key: "k", Name: "old name", Reason: "a pilot", Owner: "Jonas", Until: ago(daysAgo)}}
		}
	}
	yearLong := func(_ *audit.Input, p *audit.Policy) { p.LongestLifeDays = 365 }
	type tries map[string]trial
	for _, c := range []struct {
		rule     audit.RuleID
		find     trial
		evidence string
		also     tries // other trials that have to find
		leave    tries
		doubt    tries
	}{
		{
			rule: audit.RuleNotSeen, find: one(key("k")), evidence: "no query since 2026-08-25 in claims",
			also: tries{
				"seen before the days that the policy asks for": then(one(key("k")), func(in *audit.Input, p *audit.Policy) { use(in, "k", 40); p.NotSeenDays = 30 }),
				"never expires":   one(with(func(k *client.Key) { k.ExpiresAt = client.Null[time.Time]() })),
				"every workspace": one(with(func(k *client.Key) { k.Workspaces = client.Null[[]client.WorkspaceRef]() })),
				"the platform says so, though nothing was read": then(one(with(func(k *client.Key) { k.LastUsedAt = client.Some(ago(300)) })),
					func(in *audit.Input, _ *audit.Policy) { cut(in, "claims") }),
			},
			leave: tries{
				"seen":                        then(one(key("k")), func(in *audit.Input, _ *audit.Policy) { use(in, "k", 89) }),
				"expired":                     one(with(func(k *client.Key) { k.ExpiresAt = client.Some(ago(2)) })),
				"made inside the window":      one(with(func(k *client.Key) { k.CreatedAt = client.Some(ago(50)) })),
				"the platform says it's used": one(with(func(k *client.Key) { k.LastUsedAt = client.Some(ago(2)) })),
			},
			doubt: tries{
				"the history was cut":   then(one(key("k")), func(in *audit.Input, _ *audit.Policy) { cut(in, "claims") }),
				"the window is shorter": then(one(key("k")), func(_ *audit.Input, p *audit.Policy) { p.NotSeenDays = 180 }),
				"nothing was read":      then(one(key("k")), func(in *audit.Input, _ *audit.Policy) { in.Reading = history.Reading{} }),
			},
		},
		{
			rule: audit.RuleNeverSeen, find: one(with(func(k *client.Key) { k.CreatedAt = client.Some(ago(50)) })),
			evidence: "no query since it was made on 2026-10-04 in claims",
			leave: tries{
				"seen":                        then(one(mine), func(in *audit.Input, _ *audit.Policy) { use(in, "k", 3) }),
				"made before the window":      one(key("k")),
				"the platform says it's used": one(with(func(k *client.Key) { k.CreatedAt, k.LastUsedAt = client.Some(ago(50)), client.Some(ago(2)) })),
			},
			doubt: tries{
				"too young": one(with(func(k *client.Key) { k.CreatedAt = client.Some(ago(3)) })),
				"the history begins after it": then(one(mine), func(in *audit.Input, _ *audit.Policy) {
					in.Reading.Workspaces["claims"] = history.Coverage{Readable: true, Complete: true, Oldest: ago(10)}
				}),
				"its age isn't shown": one(with(func(k *client.Key) { k.CreatedAt = client.Field[time.Time]{} })),
			},
		},
		{
			rule: audit.RuleNeverExpires, find: one(with(func(k *client.Key) { k.ExpiresAt = client.Null[time.Time]() })), evidence: "never expires",
			leave: tries{"ends": one(key("k"))},
			doubt: tries{"not shown": one(with(func(k *client.Key) { k.ExpiresAt = client.Field[time.Time]{} }))},
		},
		{
			rule: audit.RuleExpiresSoon, find: one(with(func(k *client.Key) { k.ExpiresAt = client.Some(ago(-29.5)) })), evidence: "ends on 2026-12-23, in 29 days",
			leave: tries{
				"later":   one(with(func(k *client.Key) { k.ExpiresAt = client.Some(ago(-30)) })),
				"expired": one(with(func(k *client.Key) { k.ExpiresAt = client.Some(ago(1)) })),
				"never":   one(with(func(k *client.Key) { k.ExpiresAt = client.Null[time.Time]() })),
			},
			doubt: tries{"not shown": one(with(func(k *client.Key) { k.ExpiresAt = client.Field[time.Time]{} }))},
		},
		{
			rule: audit.RuleLifetimeOverPolicy, find: then(one(with(func(k *client.Key) { k.ExpiresAt = client.Some(ago(-166)) })), yearLong),
			evidence: "lives 366 days from 2026-05-07 to 2027-05-08, the policy allows 365 days",
			leave: tries{
				"to the end of the last day": then(one(with(func(k *client.Key) { k.ExpiresAt = client.Some(ago(-165.9)) })), yearLong),
				"never":                      then(one(with(func(k *client.Key) { k.ExpiresAt = client.Null[time.Time]() })), yearLong),
				"any length is allowed":      one(with(func(k *client.Key) { k.ExpiresAt = client.Some(ago(-900)) })),
				"ended":                      then(one(with(func(k *client.Key) { k.CreatedAt, k.ExpiresAt = client.Some(ago(900)), client.Some(ago(1)) })), yearLong),
			},
			doubt: tries{
				"its age isn't shown": then(one(with(func(k *client.Key) { k.CreatedAt = client.Field[time.Time]{} })), yearLong),
				"its end isn't shown": then(one(with(func(k *client.Key) { k.ExpiresAt = client.Field[time.Time]{} })), yearLong),
			},
		},
		{
			rule: audit.RuleExpired, find: one(with(func(k *client.Key) { k.ExpiresAt = client.Some(ago(2)) })), evidence: "expired on 2026-11-21, 2 days ago",
			also:  tries{"this very moment": one(with(func(k *client.Key) { k.ExpiresAt = client.Some(now) }))},
			leave: tries{"ends": one(key("k")), "never": one(with(func(k *client.Key) { k.ExpiresAt = client.Null[time.Time]() }))},
			doubt: tries{"not shown": one(with(func(k *client.Key) { k.ExpiresAt = client.Field[time.Time]{} }))},
		},
		{
			rule: audit.RulePersonalAsService, find: then(one(with(personal)), func(in *audit.Input, _ *audit.Policy) { busy(in, "k", 60, 24) }),
			evidence: "personal, seen on 60 days of 90 days and at 24 hours of the day",
			leave: tries{
				"a service key":     then(one(key("k")), func(in *audit.Input, _ *audit.Policy) { busy(in, "k", 60, 24) }),
				"in working hours":  then(one(with(personal)), func(in *audit.Input, _ *audit.Policy) { busy(in, "k", 60, 10) }),
				"on some days only": then(one(with(personal)), func(in *audit.Input, _ *audit.Policy) { busy(in, "k", 50, 24) }),
				"not seen":          one(with(personal)),
			},
			doubt: tries{
				"only the last queries were read": then(one(with(personal)), func(in *audit.Input, _ *audit.Policy) { use(in, "k", 1) }),
				"personal keys don't appear":      then(one(with(personal)), func(in *audit.Input, _ *audit.Policy) { in.Reading.Personal = false }),
				"not shown":                       one(with(func(k *client.Key) { k.Personal = client.Field[bool]{} })),
				"some days weren't read": then(one(with(personal)), func(in *audit.Input, _ *audit.Policy) {
					busy(in, "k", 50, 24)
					cut(in, "claims")
				}),
			},
		},
		{
			rule: audit.RuleOwnerLeft, find: one(with(func(k *client.Key) { personal(k); k.User = client.Some(client.PersonRef{ID: "u-zoe"}) })), evidence: "Zoë Ó Briain has left",
			also: tries{
				"by the name alone": one(with(func(k *client.Key) {
					personal(k)
					k.User = client.Some(client.PersonRef{GivenName: "zoë", FamilyName: "Ó Briain"})
				})),
				"a service key, if the policy says so": then(one(with(func(k *client.Key) { k.User = client.Some(client.PersonRef{ID: "u-zoe"}) })),
					func(_ *audit.Input, p *audit.Policy) { p.LeaversServiceKeys = true }),
			},
			leave: tries{
				"still here":    one(with(personal)),
				"a service key": one(with(func(k *client.Key) { k.User = client.Some(client.PersonRef{ID: "u-zoe"}) })),
			},
			doubt: tries{
				"its id is nobody's, its email is somebody else's": one(with(func(k *client.Key) {
					personal(k)
					k.User = client.Some(client.PersonRef{ID: "u-nobody", Email: "zoe@nordwind.example"})
				})),
				"a name, and not everybody is known": then(one(with(func(k *client.Key) {
					personal(k)
					k.User = client.Some(client.PersonRef{GivenName: "Zoë", FamilyName: "Ó Briain"})
				})), func(in *audit.Input, _ *audit.Policy) { in.UsersWhy = "403" }),
				"nobody is shown":         one(with(func(k *client.Key) { personal(k); k.User = client.Field[client.PersonRef]{} })),
				"not in the list":         one(with(func(k *client.Key) { personal(k); k.User = client.Some(client.PersonRef{ID: "u-nobody"}) })),
				"who has left isn't told": one(with(func(k *client.Key) { personal(k); k.User = client.Some(client.PersonRef{ID: "u-max"}) })),
				"two people of that name": then(one(with(func(k *client.Key) {
					personal(k)
					k.User = client.Some(client.PersonRef{GivenName: "Zoë", FamilyName: "Ó Briain"})
				})), func(in *audit.Input, _ *audit.Policy) {
					in.Users = append(in.Users, client.User{ID: "u-2", GivenName: "Zoë", FamilyName: "Ó Briain", Deleted: client.Some(false)})
				}),
				"whether it's personal isn't shown": one(with(func(k *client.Key) {
					k.Personal, k.User = client.Field[bool]{}, client.Some(client.PersonRef{ID: "u-zoe"})
				})),
			},
		},
		{
			rule: audit.RuleWiderThanUsed, find: then(one(with(reaching("claims", "legal", "search"))), seenIn("legal")),
			evidence: "reaches 3 workspaces, seen in 1 workspace: legal since 2026-08-25",
			also: tries{
				"every workspace":        then(one(with(func(k *client.Key) { k.Workspaces = client.Null[[]client.WorkspaceRef]() })), seenIn("claims", "legal")),
				"seen outside its scope": then(one(with(reaching("claims", "legal"))), seenIn("search", "claims")),
			},
			leave: tries{
				"seen in all of them": then(one(with(reaching("claims", "legal"))), seenIn("legal", "claims")),
				"reaches one":         then(one(key("k")), seenIn("claims")),
				"not seen":            one(with(reaching("claims", "legal"))),
			},
			doubt: tries{
				"one couldn't be read": then(one(with(reaching("claims", "legal"))), seenIn("claims"), func(in *audit.Input, _ *audit.Policy) {
					in.Reading.Workspaces["legal"] = history.Coverage{Why: "403"}
				}),
				"not shown":                       then(one(with(func(k *client.Key) { k.Workspaces = client.Field[[]client.WorkspaceRef]{} })), seenIn("claims")),
				"too young":                       then(one(with(func(k *client.Key) { reaching("claims", "legal")(k); k.CreatedAt = client.Some(ago(2)) })), seenIn("claims")),
				"not seen, as far as can be told": then(one(with(reaching("claims", "legal"))), func(in *audit.Input, _ *audit.Policy) { cut(in, "legal") }),
			},
		},
		{
			rule: audit.RuleAdminRole, find: one(with(func(k *client.Key) { k.OrganizationRole = client.Some("admin") })), evidence: "has the role admin in the organization",
			also: tries{
				"a role that the policy doesn't list": then(one(key("k")), func(_ *audit.Input, p *audit.Policy) { p.AllowedRoles = []string{"Search user"} }),
			},
			leave: tries{
				"a member":           one(key("k")),
				"allowed":            then(one(with(func(k *client.Key) { k.OrganizationRole = client.Some("ADMIN") })), func(_ *audit.Input, p *audit.Policy) { p.AllowedRoles = []string{"Admin", "Editor"} }),
				"a role on the list": then(one(key("k")), func(_ *audit.Input, p *audit.Policy) { p.AllowedRoles = []string{"editor"} }),
			},
			doubt: tries{
				"not shown": one(with(func(k *client.Key) { k.OrganizationRole = client.Field[string]{} })),
				"the other role isn't shown": then(one(with(func(k *client.Key) { k.Role = client.Field[client.RoleRef]{} })),
					func(_ *audit.Input, p *audit.Policy) { p.AllowedRoles = []string{"Editor"} }),
			},
		},
		{
			rule: audit.RuleUnnamed, find: one(with(func(k *client.Key) { k.Name = client.Null[string]() })), evidence: "has no name",
			also: tries{
				"blank":           one(with(func(k *client.Key) { k.Name = client.Some(" \t") })),
				"named as its id": one(with(func(k *client.Key) { k.Name = client.Some("k") })),
				"against the pattern": then(one(with(func(k *client.Key) { k.Name = client.Some("My Key") })), func(_ *audit.Input, p *audit.Policy) {
					p.NamePattern = regexp.MustCompile(`^[a-z-]+$`)
				}),
			},
			leave: tries{"named": one(with(func(k *client.Key) { k.Name = client.Some("ingest-prod") }))},
			doubt: tries{"not shown": one(with(func(k *client.Key) { k.Name = client.Field[string]{} }))},
		},
		{
			rule: audit.RuleDuplicateName, find: two("ingest", " ingest"), evidence: "another key has the same name: other-id",
			leave: tries{"different": two("ingest", "export"), "unnamed": two("", "")},
			doubt: tries{
				"not every key is known": then(two("ingest", "export"), partial),
				"not shown":              one(with(func(k *client.Key) { k.Name = client.Field[string]{} })),
			},
		},
		{
			rule: audit.RuleLookAlikeName, find: two("cl\u0430ims-prod", "claims-prod"), evidence: "looks like claims-prod (other-id)",
			also:  tries{"0 for o": two("claims-pr0d", "Claims_Prod"), "full width": two("ｃlaims", "claims"), "accents": two("crème", "creme")},
			leave: tries{"different": two("claims-prod", "claims-ios"), "the same": two("claims", "claims"), "numbers": two("job-10", "job-01")},
			doubt: tries{
				"not every key is known": then(two("ingest", "export"), partial),
				"not shown":              one(with(func(k *client.Key) { k.Name = client.Field[string]{} })),
			},
		},
		{
			rule: audit.RuleReplacedStillAlive, find: then(func(in *audit.Input, _ *audit.Policy) { in.Keys = []client.Key{key("k"), key("new")} }, replaced),
			evidence: "replaced by new-key on 2026-11-20, and still works",
			leave: tries{
				"not replaced": one(key("k")),
				"expired":      then(one(with(func(k *client.Key) { k.ExpiresAt = client.Some(ago(1)) })), replaced),
			},
			doubt: tries{
				"no journal":          then(one(key("k")), noJournal),
				"its end isn't shown": then(one(with(func(k *client.Key) { k.ExpiresAt = client.Field[time.Time]{} })), replaced),
			},
		},
		{
			rule: audit.RuleUnknownOrigin, find: one(mine), evidence: "made in your name on 2026-11-03, and not by this machine",
			leave: tries{
				"made here":              then(one(mine), func(in *audit.Input, _ *audit.Policy) { in.Journal.Made["k"] = struct{}{} }),
				"older than the journal": one(key("k")),
				"somebody else's": one(with(func(k *client.Key) {
					k.CreatedAt, k.User = client.Some(ago(20)), client.Some(client.PersonRef{ID: "u-max"})
				})),
			},
			doubt: tries{
				"no journal":          then(one(mine), noJournal),
				"its age isn't shown": one(with(func(k *client.Key) { k.CreatedAt = client.Field[time.Time]{} })),
				"nobody is shown":     one(with(func(k *client.Key) { k.CreatedAt, k.User = client.Some(ago(20)), client.Null[client.PersonRef]() })),
				"a name, and not everybody is known": then(one(with(func(k *client.Key) {
					k.CreatedAt, k.User = client.Some(ago(20)), client.Some(client.PersonRef{GivenName: "Ida", FamilyName: "Krüger"})
				})), func(in *audit.Input, _ *audit.Policy) { in.UsersWhy = "403" }),
				"I am not known": then(one(mine), func(in *audit.Input, _ *audit.Policy) { in.Me = client.Me{} }),
			},
		},
		{
			rule: audit.RuleExceptionEnded, find: then(one(key("k")), ended(2)), evidence: "its exception ended on 2026-11-21: a pilot",
			also:  tries{"the key is gone": ended(2)},
			leave: tries{"running": then(one(key("k")), ended(-2)), "none": one(key("k"))},
			doubt: tries{"not every key is known": then(ended(2), partial)},
		},
	} {
		try := func(name string, trial trial, wantFound, wantSkipped bool) {
			t.Run(string(c.rule)+"/"+name, func(t *testing.T) {
				in, p := world(), audit.DefaultPolicy()
				p.Rules[c.rule] = audit.Setting{On: true, Severity: audit.Low}
				trial(&in, &p)
				r := audit.Judge(in, p)
				found := findings(r, c.rule)
				skips, reasons := skipped(r, c.rule)
				of := slices.ContainsFunc(found, func(f audit.Finding) bool { return f.KeyID == "k" })
				if of != wantFound || skips > 0 != wantSkipped {
					t.Fatalf("found %v, %d skipped (%q)", found, skips, reasons)
				}
				for _, f := range found {
					if f.NextStep == "" || f.Evidence == "" || f.Severity != audit.Low || strings.Contains(f.Evidence+f.NextStep, "unused") {
						t.Errorf("finding is %+v", f)
					}
				}
				if name == "find" && !slices.ContainsFunc(found, func(f audit.Finding) bool {
					return f.KeyID == "k" && strings.Contains(f.Evidence, c.evidence)
				}) {
					t.Errorf("evidence of %v has no %q", found, c.evidence)
				}
				p.Rules[c.rule] = audit.Setting{Severity: audit.Low}
				if r := audit.Judge(in, p); len(findings(r, c.rule)) > 0 {
					t.Error("it finds while it is off")
				} else if n, _ := skipped(r, c.rule); n > 0 {
					t.Error("it skips while it is off")
				}
			})
		}
		try("find", c.find, true, false)
		for name, trial := range c.also {
			try("also/"+name, trial, true, false)
		}
		for name, trial := range c.leave {
			try("leave/"+name, trial, false, false)
		}
		for name, trial := range c.doubt {
			try("doubt/"+name, trial, false, true)
		}
		if len(c.leave) == 0 || len(c.doubt) == 0 {
			t.Errorf("%s is tried too little", c.rule)
		}
		tried[c.rule] = true
	}
	for _, r := range audit.Rules() {
		if !tried[r.ID] {
			t.Errorf("rule %s isn't tried", r.ID)
		}
	}
}

var tried = map[audit.RuleID]bool{}
