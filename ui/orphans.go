package ui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"fob/client"
	"fob/client/visible"
	"fob/ui/desk"
)

// orphans shows the keys whose making came to no good end: what was asked, what was found, how sure that is, and what can
// be done. Nothing is ever made anew by itself.
type orphans struct {
	world
	id            screenID
	width, height int
	looking       load
	looked        bool
	err           error
	list          []desk.Orphan // that have to be decided about
	settled       []desk.Orphan // that were settled by looking
	at            int           // in list
	cursor        int           // in its candidates
	asking        orphanQuestion
	working       string
	trouble       string
	pulse         pulse
}

type orphanQuestion int

const (
	orphanAsksNothing orphanQuestion = iota
	orphanAsksRevoke
	orphanAsksLeave
)

// Answers to the page's questions.
type (
	orphansFoundMsg  struct{ all []desk.Orphan }
	orphanRevokedMsg struct {
		name    string
		revoked desk.Discarded
	}
	orphanLeftMsg struct{ name string }
)

func (m orphanRevokedMsg) said() saidMsg {
	text := m.name + " is revoked"
	if n := len(m.revoked.Warnings); n > 0 {
		return saidMsg{text: text + "; " + m.revoked.Warnings[n-1], warning: true}
	}
	return saidMsg{text: text}
}

func (m orphanLeftMsg) said() saidMsg {
	return saidMsg{text: m.name + " is left as it is, and not asked about again"}
}

func newOrphans(w world) *orphans {
	s := &orphans{world: w, id: w.newID(), width: minWidth, height: minHeight - footLines}
	s.looking.to, s.pulse.to = s.id, s.id
	return s
}

// Init looks with a fresh list. It may ask the keyring.
func (s *orphans) Init() tea.Cmd {
	d := s.Desk
	s.err = nil
	return tea.Batch(s.pulse.start(), s.looking.start(learnWithin, func(ctx ctxt) (tea.Msg, error) {
		all, err := d.Orphans(ctx)
		return orphansFoundMsg{all}, err
	}))
}

// ID is the number by which answers find this screen.
func (s *orphans) ID() screenID { return s.id }

// SetSize gives the screen its space.
func (s *orphans) SetSize(width, height int) { s.width, s.height = width, height }

// Guard says what is under way.
func (s *orphans) Guard() string {
	if s.working != "" {
		return s.working + " is under way"
	}
	return ""
}

// one is the orphan that is shown, nil if there is none.
func (s *orphans) one() *desk.Orphan {
	if s.at >= len(s.list) {
		return nil
	}
	return &s.list[s.at]
}

// Update hears answers, then keys.
func (s *orphans) Update(msg tea.Msg) (screen, tea.Cmd) {
	switch msg := msg.(type) {
	case beatMsg:
		return s, s.pulse.hear(msg)
	case loadedMsg:
		if body, ok := msg.body.(orphansFoundMsg); ok && s.looking.done(msg) {
			s.pulse.stop()
			return s, s.found(body.all, msg.err)
		}
	case signedInMsg:
		return s, s.Init()
	case actedMsg:
		s.working = ""
		s.pulse.stop()
		if msg.err != nil {
			s.trouble = msg.what + ": " + placeFailure(msg.err)
			return s, s.Init()
		}
		s.ask(outcomeOf(msg))
		changed := changedMsg{}
		if body, ok := msg.body.(orphanRevokedMsg); ok {
			changed.revoked = []string{body.revoked.Key.ID}
		}
		s.ask(changed)
		return s, s.Init()
	case tea.KeyMsg:
		return s, s.key(msg)
	}
	return s, nil
}

// found takes what was found. What was shown before may be another now: a key that is still being typed does nothing.
func (s *orphans) found(all []desk.Orphan, err error) tea.Cmd {
	s.looked, s.err = true, err
	s.list, s.settled = unresolved(all), nil
	for _, o := range all {
		if o.Settled {
			s.settled = append(s.settled, o)
		}
	}
	s.at, s.asking = min(s.at, max(len(s.list)-1, 0)), orphanAsksNothing
	s.point()
	return s.ask(orphansMsg{len(s.list)}, pauseMsg{})
}

// point puts the cursor on the key that stands out.
func (s *orphans) point() {
	s.cursor = 0
	if o := s.one(); o != nil {
		for i, c := range o.Candidates {
			if o.Key != nil && c.Key.ID == o.Key.Key.ID {
				s.cursor = i
			}
		}
	}
}

func (s *orphans) key(msg tea.KeyMsg) tea.Cmd {
	o := s.one()
	switch {
	case s.working != "":
		return nil
	case s.asking != orphanAsksNothing:
		return s.answer(msg)
	case matches(msg, keys.Back), matches(msg, keys.Quit), matches(msg, keys.Log):
		s.looking.stop()
		return s.ask(closeMsg{s.id})
	case matches(msg, keys.Refresh):
		s.trouble = ""
		return s.Init()
	case o == nil || s.looking.busy():
		return nil
	case matches(msg, keys.NextTab):
		s.at = (s.at + 1) % len(s.list)
		s.point()
	case matches(msg, keys.PrevTab):
		s.at = (s.at + len(s.list) - 1) % len(s.list)
		s.point()
	case matches(msg, keys.Up):
		s.cursor = max(s.cursor-1, 0)
	case matches(msg, keys.Down):
		s.cursor = min(s.cursor+1, max(len(o.Candidates)-1, 0))
	case matches(msg, keys.Revoke) && len(o.Candidates) > 0:
		if cmd, barred := s.bar(o.Candidates[s.cursor]); barred {
			return cmd
		}
		s.asking, s.trouble = orphanAsksRevoke, ""
	case matches(msg, keys.Leave):
		s.asking, s.trouble = orphanAsksLeave, ""
	case matches(msg, keys.New):
		return s.anew(o)
	case matches(msg, keys.GoOn) && o.Rotation != "":
		return s.ask(closeMsg{s.id}, openMsg{screen: newRotation(s.world, desk.Rotating{ID: o.Rotation, Name: o.Name})})
	}
	return nil
}

// anew opens the wizard with the name that was asked for. The rest is asked: nothing is made by itself.
func (s *orphans) anew(o *desk.Orphan) tea.Cmd {
	if s.known == nil {
		return nil
	}
	scope := client.Scope{Workspace: o.Workspace}
	if why := s.known.refusal(scope); why != "" {
		return s.say(why)
	}
	w := newWizard(s.world, scope, s.known.who, nil)
	w.name = o.Name
	return s.ask(openMsg{screen: w})
}

// answer hears the answer to a question.
func (s *orphans) answer(msg tea.KeyMsg) tea.Cmd {
	asked, o := s.asking, *s.one()
	if msg.String() != "y" {
		if matches(msg, keys.Back) || matches(msg, keys.Quit) {
			s.asking = orphanAsksNothing
		}
		return nil
	}
	s.asking = orphanAsksNothing
	d := s.Desk
	if asked == orphanAsksLeave {
		s.working = "leaving " + o.Name
		return tea.Batch(s.pulse.start(), s.action(s.id, s.working, func(ctx ctxt) (tea.Msg, error) {
			return orphanLeftMsg{o.Name}, d.LeaveOrphan(ctx, o)
		}))
	}
	chosen := o.Candidates[s.cursor]
	id := chosen.Key.ID
	if s.certain(&o) && o.Key != nil && o.Key.Key.ID == id {
		id = ""
	}
	s.working = "revoking " + chosen.Name
	return tea.Batch(s.pulse.start(), s.action(s.id, s.working, func(ctx ctxt) (tea.Msg, error) {
		revoked, err := d.RevokeOrphan(ctx, o, id)
		return orphanRevokedMsg{visible.Line(chosen.Name), revoked}, err
	}))
}

// certain tells whether it is sure which key was made.
func (s *orphans) certain(o *desk.Orphan) bool { return o.Key != nil && o.Certainty == desk.Certain }

// mayRevoke tells whether the selected candidate may be revoked, and mayMake whether the key may be made anew, as far as
// that is known.
func (s *orphans) mayRevoke(o *desk.Orphan) bool {
	return len(o.Candidates) > 0 && s.known.refusalOf(o.Candidates[s.cursor]) == ""
}

func (s *orphans) mayMake(o *desk.Orphan) bool {
	return s.known.refusal(client.Scope{Workspace: o.Workspace}) == ""
}

// ShortHelp are the keys for the footer.
func (s *orphans) ShortHelp() []key.Binding {
	o := s.one()
	later := saying(keys.Back, "later")
	switch {
	case s.working != "":
		return nil
	case s.asking != orphanAsksNothing:
		return []key.Binding{bind("y", "yes", "y"), saying(keys.Back, "no")}
	case o == nil || s.looking.busy():
		return []key.Binding{saying(keys.Refresh, "look again"), keys.Back}
	}
	var list []key.Binding
	if s.mayRevoke(o) {
		list = append(list, keys.Revoke)
	}
	list = append(list, keys.Leave)
	if o.Rotation != "" {
		list = append(list, saying(keys.GoOn, "its rotation"))
	} else if s.mayMake(o) {
		list = append(list, saying(keys.New, "make anew"))
	}
	if len(s.list) > 1 {
		list = append(list, saying(keys.NextTab, "next"))
	}
	return append(list, saying(keys.Refresh, "look again"), later)
}

// FullHelp are all keys of the screen.
func (s *orphans) FullHelp() [][]key.Binding {
	return [][]key.Binding{s.ShortHelp(), {keys.Up, keys.Down, keys.NextTab, keys.PrevTab}}
}
