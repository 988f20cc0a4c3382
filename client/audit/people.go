package audit

import (
	"strings"

	"fob/client"
)

// presence says whether somebody is still in the organization.
type presence int

const (
	unclear presence = iota
	here
	left
)

// ownership is who made a key, which for a personal key is who owns it.
type ownership struct {
	state    presence
	name     string // visible; "": not shown
	personal bool   // the platform shows that the key is personal
	why      string // of unclear: for counting keys with the same reason
}

// people are the members of the organization.
type people struct {
	users   []client.User
	partial bool
	byID    map[string]int
	byEmail map[string]int
	byName  map[string][]int
	known   map[client.PersonRef]ownership
}

func newPeople(in Input) people {
	p := people{
		users: in.Users, partial: in.UsersWhy != "",
		byID: map[string]int{}, byEmail: map[string]int{}, byName: map[string][]int{}, known: map[client.PersonRef]ownership{},
	}
	for n, u := range in.Users {
		if u.ID != "" {
			p.byID[u.ID] = n
		}
		if u.Email != "" {
			p.byEmail[strings.ToLower(u.Email)] = n
		}
		if name := fullName(u.GivenName, u.FamilyName); name != "" {
			p.byName[strings.ToLower(name)] = append(p.byName[strings.ToLower(name)], n)
		}
	}
	return p
}

func fullName(given, family string) string {
	return strings.TrimSpace(strings.TrimSpace(given) + " " + strings.TrimSpace(family))
}

// The reasons why it isn't clear who owns a key.
const (
	whyNobody   = "who made them isn't shown"
	whyAbsent   = "whoever made them isn't in the list of people"
	whyNamesake = "several people have the name of whoever made them"
	whyPartial  = "the list of people is missing or partial"
	whyStanding = "whether people have left isn't shown"
)

// of says who made a key, and whether they are still there. An id counts before an email address, and that before names.
func (p *people) of(k *client.Key) ownership {
	ref, _ := k.User.Get() // not shown and null are the same here: nobody
	o, ok := p.known[ref]
	if !ok {
		o = p.look(ref)
		p.known[ref] = o
	}
	personal, told := k.Personal.Get()
	o.personal = told && personal
	return o
}

func (p *people) look(ref client.PersonRef) ownership {
	if ref == (client.PersonRef{}) {
		return ownership{why: whyNobody}
	}
	var o ownership
	full := fullName(ref.GivenName, ref.FamilyName)
	switch {
	case full != "":
		o.name = named(full)
	case ref.Email != "":
		o.name = named(ref.Email)
	default:
		o.name = short(ref.ID)
	}
	n, why := p.find(ref, full)
	if why != "" {
		o.why = why
		return o
	}
	u := p.users[n]
	if full == "" {
		if name := fullName(u.GivenName, u.FamilyName); name != "" {
			o.name = named(name)
		}
	}
	switch gone, told := u.Deleted.Get(); {
	case !told:
		o.why = whyStanding
	case gone:
		o.state = left
	default:
		o.state = here
	}
	return o
}

func (p *people) find(ref client.PersonRef, full string) (n int, why string) {
	if n, ok := p.byID[ref.ID]; ok && ref.ID != "" {
		return n, ""
	}
	if n, ok := p.byEmail[strings.ToLower(ref.Email)]; ok && ref.Email != "" && (ref.ID == "" || p.users[n].ID == "") {
		return n, ""
	}
	if ref.ID == "" && ref.Email == "" {
		switch same := p.byName[strings.ToLower(full)]; {
		case len(same) > 1:
			return 0, whyNamesake
		case len(same) == 1 && p.partial:
			return 0, whyPartial // another may have that name
		case len(same) == 1:
			return same[0], ""
		}
	}
	if p.partial {
		return 0, whyPartial
	}
	return 0, whyAbsent
}

// mine tells whether a key was made by me, or why that can't be told.
func (p *people) mine(k *client.Key, me client.Me) (mine bool, why string) {
	ref, ok := k.User.Get()
	if !ok || ref == (client.PersonRef{}) {
		return false, whyNobody
	}
	for _, pair := range [][2]string{{ref.ID, me.UserID}, {ref.Email, me.Email}} {
		if pair[0] != "" && pair[1] != "" {
			return strings.EqualFold(pair[0], pair[1]), ""
		}
	}
	mineName, name := fullName(me.GivenName, me.FamilyName), fullName(ref.GivenName, ref.FamilyName)
	switch {
	case mineName == "" || name == "":
		return false, "it can't be told whether they are yours"
	case !strings.EqualFold(mineName, name):
		return false, ""
	case len(p.byName[strings.ToLower(name)]) > 1:
		return false, whyNamesake
	case p.partial:
		return false, whyPartial
	default:
		return true, ""
	}
}
