package ui

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"

	"fob/client/secret"
	"fob/config/stash"
	"fob/ui/desk"
)

// stashEnd asks which end is meant: forgetting a key here, which leaves it alive, or revoking it there.
type stashEnd struct {
	world
	id      screenID
	row     *desk.Checked
	refusal string // why it can't be revoked from here
	working bool
	pulse   pulse
	err     error
	width   int
}

func newStashEnd(w world, row *desk.Checked, refusal string) *stashEnd {
	s := &stashEnd{world: w, id: w.newID(), row: row, refusal: refusal}
	s.pulse.to = s.id
	return s
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
	case beatMsg:
		return s, s.pulse.hear(msg)
	case actedMsg:
		s.working = false
		s.pulse.stop()
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
		case matches(msg, keys.Back): // the outcome of what was begun is still told
			return s, s.ask(closeMsg{s.id})
		case s.working:
		case matches(msg, forgetHere):
			s.working, s.err = true, nil
			keeps, row := s.Keeps(), s.row
			return s, tea.Batch(s.pulse.start(), action(s.id, "forgetting "+row.Name, func(ctx ctxt) (tea.Msg, error) {
				removed, err := keeps.Remove(ctx, row.Stashed)
				return forgottenMsg{removed.Left}, err
			}))
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
	var lines []string
	end := func(sign string, style lipgloss.Style, sentences ...string) {
		for _, text := range sentences {
			for _, part := range wrap(text, s.width-7) {
				lines = append(lines, style.Bold(true).Render(sign)+style.Render("  "+strings.TrimRight(part, " ")))
				sign = " "
			}
		}
	}
	end("f", l.plain, s.forgetWords()...)
	lines = append(lines, "")
	switch {
	case s.refusal == "":
		end("r", l.plain, "revoke it there: the key works no more, for anybody.", "What is kept here is useless then.")
	case s.row.Verdict == desk.VerdictRevoked:
		end("r", l.faint, "is not needed: it is revoked already")
	default:
		end("r", l.faint, "can't be revoked from here: "+s.refusal)
	}
	switch {
	case s.working:
		words := "under way" + s.pulse.since()
		if s.pulse.seconds() >= patience {
			words = "waiting for your keyring" + s.pulse.since()
		}
		lines = append(lines, "", l.accent.Render(s.pulse.spin(l)+" "+words)+l.faint.Render(": esc stops waiting, what was begun goes on"))
	case s.err != nil:
		lines = append(lines, "", l.bad.Render("not forgotten: ")+l.line(placeFailure(s.err)))
	}
	return l.box("Which end of "+l.line(s.row.Name)+"?", strings.Join(lines, "\n"), s.width)
}

// forgetWords say what forgetting the key does.
func (s *stashEnd) forgetWords() []string {
	what := "forget it here: fob's list on this machine has it no more."
	var left []string
	for _, p := range s.row.Entry.Places {
		if p.Kind == stash.KindKeyring {
			what = "forget it here: its secret leaves this machine's keyring."
		} else if p.Custody != string(secret.Sent) {
			left = append(left, desk.PlaceName(p))
		}
	}
	words := []string{what}
	if len(left) > 0 {
		words = append(words, "It stays in: "+strings.Join(left, ", ")+".")
	}
	if s.row.Verdict != desk.VerdictRevoked && s.row.Verdict != desk.VerdictExpired {
		words = append(words, "The key goes on working for whoever else has it.")
	}
	return words
}

// ShortHelp are the keys for the footer.
func (s *stashEnd) ShortHelp() []key.Binding {
	switch {
	case s.working:
		return []key.Binding{saying(keys.Back, "stop waiting")}
	case s.refusal != "":
		return []key.Binding{forgetHere, keys.Back}
	}
	return []key.Binding{forgetHere, revokeThere, keys.Back}
}

// FullHelp are all keys of the screen.
func (s *stashEnd) FullHelp() [][]key.Binding { return [][]key.Binding{s.ShortHelp()} }
