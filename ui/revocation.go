package ui

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"fob/client"
	"fob/client/lifecycle"
	"fob/ui/desk"
)

// revocation asks before keys are revoked, and shows what becomes of each. It carries the keys as they were when x was
// pressed, never "the current row".
type revocation struct {
	world
	id            screenID
	scope         client.Scope
	rows          []*desk.Row
	word          string // what has to be typed; "": y is enough
	input         textinput.Model
	width, height int

	working  load
	started  bool
	stopping bool
	finished bool
	results  []desk.Revoked
}

func newRevocation(w world, scope client.Scope, rows []*desk.Row) *revocation {
	s := &revocation{world: w, id: w.newID(), scope: scope, rows: rows, input: w.look.input()}
	s.working.to = s.id
	s.word = desk.WordFor(rows)
	return s
}

// Init gives the field the keyboard.
func (s *revocation) Init() tea.Cmd {
	if s.word == "" {
		return nil
	}
	return s.input.Focus()
}

// ID is the number by which answers find this screen.
func (s *revocation) ID() screenID { return s.id }

// Typing tells whether the field has the keyboard.
func (s *revocation) Typing() bool { return s.word != "" && !s.started }

// Guard says that keys are being revoked.
func (s *revocation) Guard() string {
	if s.started && !s.finished {
		return fmt.Sprintf("%d of %d done, one under way", len(s.results), len(s.rows))
	}
	return ""
}

// SetSize gives the screen its space.
func (s *revocation) SetSize(width, height int) {
	s.width, s.height = min(width-2, 79), height
	s.input.Width = max(s.width-len(s.question())-8, 10)
}

// Update hears the answer, then the results.
func (s *revocation) Update(msg tea.Msg) (screen, tea.Cmd) {
	switch msg := msg.(type) {
	case streamMsg:
		if msg.seq == s.working.seq {
			s.results = append(s.results, msg.body.([]desk.Revoked)...)
		}
		return s, nil
	case loadedMsg:
		if !s.working.done(msg) {
			return s, nil
		}
		s.finished = true
		s.results = msg.body.(revokedMsg).results
		return s, tea.Batch(s.ask(restedMsg{}), s.concluded())
	case tea.KeyMsg:
		return s, s.key(msg)
	}
	var cmd tea.Cmd
	s.input, cmd = s.input.Update(msg)
	return s, cmd
}

type revokedMsg struct{ results []desk.Revoked }

func (s *revocation) key(msg tea.KeyMsg) tea.Cmd {
	switch {
	case s.finished:
		return s.ask(closeMsg{s.id})
	case s.started:
		if matches(msg, keys.Back) {
			s.stopping = true
			s.working.halt()
		}
		return nil
	case matches(msg, keys.Back):
		return s.ask(closeMsg{s.id})
	case s.word == "":
		if msg.String() == "y" {
			return s.begin()
		}
		return nil
	case matches(msg, keys.Done):
		if s.input.Value() == s.word {
			return s.begin()
		}
		return nil
	}
	var cmd tea.Cmd
	s.input, cmd = typeInto(s.input, msg)
	return cmd
}

func (s *revocation) begin() tea.Cmd {
	s.started = true
	s.ask(actingMsg{what: "revoking"})
	d, scope, rows := s.Desk, s.scope, s.rows
	return stream(&s.working, func(a, b []desk.Revoked) []desk.Revoked { return append(a[:len(a):len(a)], b...) },
		func(ctx ctxt, tell func([]desk.Revoked)) (tea.Msg, error) {
			return revokedMsg{d.Revoke(ctx, scope, rows, func(r desk.Revoked) { tell([]desk.Revoked{r}) })}, nil
		})
}

// concluded tells the tables, and leaves at once when there is nothing to read.
func (s *revocation) concluded() tea.Cmd {
	var gone []string
	for _, r := range s.results {
		if r.State.Done() {
			gone = append(gone, r.Key.ID)
		}
	}
	if len(gone) == len(s.rows) && len(s.rows) == 1 && len(s.results[0].Warnings) == 0 {
		text := s.rows[0].Name + " is revoked"
		if s.results[0].State == lifecycle.AlreadyGone {
			text = s.rows[0].Name + " was gone already"
		}
		s.ask(closeMsg{s.id}, saidMsg{text: text})
	} else {
		s.ask(pauseMsg{}) // a key typed for the work before must not close the results unread
	}
	return s.ask(changedMsg{revoked: gone})
}

// View draws the question, or how far the work is.
func (s *revocation) View() string {
	if s.started {
		return s.look.box(s.progressTitle(), strings.Join(s.progress(), "\n"), s.width)
	}
	l := s.look
	var lines []string
	title := "Revoke " + l.truncate(s.rows[0].Name, s.width-15) + "?"
	if len(s.rows) > 1 {
		title = fmt.Sprintf("Revoke %d keys?", len(s.rows))
		lines = append(lines, s.several()...)
	} else {
		lines = append(lines, s.single()...)
	}
	lines = append(lines, "Whoever uses it will get 401 from now on. This can't be undone.", "")
	if s.word == "" {
		lines = append(lines, l.bold.Render("y")+" revokes it, esc leaves it as it is")
	} else {
		lines = append(lines, s.question()+l.field(s.input))
		if typed := s.input.Value(); typed != "" && !strings.HasPrefix(s.word, typed) {
			lines = append(lines, l.warn.Render("that is not what is asked for"))
		}
	}
	return l.box(title, strings.Join(lines, "\n"), s.width)
}

// question says what has to be typed.
func (s *revocation) question() string {
	switch {
	case len(s.rows) > 1:
		return `Type "` + s.word + `" to revoke them: `
	case s.rows[0].Named && s.word == s.rows[0].Name:
		return "Type its name to revoke it: "
	}
	if s.word == desk.ShortID(s.rows[0].Key.ID) {
		return `Type "` + s.word + `", the start of its id, to revoke it: `
	}
	return `Type "` + s.word + `" to revoke it: `
}

// single describes the one key.
func (s *revocation) single() []string {
	l, r := s.look, s.rows[0]
	dot := " " + l.dot + " "
	var lines []string
	for _, text := range []string{
		r.Type + " key" + dot + l.line(r.Role) + dot + l.line(r.Scope),
		"made by " + l.line(r.CreatedBy) + dot + "expires " + expiryWords(r.Key.ExpiresAt, s.Now()),
		"id " + l.line(r.Key.ID),
	} {
		lines = append(lines, wrap(text, s.width-4)...)
	}
	if r.Wide() {
		lines = append(lines, l.warn.Render(l.note+" it reaches beyond one workspace, or administers"))
	}
	if r.Kept {
		lines = append(lines, l.warn.Render(l.note+" this machine keeps it"))
	}
	return append(lines, "")
}

// several lists the keys, as many as fit.
func (s *revocation) several() []string {
	var lines []string
	room := max(s.height-12, 3)
	for i, r := range s.rows {
		if i == room-1 && len(s.rows) > room {
			lines = append(lines, s.look.faint.Render(fmt.Sprintf("and %d more", len(s.rows)-i)))
			break
		}
		lines = append(lines, s.look.cell(r.Label(), 34)+" "+s.look.faint.Render(r.Type+" "+s.look.dot+" "+s.look.line(r.Scope)+" "+s.look.dot+" "+s.look.line(r.CreatedBy)))
	}
	inner := s.width - 4
	for i := range lines {
		lines[i] = cut(lines[i], inner)
	}
	return append(lines, "")
}

// gone counts the keys that work no more.
func (s *revocation) gone() int {
	n := 0
	for _, r := range s.results {
		if r.State.Done() {
			n++
		}
	}
	return n
}

func (s *revocation) progressTitle() string {
	switch {
	case s.finished:
		gone := s.gone()
		if gone == len(s.rows) {
			return keysWord(gone) + " revoked"
		}
		return fmt.Sprintf("%d of %s revoked", gone, keysWord(len(s.rows)))
	case s.stopping:
		return "Stopping after the one under way"
	}
	return "Revoking"
}

// progress draws the bar and the result of each key, the last ones where they don't all fit.
func (s *revocation) progress() []string {
	l, n := s.look, len(s.rows)
	inner := s.width - 4
	width := max(inner-14, 10)
	full := width * len(s.results) / n
	lines := []string{l.accent.Render(strings.Repeat(l.bar, full)) + l.faint.Render(strings.Repeat(l.barEmpty, width-full)) + fmt.Sprintf("  %d of %d", s.gone(), n), ""}
	room := max(s.height-10, 3)
	results := slices.Clone(s.results)
	slices.Reverse(results) // while it goes on, the last ones; in the end, what went wrong
	if s.finished {
		results = slices.Clone(s.results)
		slices.SortStableFunc(results, func(a, b desk.Revoked) int { return cmp.Compare(rank(a), rank(b)) })
	}
	var shown []string
	hidden := len(results)
	for _, r := range results {
		block := s.result(r)
		if len(shown)+len(block) > room {
			break
		}
		shown = append(shown, block...)
		hidden--
	}
	if hidden > 0 {
		shown = append(shown, l.faint.Render(fmt.Sprintf("and %d more", hidden)))
	}
	for _, line := range shown {
		lines = append(lines, cut(line, inner))
	}
	lines = append(lines, "")
	if s.finished {
		return append(lines, l.faint.Render("any key closes"))
	}
	if s.stopping {
		return append(lines, l.faint.Render("what was sent is waited for, the rest is left alone"))
	}
	return append(lines, l.faint.Render("esc stops after the one under way"))
}

// rank puts first what went wrong, then what was not tried, then what is done.
func rank(r desk.Revoked) int {
	switch {
	case r.State.Done() && len(r.Warnings) == 0:
		return 2
	case r.State == lifecycle.NotTried:
		return 1
	}
	return 0
}

// result says what became of a key, and below why, where there is more to say.
func (s *revocation) result(r desk.Revoked) []string {
	l := s.look
	style := l.bad
	if r.State.Done() {
		style = l.good
	}
	label := s.rows[min(r.Index, len(s.rows)-1)].Label()
	lines := []string{l.cell(label, 34) + " " + style.Render(string(r.State))}
	if r.Err != nil && r.State != lifecycle.NotTried { // that one was stopped says it all
		lines = append(lines, "  "+l.line(brief(r.Err)))
	}
	for _, w := range r.Warnings {
		lines = append(lines, l.warn.Render("  "+l.note+" "+l.line(w)))
	}
	return lines
}

// ShortHelp are the keys for the footer.
func (s *revocation) ShortHelp() []key.Binding {
	switch {
	case s.finished:
		return []key.Binding{saying(keys.Done, "close")}
	case s.stopping:
		return []key.Binding{saying(keys.Cancel, "leave all the same")}
	case s.started:
		return []key.Binding{saying(keys.Back, "stop after this one")}
	case s.word == "":
		return []key.Binding{bind("y", "revoke", "y"), saying(keys.Back, "leave it")}
	}
	return []key.Binding{saying(keys.Done, "revoke, once typed"), saying(keys.Back, "leave it")}
}

// FullHelp are all keys of the screen.
func (s *revocation) FullHelp() [][]key.Binding { return [][]key.Binding{s.ShortHelp()} }
