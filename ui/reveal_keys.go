package ui

import (
	"errors"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"fob/client/lifecycle"
	"fob/client/visible"
	"fob/config/stash"
	"fob/ui/desk"
)

// lostWord is what has to be typed to leave a key that nobody has.
const lostWord = "lost"

// key hears one key.
func (r *reveal) key(msg tea.KeyMsg) tea.Cmd {
	switch {
	case r.gone, r.discarding:
		return nil
	case !r.shown.IsZero():
		r.hide()
		return nil
	case r.unanswered():
		if leaves(msg) {
			return r.leave()
		}
		return nil
	case r.asking != askNothing:
		return r.answer(msg)
	case r.waited != nil || r.check.busy():
		if matches(msg, keys.Back) {
			r.giveUp()
		}
		return nil
	case leaves(msg):
		if r.kept() {
			return r.leave()
		}
		r.insisted, r.word = true, 0
		return nil
	case r.spell(msg):
		if r.word == len(lostWord) {
			return r.abandon()
		}
		return nil
	}
	return r.choose(msg)
}

// leaves tells whether the key is one that leaves a screen.
func leaves(msg tea.KeyMsg) bool {
	return matches(msg, keys.Done) || matches(msg, keys.Back) || matches(msg, keys.Quit)
}

// spell collects the letters of the word that leaves, and tells whether the key was taken for it. Once it is begun, a
// letter that doesn't continue it begins anew and does nothing else, so that nothing happens in the middle of a word.
func (r *reveal) spell(msg tea.KeyMsg) bool {
	if r.kept() || msg.Type != tea.KeyRunes || len(msg.Runes) != 1 || msg.Alt {
		return false
	}
	typed := string(msg.Runes)
	switch {
	case typed == lostWord[r.word:r.word+1]:
		r.word++
	case typed == lostWord[:1]:
		r.word = 1
	case r.word > 0:
		r.word = 0
	default:
		return false
	}
	return true
}

// choose hears the keys for the ways out.
func (r *reveal) choose(msg tea.KeyMsg) tea.Cmd {
	switch {
	case matches(msg, keys.Keep) && !r.way(desk.InKeyring).done:
		return r.send(r.way(desk.InKeyring), desk.Place{Kind: desk.InKeyring}, "keeping "+r.issued.Name+" in the keyring")
	case matches(msg, keys.Copy):
		return r.send(r.way(desk.OnClipboard), desk.Place{Kind: desk.OnClipboard}, "sending "+r.issued.Name+" to the clipboard")
	case matches(msg, keys.Clear) && r.way(desk.OnClipboard).done:
		d := r.Desk
		return r.action(r.id, "clearing the clipboard", func(ctx ctxt) (tea.Msg, error) {
			return clearedMsg{}, d.ClearClipboard(ctx)
		})
	case matches(msg, keys.EnvFile) && !r.way(desk.InEnvFile).flying:
		r.asking, r.fileErr = askPath, ""
		r.path.CursorEnd()
		r.path.Focus()
	case matches(msg, keys.Pipe):
		return r.choosePipe()
	case matches(msg, keys.Show):
		d, account := r.Desk, r.issued.Account
		return r.showing.start(askWithin, func(ctx ctxt) (tea.Msg, error) {
			v, err := d.Show(ctx, account)
			return shownKeyMsg{v}, err
		})
	case matches(msg, keys.Discard) && r.discardable():
		r.discardErr = ""
		if r.issued.Certainty == lifecycle.Certain {
			r.asking = askDiscard
			return nil
		}
		return r.which()
	}
	return nil
}

// send puts the key into one more place, and waits for it.
func (r *reveal) send(w *way, p desk.Place, what string) tea.Cmd {
	if w.flying {
		return r.say("still waiting for the answer of an earlier try")
	}
	w.became = became{flying: true}
	r.waited = w
	d, account := r.Desk, r.issued.Account
	return tea.Batch(r.pulse.start(), r.action(r.id, what, func(ctx ctxt) (tea.Msg, error) {
		placed, err := d.Put(ctx, account, p)
		return putMsg{w, placed}, err
	}))
}

// giveUp stops waiting: what was begun goes on, and its answer is still heard.
func (r *reveal) giveUp() {
	r.check.stop()
	r.pulse.stop()
	r.waited = nil
}

// answer hears the key after a question.
func (r *reveal) answer(msg tea.KeyMsg) tea.Cmd {
	asked := r.asking
	switch asked {
	case askPath:
		return r.pathKey(msg)
	case askWhich:
		return r.whichKey(msg)
	case askPipe:
		return r.pipeKey(msg)
	case askNothing, askReplace, askWarned, askDiscard:
	}
	r.asking = askNothing
	if msg.String() != "y" {
		r.notes = nil
		return nil
	}
	switch asked {
	case askReplace:
		r.file.Replace = true
		return r.checkFile()
	case askWarned:
		return r.writeFile()
	case askDiscard:
		return r.discard()
	case askNothing, askPath, askWhich, askPipe:
	}
	return nil
}

func (r *reveal) pathKey(msg tea.KeyMsg) tea.Cmd {
	switch {
	case matches(msg, keys.Back):
		r.asking = askNothing
		r.path.Blur()
	case matches(msg, keys.Details):
		path := strings.TrimSpace(r.path.Value())
		if path == "" {
			return nil
		}
		r.asking = askNothing
		r.path.Blur()
		r.file = desk.Place{Kind: desk.InEnvFile, Path: path}
		return r.checkFile()
	default:
		r.path, _ = typeInto(r.path, msg) // the command is the cursor's blinking
	}
	return nil
}

// checkFile tries the env file before the key is written into it.
func (r *reveal) checkFile() tea.Cmd {
	d, place, only := r.Desk, r.file, r.issued.Workspace
	r.notes = nil
	return tea.Batch(r.pulse.start(), r.check.start(askWithin, func(ctx ctxt) (tea.Msg, error) {
		tried, err := d.Try(ctx, place, only)
		return fileMsg{tried}, err
	}))
}

// checkedFile hears whether the env file would take the key.
func (r *reveal) checkedFile(tried desk.Tried, err error) tea.Cmd {
	switch {
	case errors.Is(err, stash.ErrHasKey):
		r.asking = askReplace
		return nil
	case err != nil:
		r.way(desk.InEnvFile).err = placeFailure(err)
		return nil
	case len(tried.Warnings) > 0:
		r.asking, r.notes = askWarned, tried.Warnings
		return nil
	}
	return r.writeFile()
}

func (r *reveal) writeFile() tea.Cmd {
	r.notes = nil
	return r.send(r.way(desk.InEnvFile), r.file, "writing "+r.issued.Name+" into "+visible.Line(r.file.Path))
}

// discard revokes the key, which is certain to be the new one.
func (r *reveal) discard() tea.Cmd {
	r.discarding = true
	d, account, id := r.Desk, r.issued.Account, ""
	if r.issued.Key != nil {
		id = r.issued.Key.ID
	}
	return r.action(r.id, "revoking "+r.issued.Name, func(ctx ctxt) (tea.Msg, error) {
		_, err := d.Discard(ctx, account)
		return discardedMsg{id}, err
	})
}

func (r *reveal) notDiscarded(err error) tea.Cmd {
	if errors.Is(err, lifecycle.ErrNotCertain) {
		return r.which()
	}
	r.discardErr = explain(err)
	return nil
}

// which asks which of the keys that are new is to be revoked.
func (r *reveal) which() tea.Cmd {
	if len(r.issued.Candidates) == 0 {
		r.discardErr = "no new key was seen in the list: look for it in the table, x revokes it there"
		return nil
	}
	r.asking, r.cursor = askWhich, 0
	return nil
}

func (r *reveal) whichKey(msg tea.KeyMsg) tea.Cmd {
	switch {
	case matches(msg, keys.Up):
		r.cursor = max(r.cursor-1, 0)
	case matches(msg, keys.Down):
		r.cursor = min(r.cursor+1, len(r.issued.Candidates)-1)
	case matches(msg, keys.Back):
		r.asking = askNothing
	case matches(msg, keys.Details):
		r.asking, r.discarding = askNothing, true
		d, account, key := r.Desk, r.issued.Account, r.issued.Candidates[r.cursor]
		row := desk.NewRow(key, r.scope.Workspace, desk.Names{}, d.Now())
		return r.action(r.id, "revoking "+row.Label(), func(ctx ctxt) (tea.Msg, error) {
			_, err := d.DiscardChosen(ctx, account, key, "chosen where it was revealed")
			return discardedMsg{key.ID}, err
		})
	}
	return nil
}

// abandon leaves the key with nobody, as the word asked for.
func (r *reveal) abandon() tea.Cmd {
	r.discarding = true
	d, account := r.Desk, r.issued.Account
	return r.action(r.id, "leaving "+r.issued.Name, func(ctx ctxt) (tea.Msg, error) {
		return abandonedMsg{}, d.Abandon(ctx, account)
	})
}

// leave closes the screen of a key that is kept, or of which there is no secret, and lets the desk forget it. Who leaves a
// key without a secret has seen that nobody has it: it need not be named again.
func (r *reveal) leave() tea.Cmd {
	d, account, seen := r.Desk, r.issued.Account, r.unanswered()
	return tea.Batch(r.close(changedMsg{made: r.madeID()}, ""), (&load{to: r.id}).start(askWithin, func(ctx ctxt) (tea.Msg, error) {
		if seen {
			return nil, d.Abandon(ctx, account)
		}
		d.Leave(account)
		return nil, nil
	}))
}
