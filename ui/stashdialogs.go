package ui

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"fob/client/secret"
	"fob/client/visible"
	"fob/config/stash"
	"fob/ui/desk"
)

// stashCopy asks where else the secret of a kept key shall go, and takes it there without showing it.
type stashCopy struct {
	world
	id      screenID
	row     *desk.Checked
	places  []desk.PlaceChoice
	cursor  int
	input   textinput.Model // the env file's path
	asking  bool            // the path is being typed
	replace bool            // an API_KEY is there already: enter replaces it
	working bool
	err     error
	width   int
}

func newStashCopy(w world, row *desk.Checked) *stashCopy {
	s := &stashCopy{world: w, id: w.newID(), row: row, input: w.look.input()}
	for _, p := range w.PlaceChoices() {
		inKeyring := p.Kind == desk.InKeyring && slices.ContainsFunc(row.Entry.Places, func(at stash.Place) bool { return at.Kind == stash.KindKeyring })
		if p.Kind != desk.OnDisplay && !inKeyring {
			s.places = append(s.places, p)
		}
	}
	s.input.SetValue("./.env")
	return s
}

// ID is the number by which answers find this screen.
func (s *stashCopy) ID() screenID { return s.id }

// Typing tells whether the path has the keyboard.
func (s *stashCopy) Typing() bool { return s.asking }

// SetSize gives the screen its space.
func (s *stashCopy) SetSize(width, _ int) {
	s.width = min(width-2, 72)
	s.input.Width = s.width - 8
}

type copiedMsg struct {
	custody     secret.Custody
	destination string
	warnings    []string
}

// Update hears the outcome, then keys.
func (s *stashCopy) Update(msg tea.Msg) (screen, tea.Cmd) {
	switch msg := msg.(type) {
	case actedMsg:
		s.working = false
		s.err = msg.err
		s.replace = errors.Is(msg.err, stash.ErrHasKey)
		if msg.err != nil {
			return s, nil
		}
		c := msg.body.(copiedMsg)
		said := saidMsg{text: fmt.Sprintf("%s is %s: %s", s.row.Name, c.custody, visible.Line(c.destination))}
		for _, w := range c.warnings {
			said = saidMsg{text: w, warning: true}
		}
		return s, s.ask(closeMsg{s.id}, changedMsg{}, said)
	case tea.KeyMsg:
		return s, s.key(msg)
	}
	var cmd tea.Cmd
	s.input, cmd = s.input.Update(msg)
	return s, cmd
}

func (s *stashCopy) key(msg tea.KeyMsg) tea.Cmd {
	switch {
	case s.working:
		return nil
	case matches(msg, keys.Back):
		if s.asking {
			s.asking, s.replace, s.err = false, false, nil
			return nil
		}
		return s.ask(closeMsg{s.id})
	case s.asking && msg.Type == tea.KeyEnter:
		return s.take(desk.Place{Kind: desk.InEnvFile, Path: strings.TrimSpace(s.input.Value()), Replace: s.replace})
	case s.asking:
		s.replace, s.err = false, nil
		var cmd tea.Cmd
		s.input, cmd = s.input.Update(msg)
		return cmd
	case matches(msg, keys.Up):
		s.cursor = max(s.cursor-1, 0)
	case matches(msg, keys.Down):
		s.cursor = min(s.cursor+1, len(s.places)-1)
	case msg.Type == tea.KeyEnter:
		if p := s.places[s.cursor]; p.Kind != desk.InEnvFile {
			return s.take(p.Place())
		}
		s.asking, s.err = true, nil
		return s.input.Focus()
	}
	return nil
}

func (s *stashCopy) take(p desk.Place) tea.Cmd {
	s.working, s.err = true, nil
	d, row := s.Desk, s.row
	return action(s.id, "copying "+row.Name, func(ctx ctxt) (tea.Msg, error) {
		placed, warnings, err := d.CopyStashed(ctx, row.Stashed, p)
		return copiedMsg{placed.Custody, placed.Destination, warnings}, err
	})
}

// View draws the places, or asks for the path.
func (s *stashCopy) View() string {
	l := s.look
	var lines []string
	if s.asking {
		lines = append(lines, "Which file? API_KEY, API_URL and, for one workspace,", "DEFAULT_WORKSPACE_NAME are written; other lines stay.", "", l.accent.Render("> ")+s.input.View())
		if s.replace {
			lines = append(lines, "", l.warn.Render(l.note+" It has an API_KEY already, maybe the only copy of another key. enter replaces it."))
		}
	} else {
		for i, p := range s.places {
			line := p.Label
			if i == s.cursor {
				lines = append(lines, l.selected.Render(l.cursor+" "+line), l.faint.Render("    "+p.Note))
			} else {
				lines = append(lines, "  "+line)
			}
		}
		lines = append(lines, "", l.faint.Render("The secret goes there without being shown."))
	}
	switch {
	case s.working:
		lines = append(lines, "", l.faint.Render("working "+l.ellipsis+" a locked keyring asks for its password"))
	case s.err != nil && !s.replace:
		lines = append(lines, "", l.bad.Render("not copied: ")+explain(s.err))
	}
	return l.box("Copy "+s.row.Name+" to", strings.Join(lines, "\n"), s.width)
}

// ShortHelp are the keys for the footer.
func (s *stashCopy) ShortHelp() []key.Binding {
	return []key.Binding{saying(keys.Done, "copy"), bind("↑↓", "move"), keys.Back}
}

// FullHelp are all keys of the screen.
func (s *stashCopy) FullHelp() [][]key.Binding { return [][]key.Binding{s.ShortHelp()} }

// stashEnd asks which end is meant: forgetting a key here, which leaves it alive, or revoking it there.
type stashEnd struct {
	world
	id      screenID
	row     *desk.Checked
	refusal string // why it can't be revoked from here
	working bool
	err     error
	width   int
}

func newStashEnd(w world, row *desk.Checked, refusal string) *stashEnd {
	return &stashEnd{world: w, id: w.newID(), row: row, refusal: refusal}
}

// ID is the number by which answers find this screen.
func (s *stashEnd) ID() screenID { return s.id }

// SetSize gives the screen its space.
func (s *stashEnd) SetSize(width, _ int) { s.width = min(width-2, 72) }

var (
	forgetHere  = bind("f", "forget here", "f")
	revokeThere = bind("r", "revoke there", "r")
)

// Update hears which end was chosen.
func (s *stashEnd) Update(msg tea.Msg) (screen, tea.Cmd) {
	switch msg := msg.(type) {
	case actedMsg:
		s.working = false
		if s.err = msg.err; s.err != nil {
			return s, nil
		}
		text := s.row.Name + " is forgotten here"
		if left := msg.body.(forgottenMsg).left; len(left) > 0 {
			text += "; it is still in " + strings.Join(left, ", ")
		}
		return s, s.ask(closeMsg{s.id}, changedMsg{}, saidMsg{text: text})
	case tea.KeyMsg:
		switch {
		case s.working:
		case matches(msg, keys.Back):
			return s, s.ask(closeMsg{s.id})
		case matches(msg, forgetHere):
			s.working = true
			keeps, row := s.Keeps(), s.row
			return s, action(s.id, "forgetting "+row.Name, func(ctx ctxt) (tea.Msg, error) {
				removed, err := keeps.Remove(ctx, row.Stashed)
				return forgottenMsg{removed.Left}, err
			})
		case matches(msg, revokeThere) && s.refusal == "":
			return s, s.ask(closeMsg{s.id}, openMsg{screen: newRevocation(s.world, s.row.Row.HomeScope(), []*desk.Row{s.row.Row}), boxed: true})
		}
	}
	return s, nil
}

type forgottenMsg struct{ left []string }

// View draws the two ends.
func (s *stashEnd) View() string {
	l := s.look
	lines := []string{l.bold.Render("f") + "  forget it here: its secret leaves this machine's keyring."}
	if s.row.Verdict != desk.VerdictRevoked {
		lines = append(lines, "   The key goes on working for whoever else has it.")
	}
	lines = append(lines, "")
	if s.refusal == "" {
		lines = append(lines, l.bold.Render("r")+"  revoke it there: the key works no more, for anybody.", "   What is kept here is useless then.")
	} else {
		lines = append(lines, l.faint.Render("r  can't be revoked from here: "+s.refusal))
	}
	switch {
	case s.working:
		lines = append(lines, "", l.faint.Render("working "+l.ellipsis))
	case s.err != nil:
		lines = append(lines, "", l.bad.Render("not forgotten: ")+explain(s.err))
	}
	return l.box("Which end of "+s.row.Name+"?", strings.Join(lines, "\n"), s.width)
}

// ShortHelp are the keys for the footer.
func (s *stashEnd) ShortHelp() []key.Binding {
	if s.refusal != "" {
		return []key.Binding{forgetHere, keys.Back}
	}
	return []key.Binding{forgetHere, revokeThere, keys.Back}
}

// FullHelp are all keys of the screen.
func (s *stashEnd) FullHelp() [][]key.Binding { return [][]key.Binding{s.ShortHelp()} }
