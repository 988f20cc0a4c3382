package ui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/lipgloss"

	"fob/client/lifecycle"
	"fob/client/secret"
	"fob/client/visible"
	"fob/ui/desk"
)

// View draws the screen; while the key is shown, the key alone.
func (r *reveal) View() string {
	if !r.shown.IsZero() {
		return r.shownView()
	}
	l := r.look
	boxed := r.height >= 17
	width, room := r.width-2, r.height
	if boxed {
		width, room = min(r.width-6, readable), r.height-2
	}
	var lines, last []string
	switch {
	case r.unanswered():
		lines, last = r.orphanLines(width), []string{l.bold.Render("enter") + " back to the table"}
	case r.asking == askPipe:
		lines = r.pipeLines(width)
		last = para(l.faint, "enter pipes it there, esc goes back", width)
	case r.asking == askWhich:
		lines = r.whichLines(width)
		last = para(l.faint, "enter revokes it, esc goes back; the secret is forgotten with it", width)
	default:
		lines, last = r.lines(width, false), r.lastLines(width)
		if written(lines) > room-len(last) {
			lines = r.lines(width, true)
		}
	}
	lines = squeeze(append(lines, ""), room-len(last))
	lines = append(lines, last...)
	if boxed {
		lines = strings.Split(l.box("", l.ascii(strings.ReplaceAll(strings.Join(lines, "\n"), "…", l.ellipsis)), width+4), "\n")
	}
	for i := range lines {
		lines[i] = l.tidy(" "+lines[i], r.width)
	}
	return strings.Join(lines, "\n")
}

// written counts the lines that aren't blank.
func written(lines []string) int {
	n := 0
	for _, line := range lines {
		if strings.TrimSpace(line) != "" {
			n++
		}
	}
	return n
}

// squeeze takes blank lines out, the last first, while there are more lines than fit; then lines from the end.
func squeeze(lines []string, height int) []string {
	for i := len(lines) - 1; i >= 0 && len(lines) > height; i-- {
		if strings.TrimSpace(lines[i]) == "" {
			lines = append(lines[:i:i], lines[i+1:]...)
		}
	}
	return lines[:min(len(lines), max(height, 0))]
}

// shownView draws the key in the clear: raw, from the first column, broken hard at the width, so that what is selected
// is nothing but the key.
func (r *reveal) shownView() string {
	text := r.shown.Reveal()
	width, height := max(r.width, 1), r.height+footLines
	var lines []string
	for len(text) > width {
		lines = append(lines, text[:width])
		text = text[width:]
	}
	lines = append(lines, text)
	if len(lines) > height {
		return "the key has more lines than this window: make it larger, or press a key and use c or f"
	}
	rest := []string{
		"",
		fmt.Sprintf("%d s left; any key ends it.", r.left),
		"Selecting by mouse adds line breaks to the key, c does not.",
	}
	for i := range rest {
		rest[i] = r.look.tidy(rest[i], width)
	}
	return strings.Join(append(lines, rest[:min(len(rest), height-len(lines))]...), "\n")
}

// para breaks a text at the width, in a style.
func para(style lipgloss.Style, text string, width int) []string {
	lines := strings.Split(lipgloss.NewStyle().Width(max(width, 10)).Render(text), "\n")
	for i, line := range lines {
		lines[i] = style.Render(strings.TrimRight(line, " "))
	}
	return lines
}

// lines are the usual reveal; terse leaves out what a person can do without.
func (r *reveal) lines(width int, terse bool) []string {
	l := r.look
	lines := r.deviationLines(width)
	style := l.bold
	if !r.kept() {
		style = l.warn.Bold(true)
	}
	lines = append(lines, para(style, l.ascii(r.custody()), width)...)
	lines = append(lines, "", "  "+cut(r.masked(width-2), width-2), "")
	if !terse {
		lines = append(lines, "This is the only time that the platform shows this key.", "")
	}
	row := func(k, does, state string) {
		lines = append(lines, "  "+l.bold.Render(k)+"  "+pad(does, 30)+"  "+state)
	}
	row("k", "keep in "+r.way(desk.InKeyring).Label, r.state(r.way(desk.InKeyring)))
	row("c", "send to the clipboard", r.state(r.way(desk.OnClipboard)))
	row("f", "write an env file for the SDKs", r.state(r.way(desk.InEnvFile)))
	if does, state := r.pipeRow(); does != "" {
		row("p", does, state)
	}
	row("v", fmt.Sprintf("show it for %d s", showFor), l.bad.Render(r.showErr))
	if r.discardable() {
		state := ""
		switch {
		case r.discarding:
			state = l.faint.Render("under way " + l.ellipsis)
		case r.discardErr != "":
			state = l.bad.Render("failed")
		}
		row("d", "discard and revoke", state)
	}
	lines = append(lines, r.troubles(width)...)
	if id := r.identity(width); len(id) > 0 {
		lines = append(append(lines, ""), id...)
	}
	return lines
}

// masked is the key with its middle hidden, whatever the width.
func (r *reveal) masked(width int) string {
	text := r.issued.Masked
	if over := lipgloss.Width(text) - width; over > 0 {
		dots := strings.Count(text, "•")
		text = strings.Replace(text, strings.Repeat("•", dots), strings.Repeat("•", max(dots-over, 4)), 1)
	}
	return text
}

// custody says truthfully what became of the key so far.
func (r *reveal) custody() string {
	name := r.issued.Name
	var kept, handed, sent []string
	for _, p := range r.issued.Places {
		if p.Err != nil {
			continue
		}
		switch p.Custody {
		case secret.Kept:
			where := "in "
			if w := r.wayTo(p.Destination); w != nil && w.Kind == desk.InCommand {
				where = "by "
			}
			kept = append(kept, where+visible.Line(p.Destination))
		case secret.HandedOver:
			handed = append(handed, visible.Line(p.Destination))
		case secret.Sent:
			if p.Destination == "the display" {
				continue // shown here, which is what this screen is
			}
			sent = append(sent, visible.Line(p.Destination))
		}
	}
	switch {
	case len(kept) > 0:
		return name + " is made, and kept " + strings.Join(unique(kept), " and ") + " (stored, read back, equal)"
	case len(handed) > 0:
		return name + " is made, and handed over to " + strings.Join(unique(handed), " and ")
	case len(sent) > 0:
		return name + " is made, and sent to " + strings.Join(unique(sent), " and ") + ", which nothing confirms: not kept yet"
	}
	return name + " is made, and not kept yet: nobody but this screen has it"
}

func unique(list []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, s := range list {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

// state is how one way out stands, as a word.
func (r *reveal) state(w *way) string {
	l := r.look
	switch {
	case r.waited == w:
		return l.accent.Render(r.pulse.spin(l) + " under way")
	case w.Kind == desk.InEnvFile && r.check.busy():
		return l.accent.Render(r.pulse.spin(l) + " looking at it" + r.pulse.since())
	case w.flying:
		return l.warn.Render("not waited for; may yet arrive")
	case w.done && w.Kind == desk.OnClipboard:
		return l.good.Render(l.check+" sent") + l.faint.Render("; C clears it")
	case w.done && w.Kind == desk.InCommand:
		return l.good.Render(l.check + " " + string(w.Custody))
	case w.done:
		return l.good.Render(l.check + " done")
	case w.err != "":
		return l.bad.Render("failed")
	}
	return l.faint.Render(w.warning)
}

func (r *reveal) waitWords(k desk.Kind) string {
	if k == desk.InKeyring && r.pulse.seconds() >= patience {
		return "waiting for your keyring" + r.pulse.since()
	}
	return "under way" + r.pulse.since()
}

// troubles are the reasons why ways out failed, and what went wrong beside.
func (r *reveal) troubles(width int) []string {
	l := r.look
	var lines []string
	for _, w := range r.ways {
		if w.err != "" && !w.flying {
			lines = append(lines, para(l.bad, "! "+keyOf(w)+": "+w.err, width)...)
		}
		if w.done && w.warning != "" {
			lines = append(lines, para(l.warn, "! "+keyOf(w)+": "+w.warning, width)...)
		}
	}
	if r.way(desk.OnClipboard).done {
		lines = append(lines, para(l.faint, "c went by "+visible.Line(r.ClipboardWay())+"; nothing confirms that it arrived", width)...)
	}
	if r.discardErr != "" {
		lines = append(lines, para(l.bad, "! d: "+r.discardErr, width)...)
	}
	for _, text := range r.issued.Warnings {
		lines = append(lines, para(l.warn, "! "+text, width)...)
	}
	return lines
}

// keyOf is the key for a way out.
func keyOf(w *way) string {
	if w.Kind == desk.InCommand {
		return "p"
	}
	return map[desk.Kind]string{desk.InKeyring: "k", desk.OnClipboard: "c", desk.InEnvFile: "f"}[w.Kind]
}

// deviationLines are what differs from what was asked: wider first and loud, then the rest, then what isn't shown.
func (r *reveal) deviationLines(width int) []string {
	l := r.look
	var wider, other, unshown []string
	for _, d := range r.issued.Deviations {
		text := fmt.Sprintf("%s: you asked for %s, the platform made %s", d.Field, visible.Line(d.Asked), visible.Line(d.Got))
		switch {
		case d.NotShown:
			unshown = append(unshown, d.Field)
		case d.Wider:
			wider = append(wider, text)
		default:
			other = append(other, text)
		}
	}
	var lines []string
	for _, text := range wider {
		lines = append(lines, para(l.bad.Bold(true), "! WIDER THAN ASKED, "+text+" "+l.dash+" d revokes it", width)...)
	}
	for _, text := range other {
		lines = append(lines, para(l.warn, "! "+text, width)...)
	}
	if len(unshown) > 0 {
		lines = append(lines, para(l.faint, "not shown by the platform, so not compared: "+strings.Join(unshown, ", "), width)...)
	}
	if len(lines) > 0 {
		lines = append(lines, "")
	}
	return lines
}

// identity says which key in the list this is, where that isn't certain.
func (r *reveal) identity(width int) []string {
	l := r.look
	why := ""
	if r.issued.Why != "" {
		why = ": " + visible.Line(r.issued.Why)
	}
	switch r.issued.Certainty {
	case lifecycle.Likely:
		id := ""
		if r.issued.Key != nil {
			id = " " + desk.ShortID(r.issued.Key.ID)
		}
		return para(l.warn, "! its id is likely"+id+", not certain"+why, width)
	case lifecycle.Unknown:
		return para(l.warn, "! its id is unknown"+why, width)
	case lifecycle.Certain:
	}
	return nil
}

// lastLines are the question that is asked, or how to leave.
func (r *reveal) lastLines(width int) []string {
	l := r.look
	switch r.asking {
	case askPath:
		return []string{l.bold.Render("write it into: ") + l.field(r.path)}
	case askReplace:
		return para(l.warn, visible.Line(r.file.Path)+" has an API_KEY already. It may be the only copy of another key: replace it? y replaces, any other key doesn't", width)
	case askWarned:
		return para(l.warn, "! "+strings.Join(r.notes, "; ")+". Write it all the same? y writes, any other key doesn't", width)
	case askDiscard:
		return append(r.stakes(), para(l.warn, "Revoke "+r.issued.Name+" and forget its secret? This can't be undone. y does it, any other key doesn't", width)...)
	case askNothing, askWhich, askPipe:
	}
	switch {
	case r.waited != nil:
		return para(l.accent, r.waitWords(r.waited.Kind)+": esc stops waiting, what was begun goes on", width)
	case r.check.busy():
		return para(l.accent, "looking at the file"+r.pulse.since()+": esc stops waiting", width)
	case r.kept():
		return []string{l.bold.Render("enter") + " done"}
	}
	text := "not kept yet: " + r.waysOut() + ", d revokes it, lost leaves it with nobody"
	if r.word > 0 {
		text = "leaving it with nobody: " + lostWord[:r.word] + strings.Repeat("_", len(lostWord)-r.word)
	}
	style := l.warn
	if r.insisted {
		style, text = l.bad.Bold(true), "! "+text
		if r.word == 0 {
			text = "! not kept yet: " + r.waysOut() + ", d revokes it; who wants to leave it with nobody types the word " + lostWord
		}
	}
	return para(style, text, width)
}
