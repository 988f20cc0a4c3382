package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"fob/client"
	"fob/client/visible"
)

// Owned are the keys of one person.
type Owned struct {
	Person  string   // name and e-mail address, made safe to show
	Left    bool     // has left the organization
	Rows    []*Row   // made by this person; personal keys are theirs, service keys belong to nobody
	Unclear []*Row   // of which it can't be told whether this person made them
	Notes   []string // what couldn't be read, in words
}

// OwnerError says that a text doesn't stand for exactly one person.
type OwnerError struct {
	Ref        string   // made safe to show
	Candidates []string // people who are all called that, made safe to show; nil: nobody is
}

// Error says so.
func (e *OwnerError) Error() string {
	if len(e.Candidates) == 0 {
		return fmt.Sprintf("nobody in the organization, and nobody who made a key, has the e-mail address or the name %q", e.Ref)
	}
	return fmt.Sprintf("%q may be any of %d people: %s", e.Ref, len(e.Candidates), strings.Join(e.Candidates, ", "))
}

// someone is a person as the platform shows them, in the list of people or with a key.
type someone struct {
	client.PersonRef
	left bool
}

func (s someone) name() string { return strings.TrimSpace(s.GivenName + " " + s.FamilyName) }

func (s someone) label() string {
	switch name := s.name(); {
	case name == "" && s.Email == "":
		return visible.Line(s.ID)
	case name == "" || s.Email == "":
		return visible.Line(name + s.Email)
	default:
		return visible.Line(name + " <" + s.Email + ">")
	}
}

func (s someone) called(text string) bool {
	return text != "" && (strings.EqualFold(s.Email, text) || strings.EqualFold(s.name(), text) || s.ID == text)
}

// OwnedBy returns the keys of the list that the person made whom ref stands for: an e-mail address, or a name that one
// person alone has. The error is *OwnerError.
func (d *Desk) OwnedBy(ctx context.Context, ref string, list List) (Owned, error) {
	ref = strings.TrimSpace(ref)
	var owned Owned
	var people []someone
	users, err := d.platform.Users(ctx, nil)
	whole := err == nil && users.Complete
	if !whole {
		reason := visible.Line(users.Why)
		if err != nil {
			reason = why(err)
		}
		owned.Notes = append(owned.Notes, "the list of people could not be read whole, so that namesakes may be missed: "+reason)
	}
	for _, u := range users.Items {
		left, _ := u.Deleted.Get()
		people = append(people, someone{client.PersonRef{ID: u.ID, GivenName: u.GivenName, FamilyName: u.FamilyName, Email: u.Email}, left})
	}
	for _, r := range list.Rows { // people whom the list of people doesn't have
		user, ok := r.Key.User.Get()
		if !ok || user == (client.PersonRef{}) || slices.ContainsFunc(people, func(p someone) bool { return p.same(user) >= namesake }) {
			continue
		}
		people = append(people, someone{user, false})
	}
	var meant []someone
	for _, p := range people {
		if p.called(ref) {
			meant = append(meant, p)
		}
	}
	if len(meant) != 1 {
		e := &OwnerError{Ref: visible.Line(ref)}
		for _, p := range meant {
			e.Candidates = append(e.Candidates, p.label())
		}
		return owned, e
	}
	who := meant[0]
	owned.Person, owned.Left = who.label(), who.left
	namesakes := 0
	for _, p := range people {
		if strings.EqualFold(p.name(), who.name()) {
			namesakes++
		}
	}
	for _, r := range list.Rows {
		user, _ := r.Key.User.Get()
		switch is := who.same(user); {
		case is == namesake && namesakes == 1 && whole, is == identical:
			owned.Rows = append(owned.Rows, r)
		case is == namesake, is == untold:
			owned.Unclear = append(owned.Unclear, r)
		}
	}
	return owned, nil
}

// likeness says whether a key's maker is a person.
type likeness int

const (
	different likeness = iota
	untold             // nothing that could be compared is shown
	namesake           // which others may have, too
	identical
)

// same compares an id before an e-mail address, and that before names, which are all that the platform is known to show.
func (s someone) same(user client.PersonRef) likeness {
	for _, pair := range [][2]string{{s.ID, user.ID}, {s.Email, user.Email}} {
		if pair[0] == "" || pair[1] == "" {
			continue
		}
		if strings.EqualFold(pair[0], pair[1]) {
			return identical
		}
		return different
	}
	switch theirs := (someone{PersonRef: user}).name(); {
	case theirs == "" || s.name() == "":
		return untold
	case strings.EqualFold(theirs, s.name()):
		return namesake
	}
	return different
}
