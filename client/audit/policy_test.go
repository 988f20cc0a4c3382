package audit_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"fob/client"
	"fob/client/audit"
)

const wholePolicy = `# Ours.
version = 1
window_days = 180
grace_days = 7
querying_roles = ["Editor", "Night shift"]
query_permissions = ["ask"]

[rules.not-seen]
days = 60
severity = "medium"

[rules.expires-soon]
days = 14
[rules.lifetime-over-policy]
days = 90
[rules.admin-role]
allowed = ["Editor"]
[rules.unnamed]
pattern = '^[a-z]+-(prod|ci)$'
[rules.owner-left]
service_keys = true
[rules.personal-as-service]
most_days = 0.5
hours = 12
[rules.unknown-origin]
on = true
[rules]
wider-than-used = { on = false, severity = "low" }

[[exceptions]]
key = "9f1c4e2a"            # the export of the year's end
name = "export-2024"
rules = ["not-seen", "never-expires"]
reason = "needed once a year"
owner = "Jonas Petersen"
until = 2027-01-31

[[exceptions]]
key = "77aa"
reason = "a \"pilot\""
owner = "Ida"
until = 2027-01-31T12:00:00+01:00
`

func TestPolicy(t *testing.T) {
	p, err := audit.ParsePolicy("policy.toml", []byte(wholePolicy))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(wholePolicy))
	if p.SHA256 != hex.EncodeToString(sum[:]) {
		t.Errorf("hash is %s", p.SHA256)
	}
	if p.NamePattern == nil || !p.NamePattern.MatchString("ingest-prod") || p.NamePattern.MatchString("Ingest") {
		t.Errorf("pattern is %v", p.NamePattern)
	}
	p.NamePattern = nil
	want := audit.DefaultPolicy()
	want.WindowDays, want.GraceDays, want.QueryingRoles, want.QueryPermissions = 180, 7, []string{"Editor", "Night shift"}, []string{"ask"}
	want.NotSeenDays, want.ExpiresSoonDays, want.LongestLifeDays, want.AllowedRoles = 60, 14, 90, []string{"Editor"}
	want.LeaversServiceKeys, want.MostDays, want.Hours, want.SHA256 = true, 0.5, 12, p.SHA256
	want.Rules[audit.RuleNotSeen] = audit.Setting{On: true, Severity: audit.Medium}
	want.Rules[audit.RuleUnknownOrigin] = audit.Setting{On: true, Severity: audit.Medium}
	want.Rules[audit.RuleWiderThanUsed] = audit.Setting{Severity: audit.Low}
	want.Exceptions = []audit.Exception{
		{
			Key: "9f1c4e2a", Name: "export-2024", Rules: []audit.RuleID{audit.RuleNotSeen, audit.RuleNeverExpires}, Reason: "needed once a year",
			Owner: "Jonas Petersen", Until: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC), WholeDay: true, Line: 31,
		},
		{Key: "77aa", Reason: `a "pilot"`, Owner: "Ida", Until: time.Date(2027, 1, 31, 11, 0, 0, 0, time.UTC), Line: 39},
	}
	if !reflect.DeepEqual(p, want) {
		t.Errorf("policy is\n%+v, want\n%+v", p, want)
	}
	empty, err := audit.ParsePolicy("", []byte("\ufeff# nothing\n"))
	if empty.SHA256 = ""; err != nil || !reflect.DeepEqual(empty, audit.DefaultPolicy()) {
		t.Errorf("an empty policy is %+v, %v", empty, err)
	}
}

func TestPolicyRefuses(t *testing.T) {
	exception := func(lines string) string {
		return "\n[[exceptions]]\nkey = \"k\"\nreason = \"r\"\nowner = \"o\"\n" + lines
	}
	for _, c := range []struct {
		text, want string
	}{
		{"window_days = ", "p:1: not valid TOML"},
		{"\ngrase_days = 3", `p:2: no setting "grase_days", did you mean "grace_days"?`},
		{"Grace_days = 3", `p:1: no setting "Grace_days", did you mean "grace_days"?`},
		{"zebra = 3", `no setting "zebra", there are "version", "window_days"`},
		{"[rules.not-sean]\n", `p:1: no rule "not-sean", did you mean "not-seen"?`},
		{"[rules.not-seen]\ndays = 3\nhours = 4", `p:3: no setting "hours"`},
		{"[rules.admin-role]\ndays = 3", `p:2: no setting "days"`},
		{"[rules]\nnot-seen = { on = true, dais = 3 }", `p:2: no setting "dais", did you mean "days"?`},
		{"a = 1\nb = 2", `(and 1 more like it)`},
		{"window_days = \"ninety\"", "p:1: window_days has to be a whole number"},
		{"rules = 3", "rules has to be sections, as in [rules.not-seen]"},
		{"[rules.not-seen]\non = 1", "p:2: rules.not-seen.on has to be true or false"},
		{"window_days = 0", "p:1: window_days is a number from 1 to 3650"},
		{"grace_days = -1", "grace_days is a number from 0"},
		{"version = 2", "p:1: version 2 is not one that this fob reads"},
		{"[rules.expired]\nseverity = \"fatal\"", "p:2: rules.expired.severity is one of low, medium, high"},
		{"[rules.unnamed]\npattern = '('", "p:2: rules.unnamed.pattern is not a regular expression"},
		{"[rules.personal-as-service]\nmost_days = 1.5", "p:2: rules.personal-as-service.most_days is a share"},
		{"[rules.personal-as-service]\nmost_days = nan", "most_days is a share"},
		{"[rules.personal-as-service]\nhours = 25", "hours is a number from 1 to 24"},
		{exception(""), "p:2: the exception of k has no end: an exception is for a time, as in until = 2027-01-31"},
		{exception("until = 3"), "p:6: until is a day or an instant"},
		{exception("until = \"soon\""), "p:6: until is a day or an instant"},
		{exception("until = 2027-02-30"), "not valid TOML"},
		{exception("until = 2027-01-31\nrules = [\"not-sen\"]"), `no rule "not-sen", did you mean "not-seen"?`},
		{exception("until = 2027-01-31\nrules = []"), "covers no rule"},
		{exception("until = 2027-01-31\nrules = [\"exception-ended\"]"), "can't be excepted"},
		{exception("untill = 2027-01-31"), `p:6: no setting "untill", did you mean "until"?`},
		{"exceptions = [{key = \"k\", reson = \"r\"}]", `p:1: no setting "reson", did you mean "reason"?`},
		{"[[exceptions]]\nkey = \"k\"\nuntil = 2027-01-31", "p:1: the exception of k has no reason"},
		{"[[exceptions]]\nreason = \"r\"\nowner = \"o\"\nuntil = 2027-01-31", "p:1: the exception names no key by its id"},
		{"[exceptions]\nkey = \"k\"", "p:2: exceptions has to be sections, as in [[exceptions]]"},
		{"exceptions = {key = \"k\"}", "p:1: exceptions has to be sections, as in [[exceptions]]"},
		{"exceptions.key = \"k\"", "p:1: exceptions has to be sections, as in [[exceptions]]"},
		{strings.Repeat("#", 1<<20+1), "at most"},
	} {
		p, err := audit.ParsePolicy("p", []byte(c.text))
		var wrong *audit.PolicyError
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.60q gives %v, want %q", c.text, err, c.want)
		}
		if p.Rules != nil {
			t.Errorf("%.60q gives an error and a policy", c.text)
		}
	}
}

func TestAppendException(t *testing.T) {
	e := audit.Exception{
		Key: "id-1", Name: "a\x1b\"b\\\u202e", Rules: []audit.RuleID{audit.RuleExpired}, Reason: "line\nbreak", Owner: "Ida Krüger",
		Until: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC), WholeDay: true,
	}
	for name, text := range map[string]string{
		"none": "", "whole": wholePolicy, "no line feed at the end": "grace_days = 3 # ours", "windows": "\ufeffgrace_days = 3\r\n# ours\r\n",
	} {
		before, err := audit.ParsePolicy("p", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		out, err := audit.AppendException([]byte(text), e)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !strings.HasPrefix(string(out), text) {
			t.Errorf("%s: what was there has changed:\n%s", name, out)
		}
		if strings.Contains(text, "\r\n") && strings.Count(string(out), "\n") != strings.Count(string(out), "\r\n") {
			t.Errorf("%s: line ends are mixed: %q", name, out)
		}
		after, err := audit.ParsePolicy("p", out)
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		got := after.Exceptions[len(after.Exceptions)-1]
		got.Line = 0
		if !reflect.DeepEqual(got, e) {
			t.Errorf("%s: came back as %+v", name, got)
		}
		after.Exceptions, after.SHA256 = after.Exceptions[:len(after.Exceptions)-1], before.SHA256
		if len(after.Exceptions) == 0 {
			after.Exceptions = nil
		}
		if after.NamePattern, before.NamePattern = nil, nil; !reflect.DeepEqual(after, before) {
			t.Errorf("%s: the rest has changed", name)
		}
	}
	instant := e
	instant.WholeDay, instant.Until = false, time.Date(2027, 1, 31, 12, 0, 0, 0, time.FixedZone("", 3600))
	out, err := audit.AppendException(nil, instant)
	if err != nil || !strings.Contains(string(out), "until = 2027-01-31T11:00:00Z") {
		t.Errorf("an instant is written as %q, %v", out, err)
	}
	for what, change := range map[string]func(*audit.Exception){
		"end": func(e *audit.Exception) { e.Until = time.Time{} }, "key": func(e *audit.Exception) { e.Key = " " },
		"reason": func(e *audit.Exception) { e.Reason = "" }, "owner": func(e *audit.Exception) { e.Owner = "" },
	} {
		bad := e
		change(&bad)
		if out, err := audit.AppendException(nil, bad); err == nil {
			t.Errorf("an exception without %s is taken: %s", what, out)
		}
	}
	for _, text := range []string{"nonsense", "exceptions = [{key = \"k\", reason = \"r\", owner = \"o\", until = 2027-01-31}]"} {
		if out, err := audit.AppendException([]byte(text), e); err == nil {
			t.Errorf("%q is appended to: %s", text, out)
		}
	}
}

func TestExceptions(t *testing.T) {
	day := func(n float64) time.Time { return ago(n).Truncate(24 * time.Hour) }
	judge := func(all ...audit.Exception) audit.Result {
		in, p := world(), audit.DefaultPolicy()
		in.Keys = []client.Key{key("k")}
		for n := range all {
			all[n].Key, all[n].Reason, all[n].Owner, all[n].WholeDay = "k", "a pilot", "Ida", true
		}
		p.Exceptions = all
		return audit.Judge(in, p)
	}
	if r := judge(); r.Counts.Findings != 1 || r.Counts.High != 1 || r.Counts.Excepted != 0 {
		t.Fatalf("without exceptions there are %+v", r.Counts)
	}
	r := judge(audit.Exception{Until: day(0)}) // today still counts
	if f := r.Findings[0]; r.Counts.Findings != 0 || r.Counts.High != 0 || r.Counts.Excepted != 1 || len(r.Findings) != 1 ||
		!f.ExceptedUntil.Equal(time.Date(2026, 11, 23, 23, 59, 59, 0, time.UTC)) || f.ExceptedWhy != "a pilot" || f.ExceptedOwner != "Ida" {
		t.Errorf("an exception gives %+v, %+v", r.Counts, r.Findings)
	}
	if r := judge(audit.Exception{Until: day(-5), Rules: []audit.RuleID{audit.RuleExpired}}); r.Counts.Excepted != 0 || r.Counts.Findings != 1 {
		t.Errorf("another rule's exception gives %+v", r.Counts)
	}
	r = judge(audit.Exception{Until: day(1)})
	if r.Counts.Excepted != 0 || len(findings(r, audit.RuleExceptionEnded)) != 1 || len(findings(r, audit.RuleNotSeen)) != 1 {
		t.Errorf("an ended exception gives %+v", r.Findings)
	}
	r = judge(audit.Exception{Until: day(1)}, audit.Exception{Until: day(-5)})
	if r.Counts.Findings != 0 || r.Counts.Excepted != 1 {
		t.Errorf("an ended exception with a new one gives %+v", r.Findings)
	}
	r = judge(audit.Exception{Until: day(1)}, audit.Exception{Until: day(-5), Rules: []audit.RuleID{audit.RuleNotSeen}})
	if len(findings(r, audit.RuleExceptionEnded)) != 1 {
		t.Errorf("a new exception of fewer rules hides an ended one: %+v", r.Findings)
	}
	e := audit.Exception{Until: day(0), WholeDay: true}
	west := time.FixedZone("", -5*3600)
	if got := e.EndsAt(west); !got.Equal(time.Date(2026, 11, 23, 23, 59, 59, 0, west)) {
		t.Errorf("a day ends at %v in the west", got)
	}
}

func FuzzPolicy(f *testing.F) {
	for _, seed := range []string{
		"", wholePolicy, "\ufeff", "exceptions = [{key = \"k\"}, 3]", "rules = {expired = {on = false}}", "a.b.c = 1", "[rules.\"\"]\n", "[[exceptions.x]]\ny=1",
		"[[exceptions]]\nuntil = 2027-01-31T00:00:00", "exceptions = [[1]]", "[exceptions.a]\nb = 1", "rules.expired.on = 1979-05-27",
	} {
		f.Add([]byte(seed))
	}
	e := audit.Exception{Key: "k", Reason: "r", Owner: "o", Until: now}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := audit.ParsePolicy("p", text)
		if err != nil {
			var wrong *audit.PolicyError
			if !errors.As(err, &wrong) || strings.ContainsAny(err.Error(), "\x1b\n\u202e") {
				t.Fatalf("the error is %q", err)
			}
			return
		}
		for _, ex := range p.Exceptions {
			if ex.Until.IsZero() || ex.Key == "" || ex.Reason == "" || ex.Owner == "" {
				t.Fatalf("took the exception %+v", ex)
			}
		}
		in := world()
		in.Keys = []client.Key{key("k")}
		audit.Judge(in, p)
		if out, err := audit.AppendException(text, e); err == nil {
			again, err := audit.ParsePolicy("p", out)
			if err != nil || len(again.Exceptions) != len(p.Exceptions)+1 || !strings.HasPrefix(string(out), string(text)) {
				t.Fatalf("appended: %v\n%s", err, out)
			}
		}
	})
}
