package ui

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"

	"fob/client/secret"
	"fob/client/visible"
	"fob/ui/desk"
)

// review is everything once more before the key is made, and the trial of where its secret goes.
type review struct {
	order   desk.Order // exactly what will be sent
	now     time.Time  // when the review began; what is counted from it stands still on screen
	unusual []string
	try     load
	tried   *desk.Tried
	err     error
	failed  string // why an attempt made nothing
	focus   int    // in buttons
	scroll  int    // lines of the review that are above the screen
	quiet   bool   // nothing was pressed for settleFor since the review opened
	quietN  int
}

type (
	triedMsg struct{ tried desk.Tried }
	quietMsg struct{ n int }
)

// The review's buttons.
const (
	buttonMake = iota
	buttonBack
	buttonLeave
	buttons
)

// hear takes how the trial went.
func (r *review) hear(msg triedMsg, err error) {
	r.err = err
	if err == nil {
		r.tried = &msg.tried
	}
}

// startReview resolves the answers and tries the destination.
func (w *wizard) startReview() tea.Cmd {
	r := &w.review
	r.order, r.now, r.focus, r.scroll, r.failed = w.order(), w.Now(), buttonMake, 0, ""
	r.unusual = w.Unusual(r.order, w.rows)
	if w.places[w.answers.place].Custody == secret.Sent {
		r.unusual = append(r.unusual, "its secret is only sent there: nothing keeps it until you do")
	}
	if r.order.Places[0].Replace {
		r.unusual = append(r.unusual, "the API_KEY that the file has now is replaced")
	}
	return tea.Batch(w.tryPlace(), w.hush())
}

// tryPlace tries the destination, in place of an older trial.
func (w *wizard) tryPlace() tea.Cmd {
	r := &w.review
	r.tried, r.err = nil, nil
	d, place, only := w.Desk, r.order.Places[0], r.order.Workspace()
	return tea.Batch(w.pulse.start(), r.try.start(keepWithin, func(ctx ctxt) (tea.Msg, error) {
		tried, err := d.Try(ctx, place, only)
		return triedMsg{tried}, err
	}))
}

// hush begins the quiet anew that the review waits for before Enter makes a key: what is still being typed for the
// steps before, or a key that is held down, must not.
func (w *wizard) hush() tea.Cmd {
	w.review.quiet = false
	w.review.quietN++
	return after(settleFor, toMsg{to: w.id, body: quietMsg{w.review.quietN}})
}

// ready tells whether Enter makes the key: all of the review has been on screen, the place works, and it has been quiet.
func (w *wizard) ready() bool {
	r := &w.review
	return r.quiet && r.tried != nil && r.err == nil && w.below() == 0
}

func (w *wizard) reviewKey(msg tea.KeyMsg) tea.Cmd {
	r := &w.review
	var cmd tea.Cmd
	if !r.quiet {
		cmd = w.hush()
	}
	switch {
	case matches(msg, keys.PrevTab):
		return w.back()
	case matches(msg, keys.Up):
		r.scroll = max(r.scroll-1, 0)
	case matches(msg, keys.Down):
		r.scroll += min(w.below(), 1)
	case matches(msg, keys.NextTab), msg.Type == tea.KeyRight:
		r.focus = (r.focus + 1) % buttons
	case msg.Type == tea.KeyLeft:
		r.focus = (r.focus + buttons - 1) % buttons
	case matches(msg, keys.Refresh) && !r.try.busy():
		return tea.Batch(cmd, w.tryPlace())
	case matches(msg, keys.Details) && w.seen && cmd == nil:
		return w.press()
	}
	return cmd
}

// press hears Enter on the button that has the focus.
func (w *wizard) press() tea.Cmd {
	r := &w.review
	switch {
	case r.focus == buttonBack:
		return w.back()
	case r.focus == buttonLeave:
		return w.escape()
	case r.err != nil && !r.try.busy():
		return w.tryPlace()
	case w.ready():
		return w.issue()
	}
	return nil
}

func (w *wizard) reviewHelp() []key.Binding {
	choose := bind("tab", "choose", "left", "right")
	press := saying(keys.Details, []string{"make the key", "go back", "leave"}[w.review.focus])
	if w.review.focus == buttonMake && w.review.err != nil {
		press = saying(keys.Details, "try again")
	}
	return []key.Binding{press, choose, saying(keys.Refresh, "try again"), saying(keys.PrevTab, "back"), saying(keys.Back, "leave")}
}

// reviewView draws the review: what doesn't fit is scrolled to, and the buttons are always there.
func (w *wizard) reviewView() []string {
	l := w.look
	lines, room := w.reviewLines(), w.reviewRoom()
	if len(lines) <= room {
		if len(lines) < room {
			lines = append(lines, "")
		}
		return append(lines, w.buttons())
	}
	below := w.below()
	from := len(lines) - below - (room - 1)
	shown := append([]string(nil), lines[from:from+room-1]...)
	note := fmt.Sprintf(" %s %d more above", l.up, from)
	if below > 0 {
		note = fmt.Sprintf(" %s %d more below: down shows them", l.down, below)
	}
	return append(shown, l.warn.Render(note), w.buttons())
}

// reviewRoom is how many lines there are for the review above its buttons.
func (w *wizard) reviewRoom() int { return max(w.height-wizardFrame-1, 2) }

// below is how many lines of the review are below the screen.
func (w *wizard) below() int {
	n, room := len(w.reviewLines()), w.reviewRoom()
	if n <= room {
		return 0
	}
	return max(n-(room-1)-w.review.scroll, 0)
}

// reviewLines are all that the review says.
func (w *wizard) reviewLines() []string {
	l, r := w.look, &w.review
	d := r.order.Draft
	kind := typeWord(d.Personal) + " key"
	what := l.bold.Render(visible.Truncate(w.label(), max(w.width-20, 10))) + ", a " + kind
	if d.Name == "" {
		what = l.bold.Render("an unnamed "+kind) + ": its id will stand for it"
	}
	lines := []string{" " + what}
	row := func(label, text string) {
		for i, line := range strings.Split(lipgloss.NewStyle().Width(min(max(w.width-10, 20), readable)).Render(l.ascii(text)), "\n") {
			if i > 0 {
				label = ""
			}
			lines = append(lines, " "+l.faint.Render(pad(label, 8))+" "+strings.TrimRight(line, " "))
		}
	}
	row("can", w.canWords())
	row("in", w.inWords())
	row("until", endWords(d.ExpiresAt, r.now, w.Location()))
	row("goes to", visible.Line(w.places[w.answers.place].Label)+w.pathWords())
	row("", w.triedWords())
	var notes []string
	for _, u := range r.unusual {
		notes = append(notes, wrapped(l, l.warn, "! "+u, w.width)...)
	}
	if r.tried != nil {
		for _, text := range r.tried.Warnings {
			notes = append(notes, wrapped(l, l.warn, "! "+text, w.width)...)
		}
	}
	if r.failed != "" {
		notes = append(notes, wrapped(l, l.bad, "! "+r.failed, w.width)...)
	}
	if w.roomy() {
		if len(notes) > 0 {
			lines = append(append(lines, ""), notes...)
		}
		lines = append(lines, "")
		promise := "It will be made once, stored, read back, and shown to you masked."
		switch w.places[w.answers.place].Custody {
		case secret.HandedOver:
			promise = "It will be made once, handed over, and shown to you masked."
		case secret.Sent:
			promise = "It will be made once, and shown to you masked."
		case secret.Kept:
		}
		return append(lines, wrapped(l, l.faint, promise, w.width)...)
	}
	return append(lines, notes...)
}

// wrapped breaks a text of ours at the width.
func wrapped(l *look, style lipgloss.Style, text string, width int) []string {
	lines := strings.Split(lipgloss.NewStyle().Width(min(max(width-3, 10), readable)).Render(l.ascii(text)), "\n")
	for i, line := range lines {
		lines[i] = " " + style.Render(strings.TrimRight(line, " "))
	}
	return lines
}

// canWords is what the key may do.
func (w *wizard) canWords() string {
	role := w.chosenRole()
	switch {
	case role.admin:
		return "everything an organization Admin can: write in every workspace, manage the organization"
	case role.id == "":
		return "what you can, now and later: the platform names no roles"
	case role.note == "":
		return role.label
	}
	return role.label + ": " + role.note
}

// inWords is where it works, resolved.
func (w *wizard) inWords() string {
	d := w.review.order.Draft
	switch {
	case d.AllWorkspaces:
		return "every workspace, and every future one"
	case len(d.Workspaces) == 1:
		return visible.Line(d.Workspaces[0]) + ", and no other workspace"
	}
	const most = 6
	var names []string
	for _, n := range d.Workspaces[:min(most, len(d.Workspaces))] {
		names = append(names, visible.Truncate(n, 30))
	}
	text := fmt.Sprintf("%s of %s workspaces: %s", desk.Thousands(len(d.Workspaces)), desk.Thousands(len(w.spaceList)), strings.Join(names, ", "))
	if more := len(d.Workspaces) - most; more > 0 {
		text += fmt.Sprintf(" and %s more", desk.Thousands(more))
	}
	return text
}

func (w *wizard) pathWords() string {
	if p := w.review.order.Places[0]; p.Kind == desk.InEnvFile {
		return ": " + visible.Line(p.Path)
	}
	return ""
}

// triedWords is how the trial of the destination goes, or went.
func (w *wizard) triedWords() string {
	l, r := w.look, &w.review
	switch {
	case r.try.busy():
		return w.pulse.spin(l) + " " + waitingWords(r.order.Places[0].Kind, &w.pulse)
	case r.err != nil:
		return l.bad.Render("does not work: " + placeFailure(r.err))
	case r.tried != nil && w.places[w.answers.place].Unchecked:
		return l.good.Render("its program is there") + "; it has no check of its own"
	case r.tried != nil:
		return l.good.Render(fmt.Sprintf("tried just now: works (%s)", took(r.tried.Took)))
	}
	return "not tried yet"
}

// patience is how long the keyring may take before the screen says that it waits for it.
const patience = 2

// waitingWords says what is waited for: a keyring may be waiting for a person to type its password.
func waitingWords(k desk.Kind, p *pulse) string {
	if k == desk.InKeyring && p.seconds() >= patience {
		return "waiting for your keyring" + p.since()
	}
	return "trying it" + p.since()
}

// took puts a short time into words.
func took(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return "under 1 ms"
	case d < 10*time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return desk.Ago(d)
}

// buttons draws the review's buttons; the brackets are the focus.
func (w *wizard) buttons() string {
	l, r := w.look, &w.review
	labels := []string{"make the key", "back", "leave"}
	if r.err != nil && !r.try.busy() {
		labels[buttonMake] = "try again"
	}
	var parts []string
	for i, label := range labels {
		ready := i != buttonMake || w.ready() || r.err != nil
		switch {
		case i == r.focus && ready:
			parts = append(parts, l.selected.Render("[ "+label+" ]"))
		case i == r.focus:
			parts = append(parts, l.faint.Render("( "+label+" )"))
		default:
			parts = append(parts, "  "+label+"  ")
		}
	}
	line := "  " + strings.Join(parts, "  ")
	switch {
	case r.focus != buttonMake:
	case r.try.busy():
		line += "   " + l.faint.Render("once the place works")
	case w.below() > 0 && r.err == nil:
		line += "   " + l.faint.Render("once all is read")
	case !r.quiet:
		line += "   " + l.faint.Render("once you stop typing")
	}
	return line
}
