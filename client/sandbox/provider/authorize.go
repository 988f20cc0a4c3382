package provider

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// code is an authorization code that hasn't expired, used or not.
type code struct {
	person, redirect, challenge, nonce string
	scopes                             scopes
	expires                            time.Time
	used                               bool
	family                             *family // what it was exchanged for
}

// request is an authorization request that may be answered.
type request struct {
	redirect, state, nonce, challenge string
	scopes                            scopes
}

// scopes are what was asked for and is known here.
type scopes []string

func (s scopes) has(name string) bool { return slices.Contains(s, name) }

// parseScopes reads a list of scopes. Unknown ones are left out; without "openid" nobody is signed in.
func parseScopes(text string) (scopes, *fault) {
	var out scopes
	for _, name := range strings.Fields(text) {
		if slices.Contains(Scopes(), name) && !out.has(name) {
			out = append(out, name)
		}
	}
	if !out.has("openid") {
		return nil, bad(invalidScope, "scope has to contain openid")
	}
	return out, nil
}

// parseRequest reads an authorization request. If it has to be refused, the request that comes back says where the
// refusal is sent; it is nil if that can't be trusted.
func parseRequest(query url.Values) (*request, *fault) {
	if f := once(query); f != nil {
		return nil, f
	}
	if query.Get("client_id") != ClientID {
		return nil, bad(invalidRequest, "client_id is not known here")
	}
	out := &request{
		redirect: query.Get("redirect_uri"), state: query.Get("state"), nonce: query.Get("nonce"),
		challenge: query.Get("code_challenge"),
	}
	if !callback(out.redirect) {
		return nil, bad(invalidRequest, "redirect_uri has to be http://127.0.0.1:PORT/callback")
	}
	switch {
	case query.Has("request") || query.Has("request_uri"):
		return out, bad("request_not_supported", "requests come as parameters only")
	case query.Get("response_type") != "code":
		return out, bad("unsupported_response_type", "response_type has to be code")
	case query.Has("response_mode") && query.Get("response_mode") != "query":
		return out, bad(invalidRequest, "response_mode has to be query")
	case out.challenge == "":
		return out, bad(invalidRequest, "code_challenge is required")
	case query.Get("code_challenge_method") != "S256":
		return out, bad(invalidRequest, "code_challenge_method has to be S256")
	case !base64URL(out.challenge, digestLength):
		return out, bad(invalidRequest, "code_challenge is not a SHA-256 in base64url")
	case query.Get("prompt") == "none":
		return out, bad("login_required", "somebody has to choose a person")
	}
	var f *fault
	out.scopes, f = parseScopes(query.Get("scope"))
	return out, f
}

// callback tells whether a code may be sent there: to a program on this machine, at whatever port it got (RFC 8252, 7.3).
func callback(address string) bool {
	rest, http := strings.CutPrefix(address, "http://")
	host, path, _ := strings.Cut(rest, "/")
	at, err := netip.ParseAddrPort(host)
	return http && path == "callback" && err == nil && at.Addr() == netip.AddrFrom4([4]byte{127, 0, 0, 1}) &&
		at.Port() != 0 && host == at.String()
}

// digestLength is that of 32 bytes in base64, in characters.
const digestLength = 43

// base64URL tells whether s is 43 to most characters of the URL's own base64, or of what else RFC 7636 allows.
func base64URL(s string, most int) bool {
	return len(s) >= digestLength && len(s) <= most && strings.Trim(s,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") == ""
}

// back sends the browser to the program that asked, with values, and with what every answer carries.
func (p *Provider) back(w http.ResponseWriter, r *http.Request, asked *request, values url.Values) {
	if asked.state != "" {
		values.Set("state", asked.state)
	}
	values.Set("iss", p.Issuer(r)) // RFC 9207
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.Redirect(w, r, asked.redirect+"?"+values.Encode(), http.StatusSeeOther)
}

// admit reads an authorization request and refuses it, by page or redirect, if need be; nil means that it did.
func (p *Provider) admit(w http.ResponseWriter, r *http.Request, query string) *request {
	values, err := url.ParseQuery(query)
	asked, f := (*request)(nil), bad(invalidRequest, "the query can't be read")
	if err == nil {
		asked, f = parseRequest(values)
	}
	switch {
	case f == nil:
		return asked
	case asked == nil:
		p.show(w, r, f.status, sorry("This sign-in can't go on",
			"What the program asked for isn't allowed: "+f.why+".", "Go back to the program and start again."))
	default:
		p.back(w, r, asked, url.Values{"error": {f.code}, "error_description": {f.why}})
	}
	return nil
}

// askPerson is the page that a program opens in the browser.
func (p *Provider) askPerson(w http.ResponseWriter, r *http.Request) {
	asked := p.admit(w, r, r.URL.RawQuery)
	if asked == nil {
		return
	}
	// Chromium holds form-action against the redirect after a form, too.
	allow := strings.TrimSuffix(asked.redirect, "/callback")
	p.show(w, r, http.StatusOK, p.people(p.o.Path+"/authorize", attr{"request": r.URL.RawQuery}), allow)
}

// choosePerson is the answer to that page. The request comes along and is read again, so nothing is kept of a page that
// nobody answers, and two tabs don't know each other.
func (p *Provider) choosePerson(w http.ResponseWriter, r *http.Request) {
	asked := p.admit(w, r, r.PostForm.Get("request"))
	if asked == nil {
		return
	}
	chosen := r.PostForm.Get("person")
	if chosen == deny {
		p.back(w, r, asked, url.Values{"error": {accessDenied}, "error_description": {"the person said no"}})
		return
	}
	person, known := p.person(chosen)
	if !known {
		p.show(w, r, http.StatusBadRequest, sorry("Nobody was signed in", "The person that was chosen isn't here any more.", "Go back and choose another."))
		return
	}
	token, now := opaque(), p.o.Now()
	p.mu.Lock()
	p.sweep(now)
	p.codes[hashed(token)] = &code{
		person: person.ID, redirect: asked.redirect, challenge: asked.challenge, nonce: asked.nonce, scopes: asked.scopes,
		expires: now.Add(codeLifetime),
	}
	p.mu.Unlock()
	p.back(w, r, asked, url.Values{"code": {token}})
}
