package ui

import (
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"fob/ui/desk"
)

// stashScreen is the tab of what this machine keeps, joined with what the platform says has become of it.
type stashScreen struct {
	world
	id            screenID
	width, height int
	now           time.Time

	rows     []*desk.Checked
	read     bool // the index has been read
	seen     bool // the tab has been shown: from then on the platform is asked
	due      bool // the platform is to be asked once the index is read
	asked    string
	checked  bool // the platform has answered
	whole    bool
	err      error // of the index
	checkErr error // of the platform

	reading  load
	checking load
	table    *table[*desk.Checked]
	filter   filterLine[*desk.Checked]
}

type (
	stashedMsg struct{ all []desk.Stashed }
	checkedMsg struct {
		all   []desk.Checked
		whole bool
	}
)

func newStashScreen(w world) *stashScreen {
	s := &stashScreen{world: w, id: w.newID(), now: w.Now()}
	s.reading.to, s.checking.to = s.id, s.id
	s.table = newTable(w.look, func(c *desk.Checked) string { return c.Entry.Account }, func(c *desk.Checked) bool { return c.Kept },
		s.columns())
	s.filter = newFilterLine(w.look, desk.StashLanguage(), "text, or status:revoked expires:<30d where: scope: kept:no")
	return s
}

// Init reads the index; the platform is asked once the tab is shown.
func (s *stashScreen) Init() tea.Cmd {
	keeps := s.Keeps()
	return s.reading.start(askWithin, func(ctx ctxt) (tea.Msg, error) {
		all, err := keeps.Entries(ctx)
		return stashedMsg{all}, err
	})
}

// ID is the number by which answers find this screen.
func (s *stashScreen) ID() screenID { return s.id }

// Typing tells whether the filter has the keyboard.
func (s *stashScreen) Typing() bool { return s.filter.typing }

// SetSize gives the screen its space.
func (s *stashScreen) SetSize(width, height int) {
	s.width, s.height = width, height
	s.table.pane = width >= paneFrom
	s.table.setSize(s.listWidth(), height-3)
	s.filter.input.Width = max(width-22, 20)
}

func (s *stashScreen) listWidth() int {
	if s.width >= paneFrom {
		return s.width - s.paneWidth() - 2
	}
	return s.width
}

func (s *stashScreen) paneWidth() int { return min(max(s.width*3/8, 44), 64) }

// Stop drops what is being asked.
func (s *stashScreen) Stop() {
	s.reading.stop()
	s.checking.stop()
}

// Update hears answers, then keys.
func (s *stashScreen) Update(msg tea.Msg) (screen, tea.Cmd) {
	switch msg := msg.(type) {
	case loadedMsg:
		return s, s.loaded(msg)
	case tickMsg:
		s.now = s.Now()
	case shownMsg:
		s.seen = true
		return s, s.Init()
	case changedMsg, signedInMsg:
		s.due = true
		return s, s.Init()
	case actedMsg:
		return s, s.outcome(msg)
	case tea.KeyMsg:
		if s.filter.typing {
			cmd, changed := s.filter.key(msg, s.Now(), s.Location())
			if !s.filter.typing && (msg.Type == tea.KeyUp || msg.Type == tea.KeyDown) {
				s.table.key(msg)
			}
			if changed {
				s.arrange()
			}
			return s, cmd
		}
		return s, s.key(msg)
	default:
		if s.filter.typing {
			var cmd tea.Cmd
			s.filter.input, cmd = s.filter.input.Update(msg)
			return s, cmd
		}
	}
	return s, nil
}

func (s *stashScreen) loaded(msg loadedMsg) tea.Cmd {
	switch body := msg.body.(type) {
	case stashedMsg:
		if !s.reading.done(msg) {
			return nil
		}
		if s.err = msg.err; s.err != nil {
			return nil
		}
		s.read = true
		s.take(body.all)
		return s.check(body.all)
	case checkedMsg:
		if !s.checking.done(msg) {
			return nil
		}
		if s.checkErr = msg.err; s.checkErr != nil {
			return nil
		}
		s.checked, s.whole = true, body.whole
		s.rows = s.rows[:0:0]
		for i := range body.all {
			s.rows = append(s.rows, &body.all[i])
		}
		s.arrange()
	}
	return nil
}

// check asks the platform about the keys, if the tab has been shown and there is anything new to ask.
func (s *stashScreen) check(all []desk.Stashed) tea.Cmd {
	accounts := make([]string, len(all))
	for i, e := range all {
		accounts[i] = e.Entry.Account + " " + e.Entry.KeyID
	}
	asking := strings.Join(accounts, "\n")
	again := s.due || asking != s.asked || s.checkErr != nil && !s.checking.busy()
	if !s.seen || !again || len(all) == 0 {
		return nil
	}
	s.due, s.asked, s.checkErr = false, asking, nil
	d := s.Desk
	return s.checking.start(0, func(ctx ctxt) (tea.Msg, error) {
		checked, whole, err := d.CheckStash(ctx, all)
		return checkedMsg{checked, whole}, err
	})
}

// take shows the index's entries, with the verdicts that are known from before.
func (s *stashScreen) take(all []desk.Stashed) {
	known := map[string]*desk.Checked{}
	for _, c := range s.rows {
		known[c.Entry.Account] = c
	}
	s.rows = make([]*desk.Checked, len(all))
	for i, e := range all {
		s.rows[i] = &desk.Checked{Stashed: e}
		if c := known[e.Entry.Account]; c != nil {
			s.rows[i].Verdict, s.rows[i].Why, s.rows[i].Row = c.Verdict, c.Why, c.Row
		}
	}
	s.arrange()
}

func (s *stashScreen) arrange() {
	order, reverse := s.table.arrangement()
	s.table.show(s.rows, arrange(s.rows, s.filter.match(), order, reverse))
}

func (s *stashScreen) key(msg tea.KeyMsg) tea.Cmd {
	if !matches(msg, keys.Mark) && !matches(msg, keys.MarkAll) && s.table.key(msg) {
		return nil
	}
	row, selected := s.table.selected()
	if selected {
		if cmd, mine := s.onKey(msg, row.Row, nil, nil); mine {
			return cmd
		}
	}
	switch {
	case matches(msg, keys.Refresh):
		s.due = true
		return s.Init()
	case matches(msg, keys.Filter) && len(s.rows) > 0:
		return s.filter.open()
	case matches(msg, keys.Back) && !s.filter.empty():
		s.filter.clear()
		s.arrange()
	case matches(msg, keys.Sort):
		s.table.sortNext()
		s.arrange()
	case matches(msg, keys.Reverse):
		s.table.reverse = !s.table.reverse
		s.arrange()
	case !selected:
	case matches(msg, keys.Details):
		return s.ask(openMsg{screen: newStashDetails(s.world, row, s.verdict(row))})
	case matches(msg, keys.Copy):
		if !row.Kept {
			return s.say(row.Name + " isn't kept here: its secret was only handed over or sent")
		}
		return s.ask(openMsg{screen: newStashCopy(s.world, row), boxed: true})
	case matches(msg, keys.Revoke):
		return s.ask(openMsg{screen: newStashEnd(s.world, row, s.mayRevoke(row)), boxed: true})
	case matches(msg, keys.CopyID) && row.Entry.KeyID != "":
		d, id, name := s.Desk, row.Entry.KeyID, row.Name
		return s.action(s.id, "copying the id of "+name, func(ctx ctxt) (tea.Msg, error) {
			return saidMsg{text: "sent the id of " + name + " to " + d.ClipboardWay()}, d.Copy(ctx, id)
		})
	}
	return nil
}

// mayRevoke says why the key can't be revoked from here, "" if it can.
func (s *stashScreen) mayRevoke(row *desk.Checked) string {
	if row.Row == nil {
		return "the platform doesn't show it"
	}
	return s.known.refusalOf(row.Row)
}

// ShortHelp are the keys for the footer.
func (s *stashScreen) ShortHelp() []key.Binding {
	switch {
	case s.filter.typing:
		return s.filter.help()
	case len(s.rows) == 0:
		return []key.Binding{keys.Refresh}
	}
	end, late := s.offers("forget, revoke")
	list := append([]key.Binding{keys.Details, saying(keys.Copy, "copy"), end}, late[:min(len(late), 1)]...)
	return append(list, keys.Filter, keys.Sort, keys.Refresh)
}

// offers are the keys for the end of the key under the cursor, both ends in words, and for its later life, if it may be
// changed.
func (s *stashScreen) offers(both string) (end key.Binding, late []key.Binding) {
	row, ok := s.table.selected()
	if ok && s.mayRevoke(row) != "" {
		return saying(keys.Revoke, "forget"), nil
	}
	return saying(keys.Revoke, both), []key.Binding{keys.Rotate, keys.Quarantine}
}

// FullHelp are all keys of the screen.
func (s *stashScreen) FullHelp() [][]key.Binding {
	end, late := s.offers("forget or revoke")
	act := append([]key.Binding{keys.Details, saying(keys.Copy, "copy elsewhere"), end}, late...)
	return [][]key.Binding{
		append(act, keys.CopyID),
		{keys.Filter, saying(keys.Back, "clear the filter"), keys.Sort, keys.Reverse, saying(keys.Refresh, "ask the platform again")},
		{keys.Up, keys.Down, keys.PageUp, keys.PageDown, keys.Top, keys.Bottom},
	}
}

// Notes explain the filter on the help screen, in lines of at most width cells.
func (s *stashScreen) Notes(width int) []string { return s.filter.notes(width) }
