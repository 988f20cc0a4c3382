package ui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"fob/ui/desk"
)

// marks are marked keys, and what they were chosen from.
type marks struct {
	rows  []*desk.Row
	from  desk.List
	known desk.Surroundings
}

// marker is a screen on which keys are marked.
type marker interface {
	around() (desk.List, desk.Surroundings) // what the marked keys were chosen from
	unmark(row *desk.Row)
}

// onKey hears the keys that every screen with a key has for its later life. chosen are the marked keys, if the screen has
// marks; on is where they are marked. One of them is as the one under the cursor.
func (w world) onKey(msg tea.KeyMsg, row *desk.Row, chosen []*desk.Row, on marker) (tea.Cmd, bool) {
	rotates, brakes := matches(msg, keys.Rotate), matches(msg, keys.Quarantine)
	switch {
	case !rotates && !brakes:
		return nil, false
	case len(chosen) > 1:
		if cmd, barred := w.barSome(chosen, on.unmark); barred {
			return cmd, true
		}
		list, known := on.around()
		return w.severally(rotates, marks{chosen, list, known}), true
	case len(chosen) == 1:
		row = chosen[0]
	}
	if row == nil {
		return w.say("the platform doesn't show this key"), true
	}
	if rotates {
		return w.rotate(row), true
	}
	return w.brake(row), true
}

// rotate opens the page on which a key is rotated, or the one that shows where its rotation stands.
func (w world) rotate(row *desk.Row) tea.Cmd {
	if at, open := w.known.rotation(row.Key.ID); open {
		return w.ask(openMsg{screen: newRotation(w, at)})
	}
	if cmd, barred := w.bar(row); barred {
		return cmd
	}
	return w.ask(openMsg{screen: newRotate(w, row)})
}

// brake opens the dialog that puts a key into quarantine, or releases it.
func (w world) brake(row *desk.Row) tea.Cmd {
	if cmd, barred := w.bar(row); barred {
		return cmd
	}
	return w.ask(openMsg{screen: newQuarantine(w, row), boxed: true})
}

// severally opens what asks before several keys are rotated, put into quarantine or, if all of them are there, released.
func (w world) severally(rotates bool, m marks) tea.Cmd {
	if rotates {
		return w.ask(openMsg{screen: newSeveralRotator(w, m)})
	}
	release := true
	for _, r := range m.rows {
		_, in := w.known.quarantine(r.Key.ID)
		release = release && in
	}
	verb := "quarantine"
	if release {
		verb = "release"
	}
	d := w.Desk
	// What somebody changed meanwhile is left as it is: Q on that key alone asks about it.
	prepare := func(ctx ctxt, _ func(desk.Step)) (desk.BulkAction, error) {
		action, err := d.Quarantining(ctx, release, desk.Undecided, nil)
		if err != nil || release {
			return action, err
		}
		const brake = "the platform can't disable a key: " // said once for all of them
		action.What = "The platform can't disable a key: whoever needs more of these than their lowered roles allow is refused. Q on them puts the roles back"
		judge := action.Judge
		action.Judge = func(i *desk.BulkItem) {
			judge(i)
			for n := range i.Warnings {
				i.Warnings[n] = strings.TrimPrefix(i.Warnings[n], brake)
			}
		}
		return action, nil
	}
	return w.ask(openMsg{screen: newPrepared(w, verb, prepare, m), boxed: true})
}
