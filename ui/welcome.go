package ui

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"fob/client/visible"
	"fob/ui/desk"
)

// welcome is what fob shows when nothing says which platform is meant: sign in to one, or look around in a demo.
type welcome struct {
	world
	id            screenID
	width, height int
	step          welcomeStep
	cursor        int
	platforms     Platforms
	demo          func() (*desk.Desk, error)
	profiles      []desk.ProfileChoice
	address       textinput.Model
	addressErr    string
	asking        load
	opening       load
	making        bool // what is opened is the demo
	over          bool // something lies below, to which Esc leads back
	err           error
}

type welcomeStep int

const (
	welcomeStart welcomeStep = iota
	welcomePlatform
	welcomeAddress
)

type profilesMsg struct{ list []desk.ProfileChoice }

func newWelcome(w world, platforms Platforms, demo func() (*desk.Desk, error)) *welcome {
	s := &welcome{world: w, id: w.newID(), platforms: platforms, demo: demo, address: w.look.input()}
	s.asking.to, s.opening.to = s.id, s.id
	s.address.Placeholder = "https://"
	return s
}

// newPlatformChoice is the choice of a platform alone, over what is shown; Esc leaves it.
func newPlatformChoice(w world, platforms Platforms) *welcome {
	s := newWelcome(w, platforms, nil)
	s.step, s.over = welcomePlatform, true
	return s
}

// Init asks for the profiles, where they are what is shown first.
func (s *welcome) Init() tea.Cmd {
	if s.step != welcomePlatform {
		return nil
	}
	return s.readProfiles()
}

func (s *welcome) readProfiles() tea.Cmd {
	platforms := s.platforms
	return s.asking.start(askWithin, func(ctx ctxt) (tea.Msg, error) {
		list, err := platforms.Profiles(ctx, "")
		return profilesMsg{list}, err
	})
}

// openedMsg is a desk to work with from now on.
type openedMsg struct{ desk *desk.Desk }

// ID is the number by which answers find this screen.
func (s *welcome) ID() screenID { return s.id }

// Typing tells whether an address is typed.
func (s *welcome) Typing() bool { return s.step == welcomeAddress }

// SetSize gives the screen its space.
func (s *welcome) SetSize(width, height int) {
	s.width, s.height = width, height
	s.address.Width = max(width-8, 10)
}

// Update moves between the choices.
func (s *welcome) Update(msg tea.Msg) (screen, tea.Cmd) {
	switch msg := msg.(type) {
	case loadedMsg:
		switch body := msg.body.(type) {
		case profilesMsg:
			if s.asking.done(msg) {
				s.profiles, s.err = body.list, msg.err
			}
		case openedMsg:
			if !s.opening.done(msg) {
				return s, nil
			}
			if s.err = msg.err; s.err == nil {
				return s, s.ask(body)
			}
		}
	case tea.KeyMsg:
		return s, s.key(msg)
	}
	return s, nil
}

func (s *welcome) key(msg tea.KeyMsg) tea.Cmd {
	if s.step == welcomeAddress {
		return s.typed(msg)
	}
	switch {
	case matches(msg, keys.Quit):
		return s.ask(quitMsg{})
	case matches(msg, keys.Back) && s.over:
		s.opening.stop()
		return s.ask(closeMsg{s.id})
	case matches(msg, keys.Back):
		s.step, s.cursor, s.err = welcomeStart, 0, nil
		s.opening.stop()
	case moved(msg, &s.cursor, len(s.choices())):
	case matches(msg, keys.Details) && !s.opening.busy():
		return s.choose()
	}
	return nil
}

// choices are the labels of the step, with a note each.
func (s *welcome) choices() [][2]string {
	if s.step == welcomeStart {
		return [][2]string{
			{"Sign in to a platform", ""},
			{"Look around in a demo organization", "no account, nothing leaves this machine"},
		}
	}
	var list [][2]string
	for _, p := range s.profiles {
		list = append(list, [2]string{p.Name, p.Note})
	}
	for _, p := range desk.Platforms() {
		list = append(list, [2]string{p.Label, strings.TrimPrefix(p.APIURL, "https://")})
	}
	return append(list, [2]string{"another address …", ""})
}

func (s *welcome) choose() tea.Cmd {
	s.err = nil
	if s.step == welcomeStart {
		if s.cursor == 1 {
			return s.openDemo()
		}
		if s.platforms == nil {
			return nil
		}
		s.step, s.cursor = welcomePlatform, 0
		return s.readProfiles()
	}
	at := s.cursor
	if at < len(s.profiles) {
		return s.open(desk.Target{Profile: s.profiles[at].Name})
	}
	at -= len(s.profiles)
	if known := desk.Platforms(); at < len(known) {
		return s.open(desk.Target{APIURL: known[at].APIURL})
	}
	s.step, s.addressErr = welcomeAddress, ""
	return s.address.Focus()
}

func (s *welcome) openDemo() tea.Cmd {
	if s.demo == nil {
		return nil
	}
	demo := s.demo
	s.making = true
	return s.opening.start(askWithin, func(ctxt) (tea.Msg, error) {
		d, err := demo()
		return openedMsg{d}, err
	})
}

func (s *welcome) open(to desk.Target) tea.Cmd {
	platforms := s.platforms
	s.making = false
	return s.opening.start(askWithin, func(ctx ctxt) (tea.Msg, error) {
		d, err := platforms.Switch(ctx, to)
		return openedMsg{d}, err
	})
}

func (s *welcome) typed(msg tea.KeyMsg) tea.Cmd {
	switch msg.Type {
	case tea.KeyEsc:
		s.step, s.cursor = welcomePlatform, 0
		s.address.Blur()
		return nil
	case tea.KeyEnter:
		address := desk.WithScheme(s.address.Value())
		if _, err := desk.OriginOf(address); err != nil {
			s.addressErr = err.Error()
			return nil
		}
		if s.opening.busy() {
			return nil
		}
		return s.open(desk.Target{APIURL: address})
	}
	s.addressErr = ""
	var cmd tea.Cmd
	s.address, cmd = typeInto(s.address, msg)
	return cmd
}

// View draws the choices.
func (s *welcome) View() string {
	l := s.look
	lines := []string{"", " fob keeps the API keys of the deepset AI Platform in order.", ""}
	switch s.step {
	case welcomeAddress:
		lines = append(lines, " The platform's address, as in https://api.cloud.deepset.ai", "", " "+l.accent.Render("> ")+l.field(s.address))
		if s.addressErr != "" {
			lines = append(lines, "")
			for _, line := range wrap(l.line(s.addressErr), s.width-2) {
				lines = append(lines, " "+l.bad.Render(line))
			}
		}
	case welcomePlatform:
		lines = append(lines, " Which one?", "")
		lines = append(lines, s.trouble()...)
		return strings.Join(append(lines, s.rows(s.height-len(lines))...), "\n")
	default:
		for i, c := range s.choices() {
			lines = append(lines, s.row(i, c[0]))
			if c[1] != "" {
				lines = append(lines, "     "+l.faint.Render(c[1]))
			}
		}
		lines = append(lines, "")
		lines = append(lines, s.trouble()...)
	}
	return strings.Join(lines, "\n")
}

// row is a choice, with the sign of the one that is selected.
func (s *welcome) row(i int, label string) string {
	if i == s.cursor {
		return " " + s.look.selected.Render(s.look.cursor+" "+label)
	}
	return "   " + label
}

// rows are the choices around the cursor, each with its note at the end of the line.
func (s *welcome) rows(most int) []string {
	l, all := s.look, s.choices()
	most = max(most, 1)
	first := max(min(s.cursor-most/2, len(all)-most), 0)
	var lines []string
	for i := first; i < min(first+most, len(all)); i++ {
		note := l.truncate(all[i][1], max(s.width/2-4, 8))
		label := l.truncate(all[i][0], max(s.width-visible.Width(note)-6, 8))
		lines = append(lines, between(s.row(i, label), l.faint.Render(note)+" ", s.width))
	}
	return lines
}

// trouble says what is being done, or what did not work.
func (s *welcome) trouble() []string {
	l := s.look
	switch {
	case s.opening.busy() && s.making:
		return []string{l.faint.Render(" making the demo organization " + l.ellipsis), ""}
	case s.opening.busy():
		return []string{l.faint.Render(" opening " + l.ellipsis), ""}
	case s.err != nil:
		return append(strings.Split(l.failure("That did not work", s.err, s.width), "\n"), "")
	}
	return nil
}

// ShortHelp are the keys for the footer.
func (s *welcome) ShortHelp() []key.Binding {
	switch s.step {
	case welcomeAddress:
		return []key.Binding{saying(keys.Details, "go on"), keys.Back}
	case welcomePlatform:
		return []key.Binding{saying(keys.Details, "choose"), keys.Up, keys.Down, keys.Back, keys.Quit}
	}
	return []key.Binding{saying(keys.Details, "choose"), keys.Up, keys.Down, keys.Quit}
}

// FullHelp are all keys of the screen.
func (s *welcome) FullHelp() [][]key.Binding { return [][]key.Binding{s.ShortHelp()} }
