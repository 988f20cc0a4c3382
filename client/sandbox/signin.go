package sandbox

import (
	"net/http"
	"strings"
	"time"

	"fob/client/sandbox/provider"
)

// issuerPath is where the identity provider is served, beside the API.
const issuerPath = "/idp"

type signInJSON struct {
	Issuer   string   `json:"issuer"`
	ClientID string   `json:"client_id"`
	Scopes   []string `json:"scopes"`
}

// signInConfig says where to sign in, to whoever reaches the sandbox by a loopback address.
func (s *Sandbox) signInConfig(r *http.Request) (*reply, *refusal) {
	issuer := ""
	if s.idp != nil {
		issuer = s.idp.Issuer(r)
	}
	if issuer == "" {
		return nil, notFound("signing in is not offered here")
	}
	return &reply{http.StatusOK, marshal(signInJSON{issuer, provider.ClientID, provider.Scopes()})}, nil
}

// Issuer returns the address of the sandbox's identity provider where the sandbox is served at url, and "" if it has
// none.
func (s *Sandbox) Issuer(url string) string {
	if s.idp == nil {
		return ""
	}
	return url + issuerPath
}

// signedIn finds whose session an access token of the provider is; both are nil for what it isn't. It is called with the
// lock held for reading.
func (s *Sandbox) signedIn(credential string, now time.Time) (*person, *refusal) {
	if s.idp == nil {
		return nil, nil
	}
	id, live := s.idp.Holder(credential, now)
	if id == "" {
		return nil, nil
	}
	if !live {
		return nil, unauthorized("the session has ended")
	}
	for _, p := range s.people {
		if p.id == id {
			return p, nil
		}
	}
	return nil, unauthorized("nobody has this session")
}

var roleWords = map[string]string{roleAdmin: "Admin", roleMember: "Member", roleExternal: "External"}

// choices are who may sign in: everybody who belongs to an organization. The first of each kind comes first, because
// that is what the sandbox is asked to show; the others stand aside.
func (s *Sandbox) choices() []provider.Person {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var first, aside []provider.Person
	seen := map[string]bool{}
	for _, p := range s.people {
		var notes, roles []string
		for _, o := range p.homes {
			if m := o.member(p); m != nil && !m.left {
				notes, roles = append(notes, roleWords[m.role]+" of "+o.name), append(roles, m.role)
			}
		}
		if len(roles) == 0 {
			continue
		}
		one := provider.Person{
			ID: p.id, Email: p.email, GivenName: p.given, FamilyName: p.family, Note: strings.Join(notes, ", "),
		}
		if kind := strings.Join(roles, " "); !seen[kind] {
			seen[kind] = true
			first = append(first, one)
			continue
		}
		one.Aside = true
		aside = append(aside, one)
	}
	return append(first, aside...)
}
