package report_test

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"fob/client/audit"
	"fob/client/audit/report"
	"fob/client/visible"
)

// TestJSON holds a small report against its literal text.
func TestJSON(t *testing.T) {
	three := 3
	r := report.Report{
		Head: report.Head{OrganizationID: "org-1", RanBy: "ida@nordwind.example", Location: time.FixedZone("CET", 3600)},
		Result: audit.Result{
			AsOf: now, From: ago(90).In(time.FixedZone("", 7200)), To: now, Complete: true,
			Counts: audit.Counts{Keys: 2, Seen: 1, CannotTell: 1, Findings: 1, High: 1},
			Keys: []audit.Judged{
				{ID: "k-1", Name: "prod\x1b", Verdict: audit.Seen, Reason: "last query on 2026-11-22 in claims", LastQueryAt: ago(1), LastQueryWorkspace: "claims", DaysSeen: &three},
				{ID: "k-2", Verdict: audit.CannotTell, Reason: "it isn't shown <whether>"},
			},
			Findings: []audit.Finding{
				{Rule: audit.RuleExpired, Severity: audit.High, KeyID: "k-1", KeyName: "prod\x1b", Evidence: "e", NextStep: "n", ExceptedUntil: ago(-1)},
				{Rule: audit.RuleUnnamed, Severity: audit.Low, KeyID: "k-2", Evidence: "e", NextStep: "n"},
			},
			Skipped: []audit.Skip{{Rule: audit.RuleOwnerLeft, Reason: "a", Count: 2}, {Rule: audit.RuleOwnerLeft, Reason: "b", Count: 1}},
		},
	}
	want := `{"schema":1,"organization_id":"org-1","as_of":"2026-11-23T12:00:00Z","ran_by":"ida@nordwind.example",` +
		`"window":{"from":"2026-08-25T12:00:00Z","to":"2026-11-23T12:00:00Z"},"complete":true,"policy_sha256":null,` +
		`"counts":{"keys":2,"seen":1,"not_seen":0,"cannot_tell":1,"findings":1,"high":1,"medium":0,"low":0,"excepted":0,"skipped":{"owner-left":3}},` +
		`"keys":[{"id":"k-1","name":"prod␛","verdict":"seen","reason":"last query on 2026-11-22 in claims","last_query_at":"2026-11-22T12:00:00Z","last_query_workspace":"claims","days_seen":3},` +
		`{"id":"k-2","name":null,"verdict":"cannot_tell","reason":"it isn't shown <whether>","last_query_at":null,"last_query_workspace":null,"days_seen":null}],` +
		`"findings":[{"rule":"expired","severity":"high","key_id":"k-1","key_name":"prod␛","evidence":"e","next_step":"n","excepted_until":"2026-11-24T12:00:00Z"},` +
		`{"rule":"unnamed","severity":"low","key_id":"k-2","key_name":null,"evidence":"e","next_step":"n","excepted_until":null}]}` + "\n"
	if got := written(t, r, report.FormatJSON); got != want {
		t.Errorf("JSON is\n%s, want\n%s", got, want)
	}
	nothing := written(t, report.Report{}, report.FormatJSON)
	if !strings.Contains(nothing, `"organization_id":null,"as_of":null,"ran_by":null,"window":{"from":null,"to":null},"complete":false`) || !strings.Contains(nothing, `"keys":[],"findings":[]`) {
		t.Errorf("an empty report is %s", nothing)
	}
	if !json.Valid([]byte(written(t, audited(t), report.FormatJSON))) {
		t.Error("hostile names break the JSON")
	}
}

// TestNothingActs looks for what a terminal would obey, in every format.
func TestNothingActs(t *testing.T) {
	r := audited(t)
	for _, f := range report.Formats() {
		text := written(t, r, f)
		for _, c := range text {
			if unicode.IsControl(c) && c != '\n' || c == unicode.ReplacementChar || unicode.Is(unicode.Bidi_Control, c) {
				t.Errorf("%s holds %U", f, c)
				break
			}
		}
		if strings.Contains(strings.ToLower(text), "unused") || strings.Contains(text, "{{") && f == report.FormatHTML && !strings.Contains(text, "{{.}}") {
			t.Errorf("%s says something that it mustn't", f)
		}
		var b strings.Builder
		again := r
		if err := again.Write(&b, f); err != nil || b.String() != text {
			t.Errorf("%s differs from one writing to the next", f)
		}
	}
}

// TestHeads looks for who, when, what and under which policy, in every format.
func TestHeads(t *testing.T) {
	r := audited(t)
	for f, want := range map[report.Format][]string{
		report.FormatTable:    {"(org-1)", "ida@nordwind.example <x>", "2026-11-23 12:00 UTC", "2026-08-25 12:00 UTC to 2026-11-23 12:00 UTC", "Complete      no: the list of people is missing or partial: 403", "sha256 abc123", "cannot tell", "findings:"},
		report.FormatJSON:     {`"organization_id":"org-1"`, `"ran_by":"ida@nordwind.example <x>"`, `"as_of":"2026-11-23T12:00:00Z"`, `"from":"2026-08-25T12:00:00Z"`, `"complete":false`, `"policy_sha256":"abc123"`, `"counts":`},
		report.FormatCSV:      {"about,organization_id,,,,org-1", "about,ran_by,,,,ida@nordwind.example <x>", "about,as_of,,,,2026-11-23T12:00:00Z", "about,window_from,,,,2026-08-25T12:00:00Z", "about,complete,,,,false", "about,policy_sha256,,,,abc123", "about,incomplete_because,,,,the list of people", "about,findings,"},
		report.FormatMarkdown: {`(org-1)`, `ida\@nordwind.example &lt;x&gt;`, `2026-11-23 12\:00 UTC`, "**Complete:** no\\: the list of people", "sha256 abc123", "findings:"},
		report.FormatSARIF:    {`"organizationId": "org-1"`, `"ranBy": "ida@nordwind.example`, `"asOf": "2026-11-23T12:00:00Z"`, `"windowFrom": "2026-08-25T12:00:00Z"`, `"executionSuccessful": false`, `"policySha256": "abc123"`, `"counts":`},
		report.FormatHTML:     {"(org-1)", "ida@nordwind.example &lt;x&gt;", "2026-11-23 12:00 UTC", "<dd>no: the list of people is missing", "sha256 abc123", "cannot tell"},
	} {
		text := written(t, r, f)
		for _, part := range want {
			if !strings.Contains(text, part) {
				t.Errorf("%s has no %q:\n%.1500s", f, part, text)
			}
		}
	}
	if err := r.Write(io.Discard, "pdf"); err == nil {
		t.Error("there is a format pdf")
	}
}

// formula finds what a spreadsheet runs.
var formula = regexp.MustCompile(`^[ \x{3000}"]*[=+\-@＝＋－＠\t\r]`)

func TestCSV(t *testing.T) {
	r := audited(t)
	rows, err := csv.NewReader(strings.NewReader(written(t, r, report.FormatCSV))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, row := range rows {
		kinds[row[0]]++
		for _, cell := range row {
			for _, part := range strings.Split(cell, ";") {
				if formula.MatchString(part) {
					t.Errorf("the cell %q runs", cell)
				}
			}
		}
	}
	if kinds["finding"] != len(r.Findings) || kinds["key"] != len(r.Keys) || kinds["skipped"] != len(r.Skipped) || kinds["record"] != 1 {
		t.Errorf("there are %v", kinds)
	}
	at := slices.IndexFunc(rows, func(row []string) bool { return row[0] == "finding" && row[7] != "" })
	if at < 0 || rows[at][7] != "2026-12-23T23:59:59Z" {
		t.Errorf("the excepted finding is %q", rows[max(at, 0)])
	}
}

func TestMarkdown(t *testing.T) {
	r := audited(t)
	text := written(t, r, report.FormatMarkdown)
	unescaped := regexp.MustCompile(`\\.`)
	columns := 0
	for line := range strings.Lines(text) {
		line = unescaped.ReplaceAllString(strings.TrimSuffix(line, "\n"), "")
		if !strings.HasPrefix(line, "|") {
			columns = 0
			if strings.ContainsAny(line, "<>|") {
				t.Errorf("the line %q isn't plain", line)
			}
			continue
		}
		n := strings.Count(line, "|")
		if columns != 0 && n != columns {
			t.Errorf("the row %q has %d columns, the table %d", line, n-1, columns-1)
		}
		columns = n
		if strings.ContainsAny(line, "<>[]`") {
			t.Errorf("the row %q isn't plain", line)
		}
	}
	for _, want := range []string{"\n## Findings\n", "\n## Excepted\n", "\n## Cannot tell\n", "\n## What the rules could not tell\n", "`" + string(r.Skipped[0].Rule) + "`"} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q", want)
		}
	}
	calm := written(t, report.Report{}, report.FormatMarkdown)
	if !strings.Contains(calm, "## Findings\n\nNone.") || strings.Contains(calm, "Excepted\n") {
		t.Errorf("an empty report is\n%s", calm)
	}
}

func TestTable(t *testing.T) {
	r := audited(t)
	for _, o := range []report.TableOptions{{Width: 80}, {Width: 120, Keys: true}, {Width: 60, ASCII: true, Keys: true}, {ASCII: true}, {Bare: true}} {
		var b strings.Builder
		if err := r.Table(&b, o); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			line = strings.TrimSuffix(line, "\n")
			if o.Width > 0 && visible.Width(line) > o.Width {
				t.Errorf("%+v: %q is too wide", o, line)
			}
			if o.ASCII && strings.ContainsFunc(line, func(c rune) bool { return c > '~' }) {
				t.Errorf("%+v: %q isn't ASCII", o, line)
			}
		}
		if has := strings.Contains(b.String(), "VERDICT"); has != o.Keys {
			t.Errorf("%+v: the keys are there: %v", o, has)
		}
		if has := strings.Contains(b.String(), "Days since the last query"); has == o.Bare {
			t.Errorf("%+v: the charts are there: %v", o, has)
		}
	}
	text := written(t, r, report.FormatTable)
	for _, want := range []string{"SEVERITY  RULE", "What could not be told\n", "excepted until 2026-12-23 23:59 UTC: =a <b>pilot</b>", "  none  █"} {
		if !strings.Contains(text, want) {
			t.Errorf("the table has no %q:\n%s", want, text)
		}
	}
}

func TestTicket(t *testing.T) {
	r := audited(t)
	for _, f := range r.Findings {
		text := r.Ticket(f)
		for _, want := range []string{report.Title(f.Rule), "(" + string(f.Rule) + ")", "id " + f.KeyID, f.Evidence, f.NextStep, "Window: 2026-08-25", "Ran by: ida@"} {
			if !strings.Contains(text, want) {
				t.Errorf("the ticket has no %q:\n%s", want, text)
			}
		}
		if strings.ContainsAny(text, "\x1b\u202e\x00") {
			t.Errorf("the ticket isn't safe to show: %q", text)
		}
	}
}

// full is a disk without room.
type full struct{ room int }

var errFull = errors.New("no room")

func (f *full) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWritingFails(t *testing.T) {
	r := audited(t)
	for _, f := range report.Formats() {
		if err := r.Write(&full{room: 100}, f); !errors.Is(err, errFull) {
			t.Errorf("%s on a full disk says %v", f, err)
		}
	}
	for _, f := range []report.Format{report.FormatTable, report.FormatJSON, report.FormatMarkdown} {
		if err := report.Diff(r, report.Report{}).Write(&full{}, f); !errors.Is(err, errFull) {
			t.Errorf("changes as %s on a full disk say %v", f, err)
		}
	}
	if err := report.Save(&full{}, report.Snapshot{}); !errors.Is(err, errFull) {
		t.Errorf("a snapshot on a full disk says %v", err)
	}
}

func TestChanges(t *testing.T) {
	before := audited(t)
	in := input()
	in.Keys = in.Keys[1:]
	in.Keys[0].ID, in.Keys[0].ExpiresAt = "k-new", in.Keys[1].ExpiresAt
	after := before
	after.Result = audit.Judge(in, audit.DefaultPolicy())
	c := report.Diff(before, after)
	for f, want := range map[report.Format][]string{
		report.FormatTable:    {"Changes from 2026-11-23 12:00 UTC", "New findings: ", "Findings that are gone: ", "not certain", "New keys: 1", "Keys that are gone: 2", "Not certain: 1", "k-new"},
		report.FormatMarkdown: {"## Changes from", "## New findings: ", `- `, "&lt;script"},
		report.FormatJSON:     {`"new_findings":[{"rule":`, `"gone_findings":[{"rule":`, `"sure":false`, `"new_keys":[{"id":"k-new"`, `"complete":false`},
	} {
		var b strings.Builder
		if err := c.Write(&b, f); err != nil {
			t.Fatal(err)
		}
		for _, part := range want {
			if !strings.Contains(b.String(), part) {
				t.Errorf("changes as %s have no %q:\n%s", f, part, b.String())
			}
		}
		if strings.ContainsAny(b.String(), "\x1b\u202e\x00") {
			t.Errorf("changes as %s aren't safe to show", f)
		}
	}
	var same strings.Builder
	if err := report.Diff(before, before).Write(&same, report.FormatTable); err != nil || !strings.Contains(same.String(), "Nothing changed.") {
		t.Errorf("the same twice gives %q, %v", same.String(), err)
	}
	if err := c.Write(io.Discard, report.FormatHTML); err == nil {
		t.Error("changes are written as HTML")
	}
	if got := report.KeyLabel("", "0123456789"); got != "01234567 (unnamed)" {
		t.Errorf("an unnamed key is called %q", got)
	}
	if !reflect.DeepEqual(report.Formats()[:1], []report.Format{report.FormatTable}) {
		t.Error("the formats have moved")
	}
}
