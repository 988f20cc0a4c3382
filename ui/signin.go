package ui

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"fob/client/secret"
	"fob/ui/desk"
)

// signin is the page on which a person signs in: the first time, or in place when the session has ended while something
// else was being done. What lies below stays as it is.
type signin struct {
	world
	id            screenID
	width, height int

	why     string // what has ended, "" on the first time
	step    signinStep
	options desk.SignInOptions
	way     int               // among options.Ways
	places  desk.StoreOptions // what can be chosen from
	store   int               // among places.Stores
	chosen  desk.SessionStore // what a person chose there, "" if nobody did
	paste   textinput.Model
	notice  desk.SignInNotice
	done    bool

	asking, waiting load
	err             error
}

// signinStep is what the page shows.
type signinStep int

const (
	signinLooking signinStep = iota // what the platform and this machine offer is being found out
	signinStores                    // where the session could go is being found out
	signinStore                     // the keyring can't be used, or a person wants it elsewhere: where shall the session go?
	signinWay                       // browser, code or pasted
	signinPaste                     // a session is being pasted
	signinWait                      // waiting for the person, who is elsewhere
)

// Messages of this page to itself, and to the root.
type (
	offeredMsg  struct{ options desk.SignInOptions }
	storesMsg   struct{ options desk.StoreOptions }
	signedInMsg struct{ who desk.Signed }
)

func newSignin(w world, why string) *signin {
	s := &signin{world: w, id: w.newID(), why: why, paste: w.look.input()}
	s.asking.to, s.waiting.to = s.id, s.id
	s.paste.CharLimit = desk.LongestSession
	return s
}

// Init finds out what is offered.
func (s *signin) Init() tea.Cmd {
	d := s.Desk
	s.step = signinLooking
	return s.asking.start(askWithin, func(ctx ctxt) (tea.Msg, error) {
		options, err := d.SignInOptions(ctx)
		return offeredMsg{options}, err
	})
}

// ID is the number by which answers find this screen.
func (s *signin) ID() screenID { return s.id }

// Typing tells whether a session is being pasted.
func (s *signin) Typing() bool { return s.step == signinPaste }

// SetSize gives the screen its space.
func (s *signin) SetSize(width, height int) {
	s.width, s.height = width, height
	s.paste.Width = max(width-8, 10)
}

// Update hears answers and keys.
func (s *signin) Update(msg tea.Msg) (screen, tea.Cmd) {
	switch msg := msg.(type) {
	case loadedMsg:
		return s, s.loaded(msg)
	case streamMsg:
		if msg.seq == s.waiting.seq {
			s.notice = msg.body.(desk.SignInNotice)
		}
	case tea.KeyMsg:
		return s, s.key(msg)
	default:
		if s.Typing() {
			var cmd tea.Cmd
			s.paste, cmd = s.paste.Update(msg)
			return s, cmd
		}
	}
	return s, nil
}

func (s *signin) loaded(msg loadedMsg) tea.Cmd {
	switch body := msg.body.(type) {
	case offeredMsg:
		if !s.asking.done(msg) {
			return nil
		}
		if s.err = msg.err; s.err != nil {
			return nil
		}
		s.options, s.way = body.options, 0
		s.offerStores()
	case storesMsg:
		if s.asking.done(msg) {
			s.places, s.step = body.options, signinStore
		}
	case signedInMsg:
		if !s.waiting.done(msg) {
			return nil
		}
		s.notice = desk.SignInNotice{}
		if s.err = msg.err; s.err != nil {
			s.step = signinWay
			return nil
		}
		s.done = true
		return s.ask(closeMsg{s.id}, body)
	}
	return nil
}

// offerStores asks where the session shall go, if that has to be asked and wasn't answered yet.
func (s *signin) offerStores() {
	s.places, s.store, s.step = s.options.StoreOptions, 0, signinWay
	if s.places.AskStore && s.chosen == "" {
		s.step = signinStore
	}
}

// answered tells whether the question where the session shall go need not be answered.
func (s *signin) answered() bool { return s.chosen != "" || !s.options.AskStore }

// chooseStore finds out where the session could go, for somebody who wants it elsewhere than it would.
func (s *signin) chooseStore() tea.Cmd {
	d := s.Desk
	s.step, s.err, s.store = signinStores, nil, 0
	return s.asking.start(askWithin, func(ctx ctxt) (tea.Msg, error) {
		return storesMsg{d.StoreChoices(ctx)}, ctx.Err()
	})
}

func (s *signin) key(msg tea.KeyMsg) tea.Cmd {
	if matches(msg, keys.Back) {
		return s.back()
	}
	switch s.step {
	case signinLooking:
		switch {
		case matches(msg, keys.Refresh) && !s.asking.busy():
			s.err = nil
			return s.Init()
		case matches(msg, keys.Quit):
			return s.ask(quitMsg{})
		}
	case signinStore:
		switch {
		case moved(msg, &s.store, len(s.places.Stores)):
		case matches(msg, keys.Details):
			s.step, s.chosen = signinWay, s.places.Stores[s.store].Store
		case matches(msg, keys.Quit):
			return s.ask(quitMsg{})
		}
	case signinWay:
		return s.chooseWay(msg)
	case signinPaste:
		return s.pasting(msg)
	case signinWait:
		return s.away(msg)
	}
	return nil
}

func (s *signin) chooseWay(msg tea.KeyMsg) tea.Cmd {
	switch {
	case moved(msg, &s.way, len(s.options.Ways)):
	case matches(msg, keys.Quit):
		return s.ask(quitMsg{})
	case matches(msg, keys.Elsewhere):
		return s.chooseStore()
	case matches(msg, keys.Refresh):
		s.err = nil
		return s.Init()
	case matches(msg, keys.Details):
		s.err = nil
		if s.options.Ways[s.way].Way == desk.ByPasting {
			s.step = signinPaste
			s.paste.Reset()
			return s.paste.Focus()
		}
		return s.begin(secret.Value{})
	}
	return nil
}

func (s *signin) pasting(msg tea.KeyMsg) tea.Cmd {
	if msg.Type != tea.KeyEnter {
		var cmd tea.Cmd
		s.paste, cmd = s.paste.Update(msg)
		return cmd
	}
	pasted := secret.New(strings.TrimSpace(s.paste.Value()))
	s.paste.Reset()
	s.paste.Blur()
	if pasted.IsZero() {
		s.step = signinWay
		return nil
	}
	return s.begin(pasted)
}

// begin signs in the chosen way. It goes on until the person is done, leaves, or the platform gives up.
func (s *signin) begin(pasted secret.Value) tea.Cmd {
	d, way := s.Desk, s.options.Ways[s.way].Way
	choice := desk.SignInChoice{Way: way, Store: s.options.Chosen.Store, Answered: s.chosen != "", Pasted: pasted}
	if s.chosen != "" {
		choice.Store = s.chosen
	}
	s.step, s.err, s.notice = signinWait, nil, desk.SignInNotice{}
	last := func(_, b desk.SignInNotice) desk.SignInNotice { return b }
	return stream(&s.waiting, last, func(ctx ctxt, tell func(desk.SignInNotice)) (tea.Msg, error) {
		who, err := d.SignIn(ctx, choice, tell)
		return signedInMsg{who}, err
	})
}

// away hears keys while the person is in the browser, or at another device.
func (s *signin) away(msg tea.KeyMsg) tea.Cmd {
	d := s.Desk
	copyText := func(what, text string) tea.Cmd {
		if text == "" {
			return nil
		}
		return s.action(s.id, "copying "+what, func(ctx ctxt) (tea.Msg, error) {
			return saidMsg{text: "sent " + what + " to " + d.ClipboardWay()}, d.Copy(ctx, text)
		})
	}
	switch {
	case matches(msg, keys.CopyID):
		return copyText("the address", s.notice.Address)
	case matches(msg, keys.Copy):
		return copyText("the code", s.notice.Code)
	}
	return nil
}

// back goes one step back, and from the first one away.
func (s *signin) back() tea.Cmd {
	switch s.step {
	case signinWait:
		if s.notice.Keeping {
			return s.say("you are signed in, and the session is being kept: your keyring may ask for its password")
		}
		fallthrough
	case signinPaste:
		s.waiting.stop()
		s.paste.Reset()
		s.paste.Blur()
		s.step, s.err = signinWay, nil
		return nil
	case signinStores:
		s.asking.stop()
		s.step = signinWay
		return nil
	case signinStore:
		if s.answered() {
			s.step = signinWay
			return nil
		}
	}
	s.asking.stop()
	return s.ask(closeMsg{s.id}, signinLeftMsg{s.trouble()})
}

// trouble is what keeps somebody from signing in, "" if nothing is known to.
func (s *signin) trouble() string {
	if s.err != nil {
		return explain(s.err)
	}
	return s.options.Note
}

// signinLeftMsg tells the root that nobody signed in, and why if that is known.
type signinLeftMsg struct{ why string }

// moved moves a choice of n by the keys that move, and tells whether it was one.
func moved(msg tea.KeyMsg, at *int, n int) bool {
	switch {
	case matches(msg, keys.Up):
		*at = max(*at-1, 0)
	case matches(msg, keys.Down):
		*at = min(*at+1, max(n-1, 0))
	default:
		return false
	}
	return true
}

// ShortHelp are the keys for the footer.
func (s *signin) ShortHelp() []key.Binding {
	leave := saying(keys.Back, "leave")
	switch s.step {
	case signinLooking:
		if s.err != nil {
			return []key.Binding{saying(keys.Refresh, "try again"), leave, keys.Quit}
		}
		return []key.Binding{leave, keys.Quit}
	case signinStores:
		return []key.Binding{keys.Back}
	case signinStore:
		if s.answered() {
			leave = keys.Back
		}
	case signinWay:
		return []key.Binding{saying(keys.Details, "choose"), bind("↑↓", "move"), saying(keys.Refresh, "ask again"), keys.Elsewhere, leave, keys.Quit}
	case signinPaste:
		return []key.Binding{saying(keys.Details, "sign in"), keys.Back}
	case signinWait:
		list := []key.Binding{}
		if s.notice.Keeping {
			return []key.Binding{keys.Cancel}
		}
		if s.notice.Address != "" {
			list = append(list, saying(keys.CopyID, "copy the address"))
		}
		if s.notice.Code != "" {
			list = append(list, saying(keys.Copy, "copy the code"))
		}
		return append(list, saying(keys.Back, "stop waiting"))
	}
	return []key.Binding{saying(keys.Details, "choose"), bind("↑↓", "move"), leave, keys.Quit}
}

// FullHelp are all keys of the screen.
func (s *signin) FullHelp() [][]key.Binding { return [][]key.Binding{s.ShortHelp()} }
