package cli_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// sandboxProgram is fob sandbox, and what its first line says.
type sandboxProgram struct {
	t      *testing.T
	http   *http.Client
	APIURL string `json:"api_url"`
	Issuer string
}

func startSandboxProgram(t *testing.T, args ...string) *sandboxProgram {
	t.Helper()
	cmd := exec.Command(fob, append([]string{"sandbox"}, args...)...)
	cmd.Env = clean(t)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &sandboxProgram{t: t, http: &http.Client{Jar: jar, Transport: transport}}
	if err := json.Unmarshal(line, s); err != nil {
		t.Fatal(err)
	}
	return s
}

// send sends a GET, or a POST of a form if there is one, and returns the status and the body, read as JSON if it is that.
func (s *sandboxProgram) send(address string, form url.Values, credential string) (int, string, map[string]any) {
	s.t.Helper()
	method, body := http.MethodGet, ""
	if form != nil {
		method, body = http.MethodPost, form.Encode()
	}
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if credential != "" {
		r.Header.Set("Authorization", "Bearer "+credential)
	}
	got, err := s.http.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	out := map[string]any{}
	_ = json.Unmarshal(text, &out) // a page isn't JSON
	return got.StatusCode, string(text), out
}

// Whoever starts fob sandbox can sign in at it, as somebody, for as long as was asked for.
func TestSigningInAtTheSandbox(t *testing.T) {
	s := startSandboxProgram(t, "--session-lifetime", "17s")
	_, _, config := s.send(s.APIURL+"/api/v1/sso/cli-config", nil, "")
	if s.Issuer != s.APIURL+"/idp" || config["issuer"] != s.Issuer || config["client_id"] != "fob" {
		t.Fatalf("the issuer is %q, and the platform says %v", s.Issuer, config)
	}
	_, _, endpoints := s.send(s.Issuer+"/.well-known/openid-configuration", nil, "")
	at := func(name string) string { address, _ := endpoints[name].(string); return address }
	_, said, codes := s.send(at("device_authorization_endpoint"), url.Values{"client_id": {"fob"}, "scope": {"openid"}}, "")
	device, _ := codes["device_code"].(string)
	code, _ := codes["user_code"].(string)
	page, _ := codes["verification_uri_complete"].(string)
	if code == "" || device == "" || page == "" {
		t.Fatal(said)
	}
	hidden := func(page string) string {
		_, rest, _ := strings.Cut(page, `name="form"`)
		_, rest, _ = strings.Cut(rest, `value="`)
		value, _, _ := strings.Cut(rest, `"`)
		return value
	}
	_, text, _ := s.send(page, nil, "")
	_, text, _ = s.send(page, url.Values{"user_code": {code}, "form": {hidden(text)}}, "")
	before, _, found := strings.Cut(text, "<b>Tomasz")
	if !found {
		t.Fatalf("Tomasz can't be chosen: %s", text)
	}
	person := before[strings.LastIndex(before, `value="`)+len(`value="`):]
	person, _, _ = strings.Cut(person, `"`)
	s.send(page, url.Values{"user_code": {code}, "form": {hidden(text)}, "person": {person}}, "")
	_, said, given := s.send(at("token_endpoint"), url.Values{
		"client_id": {"fob"}, "grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {device},
	}, "")
	session, _ := given["access_token"].(string)
	if session == "" || given["expires_in"] != 17.0 {
		t.Fatal(said)
	}
	status, _, homes := s.send(s.APIURL+"/api/v1/sso/organizations", nil, session)
	if list, _ := homes["organizations"].([]any); status != http.StatusOK || len(list) != 2 {
		t.Errorf("%d %v", status, homes)
	}
}

func TestASandboxWithoutSignIn(t *testing.T) {
	s := startSandboxProgram(t, "--no-sign-in")
	status, said, _ := s.send(s.APIURL+"/api/v1/sso/cli-config", nil, "")
	if s.Issuer != "" || status != http.StatusNotFound {
		t.Errorf("issuer %q; %d %s", s.Issuer, status, said)
	}
}
