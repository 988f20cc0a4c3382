package ui

import (
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/viewport"
	tea "github.com/charmbracelet/bubbletea"

	"fob/client"
	"fob/client/visible"
	"fob/ui/desk"
)

// stashDetails shows everything that this machine knows of a key but its secret.
type stashDetails struct {
	world
	id    screenID
	row   *desk.Checked
	word  string // what has become of it
	view  viewport.Model
	width int
}

func newStashDetails(w world, row *desk.Checked, word string) *stashDetails {
	return &stashDetails{world: w, id: w.newID(), row: row, word: word}
}

// ID is the number by which answers find this screen.
func (s *stashDetails) ID() screenID { return s.id }

// SetSize gives the screen its space.
func (s *stashDetails) SetSize(width, height int) {
	s.width = width
	s.view.Width, s.view.Height = width, height-1
	s.view.SetContent(strings.Join(stashDetailLines(s.look, s.row, s.word, width-2, s.Now()), "\n"))
	if s.view.PastBottom() {
		s.view.GotoBottom()
	}
}

// stashDetailLines puts a key of the stash into words, wrapped to width. word is what has become of it.
func stashDetailLines(l *look, c *desk.Checked, word string, width int, now time.Time) []string {
	kept := ""
	if c.Kept {
		kept = l.accent.Render(l.kept + " kept")
	}
	lines := []string{" " + between(l.bold.Render(l.truncate(c.Name, width-8)), kept, width-1), ""}
	add := func(label, text string) {
		for i, part := range wrap(l.line(text), width-labelWidth-2) {
			if i > 0 {
				label = ""
			}
			lines = append(lines, " "+l.faint.Render(pad(label, labelWidth))+part)
		}
	}
	orNot := func(text string) string {
		if text == "" {
			return "not known here"
		}
		return visible.Line(text)
	}
	add("id", orNot(c.Entry.KeyID))
	if c.Why != "" {
		word += ": " + c.Why
	}
	add("platform", word)
	add("type", typeWords(c.Type))
	add("workspaces", stashedScope(c))
	add("organization", orNot(c.Entry.OrganizationID))
	add("address", visible.Line(c.Entry.Origin))
	if c.Entry.ExpiresAt == nil {
		add("expires", "never")
	} else {
		add("expires", expiryWords(client.Some(*c.Entry.ExpiresAt), now))
	}
	lines = append(lines, "")
	for _, p := range c.Entry.Places {
		text := desk.PlaceName(p) + ", " + moment(p.At, now)
		if p.ReadBackAt != nil {
			text += ", read back " + desk.Until(*p.ReadBackAt, now)
		}
		add(l.truncate(p.Custody, labelWidth-1), text)
	}
	return lines
}

func stashedScope(c *desk.Checked) string {
	switch {
	case c.Entry.AllWorkspaces:
		return "every workspace, and every future one"
	case len(c.Entry.Workspaces) == 0:
		return "not known here"
	}
	return visible.Line(strings.Join(c.Entry.Workspaces, ", "))
}

// Update scrolls and goes back.
func (s *stashDetails) Update(msg tea.Msg) (screen, tea.Cmd) {
	k, ok := msg.(tea.KeyMsg)
	if !ok {
		return s, nil
	}
	if matches(k, keys.Back) || matches(k, keys.Quit) || matches(k, keys.Details) {
		return s, s.ask(closeMsg{s.id})
	}
	var cmd tea.Cmd
	s.view, cmd = s.view.Update(msg)
	return s, cmd
}

// View draws the key.
func (s *stashDetails) View() string { return "\n" + s.view.View() }

// ShortHelp are the keys for the footer.
func (s *stashDetails) ShortHelp() []key.Binding { return []key.Binding{keys.Back, keys.Up, keys.Down} }

// FullHelp are all keys of the screen.
func (s *stashDetails) FullHelp() [][]key.Binding { return [][]key.Binding{s.ShortHelp()} }
