package client

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fob/client/secret"
)

// Every field is sent, always, as literal text.
func TestCreateSendsEverything(t *testing.T) {
	at := time.Date(2026, 12, 31, 23, 59, 59, 999_500_000, time.FixedZone("", 3600))
	for _, c := range []struct {
		draft Draft
		want  string
	}{
		{
			Draft{AllWorkspaces: true, OrganizationRole: "MEMBER"},
			`{"expires":false,"expires_at":null,"name":null,"organization_role":"MEMBER","personal":false,"role_id":null,"workspaces":null}`,
		},
		{
			Draft{Name: "ci <&> ü", Personal: true, OrganizationRole: "ADMIN", RoleID: "r", Workspaces: []string{"a", "b"}, ExpiresAt: &at},
			`{"expires":true,"expires_at":"2026-12-31T23:00:00.000Z","name":"ci \u003c\u0026\u003e ü","organization_role":"ADMIN","personal":true,"role_id":"r","workspaces":["a","b"]}`,
		},
	} {
		p := serve(t, says(200, `{"api_token":"`+madeKey(`{}`)+`"}`))
		if _, err := p.CreateKey(t.Context(), c.draft); err != nil {
			t.Fatal(err)
		}
		a := p.requests()[0]
		if a.method != "POST" || a.uri != "/api/v1/token" || a.header.Get("Content-Type") != "application/json" || a.body != c.want {
			t.Errorf("%s %s\n%s\n%s", a.method, a.uri, a.body, c.want)
		}
	}
	// Neither all nor some, and both, are refused: an empty list means every workspace.
	p := serve(t, says(200, `{}`))
	for _, d := range []Draft{{}, {AllWorkspaces: true, Workspaces: []string{"a"}}} {
		if _, err := p.CreateKey(t.Context(), d); !errors.Is(err, errScope) || isUnanswered(err) || len(p.requests()) != 0 {
			t.Error(err)
		}
	}
}

func TestCreateAnswers(t *testing.T) {
	key := madeKey(`{"exp":1798761599}`)
	for body, want := range map[string]Key{
		`{"api_token":"KEY"}`:                                           {},
		`{"api_token":"KEY","extra":{"a":1}}`:                           {},
		`{"api_token":"KEY","api_token_id":"k"}`:                        {ID: "k"},
		`{"id":7,"api_token":"KEY"}`:                                    {ID: "7"},
		`{"api_token":"KEY","api_token_id":"k","name":"n","x":"KEY"}`:   {ID: "k", Name: Some("n")},
		`{"api_token":"KEY","token":{"api_token_id":"k","name":"n"}}`:   {ID: "k", Name: Some("n")},
		`{"api_token":{"api_token_id":"k","api_token":"KEY"}}`:          {ID: "k"},
		`{"data":{"api_token":"KEY","api_token_id":"k"}}`:               {ID: "k"},
		`{"api_token":"KEY","user":{"id":"u","given_name":"Ana"}}`:      {},
		`{"api_token_id":"k","api_token":"KEY","user":{"user_id":"u"}}`: {ID: "k", User: Some(PersonRef{ID: "u"})},
		`{"api_token":"KEY","api_token_id":null,"role":{"id":"r"}}`:     {},
	} {
		for _, status := range []int{200, 201} {
			p := serve(t, says(status, strings.ReplaceAll(body, "KEY", key)))
			issued, err := p.CreateKey(t.Context(), Draft{AllWorkspaces: true})
			if err != nil || !issued.Secret.Equal(secret.New(key)) {
				t.Errorf("%s: %v", body, err)
				continue
			}
			if diff := cmp.Diff(want, issued.Key, exact); diff != "" {
				t.Errorf("%s:\n%s", body, diff)
			}
		}
	}
}

func TestUpdate(t *testing.T) {
	name, role, personal, empty := "n", "EXTERNAL", false, ""
	for want, ch := range map[string]Change{
		`{}`:          {},
		`{"name":""}`: {Name: &empty},
		`{"name":"n","organization_role":"EXTERNAL","personal":false,"role_id":"n"}`: {Name: &name, OrganizationRole: &role, Personal: &personal, RoleID: &name},
	} {
		p := serve(t, says(204, ""))
		if err := p.UpdateKey(t.Context(), "a/b", ch); err != nil {
			t.Error(err)
		}
		if a := p.requests()[0]; a.method != "PATCH" || a.uri != "/api/v1/token/a%2Fb" || a.body != want {
			t.Error(a.method, a.uri, a.body)
		}
	}
}

func TestRevoke(t *testing.T) {
	for _, c := range []struct {
		status     int
		kind, body string
		fails      bool
	}{
		{204, "", "", false},
		{200, "application/json", `true`, false},
		{200, "application/json", `{"anything":[1]}`, false},
		{200, "application/json", ``, false},
		{200, "text/plain", `ok`, false},
		{202, "application/json", `{}`, false},
		{200, "text/html", `<html>`, true},
		{404, "application/json", `{"detail":"gone"}`, true},
	} {
		p := serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) { write(w, c.status, c.kind, c.body) })
		err := p.RevokeKey(t.Context(), "k")
		if (err != nil) != c.fails || IsNotFound(err) != (c.status == 404) {
			t.Errorf("%d %s: %v", c.status, c.body, err)
		}
		if a := p.requests(); len(a) != 1 || a[0].method != "DELETE" || a[0].uri != "/api/v1/token/k" || a[0].body != "" {
			t.Error(a)
		}
	}
	// What was done is done, even if the rest of the answer is lost.
	p := serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		write(w, 200, "application/json", `{"a`)
	})
	if err := p.RevokeKey(t.Context(), "k"); err != nil {
		t.Error(err)
	}
}

func TestClaims(t *testing.T) {
	at := time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC)
	for claims, want := range map[string]Claims{
		`{}`:                                    {},
		`{"exp":1798761599,"iat":1798761599.5}`: {ExpiresAt: Some(at), IssuedAt: Some(at.Add(time.Second / 2))},
		`{"exp":null,"jti":"k","sub":4}`:        {ExpiresAt: Null[time.Time](), ID: "k", Subject: "4"},
		`{"exp":"soon","aud":[1]}`:              {},
		`{"exp":1e300}`:                         {},
	} {
		key := madeKey(claims)
		for _, text := range []string{key, strings.TrimPrefix(key, "api_")} {
			got, err := ClaimsOf(secret.New(text))
			if diff := cmp.Diff(want, got, exact); err != nil || diff != "" {
				t.Errorf("%s: %v\n%s", claims, err, diff)
			}
		}
	}
	for _, text := range []string{"", "api_", "api_a.b.c", "a.b", madeKey(`[]`), madeKey(`{`), madeKey(`{}`) + ".x"} {
		if _, err := ClaimsOf(secret.New(text)); err == nil || strings.Contains(err.Error(), "eyJ") {
			t.Errorf("%d characters were read as a key: %v", len(text), err)
		}
	}
}

func TestLooksLikeKey(t *testing.T) {
	key := madeKey(`{}`)
	if !LooksLikeKey(key) || !LooksLikeKey(secret.New(key)) {
		t.Error("a key isn't seen")
	}
	for _, text := range []string{"", "api_", "api_prod", "api_v1.2.3", "api_a.b.c", strings.TrimPrefix(key, "api_"), key[:len(key)/2], "x" + key, session.Reveal()} {
		if LooksLikeKey(text) || LooksLikeKey(secret.New(text)) {
			t.Errorf("%d characters are taken for a key", len(text))
		}
	}
}
