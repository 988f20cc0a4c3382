package sandbox

import (
	"cmp"
	"slices"
)

// What an organization role is called on the wire.
const (
	roleAdmin    = "ADMIN"
	roleMember   = "MEMBER"
	roleExternal = "EXTERNAL"
)

// The presets of workspace roles.
const (
	presetEditor     = "Editor"
	presetSearchUser = "Search user"
)

// organization is one tenant of the sandbox.
type organization struct {
	id, name   string
	members    []*member // oldest first
	workspaces []*workspace
	roles      []*role // oldest first
	keys       shelf
	histories  map[string]*history // by workspace id
	keyRefs    []keyRef
}

// person may belong to several organizations; the first is the one meant without X-Organization-ID.
type person struct {
	id, email, given, family string
	homes                    []*organization
	fragment                 []byte // as lists and the history show them
}

// member is a person in one organization.
type member struct {
	place  int64
	person *person
	role   string
	left   bool
	access []access // in workspaces; an admin has write access to every one
}

type access struct {
	workspace *workspace
	role      *role
}

type workspace struct {
	id, name, language string
	idle               int
	pipelines          []string
	fragment           []byte // as keys show it
}

type role struct {
	place                 int64
	id, name, description string
	permissions           []string
	fragment              []byte // as keys show it
}

func (o *organization) member(p *person) *member {
	for _, m := range o.members {
		if m.person == p {
			return m
		}
	}
	return nil
}

// workspace finds by name or id.
func (o *organization) workspace(ref string) *workspace {
	for _, w := range o.workspaces {
		if w.name == ref || w.id == ref {
			return w
		}
	}
	return nil
}

func (o *organization) role(id string) *role {
	for _, r := range o.roles {
		if r.id == id {
			return r
		}
	}
	return nil
}

func (o *organization) roleNamed(name string) *role {
	for _, r := range o.roles {
		if r.name == name {
			return r
		}
	}
	return nil
}

// roleIn returns m's role in w, nil for none.
func (m *member) roleIn(o *organization, w *workspace) *role {
	if m.role == roleAdmin {
		return o.roleNamed(presetEditor)
	}
	for _, a := range m.access {
		if a.workspace == w {
			return a.role
		}
	}
	return nil
}

// shelf holds the keys of an organization, oldest first. Keys are never changed, only replaced, so that a page of them
// may be written after the lock is gone.
type shelf struct {
	all         []*key
	byID        map[string]*key
	byWorkspace map[*workspace][]*key // of keys that are scoped to that workspace alone
	gone        map[string]int64      // places of revoked keys: they may still be somebody's cursor
	next        int64
}

func newShelf(capacity int) shelf {
	return shelf{
		all:         make([]*key, 0, capacity),
		byID:        make(map[string]*key, capacity),
		byWorkspace: map[*workspace][]*key{},
		gone:        map[string]int64{},
	}
}

func (s *shelf) add(k *key) {
	k.place = s.next
	s.next++
	s.all = append(s.all, k)
	s.byID[k.id] = k
	if w := k.only(); w != nil {
		s.byWorkspace[w] = append(s.byWorkspace[w], k)
	}
}

func (s *shelf) replace(k *key) {
	s.byID[k.id] = k
	s.all[index(s.all, k.place)] = k
	if w := k.only(); w != nil {
		s.byWorkspace[w][index(s.byWorkspace[w], k.place)] = k
	}
}

func (s *shelf) remove(k *key) {
	delete(s.byID, k.id)
	s.gone[k.id] = k.place
	at := index(s.all, k.place)
	s.all = slices.Delete(s.all, at, at+1)
	if w := k.only(); w != nil {
		at := index(s.byWorkspace[w], k.place)
		s.byWorkspace[w] = slices.Delete(s.byWorkspace[w], at, at+1)
	}
}

// place returns where the key with that id is, or was, among all keys.
func (s *shelf) place(id string) (int64, bool) {
	if k, ok := s.byID[id]; ok {
		return k.place, true
	}
	place, ok := s.gone[id]
	return place, ok
}

// placed is what a list is made of: every item knows its place, and later ones have higher places.
type placed interface{ at() int64 }

func (k *key) at() int64    { return k.place }
func (m *member) at() int64 { return m.place }
func (r *role) at() int64   { return r.place }

// index returns where the item of that place is in items, or would be.
func index[T placed](items []T, place int64) int {
	at, _ := slices.BinarySearchFunc(items, place, func(item T, place int64) int { return cmp.Compare(item.at(), place) })
	return at
}
