package ui

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/secret"
	"fob/client/visible"
	"fob/config/stash"
	"fob/ui/desk"
)

// showFor is how many seconds a key stands on screen in the clear.
const showFor = 30

// longestRevealed is how much of a key's name stands here, in cells: what can be done with the key must not be pushed off
// a small screen by a long one.
const longestRevealed = 40

// reveal is what a person sees of a new key, once. It is left freely when the key is kept or handed over; otherwise
// only by a word that nobody types by accident, or by revoking the key.
type reveal struct {
	world
	id            screenID
	issued        desk.Issued
	scope         client.Scope
	trouble       string // why no secret arrived, when it didn't
	width, height int

	ways   []*way
	waited *way // the way that is waited for, nil for none
	piped  *way // the command that was last chosen
	pulse  pulse

	path    textinput.Model
	asking  question
	file    desk.Place // the env file that is asked about
	check   load       // of that file
	fileErr string
	notes   []string // the file's warnings

	showing load
	shown   secret.Value // only while the key stands on screen
	left    int          // seconds that it still does
	showN   int
	showErr string

	cursor     int // in the candidates, or in the commands
	discarding bool
	discardErr string
	word       int  // how much of the word that leaves has been typed
	insisted   bool // leaving was tried while the key isn't kept
	gone       bool // the screen has asked to be closed
}

// question is what the reveal asks at the moment.
type question int

const (
	askNothing question = iota
	askPath             // where the env file is
	askReplace          // whether the key in it may be replaced
	askWarned           // whether to write it in spite of the warnings
	askDiscard          // whether to revoke the key
	askWhich            // which key to revoke: it isn't certain which one is new
	askPipe             // which command shall get the key
)

// way is one way out of here, and what became of the key on it.
type way struct {
	desk.PlaceChoice
	became
}

type became struct {
	flying  bool // an action is under way, waited for or not
	done    bool
	err     string
	warning string
}

// Messages of the reveal to itself and answers to it.
type (
	putMsg struct {
		way    *way
		placed lifecycle.Placed
	}
	fileMsg      struct{ tried desk.Tried }
	shownKeyMsg  struct{ value secret.Value }
	countMsg     struct{ n int }
	clearedMsg   struct{}
	discardedMsg struct{ id string }
	abandonedMsg struct{}
)

func newReveal(w world, issued desk.Issued, scope client.Scope) *reveal {
	issued.Name = visible.Truncate(issued.Name, longestRevealed)
	r := &reveal{world: w, id: w.newID(), issued: issued, scope: scope, width: minWidth, height: minHeight - footLines}
	r.pulse.to, r.check.to, r.showing.to = r.id, r.id, r.id
	for _, c := range w.PlaceChoices() {
		if c.Kind != desk.OnDisplay {
			r.ways = append(r.ways, &way{PlaceChoice: c})
		}
	}
	r.path = w.look.input()
	r.path.SetValue("./.env")
	for _, p := range issued.Places {
		if w := r.wayTo(p.Destination); w != nil {
			w.done = p.Err == nil
			if p.Err != nil {
				w.err = placeFailure(p.Err)
			}
			w.warning = visible.Line(p.Warning)
			if w.Kind == desk.InCommand {
				r.piped = w
			}
		}
	}
	return r
}

// wayTo is the way that a destination's name stands for, nil for none.
func (r *reveal) wayTo(name string) *way {
	for _, w := range r.ways {
		switch {
		case w.Label == name,
			w.Kind == desk.InCommand && stash.NewCommand(w.Command, stash.CommandSpec{}).Name() == name,
			w.Kind == desk.InEnvFile && strings.HasPrefix(name, "the env file "):
			return w
		}
	}
	return nil
}

// way is the one way of a kind that there is one of.
func (r *reveal) way(k desk.Kind) *way {
	for _, w := range r.ways {
		if w.Kind == k {
			return w
		}
	}
	return &way{}
}

// ID is the number by which answers find this screen.
func (r *reveal) ID() screenID { return r.id }

// SetSize gives the screen its space.
func (r *reveal) SetSize(width, height int) {
	r.width, r.height = width, height
	r.path.Width = max(width-24, 20)
}

// Typing tells whether a text field takes every key.
func (r *reveal) Typing() bool { return r.asking == askPath || !r.shown.IsZero() }

// Whole tells whether the key stands on screen, alone.
func (r *reveal) Whole() bool { return !r.shown.IsZero() }

// Guard says what would be lost by leaving now.
func (r *reveal) Guard() string {
	if r.gone || r.kept() || r.unanswered() {
		return ""
	}
	return r.issued.Name + " is not kept yet, and the platform shows it only once"
}

// kept tells whether the key may be left.
func (r *reveal) kept() bool { return r.issued.Kept }

// unanswered tells that there is no secret here: the request's answer never arrived.
func (r *reveal) unanswered() bool { return r.issued.Unanswered || r.issued.Masked == "" }

// discardable tells whether d is offered: until the key is kept; and always while it can do more than was asked.
func (r *reveal) discardable() bool { return !r.kept() || r.issued.Wider }

// Update hears keys, answers and the screen's own messages.
func (r *reveal) Update(msg tea.Msg) (screen, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		return r, r.key(msg)
	case beatMsg:
		return r, r.pulse.hear(msg)
	case countMsg:
		return r, r.count(msg)
	case loadedMsg:
		return r, r.loaded(msg)
	case actedMsg:
		return r, r.acted(msg)
	}
	return r, nil
}

func (r *reveal) loaded(msg loadedMsg) tea.Cmd {
	switch body := msg.body.(type) {
	case shownKeyMsg:
		if !r.showing.done(msg) {
			return nil
		}
		r.showErr = ""
		if msg.err != nil {
			r.showErr = explain(msg.err)
			return nil
		}
		r.shown, r.left = body.value, showFor
		r.showN++
		return r.tick()
	case fileMsg:
		if r.check.done(msg) {
			r.pulse.stop()
			return r.checkedFile(body.tried, msg.err)
		}
	}
	return nil
}

// tick counts the seconds that the key is shown.
func (r *reveal) tick() tea.Cmd {
	return after(4*beat, toMsg{to: r.id, body: countMsg{r.showN}})
}

func (r *reveal) count(msg countMsg) tea.Cmd {
	if msg.n != r.showN || r.shown.IsZero() {
		return nil
	}
	if r.left--; r.left <= 0 {
		r.hide()
		return nil
	}
	return r.tick()
}

// hide takes the key off the screen and out of the model.
func (r *reveal) hide() {
	r.shown = secret.Value{}
	r.showN++
}

// acted hears what came of an action.
func (r *reveal) acted(msg actedMsg) tea.Cmd {
	switch body := msg.body.(type) {
	case putMsg:
		return r.put(body, msg.err)
	case clearedMsg:
		if msg.err != nil {
			r.way(desk.OnClipboard).warning = "not cleared: " + placeFailure(msg.err)
			return nil
		}
		r.way(desk.OnClipboard).done, r.way(desk.OnClipboard).warning = false, "cleared"
	case discardedMsg:
		r.discarding = false
		if msg.err != nil {
			return r.notDiscarded(msg.err)
		}
		return r.close(changedMsg{revoked: []string{body.id}}, r.issued.Name+" was discarded and revoked")
	case abandonedMsg:
		text := r.issued.Name + " was left with nobody: x revokes it in the table"
		if msg.err != nil {
			text += "; the journal could not be written: " + explain(msg.err)
		}
		return r.close(changedMsg{made: r.madeID()}, text)
	}
	return nil
}

// put hears how a way out went.
func (r *reveal) put(msg putMsg, err error) tea.Cmd {
	w := msg.way
	w.became = became{}
	if r.waited == w {
		r.waited = nil
		r.pulse.stop()
	}
	if err != nil {
		w.err = placeFailure(err)
		return nil
	}
	w.done = true
	w.warning = visible.Line(msg.placed.Warning)
	r.issued.Places = append(r.issued.Places, msg.placed)
	if msg.placed.Custody.Safe() {
		r.issued.Kept, r.insisted, r.word = true, false, 0
		if !r.discardable() && (r.asking == askDiscard || r.asking == askWhich) {
			r.asking = askNothing
		}
	}
	return nil
}

// madeID is the new key's id, "" if it isn't known which one it is.
func (r *reveal) madeID() string {
	if r.issued.Key == nil || r.issued.Certainty == lifecycle.Unknown {
		return ""
	}
	return r.issued.Key.ID
}

// close takes the screen away and tells the tabs what changed.
func (r *reveal) close(changed changedMsg, text string) tea.Cmd {
	r.hide()
	r.showing.stop()
	r.check.stop()
	r.gone = true
	if text != "" {
		r.say(text)
	}
	return r.ask(closeMsg{r.id}, changed)
}

// ShortHelp are the keys for the footer.
func (r *reveal) ShortHelp() []key.Binding {
	yes := bind("y", "yes", "y")
	no := bind("any other key", "no", "")
	switch r.asking {
	case askPath:
		return []key.Binding{saying(keys.Details, "write it"), saying(keys.Back, "back")}
	case askReplace, askWarned, askDiscard:
		return []key.Binding{yes, no}
	case askWhich:
		return []key.Binding{saying(keys.Details, "revoke it"), keys.Up, keys.Down, saying(keys.Back, "back")}
	case askPipe:
		return []key.Binding{saying(keys.Details, "pipe it there"), keys.Up, keys.Down, saying(keys.Back, "back")}
	case askNothing:
	}
	switch {
	case r.discarding:
		return nil
	case r.waited != nil, r.check.busy():
		return []key.Binding{saying(keys.Back, "stop waiting")}
	case r.unanswered():
		return []key.Binding{keys.Done}
	}
	list := []key.Binding{saying(keys.Keep, "keep"), saying(keys.Copy, "clipboard"), saying(keys.EnvFile, "env file")}
	if len(r.pipes()) > 0 {
		list = append(list, saying(keys.Pipe, "pipe"))
	}
	list = append(list, saying(keys.Show, "show"))
	if r.kept() {
		list = append([]key.Binding{keys.Done}, list...)
	}
	if r.discardable() {
		list = append(list, saying(keys.Discard, "discard"))
	}
	if r.way(desk.OnClipboard).done {
		list = append(list, saying(keys.Clear, "clear"))
	}
	return list
}

// FullHelp are all keys of the screen.
func (r *reveal) FullHelp() [][]key.Binding {
	if r.kept() || r.unanswered() {
		return [][]key.Binding{r.ShortHelp()}
	}
	return [][]key.Binding{r.ShortHelp(), {bind("lost", "leave it with nobody", "")}}
}
