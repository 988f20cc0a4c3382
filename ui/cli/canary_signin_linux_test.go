package cli_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fob/client/sandbox"
)

// overheard is what went over the wire while somebody signed in and must not be written down: by its name in the protocol.
type overheard struct {
	mu    sync.Mutex
	all   map[string][]string
	inner http.Handler
}

// ServeHTTP hands a request on, and notes what is secret in it and in its answer.
func (o *overheard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.URL.Path, "/idp/") || r.Method != http.MethodPost {
		o.inner.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "unread", http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	answer := httptest.NewRecorder()
	o.inner.ServeHTTP(answer, r)
	o.mu.Lock()
	defer o.mu.Unlock()
	if form, err := url.ParseQuery(string(body)); err == nil {
		for _, name := range []string{"code", "code_verifier", "device_code", "refresh_token", "token"} {
			o.note(name, form.Get(name))
		}
	}
	fields := map[string]any{}
	if json.Unmarshal(answer.Body.Bytes(), &fields) == nil {
		for _, name := range []string{"access_token", "refresh_token", "id_token", "device_code", "user_code"} {
			text, _ := fields[name].(string)
			o.note(name, text)
		}
	}
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

func (o *overheard) note(name, text string) {
	if text != "" && !slices.Contains(o.all[name], text) {
		o.all[name] = append(o.all[name], text)
	}
}

// secrets are what was overheard, and fails if nothing of a name was.
func (o *overheard) secrets(t *testing.T, names ...string) (list []string) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, name := range names {
		if len(o.all[name]) == 0 {
			t.Errorf("no %s went over the wire: nothing was tested", name)
		}
		list = append(list, o.all[name]...)
	}
	return list
}

// What is written down of signing in by either way, refreshing and signing out: where, when and with what outcome. No
// token, code, verifier or device code, and nothing that stood in a query.
func TestCanaryOfSigningIn(t *testing.T) {
	heard := &overheard{all: map[string][]string{}, inner: sandbox.New(sandbox.Options{Seed: 1, AccessLifetime: 30 * time.Second})}
	server := httptest.NewServer(heard)
	defer server.Close()
	a := &account{t: t, url: server.URL, env: clean(t, "FOB_API_URL="+server.URL)}
	for _, line := range a.env {
		if path, found := strings.CutPrefix(line, "FOB_HOME="); found {
			a.home = path
		}
	}
	if err := os.MkdirAll(a.home, 0o700); err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(a.home, "log")
	r := ran{home: a.home}
	for _, way := range []string{"--device", "--browser"} {
		_, said, code, err := signIn(a.command("login", way, "--store", "file", "--log", log), ida, nil)
		if err != nil || code != 0 {
			t.Fatal(code, err, said)
		}
		r.errOut.WriteString(said)
		for _, args := range [][]string{{"list", "--json"}, {"doctor"}, {"logout"}} {
			out, said, _ := a.run(append(args, "--log", log)...)
			r.out.WriteString(out)
			r.errOut.WriteString(said)
		}
	}
	secrets := heard.secrets(t, "code", "code_verifier", "device_code", "refresh_token", "token", "access_token", "id_token")
	if where := r.leaks(t, secrets...); where != nil {
		t.Errorf("it leaks into %v", where)
	}
	written, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range append(heard.secrets(t, "user_code"), "state=", "nonce", "code_challenge", "?") {
		if strings.Contains(string(written), secret) {
			t.Errorf("%q is in the log:\n%s", secret, written)
		}
	}
	host := strings.TrimPrefix(server.URL, "http://")
	for _, want := range []string{
		`"method":"GET","host":"` + host + `","path":"/api/v1/sso/cli-config","status":200`,
		`"method":"GET","host":"` + host + `","path":"/idp/.well-known/openid-configuration","status":200`,
		`"method":"POST","host":"` + host + `","path":"/idp/token","status":200`,
		`"path":"/idp/keys","status":200`, `"path":"/idp/revoke","status":200`, `"path":"/idp/device_authorization","status":200`,
		`"method":"GET","path":"/api/v1/me","status":200`,
	} {
		if !strings.Contains(string(written), want) {
			t.Errorf("the log has no %s:\n%s", want, written)
		}
	}
}
