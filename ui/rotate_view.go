package ui

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/lipgloss"

	"fob/client/visible"
	"fob/ui/desk"
)

// Lines around the page's body: title and rule.
const rotateFrame = 2

// View draws the question, the plan, or how far the making has come.
func (r *rotate) View() string {
	l := r.look
	where := "nothing is sent yet"
	if r.making != nil {
		where = "under way"
	}
	lines := r.pageTitle("Rotate "+r.row.Name, where, r.width)
	switch {
	case r.making != nil:
		lines = append(lines, " "+l.bold.Render("Making "+l.line(r.plan.Name)), "")
		lines = append(lines, tail(r.making.lines(l, &r.pulse), r.height-rotateFrame-4)...)
		lines = append(lines, "", " "+l.faint.Render("one request, sent once; leaving is not possible now"+r.pulse.since()))
	case r.inquiry != nil:
		lines = append(lines, r.inquiryLines()...)
	case r.load.busy():
		lines = append(lines, " "+l.accent.Render(r.pulse.spin(l))+" reading the key as it is now"+r.pulse.since())
		lines = append(lines, r.fields()...)
	case r.err != nil:
		lines = append(lines, strings.Split(l.failure("It can't be rotated now", r.err, r.width), "\n")...)
		lines = append(append(lines, ""), r.fields()...)
	default:
		lines = append(lines, r.window()...)
		lines = append(lines, r.fields()...)
	}
	return r.drawn(lines, r.width)
}

// pageTitle is a page's name and what is to be known of it, with a rule below.
func (w world) pageTitle(what, right string, width int) []string {
	l := w.look
	right = l.faint.Render(right) + " "
	what = l.truncate(what, max(width-lipgloss.Width(right)-3, 8))
	return []string{between(" "+l.bold.Render(what), right, width), l.faint.Render(" " + strings.Repeat(l.rule, max(width-2, 0)))}
}

// drawn puts finished lines into what the locale can show.
func (w world) drawn(lines []string, width int) string {
	for i := range lines {
		lines[i] = w.look.tidy(lines[i], width)
	}
	return strings.Join(lines, "\n")
}

// tail is the last n of the lines.
func tail(lines []string, n int) []string {
	if n = max(n, 1); len(lines) > n {
		return lines[len(lines)-n:]
	}
	return lines
}

func (r *rotate) inquiryLines() []string {
	l, q := r.look, r.inquiry
	lines := []string{" " + l.bold.Render(q.title)}
	if q.why != "" {
		for _, part := range wrap(l.line(q.why), min(r.width-3, readable)) {
			lines = append(lines, " "+l.faint.Render(part))
		}
	}
	if r.height >= 18 {
		lines = append(lines, "")
	}
	switch {
	case q.choice != nil:
		lines = append(lines, indent(q.choice.View())...)
	case q.spaces != nil:
		lines = append(lines, indent(q.spaces.View())...)
	case q.text != nil:
		lines = append(lines, " "+l.accent.Render("> ")+l.field(*q.text))
	}
	if q.err != nil {
		lines = append(lines, " "+l.bad.Render(l.line(explain(q.err))))
	}
	return lines
}

func indent(text string) []string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = " " + lines[i]
	}
	return lines
}

// row is a labelled line of a page, wrapped.
func (l *look) row(label, text string, width int) []string {
	var lines []string
	for i, part := range wrap(l.line(text), min(max(width-13, 20), readable)) {
		if i > 0 {
			label = ""
		}
		lines = append(lines, " "+l.faint.Render(pad(label, 10))+" "+part)
	}
	return lines
}

// remark is a line with a sign before it, wrapped under it.
func (l *look) remark(style lipgloss.Style, sign, text string, width int) []string {
	var lines []string
	for _, part := range wrap(l.line(text), min(max(width-5, 20), readable)) {
		lines = append(lines, " "+style.Render(sign+" "+part))
		sign = strings.Repeat(" ", lipgloss.Width(sign))
	}
	return lines
}

// planLines are all that the plan says.
func (r *rotate) planLines() []string {
	l, p, now := r.look, &r.plan, r.Now()
	d := p.Draft
	var lines []string
	row := func(label, text string) { lines = append(lines, l.row(label, text, r.width)...) }
	if r.failed != "" {
		lines = append(lines, l.remark(l.bad, l.note, r.failed, r.width)...)
	}
	row("old key", p.Row.Label()+", a "+p.Row.Type+" key; expires "+expiryWords(p.Row.Key.ExpiresAt, now))
	row("new key", p.Name+", a "+typeWord(d.Personal)+" key")
	can := orRole(p.Role)
	if d.OrganizationRole != "" {
		can += ", in the organization " + orgRoleWord(d.OrganizationRole)
	}
	row("can", can)
	row("in", reachWords(d.AllWorkspaces, d.Workspaces))
	row("until", endWords(d.ExpiresAt, now, r.Location()))
	for i, s := range p.Spots {
		label := "moves to"
		if i > 0 {
			label = ""
		}
		row(label, "the new key: "+s)
	}
	warnings := p.Warnings
	if _, in := r.known.quarantine(r.row.Key.ID); in {
		warnings = append([]string{"the old key is in quarantine, and the new one gets its lowered role: release it first, if that isn't meant"}, warnings...)
	}
	for _, w := range warnings {
		lines = append(lines, l.remark(l.warn, l.note, w, r.width)...)
	}
	return lines
}

func orRole(name string) string {
	if name == "" {
		return "what you can, now and later"
	}
	return name
}

// reachWords are where a key will work.
func reachWords(all bool, names []string) string {
	switch {
	case all:
		return "every workspace, and every future one"
	case len(names) == 1:
		return visible.Line(names[0]) + ", and no other workspace"
	}
	const most = 6
	shown := make([]string, 0, most)
	for _, n := range names[:min(most, len(names))] {
		shown = append(shown, visible.Truncate(n, 30))
	}
	text := desk.Thousands(len(names)) + " workspaces: " + strings.Join(shown, ", ")
	if more := len(names) - most; more > 0 {
		text += fmt.Sprintf(" and %s more", desk.Thousands(more))
	}
	return text
}

// room is how many lines there are for the plan.
func (r *rotate) room() int {
	room := r.height - rotateFrame - rotateFields
	if r.roomy() {
		room--
	}
	return max(room, 2)
}

// rotateFields is how many lines the fields and the button take; where there is room, one more parts them from the plan.
const rotateFields = 3

func (r *rotate) roomy() bool { return r.height >= 18 }

// below is how many lines of the plan are below the screen.
func (r *rotate) below() int {
	n, room := len(r.planLines()), r.room()
	if n <= room {
		return 0
	}
	return max(n-(room-1)-r.scroll, 0)
}

// window is the part of the plan that fits.
func (r *rotate) window() []string {
	l, lines, room := r.look, r.planLines(), r.room()
	if len(lines) <= room {
		return lines
	}
	below := r.below()
	from := len(lines) - below - (room - 1)
	note := fmt.Sprintf(" %s %d more above", l.up, from)
	if below > 0 {
		note = fmt.Sprintf(" %s %d more below: pgdn shows them", l.down, below)
	}
	return append(append([]string(nil), lines[from:from+room-1]...), l.warn.Render(note))
}

// waitWords say how long an old key waits, and what comes then.
func waitWords(of time.Duration, label string, now time.Time) (waits, then string) {
	if of <= 0 {
		return label, "it works until you revoke it"
	}
	return label + ", until " + now.Add(of).Format("2 Jan 2006 15:04 MST"), "then you decide"
}

// fields are what can be chosen, and the button.
func (r *rotate) fields() []string {
	l := r.look
	field := func(at rotateField, label, value string) string {
		if at == r.cursor {
			return " " + l.selected.Render(pad(label, 10)) + " < " + l.bold.Render(value) + " >"
		}
		return " " + l.faint.Render(pad(label, 10)) + "   " + value
	}
	waits, then := waitWords(overlaps[r.overlap].of, overlaps[r.overlap].label, r.Now())
	waits += l.faint.Render("; " + then)
	button, aside := "[ rotate it ]", ""
	switch {
	case !r.ready:
		aside = "once there is a plan"
	case r.below() > 0:
		aside = "once all is read"
	case !r.quiet:
		aside = "once you stop typing"
	}
	style := l.plain
	switch {
	case aside != "":
		button = "( rotate it )"
		style = l.faint
	case r.cursor == rotateMake:
		style = l.selected
	}
	sign := "  "
	if r.cursor == rotateMake {
		sign = l.cursor + " "
	}
	lines := []string{
		field(rotateOverlap, "old waits", waits),
		field(rotateHome, "kept in", l.line(r.homes[r.home].Label)),
		"           " + sign + style.Render(button) + "   " + l.faint.Render(aside),
	}
	if r.roomy() {
		return append([]string{""}, lines...)
	}
	return lines
}
