package sandbox

import (
	"cmp"
	"slices"
	"sort"
	"time"
)

const (
	storyHistory = 24_000
	retention    = 180 * day
)

// source is somebody or something that asks: a key, or a person.
type source struct {
	spaces      []int // of the organization's workspaces
	first, last time.Time
	person      int16
	ref         int32
	weight      int
	rests       bool // takes seven of the last 90 days off
}

// histories makes n entries, or as many as the story has: the last query of each key first, then as many others as it
// takes, the busy ones' more often.
func (s *seeder) histories(n int, stories []keyStory, keys []*key) {
	if n == 0 {
		n = storyHistory
	}
	people := make([]*person, 0, len(s.org.members))
	number := map[*person]int16{}
	for _, m := range s.org.members {
		number[m.person] = int16(len(people))
		people = append(people, m.person)
	}
	position := map[*workspace]int{}
	everywhere := make([]int, len(s.org.workspaces))
	for i, w := range s.org.workspaces {
		position[w], everywhere[i] = i, i
	}

	var sources []source
	for i, story := range stories {
		k := keys[i]
		if story.last == 0 {
			continue
		}
		from := source{first: k.created, last: s.now.Add(-story.last), person: -1, ref: noKey, weight: story.weight}
		for _, w := range k.workspaces {
			from.spaces = append(from.spaces, position[w])
		}
		if len(k.workspaces) == 0 {
			from.spaces = everywhere
		}
		if w := s.org.workspace(story.seenIn); w != nil {
			from.spaces = []int{position[w]}
		}
		if k.personal { // the history shows the person, not the key
			from.person = number[k.maker]
		} else {
			from.ref = s.ref(k.id, k.name)
		}
		from.rests = story.name == "ingest-prod"
		sources = append(sources, from)
	}
	sources = append(sources, source{
		spaces: []int{0}, first: s.now.Add(-retention), last: s.now.Add(-12 * day), person: -1,
		ref: s.ref(s.uuid(), goneKey), weight: 30,
	})
	s.entries(n, sources, people)
}

func (s *seeder) ref(id, name string) int32 {
	s.org.keyRefs = append(s.org.keyRefs, keyRef{id, name, marshal(keyRefJSON{id, name})})
	return int32(len(s.org.keyRefs) - 1)
}

func (s *seeder) entries(n int, sources []source, people []*person) {
	rooms := make([][]entry, len(s.org.workspaces))
	made := 0
	ask := func(from *source, at time.Time) {
		if made == n {
			return
		}
		room := from.spaces[s.random.IntN(len(from.spaces))]
		e := entry{
			at: at.UnixMilli(), number: uint32(made), key: from.ref, person: from.person,
			pipeline: uint8(s.random.IntN(3)), text: uint8(s.random.IntN(len(questions))),
		}
		if s.random.IntN(40) == 0 {
			e.status = uint8(1 + s.random.IntN(2))
		}
		rooms[room] = append(rooms[room], e)
		made++
	}
	total, sums := 0, make([]int, len(sources))
	for i := range sources {
		ask(&sources[i], sources[i].last)
		total += sources[i].weight
		sums[i] = total
	}
	for i := range sources {
		for back := 1; sources[i].rests && back < 90; back++ {
			if !restDay(back) {
				ask(&sources[i], s.now.Truncate(day).Add(-time.Duration(back)*day+9*hour))
			}
		}
	}
	for made < n {
		from := &sources[sort.SearchInts(sums, 1+s.random.IntN(total))]
		ask(from, s.moment(from))
	}
	seed := s.random.Uint64()
	for i, w := range s.org.workspaces {
		s.org.histories[w.id] = &history{
			seed: seed, entries: settle(rooms[i]), people: people, refs: s.org.keyRefs, space: w,
		}
	}
}

// moment returns when from asked: between its first and last time, more often lately.
func (s *seeder) moment(from *source) time.Time {
	oldest := s.now.Add(-retention)
	if from.first.After(oldest) {
		oldest = from.first
	}
	chance := s.random.Float64()
	back := time.Duration(chance * chance * float64(max(0, from.last.Sub(oldest))))
	at := from.last.Add(-back)
	if from.rests && restDay(int(s.now.Truncate(day).Sub(at.Truncate(day))/day)) {
		at = from.last
	}
	return at
}

// restDay tells whether a key that rests does so that many days ago.
func restDay(back int) bool { return back > 0 && back < 90 && back%12 == 6 }

// settle sorts entries, the oldest first, and moves those of one instant apart: how the platform orders them isn't known.
func settle(entries []entry) []entry {
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.number, b.number))
	})
	for i := len(entries) - 2; i >= 0; i-- {
		if entries[i].at >= entries[i+1].at {
			entries[i].at = entries[i+1].at - 1
		}
	}
	return entries
}
