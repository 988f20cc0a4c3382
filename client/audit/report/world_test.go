package report_test

import (
	"bytes"
	"testing"
	"time"

	"fob/client"
	"fob/client/audit"
	"fob/client/audit/history"
	"fob/client/audit/report"
)

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func ago(days int) time.Time { return now.AddDate(0, 0, -days) }

// hostile are names that want to do something wherever they are shown.
var hostile = []string{
	"prod\x1b[2J\u202eyek\u202c", `=HYPERLINK("http://evil.example","x")`, "<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`,
	"a|b\n| c |", "![x](http://evil.example/i.png)", "`code` **b** http://evil.example", "</td></tr></table><style>*{background:url(//evil.example)}</style>",
	"@SUM(1);=1+1", "{{.}}", "' onmouseover='x", "\xff\xfe", "-1+2", "{\"rule\":1}", "\x00",
}

// input is an organization that has every kind of verdict and finding, with hostile names wherever one can be.
func input() audit.Input {
	evil := hostile[0] + hostile[7]
	covered := history.Coverage{Readable: true, Complete: true, Oldest: ago(200)}
	in := audit.Input{
		ListComplete: true, Now: now, UsersWhy: "403 <b>no</b>",
		Users:      []client.User{{ID: "u-1", Email: "ida@nordwind.example", GivenName: "Ida <i>", FamilyName: "=Krüger", Deleted: client.Some(true)}},
		Roles:      []client.Role{{ID: "r-1", Name: "Editor"}, {ID: "r-2", Name: evil, Permissions: client.Some([]string{"files:write"})}},
		Workspaces: []client.Workspace{{ID: "w-1", Name: "claims"}, {ID: "w-2", Name: evil}},
		Reading: history.Reading{
			From: ago(90), To: now, Depth: history.Full, Complete: true, Personal: true,
			Workspaces: map[string]history.Coverage{"claims": covered, evil: covered}, Keys: map[string]history.Usage{},
		},
		Me:      client.Me{UserID: "u-1", Email: "ida@nordwind.example"},
		Journal: audit.Journal{Known: true, Began: ago(60), Made: map[string]struct{}{"k-3": {}}, Replaced: []audit.Replacement{{Old: "k-4", New: "k-5", At: ago(2)}}},
	}
	for n, name := range append(hostile, "calm", "") {
		id := "k-" + string(rune('0'+n))
		k := client.Key{
			ID: id, Name: client.Some(name), Personal: client.Some(n%2 == 0), OrganizationRole: client.Some([]string{"MEMBER", "ADMIN", evil}[n%3]),
			Role: client.Some(client.RoleRef{ID: []string{"r-1", "r-2"}[n/5%2]}), CreatedAt: client.Some(ago(20 * (n + 1))),
			ExpiresAt: client.Some(ago(60 - 15*n)), User: client.Some(client.PersonRef{ID: "u-1"}), Workspaces: client.Null[[]client.WorkspaceRef](),
		}
		switch n % 4 {
		case 1:
			in.Reading.Keys[id] = history.Usage{Last: ago(n), Workspace: evil, Seen: map[string]int{evil: 7}, Days: map[string]int{"2026-11-01": 7}, Hours: [24]int{3: 7}}
		case 2:
			k.ExpiresAt = client.Null[time.Time]()
		}
		in.Keys = append(in.Keys, k)
	}
	return in
}

// audited is a report on input, with an exception.
func audited(t testing.TB) report.Report {
	t.Helper()
	p := audit.DefaultPolicy()
	p.AllowedRoles = []string{"Editor", "MEMBER"}
	p.Exceptions = []audit.Exception{
		{Key: "k-2", Rules: []audit.RuleID{audit.RuleNeverExpires}, Reason: "=a <b>pilot</b>", Owner: "Ida | Krüger", Until: ago(-30), WholeDay: true},
		{Key: "k-1", Reason: "over", Owner: "@Ida", Until: ago(3), WholeDay: true},
	}
	r := audit.Judge(input(), p)
	if r.Counts.Seen == 0 || r.Counts.NotSeen == 0 || r.Counts.CannotTell == 0 || r.Counts.Excepted == 0 || len(r.Skipped) == 0 || r.Complete {
		t.Fatalf("the world lacks something: %+v", r.Counts)
	}
	return report.Report{
		Head: report.Head{
			OrganizationID: "org-1", Organization: "Nordwind <b>Versand</b> =1|2", RanBy: "ida@nordwind.example <x>", PolicySHA256: "abc123", Version: "1.0 <b>",
		},
		Result: r,
	}
}

func written(t testing.TB, r report.Report, f report.Format) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.Write(&b, f); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
