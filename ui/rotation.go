package ui

import (
	"errors"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"fob/client"
	"fob/client/lifecycle"
	"fob/ui/desk"
)

// rotation shows where a rotation stands, what the search history tells of the old key, and what can be done: revoke the
// old key, undo all of it, or go on where it was interrupted.
type rotation struct {
	world
	id            screenID
	at            desk.Rotating
	width, height int

	looking load
	looked  bool // the search history has been asked
	err     error
	trouble string // why the last thing that was tried did not work

	asking     rotationQuestion
	word       string // what has to be typed; "": y is enough
	input      textinput.Model
	candidates []*desk.Row // which key the new one may be
	cursor     int
	making     *making
	working    string // what is under way; "" for nothing
	pulse      pulse
	scroll     int
}

type rotationQuestion int

const (
	rotationAsksNothing rotationQuestion = iota
	rotationAsksFinish
	rotationAsksForce // to revoke the old key in spite of the doubts
	rotationAsksUndo
	rotationAsksStuck // to revoke the new key, though places work with it
	rotationAsksWhich // which key the new one is
)

// Answers to the page's questions.
type (
	rotationStatusMsg struct{ at desk.Rotating }
	finishedMsg       struct{ revoked desk.Discarded }
	unwoundMsg        struct{ unwound desk.Unwound }
	whichNewMsg       struct{ rows []*desk.Row }
)

func newRotation(w world, at desk.Rotating) *rotation {
	r := &rotation{world: w, id: w.newID(), at: at, input: w.look.input(), width: minWidth, height: minHeight - footLines}
	r.looking.to, r.pulse.to = r.id, r.id
	return r
}

// Init asks the journal and the search history.
func (r *rotation) Init() tea.Cmd { return r.lookAgain() }

func (r *rotation) lookAgain() tea.Cmd {
	d, id := r.Desk, r.at.ID
	r.err = nil
	return tea.Batch(r.pulse.start(), r.looking.start(learnWithin, func(ctx ctxt) (tea.Msg, error) {
		open, err := d.RotationStatus(ctx)
		for _, at := range open {
			if at.ID == id {
				return rotationStatusMsg{at}, err
			}
		}
		all, otherErr := d.Rotations()
		for _, at := range all {
			if at.ID == id {
				return rotationStatusMsg{at}, err
			}
		}
		return rotationStatusMsg{}, errors.Join(err, otherErr, desk.ErrNoRotation)
	}))
}

// ID is the number by which answers find this screen.
func (r *rotation) ID() screenID { return r.id }

// SetSize gives the screen its space.
func (r *rotation) SetSize(width, height int) {
	r.width, r.height = width, height
	r.input.Width = max(min(width-30, 50), 20)
}

// Typing tells whether the field has the keyboard.
func (r *rotation) Typing() bool {
	return r.working == "" && r.word != "" && (r.asking == rotationAsksForce || r.asking == rotationAsksStuck || r.asking == rotationAsksFinish)
}

// Guard says what is under way.
func (r *rotation) Guard() string {
	if r.working != "" {
		return r.working + " is under way"
	}
	return ""
}

// over tells whether nothing is left to be done.
func (r *rotation) over() bool {
	return r.at.Stage == desk.RotationFinished || r.at.Stage == desk.RotationAbandoned
}

// interrupted tells whether there is something to go on with.
func (r *rotation) interrupted() bool {
	switch r.at.Stage {
	case desk.RotationPlanned, desk.RotationMaking, desk.RotationPlacing:
		return true
	case desk.RotationWaiting:
		return r.unplaced() > 0
	}
	return false
}

// unplaced counts the places that don't have the new key.
func (r *rotation) unplaced() int {
	n := 0
	for _, s := range r.at.Spots {
		if !s.Done {
			n++
		}
	}
	return n
}

// Update hears answers, then keys.
func (r *rotation) Update(msg tea.Msg) (screen, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		return r, r.key(msg)
	case beatMsg:
		return r, r.pulse.hear(msg)
	case changedMsg, signedInMsg:
		if r.working == "" {
			return r, r.lookAgain()
		}
	case loadedMsg:
		return r, r.loaded(msg)
	case streamMsg:
		if told, ok := msg.body.(toldMsg); ok && r.making != nil {
			r.making.hear(told)
		}
	case actedMsg:
		return r, r.acted(msg)
	}
	return r, nil
}

func (r *rotation) loaded(msg loadedMsg) tea.Cmd {
	switch body := msg.body.(type) {
	case rotationStatusMsg:
		if !r.looking.done(msg) {
			return nil
		}
		r.pulse.stop()
		if r.err = msg.err; body.at.ID != "" {
			issued := r.at.Issued
			r.at, r.looked = body.at, true
			r.at.Issued = issued
		}
	case whichNewMsg:
		if !r.looking.done(msg) {
			return nil
		}
		r.pulse.stop()
		if r.candidates = body.rows; msg.err != nil || len(body.rows) == 0 {
			r.trouble = "it isn't certain which key the new one is, and no key in the list fits"
			if msg.err != nil {
				r.trouble = explain(msg.err)
			}
			return nil
		}
		r.asking, r.cursor = rotationAsksWhich, 0
		return r.ask(pauseMsg{})
	}
	return nil
}

// acted hears what came of what was begun here.
func (r *rotation) acted(msg actedMsg) tea.Cmd {
	r.working, r.making = "", nil
	r.pulse.stop()
	switch body := msg.body.(type) {
	case rotatedMsg:
		return r.resumed(body.at, msg.err)
	case finishedMsg:
		return r.finished(body.revoked, msg.err)
	case unwoundMsg:
		return r.unwound(body.unwound, msg.err)
	}
	return nil
}

// resumed hears how far going on has come.
func (r *rotation) resumed(at desk.Rotating, err error) tea.Cmd {
	if at.ID != "" {
		r.at, r.looked = at, false
	}
	switch {
	case err == nil:
	case errors.Is(err, desk.ErrUnkept) && at.Issued != nil && !at.Issued.Kept:
		return r.ask(openMsg{screen: newReveal(r.world, *at.Issued, client.Scope{}), settle: true}, changedMsg{})
	case errors.Is(err, desk.ErrUnkept), errors.Is(err, desk.ErrUnresolved):
		r.trouble = placeFailure(err)
		return r.ask(openMsg{screen: newOrphans(r.world), settle: true})
	default:
		r.trouble = placeFailure(err)
	}
	return r.ask(changedMsg{made: at.NewID})
}

// finished hears what became of the old key. Doubts that were not known before are shown, and asked about anew.
func (r *rotation) finished(revoked desk.Discarded, err error) tea.Cmd {
	var doubts *desk.NotReadyError
	switch {
	case errors.As(err, &doubts):
		r.at.Doubts, r.at.Seen, r.at.Suggested, r.looked = doubts.Doubts, &doubts.Sighting, false, true
		if !r.forceable() {
			r.trouble = "not revoked: " + string(lifecycle.NewGone)
			return nil
		}
		return tea.Batch(r.question(rotationAsksForce), r.ask(pauseMsg{}))
	case err != nil:
		r.trouble = "not revoked: " + placeFailure(err)
		return r.lookAgain()
	}
	text := r.at.Name + " is revoked: the rotation is finished"
	warning := false
	if n := len(revoked.Warnings); n > 0 {
		text, warning = text+"; "+revoked.Warnings[n-1], true
	}
	return r.ask(closeMsg{r.id}, saidMsg{text: text, warning: warning}, changedMsg{revoked: []string{r.at.KeyID}})
}

// unwound hears how far the way back has come.
func (r *rotation) unwound(out desk.Unwound, err error) tea.Cmd {
	var stuck *desk.StuckError
	switch {
	case errors.As(err, &stuck):
		if r.trouble = placeFailure(err); len(out.Returned) > 0 { // otherwise nothing was begun
			r.at.Stage = desk.RotationAbandoning
		}
		return tea.Batch(r.question(rotationAsksStuck), r.ask(pauseMsg{}))
	case errors.Is(err, desk.ErrNotCertain):
		return r.findNew()
	case err != nil:
		r.trouble = "not undone: " + placeFailure(err)
		return r.lookAgain()
	}
	said := saidMsg{text: "the rotation of " + r.at.Name + " is undone: the old key stays"}
	if n := len(out.Warnings); n > 0 {
		said = saidMsg{text: said.text + "; " + out.Warnings[n-1], warning: true}
	} else if r.at.Stage == desk.RotationMaking {
		said = saidMsg{text: said.text + "; a new key may exist all the same: L shows it", warning: true}
	}
	changed := changedMsg{}
	if r.at.NewID != "" {
		changed.revoked = []string{r.at.NewID}
	}
	if r.at.Stage == desk.RotationMaking {
		r.ask(orphansMsg{1})
	}
	return r.ask(closeMsg{r.id}, said, changed)
}

// findNew looks for the keys that the new one may be.
func (r *rotation) findNew() tea.Cmd {
	d, id := r.Desk, r.at.ID
	return tea.Batch(r.pulse.start(), r.looking.start(learnWithin, func(ctx ctxt) (tea.Msg, error) {
		all, err := d.Orphans(ctx)
		for _, o := range all {
			if o.Rotation == id {
				return whichNewMsg{o.Candidates}, nil
			}
		}
		return whichNewMsg{}, err
	}))
}

// ShortHelp are the keys for the footer.
func (r *rotation) ShortHelp() []key.Binding {
	no := saying(keys.Back, "leave it")
	switch {
	case r.working != "":
		return nil
	case r.asking == rotationAsksWhich:
		return []key.Binding{saying(keys.Details, "revoke this one"), keys.Up, keys.Down, no}
	case r.asking != rotationAsksNothing && r.word != "":
		return []key.Binding{saying(keys.Done, "do it, once typed"), no}
	case r.asking != rotationAsksNothing:
		return []key.Binding{bind("y", "yes", "y"), no}
	case r.over():
		return []key.Binding{keys.Back}
	}
	var list []key.Binding
	if r.refusal() != "" {
		return []key.Binding{saying(keys.Refresh, "look again"), keys.Back}
	}
	if r.interrupted() {
		list = append(list, keys.GoOn)
	}
	if r.at.Stage == desk.RotationWaiting || r.at.Stage == desk.RotationPlacing {
		list = append(list, keys.Finish)
	}
	return append(list, keys.Undo, saying(keys.Refresh, "look again"), keys.Back)
}

// FullHelp are all keys of the screen.
func (r *rotation) FullHelp() [][]key.Binding { return [][]key.Binding{r.ShortHelp()} }

// refusal says why the rotation can't be gone on with, "" if it can or that isn't known.
func (r *rotation) refusal() string {
	k := r.known
	if k == nil || !k.whoKnown && !k.who.ReadOnly {
		return "" // what was begun may be ended also while the platform doesn't say who this is: it decides then
	}
	return k.judge(r.at.Right)
}
