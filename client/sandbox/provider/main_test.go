package provider_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/net/html"

	"fob/client/sandbox/provider"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	verifier = "a-verifier-that-is-long-enough-for-RFC-7636~"
	callback = "http://127.0.0.1:4711/callback"
	device   = "urn:ietf:params:oauth:grant-type:device_code"
	scope    = "openid profile email offline_access"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// world is a provider behind a socket, with a clock and people that a test changes, and a browser with cookies.
type world struct {
	*provider.Provider
	t       *testing.T
	issuer  string
	browser *http.Client

	mu     sync.Mutex
	now    time.Time
	people []provider.Person
}

func newWorld(t *testing.T, o provider.Options) *world {
	t.Helper()
	w := &world{t: t, now: noon, people: []provider.Person{
		{ID: "ida", Email: "ida@example.com", GivenName: "Ida", FamilyName: "Krüger", Note: "Admin of Nordwind"},
		{ID: "ana", Email: "ana@example.com", GivenName: "Ana", FamilyName: "Sousa", Note: "Member of Nordwind", Aside: true},
	}}
	o.Path = "/idp"
	o.Now = func() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.now }
	o.People = func() []provider.Person { w.mu.Lock(); defer w.mu.Unlock(); return slices.Clone(w.people) }
	w.Provider = provider.New(o)
	server := httptest.NewServer(w.Provider)
	transport := &http.Transport{}
	t.Cleanup(func() { transport.CloseIdleConnections(); server.Close() })
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	w.issuer = server.URL + "/idp"
	w.browser = &http.Client{
		Transport: transport, Jar: jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return w
}

func (w *world) wait(d time.Duration) { w.mu.Lock(); defer w.mu.Unlock(); w.now = w.now.Add(d) }

func (w *world) leave(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.people = slices.DeleteFunc(w.people, func(p provider.Person) bool { return p.ID == id })
}

func (w *world) live(accessToken string) bool {
	_, live := w.Holder(accessToken, w.clock())
	return live
}

func (w *world) clock() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.now }

type response struct {
	status int
	header http.Header
	body   string
}

func (w *world) do(method, address, body string, headers ...string) response {
	w.t.Helper()
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
	}
	got, err := w.browser.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return response{got.StatusCode, got.Header, string(text)}
}

// token is an answer of the token endpoint, or of another that answers in JSON.
type token struct {
	response
	Access       string  `json:"access_token"`
	Type         string  `json:"token_type"`
	ExpiresIn    float64 `json:"expires_in"`
	Refresh      string  `json:"refresh_token"`
	ID           string  `json:"id_token"`
	Scope        string
	Error        string
	Description  string  `json:"error_description"`
	DeviceCode   string  `json:"device_code"`
	UserCode     string  `json:"user_code"`
	Verification string  `json:"verification_uri"`
	Complete     string  `json:"verification_uri_complete"`
	Interval     float64 `json:"interval"`
}

// call posts a form as a program does: "name=value&…", with client_id unless it is there.
func (w *world) call(path, form string, headers ...string) token {
	w.t.Helper()
	if !strings.Contains(form, "client_id=") {
		form += "&client_id=fob"
	}
	out := token{response: w.do("POST", w.issuer+path, form, headers...)}
	if out.body != "" {
		if err := json.Unmarshal([]byte(out.body), &out); err != nil {
			w.t.Fatalf("%s %s: %v in %q", path, form, err, out.body)
		}
		if out.header.Get("Cache-Control") != "no-store" {
			w.t.Errorf("%s: Cache-Control is %q", path, out.header.Get("Cache-Control"))
		}
	}
	return out
}

// refused calls, and fails unless the answer is that error.
func (w *world) refused(code, path, form string, headers ...string) token {
	w.t.Helper()
	got := w.call(path, form, headers...)
	status := http.StatusBadRequest
	if code == "invalid_client" {
		status = http.StatusUnauthorized
	}
	if got.Error != code || got.status != status || got.Access != "" {
		w.t.Errorf("%s %s: %d %s, want %d and %s", path, form, got.status, got.body, status, code)
	}
	return got
}

// granted calls the token endpoint, and fails unless it gives tokens.
func (w *world) granted(form string) token {
	w.t.Helper()
	got := w.call("/token", form)
	if got.status != http.StatusOK || got.Access == "" || got.Type != "Bearer" || got.ID == "" || !w.live(got.Access) {
		w.t.Fatalf("%s: %d %s", form, got.status, got.body)
	}
	return got
}

func challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// asked is an authorization request; changes are names and values by turns, and "" takes a name out.
func asked(changes ...string) string {
	values := url.Values{
		"client_id": {"fob"}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {scope},
		"state": {"st&te=1"}, "nonce": {"n-1"}, "code_challenge": {challenge(verifier)}, "code_challenge_method": {"S256"},
	}
	for i := 0; i+1 < len(changes); i += 2 {
		if values.Set(changes[i], changes[i+1]); changes[i+1] == "" {
			values.Del(changes[i])
		}
	}
	return values.Encode()
}

// hidden returns what a page's form carries without being asked, and fails unless it has exactly one form.
func (w *world) hidden(page response) url.Values {
	w.t.Helper()
	out, forms := url.Values{}, 0
	for _, n := range nodes(w.t, page.body) {
		switch attribute := attributes(n); {
		case n.Data == "form":
			forms++
		case n.Data == "input" && attribute["type"] == "hidden":
			out.Set(attribute["name"], attribute["value"])
		}
	}
	if forms != 1 {
		w.t.Fatalf("the page has %d forms: %s", forms, page.body)
	}
	return out
}

func nodes(t *testing.T, page string) []*html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return slices.Collect(root.Descendants())
}

func attributes(n *html.Node) map[string]string {
	out := map[string]string{}
	for _, a := range n.Attr {
		out[a.Key] = a.Val
	}
	return out
}

// choose opens an authorization request in the browser, chooses somebody, and returns where that leads.
func (w *world) choose(query, person string) url.Values {
	w.t.Helper()
	page := w.do("GET", w.issuer+"/authorize?"+query, "")
	if page.status != http.StatusOK {
		w.t.Fatalf("the page: %d %s", page.status, page.body)
	}
	form := w.hidden(page)
	form.Set("person", person)
	return w.redirected(w.do("POST", w.issuer+"/authorize", form.Encode()))
}

// redirected returns the query of the callback that the browser is sent to.
func (w *world) redirected(got response) url.Values {
	w.t.Helper()
	to, query, _ := strings.Cut(got.header.Get("Location"), "?")
	values, err := url.ParseQuery(query)
	if got.status != http.StatusSeeOther || to != callback || err != nil {
		w.t.Fatalf("not sent to the callback: %d %v %s", got.status, got.header, got.body)
	}
	if values.Get("iss") != w.issuer {
		w.t.Errorf("iss is %q", values.Get("iss"))
	}
	return values
}

// exchange is the form that redeems a code.
func exchange(code string) string {
	return url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier},
	}.Encode()
}

// signIn goes the browser's way to the end.
func (w *world) signIn(person string) token {
	w.t.Helper()
	return w.granted(exchange(w.choose(asked(), person).Get("code")))
}

func refresh(t token) string {
	return url.Values{"grant_type": {"refresh_token"}, "refresh_token": {t.Refresh}}.Encode()
}
