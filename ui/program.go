// Package ui is fob's terminal program: one file per screen. The root model in this file owns size, the active screen,
// what lies over it, the status line and quitting.
package ui

import (
	"cmp"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"fob/ui/desk"
)

// Smallest terminal in which everything that is needed can be shown.
const (
	minWidth  = 60
	minHeight = 16
)

// settleFor is how long the typing has to be quiet before a screen that opened by itself takes keys.
const settleFor = 400 * time.Millisecond

// Options say how the program is run.
type Options struct {
	UTF8     bool                       // the locale can show UTF-8
	Warnings []string                   // shown on the status line at the start
	Demo     func() (*desk.Desk, error) // makes the demo organization that the welcome screen offers

	Platforms Platforms // what can be gone over to; nil: nothing

	clock func() time.Time // nil: the desk's
}

// program is the root model.
type program struct {
	world
	options       Options
	width, height int

	tabs    []tab
	current int
	pages   []page // over the tabs, the last on top

	lookedBack bool // what earlier programs left unfinished has been named
	who        desk.Identity
	whoErr     error
	whoLoad    load
	acting     int // actions under way
	settling   int // >0: keys are ignored; counts the pauses that have been begun
	settled    bool
	asking     string           // "" or what ctrl+c asked about
	person     string           // the id of whoever the platform said it was last
	signedAt   time.Time        // when somebody last signed in
	signinLeft bool             // somebody was asked to sign in, and did not
	opened     func(*desk.Desk) // told of every desk that is gone over to; may be nil
	ending     string           // when the session ends, in words, where it can't be renewed; "" otherwise
	said       saidMsg
	warnings   []string
	quitting   bool
}

type tab struct {
	label string
	screen
}

type page struct {
	screen
	boxed bool
}

type settledMsg struct{ n int }

type whoMsg struct {
	who desk.Identity
	err error // the platform didn't say
}

type tickMsg time.Time

func newProgram(d *desk.Desk, o Options) *program {
	ids := screenID(0)
	w := world{Desk: d, look: newLook(o.UTF8), ids: &ids, post: new([]tea.Msg), clock: o.clock}
	p := &program{world: w, options: o, settled: true}
	p.whoLoad.to = w.newID()
	for _, text := range o.Warnings {
		p.hear(saidMsg{text: text, warning: true})
	}
	if d == nil {
		p.pages = []page{{screen: newWelcome(w, o.Platforms, o.Demo)}}
		return p
	}
	p.lay()
	return p
}

// lay sets out the tabs of the desk.
func (p *program) lay() {
	p.known = p.known.anew(p.whoLoad.to)
	workspace, organization := newKeysScreen(p.world, false), newKeysScreen(p.world, true)
	workspace.other, organization.other = organization, workspace
	p.tabs = []tab{{"Workspace", workspace}, {"Organization", organization}, {"Audit", newAuditScreen(p.world)}, {"Stash", newStashScreen(p.world)}}
	p.layout()
}

// Init asks who is signed in and starts the tabs.
func (p *program) Init() tea.Cmd {
	if p.Desk == nil {
		return nil
	}
	return tea.Batch(p.begin(), after(time.Second, tickMsg{}))
}

// begin asks what is needed of a platform that has just been opened.
func (p *program) begin() tea.Cmd {
	cmds := []tea.Cmd{p.askWho(), p.readStanding()}
	for _, t := range p.tabs {
		if s, ok := t.screen.(interface{ Init() tea.Cmd }); ok {
			cmds = append(cmds, s.Init())
		}
	}
	return tea.Batch(cmds...)
}

// Update is the one order in which everything is heard: size, ctrl+c, results by request, the pause after a screen opened by
// itself, what lies on top, a focused text field, the screen's keys, global keys, and the rest to the active screen.
func (p *program) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if k, ok := msg.(tea.KeyMsg); ok && k.Type == tea.KeyRunes && len(k.Runes) > 1 && !k.Paste {
		return p, p.each(k)
	}
	cmd := p.hearOne(msg)
	return p, tea.Batch(cmd, p.answerPosts())
}

// answerPosts does what screens have asked for, and what that leads to.
func (p *program) answerPosts() tea.Cmd {
	var cmds []tea.Cmd
	for len(*p.post) > 0 {
		next := (*p.post)[0]
		*p.post = (*p.post)[1:]
		cmds = append(cmds, p.hearOne(next))
	}
	return tea.Batch(cmds...)
}

func (p *program) hearOne(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		p.resize(msg.Width, msg.Height)
		return nil
	case tea.KeyMsg:
		if matches(msg, keys.Cancel) {
			return p.cancel()
		}
		return p.key(msg)
	}
	if cmd, mine := p.result(msg); mine {
		return cmd
	}
	if cmd, mine := p.request(msg); mine {
		return cmd
	}
	return p.toActive(msg)
}

// each hears keys that arrived in one burst one after another; a binding matches one key, never three at once.
func (p *program) each(burst tea.KeyMsg) tea.Cmd {
	var cmds []tea.Cmd
	for _, r := range burst.Runes {
		one := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}, Alt: burst.Alt}
		if r == ' ' {
			one.Type = tea.KeySpace
		}
		_, cmd := p.Update(one)
		cmds = append(cmds, cmd)
	}
	return tea.Batch(cmds...)
}

// key hears one key.
func (p *program) key(msg tea.KeyMsg) tea.Cmd {
	if !p.settled {
		return p.settle()
	}
	if p.asking != "" {
		return p.answer(msg)
	}
	if p.tooSmall() && p.unguarded() {
		return nil
	}
	p.said, p.signinLeft = saidMsg{}, false
	if len(p.pages) > 0 {
		top := p.pages[len(p.pages)-1]
		if t, ok := top.screen.(typing); (!ok || !t.Typing()) && matches(msg, keys.Help) {
			return p.toggleHelp()
		}
		return p.toActive(msg)
	}
	active := p.active()
	if t, ok := active.(typing); ok && t.Typing() {
		return p.toActive(msg)
	}
	switch {
	case matches(msg, keys.Tab1):
		return p.show(0)
	case matches(msg, keys.Tab2):
		return p.show(1)
	case matches(msg, keys.Tab3):
		return p.show(2)
	case matches(msg, keys.Tab4):
		return p.show(3)
	case matches(msg, keys.NextTab):
		return p.show((p.current + 1) % len(p.tabs))
	case matches(msg, keys.PrevTab):
		return p.show((p.current + len(p.tabs) - 1) % len(p.tabs))
	case matches(msg, keys.Help):
		return p.toggleHelp()
	case matches(msg, keys.Log):
		return p.openLog()
	case matches(msg, keys.Quit):
		return p.quit()
	case matches(msg, keys.Organization):
		return p.chooseOrganization()
	case matches(msg, keys.Profile):
		return p.chooseProfile()
	case matches(msg, keys.Refresh) && p.whoErr != nil && !p.whoLoad.busy():
		return tea.Batch(p.askWho(), p.toActive(msg))
	}
	return p.toActive(msg)
}

// result hears answers and hands them to whom they are for; an action's answer is heard even if its screen is gone.
func (p *program) result(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case loadedMsg:
		if cmd, mine := p.heardKnown(msg); mine {
			return cmd, true
		}
		if msg.to == p.whoLoad.to {
			return p.heardWho(msg), true
		}
		return tea.Batch(p.noteSession(msg.to, msg.began, msg.err), p.deliver(msg.to, msg)), true
	case streamMsg:
		return tea.Batch(p.deliver(msg.to, msg), msg.next), true
	case actingMsg:
		p.acting++
		return nil, true
	case restedMsg:
		p.acting = max(p.acting-1, 0)
		return nil, true
	case actedMsg:
		p.acting = max(p.acting-1, 0)
		if p.find(msg.to) == nil {
			p.hear(outcomeOf(msg))
			return p.changed(changedMsg{}), true // whatever came of it, the lists may be another now
		}
		return tea.Batch(p.noteSession(msg.to, msg.began, msg.err), p.deliver(msg.to, msg)), true
	case toMsg:
		return p.deliver(msg.to, msg.body), true
	}
	return nil, false
}

// request hears what screens ask of the root.
func (p *program) request(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case openMsg:
		return p.open(page{msg.screen, msg.boxed}, msg.settle), true
	case closeMsg:
		p.close(msg.id)
		return nil, true
	case replaceMsg:
		p.close(msg.id)
		return p.open(page{msg.screen, false}, msg.settle), true
	case saidMsg:
		p.hear(msg)
		return nil, true
	case changedMsg:
		return p.changed(msg), true
	case lastQueriesMsg:
		return p.toAll(msg), true
	case orphansMsg:
		p.known.orphans = msg.left
		return nil, true
	case pauseMsg:
		p.settled = false
		return p.settle(), true
	case settledMsg:
		if msg.n == p.settling {
			p.settled = true
		}
		return nil, true
	case tickMsg:
		p.ending = p.sessionEnding()
		return tea.Batch(p.toAll(msg), after(time.Second, tickMsg{})), true
	case quitMsg:
		return p.quit(), true
	}
	return p.session(msg)
}

func (p *program) askWho() tea.Cmd {
	d := p.Desk
	return p.whoLoad.start(askWithin, func(ctx ctxt) (tea.Msg, error) {
		who, err := d.Who(ctx)
		return whoMsg{who: who}, err
	})
}

func (p *program) heardWho(msg loadedMsg) tea.Cmd {
	if !p.whoLoad.done(msg) {
		return nil
	}
	p.whoErr = msg.err
	if body, ok := msg.body.(whoMsg); ok {
		p.who = body.who // with an error, what is known without asking
	}
	p.known.who, p.known.whoErr, p.known.whoKnown = p.who, msg.err, msg.err == nil
	if msg.err != nil {
		return tea.Batch(p.toAll(whoMsg{who: p.who, err: msg.err}), p.noteSession(msg.to, msg.began, msg.err))
	}
	p.person = p.who.UserID
	if warning := p.ClockWarning(); warning != "" {
		p.hear(saidMsg{text: warning, warning: true})
	}
	return tea.Batch(p.toAll(whoMsg{who: p.who}), p.lookBack())
}

// hear puts a line on the status line and keeps warnings for the end.
func (p *program) hear(msg saidMsg) {
	p.said = msg
	if msg.warning {
		p.warnings = append(p.warnings, cmp.Or(msg.later, msg.text))
	}
}
