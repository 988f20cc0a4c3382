package client

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"fob/client/secret"
)

// watchedClient returns a client of a server, and what it tells of its exchanges.
func watchedClient(t *testing.T, session string, handler http.HandlerFunc) (*Client, func() []Exchange) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	var mu sync.Mutex
	var all []Exchange
	c, err := New(Options{
		BaseURL:    server.URL,
		Credential: func(context.Context) (secret.Value, error) { return secret.New(session), nil },
		OnExchange: func(e Exchange) {
			mu.Lock()
			defer mu.Unlock()
			all = append(all, e)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, func() []Exchange {
		mu.Lock()
		defer mu.Unlock()
		return all
	}
}

func TestExchangesAreTold(t *testing.T) {
	c, told := watchedClient(t, rand.Text(), func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-ID", "req-1_A")
		if r.Method == http.MethodDelete {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		_, _ = w.Write([]byte(`{"user_id":"u"}`))
	})
	if _, err := c.Me(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.RevokeKey(t.Context(), "a b"); err == nil {
		t.Fatal("the refusal got lost")
	}
	for i, want := range []Exchange{
		{Method: "GET", Path: "/api/v1/me", Status: 200, RequestID: "req-1_A"},
		{Method: "DELETE", Path: "/api/v1/token/a%20b", Status: 403, RequestID: "req-1_A"},
	} {
		got := told()[i]
		if got.At.IsZero() || got.Took <= 0 {
			t.Errorf("%d: without a time: %+v", i, got)
		}
		got.At, got.Took = want.At, 0
		if got != want {
			t.Errorf("%d: %+v, want %+v", i, got, want)
		}
	}
}

func TestAnExchangeWithoutAnAnswer(t *testing.T) {
	c, told := watchedClient(t, rand.Text(), func(w http.ResponseWriter, _ *http.Request) {
		if connection, _, err := http.NewResponseController(w).Hijack(); err == nil {
			connection.Close()
		}
	})
	if err := c.RevokeKey(t.Context(), "k"); !IsUnanswered(err) {
		t.Errorf("got %v: who watches has to leave it known that a connection was made", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.RevokeKey(ctx, "k"); IsUnanswered(err) {
		t.Errorf("got %v, though nothing was sent", err)
	}
	all := told()
	if all[0].Status != 0 || all[0].Failure != "no connection" {
		t.Errorf("told %+v", all[0])
	}
	if last := all[len(all)-1]; len(all) > 1 && last.Failure != "cancelled" {
		t.Errorf("told %+v", last)
	}
}

// A server may say back in the id of a request what it was sent, or anything else.
func TestRequestIDs(t *testing.T) {
	session := rand.Text() + rand.Text()
	for id, want := range map[string]string{
		"abc-123":               "abc-123",
		session:                 "",
		session[3:20]:           "",
		"x" + session:           "",
		"a b":                   "",
		"\x1b[2J":               "",
		"a.b.c":                 "",
		strings.Repeat("a", 64): strings.Repeat("a", 64),
		strings.Repeat("a", 65): "",
		"":                      "",
	} {
		if got := requestID(id, "Bearer "+session); got != want {
			t.Errorf("%q becomes %q", id, got)
		}
	}
}
