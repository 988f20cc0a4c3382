package ui

import (
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"fob/ui/desk"
)

// noteSession looks at the error of an answer: where it says that nobody is signed in, or no longer, and signing in is
// possible here, it opens the page for it over whatever is being done, which stays as it is.
//
// A question that was asked before somebody signed in, or of another platform, says nothing about the session of now.
func (p *program) noteSession(to screenID, began time.Time, err error) tea.Cmd {
	why, needed := desk.NeedsSignIn(err)
	if !needed || began.Before(p.signedAt) || to != p.whoLoad.to && p.find(to) == nil {
		return nil
	}
	if p.Desk == nil || !p.CanSignIn() || p.signinLeft || p.signinOpen() {
		return nil
	}
	return p.open(page{newSignin(p.world, why), false}, true)
}

// signinOpen tells whether somebody is being asked to sign in, or is told how to get there.
func (p *program) signinOpen() bool {
	return slices.ContainsFunc(p.pages, func(pg page) bool {
		switch pg.screen.(type) {
		case *signin, *outside:
			return true
		}
		return false
	})
}

// stayOutside opens the page with the ways on where nobody signed in and there is nothing to go back to: no page, and no
// list in any tab.
func (p *program) stayOutside(why string) tea.Cmd {
	if len(p.pages) > 0 || p.known.whoKnown || slices.ContainsFunc(p.tabs, func(t tab) bool {
		s, ok := t.screen.(*keysScreen)
		return ok && (len(s.rows) > 0 || !s.list.AsOf.IsZero())
	}) {
		return nil
	}
	return p.open(page{newOutside(p.world, why, p.options), false}, false)
}

// comeIn takes the page away on which somebody waited outside.
func (p *program) comeIn() {
	p.pages = slices.DeleteFunc(p.pages, func(pg page) bool {
		_, is := pg.screen.(*outside)
		return is
	})
}

// session hears what became of signing in, and what leads to other platforms.
func (p *program) session(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case signedInMsg:
		p.signedAt = time.Now()
		p.comeIn()
		if somebodyElse := msg.who.UserID != "" && p.person != "" && msg.who.UserID != p.person; somebodyElse && !msg.who.Elsewhere && p.guard() == "" {
			// What is shown, marked and planned is what the other person may see and meant to do.
			p.leave()
			p.pages, p.who, p.whoErr = nil, desk.Identity{}, nil
			p.lay()
			p.hear(saidMsg{text: "signed in as " + msg.who.Name + ": what was open was another person's, and is closed"})
			return p.begin(), true
		}
		if msg.who.Elsewhere {
			return p.reopen(), true
		}
		p.hear(saidMsg{text: strings.TrimSuffix("signed in as "+msg.who.Name, " as ")})
		for _, text := range msg.who.Warnings {
			p.hear(saidMsg{text: text, warning: true})
		}
		cmds := []tea.Cmd{p.askWho(), p.toAll(msg)}
		switch {
		case msg.who.Several && len(p.pages) == 0:
			cmds = append(cmds, p.chooseOrganization())
		case msg.who.Several: // what lies below belongs to this one
			p.hear(saidMsg{text: "you belong to several organizations: o chooses another one"})
		}
		return tea.Batch(cmds...), true
	case signinMsg:
		return p.open(page{newSignin(p.world, ""), false}, false), true
	case welcomeMsg:
		return p.open(page{newPlatformChoice(p.world, p.options.Platforms), false}, false), true
	case signinLeftMsg:
		p.signinLeft = true // until something else is asked of the platform
		return p.stayOutside(msg.why), true
	case againMsg:
		return p.begin(), true
	case profileMsg:
		return p.chooseProfile(), true
	case stashMsg:
		return p.show(3), true
	case openedMsg:
		if what := p.guard(); what != "" {
			p.hear(saidMsg{text: "not gone over: " + what})
			return nil, true
		}
		p.leave()
		p.Desk, p.pages, p.who, p.whoErr, p.signinLeft, p.lookedBack = msg.desk, nil, desk.Identity{}, nil, false, false
		if p.opened != nil {
			p.opened(msg.desk)
		}
		p.lay()
		return p.begin(), true
	}
	return nil, false
}

// leave drops what was asked of the platform that is left.
func (p *program) leave() {
	p.whoLoad.stop()
	for _, t := range p.tabs {
		if s, ok := t.screen.(interface{ Stop() }); ok {
			s.Stop()
		}
	}
}

// reopen opens this platform anew, without the organization that was worked in here last.
func (p *program) reopen() tea.Cmd {
	platforms, to := p.options.Platforms, desk.Target{Profile: p.LoginProfile(), APIURL: p.Origin(), Anew: true}
	if platforms == nil {
		return nil
	}
	return func() tea.Msg {
		ctx, cancel := deadline(askWithin)
		defer cancel()
		d, err := platforms.Switch(ctx, to)
		if err != nil {
			return saidMsg{text: explain(err), warning: true}
		}
		return openedMsg{d}
	}
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
