package ui

import (
	"slices"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"fob/client"
	"fob/ui/desk"
)

// keysScreen is a tab with a table of keys: those of one workspace, or the organization's.
type keysScreen struct {
	world
	id            screenID
	scope         client.Scope
	organization  bool
	other         *keysScreen // the workspace tab's neighbour, whose list tells which keys reach this workspace, too
	width, height int
	now           time.Time // the platform's, as of the last tick

	workspaces []string
	summary    desk.Summary
	queries    map[string]desk.LastQuery // by key id, once an audit has found them out
	reaching   int                       // organization keys that reach this workspace, too
	list       desk.List                 // the last one that was read to its end
	rows       []*desk.Row
	announced  *int
	retrying   string
	err        error
	since      time.Time // when the reading began

	reading    load
	places     load // the list of workspaces
	arranging  load
	unarranged bool // rows, filter or order changed while they were being arranged

	table  *table[*desk.Row]
	filter filterLine[*desk.Row]
}

// arrangeBeside is from how many rows on filtering and sorting run beside the screen instead of on it.
const arrangeBeside = 5_000

// Messages of this screen to itself.
type (
	placesMsg struct {
		names []string
		start string // the workspace to begin with
	}
	listedMsg   struct{ list desk.List }
	arrangedMsg struct {
		rows  []*desk.Row
		order []int32
	}
	// pickedMsg is the workspace that was chosen.
	pickedMsg struct{ workspace string }
)

func newKeysScreen(w world, organization bool) *keysScreen {
	s := &keysScreen{world: w, id: w.newID(), organization: organization, now: w.Now()}
	s.reading.to, s.places.to, s.arranging.to = s.id, s.id, s.id
	// One number per screen, one sequence per question: told apart by what the answer holds.
	s.filter = newFilterLine(w.look, desk.KeyLanguage(), "text, or type: role: by: ws: expires:<30d status: never")
	s.table = newTable(w.look, func(r *desk.Row) string { return r.Key.ID }, func(r *desk.Row) bool { return r.Kept },
		keyColumns(w.look, organization, func() time.Time { return s.now }, func() map[string]desk.LastQuery { return s.queries }, s.known))
	return s
}

// Init begins to read: the organization's keys at once, a workspace's once it is known which.
func (s *keysScreen) Init() tea.Cmd {
	if s.organization {
		return s.read()
	}
	d := s.Desk
	return s.places.start(askWithin, func(ctx ctxt) (tea.Msg, error) {
		list, err := d.Workspaces(ctx)
		if err != nil {
			return placesMsg{}, err
		}
		names := make([]string, len(list))
		for i, w := range list {
			names[i] = w.Name
		}
		return placesMsg{names, d.LastWorkspace(ctx, names)}, nil
	})
}

// ID is the number by which answers find this screen.
func (s *keysScreen) ID() screenID { return s.id }

// Stop drops what is being asked.
func (s *keysScreen) Stop() {
	s.reading.stop()
	s.places.stop()
	s.arranging.stop()
}

// Typing tells whether the filter has the keyboard.
func (s *keysScreen) Typing() bool { return s.filter.typing }

// Age is how old the list is, in words for the header.
func (s *keysScreen) Age() string {
	if s.reading.busy() {
		return ""
	}
	return age(s.list.AsOf, s.now)
}

// SetSize gives the screen its space.
func (s *keysScreen) SetSize(width, height int) {
	s.width, s.height = width, height
	s.table.pane = width >= paneFrom
	s.table.setSize(s.listWidth(), height-s.aboveTable()-s.belowTable())
	s.filter.input.Width = max(width-22, 20)
}

// paneFrom is the terminal's width from which the details stand beside the list.
const paneFrom = 120

func (s *keysScreen) listWidth() int {
	if s.width >= paneFrom {
		return s.width - s.paneWidth() - 2
	}
	return s.width
}

func (s *keysScreen) paneWidth() int { return min(max(s.width*3/8, 44), 64) }

// Update hears answers first, then keys.
func (s *keysScreen) Update(msg tea.Msg) (screen, tea.Cmd) {
	switch msg := msg.(type) {
	case loadedMsg:
		return s, s.loaded(msg)
	case streamMsg:
		if msg.seq == s.reading.seq {
			return s, s.part(msg.body.(desk.Page))
		}
		return s, nil
	case changedMsg:
		for _, id := range slices.Concat(msg.revoked, msg.done) {
			s.table.mark(id, false)
		}
		if msg.made != "" {
			s.table.await(msg.made)
		}
		return s, s.read()
	case signedInMsg:
		if s.scope.Workspace == "" {
			return s, s.Init()
		}
		return s, s.read()
	case lastQueriesMsg:
		s.queries = msg.byID
	case pickedMsg:
		return s, s.choose(msg.workspace)
	case actedMsg:
		return s, s.outcome(msg)
	case tickMsg:
		s.now = s.Now()
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

func (s *keysScreen) key(msg tea.KeyMsg) tea.Cmd {
	if cmd, mine := marksOn(s.world, s.table, msg, s.known.unmarkable); mine {
		return cmd
	}
	if s.table.key(msg) {
		return nil
	}
	switch {
	case matches(msg, keys.Filter):
		return s.filter.open()
	case matches(msg, keys.Back):
		return s.back()
	case matches(msg, keys.Sort):
		s.table.sortNext()
		return s.arrange()
	case matches(msg, keys.Reverse):
		s.table.reverse = !s.table.reverse
		return s.arrange()
	case matches(msg, keys.Refresh):
		if s.scope.Workspace == "" && !s.organization {
			return s.Init()
		}
		return s.read()
	case matches(msg, keys.Workspace) && !s.organization && len(s.workspaces) > 0:
		return s.ask(openMsg{screen: newPicker(s.world, s.id, "Workspace", s.workspaces, s.scope.Workspace), boxed: true})
	}
	return s.act(msg)
}

// act hears the keys that do something with keys.
func (s *keysScreen) act(msg tea.KeyMsg) tea.Cmd {
	row, selected := s.table.selected()
	if selected {
		if cmd, mine := s.onKey(msg, row, s.table.marked(), s); mine {
			return cmd
		}
	}
	switch {
	case matches(msg, keys.New):
		if s.scope.Workspace == "" && !s.organization {
			return s.say("no workspace is chosen yet")
		}
		if refusal := s.refusal(); refusal != "" {
			return s.say(refusal)
		}
		return s.ask(openMsg{screen: newWizard(s.world, s.scope, s.known.who, s.rows)})
	case !selected && (matches(msg, keys.Edit) || matches(msg, keys.Revoke)):
		if refusal := s.refusal(); refusal != "" {
			return s.say(refusal)
		}
		return nil
	case !selected:
		return nil
	case matches(msg, keys.Details):
		return s.ask(openMsg{screen: newDetails(s.world, row, s.scope)})
	case matches(msg, keys.CopyID):
		d, id := s.Desk, row.Key.ID
		return s.action(s.id, "copying the id of "+row.Name, func(ctx ctxt) (tea.Msg, error) {
			return saidMsg{text: "sent the id of " + row.Name + " to " + d.ClipboardWay()}, d.Copy(ctx, id)
		})
	case matches(msg, keys.Edit):
		chosen := s.chosen(row)
		if cmd, barred := s.barSome(chosen, s.unmark); barred {
			return cmd
		}
		if len(chosen) > 1 {
			return s.ask(openMsg{screen: newSeveralEditor(s.world, s.chosenFrom(), chosen, s.surroundings())})
		}
		return s.ask(openMsg{screen: newEditor(s.world, chosen[0])})
	case matches(msg, keys.Revoke):
		chosen := s.chosen(row)
		if cmd, barred := s.barSome(chosen, s.unmark); barred {
			return cmd
		}
		return s.ask(openMsg{screen: newBulk(s.world, s.Revocation(s.scope), s.chosenFrom(), chosen, s.surroundings()), boxed: true})
	}
	return nil
}

// chosenFrom is the list that keys are chosen from, as far as it is read.
func (s *keysScreen) chosenFrom() desk.List {
	if list := s.list; !list.AsOf.IsZero() {
		return list
	}
	return desk.List{Scope: s.scope, Rows: s.rows}
}

// surroundings are what is known here beside the keys.
func (s *keysScreen) surroundings() desk.Surroundings {
	known := desk.Surroundings{Queries: s.queries}
	switch {
	case s.organization:
		known.Organization, known.Whole = s.list.Rows, s.list.Complete
	case s.other != nil:
		known.Organization, known.Whole = s.other.list.Rows, s.other.list.Complete
	}
	return known
}

// around is what the marked keys were chosen from.
func (s *keysScreen) around() (desk.List, desk.Surroundings) { return s.chosenFrom(), s.surroundings() }

// chosen are the marked keys, or the one under the cursor.
func (s *keysScreen) chosen(row *desk.Row) []*desk.Row {
	if marked := s.table.marked(); len(marked) > 0 {
		return marked
	}
	return []*desk.Row{row}
}

func (s *keysScreen) unmark(row *desk.Row) { s.table.mark(row.Key.ID, false) }

// refusal says why no key can be made here, "" if one can.
func (s *keysScreen) refusal() string { return s.known.refusal(s.scope) }

// refusalHere says why the keys that are chosen can't be changed, "" if they can. Without any it is the scope's.
func (s *keysScreen) refusalHere() string {
	row, ok := s.table.selected()
	if !ok {
		return s.refusal()
	}
	return s.known.refusalOf(row)
}

// back clears the filter, then the marks.
func (s *keysScreen) back() tea.Cmd {
	if !s.filter.empty() {
		s.filter.clear()
		return s.arrange()
	}
	clear(s.table.marks)
	return nil
}

// typed hears keys while the filter has the keyboard.
func (s *keysScreen) typed(msg tea.KeyMsg) tea.Cmd {
	cmd, changed := s.filter.key(msg, s.Now(), s.Location())
	if msg.Type == tea.KeyUp || msg.Type == tea.KeyDown {
		s.table.key(msg)
	}
	if changed {
		return tea.Batch(cmd, s.arrange())
	}
	return cmd
}

// choose turns to another workspace.
func (s *keysScreen) choose(workspace string) tea.Cmd {
	if workspace == s.scope.Workspace {
		return nil
	}
	s.scope.Workspace = workspace
	s.rows, s.list, s.err, s.summary, s.announced = nil, desk.List{}, nil, desk.Summary{}, nil
	s.arranging.stop() // its answer would bring the other workspace's keys back
	s.unarranged = false
	clear(s.table.marks)
	s.table.moved = false
	s.table.show(nil, nil)
	d := s.Desk
	s.countReach()
	return tea.Batch(s.read(), remember(func(ctx ctxt) { d.RememberWorkspace(ctx, workspace) }))
}

// ShortHelp are the keys for the footer.
func (s *keysScreen) ShortHelp() []key.Binding {
	if s.filter.typing {
		return s.filter.help()
	}
	here := s.refusalHere()
	list := append(unless(s.refusal(), keys.New), keys.Details, keys.Filter, keys.Sort)
	if row, ok := s.table.selected(); ok && s.known.unmarkable(row) == "" || !ok && (here == "" || here == stillAsking) {
		list = append(list, keys.Mark)
	}
	list = append(list, unless(here, keys.Revoke, keys.Rotate)...)
	if !s.organization {
		list = append(list, keys.Workspace)
	}
	return list
}

// FullHelp are all keys of the screen.
func (s *keysScreen) FullHelp() [][]key.Binding {
	here := s.refusalHere()
	act := append([]key.Binding{keys.Details, keys.CopyID}, unless(here, keys.Mark, keys.MarkAll)...)
	act = append(act, unless(s.refusal(), keys.New)...)
	act = append(act, unless(here, keys.Edit, keys.Revoke, keys.Rotate, keys.Quarantine)...)
	see := []key.Binding{keys.Filter, saying(keys.Back, "clear filter, marks"), keys.Sort, keys.Reverse, keys.Refresh}
	if !s.organization {
		see = append(see, keys.Workspace)
	}
	return [][]key.Binding{act, see, {keys.Up, keys.Down, keys.PageUp, keys.PageDown, keys.Top, keys.Bottom}}
}
