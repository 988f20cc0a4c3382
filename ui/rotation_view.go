package ui

import (
	"strings"

	"fob/client/lifecycle"
	"fob/client/visible"
	"fob/ui/desk"
)

// View draws where the rotation stands, and below it the question, or what is under way.
func (r *rotation) View() string {
	l := r.look
	lines := r.pageTitle("Rotation of "+r.at.Name, string(r.at.Stage), r.width)
	body, foot := r.lines(), r.foot()
	room := max(r.height-rotateFrame-len(foot), 2)
	if len(body) > room {
		from := min(r.scroll, len(body)-room+1)
		body = append(append([]string(nil), body[from:from+room-1]...), " "+l.faint.Render("more of it: up and down show it"))
	}
	return r.drawn(append(append(lines, body...), foot...), r.width)
}

// room is how many lines there are above the question.
func (r *rotation) room() int { return max(r.height-rotateFrame-len(r.foot()), 2) }

// lines are the stages, the places, and what is known of the old key.
func (r *rotation) lines() []string {
	l, at, now := r.look, &r.at, r.Now()
	if r.making != nil {
		return append([]string{""}, tail(r.making.lines(l, &r.pulse), r.height-rotateFrame-5)...)
	}
	var lines []string
	row := func(label, text string) { lines = append(lines, l.row(label, text, r.width)...) }
	if !at.Began.IsZero() && r.height >= 18 {
		text := moment(at.Began, now)
		if at.Who != "" {
			text += " by " + at.Who
		}
		row("begun", text)
	}
	row("old key", at.Name+" ("+desk.ShortID(at.KeyID)+")")
	row("new key", r.newWords())
	for i, s := range at.Spots {
		label := ""
		if i == 0 {
			label = "places"
		}
		switch {
		case s.Done:
			row(label, l.check+" "+s.Name)
		case s.Error != "":
			row(label, l.note+" "+s.Name+": "+s.Error+"; the old key is still in force there")
		default:
			row(label, l.dash+" "+s.Name+": not yet")
		}
	}
	if len(at.Spots) == 0 && at.Stage == desk.RotationWaiting {
		row("places", "none is known: give the new key by hand to whatever has the old one")
	}
	if !at.PlacedAt.IsZero() {
		row("replaced", moment(at.PlacedAt, now))
	}
	if !at.WaitsUntil.IsZero() {
		row("old waits", "until "+moment(at.WaitsUntil, now))
	}
	lines = append(lines, r.seenLines()...)
	for _, w := range at.Warnings {
		lines = append(lines, l.remark(l.warn, l.note, w, r.width)...)
	}
	if at.Failed != "" && r.interrupted() {
		lines = append(lines, l.remark(l.warn, l.note, "the last try made nothing: "+at.Failed, r.width)...)
	}
	return lines
}

// newWords say what is known of the new key.
func (r *rotation) newWords() string {
	at := &r.at
	name := orNew(at.NewName)
	switch {
	case at.Stage == desk.RotationPlanned:
		return name + ", not made yet"
	case at.Arrived:
		return name + ", made, and no place has its secret"
	case at.Stage == desk.RotationMaking:
		return name + ", and it isn't known what became of it"
	case at.NewID == "" && at.Stage != "":
		return name + ", and it isn't certain which key that is"
	case at.NewID == "":
		return "the journal tells"
	}
	return name + " (" + desk.ShortID(at.NewID) + ")"
}

// seenLines say what the search history tells of the old key, and what speaks against revoking it.
func (r *rotation) seenLines() []string {
	l, at, now := r.look, &r.at, r.Now()
	if at.Stage != desk.RotationWaiting && at.Stage != desk.RotationPlacing {
		return nil
	}
	var lines []string
	switch {
	case r.looking.busy():
		lines = append(lines, l.row("still seen", "asking the search history"+r.pulse.since()+" …", r.width)...)
	case at.Seen == nil:
		lines = append(lines, l.row("still seen", "not asked yet: r looks", r.width)...)
	default:
		lines = append(lines, l.row("still seen", r.sightingWords(), r.width)...)
		if at.Silent {
			lines = append(lines, l.row("silent", "since "+moment(at.SilentSince, now), r.width)...)
		}
	}
	if at.Seen == nil {
		return lines
	}
	for _, d := range at.Doubts {
		lines = append(lines, l.remark(l.warn, l.note, string(d), r.width)...)
	}
	if at.Suggested {
		lines = append(lines, l.remark(l.good, l.check, "nothing speaks against revoking the old key; it is your decision", r.width)...)
	}
	return lines
}

func (r *rotation) sightingWords() string {
	s := r.at.Seen
	last := ""
	if !s.Last.IsZero() {
		last = moment(s.Last, r.Now())
		if s.Workspace != "" {
			last += " in " + s.Workspace
		}
	}
	switch {
	case s.Verdict == lifecycle.KeySeen && !r.at.PlacedAt.IsZero() && s.Last.After(r.at.PlacedAt):
		return "yes, after it was replaced: " + last
	case s.Verdict == lifecycle.KeySeen:
		return "before it was replaced: " + last
	case s.Verdict == lifecycle.KeyNotSeen && last != "":
		return "no, the last time was " + last
	case s.Verdict == lifecycle.KeyNotSeen:
		return "no, not since it was replaced"
	case s.Why != "":
		return "cannot tell: " + s.Why
	}
	return "cannot tell"
}

// foot is the question, what is under way, or what can be done.
func (r *rotation) foot() []string {
	l := r.look
	lines := []string{""}
	if r.trouble != "" {
		lines = append(lines, l.remark(l.bad, l.note, r.trouble, r.width)...)
	}
	if r.err != nil {
		lines = append(lines, l.remark(l.bad, l.note, "could not be looked at: "+explain(r.err), r.width)...)
	}
	switch {
	case r.working != "":
		return append(lines, " "+l.accent.Render(r.pulse.spin(l))+" "+r.working+r.pulse.since())
	case r.asking != rotationAsksNothing:
		return append(lines, r.questionLines()...)
	}
	if r.height < 18 && r.at.Stage == desk.RotationWaiting { // the footer names the keys
		return lines
	}
	return append(lines, l.remark(l.faint, " ", r.nextWords(), r.width)...)
}

// nextWords say what can be done.
func (r *rotation) nextWords() string {
	switch {
	case r.at.Stage == desk.RotationFinished:
		return "The rotation is finished: the old key is gone."
	case r.at.Stage == desk.RotationAbandoned:
		return "The rotation was undone: the old key stays."
	case r.at.Stage == desk.RotationAbandoning:
		return "It is being undone: u goes on with that."
	case r.at.Stage == desk.RotationWaiting && r.interrupted():
		return "g tries the places again that don't have the new key; f revokes the old one; u undoes all of it."
	case r.interrupted():
		return "It was interrupted: g goes on with it, u undoes it. No second key is made."
	}
	return "It can be left here and gone on with on any day. f revokes the old key, u undoes all of it."
}

func (r *rotation) questionLines() []string {
	l := r.look
	var lines []string
	for _, text := range r.stakes() {
		lines = append(lines, " "+text)
	}
	say := func(text string) { lines = append(lines, l.remark(l.bold, " ", text, r.width)...) }
	switch r.asking {
	case rotationAsksFinish:
		say("Revoke " + r.at.Name + "? Whoever still uses it will get 401 from now on. This can't be undone.")
	case rotationAsksForce:
		doubts := make([]string, len(r.at.Doubts))
		for i, d := range r.at.Doubts {
			doubts[i] = string(d)
		}
		seen := ""
		if r.at.Seen != nil {
			seen = " Still seen: " + r.sightingWords() + "."
		}
		say("Revoke " + r.at.Name + " all the same?" + seen + " But " + strings.Join(doubts, "; ") + ". Whoever still uses it will get 401. This can't be undone.")
	case rotationAsksUndo:
		say(r.undoWords())
	case rotationAsksStuck:
		say("Revoke " + orNew(r.at.NewName) + " all the same? The places named above would have a key that doesn't work.")
	case rotationAsksWhich:
		say("It isn't certain which of these is the new key. Which one shall be revoked?")
		for i, c := range r.candidates {
			sign, style := "  ", l.plain
			if i == r.cursor {
				sign, style = l.cursor+" ", l.selected
			}
			text := strings.Join([]string{c.Label(), c.Type, c.Role, c.Scope}, " "+l.dot+" ")
			lines = append(lines, " "+style.Render(sign+l.truncate(text, r.width-6)))
		}
		return lines
	case rotationAsksNothing:
	}
	if r.word == "" {
		return append(lines, "   "+l.bold.Render("y")+" does it, esc leaves it as it is")
	}
	return append(lines, r.typed()...)
}

// typed is what has to be typed, and what has been: in a line of its own where a long name leaves it no room.
func (r *rotation) typed() []string {
	const least = 12
	label, in := `   Type "`+r.word+`" to do it: `, r.input
	in.Width = r.width - visible.Width(label) - 2
	if in.Width >= least {
		in.SetCursor(in.Position()) // what is shown of it follows from the width
		return []string{label + r.look.field(in)}
	}
	in.Width = max(r.width-8, least)
	in.SetCursor(in.Position())
	return []string{strings.TrimSuffix(label, " "), "   " + r.look.accent.Render("> ") + r.look.field(in)}
}

// undoWords say what undoing comes to.
func (r *rotation) undoWords() string {
	switch {
	case r.at.Stage == desk.RotationPlanned:
		return "Undo it? No new key was made."
	case r.at.Stage == desk.RotationMaking:
		return "Undo it? Whether a new key was made isn't known: if one was, it stays, and L shows it."
	case len(r.at.Spots) > 0:
		return "Undo it? The places get the old key back, and " + orNew(r.at.NewName) + " is revoked."
	}
	return "Undo it? " + orNew(r.at.NewName) + " is revoked, and the old key stays."
}
