package audit

import (
	"slices"

	"fob/client"
)

// The rules about names.

// names are the keys by their names, and by what they look like.
type names struct {
	keys  []client.Key
	same  map[string][]int32 // by the trimmed name
	alike map[string][]int32 // by what a name looks like: the first key of each name
}

func newNames(keys []client.Key) names {
	n := names{keys: keys, same: make(map[string][]int32, len(keys)), alike: make(map[string][]int32, len(keys))}
	for at := range keys {
		name, _ := trimmed(&keys[at])
		if name == "" {
			continue
		}
		n.same[name] = append(n.same[name], int32(at))
		if len(n.same[name]) == 1 {
			look := skeleton(name)
			n.alike[look] = append(n.alike[look], int32(at))
		}
	}
	return n
}

// shared tells whether several keys have this name.
func (n names) shared(name string) bool { return len(n.same[name]) > 1 }

func (j *judge) unnamed(s *subject) {
	switch {
	case !s.shown:
		j.skip("names aren't shown")
	case s.name == "" || s.name == s.key.ID:
		j.find(s, "has no name", "name it after what works with it", -s.born.Unix())
	case j.p.NamePattern != nil && !j.p.NamePattern.MatchString(s.name):
		j.find(s, "its name doesn't follow the policy's pattern "+named(j.p.NamePattern.String()), "rename it", -s.born.Unix())
	}
}

func (j *judge) duplicateName(s *subject) {
	switch same := j.names.same[s.name]; {
	case !s.shown:
		j.skip("names aren't shown")
	case s.name == "":
	case len(same) > 1:
		var others []string
		for _, at := range same[:min(len(same), 5)] {
			if id := j.in.Keys[at].ID; id != s.key.ID {
				others = append(others, short(id))
			}
		}
		what := "another key has the same name: "
		if len(same) > 2 {
			what = count(len(same)-1, "other key") + " have the same name: "
		}
		text := listed(others)
		if rest := len(same) - 1 - len(others); rest > 0 && len(others) <= 3 {
			text += " and more"
		}
		j.find(s, what+text, "rename one of them, or revoke the one that nothing needs", int64(len(same)), s.last.Unix())
	case !j.in.ListComplete:
		j.skip("not every key is known")
	}
}

func (j *judge) lookAlikeName(s *subject) {
	if !s.shown {
		j.skip("names aren't shown")
		return
	}
	if s.name == "" {
		return
	}
	look := skeleton(s.name)
	alike := j.names.alike[look]
	others := slices.DeleteFunc(slices.Clone(alike[:min(len(alike), 5)]), func(at int32) bool {
		name, _ := trimmed(&j.in.Keys[at])
		return name == s.name
	})
	switch {
	case len(others) > 0:
		var called []string
		for _, at := range others {
			name, _ := trimmed(&j.in.Keys[at])
			called = append(called, name+" ("+short(j.in.Keys[at].ID)+")")
		}
		j.find(s, "looks like "+listed(called), "see who made which, then rename or revoke the wrong one", s.born.Unix())
	case !j.in.ListComplete:
		j.skip("not every key is known")
	}
}
