package desk

import (
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

// LookBack looks at what was begun at this platform and has come to no good end, and says what it found, a line for each:
// a key whose making was cut off, however long ago, and what else was begun since a time. rotations tells whether those
// are wanted that are in the middle of something. It asks the platform only where there is a key to look for, and says
// nothing of what a fob that runs began, this one as well: that one tells of it. A key as the session looks at nothing:
// what is unfinished is a person's.
func (d *Desk) LookBack(ctx context.Context, since time.Time, rotations bool) []string {
	if v, err := d.credential(ctx); err != nil || client.LooksLikeKey(v) {
		return nil
	}
	var lines []string
	left, _ := d.left(time.Time{}) // a journal that can't be read is said by whoever reads it to do something
	for _, l := range left {
		if l.Kind != lifecycle.IssueIntent && !l.At.Before(since) && !d.alive(l.Entry) {
			lines = append(lines, unfinished(l))
		}
	}
	makings, _ := lifecycle.Unsettled(d.options.Journal)
	if slices.ContainsFunc(makings, func(l lifecycle.Left) bool { return l.Origin == d.Origin() && !d.alive(l.Entry) }) {
		found, _ := d.Orphans(ctx)
		for _, o := range found {
			if o.Fate != lifecycle.AtIt && !d.alive(o.found.Entry) && ctx.Err() == nil {
				lines = append(lines, o.Words())
			}
		}
	}
	if !rotations {
		return lines
	}
	all, _ := d.rotations()
	for _, r := range all {
		if line := stopped(r); line != "" && !r.At.Before(since) && !d.alive(r.Entry) {
			lines = append(lines, line)
		}
	}
	return lines
}

// alive tells whether a fob that runs is at an intent.
func (d *Desk) alive(e lifecycle.Entry) bool {
	alive, known := lifecycle.Alive(d.options.Journal, e)
	return known && alive
}
