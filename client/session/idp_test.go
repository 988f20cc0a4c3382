package session

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// idp is an identity provider in literal HTTP. It rotates refresh tokens, and ends everything that came of one that it
// sees twice.
type idp struct {
	t   testing.TB
	key ed25519.PrivateKey

	mu       sync.Mutex
	later    time.Duration     // what has gone by since the test began
	doc      map[string]any    // the discovery document
	claims   map[string]any    // what an id token says instead of the truth
	lifetime int               // of an access token, in seconds
	secrets  []string          // everything that must not be shown
	codes    map[string]string // code: the query of its authorization
	family   map[string]int    // refresh token: the sign-in that it came of
	spent    map[string]bool   // refresh tokens that were used
	over     map[int]bool      // sign-ins that have ended
	families int
	reused   int      // how often a spent refresh token came
	revoked  []string // tokens
	device   []string // what the device grant answers, one after another: an error code, or "ok"
	polls    []time.Time
	forms    []url.Values // of /token
}

func newIDP(t testing.TB) *idp {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &idp{
		t: t, key: key, lifetime: 3600, claims: map[string]any{}, codes: map[string]string{},
		family: map[string]int{}, spent: map[string]bool{}, over: map[int]bool{},
		doc: map[string]any{
			"issuer":                                issuerURL,
			"authorization_endpoint":                issuerURL + "/authorize",
			"token_endpoint":                        issuerURL + "/token",
			"device_authorization_endpoint":         issuerURL + "/device",
			"revocation_endpoint":                   issuerURL + "/revoke",
			"jwks_uri":                              issuerURL + "/keys",
			"id_token_signing_alg_values_supported": []string{"EdDSA"},
			"authorization_response_iss_parameter_supported": true,
		},
	}
}

func (p *idp) now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Now().Add(p.later)
}

// secretly makes a token that no error may show.
func (p *idp) secretly(kind string) string {
	s := kind + "-" + rand.Text()
	p.secrets = append(p.secrets, s)
	return s
}

// authorize is what a browser does with the address it is sent to: the person signs in, and the browser is sent back.
func (p *idp) authorize(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		p.t.Error(err)
		return ""
	}
	q := u.Query()
	if q.Get("code_challenge_method") != "S256" || q.Get("response_type") != "code" || q.Get("client_id") != "fob-cli" ||
		q.Get("state") == "" || q.Get("nonce") == "" || q.Get("prompt") != "consent" {
		p.t.Errorf("asked with %v", q)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	code := p.secretly("code")
	p.codes[code] = u.RawQuery
	return q.Get("redirect_uri") + "?" + url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {issuerURL}}.Encode()
}

func (p *idp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	form, err := url.ParseQuery(string(body))
	if err != nil {
		p.t.Error(err)
	}
	switch r.Method + " " + r.URL.Path {
	case "GET /.well-known/openid-configuration":
		p.json(w, http.StatusOK, p.doc)
	case "GET /keys":
		p.json(w, http.StatusOK, map[string]any{"keys": []any{map[string]any{
			"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": "1",
			"x": base64.RawURLEncoding.EncodeToString(p.key.Public().(ed25519.PublicKey)),
		}}})
	case "POST /token":
		p.forms = append(p.forms, form)
		p.token(w, form)
	case "POST /device":
		p.json(w, http.StatusOK, map[string]any{
			"device_code": p.secretly("device"), "user_code": "WDJB-MJHT", "interval": 1, "expires_in": 600,
			"verification_uri": issuerURL + "/code", "verification_uri_complete": issuerURL + "/code?user_code=WDJB-MJHT",
		})
	case "POST /revoke":
		p.revoked = append(p.revoked, form.Get("token"))
		p.over[p.family[form.Get("token")]] = true
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (p *idp) json(w http.ResponseWriter, status int, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		p.t.Error(err)
	}
	say(w, status, string(text))
}

func (p *idp) refuse(w http.ResponseWriter, code string, form url.Values) {
	// Real providers do quote what they were sent.
	p.json(w, http.StatusBadRequest, map[string]any{"error": code, "error_description": "refused: " + form.Encode()})
}

func (p *idp) token(w http.ResponseWriter, form url.Values) {
	if form.Get("client_id") != "fob-cli" {
		p.refuse(w, "invalid_client", form)
		return
	}
	switch form.Get("grant_type") {
	case "authorization_code":
		asked, there := p.codes[form.Get("code")]
		delete(p.codes, form.Get("code"))
		q, _ := url.ParseQuery(asked)
		challenge := sha256.Sum256([]byte(form.Get("code_verifier")))
		if !there || q.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(challenge[:]) || q.Get("redirect_uri") != form.Get("redirect_uri") {
			p.refuse(w, "invalid_grant", form)
			return
		}
		p.families++
		p.grant(w, p.families, q.Get("nonce"))
	case "refresh_token":
		token := form.Get("refresh_token")
		family, known := p.family[token]
		if p.spent[token] {
			p.reused++
			p.over[family] = true
		}
		if !known || p.over[family] {
			p.refuse(w, "invalid_grant", form)
			return
		}
		p.spent[token] = true
		p.grant(w, family, "")
	case "urn:ietf:params:oauth:grant-type:device_code":
		p.polls = append(p.polls, time.Now())
		answer := "authorization_pending"
		if len(p.device) > 0 {
			answer, p.device = p.device[0], p.device[1:]
		}
		if answer != "ok" {
			p.refuse(w, answer, form)
			return
		}
		p.families++
		p.grant(w, p.families, "")
	default:
		p.refuse(w, "unsupported_grant_type", form)
	}
}

func (p *idp) grant(w http.ResponseWriter, family int, nonce string) {
	access, refresh := p.secretly("access"), p.secretly("refresh")
	p.family[refresh], p.family[access] = family, family
	p.json(w, http.StatusOK, map[string]any{
		"access_token": access, "refresh_token": refresh, "token_type": "Bearer", "expires_in": p.lifetime,
		"id_token": p.idToken(nonce),
	})
}

func (p *idp) idToken(nonce string) string {
	now := time.Now().Add(p.later)
	claims := map[string]any{
		"iss": issuerURL, "aud": "fob-cli", "sub": "u-1", "email": "mia@example.test", "name": "Mia",
		"iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "nonce": nonce,
	}
	maps.Copy(claims, p.claims)
	body, err := json.Marshal(claims)
	if err != nil {
		p.t.Error(err)
	}
	part := base64.RawURLEncoding.EncodeToString
	signed := part([]byte(`{"alg":"EdDSA","kid":"1"}`)) + "." + part(body)
	token := signed + "." + part(ed25519.Sign(p.key, []byte(signed)))
	p.secrets = append(p.secrets, token)
	return token
}

// visit asks the door for a page.
func visit(method, address, host string) (status int, page string, err error) {
	req, err := http.NewRequest(method, address, nil)
	if err != nil {
		return 0, "", err
	}
	if host != "" {
		req.Host = host
	}
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, strings.TrimSpace(string(body)), err
}
