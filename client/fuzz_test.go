package client

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"fob/client/secret"
)

// canned answers every request with the same thing.
type canned struct {
	status int
	kind   string
	body   []byte
	asked  int
}

// askedMost is how often it answers: one that says that there is always more could go on for thousands of pages.
const askedMost = 60

// RoundTrip answers.
func (c *canned) RoundTrip(r *http.Request) (*http.Response, error) {
	if c.asked++; c.asked > askedMost {
		return nil, errAnswer
	}
	return &http.Response{
		StatusCode: c.status, Header: http.Header{"Content-Type": {c.kind}, "Retry-After": {string(c.body[:min(len(c.body), 9)])}, "Date": {"Fri, 27 Nov 2026 22:00:00 GMT"}},
		Body: io.NopCloser(bytes.NewReader(c.body)), ContentLength: int64(len(c.body)), Request: r,
	}, nil
}

// Whatever the platform, or what stands before it, answers to anything: nothing panics, an error is one harmless line
// without a secret, and what was asked to be changed is either done, or refused, or said to be unknown.
func FuzzAnswers(f *testing.F) {
	for _, body := range []string{
		``, `null`, `[]`, `{}`, `{"errors":["no"]}`, `{"detail":[{"loc":["body","name"],"msg":"\u001b[2J\u202e","type":"x"}]}`, `{"errors":[{"code":3,"message":"a"}]}`,
		`{"data":[{"role_id":"r","name":"Editor","permissions":["a"]}],"has_more":true,"total":1}`, `{"api_token":"api_a.b.c"}`, `{"api_token":3}`,
		`{"user_id":"u","email":"ida@nordwind.example","organization":{"organization_id":"o","workspaces":[{"name":"x"},3]}}`,
		`[{"workspace_id":"w","name":"claims"}]`, `<html>`, "\xff", `{"data":[{"search_history_id":"h","time_created":"2026-01-01T00:00:00","user":{"api_token":{"id":"k"}}}]}`,
		`{"data":[{"user_id":"u","role":{"name":"\ud800"}}],"has_more":null,"total":-1}`, `{"organizations":[{"id":1}]}`,
	} {
		for _, status := range []int{200, 204, 302, 404, 422, 500} {
			f.Add(status, "application/json", []byte(body))
		}
	}
	f.Fuzz(func(t *testing.T, status int, kind string, body []byte) {
		if status < 200 || status > 599 {
			return // net/http lets none of these through
		}
		platform := &canned{status: status, kind: kind, body: body}
		c, err := New(Options{BaseURL: "http://127.0.0.1:1", Credential: asSession, Transport: platform, Concurrency: 1})
		if err != nil {
			t.Fatal(err)
		}
		c.sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
		ctx := t.Context()
		harmless := func(err error) {
			if err != nil {
				isLine(t, err.Error())
				if !utf8.ValidString(err.Error()) {
					t.Errorf("not UTF-8: %q", err.Error())
				}
			}
		}
		_, err = c.Me(ctx)
		harmless(err)
		_, err = c.Organizations(ctx)
		harmless(err)
		users, err := c.Users(ctx, nil)
		harmless(err)
		roles, err := c.Roles(ctx, "org-1")
		harmless(err)
		if status >= 300 && (users.Complete || roles.Complete) {
			t.Errorf("a list is whole after a %d", status)
		}
		_, err = c.Workspaces(ctx)
		harmless(err)
		_, err = c.HistoryPage(ctx, "claims", HistoryQuery{}, 1)
		harmless(err)
		for _, err := range c.History(ctx, "claims", HistoryQuery{}) {
			harmless(err)
		}
		platform.asked = 0
		issued, err := c.CreateKey(ctx, Draft{Name: "a", AllWorkspaces: true, OrganizationRole: "MEMBER"})
		harmless(err)
		var failed *Error
		switch {
		case err == nil && issued.Secret.IsZero():
			t.Error("a key without a secret, and no error")
		case err != nil && status < 300 && (!errors.As(err, &failed) || !failed.Unanswered):
			t.Errorf("a %d that can't be read, and it isn't said that the key may exist: %v", status, err)
		case err != nil && strings.Contains(err.Error(), "api_"):
			t.Errorf("the error has a part of a key: %v", err)
		}
		if err := c.RevokeKey(ctx, "k-1"); err != nil {
			harmless(err)
		} else if status >= 300 {
			t.Errorf("a %d is taken for done", status)
		}
	})
}

// Whatever a key's secret holds, reading its claims neither panics nor repeats it.
func FuzzClaimsOf(f *testing.F) {
	for _, claims := range []string{`{}`, `{"exp":1e99,"iat":"x","jti":3,"sub":null,"name":"\u0000"}`, `{"exp":1793224800.5}`, `[]`, `{"exp":-62135596801}`, "\xff"} {
		f.Add("api_e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln")
	}
	f.Add("api_..")
	f.Add("a.b.c.d")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ClaimsOf(secret.New(text))
		if err != nil {
			if len(text) > 12 && strings.Contains(err.Error(), text) {
				t.Error("the error repeats the secret")
			}
			if c != (Claims{}) {
				t.Errorf("claims beside an error: %+v", c)
			}
			return
		}
		for _, at := range []Field[time.Time]{c.ExpiresAt, c.IssuedAt} {
			if when, ok := at.Get(); ok && (when.Location() != time.UTC || when.Year() > 99999) {
				t.Errorf("a time that can't be: %v", when)
			}
		}
		if LooksLikeKey(text) != LooksLikeKey(secret.New(text)) {
			t.Error("a text looks like a key in one form only")
		}
	})
}
