package sandbox

import (
	cryptorand "crypto/rand"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// seeder makes the organizations. All its chance comes from the seed, and no more of it is used at one time of day than
// at another, so the same seed gives the same ids.
type seeder struct {
	random *rand.Rand
	now    time.Time
	org    *organization
	people []*person
}

func seed(o Options) ([]*organization, []*person) {
	s := &seeder{
		random: rand.New(rand.NewPCG(uint64(o.Seed), 0x6e6f726477696e64)),
		now:    o.Now().UTC().Truncate(time.Millisecond),
	}
	first := s.nordwind(o)
	second := s.hansa()
	return []*organization{first, second}, s.people
}

func (s *seeder) nordwind(o Options) *organization {
	names := make([]string, 0, max(o.Workspaces, len(workspaceStory)))
	names = append(names, workspaceStory...)
	for i := len(names); i < o.Workspaces; i++ {
		names = append(names, fmt.Sprintf("team-%04d", i+1))
	}
	if o.Workspaces > 0 {
		names = names[:o.Workspaces]
	}
	s.organization("Nordwind Versand", names)
	for _, p := range peopleStory {
		s.person(p)
	}
	stories := s.stories(o.Keys)
	keys := s.keys(stories)
	s.histories(o.History, stories, keys)
	return s.org
}

// hansa is the second organization: small, with one person of the first.
func (s *seeder) hansa() *organization {
	first := s.people
	s.organization("Hansa Möbel", []string{"furniture-search", "playground"})
	s.person(personStory{given: "Birte", family: "Claasen", email: "birte.claasen@hansa-moebel.example", role: roleAdmin})
	for _, p := range first {
		if p.email == commuter {
			s.join(p, personStory{role: roleMember, editor: []string{"furniture-search"}})
		}
	}
	stories := []keyStory{
		{name: "shop-prod", role: presetSearchUser, spaces: []string{"furniture-search"}, by: "Birte", age: 210 * day, expires: 155 * day, last: 11 * minute, weight: 20},
		{name: "tomasz-import", personal: true, role: presetEditor, spaces: []string{"furniture-search"}, by: "Tomasz", age: 61 * day, expires: 29 * day, last: 3 * day, weight: 5},
		{name: "everything", role: presetEditor, by: "Birte", age: 800 * day},
	}
	s.histories(400, stories, s.keys(stories))
	return s.org
}

func (s *seeder) organization(name string, workspaces []string) {
	s.org = &organization{id: s.uuid(), name: name, histories: map[string]*history{}}
	for i, r := range rolesStory {
		id := s.uuid()
		s.org.roles = append(s.org.roles, &role{
			place: int64(i), id: id, name: r.name, description: r.description, permissions: r.permissions,
			fragment: marshal(roleRefJSON{id, r.name}),
		})
	}
	for _, name := range workspaces {
		id := s.uuid()
		s.org.workspaces = append(s.org.workspaces, &workspace{
			id: id, name: name, fragment: marshal(workspaceRefJSON{id, name}), language: []string{"de", "en"}[s.random.IntN(2)], idle: 3600 * (1 + s.random.IntN(24)),
			pipelines: []string{name + "-rag", name + "-keyword", name + "-eval"},
		})
	}
}

func (s *seeder) person(story personStory) {
	p := &person{id: s.uuid(), email: story.email, given: story.given, family: story.family}
	p.fragment = personFragment(p)
	s.people = append(s.people, p)
	s.join(p, story)
}

func (s *seeder) join(p *person, story personStory) {
	m := &member{place: int64(len(s.org.members)), person: p, role: story.role, left: story.left}
	grant := func(names []string, preset string) {
		for _, name := range names {
			if w := s.org.workspace(name); w != nil {
				m.access = append(m.access, access{w, s.org.roleNamed(preset)})
			}
		}
	}
	grant(story.editor, presetEditor)
	grant(story.searcher, presetSearchUser)
	s.org.members = append(s.org.members, m)
	p.homes = append(p.homes, s.org)
}

// stories returns n keys, or as many as the story has: those with a part in it first, then as many others as it takes.
func (s *seeder) stories(n int) []keyStory {
	all := slices.Clone(storyKeys)
	for _, name := range claimsExtras {
		all = append(all, s.extra(name, claimsOnly, true))
	}
	for _, space := range workspaceStory[1:] {
		for _, form := range otherExtras {
			all = append(all, s.extra(fmt.Sprintf(form, space), []string{space}, false))
		}
	}
	for i, name := range laptopExtras {
		all = append(all, s.extra(name, []string{workspaceStory[1+2*i]}, false))
	}
	if n == 0 {
		return all
	}
	for i := len(all); i < n; i++ {
		all = append(all, s.stranger(i))
	}
	return all[:n]
}

// extra makes up an ordinary key; a calm one neither expires soon nor has expired.
func (s *seeder) extra(name string, spaces []string, calm bool) keyStory {
	k := keyStory{name: name, spaces: spaces, age: s.days(20, 900), weight: 1 + s.random.IntN(20)}
	k.by = peopleStory[s.random.IntN(11)].given
	first, _, _ := strings.Cut(name, "-")
	if owner := owners[first]; owner != "" {
		k.by, k.personal = owner, true
	}
	k.role = []string{"Editor", "Search user", "Search user", "Indexer", "Evaluator", "Support desk"}[s.random.IntN(6)]
	switch dice := s.random.IntN(10); {
	case dice < 4:
	case dice < 8 || calm:
		k.expires = s.days(45, 360)
	case dice < 9:
		k.expires = s.days(2, 29)
	default:
		k.expires = -s.days(1, 200)
	}
	switch dice := s.random.IntN(10); {
	case dice < 5:
		k.last = time.Duration(1+s.random.IntN(36*60)) * minute
	case dice < 7:
		k.last = s.days(2, 60)
	case dice < 8:
		k.last = s.days(60, 170)
	}
	k.age = max(k.age, -k.expires+day, k.last+day)
	if k.expires < 0 && k.last != 0 {
		k.last = max(k.last, -k.expires+hour)
		k.age = max(k.age, k.last+day)
	}
	return k
}

// owners finds the given name of a person whose name a personal key begins with.
var owners = func() map[string]string {
	ascii := strings.NewReplacer("ë", "e", "ø", "o")
	out := map[string]string{}
	for _, p := range peopleStory {
		out[strings.ToLower(ascii.Replace(p.given))] = p.given
	}
	return out
}()

var (
	strangerThings = []string{"ingest", "search", "export", "sync", "bot", "gateway", "probe", "report", "import", "worker"}
	strangerStages = []string{"prod", "staging", "dev", "ci", "test"}
)

// stranger makes up a key of the many that only a large organization has.
func (s *seeder) stranger(i int) keyStory {
	name := fmt.Sprintf("%s-%s-%05d", strangerThings[s.random.IntN(len(strangerThings))], strangerStages[s.random.IntN(len(strangerStages))], i)
	spaces := []string{s.anySpace()}
	switch s.random.IntN(8) {
	case 0:
		spaces = nil
	case 1:
		spaces = append(spaces, s.anySpace(), s.anySpace())
	}
	k := s.extra(name, spaces, false)
	k.age = max(k.age, s.days(1, 1500))
	k.personal = s.random.IntN(4) == 0
	if s.random.IntN(50) == 0 {
		k.orgRole = roleAdmin
	}
	return k
}

func (s *seeder) anySpace() string {
	return s.org.workspaces[s.random.IntN(len(s.org.workspaces))].name
}

// days returns a time between from and to days, not rounded to days.
func (s *seeder) days(from, to int) time.Duration {
	return time.Duration(from)*day + time.Duration(s.random.IntN((to-from)*24*60))*minute
}

// keys makes the keys of stories, in their order, and puts them on the shelf, the oldest first.
func (s *seeder) keys(stories []keyStory) []*key {
	keys := make([]*key, len(stories))
	givenNames := map[string]*person{}
	for _, m := range s.org.members {
		givenNames[m.person.given] = m.person
	}
	roles := map[string]*role{}
	for _, r := range s.org.roles {
		roles[r.name] = r
	}
	spaces := map[string]*workspace{}
	for _, w := range s.org.workspaces {
		spaces[w.name] = w
	}
	for i, story := range stories {
		k := &key{
			id: s.uuid(), name: story.name, personal: story.personal, orgRole: story.orgRole, role: roles[story.role],
			created: s.now.Add(-story.age), maker: givenNames[story.by], labels: &keyLabels{story.name, story.personal},
		}
		if k.orgRole == "" {
			k.orgRole = roleMember
		}
		if story.expires != 0 {
			k.expires = s.expiry(story.expires)
		}
		for at, name := range story.spaces {
			w := spaces[name]
			if w == nil { // this organization has fewer of them
				w = s.org.workspaces[(i+at)%len(s.org.workspaces)]
			}
			if !slices.Contains(k.workspaces, w) {
				k.workspaces = append(k.workspaces, w)
			}
		}
		keys[i] = k
	}
	byAge := slices.Clone(keys)
	slices.SortStableFunc(byAge, func(a, b *key) int { return a.created.Compare(b.created) })
	s.org.keys = newShelf(len(byAge))
	for _, k := range byAge {
		s.org.keys.add(k)
	}
	return keys
}

// expiry is the end of a day in Hamburg in winter, as people choose it.
func (s *seeder) expiry(in time.Duration) time.Time {
	return s.now.Add(in).Truncate(day).Add(22*hour + 59*minute + 59*time.Second)
}

func (s *seeder) uuid() string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], s.random.Uint64())
	binary.BigEndian.PutUint64(b[8:], s.random.Uint64())
	return uuid(version4(b))
}

func randomUUID() string {
	var b [16]byte
	_, _ = cryptorand.Read(b[:]) // never fails, says its documentation
	return uuid(version4(b))
}
