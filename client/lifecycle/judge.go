package lifecycle

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"fob/client"
)

// clockSlack is how much older than the order a new key may claim to be: the list's clock and the one that stamps keys
// may be two machines'.
const clockSlack = time.Minute

// fitting says how well a key fits the order.
type fitting struct {
	anybody bool   // it shows a maker, and whether that is who made the order can't be told
	other   bool   // something says that it is another key: its name, its maker, its age, its end
	why     string // what says so
	grant   bool   // it differs from the order in what it may do, where, or for how long
	tied    bool   // something that is shown ties it to the order, beyond being new
	byName  bool   // it has the name that was asked, and one was
	named   bool   // the platform's answer, or the claims in the secret, name its id
}

// exact tells that nothing that is shown disagrees.
func (f fitting) exact() bool { return !f.other && !f.grant }

func (w *work) fit(k client.Key) fitting {
	var f fitting
	differ := func(why string) {
		if !f.other {
			f.other, f.why = true, why
		}
	}
	for _, d := range compare(w.out.Order, k, w.claims) {
		switch {
		case d.NotShown:
		case d.Field == "name":
			differ("its name differs")
		default:
			f.grant = true
		}
	}
	if name, ok := k.Name.Get(); ok && name != "" && strings.TrimSpace(name) == strings.TrimSpace(w.out.Order.Draft.Name) {
		f.tied, f.byName = true, true
	}
	end, ends := k.ExpiresAt.Get()
	if told, ok := w.claims.ExpiresAt.Get(); ok && k.ExpiresAt.Shown() {
		if !ends || !sameInstant(end, told) {
			differ("its expiry is not the one in the secret")
		} else {
			f.tied = true
		}
	}
	if asked := w.out.Order.Draft.ExpiresAt; k.ExpiresAt.Shown() && (asked == nil) == !ends && (asked == nil || sameInstant(end, *asked)) {
		f.tied = true
	}
	if maker, ok := k.User.Get(); ok && maker != (client.PersonRef{}) {
		same, known := madeBy(maker, w.me)
		f.anybody = !known
		if known && !same {
			differ("somebody else made it")
		}
	}
	if k.CreatedAt.Shown() && !w.before.near.asOf.IsZero() && !w.young(k) {
		differ("it is older than the order")
	}
	if k.ID == w.out.Issued.Key.ID && w.answered() || w.claims.ID != "" && k.ID == w.claims.ID {
		f.named, f.tied = true, true
	}
	return f
}

// madeBy tells whether the maker of a key is who makes this order, and whether that can be told. An id counts before an
// email address, and that before names, which are all that the platform is known to show.
func madeBy(maker client.PersonRef, me client.Me) (same, known bool) {
	for _, pair := range [][2]string{
		{maker.ID, me.UserID},
		{maker.Email, me.Email},
		{strings.TrimSpace(maker.GivenName + " " + maker.FamilyName), strings.TrimSpace(me.GivenName + " " + me.FamilyName)},
	} {
		if pair[0] != "" && pair[1] != "" {
			return strings.EqualFold(pair[0], pair[1]), true
		}
	}
	return false, false
}

// answered tells whether the platform's answer named the new key, believably: an id that existed before would make a
// later discard revoke somebody's key.
func (w *work) answered() bool {
	id := w.out.Issued.Key.ID
	return plausible(id) && !w.before.has(id)
}

// plausible tells whether id has the form of an id at all.
func plausible(id string) bool {
	return id != "" && len(id) <= 128 && !strings.ContainsFunc(id, func(r rune) bool {
		return !unicode.IsPrint(r) || unicode.IsSpace(r) || strings.ContainsRune(`/\?#`, r)
	})
}

// judge says which of the new keys is the one that was made, and how sure that is.
func (w *work) judge(s sighting) {
	out := &w.out
	fits := make(map[string]fitting, len(s.fresh))
	for _, k := range s.fresh {
		fits[k.ID] = w.fit(k)
	}
	slices.SortStableFunc(s.fresh, func(a, b client.Key) int { return cmp.Compare(fits[a.ID].distance(), fits[b.ID].distance()) })
	out.Candidates, out.near = s.fresh, s.near
	out.Key, out.Certainty, out.Why = w.choose(s, fits)
	if out.Unanswered && out.Certainty == Certain {
		out.Certainty = Likely // nothing of the key itself was ever seen
	}
	if out.Unanswered && out.Why == "" {
		out.Why = "its secret never arrived"
	}
}

func (f fitting) distance() int {
	n := 0
	for _, step := range []struct {
		is   bool
		cost int
	}{{!f.named, 8}, {f.other, 4}, {f.grant, 2}, {!f.tied, 1}} {
		if step.is {
			n += step.cost
		}
	}
	return n
}

func (w *work) choose(s sighting, fits map[string]fitting) (*client.Key, Certainty, string) {
	if w.answered() {
		return w.chooseNamed(s, fits)
	}
	if len(s.fresh) == 0 {
		return nil, Unknown, "no new key was seen"
	}
	first := s.fresh[0]
	f := fits[first.ID]
	if len(s.fresh) == 1 {
		switch {
		case f.other:
			return nil, Unknown, "the only new key does not fit: " + f.why
		case f.grant && !f.named:
			return &first, Likely, "it is the only new key, but differs from what was asked"
		case !s.whole:
			return &first, Likely, "it is the only new key that was seen, but a list was partial"
		case !w.claims.readable:
			return &first, Likely, "it is the only new key, but the secret can't be compared with it"
		case f.anybody && !f.named:
			return &first, Likely, "it is the only new key, but it can't be told whether its maker is you"
		case !f.tied:
			return &first, Likely, "it is the only new key, but too little of it is shown"
		default:
			return &first, Certain, ""
		}
	}
	standing := func(good func(fitting) bool) (n int) {
		for _, k := range s.fresh {
			if good(fits[k.ID]) {
				n++
			}
		}
		return n
	}
	several := fmt.Sprintf("%d keys are new", len(s.fresh))
	switch {
	case f.named && !f.other && s.whole && w.claims.readable:
		return &first, Certain, "" // the secret itself says whose it is
	case f.exact() && standing(fitting.exact) == 1:
		return &first, Likely, several + ", one of them fits"
	case !f.other && standing(func(f fitting) bool { return !f.other }) == 1:
		return &first, Likely, several + ", one of them may fit"
	default:
		return nil, Unknown, several + ", and none stands out"
	}
}

// chooseNamed is for a platform whose answer tells the new key's id.
func (w *work) chooseNamed(s sighting, fits map[string]fitting) (*client.Key, Certainty, string) {
	k := w.out.Issued.Key // lists may be late: the answer's own word will do
	if s.named != nil {
		k = *s.named
	}
	f, ok := fits[k.ID]
	if !ok {
		f = w.fit(k)
	}
	switch {
	case f.other:
		return &k, Likely, "the platform's answer named it, but " + f.why
	case !w.before.near.whole:
		return &k, Likely, "the platform's answer named it, but the list from before was partial"
	default:
		return &k, Certain, ""
	}
}
