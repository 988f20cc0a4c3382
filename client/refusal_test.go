package client

import (
	"errors"
	"io"
	"log"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func discard() *log.Logger { return log.New(io.Discard, "", 0) }

// Every form of platform.md's error bodies, as literal text.
func TestErrorBodies(t *testing.T) {
	for _, c := range []struct {
		kind, body    string
		message, code string
		fields        []FieldError
		line          string
		foreign       bool // not the platform's
	}{
		{body: `{"detail": "not allowed"}`, message: "not allowed", line: "revoke a key: the platform answered 422 Unprocessable Entity: not allowed"},
		{
			body:   `{"detail": [{"loc":["body","name"],"msg":"too long","type":"value_error"},{"loc":["query","limit"],"msg":"at most 100","type":"x"}]}`,
			fields: []FieldError{{"name", "too long", "value_error"}, {"limit", "at most 100", "x"}},
			line:   "revoke a key: the platform answered 422 Unprocessable Entity: name: too long; limit: at most 100",
		},
		{body: `{"detail": [{"loc":["body","workspaces",0],"msg":"unknown","type":"x"}]}`, fields: []FieldError{{"workspaces.0", "unknown", "x"}}},
		{body: `{"detail": [{"loc":["body"],"msg":"empty","type":"x"}]}`, fields: []FieldError{{"body", "empty", "x"}}},
		{body: `{"detail": ["one","two"]}`, message: "one; two"},
		{body: `{"detail": {"message":"one","code":"C1"}}`, message: "one", code: "C1"},
		{body: `{"details": [{"code":"no_access","message":"no"},{"code":"b","message":"way"}]}`, message: "no; way", code: "no_access"},
		{body: `{"errors": ["first", "second"]}`, message: "first; second"},
		{body: `{"errors": [{"msg":"bad","type":"value_error"}]}`, message: "bad", code: "value_error"},
		{body: `{"message": "sorry"}`, message: "sorry"},
		{body: `{"message": "sorry", "code": 17}`, message: "sorry", code: "17"},
		{body: `{"error": {"message":"sorry"}}`, message: "sorry"},
		{body: `"sorry"`, message: "sorry"},
		{body: `["sorry"]`, message: "sorry"},
		{body: `{}`},
		{body: `null`},
		{body: ``, foreign: true},
		{body: `{"detail": null, "errors": [null, 3, true, []]}`, message: "3; true"},
		{kind: "text/html", body: "<html><h1>502</h1></html>", message: "an HTML page, as from a proxy or a sign-in page", foreign: true},
		{kind: "text/plain", body: "no healthy upstream", message: "a body that isn't JSON", foreign: true},
		{body: `{"detail": "cut`, message: "a body that isn't JSON", foreign: true},
	} {
		if c.kind == "" {
			c.kind = "application/json"
		}
		p := serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) { write(w, 422, c.kind, c.body) })
		err := p.RevokeKey(t.Context(), "k")
		var e *Error
		if !errors.As(err, &e) {
			t.Fatal(err)
		}
		want := &Error{Op: "revoke a key", Method: "DELETE", Path: "/api/v1/token/k", Status: 422, Message: c.message, Code: c.code, Fields: c.fields, Foreign: c.foreign}
		if diff := cmp.Diff(want, e); diff != "" {
			t.Errorf("%s:\n%s", c.body, diff)
		}
		if c.line != "" && err.Error() != c.line {
			t.Errorf("got  %s\nwant %s", err, c.line)
		}
	}
}

func TestStatusQuestions(t *testing.T) {
	for status, is := range map[int]func(error) bool{401: IsUnauthorized, 403: IsForbidden, 404: IsNotFound} {
		for asked := range map[int]bool{400: true, 401: true, 403: true, 404: true} {
			p := serve(t, says(asked, `{}`))
			_, err := p.Me(t.Context())
			if is(err) != (asked == status) || len(p.requests()) != 1 {
				t.Errorf("%d: %v", asked, err)
			}
		}
		if is(nil) || is(io.EOF) {
			t.Error("another error is taken for an answer")
		}
	}
}

// What a server writes into an error can't move the cursor, and can't repeat a secret.
func TestErrorsAreHarmless(t *testing.T) {
	key := madeKey(`{"exp":1}`)
	for _, text := range []string{
		`\u001b[2J\u001b]52;c;x\u0007 two\nlines\r \u202egnp`, "bearer " + session.Reveal() + " is wrong", "key " + key, "key " + key[:40],
		"jwt " + strings.TrimPrefix(key, "api_"), "api_" + strings.Repeat("x", 60), strings.Repeat("long ", 10_000) + key,
		strings.Repeat("x", messageLimit-20) + " " + key,
	} {
		for _, body := range []string{
			`{"detail":"` + text + `"}`, `{"detail":[{"loc":["body","` + text + `"],"msg":"` + text + `","type":"` + text + `"}]}`,
			`{"code":"` + text + `","message":"x"}`,
		} {
			p := serve(t, says(400, body))
			err := p.RevokeKey(t.Context(), "k")
			isLine(t, err.Error())
			var e *Error
			if !errors.As(err, &e) || len(e.Message) > 4*messageLimit {
				t.Errorf("%d bytes", len(e.Message))
			}
			isLine(t, e.Code+e.Message)
			for _, f := range e.Fields {
				isLine(t, f.Field+f.Message+f.Type)
			}
		}
	}
	p := serve(t, says(400, `{"detail":"a key named api_prod exists"}`))
	if err := p.RevokeKey(t.Context(), "k"); !strings.Contains(err.Error(), "api_prod") {
		t.Error("a name was taken for a key:", err)
	}
	// What comes instead of HTTP is quoted by net/http.
	p = serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "\x1b[2J "+session.Reveal()+" "+key+"\r\n\r\n")
	})
	_, err := p.Me(t.Context())
	isLine(t, err.Error())
	isLine(t, p.RevokeKey(t.Context(), "k").Error())
}
