package desk

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/visible"
)

// Words say what became of the orphan and, where something is left to be done, the command that does it.
func (o Orphan) Words() string {
	switch o.Fate {
	case lifecycle.AtIt:
		return fmt.Sprintf("%s is being made in %s by a fob that is running", o.Name, o.Where)
	case lifecycle.Held:
		var places []string
		for _, p := range o.found.Holding.Places {
			places = append(places, visible.Line(p.Destination))
		}
		return fmt.Sprintf("%s, which was being made in %s when fob ended, is kept in %s", o.Name, o.Where, strings.Join(places, ", "))
	case lifecycle.Nothing:
		return fmt.Sprintf("%s was not made in %s, or is gone: %s", o.Name, o.Where, o.Why)
	case lifecycle.Open:
		return fmt.Sprintf("whether %s was made in %s can't be told: %s; fob orphans looks again", o.Name, o.Where, o.Why)
	}
	l := lost{name: o.Name, where: o.Where, intent: shortIntent(o.Intent), several: len(o.Candidates)}
	if o.Key != nil {
		l.id, l.certain = o.Key.Key.ID, o.Certainty == lifecycle.Certain
	}
	return l.words()
}

// shortIntent is the start of an intent's name, which is random.
func shortIntent(intent string) string {
	if len(intent) > 8 {
		return intent[:8]
	}
	return intent
}

// LookBackFor is how old something unfinished may be to be named unasked, but for keys that nobody has: they are, always.
const LookBackFor = 7 * 24 * time.Hour

// LookedBack is what earlier programs began at a platform and left at no good end.
type LookedBack struct {
	Orphans []Orphan // the makings of keys, with what was found of each
	Others  []string // a line for everything else: revocations, changes, work on several keys, rotations
	Err     error    // the journal's, beside what could be read
}

// Lines are all that was found, a line for each.
func (l LookedBack) Lines() []string {
	lines := make([]string, 0, len(l.Orphans)+len(l.Others))
	for _, o := range l.Orphans {
		lines = append(lines, o.Words())
	}
	return append(lines, l.Others...)
}

// LookBack looks at what was begun at this platform and has come to no good end: a key whose making was cut off, however
// long ago, and what else was begun since a time. rotations tells whether those are wanted that are in the middle of
// something. It asks the platform only where there is a key to look for, and says nothing of what a fob that runs began,
// this one as well: that one tells of it. A key as the session looks at nothing: what is unfinished is a person's.
func (d *Desk) LookBack(ctx context.Context, since time.Time, rotations bool) LookedBack {
	var found LookedBack
	if v, err := d.credential(ctx); err != nil || client.LooksLikeKey(v) {
		return found
	}
	makings, err := lifecycle.Unsettled(d.options.Journal)
	if slices.ContainsFunc(makings, func(l lifecycle.Left) bool { return l.Origin == d.Origin() && !d.alive(l.Entry) }) {
		orphans, _ := d.Orphans(ctx)
		for _, o := range orphans {
			if o.Fate != lifecycle.AtIt && !d.alive(o.found.Entry) && ctx.Err() == nil {
				found.Orphans = append(found.Orphans, o)
			}
		}
	}
	others, otherErr := d.others(since, rotations, func(e lifecycle.Entry) bool { return !d.alive(e) })
	found.Others, found.Err = others, cmp.Or(err, otherErr)
	return found
}

// alive tells whether a fob that runs is at an intent.
func (d *Desk) alive(e lifecycle.Entry) bool {
	alive, known := lifecycle.Alive(d.options.Journal, e)
	return known && alive
}
