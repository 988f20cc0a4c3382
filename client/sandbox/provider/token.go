package provider

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	grantCode    = "authorization_code"
	grantRefresh = "refresh_token"
	grantDevice  = "urn:ietf:params:oauth:grant-type:device_code"
)

// family is everything that comes from one sign-in. It ends as a whole: by sign-out, or because one of its refresh
// tokens was used twice, which only a thief or his victim does.
type family struct {
	person string
	scopes scopes
	began  time.Time
	ended  bool
}

// ticket is an access token or a refresh token.
type ticket struct {
	family  *family
	expires time.Time
	revoked bool
	used    bool // a refresh token that has a successor
}

func (t *ticket) good(now time.Time) bool {
	return !t.family.ended && !t.revoked && now.Before(t.expires)
}

type tokenJSON struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
	RefreshToken string `json:"refresh_token,omitempty"`
	IDToken      string `json:"id_token"`
	Scope        string `json:"scope"`
}

func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	values, f := form(r)
	if f != nil {
		refuse(w, f)
		return
	}
	var (
		redeem func(url.Values, map[string]bool, time.Time) (*family, string, *fault)
		now    = p.o.Now()
	)
	switch values.Get("grant_type") {
	case grantCode:
		redeem = p.redeemCode
	case grantDevice:
		redeem = p.redeemDevice
	case grantRefresh:
		redeem = p.redeemRefresh
	default:
		refuse(w, bad("unsupported_grant_type", "grant_type is not one of this provider's"))
		return
	}
	people := map[string]Person{}
	here := map[string]bool{}
	for _, one := range p.o.People() {
		people[one.ID], here[one.ID] = one, true
	}
	accessToken, refreshToken := opaque(), ""
	p.mu.Lock()
	p.sweep(now)
	fam, nonce, f := redeem(values, here, now)
	if f == nil {
		p.access[hashed(accessToken)] = &ticket{family: fam, expires: now.Add(p.o.AccessLifetime)}
		if fam.scopes.has(offlineAccess) {
			refreshToken = opaque()
			p.refresh[hashed(refreshToken)] = &ticket{family: fam, expires: now.Add(p.o.RefreshLifetime)}
		}
	}
	p.mu.Unlock()
	if f != nil {
		refuse(w, f)
		return
	}
	answer(w, http.StatusOK, tokenJSON{
		AccessToken: accessToken, TokenType: "Bearer", ExpiresIn: int(p.o.AccessLifetime / time.Second), RefreshToken: refreshToken,
		IDToken: p.identityToken(p.Issuer(r), people[fam.person], fam, nonce, accessToken, now), Scope: strings.Join(fam.scopes, " "),
	})
}

// The redeem functions are called with the lock held. They return the family that gets the tokens, and the nonce that
// goes with it, if any.

// redeemCode uses a code up, whatever comes of it: who guesses has one guess.
func (p *Provider) redeemCode(values url.Values, here map[string]bool, now time.Time) (*family, string, *fault) {
	c := p.codes[hashed(values.Get("code"))]
	if c == nil || !now.Before(c.expires) {
		return nil, "", bad(invalidGrant, "the code is not known, or has expired")
	}
	if c.used {
		if c.family != nil {
			c.family.ended = true // RFC 6749, 4.1.2: one of the two who came with it isn't who he says
		}
		return nil, "", bad(invalidGrant, "the code was used before")
	}
	c.used = true
	verifier := values.Get("code_verifier")
	sum := sha256.Sum256([]byte(verifier))
	switch {
	case verifier == "":
		return nil, "", bad(invalidGrant, "code_verifier is missing")
	case !base64URL(verifier, 128) || base64.RawURLEncoding.EncodeToString(sum[:]) != c.challenge:
		return nil, "", bad(invalidGrant, "code_verifier does not fit the challenge")
	case values.Get("redirect_uri") != c.redirect:
		return nil, "", bad(invalidGrant, "redirect_uri is not the one that the code was sent to")
	case !here[c.person]:
		return nil, "", bad(invalidGrant, "the person has left")
	}
	c.family = &family{person: c.person, scopes: c.scopes, began: now}
	return c.family, c.nonce, nil
}

func (p *Provider) redeemDevice(values url.Values, here map[string]bool, now time.Time) (*family, string, *fault) {
	d := p.devices[hashed(values.Get("device_code"))]
	if d == nil {
		return nil, "", bad(invalidGrant, "the device code is not known")
	}
	if f := d.poll(now); f != nil {
		return nil, "", f
	}
	d.used = true
	if !here[d.person] {
		return nil, "", bad(invalidGrant, "the person has left")
	}
	return &family{person: d.person, scopes: d.scopes, began: now}, "", nil
}

func (p *Provider) redeemRefresh(values url.Values, here map[string]bool, now time.Time) (*family, string, *fault) {
	t := p.refresh[hashed(values.Get("refresh_token"))]
	if t == nil {
		return nil, "", bad(invalidGrant, "the refresh token is not known")
	}
	if t.used {
		t.family.ended = true
		return nil, "", bad(invalidGrant, "the refresh token was used before: whoever has signed in with it is signed out")
	}
	if !t.good(now) {
		return nil, "", bad(invalidGrant, "the refresh token has expired or was revoked")
	}
	if !here[t.family.person] {
		t.family.ended = true
		return nil, "", bad(invalidGrant, "the person has left")
	}
	for _, name := range strings.Fields(values.Get("scope")) {
		if !t.family.scopes.has(name) {
			return nil, "", bad(invalidScope, "scope asks for more than was given")
		}
	}
	t.used = true
	return t.family, "", nil
}

// revoke ends what comes from a sign-in if it gets a refresh token, and one access token alone if it gets that: RFC 7009.
// A token that nobody knows is as good as revoked.
func (p *Provider) revoke(w http.ResponseWriter, r *http.Request) {
	values, f := form(r)
	if f == nil && values.Get("token") == "" {
		f = bad(invalidRequest, "token is missing")
	}
	if f != nil {
		refuse(w, f)
		return
	}
	of := hashed(values.Get("token"))
	p.mu.Lock()
	if t := p.refresh[of]; t != nil {
		t.family.ended = true
	}
	if t := p.access[of]; t != nil {
		t.revoked = true
	}
	p.mu.Unlock()
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
}

// keepExpired is how long something that has expired is still told from something that never was.
const keepExpired = time.Hour

// sweep forgets what has expired long ago, whenever there is twice as much as the last time. It is called with the lock
// held.
func (p *Provider) sweep(now time.Time) {
	held := func() int { return len(p.codes) + len(p.devices) + len(p.access) + len(p.refresh) }
	if held() < p.sweepAt {
		return
	}
	gone := now.Add(-keepExpired)
	for of, c := range p.codes {
		if c.expires.Before(gone) {
			delete(p.codes, of)
		}
	}
	for of, d := range p.devices {
		if d.expires.Before(gone) {
			delete(p.devices, of)
			delete(p.entries, d.entry)
		}
	}
	for _, tickets := range []map[digest]*ticket{p.access, p.refresh} {
		for of, t := range tickets {
			if t.expires.Before(gone) {
				delete(tickets, of)
			}
		}
	}
	p.sweepAt = max(1000, 2*held())
}
