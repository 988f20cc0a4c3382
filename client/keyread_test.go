package client

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var exact = cmp.Options{
	cmp.AllowUnexported(Field[string]{}, Field[bool]{}, Field[time.Time]{}, Field[RoleRef]{}, Field[[]WorkspaceRef]{}, Field[PersonRef]{}, Field[KeyRef]{}, Field[[]string]{}, Field[time.Duration]{}),
}

const (
	uuidA = "0d0c1b2a-0000-4000-8000-00000000000a"
	uuidB = "0D0C1B2A-0000-4000-8000-00000000000B"
)

// Every form that platform.md allows a key to have, as literal JSON.
func TestKeyForms(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	key := func(f func(*Key)) Key { k := Key{ID: "k"}; f(&k); return k }
	raw := func(name, value string) func(*Key) {
		return func(k *Key) { k.Unknown = map[string]json.RawMessage{name: json.RawMessage(value)} }
	}
	for body, want := range map[string]Key{
		`{"api_token_id":"k"}`:                              {ID: "k"},
		`{"id":"k"}`:                                        {ID: "k"},
		`{"id":"x","api_token_id":"k"}`:                     {ID: "k", Unknown: nil},
		`{"api_token_id":17}`:                               {ID: "17"},
		` { "api_token_id" : "k" , "name" : "a\u0062\n" } `: key(func(k *Key) { k.Name = Some("ab\n") }),

		`{"api_token_id":"k","name":null}`:                                                   key(func(k *Key) { k.Name = Null[string]() }),
		"{\"api_token_id\":\"k\",\"name\":\"a\xff\"}":                                        key(func(k *Key) { k.Name = Some("a\ufffd") }),
		`{"api_token_id":"k","name":""}`:                                                     key(func(k *Key) { k.Name = Some("") }),
		`{"api_token_id":"k","name":7}`:                                                      key(raw("name", "7")),
		`{"api_token_id":"k","personal":true}`:                                               key(func(k *Key) { k.Personal = Some(true) }),
		`{"api_token_id":"k","personal":null}`:                                               key(func(k *Key) { k.Personal = Null[bool]() }),
		`{"api_token_id":"k","personal":"no"}`:                                               key(raw("personal", `"no"`)),
		`{"api_token_id":"k","organization_role":"EMPEROR"}`:                                 key(func(k *Key) { k.OrganizationRole = Some("EMPEROR") }),
		`{"api_token_id":"k","role_id":"r"}`:                                                 key(func(k *Key) { k.Role = Some(RoleRef{ID: "r"}) }),
		`{"api_token_id":"k","role_id":null}`:                                                key(func(k *Key) { k.Role = Null[RoleRef]() }),
		`{"api_token_id":"k","role_id":null,"role":{"name":"Editor"}}`:                       key(func(k *Key) { k.Role = Some(RoleRef{Name: "Editor"}) }),
		`{"api_token_id":"k","role":{"name":"Editor"},"role_id":"r"}`:                        key(func(k *Key) { k.Role = Some(RoleRef{"r", "Editor"}) }),
		`{"api_token_id":"k","role":null,"role_id":"r"}`:                                     key(func(k *Key) { k.Role = Some(RoleRef{ID: "r"}) }),
		`{"api_token_id":"k","role":{"id":3,"name":"Editor"}}`:                               key(func(k *Key) { k.Role = Some(RoleRef{"3", "Editor"}) }),
		`{"api_token_id":"k","role":"Editor"}`:                                               key(func(k *Key) { k.Role = Some(RoleRef{Name: "Editor"}) }),
		`{"api_token_id":"k","role":"` + uuidA + `"}`:                                        key(func(k *Key) { k.Role = Some(RoleRef{ID: uuidA}) }),
		`{"api_token_id":"k","role":[]}`:                                                     key(raw("role", "[]")),
		`{"api_token_id":"k","role":{}}`:                                                     key(raw("role", "{}")),
		`{"api_token_id":"k","workspaces":[]}`:                                               key(func(k *Key) { k.Workspaces = Some([]WorkspaceRef{}) }),
		`{"api_token_id":"k","workspaces":null}`:                                             key(func(k *Key) { k.Workspaces = Null[[]WorkspaceRef]() }),
		`{"api_token_id":"k","workspaces":["legal","` + uuidB + `",4]}`:                      key(func(k *Key) { k.Workspaces = Some([]WorkspaceRef{{Name: "legal"}, {ID: uuidB}, {ID: "4"}}) }),
		`{"api_token_id":"k","workspaces":[{"workspace_id":"w","name":"legal"},{"id":"v"}]}`: key(func(k *Key) { k.Workspaces = Some([]WorkspaceRef{{"w", "legal"}, {ID: "v"}}) }),
		`{"api_token_id":"k","workspaces":["legal",null]}`:                                   key(raw("workspaces", `["legal",null]`)),
		`{"api_token_id":"k","workspaces":[{}]}`:                                             key(raw("workspaces", `[{}]`)),
		`{"api_token_id":"k","workspaces":"legal"}`:                                          key(raw("workspaces", `"legal"`)),
		`{"api_token_id":"k","expires_at":null}`:                                             key(func(k *Key) { k.ExpiresAt = Null[time.Time]() }),
		`{"api_token_id":"k","expires_at":"2026-03-04T05:06:07.000Z"}`:                       key(func(k *Key) { k.ExpiresAt = Some(at) }),
		`{"api_token_id":"k","expires_at":"soon"}`:                                           key(raw("expires_at", `"soon"`)),
		`{"api_token_id":"k","expires_at":1772600767}`:                                       key(raw("expires_at", `1772600767`)),
		`{"api_token_id":"k","created_at":"2026-03-04T07:06:07+02:00","last_used_at":null}`:  key(func(k *Key) { k.CreatedAt, k.LastUsedAt = Some(at), Null[time.Time]() }),
		`{"api_token_id":"k","user":null}`:                                                   key(func(k *Key) { k.User = Null[PersonRef]() }),
		`{"api_token_id":"k","user":{"given_name":"Ana","family_name":null}}`:                key(func(k *Key) { k.User = Some(PersonRef{GivenName: "Ana"}) }),
		`{"api_token_id":"k","user":{"user_id":5,"email":"a@b","given_name":[]}}`:            key(func(k *Key) { k.User = Some(PersonRef{ID: "5", Email: "a@b"}) }),
		`{"api_token_id":"k","user":"u"}`:                                                    key(func(k *Key) { k.User = Some(PersonRef{ID: "u"}) }),
		`{"api_token_id":"k","created_by":{"id":"u"}}`:                                       key(func(k *Key) { k.User = Some(PersonRef{ID: "u"}) }),
		`{"api_token_id":"k","user":[1]}`:                                                    key(raw("user", "[1]")),
		`{"api_token_id":"k","scopes":{"a":[1,"]"]}}`:                                        key(raw("scopes", `{"a":[1,"]"]}`)),
	} {
		p := serve(t, says(200, `{"data":[`+body+`],"total":1,"has_more":false}`))
		l, err := p.ListKeys(t.Context(), Scope{}, nil)
		if err != nil || !l.Complete || len(l.Items) != 1 {
			t.Errorf("%s: %v %v", body, l, err)
			continue
		}
		got := l.Items[0]
		if strings.HasPrefix(body, `{"id":"x"`) {
			got.Unknown = nil
		}
		if diff := cmp.Diff(want, got, exact); body[0] == '{' && want.ID == "k" && diff != "" {
			t.Errorf("%s:\n%s", body, diff)
		} else if got.ID != want.ID {
			t.Errorf("%s: id %q", body, got.ID)
		}
	}
}

func TestThirtyUnknownFields(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"api_token_id":"k"`)
	for i := range 30 {
		b.WriteString(`,"f` + string(rune('a'+i)) + `":{"n":1}`)
	}
	b.WriteString(`}`)
	p := serve(t, says(200, `[`+b.String()+`]`))
	l, err := p.ListKeys(t.Context(), Scope{}, nil)
	if err != nil || len(l.Items) != 1 || len(l.Items[0].Unknown) != 30 || string(l.Items[0].Unknown["fa"]) != `{"n":1}` {
		t.Error(l, err)
	}
}

// A list that shows secrets doesn't get them any further.
func TestUnknownFieldsHoldNoSecret(t *testing.T) {
	key := madeKey(`{}`)
	p := serve(t, says(200, `[{"api_token_id":"k","api_token":"x","other":{"deep":["`+key+`"]},"fine":"api_prod"}]`))
	l, err := p.ListKeys(t.Context(), Scope{}, nil)
	if err != nil || len(l.Items) != 1 {
		t.Fatal(l, err)
	}
	want := map[string]json.RawMessage{"api_token": []byte(`"[secret]"`), "other": []byte(`"[secret]"`), "fine": []byte(`"api_prod"`)}
	if diff := cmp.Diff(want, l.Items[0].Unknown); diff != "" {
		t.Error(diff)
	}
}

func TestTimeForms(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"2026-03-04T05:06:07Z":                 at,
		"2026-03-04T05:06:07.5Z":               at.Add(500 * time.Millisecond),
		"2026-03-04T05:06:07.123456789Z":       at.Add(123456789),
		"2026-03-04T05:06:07.123456789123456Z": at.Add(123456789),
		"2026-03-04T05:06:07+00:00":            at,
		"2026-03-04T07:36:07.000+02:30":        at,
		"2026-03-03T21:06:07-08:00":            at,
		"2026-03-04T07:06:07+0200":             at,
		"2026-03-04T07:06:07+02":               at,
		"2026-03-04T05:06:07":                  at,
		"2026-03-04T05:06:07.25":               at.Add(250 * time.Millisecond),
		"2026-03-04 05:06:07":                  at,
		"2026-03-04 07:06:07.1+02:00":          at.Add(100 * time.Millisecond),
		"2026-03-04t05:06:07z":                 at,
		"2026-03-04":                           {},
		"":                                     {},
		"never":                                {},
		"2026-13-04T05:06:07Z":                 {},
		"2026-03-04T05:06:07Z trailing":        {},
		"1772600767":                           {},
	} {
		got, ok := parseTime(text)
		if ok != !want.IsZero() || !got.Equal(want) || ok && got.Location() != time.UTC {
			t.Errorf("%q: %v %t", text, got, ok)
		}
	}
}

// The envelope's own forms.
func TestListForms(t *testing.T) {
	for body, want := range map[string]string{
		`{"data":[{"id":"a"}],"has_more":false,"total":1}`:      "1 complete",
		`{"data":[{"id":"a"}],"has_more":false,"total":null}`:   "1 complete",
		`{"data":[{"id":"a"}],"has_more":false}`:                "1 complete",
		`{"data":[{"id":"a"}],"total":1}`:                       "1 complete",
		`{"data":[{"id":"a"}],"total":1.0,"has_more":null}`:     "1 complete",
		`{"tokens":[{"id":"a"}],"total":1}`:                     "1 complete",
		`{"data":[],"total":0,"has_more":false}`:                "0 complete",
		`{"data":[]}`:                                           "0 complete",
		`[]`:                                                    "0 complete",
		`[{"id":"a"}]`:                                          "1 complete", // the same whatever is asked: everything
		`{"data":[{"id":"a"},null],"total":2}`:                  "1 partial",
		`{"data":[{"name":"a"}],"total":1}`:                     "1 partial", // nothing to know it by
		`{"data":[{"id":"a"}],"total":2,"has_more":false}`:      "1 partial",
		`{"data":[{"id":"a"}],"total":1,"has_more":true}`:       "1 partial",
		`{"data":[{"id":"a"},{"id":"a"}],"total":2}`:            "1 partial",
		`{"data":[{"id":"a"},{"id":"b"},{"id":"a"}],"total":2}`: "2 partial", // the count fits, and yet one came twice
		`{"data":[{"id":"a"},{"id":"a"}],"has_more":false}`:     "1 partial",
		`{"data":[{"id":"a"}],"total":-1}`:                      "1 partial",
		`{"data":[{"id":"a"}],"total":"many","has_more":true}`:  "1 partial", // the same page for ever
	} {
		p := serve(t, says(http.StatusOK, body))
		l, err := p.ListKeys(t.Context(), Scope{}, nil)
		got := map[bool]string{true: "complete", false: "partial"}[l.Complete]
		if got = string(rune('0'+len(l.Items))) + " " + got; err != nil || got != want || l.Complete == (l.Why != "") {
			t.Errorf("%s: %s, want %s: %q %v", body, got, want, l.Why, err)
		}
		if n := len(p.requests()); n > 8 {
			t.Errorf("%s: %d requests", body, n)
		}
	}
}
