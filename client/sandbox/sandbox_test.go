package sandbox

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fob/client/contract"
	"fob/client/secret"
)

const (
	ida   = "ida.krueger@nordwind-versand.example"
	ana   = "ana.sousa@nordwind-versand.example"
	zoe   = "zoe.obriain@nordwind-versand.example"
	greta = "greta.vogt@nordwind-versand.example"
	birte = "birte.claasen@hansa-moebel.example"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// fixture is a sandbox whose every answer is held against the contract.
type fixture struct {
	*Sandbox
	t        *testing.T
	contract *contract.Contract
	clock    time.Time
}

func newFixture(t *testing.T, o Options) *fixture {
	t.Helper()
	f := &fixture{t: t, contract: contract.Load(t), clock: noon}
	if o.Now == nil {
		o.Now = func() time.Time { return f.clock }
	}
	f.Sandbox = New(o)
	return f
}

func (f *fixture) session(email string) secret.Value {
	f.t.Helper()
	v, ok := f.SessionFor(email)
	if !ok {
		f.t.Fatalf("nobody is called %s", email)
	}
	return v
}

type answered struct {
	status int
	header http.Header
	body   string
}

// ask sends "GET path" or the like below /api/v1. headers are names and values by turns.
func (f *fixture) ask(as secret.Value, line, body string, headers ...string) answered {
	f.t.Helper()
	method, path, _ := strings.Cut(line, " ")
	r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+as.Reveal())
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	got := answered{w.Code, w.Result().Header, w.Body.String()}
	f.contract.ExactAnswer(f.t, r, got.status, got.header, []byte(got.body))
	if got.header.Get("Date") != f.now().UTC().Format(http.TimeFormat) {
		f.t.Errorf("%s: Date is %q, the clock says %v", line, got.header.Get("Date"), f.now())
	}
	return got
}

// want asks, and fails unless the status is the one expected.
func (f *fixture) want(status int, as secret.Value, line, body string, headers ...string) answered {
	f.t.Helper()
	got := f.ask(as, line, body, headers...)
	if got.status != status {
		f.t.Errorf("%s %s: status %d, want %d; %s", line, body, got.status, status, got.body)
	}
	return got
}

type listed struct {
	Data    []map[string]any
	HasMore bool `json:"has_more"`
	Total   int
}

func (f *fixture) list(as secret.Value, path string, headers ...string) listed {
	f.t.Helper()
	var out listed
	f.decode(f.want(200, as, "GET "+path, "", headers...), &out)
	return out
}

func (f *fixture) decode(a answered, v any) {
	f.t.Helper()
	if err := json.Unmarshal([]byte(a.body), v); err != nil {
		f.t.Fatalf("%v in %s", err, a.body)
	}
}

// issue makes a key and returns its secret and its id, which is the newest one's.
func (f *fixture) issue(as secret.Value, body string) (secret.Value, string) {
	f.t.Helper()
	var out map[string]string
	f.decode(f.want(200, as, "POST /token", body), &out)
	if len(out) != 1 {
		f.t.Errorf("the answer to a create holds more than the secret: %d fields", len(out))
	}
	newest := f.list(f.SessionToken(), "/token?limit=1").Data[0]
	return secret.New(out["api_token"]), newest["api_token_id"].(string)
}

func names(l listed) []string {
	var out []string
	for _, item := range l.Data {
		name, _ := item["name"].(string)
		out = append(out, name)
	}
	return out
}

func TestListenRefusesWhatIsNotLoopback(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0", "example.invalid:0", "127.0.0.1", "localhost.example:0", "[fe80::1%lo]:0"} {
		s, err := Listen(addr, http.NotFoundHandler())
		if err == nil {
			t.Errorf("Listen(%q) serves on %s", addr, s.URL())
			_ = s.Close(t.Context())
		}
	}
}

func TestListenServesUntilItIsClosed(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:0", "localhost:0", "127.8.9.10:0"} {
		sandbox := New(Options{})
		s, err := Listen(addr, sandbox)
		if err != nil {
			t.Fatal(err)
		}
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL()+"/api/v1/me", nil)
		r.Header.Set("Authorization", "Bearer "+sandbox.SessionToken().Reveal())
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusOK || !bytes.Contains(body, []byte(ida)) {
			t.Errorf("%s: %d %s", addr, answer.StatusCode, body)
		}
		http.DefaultClient.CloseIdleConnections()
		if err := s.Close(t.Context()); err != nil {
			t.Errorf("Close: %v", err)
		}
		if answer, err := http.DefaultClient.Do(r); err == nil {
			_ = answer.Body.Close()
			t.Errorf("%s is still served after Close", s.URL())
		}
	}
}

func TestBeforeMayAnswerInstead(t *testing.T) {
	s := New(Options{Now: func() time.Time { return noon }, Before: func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodDelete {
			w.WriteHeader(http.StatusBadGateway)
			return true
		}
		return false
	}})
	for method, want := range map[string]int{http.MethodDelete: 502, http.MethodPut: 405} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(method, "/api/v1/token/x", nil))
		if w.Code != want || w.Result().Header.Get("Date") == "" {
			t.Errorf("%s: status %d, want %d; Date %q", method, w.Code, want, w.Result().Header.Get("Date"))
		}
	}
}
