package ui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"fob/ui/desk"
)

// lookedBackMsg is what earlier programs left behind.
type lookedBackMsg struct{ found desk.LookedBack }

// lookBack looks for what an earlier fob began and didn't finish, once: a key that was being made may have nobody. It may
// ask the platform for its lists and the keyring for what it has, and nothing waits for it.
func (p *program) lookBack() tea.Cmd {
	if p.lookedBack {
		return nil
	}
	p.lookedBack = true
	d := p.Desk
	return p.known.looking.start(learnWithin, func(ctx ctxt) (tea.Msg, error) {
		return lookedBackMsg{d.LookBack(ctx, d.Now().Add(-desk.LookBackFor), true)}, nil
	})
}

// hearLookedBack says what was found on the status line; L shows it.
func (p *program) hearLookedBack(msg lookedBackMsg) {
	found := msg.found
	left := unresolved(found.Orphans)
	p.known.orphans = len(left)
	if found.Err != nil && len(left)+len(found.Others) > 0 {
		found.Others = append(found.Others, "the journal of this machine can't be read to its end: there may be more")
	}
	text := strings.Join(desk.LookedBack{Orphans: left, Others: found.Others}.Lines(), "; ")
	switch {
	case found.Err != nil && text == "":
		p.hear(saidMsg{text: "the journal of this machine can't be read: " + found.Err.Error(), warning: true})
	case len(left) > 0:
		p.hear(saidMsg{text: "L shows what is unfinished: " + orphanWords(left), warning: true, later: text})
	case text != "":
		p.hear(saidMsg{text: "L shows what is unfinished: " + text, later: text, warning: true})
	default:
		for _, o := range found.Orphans {
			if o.Fate == desk.FateHeld && o.Settled {
				p.hear(saidMsg{text: o.Name + " was made before fob ended: its secret is kept, and the stash knows it now"})
			}
		}
	}
}

// unresolved are the orphans that a person has to decide about.
func unresolved(all []desk.Orphan) []desk.Orphan {
	var left []desk.Orphan
	for _, o := range all {
		if !o.Settled && o.Fate != desk.FateAtIt {
			left = append(left, o)
		}
	}
	return left
}

// orphanWords name the keys that may have nobody.
func orphanWords(left []desk.Orphan) string {
	o := left[0]
	text := o.Name + " may have been made in " + o.Where + ", and nobody is known to have its secret"
	if n := len(left) - 1; n > 0 {
		text += "; and " + keysWord(n) + " more"
	}
	return text
}

// openLog opens the log, and over it what has to be decided.
func (p *program) openLog() tea.Cmd {
	cmd := p.open(page{newLogScreen(p.world), false}, false)
	if p.known.orphans > 0 {
		cmd = tea.Batch(cmd, p.open(page{newOrphans(p.world), false}, false))
	}
	return cmd
}
