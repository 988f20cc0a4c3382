package ui

import (
	"errors"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"fob/client/visible"
	"fob/ui/desk"
)

// quarantine asks before the roles of a key are lowered, or put back. Q stands for it: the platform has no word for a key
// that is braked, and q quits.
type quarantine struct {
	world
	id      screenID
	row     *desk.Row
	release bool // the key is in quarantine
	since   desk.Quarantined
	width   int

	planning  load
	plan      desk.QuarantinePlan
	planned   bool
	word      string
	input     textinput.Model
	meanwhile []desk.Difference // what somebody changed; a person has to decide
	working   bool
	err       error
	pulse     pulse
}

// Answers to the dialog's questions.
type (
	quarantinePlanMsg struct{ plan desk.QuarantinePlan }
	quarantinedMsg    struct {
		name    string
		release bool
		edited  desk.Edited
	}
)

// said is the outcome in a sentence.
func (m quarantinedMsg) said() saidMsg {
	text := m.name + " is in quarantine: it works for what its lowered role allows"
	if m.release {
		text = m.name + " is released: its roles are as they were"
		if m.edited.State == desk.AlreadySo { // nothing was sent
			text = m.name + " is out of quarantine, with the roles that it has now"
		}
	}
	if n := len(m.edited.Warnings); n > 0 {
		return saidMsg{text: text + "; " + m.edited.Warnings[n-1], warning: true}
	}
	return saidMsg{text: text}
}

// What a person decides where somebody changed the key meanwhile.
var (
	overwriteRoles = bind("o", "over what they are now", "o")
	keepRoles      = bind("k", "keep what they are now", "k")
)

func newQuarantine(w world, row *desk.Row) *quarantine {
	q := &quarantine{world: w, id: w.newID(), row: row, input: w.look.input(), width: minWidth - 2}
	q.planning.to, q.pulse.to = q.id, q.id
	q.since, q.release = w.known.quarantine(row.Key.ID)
	if !q.release { // what gives a key back to whoever works with it takes no word
		q.word = desk.WordFor([]*desk.Row{row})
	}
	return q
}

// Init reads what would be lowered. Of a release everything is known.
func (q *quarantine) Init() tea.Cmd {
	if q.release {
		q.planned = true
		return q.input.Focus()
	}
	d, row := q.Desk, q.row
	return tea.Batch(q.pulse.start(), q.planning.start(askWithin, func(ctx ctxt) (tea.Msg, error) {
		plan, err := d.PlanQuarantine(ctx, row)
		return quarantinePlanMsg{plan}, err
	}))
}

// ID is the number by which answers find this screen.
func (q *quarantine) ID() screenID { return q.id }

// SetSize gives the dialog its space.
func (q *quarantine) SetSize(width, _ int) {
	q.width = min(width-2, 78)
	q.input.Width = max(q.width-8, 20)
}

// Typing tells whether the field has the keyboard.
func (q *quarantine) Typing() bool {
	return q.planned && !q.working && q.word != "" && q.meanwhile == nil
}

// Guard says what is under way.
func (q *quarantine) Guard() string {
	if q.working {
		return "the change of " + q.row.Name + " is under way"
	}
	return ""
}

// Update hears the plan, the outcome, and keys.
func (q *quarantine) Update(msg tea.Msg) (screen, tea.Cmd) {
	switch msg := msg.(type) {
	case beatMsg:
		return q, q.pulse.hear(msg)
	case loadedMsg:
		body, ok := msg.body.(quarantinePlanMsg)
		if !ok || !q.planning.done(msg) {
			return q, nil
		}
		q.pulse.stop()
		if q.err = msg.err; q.err == nil {
			q.plan, q.planned = body.plan, true
			return q, tea.Batch(q.input.Focus(), q.ask(pauseMsg{}))
		}
	case signedInMsg:
		if q.err != nil {
			q.err, q.planned = nil, false
			return q, q.Init()
		}
	case actedMsg:
		return q, q.acted(msg)
	case tea.KeyMsg:
		return q, q.key(msg)
	}
	return q, nil
}

// acted hears what became of the key. Where somebody changed it meanwhile, a person decides.
func (q *quarantine) acted(msg actedMsg) tea.Cmd {
	q.working = false
	q.pulse.stop()
	var meanwhile *desk.MeanwhileError
	switch {
	case errors.As(msg.err, &meanwhile):
		q.meanwhile = q.MeanwhileWords(meanwhile)
		return q.ask(pauseMsg{})
	case msg.err != nil:
		q.err = msg.err
		return q.ask(changedMsg{}) // it may be another now
	}
	return q.ask(closeMsg{q.id}, msg.body.(quarantinedMsg).said(), changedMsg{})
}

func (q *quarantine) key(msg tea.KeyMsg) tea.Cmd {
	switch {
	case q.working:
		return nil
	case matches(msg, keys.Back):
		q.planning.stop()
		return q.ask(closeMsg{q.id})
	case !q.planned, q.err != nil:
		return nil
	case q.meanwhile != nil && matches(msg, overwriteRoles):
		return q.send(desk.Overwrite)
	case q.meanwhile != nil && q.release && matches(msg, keepRoles):
		return q.send(desk.KeepIt)
	case q.meanwhile != nil:
		return nil
	case q.word == "" && msg.String() == "y", q.word != "" && matches(msg, keys.Done) && q.input.Value() == q.word:
		return q.send(desk.Undecided)
	case q.word == "":
		return nil
	}
	var cmd tea.Cmd
	q.input, cmd = typeInto(q.input, msg)
	return cmd
}

func (q *quarantine) send(decided desk.Meanwhile) tea.Cmd {
	q.working, q.err, q.meanwhile = true, nil, nil
	d, row, release := q.Desk, q.row, q.release
	what := "putting " + row.Name + " into quarantine"
	if release {
		what = "releasing " + row.Name
	}
	return tea.Batch(q.pulse.start(), q.action(q.id, what, func(ctx ctxt) (tea.Msg, error) {
		do := d.Quarantine
		if release {
			do = d.Release
		}
		edited, err := do(ctx, row, decided)
		return quarantinedMsg{row.Name, release, edited}, err
	}))
}

// View draws what would be lowered or put back, and the question.
func (q *quarantine) View() string {
	l := q.look
	title := "Put " + q.row.Name + " into quarantine?"
	if q.release {
		title = "Release " + q.row.Name + " from quarantine?"
	}
	var lines []string
	say := func(text string) { lines = append(lines, wrap(l.line(text), q.width-4)...) }
	say(q.row.Type + " key " + l.dot + " " + q.row.Role + " " + l.dot + " " + q.row.Scope)
	switch {
	case q.meanwhile != nil:
		say("Somebody changed its roles since it was put into quarantine:")
		lines = append(lines, q.differences(q.meanwhile, "was lowered to", "is now")...)
		return l.box(title, strings.Join(append(append(lines, ""), q.decision()...), "\n"), q.width)
	case q.err != nil:
		lines = append(append(lines, ""), wrap(l.line(q.refusalWords()), q.width-4)...)
		return l.box(title, strings.Join(append(lines, "", l.bold.Render("esc")+" leaves it"), "\n"), q.width)
	case !q.planned:
		return l.box(title, strings.Join(append(lines, "", l.accent.Render(q.pulse.spin(l))+" reading the key and the roles"+q.pulse.since()), "\n"), q.width)
	case q.release:
		for _, d := range q.since.Lowered {
			lines = append(lines, q.differences([]desk.Difference{{Field: d.Field, Before: d.After, After: d.Before}}, "is", "becomes again")...)
		}
		say("In quarantine since " + moment(q.since.At, q.Now()) + ".")
	default:
		lines = append(lines, q.differences(q.plan.Differences, "is", "becomes")...)
		sign := l.note
		for _, part := range wrap(l.line(q.plan.Still), q.width-6) {
			lines = append(lines, l.warn.Render(sign+" "+part))
			sign = " "
		}
		say("Whoever needs more of it will be refused. Q on it puts the roles back.")
		if q.plan.Untold != "" {
			lines = append(lines, l.remark(l.warn, l.note, q.plan.Untold, q.width-4)...)
		}
	}
	lines = append(append(lines, ""), q.stakes()...)
	switch {
	case q.working:
		lines = append(lines, l.accent.Render(q.pulse.spin(l))+" under way"+q.pulse.since())
	case q.word == "":
		lines = append(lines, l.bold.Render("y")+" does it, esc leaves it as it is")
	default:
		lines = append(lines, `Type "`+q.word+`" to do it:`, l.accent.Render("> ")+l.field(q.input))
	}
	return l.box(title, strings.Join(lines, "\n"), q.width)
}

// refusalWords say why it can't be done.
func (q *quarantine) refusalWords() string {
	switch {
	case errors.Is(q.err, desk.ErrRoleUnknown):
		return "Not done: the platform doesn't show its role, so it couldn't be put back. x revokes the key for good."
	case errors.Is(q.err, desk.ErrNothingLower):
		return "Not done: there is no lower role that it could be given. x revokes the key for good."
	}
	return "Not done: " + explain(q.err)
}

func (q *quarantine) differences(all []desk.Difference, was, is string) []string {
	lines := make([]string, 0, len(all))
	for _, d := range all {
		text := visible.Line(d.Field) + " " + was + " " + visible.Line(d.Before) + ", " + is + " " + visible.Line(d.After)
		lines = append(lines, wrap(q.look.line(text), q.width-4)...)
	}
	return lines
}

// decision is what can be decided where somebody changed the key meanwhile.
func (q *quarantine) decision() []string {
	l := q.look
	lines := q.stakes()
	if !q.release {
		return append(lines, l.bold.Render("o")+" lowers the roles anew from what they are now", l.bold.Render("esc")+" leaves them as they are")
	}
	return append(lines, l.bold.Render("o")+" puts the roles of before back, over what they are now",
		l.bold.Render("k")+" keeps what they are now, and ends the quarantine", l.bold.Render("esc")+" decides later")
}

// ShortHelp are the keys for the footer.
func (q *quarantine) ShortHelp() []key.Binding {
	no := saying(keys.Back, "leave it")
	switch {
	case q.working:
		return nil
	case q.meanwhile != nil && q.release:
		return []key.Binding{overwriteRoles, keepRoles, no}
	case q.meanwhile != nil:
		return []key.Binding{overwriteRoles, no}
	case !q.planned, q.err != nil:
		return []key.Binding{no}
	case q.word == "":
		return []key.Binding{bind("y", "yes", "y"), no}
	}
	return []key.Binding{saying(keys.Done, "do it, once typed"), no}
}

// FullHelp are all keys of the screen.
func (q *quarantine) FullHelp() [][]key.Binding { return [][]key.Binding{q.ShortHelp()} }
