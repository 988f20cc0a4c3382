package ui

import (
	"slices"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"fob/client/lifecycle"
	"fob/ui/desk"
)

// logScreen is the page of what fob did and meant to do on this machine. What is unfinished stands first.
type logScreen struct {
	world
	id            screenID
	width, height int
	now           time.Time

	log  desk.Log
	open int // deeds that something may be left to do about
	read bool
	err  error // of the journal; log has what was read before it

	reading    load
	arranging  load
	unarranged bool // the log, the filter or the order changed while it was being arranged

	table  *table[*desk.Deed]
	filter filterLine[*desk.Deed]
}

// Messages of this screen to itself.
type (
	loggedMsg      struct{ log desk.Log }
	logArrangedMsg struct {
		deeds []*desk.Deed
		order []int32
	}
)

func newLogScreen(w world) *logScreen {
	s := &logScreen{world: w, id: w.newID(), now: w.Now()}
	s.reading.to, s.arranging.to = s.id, s.id
	s.filter = newFilterLine(w.look, desk.LogLanguage(), "text, or action:revoke outcome:failed at:<7d by: open:yes")
	s.table = newTable(w.look, func(d *desk.Deed) string { return d.Ref }, nil, s.columns())
	return s
}

// Init reads the journal. It has no deadline: it may be long, and esc leaves.
func (s *logScreen) Init() tea.Cmd {
	d := s.Desk
	return s.reading.start(0, func(ctx ctxt) (tea.Msg, error) {
		log, err := d.Log(ctx)
		return loggedMsg{log}, err
	})
}

// ID is the number by which answers find this screen.
func (s *logScreen) ID() screenID { return s.id }

// Typing tells whether the filter has the keyboard.
func (s *logScreen) Typing() bool { return s.filter.typing }

// Lines beside the list: the title and the filter above it, what is to be said about the whole below.
const logBeside = 3

// SetSize gives the screen its space.
func (s *logScreen) SetSize(width, height int) {
	s.width, s.height = width, height
	s.table.pane = width >= paneFrom
	s.table.setSize(s.listWidth(), s.listHeight())
	s.filter.input.Width = max(width-22, 20)
}

func (s *logScreen) listWidth() int {
	if s.width >= paneFrom {
		return s.width - s.paneWidth() - 2
	}
	return s.width
}

func (s *logScreen) paneWidth() int { return min(max(s.width*3/8, 44), 64) }

// listHeight is that of the list, its head included; the details of the selected deed have the rest.
func (s *logScreen) listHeight() int { return max(s.height-logBeside-s.belowHeight(), 2) }

// belowHeight is how many lines the details take below the list, their rule included; 0 where they stand beside it.
func (s *logScreen) belowHeight() int {
	if s.width >= paneFrom {
		return 0
	}
	return min(max((s.height-logBeside)*9/20, 5), 12)
}

// Update hears answers, then keys.
func (s *logScreen) Update(msg tea.Msg) (screen, tea.Cmd) {
	switch msg := msg.(type) {
	case loadedMsg:
		return s, s.loaded(msg)
	case tickMsg:
		s.now = s.Now()
	case changedMsg:
		return s, s.Init()
	case actedMsg:
		return s, s.outcome(msg)
	case tea.KeyMsg:
		if s.filter.typing {
			return s, s.typed(msg)
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

func (s *logScreen) loaded(msg loadedMsg) tea.Cmd {
	switch body := msg.body.(type) {
	case loggedMsg:
		if !s.reading.done(msg) {
			return nil
		}
		s.read, s.err, s.now = true, msg.err, s.Now()
		s.log, s.open = body.log, body.log.Open()
		return s.arrange()
	case logArrangedMsg:
		if !s.arranging.done(msg) {
			return nil
		}
		s.table.show(body.deeds, body.order)
		if s.unarranged {
			return s.arrange()
		}
	}
	return nil
}

// arrange filters and sorts: at once where that takes no time, beside the screen where it does.
func (s *logScreen) arrange() tea.Cmd {
	deeds, match := s.log.Deeds, s.filter.match()
	order, reverse := s.table.arrangement()
	if len(deeds) <= arrangeBeside {
		s.arranging.stop()
		s.unarranged = false
		s.table.show(deeds, arrange(deeds, match, order, reverse))
		return nil
	}
	if s.arranging.busy() {
		s.unarranged = true
		return nil
	}
	s.unarranged = false
	return s.arranging.start(0, func(ctxt) (tea.Msg, error) {
		return logArrangedMsg{deeds, arrange(deeds, match, order, reverse)}, nil
	})
}

// typed hears keys while the filter has the keyboard.
func (s *logScreen) typed(msg tea.KeyMsg) tea.Cmd {
	cmd, changed := s.filter.key(msg, s.Now(), s.Location())
	if msg.Type == tea.KeyUp || msg.Type == tea.KeyDown {
		s.table.key(msg)
	}
	if changed {
		return tea.Batch(cmd, s.arrange())
	}
	return cmd
}

func (s *logScreen) key(msg tea.KeyMsg) tea.Cmd {
	if !matches(msg, keys.Mark) && !matches(msg, keys.MarkAll) && s.table.key(msg) {
		return nil
	}
	switch {
	case matches(msg, keys.Back) && !s.filter.empty():
		s.filter.clear()
		return s.arrange()
	case matches(msg, keys.Back), matches(msg, keys.Quit), matches(msg, keys.Log):
		s.reading.stop()
		s.arranging.stop()
		return s.ask(closeMsg{s.id})
	case matches(msg, keys.Refresh):
		return s.Init()
	case matches(msg, keys.Filter) && len(s.log.Deeds) > 0:
		return s.filter.open()
	case matches(msg, keys.Sort):
		s.table.sortNext()
		return s.arrange()
	case matches(msg, keys.Reverse):
		s.table.reverse = !s.table.reverse
		return s.arrange()
	}
	if d, selected := s.table.selected(); selected {
		return s.act(msg, d)
	}
	return nil
}

// act hears the keys that do something with the selected deed.
func (s *logScreen) act(msg tea.KeyMsg, d *desk.Deed) tea.Cmd {
	switch {
	case matches(msg, keys.Details):
		return s.ask(openMsg{screen: newDeedDetails(s.world, d)})
	case matches(msg, keys.CopyID):
		return s.copyID(s.id, d)
	case matches(msg, keys.Revoke) && undecided(d):
		return s.ask(openMsg{screen: newOrphans(s.world)})
	}
	return nil
}

// undecided tells whether a deed is the making of a key that may have nobody.
func undecided(d *desk.Deed) bool { return d.Open() && d.Action == lifecycle.ActionIssue }

// decide looks for the keys that nobody has.
var decide = saying(keys.Revoke, "look for its key")

// copyID sends the id of a deed's key to the clipboard, if it is known.
func (w world) copyID(to screenID, d *desk.Deed) tea.Cmd {
	if d.KeyID == "" {
		return w.say("the journal doesn't know the id of its key")
	}
	from, name, id := w.Desk, d.Name, d.KeyID
	return w.action(to, "copying the id of "+name, func(ctx ctxt) (tea.Msg, error) {
		return saidMsg{text: "sent the id of " + name + " to " + from.ClipboardWay()}, from.Copy(ctx, id)
	})
}

// ShortHelp are the keys for the footer.
func (s *logScreen) ShortHelp() []key.Binding {
	switch {
	case s.filter.typing:
		return s.filter.help()
	case len(s.log.Deeds) == 0:
		return []key.Binding{keys.Back, keys.Refresh}
	}
	back := keys.Back
	if !s.filter.empty() {
		back = saying(keys.Back, "clear the filter")
	}
	list := []key.Binding{back, keys.Details, keys.Filter, keys.CopyID, keys.Sort, keys.Refresh, keys.Help}
	if d, selected := s.table.selected(); selected && undecided(d) {
		list = slices.Insert(list, 2, decide)
	}
	return list
}

// FullHelp are all keys of the screen.
func (s *logScreen) FullHelp() [][]key.Binding {
	return [][]key.Binding{
		{keys.Details, keys.CopyID, decide, keys.Filter, saying(keys.Back, "clear, or back"), keys.Sort, keys.Reverse, saying(keys.Refresh, "read it again")},
		{keys.Up, keys.Down, keys.PageUp, keys.PageDown, keys.Top, keys.Bottom},
	}
}

// Notes explain the filter on the help screen, in lines of at most width cells.
func (s *logScreen) Notes(width int) []string { return s.filter.notes(width) }
