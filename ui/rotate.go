package ui

import (
	"errors"
	"slices"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/secret"
	"fob/client/visible"
	"fob/ui/desk"
)

// rotate plans a new key in the place of an old one, asks what the platform doesn't show of it, shows all of it, and makes
// the new key with one press. Nothing is sent before.
type rotate struct {
	world
	id            screenID
	row           *desk.Row
	width, height int

	answers desk.Answers
	overlap int                // in overlaps
	homes   []desk.PlaceChoice // where the new key can be kept
	home    int
	plan    desk.RotationPlan
	ready   bool // the plan is that of the answers
	err     error
	load    load
	roles   []client.Role
	spaces  []client.Workspace
	inquiry *inquiry // what is asked now, nil when all is said
	seen    bool     // the question has been on screen for seenFor
	seenN   int

	cursor rotateField
	scroll int
	failed string // why an attempt made nothing
	quiet  bool   // nothing was pressed for settleFor since the plan was shown
	quietN int
	making *making
	pulse  pulse
}

type rotateField int

const (
	rotateOverlap rotateField = iota
	rotateHome
	rotateMake
)

// overlaps are how long the old key may wait. Below zero is not at all, as desk.RotationOptions has it.
var overlaps = []struct {
	label string
	of    time.Duration
}{{"not at all", -1}, {"1 day", 24 * time.Hour}, {"7 days", desk.DefaultOverlap}, {"14 days", 14 * 24 * time.Hour}, {"30 days", 30 * 24 * time.Hour}}

const overlapPreset = 2

// Answers to the page's questions.
type (
	rotationPlanMsg struct {
		plan   desk.RotationPlan
		roles  []client.Role
		spaces []client.Workspace
	}
	rotatedMsg struct{ at desk.Rotating }
)

func (m rotatedMsg) said() saidMsg {
	return saidMsg{text: m.at.NewName + " takes the place of " + m.at.Name + ": R on it shows how far it is"}
}

func newRotate(w world, row *desk.Row) *rotate {
	r := &rotate{world: w, id: w.newID(), row: row, overlap: overlapPreset, cursor: rotateMake, width: minWidth, height: minHeight - footLines}
	r.load.to, r.pulse.to = r.id, r.id
	r.homes = w.homes(true)
	return r
}

// homes are where a new key can be kept that takes the place of an old one. seen tells whether somebody sees to it if it
// is only on screen.
func (w world) homes(seen bool) []desk.PlaceChoice {
	var homes []desk.PlaceChoice
	for _, c := range w.PlaceChoices() {
		if c.Kind == desk.InKeyring || seen && c.Kind == desk.OnDisplay || c.Kind == desk.InCommand && c.Custody == secret.Kept {
			homes = append(homes, c)
		}
	}
	return homes
}

// Init makes the plan.
func (r *rotate) Init() tea.Cmd { return r.replan() }

// replan makes the plan anew, with the answers so far.
func (r *rotate) replan() tea.Cmd {
	r.ready, r.err, r.inquiry = false, nil, nil
	d, row := r.Desk, r.row
	o := desk.RotationOptions{Answers: r.answers, Overlap: overlaps[r.overlap].of, Home: []desk.Place{r.homes[r.home].Place()}}
	return tea.Batch(r.pulse.start(), r.load.start(learnWithin, func(ctx ctxt) (tea.Msg, error) {
		plan, err := d.PlanRotation(ctx, row, o)
		body := rotationPlanMsg{plan: plan}
		if len(plan.Unknown) > 0 { // what can't be read of these is not offered
			body.roles, _ = d.Roles(ctx)
			body.spaces, _ = d.Workspaces(ctx)
		}
		return body, err
	}))
}

// ID is the number by which answers find this screen.
func (r *rotate) ID() screenID { return r.id }

// SetSize gives the screen its space.
func (r *rotate) SetSize(width, height int) {
	r.width, r.height = width, height
	r.inquiry.size(width, height-rotateFrame-4)
}

// Typing tells whether a text field takes every key.
func (r *rotate) Typing() bool { return r.inquiry.typing() }

// Guard says what is under way.
func (r *rotate) Guard() string {
	if r.making != nil {
		return r.plan.Name + " is being made"
	}
	return ""
}

// Update hears keys, answers and the page's own messages.
func (r *rotate) Update(msg tea.Msg) (screen, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		return r, r.key(msg)
	case beatMsg:
		return r, r.pulse.hear(msg)
	case quietMsg:
		r.quiet = r.quiet || msg.n == r.quietN
	case seenMsg:
		r.seen = r.seen || msg.n == r.seenN
	case signedInMsg:
		if r.err != nil {
			return r, r.replan()
		}
	case loadedMsg:
		if body, ok := msg.body.(rotationPlanMsg); ok && r.load.done(msg) {
			return r, r.planned(body, msg.err)
		}
	case streamMsg:
		if told, ok := msg.body.(toldMsg); ok && r.making != nil {
			r.making.hear(told)
		}
	case actedMsg:
		return r, r.made(msg)
	}
	return r, nil
}

// planned hears the plan: it asks what is missing, or shows it.
func (r *rotate) planned(body rotationPlanMsg, err error) tea.Cmd {
	r.pulse.stop()
	r.plan, r.roles, r.spaces = body.plan, body.roles, body.spaces
	var notMine *desk.NotMineError
	switch {
	case errors.As(err, &notMine):
		return r.inquire(r.offerService(notMine))
	case err != nil:
		r.err = err
		return nil
	case len(r.plan.Unknown) > 0:
		return r.inquire(r.about(r.plan.Unknown[0]))
	}
	r.offerFiles()
	r.ready, r.scroll = true, 0
	return r.hush()
}

// offerFiles adds the env files that have the old key to what the new one can be kept in.
func (r *rotate) offerFiles() {
	for _, path := range r.plan.Files {
		if !slices.ContainsFunc(r.homes, func(c desk.PlaceChoice) bool { return c.Path == path }) {
			r.homes = append(r.homes, desk.PlaceChoice{
				Kind: desk.InEnvFile, Path: path, Label: "the env file " + visible.Line(path), Custody: secret.Kept,
				Note: "kept: in the place of the old key",
			})
		}
	}
}

// inquire asks one thing. It takes Enter once it has been on screen.
func (r *rotate) inquire(q *inquiry) tea.Cmd {
	r.inquiry = q
	r.SetSize(r.width, r.height)
	r.seen = false
	r.seenN++
	return after(seenFor, toMsg{to: r.id, body: seenMsg{r.seenN}})
}

// hush begins the quiet anew that the page waits for before Enter makes the key.
func (r *rotate) hush() tea.Cmd {
	r.quiet = false
	r.quietN++
	return after(settleFor, toMsg{to: r.id, body: quietMsg{r.quietN}})
}

func (r *rotate) key(msg tea.KeyMsg) tea.Cmd {
	switch {
	case r.making != nil:
		return nil
	case matches(msg, keys.Back):
		r.load.stop()
		return r.ask(closeMsg{r.id})
	case r.inquiry != nil:
		return r.answer(msg)
	}
	var cmd tea.Cmd
	if !r.quiet {
		cmd = r.hush()
	}
	return tea.Batch(cmd, r.review(msg, cmd == nil))
}

// review hears a key while the plan is shown. quiet tells that nothing was pressed for a while before.
func (r *rotate) review(msg tea.KeyMsg, quiet bool) tea.Cmd {
	switch {
	case matches(msg, keys.Refresh):
		return r.replan()
	case matches(msg, keys.PageUp):
		r.scroll = max(r.scroll-1, 0)
	case matches(msg, keys.PageDown):
		r.scroll += min(r.below(), 1)
	case matches(msg, keys.Up), matches(msg, keys.PrevTab):
		r.cursor = max(r.cursor-1, rotateOverlap)
	case matches(msg, keys.Down), matches(msg, keys.NextTab):
		r.cursor = min(r.cursor+1, rotateMake)
	case msg.Type == tea.KeyLeft:
		return r.turn(-1)
	case msg.Type == tea.KeyRight, msg.Type == tea.KeySpace:
		return r.turn(1)
	case matches(msg, keys.Details) && r.cursor != rotateMake:
		r.cursor++
	case matches(msg, keys.Details) && quiet && r.ready && r.below() == 0:
		return r.begin()
	}
	return nil
}

// turn takes the next or the previous value of the field under the cursor.
func (r *rotate) turn(by int) tea.Cmd {
	switch r.cursor {
	case rotateOverlap:
		r.overlap = min(max(r.overlap+by, 0), len(overlaps)-1)
	case rotateHome:
		r.home = (r.home + by + len(r.homes)) % len(r.homes)
	case rotateMake:
		return nil
	}
	return r.replan()
}

// begin sends the plan. It is the only place that does, and needs a page that isn't making a key yet.
func (r *rotate) begin() tea.Cmd {
	r.making, r.failed = &making{}, ""
	d, plan := r.Desk, r.plan
	return tea.Batch(r.pulse.start(), r.making.run(r.world, r.id, "rotating "+r.row.Name,
		func(ctx ctxt, tell func(lifecycle.Step)) (tea.Msg, error) {
			at, err := d.BeginRotation(ctx, plan, tell)
			if err != nil && at.Stage == desk.RotationPlanned { // nothing was made: its plan must not stand in the way of the next try
				_, _ = d.AbandonRotation(ctx, at.ID, "", false)
			}
			return rotatedMsg{at}, err
		}))
}

// made hears what came of it. Whatever was written down can be gone on with from the page of the rotation.
func (r *rotate) made(msg actedMsg) tea.Cmd {
	body, ok := msg.body.(rotatedMsg)
	if !ok || r.making == nil {
		return nil
	}
	r.pulse.stop()
	r.making = nil
	var open *desk.RotationOpenError
	var unknown *desk.UnknownError
	var failed *desk.IssueError
	switch {
	case errors.As(msg.err, &open):
		r.say(visible.Line(open.Error()))
		return r.ask(replaceMsg{id: r.id, screen: newRotation(r.world, desk.Rotating{ID: open.Rotation.Intent, Name: r.row.Name, KeyID: r.row.Key.ID}), settle: true})
	case errors.As(msg.err, &unknown):
		return r.replan()
	case errors.As(msg.err, &failed) && failed.Made == desk.MadeNo, msg.err != nil && body.at.ID == "":
		r.failed = "no key was made: " + placeFailure(msg.err)
		return r.replan()
	}
	return r.arrived(body.at, msg.err)
}

// arrived leaves for the page of the rotation, and lays the reveal over it where no place has the new key.
func (r *rotate) arrived(at desk.Rotating, err error) tea.Cmd {
	next := newRotation(r.world, at)
	if err != nil {
		next.trouble = placeFailure(err)
	}
	changed := changedMsg{made: at.NewID}
	if errors.Is(err, desk.ErrUnkept) && at.Issued != nil && !at.Issued.Kept {
		next.trouble = ""
		return r.ask(replaceMsg{id: r.id, screen: next}, openMsg{screen: newReveal(r.world, *at.Issued, r.row.HomeScope()), settle: true}, changed)
	}
	return r.ask(replaceMsg{id: r.id, screen: next, settle: true}, changed)
}

// ShortHelp are the keys for the footer.
func (r *rotate) ShortHelp() []key.Binding {
	leave := saying(keys.Back, "leave it as it is")
	switch {
	case r.making != nil:
		return nil
	case r.inquiry != nil:
		help := r.inquiry.help()
		return slices.Insert(help, len(help)-1, leave)
	case r.load.busy():
		return []key.Binding{leave}
	case r.cursor == rotateMake && r.ready:
		if r.below() > 0 {
			return []key.Binding{bind("pgdn", "more"), leave, bind("↑↓", "choose")}
		}
		return []key.Binding{saying(keys.Details, "rotate it"), leave, bind("↑↓", "choose")}
	case r.ready:
		return []key.Binding{bind("←→", "change"), bind("↑↓", "choose"), leave}
	}
	return []key.Binding{saying(keys.Refresh, "try again"), bind("←→↑↓", "change"), leave}
}

// FullHelp are all keys of the screen.
func (r *rotate) FullHelp() [][]key.Binding { return [][]key.Binding{r.ShortHelp()} }
