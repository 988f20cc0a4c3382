package client

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fob/client/secret"
)

func TestMain(m *testing.M) {
	if os.Getenv(throughProxy) != "" {
		os.Exit(m.Run()) // a process of its own, ended by its test
	}
	goleak.VerifyTestMain(m)
}

// session is a credential made at run time.
var session = secret.New("session-" + fmt.Sprint(time.Now().UnixNano()))

func asSession(context.Context) (secret.Value, error) { return session, nil }

// madeKey returns what looks like a key, with the given claims.
func madeKey(claims string) string {
	part := base64.RawURLEncoding.EncodeToString
	return "api_" + part([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + part([]byte(claims)) + "." + part([]byte("signature-of-32-bytes-or-so......"))
}

// platform is a server that answers from a function and remembers what it was asked.
type platform struct {
	*Client
	server *httptest.Server
	mu     sync.Mutex
	asked  []asked
	waits  []time.Duration // that the client would have slept
}

type asked struct {
	method, uri, body string
	header            http.Header
}

// serve starts a platform and a client that never really sleeps. h is given the number of the request, from 1.
func serve(t testing.TB, h func(n int, w http.ResponseWriter, r *http.Request), change ...func(*Options)) *platform {
	t.Helper()
	p := &platform{}
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		p.mu.Lock()
		p.asked = append(p.asked, asked{r.Method, r.RequestURI, string(body), r.Header.Clone()})
		n := len(p.asked)
		p.mu.Unlock()
		h(n, w, r)
	}))
	t.Cleanup(p.server.Close)
	o := Options{BaseURL: p.server.URL, Credential: asSession}
	for _, f := range change {
		f(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	c.sleep = func(ctx context.Context, d time.Duration) error {
		p.mu.Lock()
		p.waits = append(p.waits, d)
		p.mu.Unlock()
		return ctx.Err()
	}
	c.jitter = func() float64 { return 0 }
	p.Client = c
	return p
}

func (p *platform) requests() []asked {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]asked(nil), p.asked...)
}

// says answers every request with a status and a JSON body.
func says(status int, body string) func(int, http.ResponseWriter, *http.Request) {
	return func(_ int, w http.ResponseWriter, _ *http.Request) { write(w, status, "application/json", body) }
}

func write(w http.ResponseWriter, status int, kind, body string) {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// hangUp closes the connection without an answer.
func hangUp(t testing.TB, w http.ResponseWriter) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	conn.Close()
}

// isLine fails the test if text isn't one printable line, or holds the session.
func isLine(t testing.TB, text string) {
	t.Helper()
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x202e }) {
		t.Errorf("not one harmless line: %q", text)
	}
	if strings.Contains(text, session.Reveal()) || secret.Found(text) {
		t.Errorf("a secret in %q", text)
	}
}

// isUnanswered tells whether it is unknown if what was asked was done (see Error.Unanswered).
func isUnanswered(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Unanswered
}
