package sandbox

import (
	"slices"
	"sort"
	"time"
)

// Ask notes a query in a workspace, as the history shows one by the key with this id: for tests in which time moves on.
// It returns false, and notes nothing, for a key that doesn't exist, has expired or doesn't reach the workspace.
func (s *Sandbox) Ask(id, workspace string, at time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.organizations {
		k, w := o.keys.byID[id], o.workspace(workspace)
		if k == nil || w == nil || !k.reaches(w) || k.expired(at) {
			continue
		}
		s.asked++
		o.histories[w.id] = o.histories[w.id].with(k, at, s.asked)
		return true
	}
	return false
}

// with returns a history with one more entry: a history never changes, for pages of it may be on their way.
func (h *history) with(k *key, at time.Time, number uint32) *history {
	next := &history{seed: h.seed, people: h.people, refs: slices.Clone(h.refs), space: h.space}
	e := entry{at: at.UnixMilli(), number: 1<<31 + number, key: noKey, person: -1}
	if k.personal { // the history shows the person, not the key
		e.person = int16(slices.Index(h.people, k.maker))
	} else {
		ref := slices.IndexFunc(next.refs, func(r keyRef) bool { return r.id == k.id && r.name == k.name })
		if ref < 0 {
			ref = len(next.refs)
			next.refs = append(next.refs, keyRef{k.id, k.name, marshal(keyRefJSON{k.id, k.name})})
		}
		e.key = int32(ref)
	}
	place := sort.Search(len(h.entries), func(i int) bool { return h.entries[i].at >= e.at })
	for ; place < len(h.entries) && h.entries[place].at == e.at; place++ { // no two of one instant
		e.at++
	}
	next.entries = slices.Insert(slices.Clone(h.entries), place, e)
	return next
}
