package ui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"fob/client/secret"
	"fob/client/visible"
	"fob/ui/desk"
)

// pipes are the ways to commands of the user's own.
func (r *reveal) pipes() []*way {
	var all []*way
	for _, w := range r.ways {
		if w.Kind == desk.InCommand {
			all = append(all, w)
		}
	}
	return all
}

// choosePipe pipes the key to the command, or asks which where there are several.
func (r *reveal) choosePipe() tea.Cmd {
	switch all := r.pipes(); len(all) {
	case 0:
		return nil
	case 1:
		return r.pipe(all[0])
	}
	r.asking, r.cursor = askPipe, 0
	return nil
}

// pipe hands the key to a command, once: a second time would make a second version of it in many stores.
func (r *reveal) pipe(w *way) tea.Cmd {
	if w.done {
		return r.say(visible.Line(w.Label) + " has it already")
	}
	r.piped = w
	return r.send(w, w.Place(), "piping "+r.issued.Name+" to "+visible.Line(w.Label))
}

func (r *reveal) pipeKey(msg tea.KeyMsg) tea.Cmd {
	all := r.pipes()
	switch {
	case matches(msg, keys.Up):
		r.cursor = max(r.cursor-1, 0)
	case matches(msg, keys.Down):
		r.cursor = min(r.cursor+1, len(all)-1)
	case matches(msg, keys.Back):
		r.asking = askNothing
	case matches(msg, keys.Details):
		r.asking = askNothing
		return r.pipe(all[r.cursor])
	}
	return nil
}

// pipeRow is the line of the commands: what p does, "" without commands, and how it stands.
func (r *reveal) pipeRow() (does, state string) {
	all := r.pipes()
	switch len(all) {
	case 0:
		return "", ""
	case 1:
		return "pipe to " + r.look.truncate(all[0].Command, 22), r.state(all[0])
	}
	if r.piped == nil {
		return "pipe to a command " + r.look.ellipsis, ""
	}
	return "pipe to a command " + r.look.ellipsis, r.look.truncate(r.piped.Command, 20) + ": " + r.state(r.piped)
}

// waysOut are the keys after which the screen may be left, and the word for what they do.
func (r *reveal) waysOut() string {
	all := r.pipes()
	if len(all) == 0 {
		return "k or f keep it"
	}
	for _, w := range all {
		if w.Custody != secret.Kept {
			return "k or f keep it, p hands it over"
		}
	}
	return "k, f or p keep it"
}

// pipeLines ask which command shall get the key.
func (r *reveal) pipeLines(width int) []string {
	l, all := r.look, r.pipes()
	lines := append(para(l.bold, "Which command shall get it?", width), "")
	most := max(r.height-10, 3)
	from := max(min(r.cursor-most/2, len(all)-most), 0)
	for i := from; i < min(from+most, len(all)); i++ {
		sign, style := "  ", l.plain
		if i == r.cursor {
			sign, style = l.cursor+" ", l.selected
		}
		name, word := l.truncate(all[i].Command, 24), "hands it over"
		switch w := all[i]; {
		case w.done:
			word = l.check + " " + string(w.Custody)
		case w.err != "":
			word = "failed"
		case w.Custody == secret.Kept:
			word = "keeps it"
		}
		lines = append(lines, style.Render(sign+pad(name, 26))+l.faint.Render(word))
	}
	return append(append(lines, ""), para(l.faint, strings.ToUpper(all[r.cursor].Note[:1])+all[r.cursor].Note[1:]+".", width)...)
}
