package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"fob/client/secret"
)

const oneKey = `{"data":[{"api_token_id":"k1"}],"has_more":false,"total":1}`

func TestHeaders(t *testing.T) {
	p := serve(t, says(200, oneKey), func(o *Options) { o.OrganizationID, o.UserAgent, o.Source = "org-1", "fob/9", "fob" })
	if _, err := p.ListKeys(t.Context(), Scope{}, nil); err != nil {
		t.Fatal(err)
	}
	h := p.requests()[0].header
	for name, want := range map[string]string{
		"Authorization": "Bearer " + session.Reveal(), "X-Organization-Id": "org-1", "User-Agent": "fob/9",
		"X-Client-Source": "fob", "Accept": "application/json",
	} {
		if h.Get(name) != want {
			t.Errorf("%s differs", name)
		}
	}
	p = serve(t, says(204, ""))
	if err := p.RevokeKey(t.Context(), "k"); err != nil {
		t.Fatal(err)
	}
	h = p.requests()[0].header
	if _, set := h["X-Organization-Id"]; set || h.Get("Idempotency-Key") != "" || h.Get("X-Idempotency-Key") != "" || h.Get("User-Agent") != "fob" {
		t.Error(h)
	}
}

func TestCredentialThatFails(t *testing.T) {
	p := serve(t, says(200, oneKey), func(o *Options) {
		o.Credential = func(context.Context) (secret.Value, error) { return secret.Value{}, io.ErrClosedPipe }
	})
	if _, err := p.Me(t.Context()); !errors.Is(err, io.ErrClosedPipe) || len(p.requests()) != 0 {
		t.Error(err)
	}
	if err := p.RevokeKey(t.Context(), "k"); err == nil || isUnanswered(err) {
		t.Error(err)
	}
	p = serve(t, says(200, oneKey), func(o *Options) {
		o.Credential = func(context.Context) (secret.Value, error) { return secret.New("two\nlines"), nil }
	})
	if _, err := p.CreateKey(t.Context(), Draft{AllWorkspaces: true}); err == nil || isUnanswered(err) || strings.Contains(err.Error(), "lines") {
		t.Error(err)
	}
	if len(p.requests()) != 0 {
		t.Error("something was sent")
	}
}

// What changes something is sent once: the server reads it and hangs up, and sees it one single time.
func TestUnansweredIsNeverRepeated(t *testing.T) {
	for op, do := range map[string]func(*Client) error{
		"POST": func(c *Client) error {
			_, err := c.CreateKey(context.Background(), Draft{AllWorkspaces: true})
			return err
		},
		"PATCH":  func(c *Client) error { return c.UpdateKey(context.Background(), "k", Change{}) },
		"DELETE": func(c *Client) error { return c.RevokeKey(context.Background(), "k") },
	} {
		p := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				write(w, 200, "application/json", oneKey)
				return
			}
			hangUp(t, w)
		})
		// A connection that was used before is where net/http would repeat a request.
		if _, err := p.ListKeys(t.Context(), Scope{}, nil); err != nil {
			t.Fatal(err)
		}
		err := do(p.Client)
		var e *Error
		if !errors.As(err, &e) || !e.Unanswered || e.Status != 0 || e.Method != op {
			t.Errorf("%s: %#v", op, err)
		}
		isLine(t, err.Error())
		if asked := p.requests(); len(asked) != 2 {
			t.Errorf("%s: seen %d times", op, len(asked)-1)
		}
		if len(p.waits) != 0 {
			t.Errorf("%s: waited", op)
		}
	}
}

// A write never shares a connection with what came before, and leaves none.
func TestWriteHasAConnectionOfItsOwn(t *testing.T) {
	remotes := map[string]string{}
	p := serve(t, func(n int, w http.ResponseWriter, r *http.Request) {
		remotes[fmt.Sprint(n)] = r.RemoteAddr
		if !r.Close && r.Method != http.MethodGet {
			t.Error("a write would leave its connection open")
		}
		write(w, 200, "application/json", oneKey)
	})
	for range 2 {
		if _, err := p.ListKeys(t.Context(), Scope{}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(p.RevokeKey(t.Context(), "k"), p.RevokeKey(t.Context(), "k")); err != nil {
		t.Fatal(err)
	}
	if remotes["1"] != remotes["2"] {
		t.Error("reading doesn't reuse its connection")
	}
	if remotes["3"] == remotes["2"] || remotes["4"] == remotes["3"] {
		t.Error("a write reused a connection")
	}
}

func TestNothingSentIsNotUnanswered(t *testing.T) {
	p := serve(t, says(200, oneKey))
	p.server.Close()
	err := p.RevokeKey(t.Context(), "k")
	if err == nil || isUnanswered(err) {
		t.Error(err)
	}
}

func TestWritesThatMayHaveBeenDone(t *testing.T) {
	key := madeKey(`{}`)
	for _, c := range []struct {
		status     int
		kind, body string
		unanswered bool
	}{
		{500, "application/json", `{"detail":"broken"}`, true},
		{502, "text/html", `<html>`, true},
		{503, "text/html", `<html>`, true},
		{504, "text/html", `<html>`, true},
		{591, "application/json", `{}`, true},
		{408, "application/json", `{}`, true},
		{200, "text/html", `<html>sign in</html>`, true},
		{200, "application/json", `{}`, true},
		{200, "application/json", `{"api_token":"` + key, true},
		{200, "application/json", `{"api_token":null}`, true},
		{204, "", ``, true},
		{202, "application/json", `{"status":"later"}`, true},
		{400, "application/json", `{"detail":"no"}`, false},
		{401, "text/html", `<html>`, false},
		{403, "application/json", `{"detail":"no"}`, false},
		{409, "application/json", `{"detail":"no"}`, false},
		{422, "application/json", `{"detail":"no"}`, false},
		{425, "application/json", `{"detail":"no"}`, false},
		{429, "application/json", `{"detail":"no"}`, false},
		{302, "text/html", ``, false},
	} {
		p := serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/elsewhere")
			write(w, c.status, c.kind, c.body)
		})
		_, err := p.CreateKey(t.Context(), Draft{AllWorkspaces: true})
		if err == nil || isUnanswered(err) != c.unanswered {
			t.Errorf("%d %s: unanswered %t: %v", c.status, c.body, isUnanswered(err), err)
		}
		isLine(t, err.Error())
		if asked := p.requests(); len(asked) != 1 {
			t.Errorf("%d: sent %d times", c.status, len(asked))
		}
	}
}

func TestRedirects(t *testing.T) {
	strangers := 0
	stranger := serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		strangers++
		write(w, 200, "application/json", oneKey)
	})
	for _, to := range []string{stranger.server.URL + "/api/v1/token", "http://example.com/", "https://example.com/", "//example.com/x"} {
		p := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, to, http.StatusTemporaryRedirect)
		})
		_, err := p.ListKeys(t.Context(), Scope{}, nil)
		if !errors.Is(err, errRedirect) || len(p.requests()) != 1 {
			t.Errorf("%s: %v after %d requests", to, err, len(p.requests()))
		}
		isLine(t, err.Error())
		if err := p.RevokeKey(t.Context(), "k"); !errors.Is(err, errRedirect) || len(p.requests()) != 2 {
			t.Errorf("%s: %v", to, err)
		}
	}
	if strangers != 0 {
		t.Error("another origin was asked")
	}
	within := serve(t, func(n int, w http.ResponseWriter, r *http.Request) {
		if n == 1 {
			http.Redirect(w, r, "/api/v1/token?moved=1", http.StatusMovedPermanently)
			return
		}
		write(w, 200, "application/json", oneKey)
	})
	if l, err := within.ListKeys(t.Context(), Scope{}, nil); err != nil || len(l.Items) != 1 {
		t.Error(l, err)
	}
	if within.requests()[1].header.Get("Authorization") == "" {
		t.Error("the credential was lost on the way")
	}
	for _, status := range []int{301, 302, 303, 307, 308} {
		p := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/api/v1/token?again", status)
		})
		if err := p.RevokeKey(t.Context(), "k"); err == nil || isUnanswered(err) || len(p.requests()) != 1 {
			t.Errorf("%d on a write: %v, %d requests", status, err, len(p.requests()))
		}
		if _, err := p.Me(t.Context()); !errors.Is(err, errRedirect) || len(p.requests()) > 8 {
			t.Errorf("%d for ever: %v, %d requests", status, err, len(p.requests()))
		}
	}
}

func TestBodiesThatAreNotAnswers(t *testing.T) {
	cut := func(w http.ResponseWriter, body string) {
		w.Header().Set("Content-Length", "1000")
		write(w, 200, "application/json", body)
	}
	for name, c := range map[string]struct {
		h     func(w http.ResponseWriter)
		want  string
		tries int
	}{
		"html":        {func(w http.ResponseWriter) { write(w, 200, "text/html; charset=utf-8", "<!doctype html>") }, "expected a list of keys, got an HTML page", 1},
		"html, lying": {func(w http.ResponseWriter) { write(w, 200, "application/json", "\n <html>") }, "got an HTML page", 1},
		"nothing":     {func(w http.ResponseWriter) { w.WriteHeader(http.StatusNoContent) }, "204 No Content: expected a list of keys, got nothing", 1},
		"text":        {func(w http.ResponseWriter) { write(w, 200, "text/plain", "hello") }, "got 5 bytes that aren't JSON", 1},
		"other":       {func(w http.ResponseWriter) { write(w, 200, "application/json", `{"x":1}`) }, "got other JSON", 1},
		"number":      {func(w http.ResponseWriter) { write(w, 200, "application/json", `7`) }, "got other JSON", 1},
		"cut":         {func(w http.ResponseWriter) { cut(w, `{"data":[{"api_to`) }, "broke off after 17 bytes", 4},
		"cut, unsaid": {func(w http.ResponseWriter) { write(w, 200, "application/json", `{"data":[{"api_to`) }, "broke off after 17 bytes", 4},
		"huge, said": {func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", fmt.Sprint(answerLimit+1))
			w.WriteHeader(http.StatusOK)
		}, "got more than 32 MiB", 1},
		"huge": {func(w http.ResponseWriter) {
			block := bytes.Repeat([]byte(" "), 1<<20)
			for range 8 * answerLimit >> 20 {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
			t.Error("all of it was read")
		}, "got more than 32 MiB", 1},
	} {
		t.Run(name, func(t *testing.T) {
			p := serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) { c.h(w) })
			_, err := p.ListKeys(t.Context(), Scope{}, nil)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "the platform answered 20") {
				t.Fatal(err)
			}
			isLine(t, err.Error())
			if n := len(p.requests()); n != c.tries {
				t.Errorf("%d requests, want %d", n, c.tries)
			}
		})
	}
}

func TestDeadlineAndCancel(t *testing.T) {
	silent := make(chan struct{})
	p := serve(t, func(_ int, _ http.ResponseWriter, r *http.Request) {
		select {
		case <-silent:
		case <-r.Context().Done():
		}
	}, func(o *Options) { o.Timeout = 30 * time.Millisecond })
	defer close(silent)
	_, err := p.Me(t.Context())
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "in time") || len(p.requests()) != 2 {
		t.Error(err, len(p.requests()))
	}
	err = p.RevokeKey(t.Context(), "k")
	if !errors.Is(err, context.DeadlineExceeded) || !isUnanswered(err) || len(p.requests()) != 3 {
		t.Error(err, len(p.requests()))
	}

	ctx, cancel := context.WithCancel(t.Context())
	p = serve(t, func(_ int, _ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() })
	if _, err = p.ListKeys(ctx, Scope{}, nil); !errors.Is(err, context.Canceled) || len(p.requests()) != 1 {
		t.Error(err, len(p.requests()))
	}
	isLine(t, err.Error())
}
