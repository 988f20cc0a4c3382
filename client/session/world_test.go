package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fob/client/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	platformURL = "https://api.platform.test"
	issuerURL   = "https://login.platform.test"
)

// world is a platform, its provider, one profile's store and a clock of this machine's, with nothing but function calls
// between them.
type world struct {
	t        testing.TB
	provider *idp
	store    *memory
	offer    string // what cli-config says
	mu       sync.Mutex
	instead  map[string]http.HandlerFunc // "host/path": answers in the place of whoever should
	ahead    time.Duration               // of this machine's clock before the provider's
	notices  []Notice
	asked    []string // "METHOD path" of every request
}

func newWorld(t testing.TB) *world {
	w := &world{t: t, provider: newIDP(t), store: &memory{}, instead: map[string]http.HandlerFunc{}}
	w.offer = `{"issuer":"` + issuerURL + `","client_id":"fob-cli","scopes":["openid","email","offline_access"]}`
	return w
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.provider.now().Add(w.ahead)
}

// RoundTrip hands a request to whom it is for.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w.mu.Lock()
	w.asked = append(w.asked, r.Method+" "+r.URL.Path)
	h := w.instead[r.URL.Host+r.URL.Path]
	w.mu.Unlock()
	r = r.Clone(r.Context())
	if r.Body == nil {
		r.Body = http.NoBody
	}
	r.Host, r.RequestURI = r.URL.Host, r.URL.RequestURI()
	rec := httptest.NewRecorder()
	rec.Header().Set("Date", w.provider.now().UTC().Format(http.TimeFormat))
	var broken error
	func() {
		defer func() {
			if p := recover(); p != nil {
				if err, ok := p.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
					panic(p)
				}
				broken = errors.New("connection reset")
			}
		}()
		switch {
		case h != nil:
			h(rec, r)
		case "https://"+r.URL.Host == platformURL && r.URL.Path == "/api/v1/sso/cli-config":
			if r.Header.Get("Authorization") != "" {
				w.t.Error("a credential was sent to cli-config")
			}
			say(rec, http.StatusOK, w.offer)
		case "https://"+r.URL.Host == issuerURL:
			w.provider.ServeHTTP(rec, r)
		default:
			broken = fmt.Errorf("nobody listens at %s", r.URL.Host)
		}
	}()
	if broken != nil {
		return nil, broken
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	resp := rec.Result()
	resp.Request = r
	return resp, nil
}

// down answers as a server whose process is gone.
func down(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func says(status int, kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func say(w http.ResponseWriter, status int, body string) {
	says(status, "application/json", body)(w, nil)
}

// at answers in the place of the provider's (or the platform's) path; nil ends that.
func (w *world) at(address string, h http.HandlerFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.instead[strings.TrimPrefix(address, "https://")] = h
}

func (w *world) count(request string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, a := range w.asked {
		if a == request {
			n++
		}
	}
	return n
}

func (w *world) tell(n Notice) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.notices = append(w.notices, n)
}

func (w *world) told() []Notice {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]Notice(nil), w.notices...)
}

// session returns a fob's session of its own in this world; change may change its options.
func (w *world) session(change ...func(*Options)) *Session {
	w.t.Helper()
	o := Options{APIURL: platformURL + "/api/v1", Store: w.store, Transport: w, Now: w.now}
	for _, f := range change {
		f(&o)
	}
	s, err := New(o)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// withBrowser gives a session a browser in which the person signs in at once, or does what visit says.
func (w *world) withBrowser(visit func(address string)) func(*Options) {
	if visit == nil {
		visit = func(address string) { w.come(w.provider.authorize(address)) }
	}
	return func(o *Options) {
		o.OpenBrowser = func(_ context.Context, address string) error {
			visit(address)
			return nil
		}
	}
}

// come opens an address of the door and returns the page.
func (w *world) come(address string) (status int, page string) {
	w.t.Helper()
	status, page, err := visit(http.MethodGet, address, "")
	if err != nil {
		w.t.Error(err)
	}
	return status, page
}

// signedIn returns a session after a sign-in by the browser.
func (w *world) signedIn() *Session {
	w.t.Helper()
	s := w.session(w.withBrowser(nil))
	if _, err := s.SignIn(w.t.Context(), Browser, w.tell); err != nil {
		w.t.Fatal(err)
	}
	return s
}

// pass lets time go by for everybody.
func (w *world) pass(d time.Duration) {
	w.provider.mu.Lock()
	defer w.provider.mu.Unlock()
	w.provider.later += d
}

// isSafe fails the test if text isn't one harmless line, or has a secret of this world in it.
func (w *world) isSafe(text string) {
	w.t.Helper()
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x202e }) {
		w.t.Errorf("not one harmless line: %q", text)
	}
	w.hasNoSecret(text)
}

func (w *world) hasNoSecret(text string) {
	w.t.Helper()
	w.provider.mu.Lock()
	defer w.provider.mu.Unlock()
	for _, s := range w.provider.secrets {
		if strings.Contains(text, s) || strings.Contains(text, url.QueryEscape(s)) {
			w.t.Errorf("a secret in %q", text)
		}
	}
}

// memory is a store in memory, which may be shared by several fobs.
type memory struct {
	mu      sync.Mutex
	held    secret.Value
	loads   int
	saves   int
	failing struct{ load, save, remove, lock error }
	gate    chan struct{}
	onLock  func() // before it is waited for
}

func (m *memory) Load(ctx context.Context) (secret.Value, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.loads++
	return m.held, errors.Join(ctx.Err(), m.failing.load)
}

func (m *memory) Save(ctx context.Context, v secret.Value) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := errors.Join(ctx.Err(), m.failing.save); err != nil {
		return err
	}
	m.saves++
	m.held = v
	return nil
}

func (m *memory) Delete(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := errors.Join(ctx.Err(), m.failing.remove); err != nil {
		return err
	}
	m.held = secret.Value{}
	return nil
}

func (m *memory) Lock(ctx context.Context) (func(), error) {
	m.mu.Lock()
	if m.gate == nil {
		m.gate = make(chan struct{}, 1)
	}
	gate, err, onLock := m.gate, m.failing.lock, m.onLock
	m.mu.Unlock()
	if onLock != nil {
		onLock()
	}
	if err != nil {
		return nil, err
	}
	select {
	case gate <- struct{}{}:
		return func() { <-gate }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (m *memory) text() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.held.Reveal()
}
