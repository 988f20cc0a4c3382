package ui

import (
	"errors"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"fob/ui/desk"
)

// known is what the root has found out and every screen may look at: who is signed in, which keys are being replaced,
// which are in quarantine, and how many have nobody. It is changed in the root's Update alone. A nil known knows nothing.
type known struct {
	who      desk.Identity
	whoKnown bool
	whoErr   error

	olds, news  map[string]desk.Rotating // the open rotations, by the old key's id and by the new one's
	quarantined map[string]desk.Quarantined
	orphans     int

	standing, looking load
}

// anew is a known that knows nothing, and hears no answer to what the one before asked. Its answers go to the root, who
// tells them apart by what they hold.
func (k *known) anew(to screenID) *known {
	fresh := &known{standing: load{to: to}, looking: load{to: to}}
	if k != nil {
		k.standing.stop()
		k.looking.stop()
		fresh.standing.seq, fresh.looking.seq = k.standing.seq, k.looking.seq
	}
	return fresh
}

// Messages of the root's own questions.
type (
	// standingMsg is what the journal says of keys that are under way; every screen hears it.
	standingMsg struct {
		rotations   []desk.Rotating
		quarantined []desk.Quarantined
	}
	// orphansMsg tells how many keys are left that nobody is known to have.
	orphansMsg struct{ left int }
)

// readStanding asks the journal which keys are being replaced or are in quarantine.
func (p *program) readStanding() tea.Cmd {
	d := p.Desk
	return p.known.standing.start(0, func(ctxt) (tea.Msg, error) {
		rotations, err := d.Rotations()
		quarantined, otherErr := d.Quarantined()
		return standingMsg{rotations, quarantined}, errors.Join(err, otherErr)
	})
}

// heardKnown hears the answers to the root's own questions. What can't be read of the journal is said by lookBack.
func (p *program) heardKnown(msg loadedMsg) (tea.Cmd, bool) {
	switch body := msg.body.(type) {
	case standingMsg:
		if msg.to != p.known.standing.to || !p.known.standing.done(msg) {
			return nil, true
		}
		p.known.take(body)
		return p.toAll(body), true
	case lookedBackMsg:
		if p.known.looking.done(msg) {
			p.hearLookedBack(body)
		}
		return nil, true
	}
	return nil, false
}

func (k *known) take(msg standingMsg) {
	k.olds, k.news, k.quarantined = map[string]desk.Rotating{}, map[string]desk.Rotating{}, map[string]desk.Quarantined{}
	for _, r := range msg.rotations {
		if r.Stage == desk.RotationFinished || r.Stage == desk.RotationAbandoned {
			continue
		}
		k.olds[r.KeyID] = r
		if r.NewID != "" {
			k.news[r.NewID] = r
		}
	}
	for _, q := range msg.quarantined {
		k.quarantined[q.KeyID] = q
	}
}

// changed tells every screen that keys were changed, and asks the journal again which are under way.
func (p *program) changed(msg changedMsg) tea.Cmd {
	return tea.Batch(p.toAll(msg), p.readStanding())
}

// rotation is the open rotation that a key is the old or the new one of.
func (k *known) rotation(id string) (desk.Rotating, bool) {
	if k == nil {
		return desk.Rotating{}, false
	}
	if r, ok := k.olds[id]; ok {
		return r, true
	}
	r, ok := k.news[id]
	return r, ok
}

// quarantine is the quarantine that a key is in.
func (k *known) quarantine(id string) (desk.Quarantined, bool) {
	if k == nil {
		return desk.Quarantined{}, false
	}
	q, ok := k.quarantined[id]
	return q, ok
}

// replaced tells whether a key waits to be revoked, because another has taken its place.
func (k *known) replaced(id string) bool {
	if k == nil {
		return false
	}
	r, ok := k.olds[id]
	return ok && (r.Stage == desk.RotationWaiting || r.Stage == desk.RotationPlacing)
}

// labelled is a line of details.
type labelled struct{ label, text string }

// about is what is under way with a key, and what can be done about its end.
func (k *known) about(row *desk.Row, now time.Time) []labelled {
	if k == nil {
		return nil
	}
	var lines []labelled
	old, isOld := k.olds[row.Key.ID]
	if isOld {
		switch old.Stage {
		case desk.RotationPlanned, desk.RotationMaking:
			lines = append(lines, labelled{"rotation", "begun " + desk.Until(old.Began, now) + " and not done: R shows where it stands"})
		case desk.RotationAbandoning:
			lines = append(lines, labelled{"rotation", "being undone: R shows where it stands"})
		default:
			text := "by " + orNew(old.NewName)
			if !old.WaitsUntil.IsZero() {
				text += ", waits until " + moment(old.WaitsUntil, now)
			}
			lines = append(lines, labelled{"replaced", text + ": R shows how far it is"})
		}
	}
	r, isNew := k.news[row.Key.ID]
	if isNew {
		lines = append(lines, labelled{"replaces", r.Name + ", which waits to be revoked: R shows how far it is"})
	}
	if q, ok := k.quarantined[row.Key.ID]; ok {
		text := "since " + moment(q.At, now)
		if q.Who != "" {
			text += " by " + q.Who
		}
		for _, d := range q.Lowered {
			text += "; " + d.Field + " was " + d.Before + ", is " + d.After
		}
		lines = append(lines, labelled{"quarantine", text + ". It still works for that; Q releases it"})
	}
	if !isOld && !isNew && (row.Status == desk.StatusExpiring || row.Status == desk.StatusExpired) && k.refusalOf(row) == "" {
		lines = append(lines, labelled{"its end", "R rotates it: a new key takes its place"})
	}
	return lines
}

// bindings are the keys for a key's later life, in the words that fit it. What may not be done isn't among them; a
// rotation that is under way can be looked at by anybody.
func (k *known) bindings(row *desk.Row) []key.Binding {
	id, why := row.Key.ID, k.refusalOf(row)
	turn := keys.Rotate
	if _, open := k.rotation(id); open {
		return append([]key.Binding{saying(turn, "its rotation")}, unless(why, k.braking(id))...)
	}
	return unless(why, turn, k.braking(id))
}

// braking is the key for quarantine, in the words that fit.
func (k *known) braking(id string) key.Binding {
	brake := keys.Quarantine
	if _, in := k.quarantine(id); in {
		brake = saying(brake, "release")
	}
	return brake
}

func orNew(name string) string {
	if strings.TrimSpace(name) == "" {
		return "a new key"
	}
	return name
}
