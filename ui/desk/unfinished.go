package desk

import (
	"cmp"
	"fmt"
	"time"

	"fob/client/lifecycle"
	"fob/client/visible"
)

// Unfinished returns a line for everything that the journal says was begun at this platform at or after since and has
// come to no good end: it is under way right now, or it was left, and what came of it isn't known here, or nobody is
// known to have a new key's secret. The error is the journal's, where nothing can be said.
func (d *Desk) Unfinished(since time.Time) ([]string, error) {
	left, err := d.left(since)
	var lines []string
	for _, l := range left {
		if l.Kind == lifecycle.IssueIntent {
			lines = append(lines, unfinished(l))
		}
	}
	others, othersErr := d.others(since, true, func(lifecycle.Entry) bool { return true })
	lines = append(lines, others...)
	if err = cmp.Or(err, othersErr); err != nil && len(lines) > 0 {
		return append(lines, "the journal of this machine can't be read to its end: "+visible.Line(err.Error())), nil
	}
	return lines, err
}

// others are a line for everything but the making of keys that was begun at this platform at or after since, has come to
// no good end and is wanted. rotations tells whether those in the middle of something are among it.
func (d *Desk) others(since time.Time, rotations bool, wanted func(lifecycle.Entry) bool) ([]string, error) {
	var lines []string
	left, err := d.left(since)
	for _, l := range left {
		if l.Kind != lifecycle.IssueIntent && wanted(l.Entry) {
			lines = append(lines, unfinished(l))
		}
	}
	quarantines, quarantinesErr := lifecycle.Quarantined(d.options.Journal)
	for _, q := range quarantines {
		if q.CutOff && !q.At.Before(since) && q.Origin == d.Origin() && wanted(q.Entry) {
			lines = append(lines, unquarantined(q))
		}
	}
	err = cmp.Or(err, quarantinesErr)
	halts, haltsErr := lifecycle.Halts(d.options.Journal)
	for _, h := range halts {
		if h.CutOff && !h.At.Before(since) && h.Origin == d.Origin() && wanted(h.Entry) {
			lines = append(lines, cutOff(h))
		}
	}
	if !rotations {
		return lines, cmp.Or(err, haltsErr)
	}
	all, rotationsErr := d.rotations()
	for _, r := range all {
		if line := stopped(r); line != "" && !r.At.Before(since) && wanted(r.Entry) {
			lines = append(lines, line)
		}
	}
	return lines, cmp.Or(err, haltsErr, rotationsErr)
}

// unquarantined says that a quarantine, or the way out of it, has no end in the journal.
func unquarantined(q lifecycle.Quarantine) string {
	name := visible.Line(cmp.Or(q.KeyName, q.KeyID))
	doing := "put into quarantine"
	if q.Release != "" {
		doing = "released from quarantine"
	}
	return fmt.Sprintf("%s was being %s, and whether it was isn't known; fob show tells how it is now, and fob quarantine --release %s puts its old role back", name, doing, ShortID(q.KeyID))
}

// cutOff says that work on several keys has no end in the journal.
func cutOff(h lifecycle.Halted) string {
	again := "fob " + visible.Line(h.Verb)
	if h.Verb == verbRelease {
		again = "fob quarantine --release"
	}
	return fmt.Sprintf("%s of %s was cut off with %d left, or is under way; %[1]s --resume goes on with it", again, plural(len(h.IDs), "key"), len(h.Left))
}

// stopped says that a rotation is in the middle of something, "" if it isn't: one whose new key was being made is told of
// by that, and one that waits does so on purpose.
func stopped(r lifecycle.Rotation) string {
	next := "resume"
	switch r.Stage {
	case lifecycle.Planned, lifecycle.Placing:
	case lifecycle.Abandoning:
		next = "abandon"
	default:
		return ""
	}
	one := rotating(r)
	return fmt.Sprintf("the rotation of %s is %s: it was left there, or is under way; fob rotate --%s %s goes on with it", one.Name, one.Stage, next, ShortID(one.KeyID))
}

// Loose is Unfinished without the keys whose secrets are in the Holder: what Rescue doesn't look after. underWay tells
// whether anything may still come of it, also of those.
func (d *Desk) Loose(since time.Time) (lines []string, underWay bool) {
	left, _ := d.left(since) // whoever asks is leaving, and can do nothing about the journal
	for _, l := range left {
		underWay = underWay || l.UnderWay
		if _, held := d.holder.Get(l.Account); !held || l.Account == "" {
			lines = append(lines, unfinished(l))
		}
	}
	return lines, underWay
}

func (d *Desk) left(since time.Time) ([]lifecycle.Left, error) {
	all, err := lifecycle.Unfinished(d.options.Journal)
	var here []lifecycle.Left
	for _, l := range all {
		if !l.At.Before(since) && l.Origin == d.Origin() {
			here = append(here, l)
		}
	}
	return here, err
}

func unfinished(l lifecycle.Left) string {
	name := l.KeyName
	if name == "" {
		name = l.KeyID
	}
	switch l.Kind {
	case lifecycle.RevokeIntent:
		return fmt.Sprintf("%s was being revoked, and whether it is gone isn't known; fob list shows it if it is still there", visible.Line(name))
	case lifecycle.EditIntent:
		return fmt.Sprintf("%s was being changed, and whether it was isn't known; fob show tells how it is now", visible.Line(name))
	}
	name, where := keyWords(l)
	return lost{name: name, where: where, arrived: l.Arrived, underWay: l.UnderWay, id: l.KeyID, certain: l.Certainty == lifecycle.Certain}.words()
}

// keyWords are what a key that was being made was to be called, and where.
func keyWords(l lifecycle.Left) (name, where string) {
	name, where = "a key without a name", "the organization"
	if l.What != nil && l.What.Name != "" {
		name = visible.Line(l.What.Name)
	}
	if l.Workspace != "" {
		where = visible.Line(l.Workspace)
	}
	return name, where
}

// lost is a key whose making came to no good end, as far as it is known: from the journal alone, or after a look at the
// keys that there are. Both are said in the same words.
type lost struct {
	name, where string
	arrived     bool   // its secret did, and nobody is known to have it
	underWay    bool   // no outcome is written
	id          string // the key that it is, or may be
	certain     bool   // it is that one
	intent      string // with id: what fob orphans takes for it, after a look
	several     int    // how many keys it may be, after a look
}

func (l lost) words() string {
	revoke := "fob orphans looks for it, to revoke it or to leave it"
	switch id := visible.Line(l.id); {
	case l.id != "" && l.certain:
		revoke = "fob orphans --revoke " + id + " revokes it"
	case l.id != "" && l.intent != "":
		revoke = fmt.Sprintf("it may be %s: fob orphans --revoke %s --key %[1]s revokes that, fob orphans --leave %[2]s leaves it", id, visible.Line(l.intent))
	case l.id != "":
		revoke = "it may be " + id + ": fob orphans shows it, to revoke it or to leave it"
	case l.several > 0:
		revoke = "it may be any of " + plural(l.several, "key") + ": fob orphans shows them, to revoke it or to leave it"
	}
	switch {
	case l.arrived:
		return fmt.Sprintf("%s was made in %s, and its secret is not known to be kept anywhere; if you don't have it, %s", l.name, l.where, revoke)
	case l.underWay && l.id == "" && l.several == 0:
		return fmt.Sprintf("%s was being made in %s, and whether it exists isn't known; if it does, nobody has its secret: %s", l.name, l.where, revoke)
	case l.certain:
		return fmt.Sprintf("%s was made in %s, and nobody has its secret; %s", l.name, l.where, revoke)
	}
	return fmt.Sprintf("%s may have been made in %s, and nobody has its secret; %s", l.name, l.where, revoke)
}
