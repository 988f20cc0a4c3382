package ui

import (
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/viewport"
	tea "github.com/charmbracelet/bubbletea"

	"fob/ui/desk"
)

// deedDetails shows everything that the journal says of one deed.
type deedDetails struct {
	world
	id   screenID
	deed *desk.Deed
	view viewport.Model
}

func newDeedDetails(w world, d *desk.Deed) *deedDetails {
	return &deedDetails{world: w, id: w.newID(), deed: d}
}

// ID is the number by which answers find this screen.
func (s *deedDetails) ID() screenID { return s.id }

// SetSize gives the screen its space.
func (s *deedDetails) SetSize(width, height int) {
	s.view.Width, s.view.Height = width, height-1
	s.view.SetContent(strings.Join(deedLines(s.look, s.deed, width-2, s.Now()), "\n"))
	if s.view.PastBottom() {
		s.view.GotoBottom()
	}
}

// Update scrolls, copies and goes back.
func (s *deedDetails) Update(msg tea.Msg) (screen, tea.Cmd) {
	if acted, ok := msg.(actedMsg); ok {
		return s, s.outcome(acted)
	}
	k, ok := msg.(tea.KeyMsg)
	if !ok {
		return s, nil
	}
	switch {
	case matches(k, keys.Back), matches(k, keys.Quit), matches(k, keys.Details):
		return s, s.ask(closeMsg{s.id})
	case matches(k, keys.CopyID):
		return s, s.copyID(s.id, s.deed)
	case matches(k, keys.Revoke) && undecided(s.deed):
		return s, s.ask(openMsg{screen: newOrphans(s.world)})
	}
	var cmd tea.Cmd
	s.view, cmd = s.view.Update(msg)
	return s, cmd
}

// View draws the deed.
func (s *deedDetails) View() string { return "\n" + s.view.View() }

// ShortHelp are the keys for the footer.
func (s *deedDetails) ShortHelp() []key.Binding {
	list := []key.Binding{keys.Back, keys.CopyID, keys.Up, keys.Down}
	if undecided(s.deed) {
		return slices.Insert(list, 1, decide)
	}
	return list
}

// FullHelp are all keys of the screen.
func (s *deedDetails) FullHelp() [][]key.Binding { return [][]key.Binding{s.ShortHelp()} }
