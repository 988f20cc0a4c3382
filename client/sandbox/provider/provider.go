// Package provider is the identity provider of the sandbox: OpenID Connect discovery, the authorization code with PKCE,
// the device grant, refresh with rotation, revocation, and plain pages on which one of the sandbox's people is chosen.
// There are no passwords: everybody on this machine may be anybody, because nobody in the sandbox is real.
//
// Complete providers made as libraries were weighed and are too large for a program that is something else: each of
// them renders its pages with templates, which call methods by name and keep the linker from leaving anything out. So
// what is signed is signed by a library, and the few calls that remain are here.
package provider

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// ClientID is the only client that the provider knows. It is public: it has no secret.
const ClientID = "fob"

// Scopes returns what a client asks for to get everything that the provider gives: who the person is, and a refresh
// token.
func Scopes() []string { return []string{"openid", "profile", "email", offlineAccess} }

const offlineAccess = "offline_access"

// Lifetimes where Options doesn't say otherwise.
const (
	DefaultAccessLifetime  = time.Hour
	DefaultRefreshLifetime = 30 * 24 * time.Hour
	DefaultDeviceLifetime  = 10 * time.Minute
)

const (
	codeLifetime = time.Minute
	pollInterval = time.Second            // a stand-in shouldn't be waited for
	pollSlack    = 100 * time.Millisecond // a timer that rings in time is heard a little before, or after, the last time
	pollPenalty  = 5 * time.Second        // RFC 8628, 3.5: what slow_down adds to the interval
)

// Person is somebody who can be chosen.
type Person struct {
	ID, Email, GivenName, FamilyName string
	Note                             string // what tells one from another: "Admin of Nordwind Versand"
	Aside                            bool   // is offered below the others, folded
}

func (p Person) name() string { return p.GivenName + " " + p.FamilyName }

// Options says who can be chosen, and for how long.
type Options struct {
	Path            string           // below which the provider is served, "/idp"; a part of the issuer
	People          func() []Person  // everybody who may sign in now, in the order of the page
	Now             func() time.Time // the clock; nil: time.Now
	AccessLifetime  time.Duration    // of an access token; 0: DefaultAccessLifetime; whole seconds, one at least
	RefreshLifetime time.Duration    // of a refresh token, from its issue; 0: DefaultRefreshLifetime
	DeviceLifetime  time.Duration    // of a device code; 0: DefaultDeviceLifetime
}

// Provider is the identity provider. It is safe for concurrent use, and makes its signing key when one is first needed.
type Provider struct {
	o      Options
	mux    *http.ServeMux
	origin *http.CrossOriginProtection
	signer func() *signer

	mu      sync.Mutex // Options.People and Options.Now are never called with it held
	codes   map[digest]*code
	devices map[digest]*device
	entries map[string]*device // by the code that a person enters
	access  map[digest]*ticket
	refresh map[digest]*ticket
	sweepAt int
}

// New returns a provider that nobody has signed in at. o.People has to be given.
func New(o Options) *Provider {
	if o.Now == nil {
		o.Now = time.Now
	}
	for lifetime, preset := range map[*time.Duration]time.Duration{
		&o.AccessLifetime:  DefaultAccessLifetime,
		&o.RefreshLifetime: DefaultRefreshLifetime,
		&o.DeviceLifetime:  DefaultDeviceLifetime,
	} {
		if *lifetime <= 0 {
			*lifetime = preset
		}
		*lifetime = max(lifetime.Truncate(time.Second), time.Second) // "expires_in" counts whole seconds
	}
	p := &Provider{
		o: o, mux: http.NewServeMux(), origin: http.NewCrossOriginProtection(), signer: sync.OnceValue(newSigner),
		codes: map[digest]*code{}, devices: map[digest]*device{}, entries: map[string]*device{},
		access: map[digest]*ticket{}, refresh: map[digest]*ticket{}, sweepAt: 1000,
	}
	for pattern, serve := range map[[2]string]http.HandlerFunc{
		{"GET", "/.well-known/openid-configuration"}: p.discovery,
		{"GET", "/keys"}:                  p.keys,
		{"GET", "/authorize"}:             p.askPerson,
		{"POST", "/authorize"}:            p.ownForm(p.choosePerson),
		{"GET", "/device"}:                p.askCode,
		{"POST", "/device"}:               p.ownForm(p.enterCode),
		{"POST", "/device_authorization"}: p.startDevice,
		{"POST", "/token"}:                p.token,
		{"POST", "/revoke"}:               p.revoke,
		{"GET", "/userinfo"}:              p.userinfo,
	} {
		p.mux.HandleFunc(pattern[0]+" "+o.Path+pattern[1], serve)
	}
	return p
}

// formLimit is in bytes; an authorization request fits into it many times.
const formLimit = 64 << 10

// ServeHTTP answers everything below Options.Path. It answers to loopback addresses only, because the issuer is made of
// the address that was asked: a page elsewhere can't lend it its name.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if p.Issuer(r) == "" {
		refuse(w, &fault{http.StatusMisdirectedRequest, invalidRequest, "this provider answers to loopback addresses only"})
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, formLimit)
	p.mux.ServeHTTP(w, r)
}

// Issuer returns the issuer's address as whoever sent r reaches it, and "" if that isn't a loopback address.
func (p *Provider) Issuer(r *http.Request) string {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip, err := netip.ParseAddr(trimBrackets(host))
	if host != "localhost" && (err != nil || !ip.IsLoopback()) {
		return ""
	}
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	return scheme + r.Host + p.o.Path
}

func trimBrackets(host string) string {
	if len(host) > 2 && host[0] == '[' && host[len(host)-1] == ']' {
		return host[1 : len(host)-1]
	}
	return host
}

// Holder returns the ID of the person whose access token this is, "" if it is none. live is false when it has expired
// or was revoked.
func (p *Provider) Holder(accessToken string, now time.Time) (id string, live bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.access[hashed(accessToken)]
	if t == nil {
		return "", false
	}
	return t.family.person, t.good(now)
}

// person finds who may sign in now.
func (p *Provider) person(id string) (Person, bool) {
	for _, one := range p.o.People() {
		if one.ID == id {
			return one, true
		}
	}
	return Person{}, false
}

// digest is what is kept of a token or a code: enough to know it again.
type digest [sha256.Size]byte

func hashed(s string) digest { return sha256.Sum256([]byte(s)) }

// opaque returns a text that nobody can guess.
func opaque() string {
	random := make([]byte, 32)
	_, _ = rand.Read(random) // never fails, says its documentation
	return base64.RawURLEncoding.EncodeToString(random)
}

// answer writes v as JSON that nobody may keep.
func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // whoever asked may be gone, and nobody else wants to know
}
