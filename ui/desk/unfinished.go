package desk

import (
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
	lines := make([]string, len(left))
	for i, l := range left {
		lines[i] = unfinished(l)
	}
	halts, haltsErr := lifecycle.Halts(d.options.Journal)
	for _, h := range halts {
		if h.CutOff && !h.At.Before(since) && h.Origin == d.Origin() {
			lines = append(lines, fmt.Sprintf("fob %s of %s was cut off with %d left, or is under way; fob %[1]s --resume goes on with it", visible.Line(h.Verb), plural(len(h.IDs), "key"), len(h.Left)))
		}
	}
	if err == nil {
		err = haltsErr
	}
	if err != nil && len(lines) > 0 {
		return append(lines, "the journal of this machine can't be read to its end: "+visible.Line(err.Error())), nil
	}
	return lines, err
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
	name = "a key without a name"
	if l.What != nil && l.What.Name != "" {
		name = visible.Line(l.What.Name)
	}
	where := "the organization"
	if l.Workspace != "" {
		where = visible.Line(l.Workspace)
	}
	revoke := "look for it with fob list, and revoke it"
	if l.KeyID != "" {
		revoke = "fob revoke " + visible.Line(l.KeyID) + " revokes it"
		if l.Certainty != lifecycle.Certain {
			revoke = "it may be " + visible.Line(l.KeyID) + ": look at it with fob show, and revoke it"
		}
	}
	switch {
	case l.Arrived:
		return fmt.Sprintf("%s was made in %s, and its secret is not known to be kept anywhere; if you don't have it, %s", name, where, revoke)
	case l.UnderWay:
		return fmt.Sprintf("%s was being made in %s, and whether it exists isn't known; if fob list shows it, nobody has its secret: revoke it", name, where)
	case l.KeyID != "":
		return fmt.Sprintf("%s may have been made in %s, and nobody has its secret; %s", name, where, revoke)
	}
	return fmt.Sprintf("%s may have been made in %s; if fob list shows it, nobody has its secret: revoke it", name, where)
}
