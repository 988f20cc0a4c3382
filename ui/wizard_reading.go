package ui

import (
	"errors"

	tea "github.com/charmbracelet/bubbletea"

	"fob/config/stash"
)

func (w *wizard) readRoles() tea.Cmd {
	d := w.Desk
	return w.rolesLoad.start(askWithin, func(ctx ctxt) (tea.Msg, error) {
		roles, err := d.Roles(ctx)
		return rolesMsg{roles}, err
	})
}

// reachKeyring asks beside the first steps whether there is a keyring to preset.
func (w *wizard) reachKeyring() tea.Cmd {
	d := w.Desk
	return w.ringLoad.start(keepWithin, func(ctx ctxt) (tea.Msg, error) { return reachedMsg{}, d.ReachKeyring(ctx) })
}

func (w *wizard) readSpaces() tea.Cmd {
	d := w.Desk
	return w.spacesLoad.start(askWithin, func(ctx ctxt) (tea.Msg, error) {
		list, err := d.Workspaces(ctx)
		return spacesMsg{list}, err
	})
}

// loaded hears the answer to one of the wizard's questions. Each has a body of its own kind, also beside an error.
func (w *wizard) loaded(msg loadedMsg) tea.Cmd {
	switch body := msg.body.(type) {
	case rolesMsg:
		if w.rolesLoad.done(msg) {
			w.rolesErr, w.roleList, w.rolesRead = msg.err, body.roles, true
			w.rebuild(stepRole)
		}
	case spacesMsg:
		if w.spacesLoad.done(msg) {
			w.spacesErr, w.spaceList = msg.err, body.workspaces
			w.rebuild(stepWorkspaces)
		}
	case reachedMsg:
		if w.ringLoad.done(msg) && msg.err != nil && !w.chose {
			if w.step != stepPlace {
				w.preset()
			}
			w.rebuild(stepPlace)
		}
	case pathMsg:
		if w.check.done(msg) {
			w.pulse.stop()
			return w.checked(msg.err)
		}
	case triedMsg:
		if w.review.try.done(msg) {
			w.pulse.stop()
			w.review.hear(body, msg.err)
		}
	}
	return nil
}

// rebuild makes the field of the step that is shown, if it is that one: what it asks for has arrived.
func (w *wizard) rebuild(s step) {
	if w.step == s {
		w.build()
	}
}

// checked hears whether the env file would take the key.
func (w *wizard) checked(err error) tea.Cmd {
	w.hasKey, w.checkErr = errors.Is(err, stash.ErrHasKey), err
	if err != nil && !w.hasKey {
		w.build()
		return nil
	}
	w.checkErr = nil
	return w.forward()
}

// failure is why the step has nothing to choose from, nil if it has.
func (w *wizard) failure() error {
	switch w.step {
	case stepRole:
		return w.rolesErr
	case stepWorkspaces:
		return w.spacesErr
	}
	return nil
}

// again asks once more for what the step needs.
func (w *wizard) again() tea.Cmd {
	if w.step == stepRole {
		w.rolesErr, w.rolesRead = nil, false
		w.build()
		return w.readRoles()
	}
	w.spacesErr = nil
	w.build()
	return w.readSpaces()
}

// retry asks once more for everything that could not be read.
func (w *wizard) retry() tea.Cmd {
	var cmds []tea.Cmd
	if w.rolesErr != nil {
		w.rolesErr, w.rolesRead = nil, false
		cmds = append(cmds, w.readRoles())
	}
	if w.spacesErr != nil {
		w.spacesErr = nil
		cmds = append(cmds, w.readSpaces())
	}
	if len(cmds) > 0 {
		w.build()
	}
	return tea.Batch(cmds...)
}
