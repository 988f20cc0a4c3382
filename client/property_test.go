package client

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A list to which keys are added, and from which keys are revoked, between any two answers is never called complete
// unless it is what the list was at one moment, and what follows the progress always ends as what is returned.
func TestChangingListIsNeverCompleteWrongly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &shelf{ids: numbered(rapid.IntRange(0, 60).Draw(t, "keys")), most: rapid.IntRange(1, 9).Draw(t, "page")}
		if rapid.Bool().Draw(t, "untold") {
			s.total = func(int) string { return "null" }
		}
		changes := rapid.SliceOfN(rapid.IntRange(-3, 3), 0, 40).Draw(t, "changes")
		at := rapid.SliceOfN(rapid.IntRange(0, 1000), len(changes), len(changes)).Draw(t, "places")
		states := [][]string{slices.Clone(s.ids)}
		s.change = func(s *shelf, n int, _ string) {
			if n > len(changes) {
				return
			}
			switch c := changes[n-1]; {
			case c == 1:
				s.ids = append([]string{fmt.Sprint("new", n)}, s.ids...)
			case c == -1 && len(s.ids) > 0:
				i := at[n-1] % len(s.ids)
				s.ids = slices.Delete(slices.Clone(s.ids), i, i+1)
			case c == 2 && len(s.ids) > 0: // both, and the total stays
				i := at[n-1] % len(s.ids)
				s.ids = append([]string{fmt.Sprint("new", n)}, slices.Delete(slices.Clone(s.ids), i, i+1)...)
			}
			states = append(states, slices.Clone(s.ids))
		}
		var p *platform
		cleanup := &scope{}
		defer cleanup.close()
		p = serve(cleanup, s.answer)
		var seen screen
		l, err := p.ListKeys(context.Background(), Scope{}, seen.follow)
		if err != nil {
			t.Fatal(err)
		}
		got := idsOf(l.Items)
		if !slices.Equal(seen.ids, got) {
			t.Fatalf("%d shown, %d returned", len(seen.ids), len(got))
		}
		if !l.Complete {
			if l.Why == "" {
				t.Fatal("partial without a reason")
			}
			return
		}
		if s.total != nil {
			// By cursor alone nothing tells of a key that was revoked meanwhile; but every key is there that was on the
			// list from the first answer to the last.
			for _, id := range states[0] {
				stayed := !slices.ContainsFunc(states, func(ids []string) bool { return !slices.Contains(ids, id) })
				if stayed && !slices.Contains(got, id) {
					t.Fatalf("complete without %s", id)
				}
			}
			return
		}
		if !slices.ContainsFunc(states, func(ids []string) bool { return slices.Equal(ids, got) }) {
			t.Fatalf("complete, but the list was never %v", got)
		}
	})
}

// scope is a testing.TB whose cleanups run when it is closed: rapid runs many cases in one test.
type scope struct {
	testing.TB
	cleanups []func()
}

func (s *scope) Helper()           {}
func (s *scope) Cleanup(f func())  { s.cleanups = append(s.cleanups, f) }
func (s *scope) Fatal(args ...any) { panic(fmt.Sprint(args...)) }
func (s *scope) close() {
	for _, f := range slices.Backward(s.cleanups) {
		f()
	}
}

// Whatever a page holds, reading it neither panics nor reads anything else than encoding/json would.
func FuzzKeyPage(f *testing.F) {
	for _, seed := range []string{
		oneKey, `[]`, `{}`, `null`, `{"data":[{"api_token_id":"a\u0000b","name":"\"\\","workspaces":[{"name":"x"},"y",3]}],"total":1e2}`,
		`{"data":[{"id":-1.5e3,"user":{"email":"\ud800"},"role":"r","x":[{"]":"}"}]}],"has_more":null}`, `{"data":[{"":""}]}`, "\xff", `{"data":[{"id":"` + "\xff" + `"}]}`,
		` [ { "id" : "a" , "name" : null } , 1 , "x" ] `, `{"data":[{"name":"cut`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := decodeKeys(slices.Clone(body))
		if err != nil {
			if strings.ContainsFunc(err.Error(), func(r rune) bool { return r > '~' }) {
				t.Errorf("the error quotes the body: %q", err)
			}
			return
		}
		if !json.Valid(body) {
			t.Fatal("read what isn't JSON")
		}
		var list []json.RawMessage
		if json.Unmarshal(body, &list) != nil {
			var envelope map[string]json.RawMessage
			if err := json.Unmarshal(body, &envelope); err != nil {
				t.Fatal(err)
			}
			if json.Unmarshal(envelope["data"], &list) != nil && json.Unmarshal(envelope["tokens"], &list) != nil {
				return // the same name twice
			}
			if strings.Count(string(body), `"data"`)+strings.Count(string(body), `"tokens"`)+strings.Count(string(body), `\u`) > 1 {
				return
			}
		}
		if len(list) != len(p.items)+p.odd {
			t.Fatalf("%d elements, encoding/json sees %d", len(p.items)+p.odd, len(list))
		}
		objects := 0
		for _, raw := range list {
			var fields map[string]json.RawMessage
			if raw[0] != '{' || json.Unmarshal(raw, &fields) != nil {
				continue
			}
			k := p.items[objects]
			objects++
			var name *string
			if raw, ok := fields["name"]; ok && json.Unmarshal(raw, &name) == nil && name != nil && strings.Count(string(raw), `"name"`) <= 1 {
				if got, ok := k.Name.Get(); ok && got != *name && !strings.Contains(string(body), `\u`) {
					t.Errorf("name %q, encoding/json reads %q", got, *name)
				}
			}
			for field, raw := range k.Unknown {
				if !json.Valid(raw) {
					t.Errorf("%q is kept as %q", field, raw)
				}
			}
		}
	})
}

// A time that is read is one that time.Parse would read, too, whatever comes before the zone.
func FuzzTime(f *testing.F) {
	for _, seed := range []string{"2026-03-04T05:06:07Z", "2026-03-04T05:06:07.123456789012+02:00", "2026-03-04 05:06:07", "2026-03-04t05:06:07z", "", "T", "0000-00-00T00:00:00", "2026-03-04T05:06:07+0530"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, ok := parseTime(text)
		if !ok {
			if !at.IsZero() {
				t.Error("a time beside a no")
			}
			return
		}
		again, ok := parseTime(at.Format("2006-01-02T15:04:05.999999999Z07:00"))
		if y := at.Year(); y >= 0 && y <= 9999 && (!ok || !again.Equal(at)) {
			t.Errorf("%q is %v, and that is %v", text, at, again)
		}
	})
}
