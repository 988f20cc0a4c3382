package ui

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"fob/client/visible"
	"fob/ui/desk"
)

// Platforms is how the program gets to other platforms, profiles and organizations than the one that it shows.
// *desk.Setup is one.
type Platforms interface {
	// Profiles are what can be chosen from; the one called current is marked.
	Profiles(ctx ctxt, current string) ([]desk.ProfileChoice, error)
	// Switch opens a profile, an organization of it, or an address, and notes it for the next start; it reaches no network.
	Switch(ctx ctxt, to desk.Target) (*desk.Desk, error)
}

// switcher lets a person go over to another organization, or to another profile.
type switcher struct {
	world
	id            screenID
	title, none   string
	offer         func(ctxt) ([]destination, error)
	platforms     Platforms
	list          []destination
	cursor        int
	width, height int

	asking, opening load
	err             error
}

// destination is a place to go over to.
type destination struct {
	label, note string
	current     bool
	target      desk.Target
	instead     tea.Msg // what is asked of the root instead of going over
}

// Messages to the root: show the page for signing in, or the choice of a platform.
type (
	signinMsg  struct{}
	welcomeMsg struct{}
)

type offeredDestinationsMsg struct{ list []destination }

func newSwitcher(w world, platforms Platforms, title, none string, offer func(ctxt) ([]destination, error)) *switcher {
	s := &switcher{world: w, id: w.newID(), platforms: platforms, title: title, none: none, offer: offer}
	s.asking.to, s.opening.to = s.id, s.id
	return s
}

// newOrganizationSwitcher offers the organizations of the person who is signed in.
func newOrganizationSwitcher(w world, platforms Platforms, current string) *switcher {
	d := w.Desk
	return newSwitcher(w, platforms, "Organization", "You belong to no other organization.", func(ctx ctxt) ([]destination, error) {
		list, err := d.Organizations(ctx)
		if err != nil {
			return nil, err
		}
		out := make([]destination, len(list))
		for i, o := range list {
			out[i] = destination{
				label: o.Name, note: o.ID, current: o.ID == current,
				target: desk.Target{Profile: d.Profile().Name, APIURL: d.Origin(), OrganizationID: o.ID},
			}
		}
		return out, nil
	})
}

// newProfileSwitcher offers the profiles of this machine.
func newProfileSwitcher(w world, platforms Platforms) *switcher {
	canSignIn, here := w.CanSignIn(), w.Profile().Name
	return newSwitcher(w, platforms, "Profile", "", func(ctx ctxt) ([]destination, error) {
		list, err := platforms.Profiles(ctx, here)
		if err != nil {
			return nil, err
		}
		out := make([]destination, len(list))
		for i, p := range list {
			out[i] = destination{label: p.Name, note: p.Note, current: p.Current, target: desk.Target{Profile: p.Name}}
		}
		out = append(out, destination{label: "another platform " + w.look.ellipsis, instead: welcomeMsg{}})
		if canSignIn {
			out = append(out, destination{label: "sign in here again " + w.look.ellipsis, instead: signinMsg{}})
		}
		return out, nil
	})
}

// Init asks what there is.
func (s *switcher) Init() tea.Cmd {
	offer := s.offer
	return s.asking.start(askWithin, func(ctx ctxt) (tea.Msg, error) {
		list, err := offer(ctx)
		return offeredDestinationsMsg{list}, err
	})
}

// ID is the number by which answers find this screen.
func (s *switcher) ID() screenID { return s.id }

// SetSize gives the screen its space.
func (s *switcher) SetSize(width, height int) {
	s.width, s.height = min(width-4, 70), min(height-4, 20)
}

// Update hears the answers, moves and chooses.
func (s *switcher) Update(msg tea.Msg) (screen, tea.Cmd) {
	switch msg := msg.(type) {
	case loadedMsg:
		switch body := msg.body.(type) {
		case offeredDestinationsMsg:
			if !s.asking.done(msg) {
				return s, nil
			}
			s.list, s.err = body.list, msg.err
			for i, d := range s.list {
				if d.current {
					s.cursor = i
				}
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

func (s *switcher) key(msg tea.KeyMsg) tea.Cmd {
	switch {
	case moved(msg, &s.cursor, len(s.list)):
	case matches(msg, keys.Back), matches(msg, keys.Quit):
		s.asking.stop()
		s.opening.stop()
		return s.ask(closeMsg{s.id})
	case matches(msg, keys.Refresh) && s.err != nil && !s.asking.busy():
		s.err = nil
		return s.Init()
	case matches(msg, keys.Details) && s.cursor < len(s.list) && !s.opening.busy():
		chosen, platforms := s.list[s.cursor], s.platforms
		if chosen.instead != nil {
			return s.ask(closeMsg{s.id}, chosen.instead)
		}
		if chosen.current {
			return s.ask(closeMsg{s.id})
		}
		return s.opening.start(askWithin, func(ctx ctxt) (tea.Msg, error) {
			d, err := platforms.Switch(ctx, chosen.target)
			return openedMsg{d}, err
		})
	}
	return nil
}

// View draws the list.
func (s *switcher) View() string {
	l := s.look
	inner := s.width - 4
	var lines []string
	switch {
	case s.err != nil:
		lines = append(lines, l.failure("That did not work", s.err, inner))
	case s.asking.busy():
		lines = append(lines, l.faint.Render("asking "+l.ellipsis))
	case len(s.list) == 0:
		lines = append(lines, wrap(s.none, inner)...)
	}
	rows := max(s.height-2-len(lines), 3)
	first := max(min(s.cursor-rows/2, len(s.list)-rows), 0)
	for i := first; i < min(first+rows, len(s.list)); i++ {
		d := s.list[i]
		sign, style := "  ", l.plain
		if i == s.cursor {
			sign, style = l.cursor+" ", l.selected
		}
		note := d.note
		if d.current {
			note = strings.TrimSpace("this one " + l.dot + " " + note)
		}
		label := l.truncate(d.label, max(inner-4, 8))
		if label == "" {
			label = "(without a name)"
		}
		room := max(inner/2, inner-visible.Width(label)-4) // a note begins with what warns, and gets what a short name leaves
		lines = append(lines, between(style.Render(sign+label), l.faint.Render(l.truncate(note, room)), inner))
	}
	if s.opening.busy() {
		lines = append(lines, l.faint.Render("opening "+l.ellipsis))
	}
	return l.box(s.title, strings.Join(lines, "\n"), s.width)
}

// ShortHelp are the keys for the footer.
func (s *switcher) ShortHelp() []key.Binding {
	return []key.Binding{saying(keys.Details, "go there"), bind("↑↓", "move"), keys.Back}
}

// FullHelp are all keys of the screen.
func (s *switcher) FullHelp() [][]key.Binding { return [][]key.Binding{s.ShortHelp()} }
