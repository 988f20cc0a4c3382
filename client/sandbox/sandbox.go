// Package sandbox is the platform's stand-in: an http.Handler that serves the whole contract from memory, for the demo
// and for tests. It shares no type with the client, so that a wrong field name can't agree with itself.
package sandbox

import (
	"crypto/sha256"
	"net/http"
	"sync"
	"time"

	"fob/client/sandbox/provider"
	"fob/client/secret"
)

// Options says what a sandbox holds. The zero value is the believable organization of the demo.
type Options struct {
	Seed       int64            // the same seed and the same Now make the same organization; secrets always differ
	Keys       int              // how many keys; 0: as the seed story has them
	Workspaces int              // how many workspaces; 0: as the seed story has them
	History    int              // how many entries of the search history; 0: as the seed story has them
	Now        func() time.Time // the clock; nil: time.Now

	NoSignIn        bool          // offers no identity provider: sessions are those of SessionFor alone
	AccessLifetime  time.Duration // of a session that somebody signed in for; 0: an hour
	RefreshLifetime time.Duration // of a refresh token, from its issue; 0: 30 days

	// Before is asked first for every request, for tests that inject failures: true means that it has answered.
	Before func(w http.ResponseWriter, r *http.Request) bool
}

// Person is somebody of the seeded organizations.
type Person struct {
	ID, Email, GivenName, FamilyName string
	Role                             string   // ADMIN, MEMBER or EXTERNAL, in the first of Organizations
	Left                             bool     // has left that organization
	Organizations                    []string // their ids; the first is meant by a request that names none
}

// Sandbox is the stand-in. It is safe for concurrent use.
type Sandbox struct {
	now    func() time.Time
	before func(http.ResponseWriter, *http.Request) bool
	mint   *mint
	idp    *provider.Provider // nil: nobody can sign in

	mu            sync.RWMutex
	organizations []*organization // the first is the seeded one
	people        []*person
	sessions      map[[sha256.Size]byte]*person
	tokens        map[*person]secret.Value
	asked         uint32 // queries that were noted since the seed
}

// New seeds a sandbox. 100,000 keys and 1,000,000 entries take a second or two.
func New(o Options) *Sandbox {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Sandbox{
		now: o.Now, before: o.Before, mint: newMint(),
		sessions: map[[sha256.Size]byte]*person{}, tokens: map[*person]secret.Value{},
	}
	s.organizations, s.people = seed(o)
	for _, p := range s.people {
		session := newSession()
		s.tokens[p] = session
		s.sessions[sha256.Sum256([]byte(session.Reveal()))] = p
	}
	if !o.NoSignIn {
		s.idp = provider.New(provider.Options{
			Path: issuerPath, People: s.choices, Now: s.now, AccessLifetime: o.AccessLifetime, RefreshLifetime: o.RefreshLifetime,
		})
	}
	return s
}

// SessionToken returns the session of the seeded admin, Ida Krüger.
func (s *Sandbox) SessionToken() secret.Value { return s.tokens[s.people[0]] }

// SessionFor returns the session of a seeded person, and false for who is unknown. The session of somebody who has left
// exists, and gets 401.
func (s *Sandbox) SessionFor(email string) (secret.Value, bool) {
	for _, p := range s.people {
		if p.email == email {
			return s.tokens[p], true
		}
	}
	return secret.Value{}, false
}

// SecretOf returns the secret that the maker of the key with this id was shown, and false if there is no such key.
func (s *Sandbox) SecretOf(id string) (secret.Value, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, o := range s.organizations {
		if k := o.keys.byID[id]; k != nil {
			return s.mint.secretOf(o, k), true
		}
	}
	return secret.Value{}, false
}

// Leave makes a person leave the first of their organizations: the session is refused there from now on, and their
// personal keys stop working. It returns false for who is unknown.
func (s *Sandbox) Leave(email string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.people {
		if p.email == email {
			p.homes[0].member(p).left = true
			return true
		}
	}
	return false
}

// OrganizationID returns the id of the seeded organization.
func (s *Sandbox) OrganizationID() string { return s.organizations[0].id }

// WorkspaceNames returns the names of the organization's workspaces, in the order in which they are listed.
func (s *Sandbox) WorkspaceNames() []string {
	names := make([]string, 0, len(s.organizations[0].workspaces))
	for _, w := range s.organizations[0].workspaces {
		names = append(names, w.name)
	}
	return names
}

// People returns everybody of the seeded organizations, those who have left included; the admin comes first.
func (s *Sandbox) People() []Person {
	s.mu.RLock()
	defer s.mu.RUnlock()
	people := make([]Person, 0, len(s.people))
	for _, p := range s.people {
		m := p.homes[0].member(p)
		out := Person{
			ID: p.id, Email: p.email, GivenName: p.given, FamilyName: p.family, Role: m.role, Left: m.left,
		}
		for _, o := range p.homes {
			out.Organizations = append(out.Organizations, o.id)
		}
		people = append(people, out)
	}
	return people
}
