package ui

import (
	"cmp"
	"fmt"
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
	who           desk.Identity
	whoKnown      bool
	width, height int
	now           time.Time

	rows     []*desk.Checked
	read     bool // the index has been read
	checked  bool // the platform has been asked
	whole    bool
	err      error // of the index
	checkErr error // of the platform

	reading  load
	checking load
	table    *table[*desk.Checked]
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
		stashColumns(w.look, func() time.Time { return s.now }))
	return s
}

func stashColumns(l *look, now func() time.Time) []column[*desk.Checked] {
	faint, good, bad, warn := newInk(l.faint), newInk(l.good), newInk(l.bad), newInk(l.warn)
	text := func(title string, width, from int, of func(*desk.Checked) string) column[*desk.Checked] {
		return column[*desk.Checked]{
			title: title, width: width, from: from, cell: of,
			order: func(a, b *desk.Checked) int { return compareFold(of(a), of(b)) },
		}
	}
	end := func(c *desk.Checked) time.Time {
		if c.Entry.ExpiresAt == nil {
			return time.Unix(1<<40, 0) // never: after every end
		}
		return *c.Entry.ExpiresAt
	}
	return []column[*desk.Checked]{
		text("NAME", 0, 0, func(c *desk.Checked) string { return c.Name }),
		text("SCOPE", 15, 76, func(c *desk.Checked) string { return c.Scope }),
		{
			title: "EXPIRES", width: 10, cell: func(c *desk.Checked) string { return stashedExpiry(c, now()) },
			order: func(a, b *desk.Checked) int { return end(a).Compare(end(b)) },
		},
		text("WHERE", 18, 60, func(c *desk.Checked) string { return strings.Join(c.Where, ", ") }),
		{
			title: "PLATFORM", width: 10, cell: func(c *desk.Checked) string { return verdictWord(c, now()) },
			order: func(a, b *desk.Checked) int { return cmp.Compare(verdictWord(a, now()), verdictWord(b, now())) },
			ink: func(c *desk.Checked) *ink {
				switch verdictWord(c, now()) {
				case "alive":
					return good
				case "expiring":
					return warn
				case "expired", "revoked":
					return bad
				}
				return faint
			},
		},
	}
}

func stashedExpiry(c *desk.Checked, now time.Time) string {
	if c.Row != nil {
		return expiryCell(c.Row.Key.ExpiresAt, now)
	}
	if c.Entry.ExpiresAt == nil {
		return "never"
	}
	if at := *c.Entry.ExpiresAt; at.After(now) && at.Before(now.Add(soon)) {
		return desk.Until(at, now)
	}
	return c.Entry.ExpiresAt.In(now.Location()).Format(time.DateOnly)
}

// verdictWord is what has become of a key in ten cells.
func verdictWord(c *desk.Checked, now time.Time) string {
	switch {
	case c.Verdict == "":
		return "…"
	case c.Verdict == desk.VerdictElsewhere:
		return "elsewhere"
	case c.Verdict == desk.VerdictAlive && c.Row != nil && desk.StatusAt(c.Row.Key, now) == desk.StatusExpiring:
		return "expiring"
	}
	return string(c.Verdict)
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

// SetSize gives the screen its space.
func (s *stashScreen) SetSize(width, height int) {
	s.width, s.height = width, height
	s.table.setSize(width, height-3)
}

// Update hears answers, then keys.
func (s *stashScreen) Update(msg tea.Msg) (screen, tea.Cmd) {
	switch msg := msg.(type) {
	case loadedMsg:
		return s, s.loaded(msg)
	case whoMsg:
		s.who, s.whoKnown = msg.who, true
	case tickMsg:
		s.now = s.Now()
	case shownMsg, changedMsg:
		return s, s.Init()
	case tea.KeyMsg:
		return s, s.key(msg)
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
		if len(body.all) == 0 {
			return nil
		}
		d := s.Desk
		return s.checking.start(0, func(ctx ctxt) (tea.Msg, error) {
			all, whole, err := d.CheckStash(ctx, body.all)
			return checkedMsg{all, whole}, err
		})
	case checkedMsg:
		if !s.checking.done(msg) {
			return nil
		}
		s.checked, s.whole = true, body.whole
		if s.checkErr = msg.err; s.checkErr != nil {
			return nil
		}
		s.rows = s.rows[:0:0]
		for i := range body.all {
			s.rows = append(s.rows, &body.all[i])
		}
		s.arrange()
	}
	return nil
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
	s.table.show(s.rows, arrange(s.rows, nil, order, reverse))
}

func (s *stashScreen) key(msg tea.KeyMsg) tea.Cmd {
	if !matches(msg, keys.Mark) && !matches(msg, keys.MarkAll) && s.table.key(msg) {
		return nil
	}
	row, selected := s.table.selected()
	switch {
	case matches(msg, keys.Refresh):
		return s.Init()
	case matches(msg, keys.Sort):
		s.table.sortNext()
		s.arrange()
	case matches(msg, keys.Reverse):
		s.table.reverse = !s.table.reverse
		s.arrange()
	case !selected:
	case matches(msg, keys.Details):
		return s.ask(openMsg{screen: newStashDetails(s.world, row)})
	case matches(msg, keys.Copy):
		if !row.Kept {
			return s.say(row.Name + " isn't kept here: its secret was only handed over or sent")
		}
		return s.ask(openMsg{screen: newStashCopy(s.world, row), boxed: true})
	case matches(msg, keys.Revoke):
		return s.ask(openMsg{screen: newStashEnd(s.world, row, s.mayRevoke(row)), boxed: true})
	case matches(msg, keys.CopyID) && row.Entry.KeyID != "":
		d, id, name := s.Desk, row.Entry.KeyID, row.Name
		return action(s.id, "copying the id of "+name, func(ctx ctxt) (tea.Msg, error) {
			return saidMsg{text: "sent the id of " + name + " to " + d.ClipboardWay()}, d.Copy(ctx, id)
		})
	}
	return nil
}

// mayRevoke says why the key can't be revoked from here, "" if it can.
func (s *stashScreen) mayRevoke(row *desk.Checked) string {
	switch {
	case row.Row == nil:
		return "the platform doesn't show it"
	case !s.whoKnown:
		return "still asking the platform who you are"
	}
	if may, why := s.who.May(row.Row.HomeScope()); !may {
		return why
	}
	return ""
}

// View draws the screen.
func (s *stashScreen) View() string {
	l := s.look
	lines := []string{between(" "+l.bold.Render("kept by this machine"), s.counts()+" ", s.width), ""}
	height := s.height - 3
	switch {
	case s.err != nil:
		lines = append(lines, fit("\n"+l.failure("The stash's index could not be read", s.err, s.width), height)...)
	case !s.read:
		lines = append(lines, fit("\n "+l.faint.Render("reading the stash "+l.ellipsis), height)...)
	case len(s.rows) == 0:
		lines = append(lines, fit("\n This machine keeps no key yet. n on tab 1 or 2 makes one and keeps it.", height)...)
	default:
		lines = append(lines, fit(strings.Join(s.table.view(), "\n"), height)...)
	}
	return strings.Join(append(lines, s.footnote()), "\n")
}

func (s *stashScreen) counts() string {
	l := s.look
	if !s.read || len(s.rows) == 0 {
		return ""
	}
	text := keysWord(len(s.rows))
	count := map[string]int{}
	for _, c := range s.rows {
		count[verdictWord(c, s.now)]++
	}
	for _, word := range []string{"expiring", "expired", "revoked"} {
		if n := count[word]; n > 0 {
			text += " " + l.faint.Render(l.dot) + " " + l.warn.Render(fmt.Sprintf("%d %s", n, word))
		}
	}
	return text
}

// footnote says what is asked, and what could not be asked.
func (s *stashScreen) footnote() string {
	l := s.look
	switch {
	case s.checking.busy():
		return l.faint.Render("     asking the platform what has become of them " + l.ellipsis)
	case s.checkErr != nil:
		return l.bad.Render("     the platform could not be asked: ") + explain(s.checkErr)
	case s.checked && !s.whole:
		return l.warn.Render("     the platform's list could not be read whole " + l.dot + " r asks again")
	}
	return ""
}

// ShortHelp are the keys for the footer.
func (s *stashScreen) ShortHelp() []key.Binding {
	if len(s.rows) == 0 {
		return []key.Binding{keys.Refresh}
	}
	return []key.Binding{keys.Details, saying(keys.Copy, "copy elsewhere"), saying(keys.Revoke, "forget or revoke"), keys.Sort, keys.Refresh}
}

// FullHelp are all keys of the screen.
func (s *stashScreen) FullHelp() [][]key.Binding {
	return [][]key.Binding{
		{keys.Details, saying(keys.Copy, "copy elsewhere"), saying(keys.Revoke, "forget or revoke"), keys.CopyID},
		{keys.Sort, keys.Reverse, saying(keys.Refresh, "ask the platform again")},
		{keys.Up, keys.Down, keys.PageUp, keys.PageDown, keys.Top, keys.Bottom},
	}
}
