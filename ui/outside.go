package ui

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"fob/ui/desk"
)

// outside is what is shown of a platform that nobody has signed in to: what is wrong, and every way on. Below it are tabs
// with nothing in them.
type outside struct {
	world
	id            screenID
	width, height int
	why           string // what kept somebody from signing in, "" if nothing did
	wayOn         []wayOn
	cursor        int

	asking, opening load
	err             error // of the last question
	doing           string
}

// wayOn is a way away from here.
type wayOn struct {
	key         key.Binding
	label, note string
	do          func() tea.Cmd
}

// Messages of this page to itself, and to the root.
type (
	answersMsg struct{ kept bool } // the platform answers; kept: somebody has signed in meanwhile, in another fob
	againMsg   struct{}
	profileMsg struct{}
	stashMsg   struct{}
)

func newOutside(w world, why string, o Options) *outside {
	s := &outside{world: w, id: w.newID(), why: why}
	s.asking.to, s.opening.to = s.id, s.id
	s.wayOn = []wayOn{
		{bind("s", "sign in", "s"), "Sign in", "by browser, code or pasted session", s.signIn},
		{saying(keys.Refresh, "try again"), "Try again", "asks the platform again", s.again},
	}
	if o.Platforms != nil {
		s.wayOn = append(s.wayOn, wayOn{keys.Profile, "Another profile or platform", "", func() tea.Cmd { return s.ask(profileMsg{}) }})
	}
	s.wayOn = append(s.wayOn, wayOn{keys.Tab4, "The stash", "what this machine keeps", func() tea.Cmd { return s.ask(closeMsg{s.id}, stashMsg{}) }})
	if o.Demo != nil {
		s.wayOn = append(s.wayOn, wayOn{bind("d", "demo", "d"), "Look around in a demo", "no account, nothing leaves this machine", s.demo(o.Demo)})
	}
	return s
}

func (s *outside) signIn() tea.Cmd { return s.ask(closeMsg{s.id}, signinMsg{}) }

// again asks whether the platform answers now.
func (s *outside) again() tea.Cmd {
	d := s.Desk
	s.err, s.doing = nil, "asking the platform"
	return s.asking.start(askWithin, func(ctx ctxt) (tea.Msg, error) {
		if d.HasSession(ctx) {
			return answersMsg{kept: true}, nil
		}
		return answersMsg{}, d.Answers(ctx)
	})
}

func (s *outside) demo(open func() (*desk.Desk, error)) func() tea.Cmd {
	return func() tea.Cmd {
		s.err, s.doing = nil, "making the demo organization"
		return s.opening.start(askWithin, func(ctxt) (tea.Msg, error) {
			d, err := open()
			return openedMsg{d}, err
		})
	}
}

// ID is the number by which answers find this screen.
func (s *outside) ID() screenID { return s.id }

// SetSize gives the screen its space.
func (s *outside) SetSize(width, height int) { s.width, s.height = width, height }

// Update hears answers and keys.
func (s *outside) Update(msg tea.Msg) (screen, tea.Cmd) {
	switch msg := msg.(type) {
	case loadedMsg:
		return s, s.loaded(msg)
	case tea.KeyMsg:
		return s, s.key(msg)
	}
	return s, nil
}

func (s *outside) loaded(msg loadedMsg) tea.Cmd {
	switch body := msg.body.(type) {
	case answersMsg:
		if !s.asking.done(msg) {
			return nil
		}
		switch s.err = msg.err; {
		case s.err != nil:
			s.why = "" // it was about an earlier question
		case body.kept:
			return s.ask(closeMsg{s.id}, againMsg{})
		default:
			return s.signIn()
		}
	case openedMsg:
		if !s.opening.done(msg) {
			return nil
		}
		if s.err = msg.err; s.err == nil {
			return s.ask(body)
		}
	}
	return nil
}

func (s *outside) key(msg tea.KeyMsg) tea.Cmd {
	switch {
	case matches(msg, keys.Quit):
		return s.ask(quitMsg{})
	case matches(msg, keys.Back):
		s.asking.stop()
		s.opening.stop()
		return nil
	case moved(msg, &s.cursor, len(s.wayOn)), s.asking.busy(), s.opening.busy():
		return nil
	case matches(msg, keys.Details):
		return s.wayOn[s.cursor].do()
	}
	for _, way := range s.wayOn {
		if matches(msg, way.key) {
			return way.do()
		}
	}
	return nil
}

// View draws the page.
func (s *outside) View() string {
	l := s.look
	lines := []string{
		between(" "+l.bold.Render("Nobody is signed in"), l.faint.Render(l.line(s.place()))+" ", s.width),
		l.faintInk.on(" " + strings.Repeat(l.rule, max(s.width-2, 0))),
	}
	switch {
	case s.asking.busy(), s.opening.busy():
		lines = append(lines, " "+l.faint.Render(s.doing+" "+l.ellipsis+" esc stops it"))
	case s.err != nil:
		lines = append(lines, strings.Split(l.failure("The platform can't be asked how to sign in", s.err, s.width), "\n")...)
	case s.why != "":
		for _, line := range wrap(l.line(s.why), s.width-2) {
			lines = append(lines, " "+l.warn.Render(line))
		}
	default:
		lines = append(lines, " Without a session the platform shows nothing.")
	}
	return strings.Join(append(append(lines, ""), s.list()...), "\n")
}

// list are the ways on, each with its key, and where there is room for all of them with a note.
func (s *outside) list() []string {
	l := s.look
	labels, notes := 0, 0
	for _, way := range s.wayOn {
		labels, notes = max(labels, len(way.label)), max(notes, len(way.note))
	}
	var lines []string
	for i, way := range s.wayOn {
		sign, style := "  ", l.plain
		if i == s.cursor {
			sign, style = l.cursor+" ", l.selected
		}
		line := " " + style.Render(sign+way.key.Help().Key+"  "+way.label)
		if 8+labels+notes < s.width {
			line += spaces(labels-len(way.label)+2) + l.faint.Render(way.note)
		}
		lines = append(lines, line)
	}
	return lines
}

// place is the address, and the profile if it has a name.
func (s *outside) place() string {
	if name := s.LoginProfile(); name != "" {
		return name + " " + s.look.dot + " " + s.Origin()
	}
	return s.Origin()
}

// ShortHelp are the keys for the footer.
func (s *outside) ShortHelp() []key.Binding {
	return []key.Binding{saying(keys.Details, "choose"), bind("↑↓", "move"), saying(keys.Refresh, "try again"), keys.Help, keys.Quit}
}

// FullHelp are all keys of the screen.
func (s *outside) FullHelp() [][]key.Binding {
	list := []key.Binding{saying(keys.Details, "choose"), bind("↑↓", "move"), keys.Quit}
	for _, way := range s.wayOn {
		list = append(list, way.key)
	}
	return [][]key.Binding{list}
}
