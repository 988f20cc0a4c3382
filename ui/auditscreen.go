package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"fob/client"
	"fob/client/audit"
	"fob/client/audit/history"
	"fob/ui/desk"
)

// auditScreen is the tab that says which keys nobody seems to need, and how sure that is.
type auditScreen struct {
	world
	id            screenID
	width, height int
	now           time.Time

	days      int // how far back to read; 0: as the policy says
	audit     desk.Audit
	judged    bool
	stopped   bool // a person stopped the reading: it goes on when they say so
	progress  desk.AuditProgress
	err       error
	reading   load
	relisting load // the keys alone, because some changed

	rows   []*finding
	table  *table[*finding]
	filter filterLine[*finding]
}

// finding is a finding with the key that it is about, nil if the key is gone.
type finding struct {
	audit.Finding
	id  string
	row *desk.Row
}

// auditedMsg is an audit that was read, relistedMsg one whose keys were read again.
type (
	auditedMsg  struct{ audit desk.Audit }
	relistedMsg struct{ audit desk.Audit }
)

func newAuditScreen(w world) *auditScreen {
	s := &auditScreen{world: w, id: w.newID(), now: w.Now()}
	s.reading.to, s.relisting.to = s.id, s.id
	s.filter = newFilterLine(w.look, findingLanguage(), "text, or severity:high rule:not-seen key: evidence:")
	s.table = newTable(w.look, func(f *finding) string { return f.id }, func(f *finding) bool { return f.row != nil && f.row.Kept }, findingColumns(w.look))
	return s
}

// ID is the number by which answers find this screen.
func (s *auditScreen) ID() screenID { return s.id }

// Typing tells whether the filter has the keyboard.
func (s *auditScreen) Typing() bool { return s.filter.typing }

// Age is how old the audit is, in words for the header.
func (s *auditScreen) Age() string {
	if s.reading.busy() || !s.judged {
		return ""
	}
	return age(s.audit.Result.AsOf, s.now)
}

// read begins the audit. The history of a large organization takes a while: what it has come to is on screen, and esc
// stops it.
func (s *auditScreen) read() tea.Cmd {
	d := s.Desk
	question := desk.AuditQuestion{Days: s.days, Depth: history.Last}
	s.progress, s.err, s.stopped = desk.AuditProgress{}, nil, false
	s.relisting.stop()
	return stream(&s.reading, func(_, b desk.AuditProgress) desk.AuditProgress { return b },
		func(ctx ctxt, tell func(desk.AuditProgress)) (tea.Msg, error) {
			a, err := d.Audit(ctx, question, tell)
			return auditedMsg{a}, err
		})
}

// SetSize gives the screen its space.
func (s *auditScreen) SetSize(width, height int) {
	s.width, s.height = width, height
	s.table.setSize(width, max(height-s.aboveTable()-1, 2))
	s.filter.input.Width = max(width-22, 20)
}

// Stop drops what is being asked.
func (s *auditScreen) Stop() { s.reading.stop() }

// Update hears answers first, then keys.
func (s *auditScreen) Update(msg tea.Msg) (screen, tea.Cmd) {
	switch msg := msg.(type) {
	case loadedMsg:
		return s, s.loaded(msg)
	case actedMsg:
		return s, s.outcome(msg)
	case streamMsg:
		if msg.seq == s.reading.seq {
			s.progress = msg.body.(desk.AuditProgress)
		}
		return s, nil
	case shownMsg:
		if !s.judged && !s.stopped && !s.reading.busy() && s.err == nil {
			return s, s.read()
		}
	case changedMsg:
		for _, f := range s.table.marked() {
			if slices.Contains(msg.done, f.KeyID) {
				s.table.mark(f.id, false)
			}
		}
		return s, s.changed(msg.revoked)
	case signedInMsg:
		if s.err != nil {
			s.err = nil
			return s, s.read()
		}
	case exceptedMsg:
		s.audit.Policy = msg.policy
		s.take(s.audit.Rejudge(nil))
	case tickMsg:
		s.now = s.Now()
	case tea.KeyMsg:
		if s.filter.typing {
			return s, s.typed(msg)
		}
		return s, s.key(msg)
	}
	return s, nil
}

// loaded hears an audit, or the keys as they are after a change.
func (s *auditScreen) loaded(msg loadedMsg) tea.Cmd {
	if body, ok := msg.body.(relistedMsg); ok {
		if s.relisting.done(msg) && msg.err == nil { // otherwise what was judged stays
			body.audit.Policy = s.audit.Policy
			s.take(body.audit.Rejudge(nil))
		}
		return nil
	}
	if !s.reading.done(msg) {
		return nil
	}
	if s.err = msg.err; s.err != nil {
		return nil
	}
	s.take(msg.body.(auditedMsg).audit)
	return s.ask(lastQueriesMsg{s.audit.LastQueries()})
}

// changed takes the keys away that were revoked, at once, and looks at the others again.
func (s *auditScreen) changed(revoked []string) tea.Cmd {
	if !s.judged {
		return nil
	}
	s.take(s.audit.Rejudge(revoked))
	d, a := s.Desk, s.audit
	return s.relisting.start(0, func(ctx ctxt) (tea.Msg, error) {
		a, err := d.Relist(ctx, a)
		return relistedMsg{a}, err
	})
}

// take shows what was judged. Excepted findings are counted and not listed.
func (s *auditScreen) take(a desk.Audit) {
	s.audit, s.judged = a, true
	s.rows = s.rows[:0:0]
	for _, f := range a.Result.Findings {
		if !f.Excepted() {
			s.rows = append(s.rows, &finding{Finding: f, id: string(f.Rule) + " " + f.KeyID, row: a.Rows[f.KeyID]})
		}
	}
	s.table.forget(s.rows)
	s.SetSize(s.width, s.height)
	s.arrange()
}

func (s *auditScreen) arrange() {
	order, reverse := s.table.arrangement()
	s.table.show(s.rows, arrange(s.rows, s.filter.match(), order, reverse))
}

func (s *auditScreen) key(msg tea.KeyMsg) tea.Cmd {
	if cmd, mine := marksOn(s.world, s.table, msg, s.unmarkable); mine {
		return cmd
	}
	if s.table.key(msg) {
		return nil
	}
	switch {
	case matches(msg, keys.Refresh):
		return s.read()
	case matches(msg, keys.Back):
		return s.back()
	case matches(msg, keys.Filter):
		return s.filter.open()
	case matches(msg, keys.Sort):
		s.table.sortNext()
		s.arrange()
	case matches(msg, keys.Reverse):
		s.table.reverse = !s.table.reverse
		s.arrange()
	case matches(msg, keys.Window):
		return s.nextWindow()
	case matches(msg, keys.Export) && s.judged:
		return s.ask(openMsg{screen: newExport(s.world, s.audit), boxed: true})
	}
	return s.act(msg)
}

// act hears the keys that do something with the finding under the cursor, or with the marked ones.
func (s *auditScreen) act(msg tea.KeyMsg) tea.Cmd {
	f, selected := s.table.selected()
	if !selected {
		return nil
	}
	if cmd, mine := s.onKey(msg, f.row, s.marked(), s); mine {
		return cmd
	}
	switch {
	case matches(msg, keys.Details):
		return s.ask(openMsg{screen: newEvidence(s.world, s.audit, f)})
	case matches(msg, keys.CopyID):
		d, text := s.Desk, s.audit.FindingText(f.Finding)
		return s.action(s.id, "copying the finding", func(ctx ctxt) (tea.Msg, error) {
			return saidMsg{text: "sent the finding as text to " + d.ClipboardWay()}, d.Copy(ctx, text)
		})
	case matches(msg, keys.Except):
		return s.ask(openMsg{screen: newExcept(s.world, s.id, s.audit, f), boxed: true})
	case f.row == nil && (matches(msg, keys.Edit) || matches(msg, keys.Revoke)):
		return s.say("the platform doesn't show this key")
	case matches(msg, keys.Edit):
		chosen := s.chosen(f)
		if cmd, barred := s.barSome(chosen, s.unmark); barred {
			return cmd
		}
		if len(chosen) > 1 {
			return s.ask(openMsg{screen: newSeveralEditor(s.world, s.audit.List(), chosen, s.audit.Surroundings())})
		}
		return s.ask(openMsg{screen: newEditor(s.world, chosen[0])})
	case matches(msg, keys.Revoke):
		chosen := s.chosen(f)
		if cmd, barred := s.barSome(chosen, s.unmark); barred {
			return cmd
		}
		return s.ask(openMsg{screen: newBulk(s.world, s.Revocation(client.Scope{}), s.audit.List(), chosen, s.audit.Surroundings()), boxed: true})
	}
	return nil
}

// back stops the reading, or clears the filter, then the marks.
func (s *auditScreen) back() tea.Cmd {
	switch {
	case s.reading.busy():
		s.reading.stop()
		s.stopped = true
		return s.say("stopped; what was learned of the history is kept, r goes on")
	case !s.filter.empty():
		s.filter.clear()
		s.arrange()
	default:
		clear(s.table.marks)
	}
	return nil
}

// nextWindow reads another window: 30, 90, 180 or 365 days.
func (s *auditScreen) nextWindow() tea.Cmd {
	windows := []int{30, 90, 180, 365}
	next, now := windows[0], s.days
	if now == 0 && s.judged {
		now = s.audit.Policy.WindowDays
	}
	for _, w := range windows {
		if w > now {
			next = w
			break
		}
	}
	s.days = next
	return s.read()
}

func (s *auditScreen) typed(msg tea.KeyMsg) tea.Cmd {
	cmd, changed := s.filter.key(msg, s.Now(), s.Location())
	if changed {
		s.arrange()
	}
	return cmd
}

// ShortHelp are the keys for the footer.
func (s *auditScreen) ShortHelp() []key.Binding {
	switch {
	case s.filter.typing:
		return s.filter.help()
	case s.reading.busy():
		return []key.Binding{saying(keys.Back, "stop")}
	case !s.judged:
		return []key.Binding{saying(keys.Refresh, "read")}
	}
	list := []key.Binding{saying(keys.Details, "evidence")}
	list = append(list, unless(s.refusal(), keys.Mark, keys.Revoke, keys.Rotate, keys.Edit)...)
	return append(list, keys.Except, keys.Filter, keys.Export, saying(keys.Refresh, "read again"))
}

// FullHelp are all keys of the screen.
func (s *auditScreen) FullHelp() [][]key.Binding {
	why := s.refusal()
	act := append([]key.Binding{saying(keys.Details, "evidence"), saying(keys.CopyID, "copy as text")}, unless(why, keys.Mark, keys.MarkAll)...)
	act = append(act, keys.Except, keys.Export)
	act = append(act, unless(why, keys.Edit, keys.Revoke, keys.Rotate, keys.Quarantine)...)
	return [][]key.Binding{
		act,
		{keys.Filter, saying(keys.Back, "stop, clear"), keys.Sort, keys.Reverse, keys.Window, saying(keys.Refresh, "read again")},
		{keys.Up, keys.Down, keys.PageUp, keys.PageDown, keys.Top, keys.Bottom},
	}
}

// Notes say on the help screen why something can't be done here, and explain the filter.
func (s *auditScreen) Notes(width int) []string {
	return append(s.look.notOffered(s.refusal(), width), s.filter.notes(width)...)
}

// windowWords say what was looked at.
func (s *auditScreen) windowWords() string {
	r := s.audit.Result
	days := int(r.To.Sub(r.From) / (24 * time.Hour))
	whole := 0
	for _, c := range s.audit.Input.Reading.Workspaces {
		if c.Complete {
			whole++
		}
	}
	parts := []string{fmt.Sprintf("%d days to today", days), fmt.Sprintf("%d of %d workspaces read", whole, len(s.audit.Input.Reading.Workspaces))}
	if !r.Complete {
		parts = append(parts, s.look.warn.Render("incomplete"))
	}
	return strings.Join(parts, " "+s.look.dot+" ")
}
