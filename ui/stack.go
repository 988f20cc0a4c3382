package ui

import (
	"context"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

type ctxt = context.Context

// toMsg is a message of a screen to itself, or of a form to its step: it goes to that screen, whoever is on top.
type toMsg struct {
	to   screenID
	body tea.Msg
}

// matches tells whether the key is one of the binding's.
func matches(msg tea.KeyMsg, b key.Binding) bool { return key.Matches(msg, b) }

// active is the screen that has the keyboard.
func (p *program) active() screen {
	if n := len(p.pages); n > 0 {
		return p.pages[n-1].screen
	}
	return p.tabs[p.current].screen
}

// toActive hands a message to the active screen.
func (p *program) toActive(msg tea.Msg) tea.Cmd {
	if n := len(p.pages); n > 0 {
		return p.update(&p.pages[n-1].screen, msg)
	}
	if len(p.tabs) == 0 {
		return nil
	}
	return p.update(&p.tabs[p.current].screen, msg)
}

// find returns the place of the screen with that id, nil if it is gone.
func (p *program) find(id screenID) *screen {
	for i := range p.pages {
		if s, ok := p.pages[i].screen.(identified); ok && s.ID() == id {
			return &p.pages[i].screen
		}
	}
	for i := range p.tabs {
		if s, ok := p.tabs[i].screen.(identified); ok && s.ID() == id {
			return &p.tabs[i].screen
		}
	}
	return nil
}

// deliver hands a message to the screen with that id, if it still lives.
func (p *program) deliver(id screenID, msg tea.Msg) tea.Cmd {
	if place := p.find(id); place != nil {
		return p.update(place, msg)
	}
	return nil
}

// toAll hands a message to every screen.
func (p *program) toAll(msg tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	for i := range p.tabs {
		cmds = append(cmds, p.update(&p.tabs[i].screen, msg))
	}
	for i := range p.pages {
		cmds = append(cmds, p.update(&p.pages[i].screen, msg))
	}
	return tea.Batch(cmds...)
}

func (p *program) update(place *screen, msg tea.Msg) tea.Cmd {
	next, cmd := (*place).Update(msg)
	*place = next
	return cmd
}

// open puts a page on top. Its Init, if it has one, is its first command.
func (p *program) open(pg page, settle bool) tea.Cmd {
	p.pages = append(p.pages, pg)
	p.layout()
	var cmds []tea.Cmd
	if s, ok := pg.screen.(interface{ Init() tea.Cmd }); ok {
		cmds = append(cmds, s.Init())
	}
	if settle {
		p.settled = false
		cmds = append(cmds, p.settle())
	}
	return tea.Batch(cmds...)
}

// settle begins the pause anew: the screen takes keys once nothing was typed for settleFor.
func (p *program) settle() tea.Cmd {
	p.settling++
	return after(settleFor, settledMsg{p.settling})
}

func (p *program) close(id screenID) {
	for i := range p.pages {
		if s, ok := p.pages[i].screen.(identified); ok && s.ID() == id {
			p.pages = append(p.pages[:i:i], p.pages[i+1:]...)
			p.layout()
			return
		}
	}
}

// show brings a tab to the front.
func (p *program) show(i int) tea.Cmd {
	if i >= len(p.tabs) {
		return nil
	}
	p.current = i
	p.layout()
	return p.update(&p.tabs[i].screen, shownMsg{})
}

// shownMsg tells a tab that it came to the front.
type shownMsg struct{}

// toggleHelp opens the list of keys for the active screen, or closes it.
func (p *program) toggleHelp() tea.Cmd {
	if n := len(p.pages); n > 0 {
		if h, ok := p.pages[n-1].screen.(*helpScreen); ok {
			p.close(h.id)
			return nil
		}
	}
	return p.open(page{newHelpScreen(p.world, p.active(), len(p.pages) == 0, p.options.Platforms != nil), true}, false)
}

// unguarded tells whether nothing on screen needs an answer.
func (p *program) unguarded() bool { return p.guard() == "" }

// guard says what would be lost by leaving now, "" if nothing.
func (p *program) guard() string {
	for i := len(p.pages) - 1; i >= 0; i-- {
		if g, ok := p.pages[i].screen.(guarded); ok {
			if what := g.Guard(); what != "" {
				return what
			}
		}
	}
	if p.acting > 0 {
		return "something is still under way"
	}
	if p.Desk != nil && len(p.Desk.Holder().Unsaved()) > 0 { // whichever page it came from
		return "a new key was made, and no place has its secret yet"
	}
	return ""
}

// cancel hears ctrl+c: it leaves from anywhere, but asks where something would be lost. The second ctrl+c leaves.
func (p *program) cancel() tea.Cmd {
	what := p.guard()
	if what == "" || p.asking != "" {
		p.quitting = true
		return tea.Quit
	}
	p.asking = what
	return nil
}

// answer hears the key after ctrl+c asked.
func (p *program) answer(tea.KeyMsg) tea.Cmd {
	p.asking = ""
	return nil
}

// quit leaves, unless something would be lost.
func (p *program) quit() tea.Cmd {
	if what := p.guard(); what != "" {
		p.asking = what
		return nil
	}
	p.quitting = true
	return tea.Quit
}
