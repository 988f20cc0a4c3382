package ui

import (
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"fob/client"
	"fob/ui/desk"
)

// seenFor is how long a step has been on screen before Enter leaves it: a few frames, shorter than two presses of a
// person, longer than what a held key or a paste leaves between two Enters. So no step is passed unseen.
const seenFor = 60 * time.Millisecond

// wizard asks what key shall be made and where its secret goes, one step at a time, shows all of it once more, and makes
// the key. The answers are its own, not the forms': going back and a new window size lose nothing.
type wizard struct {
	world
	id            screenID
	scope         client.Scope
	who           desk.Identity
	rows          []*desk.Row // the keys that are known, to tell a name in use
	width, height int

	step step
	form *form // nil while the step waits for an answer of the platform
	answers
	spaces  *workspaces // the step's field, while that is the step
	places  []desk.PlaceChoice
	entered bool // there is something to lose
	leaving bool // Esc asked whether to leave
	seen    bool // the step has been on screen for seenFor
	seenN   int

	rolesLoad  load
	roleList   []client.Role
	rolesErr   error
	rolesRead  bool
	spacesLoad load
	spaceList  []client.Workspace
	spacesErr  error

	ringLoad load // of whether there is a keyring
	chose    bool // the step of the place has been left forward: it stays as it was chosen
	check    load // of the env file's path
	checkErr error
	hasKey   bool // the file at that path has an API_KEY already

	review review
	making *making
	pulse  pulse
}

// Messages of the wizard to itself and answers to its questions.
type (
	seenMsg   struct{ n int }
	rolesMsg  struct{ roles []client.Role }
	spacesMsg struct{ workspaces []client.Workspace }
	pathMsg   struct{ tried desk.Tried }

	// reachedMsg tells that it is known whether there is a keyring: the desk knows.
	reachedMsg struct{}
)

func newWizard(w world, scope client.Scope, who desk.Identity, rows []*desk.Row) *wizard {
	id := w.newID()
	z := &wizard{
		world: w, id: id, scope: scope, who: who, rows: rows, places: w.PlaceChoices(), width: minWidth, height: minHeight - footLines,
		answers: answers{expiry: expiryPreset, chosen: map[string]bool{}, path: "./.env"},
	}
	z.preset()
	for _, l := range []*load{&z.rolesLoad, &z.spacesLoad, &z.ringLoad, &z.check, &z.review.try} {
		l.to = id
	}
	z.pulse.to = id
	z.build()
	return z
}

// preset takes the place that most likely works.
func (w *wizard) preset() {
	place, path := w.Preset()
	if w.answers.place = place; path != "" {
		w.path = path
	}
}

// ID is the number by which answers find this screen.
func (w *wizard) ID() screenID { return w.id }

// Init reads what the later steps need. The workspaces' names are wanted on a workspace's tab, too: what was made may
// come back as ids.
func (w *wizard) Init() tea.Cmd {
	return tea.Batch(w.readRoles(), w.readSpaces(), w.reachKeyring(), w.show())
}

// SetSize gives the screen its space. Fields are made anew, for huh's don't grow again.
func (w *wizard) SetSize(width, height int) {
	w.width, w.height = width, height
	w.build()
}

// Typing tells whether a text field takes every key.
func (w *wizard) Typing() bool {
	if w.making != nil {
		return false
	}
	return w.leaving || w.step == stepName || w.step == stepDate || w.step == stepPath || w.spaces != nil && w.spaces.filtering
}

// Guard says what would be lost by leaving now.
func (w *wizard) Guard() string {
	if w.making != nil {
		return w.label() + " is being made"
	}
	return ""
}

// Update hears keys, answers and the wizard's own messages.
func (w *wizard) Update(msg tea.Msg) (screen, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		return w, w.key(msg)
	case seenMsg:
		if msg.n == w.seenN {
			w.seen = true
		}
	case signedInMsg:
		return w, w.retry()
	case quietMsg:
		w.review.quiet = w.review.quiet || msg.n == w.review.quietN
	case beatMsg:
		return w, w.pulse.hear(msg)
	case loadedMsg:
		return w, w.loaded(msg)
	case streamMsg:
		if told, ok := msg.body.(toldMsg); ok && w.making != nil {
			w.making.hear(told)
		}
	case actedMsg:
		return w, w.made(msg)
	}
	return w, nil
}

// key hears one key.
func (w *wizard) key(msg tea.KeyMsg) tea.Cmd {
	switch {
	case w.making != nil:
		return w.say(w.label() + " is being made: it can't be left now, and nothing you press makes a second one")
	case w.leaving:
		w.leaving = false
		if matches(msg, keys.Back) {
			return w.leave()
		}
		return nil
	case matches(msg, keys.Back) && (w.spaces == nil || !w.spaces.filtered()):
		return w.escape()
	case w.step == stepReview:
		return w.reviewKey(msg)
	case matches(msg, keys.PrevTab):
		return w.back()
	case matches(msg, keys.Refresh) && w.failure() != nil:
		return w.again()
	case w.check.busy():
		return nil
	case w.form == nil:
		return nil
	case w.spaces != nil && w.spaces.filtering && matches(msg, keys.Details):
		w.form.key(msg)
	case matches(msg, keys.Details), matches(msg, keys.NextTab):
		return w.enter()
	default:
		w.checkErr = nil
		before := w.text()
		w.form.key(msg)
		w.entered = w.entered || w.text() != before || w.step == stepWorkspaces
	}
	return nil
}

// enter leaves the step forward, if it has been seen and its answer will do.
func (w *wizard) enter() tea.Cmd {
	if !w.seen || !w.form.finish() {
		return nil
	}
	w.entered = true
	w.chose = w.chose || w.step == stepPlace
	if w.step == stepPath {
		w.build() // stays on screen while the file is looked at
		d, place, only := w.Desk, w.place(), w.only()
		return tea.Batch(w.pulse.start(), w.check.start(askWithin, func(ctx ctxt) (tea.Msg, error) {
			tried, err := d.Try(ctx, place, only)
			return pathMsg{tried}, err
		}))
	}
	if w.step == stepReplace && w.replace == replaceNo {
		return w.back()
	}
	return w.forward()
}

// escape gives up what is waited for, or asks before anything that was entered is thrown away.
func (w *wizard) escape() tea.Cmd {
	switch {
	case w.check.busy():
		w.check.stop()
		w.pulse.stop()
		return nil
	case !w.entered:
		return w.leave()
	}
	w.leaving = true
	return nil
}

// leave closes the wizard; nothing was made.
func (w *wizard) leave() tea.Cmd {
	for _, l := range []*load{&w.rolesLoad, &w.spacesLoad, &w.ringLoad, &w.check, &w.review.try} {
		l.stop()
	}
	return w.ask(closeMsg{w.id})
}

func (w *wizard) forward() tea.Cmd { return w.move(1) }
func (w *wizard) back() tea.Cmd    { return w.move(-1) }

// move goes to the neighbouring step of those that the answers so far ask for.
func (w *wizard) move(by int) tea.Cmd {
	w.check.stop()
	w.review.try.stop()
	w.pulse.stop()
	w.checkErr = nil
	route := w.route()
	for i, s := range route {
		if s == w.step {
			w.step = route[min(max(i+by, 0), len(route)-1)]
			break
		}
	}
	w.build()
	if w.step == stepReview {
		return tea.Batch(w.show(), w.startReview())
	}
	return w.show()
}

// show begins the time that the step has to be seen.
func (w *wizard) show() tea.Cmd {
	w.seen = false
	w.seenN++
	return after(seenFor, toMsg{to: w.id, body: seenMsg{w.seenN}})
}

// ShortHelp are the keys for the footer.
func (w *wizard) ShortHelp() []key.Binding {
	next, back, leave := saying(keys.Details, "next"), saying(keys.PrevTab, "back"), saying(keys.Back, "leave")
	switch {
	case w.making != nil:
		return nil
	case w.leaving:
		return []key.Binding{saying(keys.Back, "leave, nothing was made"), bind("any other key", "stay", "")}
	case w.step == stepReview:
		return w.reviewHelp()
	case w.check.busy():
		return []key.Binding{saying(keys.Back, "stop waiting")}
	case w.failure() != nil:
		return []key.Binding{saying(keys.Refresh, "try again"), next, back, leave}
	case w.spaces != nil && w.spaces.filtering:
		return []key.Binding{saying(keys.Details, "keep the filter"), saying(keys.Back, "clear it")}
	case w.spaces != nil && w.spaces.filtered():
		return []key.Binding{saying(keys.Mark, "choose"), saying(keys.MarkAll, "all shown"), next, saying(keys.Back, "clear the filter")}
	case w.spaces != nil:
		return []key.Binding{saying(keys.Mark, "choose"), keys.Filter, next, back, leave}
	case w.step == stepType:
		return []key.Binding{next, leave}
	}
	return []key.Binding{next, back, leave}
}

// FullHelp are all keys of the screen.
func (w *wizard) FullHelp() [][]key.Binding {
	groups := [][]key.Binding{w.ShortHelp(), {keys.Up, keys.Down}}
	if w.spaces != nil {
		groups = append(groups, []key.Binding{keys.PageUp, keys.PageDown, saying(keys.MarkAll, "choose all shown")})
	}
	return groups
}
