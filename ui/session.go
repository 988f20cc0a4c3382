package ui

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"fob/ui/desk"
)

// noteSession looks at the error of an answer: where it says that nobody is signed in, or no longer, and signing in is
// possible here, it opens the page for it over whatever is being done, which stays as it is.
func (p *program) noteSession(err error) tea.Cmd {
	why, needed := desk.NeedsSignIn(err)
	if !needed || p.Desk == nil || !p.CanSignIn() || p.signinLeft || p.signinOpen() {
		return nil
	}
	return p.open(page{newSignin(p.world, why), false}, true)
}

func (p *program) signinOpen() bool {
	for _, pg := range p.pages {
		if _, ok := pg.screen.(*signin); ok {
			return true
		}
	}
	return false
}

// session hears what became of signing in, and what leads to other platforms.
func (p *program) session(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case signedInMsg:
		p.hear(saidMsg{text: "signed in as " + msg.who.Name})
		for _, text := range msg.who.Warnings {
			p.hear(saidMsg{text: text, warning: true})
		}
		cmds := []tea.Cmd{p.askWho(), p.toAll(msg)}
		if msg.who.Several {
			cmds = append(cmds, p.chooseOrganization())
		}
		return tea.Batch(cmds...), true
	case signinMsg:
		return p.open(page{newSignin(p.world, ""), false}, false), true
	case welcomeMsg:
		return p.open(page{newPlatformChoice(p.world, p.options.Platforms), false}, false), true
	case signinLeftMsg:
		p.signinLeft = true // until something else is asked of the platform
		return nil, true
	case openedMsg:
		if p.acting > 0 {
			p.hear(saidMsg{text: "something is still under way here; go over once it is done", warning: true})
			return nil, true
		}
		p.Desk, p.pages, p.who, p.whoErr, p.signinLeft, p.lookedBack = msg.desk, nil, desk.Identity{}, nil, false, false
		if p.opened != nil {
			p.opened(msg.desk)
		}
		p.lay()
		return p.Init(), true
	}
	return nil, false
}

// endingSoon is how long before its end a session that can't be renewed counts down.
const endingSoon = 5 * time.Minute

// sessionEnding says when the session ends, once refreshing it has failed and it ends soon.
func (p *program) sessionEnding() string {
	if p.Desk == nil {
		return ""
	}
	state, _, own := p.SessionState()
	if !own || state.Failure == nil || state.Expiry.IsZero() {
		return ""
	}
	switch left := time.Until(state.Expiry); {
	case left > endingSoon:
		return ""
	case left <= 0:
		return "session over"
	default:
		return "session ends in " + desk.Ago(left)
	}
}

func (p *program) chooseOrganization() tea.Cmd {
	if p.options.Platforms == nil {
		return nil
	}
	return p.open(page{newOrganizationSwitcher(p.world, p.options.Platforms, p.who.OrganizationID), true}, false)
}

func (p *program) chooseProfile() tea.Cmd {
	if p.options.Platforms == nil {
		return nil
	}
	return p.open(page{newProfileSwitcher(p.world, p.options.Platforms), true}, false)
}
