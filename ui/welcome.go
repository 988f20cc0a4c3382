package ui

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"fob/ui/desk"
)

// welcome is what fob shows when nothing is set up: connect, or look around in a demo.
type welcome struct {
	world
	id            screenID
	width, height int
	cursor        int
	connecting    bool // the page that says what to set
	demo          func() (*desk.Desk, error)
	opening       load
	err           error
}

func newWelcome(w world, demo func() (*desk.Desk, error)) *welcome {
	s := &welcome{world: w, id: w.newID(), demo: demo}
	s.opening.to = s.id
	return s
}

// openedMsg is a desk to work with from now on.
type openedMsg struct{ desk *desk.Desk }

// ID is the number by which answers find this screen.
func (s *welcome) ID() screenID { return s.id }

// SetSize gives the screen its space.
func (s *welcome) SetSize(width, height int) { s.width, s.height = width, height }

// Update moves between the two choices.
func (s *welcome) Update(msg tea.Msg) (screen, tea.Cmd) {
	switch msg := msg.(type) {
	case loadedMsg:
		if !s.opening.done(msg) {
			return s, nil
		}
		if s.err = msg.err; s.err != nil {
			return s, nil
		}
		return s, s.ask(msg.body)
	case tea.KeyMsg:
		return s, s.key(msg)
	}
	return s, nil
}

func (s *welcome) key(msg tea.KeyMsg) tea.Cmd {
	switch {
	case matches(msg, keys.Quit):
		return s.ask(quitMsg{})
	case matches(msg, keys.Back):
		s.connecting, s.err = false, nil
	case matches(msg, keys.Up), matches(msg, keys.Down):
		if !s.connecting {
			s.cursor = 1 - s.cursor
		}
	case matches(msg, keys.Details) && !s.connecting && !s.opening.busy():
		if s.cursor == 0 {
			s.connecting = true
			return nil
		}
		if s.demo == nil {
			return nil
		}
		demo := s.demo
		return s.opening.start(askWithin, func(ctxt) (tea.Msg, error) {
			d, err := demo()
			return openedMsg{d}, err
		})
	}
	return nil
}

// View draws the choices, or what to set.
func (s *welcome) View() string {
	l := s.look
	if s.connecting {
		return strings.Join([]string{
			"", " " + l.bold.Render("Connect to a platform"), "",
			"   export FOB_API_URL=https://api.cloud.deepset.ai",
			"   read -rs FOB_SESSION_TOKEN && export FOB_SESSION_TOKEN",
			"   fob", "",
			" " + l.faint.Render("the US: https://api.us.deepset.ai; in several organizations"),
			" " + l.faint.Render("also: export FOB_ORGANIZATION_ID="+l.ellipsis), "",
			" A session is a person's own credential, from the web page",
			" or the platform's sign-in. A key browses only: the",
			" platform lets no key manage keys.",
		}, "\n")
	}
	choices := []string{"Connect to a platform", "Look around in a demo organization"}
	const demoNote = "no account, nothing leaves this machine"
	lines := []string{"", " fob keeps the API keys of the deepset AI Platform in order.", ""}
	for i, c := range choices {
		if i == s.cursor {
			lines = append(lines, " "+l.selected.Render(l.cursor+" "+c))
			continue
		}
		lines = append(lines, "   "+c)
	}
	lines = append(lines, "     "+l.faint.Render(demoNote))
	switch {
	case s.opening.busy():
		lines = append(lines, "", l.faint.Render(" making the demo organization "+l.ellipsis))
	case s.err != nil:
		lines = append(lines, "", l.failure("The demo could not be started", s.err, s.width))
	}
	return strings.Join(lines, "\n")
}

// ShortHelp are the keys for the footer.
func (s *welcome) ShortHelp() []key.Binding {
	if s.connecting {
		return []key.Binding{keys.Back, keys.Quit}
	}
	return []key.Binding{saying(keys.Details, "choose"), keys.Up, keys.Down, keys.Quit}
}

// FullHelp are all keys of the screen.
func (s *welcome) FullHelp() [][]key.Binding { return [][]key.Binding{s.ShortHelp()} }
