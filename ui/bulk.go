package ui

import (
	"fmt"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"fob/client"
	"fob/client/lifecycle"
	"fob/ui/desk"
)

// bulk asks before something is done to keys, shows what becomes of each, and what is left in the end. It carries the
// keys as they were when it was asked for, never "the current row".
type bulk struct {
	world
	id            screenID
	action        desk.BulkAction
	list          desk.List // what the keys were chosen from
	chosen        []*desk.Row
	known         desk.Surroundings
	plan          desk.BulkPlan
	word          string // what has to be typed; "": y is enough
	input         textinput.Model
	outer         int // the width that there is
	width, height int
	drawn         []string // the lines of the keys, or of their results
	scroll        int      // how many of them are above the first one shown

	preparation
	learning load // when the keys were last seen
	unknown  string

	working  load
	started  bool
	stopping bool
	finished bool
	results  []desk.BulkResult
	step     string // what is being done to the key whose turn it is, where that is told
	warnings []string
	again    desk.BulkAction
}

// newBulk asks about rows, which were chosen from list. What known doesn't have of several is found out while it asks.
func newBulk(w world, action desk.BulkAction, list desk.List, rows []*desk.Row, known desk.Surroundings) *bulk {
	s := &bulk{world: w, id: w.newID(), action: action, list: list, chosen: rows, known: known, input: w.look.input()}
	s.working.to, s.learning.to, s.preparing.to, s.pulse.to = s.id, s.id, s.id, s.id
	if action.Do != nil { // otherwise it is prepared first
		s.replan()
	}
	return s
}

// replan makes the plan from what is known by now.
func (s *bulk) replan() {
	s.plan = s.PlanBulk(s.action, s.list.Scope, s.chosen, s.known)
	s.word = s.plan.Word()
	s.drawn = s.lines()
}

// newRevocation asks before keys are revoked that were chosen in scope, and of which nothing else is known.
func newRevocation(w world, scope client.Scope, rows []*desk.Row) *bulk {
	return newBulk(w, w.Revocation(scope), desk.List{Scope: scope, Rows: rows}, rows, desk.Surroundings{})
}

// surroundingsMsg is what was found out about the keys of a plan.
type surroundingsMsg struct {
	known desk.Surroundings
	why   string // why not all of it is known
}

type (
	// bulkedMsg is what came of a plan.
	bulkedMsg struct{ report desk.BulkReport }
	// bulkingMsg is how far it has come: more results, or what is being done to the key whose turn it is.
	bulkingMsg struct {
		results []desk.BulkResult
		step    string
	}
)

// Init gives the field the keyboard, and begins to find out when the keys were last seen.
func (s *bulk) Init() tea.Cmd {
	var cmds []tea.Cmd
	if s.prepare != nil {
		cmds = append(cmds, s.startPreparing())
	}
	if s.word != "" {
		cmds = append(cmds, s.input.Focus())
	}
	if s.wants() {
		d, list, rows := s.Desk, s.list, s.chosen
		cmds = append(cmds, s.learning.start(learnWithin, func(ctx ctxt) (tea.Msg, error) {
			known, why := d.Around(ctx, list, rows, true, nil)
			return surroundingsMsg{known, why}, nil
		}))
		s.drawn = s.lines() // it is said that this is being found out
	}
	return tea.Batch(cmds...)
}

// wants tells whether there is something to find out: of a single key there is no order.
func (s *bulk) wants() bool {
	for _, r := range s.chosen {
		if _, known := s.known.Queries[r.Key.ID]; !known {
			return len(s.chosen) > 1
		}
	}
	return false
}

// ID is the number by which answers find this screen.
func (s *bulk) ID() screenID { return s.id }

// Typing tells whether the field has the keyboard.
func (s *bulk) Typing() bool { return s.word != "" && !s.started && !s.unprepared() }

// Guard says that something is being done to keys.
func (s *bulk) Guard() string {
	if s.started && !s.finished {
		return fmt.Sprintf("%d of %d done, one under way", len(s.results), len(s.plan.Items))
	}
	return ""
}

// SetSize gives the screen its space.
func (s *bulk) SetSize(width, height int) {
	s.outer, s.width, s.height = width, min(width-2, 79), height
	if width >= paneFrom && s.single() == nil {
		s.width = min(width-2, 110)
	}
	s.input.Width = max(s.width-len(s.question())-8, 10)
	s.drawn = s.lines()
}

// Update hears what was found out and the answer, then the results.
func (s *bulk) Update(msg tea.Msg) (screen, tea.Cmd) {
	switch msg := msg.(type) {
	case beatMsg:
		return s, s.pulse.hear(msg)
	case streamMsg:
		if msg.seq == s.working.seq {
			return s, s.came(msg.body.(bulkingMsg))
		}
		return s, nil
	case signedInMsg:
		if s.prepareErr != nil {
			return s, s.startPreparing()
		}
		return s, nil
	case loadedMsg:
		switch body := msg.body.(type) {
		case surroundingsMsg:
			s.learned(msg, body)
			return s, nil
		case preparedMsg:
			return s, s.prepared(msg, body)
		}
		if !s.working.done(msg) {
			return s, nil
		}
		s.pulse.stop()
		s.finished, s.scroll = true, 0
		report := msg.body.(bulkedMsg).report
		s.results, s.warnings, s.again = report.Results, report.Warnings, report.Again
		s.drawn = s.lines()
		return s, tea.Batch(s.ask(restedMsg{}), s.concluded())
	case tea.KeyMsg:
		return s, s.key(msg)
	}
	var cmd tea.Cmd
	s.input, cmd = s.input.Update(msg)
	return s, cmd
}

// learned puts the keys into their order, unless it has begun already.
func (s *bulk) learned(msg loadedMsg, found surroundingsMsg) {
	if !s.learning.done(msg) || s.started {
		return
	}
	if s.unknown = found.why; msg.err != nil {
		s.unknown = brief(msg.err)
	}
	if found.known.Queries != nil {
		s.known.Queries = found.known.Queries
	}
	if found.known.Organization != nil && !s.known.Whole {
		s.known.Organization, s.known.Whole = found.known.Organization, found.known.Whole
	}
	if !s.unprepared() {
		s.replan()
	}
}

// came hears how far it has come. Each key's turn is waited for anew.
func (s *bulk) came(m bulkingMsg) tea.Cmd {
	s.step = m.step
	if len(m.results) == 0 {
		return nil
	}
	s.results = append(s.results, m.results...)
	s.drawn = s.lines()
	return s.pulse.start()
}

func (s *bulk) key(msg tea.KeyMsg) tea.Cmd {
	switch {
	case s.scrolls(msg):
		return nil
	case s.finished && len(s.left()) > 0 && matches(msg, goOn):
		return s.ask(closeMsg{s.id}, openMsg{screen: s.rest(), boxed: true})
	case s.finished:
		return s.ask(closeMsg{s.id})
	case s.started:
		if matches(msg, keys.Back) {
			s.stopping = true
			s.working.halt()
		}
		return nil
	case matches(msg, keys.Back):
		s.learning.stop()
		s.preparing.stop()
		return s.ask(closeMsg{s.id})
	case s.prepareErr != nil && matches(msg, keys.Refresh):
		return s.startPreparing()
	case s.unprepared(), len(s.plan.Items) == 0:
		return nil
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

// goOn goes on with what is left.
var goOn = bind("r", "go on with what is left", "r")

// scrolls hears the keys that show other keys of the plan or of the results, and tells whether it was one of them.
func (s *bulk) scrolls(msg tea.KeyMsg) bool {
	var by int
	switch msg.Type {
	case tea.KeyUp:
		by = -1
	case tea.KeyDown:
		by = 1
	case tea.KeyPgUp:
		by = -s.room()
	case tea.KeyPgDown:
		by = s.room()
	default:
		return false
	}
	s.scroll = min(max(s.scroll+by, 0), max(len(s.drawn)-s.room()+1, 0))
	return true
}

func (s *bulk) begin() tea.Cmd {
	s.learning.stop()
	s.started, s.scroll = true, 0
	s.drawn = s.lines()
	s.ask(actingMsg{what: s.action.Doing})
	d, plan, steps := s.Desk, s.plan, s.steps
	return tea.Batch(s.pulse.start(), stream(&s.working,
		func(a, b bulkingMsg) bulkingMsg {
			return bulkingMsg{append(a.results[:len(a.results):len(a.results)], b.results...), b.step}
		},
		func(ctx ctxt, tell func(bulkingMsg)) (tea.Msg, error) {
			defer steps.hear(func(step desk.Step) { tell(bulkingMsg{step: stageWords(step)}) })()
			return bulkedMsg{d.RunBulk(ctx, plan, func(r desk.BulkResult) { tell(bulkingMsg{results: []desk.BulkResult{r}}) })}, nil
		}))
}

// left are the keys that are not as they were meant to be.
func (s *bulk) left() []*desk.Row { return desk.BulkReport{Results: s.results}.Left() }

// concluded tells the tables, and leaves at once when there is nothing to read.
func (s *bulk) concluded() tea.Cmd {
	var gone, done []string
	for _, r := range s.results {
		if r.Err == nil {
			done = append(done, r.Item.Row.Key.ID)
		}
		if r.Err == nil && (r.State == string(lifecycle.Gone) || r.State == string(lifecycle.AlreadyGone)) {
			gone = append(gone, r.Item.Row.Key.ID)
		}
	}
	for _, r := range s.results {
		if r.Issued != nil { // no place took its secret: somebody has to
			s.ask(openMsg{screen: newReveal(s.world, *r.Issued, r.Item.Row.HomeScope()), settle: true})
		}
	}
	if len(s.results) == 1 && s.results[0].Err == nil && len(s.results[0].Warnings)+len(s.warnings) == 0 {
		text := s.results[0].Item.Row.Name + " is " + s.action.Past
		if s.results[0].State == string(lifecycle.AlreadyGone) {
			text = s.results[0].Item.Row.Name + " was gone already"
		}
		s.ask(closeMsg{s.id}, saidMsg{text: text})
	} else {
		s.ask(pauseMsg{}) // a key typed for the work before must not close the results unread
	}
	return s.ask(changedMsg{revoked: gone, done: done})
}

// ShortHelp are the keys for the footer.
func (s *bulk) ShortHelp() []key.Binding {
	var list []key.Binding
	if len(s.drawn) > s.room() {
		list = append(list, bind("↑↓", "more"))
	}
	switch {
	case s.finished && len(s.left()) > 0:
		return append([]key.Binding{goOn, saying(keys.Done, "close")}, list...)
	case s.finished:
		return append([]key.Binding{saying(keys.Done, "close")}, list...)
	case s.stopping:
		return []key.Binding{saying(keys.Cancel, "leave all the same")}
	case s.started:
		return []key.Binding{saying(keys.Back, "stop after this one")}
	case s.prepareErr != nil:
		return []key.Binding{saying(keys.Refresh, "try again"), saying(keys.Back, "leave it")}
	case s.unprepared():
		return []key.Binding{saying(keys.Back, "leave it")}
	case len(s.plan.Items) == 0:
		return append([]key.Binding{saying(keys.Back, "leave it")}, list...)
	case s.word == "":
		return append([]key.Binding{bind("y", s.action.Verb, "y"), saying(keys.Back, "leave it")}, list...)
	}
	return append([]key.Binding{saying(keys.Done, s.action.Verb+", once typed"), saying(keys.Back, "leave it")}, list...)
}

// FullHelp are all keys of the screen.
func (s *bulk) FullHelp() [][]key.Binding { return [][]key.Binding{s.ShortHelp()} }
