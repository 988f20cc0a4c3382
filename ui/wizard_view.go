package ui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"

	"fob/client/visible"
	"fob/ui/desk"
)

// heading is a group of steps under one word of the line of progress.
type heading int

const (
	headType heading = iota
	headName
	headExpiry
	headReach
	headRole
	headPlace
	headReview
)

var headingWords = map[heading]string{
	headType: "type", headName: "name", headExpiry: "expiry", headReach: "workspaces", headRole: "role",
	headPlace: "where it goes", headReview: "review",
}

func headingOf(s step) heading {
	return map[step]heading{
		stepType: headType, stepName: headName, stepExpiry: headExpiry, stepDate: headExpiry, stepReach: headReach,
		stepWorkspaces: headReach, stepRole: headRole, stepPlace: headPlace, stepPath: headPlace, stepReplace: headPlace,
	}[s]
}

func (w *wizard) heading() heading {
	if w.step == stepReview {
		return headReview
	}
	return headingOf(w.step)
}

func (w *wizard) headings() []heading {
	list := []heading{headType, headName, headExpiry}
	if w.scope.Workspace == "" {
		list = append(list, headReach)
	}
	return append(list, headRole, headPlace, headReview)
}

// readable is how wide a text may be before it is hard to read.
const readable = 90

// Lines around a step: title and rule above, a blank line and the progress below.
const wizardFrame = 4

// View draws the step, the review, or how far the making has come.
func (w *wizard) View() string {
	var body []string
	switch {
	case w.making != nil:
		body = w.makingView()
	case w.step == stepReview:
		body = w.reviewView()
	default:
		body = w.stepView()
	}
	lines := append(w.title(), fit(strings.Join(body, "\n"), w.height-wizardFrame)...)
	lines = append(lines, "", w.progress())
	for i := range lines {
		lines[i] = w.look.tidy(lines[i], w.width)
	}
	return strings.Join(lines, "\n")
}

// tidy puts a finished line into what the locale can show, and cuts it to the width.
func (l *look) tidy(line string, width int) string {
	line = l.ascii(strings.ReplaceAll(line, "…", l.ellipsis)) // a sign of one cell stays one
	return strings.TrimRight(ansi.Truncate(line, max(width, 0), l.ellipsis), " ")
}

// title says what for, and where in the steps this is.
func (w *wizard) title() []string {
	l := w.look
	what := "New key for the organization"
	if w.scope.Workspace != "" {
		what = "New key for " + visible.Line(w.scope.Workspace)
	}
	list := w.headings()
	at := 0
	for i, h := range list {
		if h == w.heading() {
			at = i + 1
		}
	}
	where := fmt.Sprintf("%d of %d %s %s", at, len(list), l.dot, headingWords[w.heading()])
	if w.making != nil {
		where = "being made"
	}
	return []string{
		between(" "+l.bold.Render(what), l.faint.Render(where)+" ", w.width),
		l.faint.Render(" " + strings.Repeat(l.rule, max(w.width-2, 0))),
	}
}

// progress names the steps: what was answered, where this is, what comes.
func (w *wizard) progress() string {
	l := w.look
	if w.leaving {
		return " " + l.warn.Render("leave? nothing was made. esc leaves, any other key stays")
	}
	var done, rest []string
	now := ""
	for _, h := range w.headings() {
		switch {
		case h < w.heading():
			done = append(done, l.good.Render(l.check)+" "+l.faint.Render(w.summary(h)))
		case h == w.heading():
			now = l.selected.Render(l.cursor + " " + headingWords[h])
		default:
			rest = append(rest, l.faint.Render(headingWords[h]))
		}
	}
	line := func() string {
		return " " + strings.Join(append(append(append([]string(nil), done...), now), rest...), "   ")
	}
	if lipgloss.Width(line()) > w.width && len(rest) > 1 {
		rest = []string{l.faint.Render(fmt.Sprintf("%d more", len(rest)))}
	}
	for dropped := 1; lipgloss.Width(line()) > w.width && len(done) > 1; dropped++ {
		done = append([]string{l.good.Render(l.check) + " " + l.faint.Render(fmt.Sprintf("%d done", dropped+1))}, done[2:]...)
	}
	return line()
}

// question is what the step asks.
func (w *wizard) question() string {
	switch w.step {
	case stepType:
		return "What kind of key?"
	case stepName:
		return "What shall it be called?"
	case stepExpiry:
		return "When shall it stop working?"
	case stepDate:
		return "Until which day?"
	case stepReach:
		return "Which workspaces shall it reach?"
	case stepWorkspaces:
		return "Choose the workspaces"
	case stepRole:
		return "What may it do?"
	case stepPlace:
		return "Where shall its secret go the moment it is made?"
	case stepPath:
		return "Which env file?"
	case stepReplace:
		return "That file has an API_KEY already. Replace it?"
	}
	return ""
}

// stepView draws a question, its field, and what there is to say about the answer.
func (w *wizard) stepView() []string {
	l := w.look
	lines := []string{" " + l.bold.Render(w.question())}
	if w.roomy() {
		lines = append(lines, "")
	}
	switch {
	case w.form != nil:
		field := strings.TrimRight(w.form.view(), "\n ")
		for _, line := range strings.Split(field, "\n") {
			lines = append(lines, " "+line)
		}
	case w.failure() == nil:
		lines = append(lines, l.faint.Render("   asking the platform "+l.ellipsis))
	}
	lines = append(lines, "")
	return append(lines, w.notes()...)
}

func (w *wizard) roomy() bool { return w.height >= 18 }

// fieldHeight is what the question and what stands below it leave of the height.
func (w *wizard) fieldHeight() int {
	left := w.height - wizardFrame - 2 // question, blank line below the field
	if w.roomy() {
		left--
	}
	if w.step == stepName || w.step == stepDate || w.step == stepPath {
		return 1
	}
	if w.roomy() {
		left--
	}
	return max(left-2, 3) // two lines of notes
}

// notes is what there is to say below the field.
func (w *wizard) notes() []string {
	l := w.look
	var notes []string
	say := func(style lipgloss.Style, format string, args ...any) {
		text := l.ascii(fmt.Sprintf(format, args...))
		for _, line := range strings.Split(lipgloss.NewStyle().Width(min(w.width-3, readable)).Render(text), "\n") {
			notes = append(notes, " "+style.Render(strings.TrimRight(line, " ")))
		}
	}
	if w.form != nil && w.form.err != nil {
		say(l.bad, "! %s", visible.Line(w.form.err.Error()))
	}
	if err := w.failure(); err != nil {
		say(l.bad, "! could not be read: %s", explain(err))
	}
	switch w.step {
	case stepType:
		if w.kind == typeService {
			say(l.faint, "Advised for production and for everything that runs by itself. The search history shows a service key by its name.")
		} else {
			say(l.faint, "For your own work. It dies with your membership: what must go on without you needs a service key.")
		}
	case stepName:
		w.nameNotes(say)
	case stepExpiry:
		say(l.faint, "Temporary and test keys should always have an end. The end can't be changed later.")
	case stepDate:
		w.dateNotes(say)
	case stepReach:
		if w.reach == reachEvery {
			say(l.warn, "! It will work in workspaces that don't exist yet, too. Few keys need that.")
		} else {
			say(l.faint, "A key that reaches only what it needs does less harm when it leaks.")
		}
	case stepRole:
		if w.rolesRead && w.chosenRole().admin {
			say(l.warn, "! An Admin's key can write in every workspace, whichever are chosen, and see all of the organization.")
		} else if w.rolesRead && w.cutNote() {
			say(l.faint, "%s", w.chosenRole().note)
		}
	case stepPlace:
		say(l.faint, "%s", w.places[w.answers.place].Note)
		if err := w.KeyringFailure(); err != nil {
			say(l.warn, "%s %s: %s", l.note, w.places[0].Label, placeFailure(err))
		}
	case stepPath:
		w.pathNotes(say)
	case stepReplace:
		say(l.faint, "%s may hold the only copy of another key: the platform shows no key twice.", visible.Line(w.path))
	}
	return notes
}

// cutNote tells whether what the chosen role may do doesn't fit beside its name.
func (w *wizard) cutNote() bool {
	widest := 0
	for _, r := range w.roleChoices() {
		widest = max(widest, lipgloss.Width(r.label))
	}
	return widest+lipgloss.Width(w.chosenRole().note)+7 > w.width-2
}

type sayer = func(style lipgloss.Style, format string, args ...any)

func (w *wizard) nameNotes(say sayer) {
	l := w.look
	name := strings.TrimSpace(w.name)
	if name == "" {
		say(l.faint, "A name is optional: without one the start of the key's id stands for it, like %q.", "9f1c4e2a (unnamed)")
		return
	}
	same := 0
	for _, r := range w.rows {
		if known, ok := r.Key.Name.Get(); ok && strings.EqualFold(strings.TrimSpace(known), name) {
			same++
		}
	}
	if same > 0 {
		say(l.warn, "! %s in use already. The platform allows it; people will mix them up.", countNoun(same, "key has this name", "keys have this name"))
	} else {
		say(l.faint, "What it is for is a good name: nightly-eval, ingest-prod.")
	}
}

func countNoun(n int, one, many string) string {
	if n == 1 {
		return "one " + one + ": it is"
	}
	return desk.Thousands(n) + " " + many + ": it is"
}

func (w *wizard) dateNotes(say sayer) {
	l := w.look
	if strings.TrimSpace(w.date) == "" {
		say(l.faint, "A date (2027-01-31) means the end of that day here; also a number of days (45d), or an instant (2027-01-31T12:00:00Z).")
		return
	}
	at, err := w.ParseExpiry(w.date)
	switch {
	case err != nil && w.form != nil && w.form.err == nil:
		say(l.faint, "not understood yet: %s", visible.Line(err.Error()))
	case err == nil:
		say(l.good, "until %s", endWords(at, w.Now(), w.Location()))
	}
}

func (w *wizard) pathNotes(say sayer) {
	l := w.look
	switch {
	case w.check.busy():
		say(l.faint, "%s looking at the file%s", w.pulse.spin(l), w.pulse.since())
	case w.checkErr != nil:
		say(l.bad, "! %s", visible.Line(w.checkErr.Error()))
	default:
		say(l.faint, "Gets API_KEY, API_URL and, for one workspace, DEFAULT_WORKSPACE_NAME, as the platform's SDKs read them. Other lines stay as they are.")
	}
}
