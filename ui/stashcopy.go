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
	id       screenID
	row      *desk.Checked
	places   []desk.PlaceChoice
	cursor   int
	input    textinput.Model // the env file's path
	typing   bool
	replace  bool     // an API_KEY is there already: y replaces it
	warnings []string // of the env file: y writes it all the same
	agreed   desk.Place
	working  bool
	pulse    pulse
	err      error
	width    int
}

func newStashCopy(w world, row *desk.Checked) *stashCopy {
	s := &stashCopy{world: w, id: w.newID(), row: row, input: w.look.input()}
	s.pulse.to = s.id
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
func (s *stashCopy) Typing() bool { return s.typing }

// SetSize gives the screen its space.
func (s *stashCopy) SetSize(width, _ int) {
	s.width = min(width-2, 72)
	s.input.Width = s.width - 8
}

// copiedMsg is what came of it; with warnings alone, nothing yet.
type copiedMsg struct {
	done        bool
	custody     secret.Custody
	destination string
	warnings    []string
}

// Update hears the outcome, then keys.
func (s *stashCopy) Update(msg tea.Msg) (screen, tea.Cmd) {
	switch msg := msg.(type) {
	case actedMsg:
		return s, s.heard(msg)
	case beatMsg:
		return s, s.pulse.hear(msg)
	case tea.KeyMsg:
		return s, s.key(msg)
	}
	var cmd tea.Cmd
	s.input, cmd = s.input.Update(msg)
	return s, cmd
}

// heard takes the outcome: the key is there, or the file has to be asked about first.
func (s *stashCopy) heard(msg actedMsg) tea.Cmd {
	s.working = false
	s.pulse.stop()
	body, _ := msg.body.(copiedMsg)
	switch {
	case errors.Is(msg.err, stash.ErrHasKey):
		s.replace = true
		return nil
	case msg.err != nil:
		s.err = msg.err
		return nil
	case !body.done:
		s.warnings = body.warnings
		return nil
	}
	said := saidMsg{text: fmt.Sprintf("%s is %s: %s", s.row.Name, body.custody, visible.Line(body.destination))}
	for _, w := range body.warnings {
		said = saidMsg{text: w, warning: true}
	}
	return s.ask(closeMsg{s.id}, changedMsg{}, said)
}

func (s *stashCopy) key(msg tea.KeyMsg) tea.Cmd {
	switch {
	case s.working && matches(msg, keys.Back): // its outcome is still told
		return s.ask(closeMsg{s.id})
	case s.working:
		return nil
	case s.replace, len(s.warnings) > 0:
		return s.answer(msg)
	case matches(msg, keys.Back) && s.typing:
		s.typing, s.err = false, nil
		s.input.Blur()
		return nil
	case matches(msg, keys.Back):
		return s.ask(closeMsg{s.id})
	case s.typing && msg.Type == tea.KeyEnter:
		path := strings.TrimSpace(s.input.Value())
		if path == "" {
			return nil
		}
		return s.take(desk.Place{Kind: desk.InEnvFile, Path: path}, false)
	case s.typing:
		s.err = nil
		var cmd tea.Cmd
		s.input, cmd = typeInto(s.input, msg)
		return cmd
	case matches(msg, keys.Up):
		s.cursor, s.err = max(s.cursor-1, 0), nil
	case matches(msg, keys.Down):
		s.cursor, s.err = min(s.cursor+1, len(s.places)-1), nil
	case msg.Type == tea.KeyEnter:
		if p := s.places[s.cursor]; p.Kind != desk.InEnvFile {
			return s.take(p.Place(), true)
		}
		s.typing, s.err = true, nil
		return s.input.Focus()
	}
	return nil
}

// answer hears the key after a question about the file.
func (s *stashCopy) answer(msg tea.KeyMsg) tea.Cmd {
	place, warned := s.agreed, len(s.warnings) > 0
	place.Replace = place.Replace || s.replace
	s.replace, s.warnings = false, nil
	if msg.String() != "y" {
		return nil
	}
	return s.take(place, warned)
}

// take copies the key to the place. What speaks against an env file is asked about first, unless that has been agreed to.
func (s *stashCopy) take(p desk.Place, agreed bool) tea.Cmd {
	s.working, s.err, s.agreed = true, nil, p
	d, row := s.Desk, s.row
	only := ""
	if reach := row.Entry.Workspaces; !row.Entry.AllWorkspaces && len(reach) == 1 {
		only = reach[0]
	}
	return tea.Batch(s.pulse.start(), action(s.id, "copying "+row.Name, func(ctx ctxt) (tea.Msg, error) {
		if !agreed {
			tried, err := d.Try(ctx, p, only)
			if err != nil || len(tried.Warnings) > 0 {
				return copiedMsg{warnings: tried.Warnings}, err
			}
		}
		placed, warnings, err := d.CopyStashed(ctx, row.Stashed, p)
		return copiedMsg{true, placed.Custody, placed.Destination, warnings}, err
	}))
}

// View draws the places, or asks for the path.
func (s *stashCopy) View() string {
	l := s.look
	var lines []string
	if s.typing {
		lines = append(lines, "Which file? API_KEY, API_URL and, for one workspace,", "DEFAULT_WORKSPACE_NAME are written; other lines stay.", "", l.accent.Render("> ")+l.field(s.input))
	} else {
		for i, p := range s.places {
			if i == s.cursor {
				lines = append(lines, l.selected.Render(l.cursor+" "+l.line(p.Label)))
				for _, part := range wrap(p.Note, s.width-8) {
					lines = append(lines, l.faint.Render("    "+strings.TrimRight(part, " ")))
				}
			} else {
				lines = append(lines, "  "+l.line(p.Label))
			}
		}
		lines = append(lines, "", l.faint.Render("The secret goes there without being shown."))
	}
	switch {
	case s.working:
		lines = append(lines, "", l.accent.Render(s.pulse.spin(l)+" "+s.waitWords())+l.faint.Render(": esc stops waiting, what was begun goes on"))
	case s.replace:
		lines = append(lines, "", l.warn.Render("It has an API_KEY already, which may be the only copy of another key: replace it? y replaces, any other key doesn't"))
	case len(s.warnings) > 0:
		lines = append(lines, "", l.warn.Render("! "+strings.Join(s.warnings, "; ")+". Write it all the same? y writes, any other key doesn't"))
	case s.err != nil:
		lines = append(lines, "", l.bad.Render("not copied: ")+l.line(placeFailure(s.err)))
	}
	return l.box("Copy "+l.line(s.row.Name)+" to", strings.Join(lines, "\n"), s.width)
}

func (s *stashCopy) waitWords() string {
	if s.pulse.seconds() >= patience && s.agreed.Kind != desk.InCommand {
		return "waiting for your keyring" + s.pulse.since()
	}
	return "under way" + s.pulse.since()
}

// ShortHelp are the keys for the footer.
func (s *stashCopy) ShortHelp() []key.Binding {
	switch {
	case s.working:
		return []key.Binding{saying(keys.Back, "stop waiting")}
	case s.replace, len(s.warnings) > 0:
		return []key.Binding{bind("y", "yes", "y"), bind("any other key", "no", "")}
	case s.typing:
		return []key.Binding{saying(keys.Done, "write it"), keys.Back}
	}
	return []key.Binding{saying(keys.Done, "copy"), bind("↑↓", "move"), keys.Back}
}

// FullHelp are all keys of the screen.
func (s *stashCopy) FullHelp() [][]key.Binding { return [][]key.Binding{s.ShortHelp()} }
