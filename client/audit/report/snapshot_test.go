package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"fob/client"
	"fob/client/audit"
	"fob/client/audit/history"
	"fob/client/audit/report"
)

func saved(t testing.TB, in audit.Input) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report.Save(&b, report.Snapshot{OrganizationID: "org-1", Organization: "Nordwind", RanBy: "ida", Input: in}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSnapshot(t *testing.T) {
	in := input()
	in.Journal.Began = ago(60)
	in.Reading.Workspaces["odd"] = history.Coverage{Readable: true, Why: "502", ByName: true}
	// Every state of every field.
	in.Keys = append(in.Keys, client.Key{ID: "bare"}, client.Key{
		ID: "nulls", Name: client.Null[string](), Personal: client.Null[bool](), OrganizationRole: client.Null[string](), Role: client.Null[client.RoleRef](),
		Workspaces: client.Null[[]client.WorkspaceRef](), CreatedAt: client.Null[time.Time](), ExpiresAt: client.Null[time.Time](),
		User: client.Null[client.PersonRef](), LastUsedAt: client.Null[time.Time](),
	}, client.Key{
		ID: "values", Name: client.Some("n"), Workspaces: client.Some([]client.WorkspaceRef{}), LastUsedAt: client.Some(ago(4)),
		User: client.Some(client.PersonRef{ID: "u", GivenName: "a", FamilyName: "b", Email: "c"}), Role: client.Some(client.RoleRef{ID: "r", Name: "n"}),
	})
	for n := range in.Keys {
		// Texts that aren't UTF-8 can't be in an answer that is JSON.
		in.Keys[n].Name = changedName(in.Keys[n].Name)
	}
	s, err := report.Load(bytes.NewReader(saved(t, in)))
	if err != nil {
		t.Fatal(err)
	}
	if s.OrganizationID != "org-1" || s.Organization != "Nordwind" || s.RanBy != "ida" {
		t.Errorf("came back as %+v", s)
	}
	for n := range in.Keys {
		if !reflect.DeepEqual(s.Input.Keys[n], in.Keys[n]) {
			t.Errorf("the key\n%+v came back as\n%+v", in.Keys[n], s.Input.Keys[n])
		}
	}
	if !reflect.DeepEqual(s.Input, in) {
		t.Errorf("the input\n%+v came back as\n%+v", in, s.Input)
	}
	p := audit.DefaultPolicy()
	if got, want := audit.Judge(s.Input, p), audit.Judge(in, p); !reflect.DeepEqual(got, want) {
		t.Errorf("is judged as\n%+v, want\n%+v", got, want)
	}
}

func changedName(f client.Field[string]) client.Field[string] {
	if name, ok := f.Get(); ok {
		return client.Some(strings.ToValidUTF8(name, "?"))
	}
	return f
}

func TestSnapshotKeepsNoUnknownField(t *testing.T) {
	in := audit.Input{Now: now, Keys: []client.Key{{ID: "k", Unknown: map[string]json.RawMessage{"api_token": json.RawMessage(`"canary"`)}}}}
	if text := saved(t, in); bytes.Contains(text, []byte("canary")) {
		t.Errorf("an unknown field is kept: %s", text)
	}
}

func TestSnapshotRefuses(t *testing.T) {
	for text, want := range map[string]error{
		"":                                 report.ErrNotSnapshot,
		"null":                             report.ErrNotSnapshot,
		`{"version":1}`:                    report.ErrNotSnapshot,
		`{"kind":"fob.audit"}`:             report.ErrNotSnapshot,
		`{"kind":"fob.audit","version":2}`: report.ErrNewerSnapshot,
		`{"schema":1,"keys":[]}`:           report.ErrNotSnapshot,
		`{"kind":"fob.audit","version":1,"keys":[{"id":3}]}`: report.ErrNotSnapshot,
	} {
		if s, err := report.Load(strings.NewReader(text)); !errors.Is(err, want) || s.Input.Keys != nil {
			t.Errorf("%s gives %v, want %v", text, err, want)
		}
	}
	if _, err := report.Load(strings.NewReader(`{"kind":"fob.audit","version":1,"new_field":3}`)); err != nil {
		t.Errorf("a field of a newer program gives %v", err)
	}
}

func FuzzSnapshot(f *testing.F) {
	f.Add(saved(f, input()))
	f.Add(saved(f, audit.Input{}))
	f.Add([]byte(`{"kind":"fob.audit","version":1,"keys":[{"id":"a","created_at":null,"workspaces":[{}]}],"reading":{"from":"2026-01-01T00:00:00Z","to":"2025-01-01T00:00:00Z","keys":{"a":{"last":"2026-01-01T00:00:00+25:00"}}}}`))
	f.Add([]byte(`{"kind":"fob.audit","version":1,"as_of":"9999-12-31T23:59:59Z","reading":{"workspaces":{"":{"readable":true}}},"keys":[{"id":"","expires_at":"0001-01-01T00:00:00Z"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := report.Load(bytes.NewReader(text))
		if err != nil {
			return
		}
		p := audit.DefaultPolicy()
		p.Rules[audit.RuleUnknownOrigin] = audit.Setting{On: true, Severity: audit.Low}
		r := report.Report{Result: audit.Judge(s.Input, p)}
		if n := r.Counts.Seen + r.Counts.NotSeen + r.Counts.CannotTell; n != len(s.Input.Keys) {
			t.Fatalf("%d verdicts of %d keys", n, len(s.Input.Keys))
		}
		for _, f := range report.Formats() {
			if f == report.FormatSARIF || f == report.FormatHTML {
				continue // slow, and tried elsewhere
			}
			written(t, r, f)
		}
		again, err := report.Load(bytes.NewReader(saved(t, s.Input)))
		if err != nil {
			t.Fatalf("what was saved again can't be read: %v", err)
		}
		if a, b := audit.Judge(again.Input, p), r.Result; !reflect.DeepEqual(a, b) {
			t.Fatalf("judged again it is\n%+v, and was\n%+v", a, b)
		}
	})
}
