package ui

import (
	"errors"
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"fob/client/lifecycle"
	"fob/client/visible"
	"fob/config/stash"
	"fob/ui/desk"
)

// making is a key that is being made: from the press on, nothing stops it.
type making struct {
	steps load
	told  []lifecycle.Step // one for each stage so far, the last one under way
}

type (
	toldMsg   struct{ steps []lifecycle.Step }
	toldAll   struct{}
	issuedMsg struct{ issued desk.Issued }
)

// ends are the stages that say how another one went.
var ends = map[lifecycle.Stage]lifecycle.Stage{lifecycle.Trying: lifecycle.Tried, lifecycle.Storing: lifecycle.Stored}

// hear takes what was told; what belongs to the same stage of the same place replaces what it told before.
func (m *making) hear(msg toldMsg) {
	for _, s := range msg.steps {
		if n := len(m.told); n > 0 && m.told[n-1].Destination == s.Destination && (m.told[n-1].Stage == s.Stage || ends[m.told[n-1].Stage] == s.Stage) {
			m.told[n-1] = s
			continue
		}
		m.told = append(m.told, s)
	}
}

// run runs do as an action of the screen id, and shows what it tells. The steps come out of the action as they are told: a
// full channel drops what is told of a long list rather than making the key wait for the screen.
func (m *making) run(w world, id screenID, what string, do func(ctx ctxt, tell func(lifecycle.Step)) (tea.Msg, error)) tea.Cmd {
	m.steps.to = id
	told := make(chan lifecycle.Step, 512)
	watch := stream(&m.steps, func(a, b toldMsg) toldMsg { return toldMsg{append(a.steps, b.steps...)} },
		func(_ ctxt, tell func(toldMsg)) (tea.Msg, error) {
			for s := range told {
				tell(toldMsg{[]lifecycle.Step{s}})
			}
			return toldAll{}, nil
		})
	return tea.Batch(watch, w.action(id, what, func(ctx ctxt) (tea.Msg, error) {
		defer close(told)
		return do(ctx, func(s lifecycle.Step) {
			select {
			case told <- s:
			default:
			}
		})
	}))
}

// issue sends the order. It is the only place that does, and needs a wizard that isn't making one yet.
func (w *wizard) issue() tea.Cmd {
	w.making = &making{}
	w.review.failed = ""
	d, order := w.Desk, w.review.order
	return tea.Batch(w.pulse.start(), w.making.run(w.world, w.id, "making "+w.label(),
		func(ctx ctxt, tell func(lifecycle.Step)) (tea.Msg, error) {
			issued, err := d.Issue(ctx, order, tell)
			return issuedMsg{issued}, err
		}))
}

// made hears what came of the order.
func (w *wizard) made(msg actedMsg) tea.Cmd {
	body, ok := msg.body.(issuedMsg)
	if !ok || w.making == nil {
		return nil
	}
	w.pulse.stop()
	var failed *lifecycle.Error
	switch {
	case msg.err == nil:
		return w.ask(replaceMsg{id: w.id, screen: newReveal(w.world, body.issued, w.scope), settle: true})
	case errors.As(msg.err, &failed) && failed.Made != lifecycle.MadeNo:
		body.issued.Unanswered = true
		r := newReveal(w.world, body.issued, w.scope)
		r.trouble = visible.Line(failed.Err.Error())
		return w.ask(replaceMsg{id: w.id, screen: r, settle: true})
	}
	w.making = nil
	cmd := w.startReview() // tried anew, and quiet is waited for: nothing that is still being pressed makes it again
	w.review.failed = "nothing was made: " + w.whyNot(msg.err)
	return tea.Batch(w.show(), cmd)
}

// whyNot puts the reason into words; the stage says what fob was doing.
func (w *wizard) whyNot(err error) string {
	var failed *lifecycle.Error
	if errors.As(err, &failed) && failed.Err != nil {
		return string(failed.Stage) + ": " + placeFailure(failed.Err)
	}
	return placeFailure(err)
}

// mostOutput is how much of what a command wrote is shown, in cells.
const mostOutput = 160

// placeFailure puts a place's error into words, with what else can be done where the place knows.
func placeFailure(err error) string {
	text := explain(err)
	var keyring *stash.KeyringError
	var command *stash.CommandError
	if errors.As(err, &command) {
		short := *command
		short.Output = visible.Truncate(command.Output, mostOutput)
		text = visible.Line(short.Error())
	}
	if errors.As(err, &keyring) {
		text = visible.Line(keyring.Error())
		if hint := keyring.Hint(); hint != "" {
			text += "; " + visible.Line(hint)
		}
	}
	return text
}

// makingView draws the stages that were told.
func (w *wizard) makingView() []string {
	l := w.look
	lines := []string{" " + l.bold.Render("Making "+w.label()), ""}
	lines = append(lines, w.making.lines(l, &w.pulse)...)
	if room := w.height - wizardFrame - 2; len(lines) > room {
		lines = append(lines[:2:2], lines[len(lines)-room+2:]...)
	}
	return append(lines, "", " "+l.faint.Render(strings.TrimSpace("one request, sent once; leaving is not possible now"+w.pulse.since())))
}

// lines are the stages that were told, a line each.
func (m *making) lines(l *look, p *pulse) []string {
	lines := make([]string, len(m.told))
	for i, s := range m.told {
		sign, style := l.good.Render(l.check), l.faint
		if i == len(m.told)-1 {
			sign, style = l.accent.Render(p.spin(l)), l.plain
		}
		if s.Err != nil {
			sign = l.bad.Render("!")
		}
		lines[i] = "   " + sign + " " + style.Render(stageWords(s))
	}
	return lines
}

// stageWords puts a step into words.
func stageWords(s lifecycle.Step) string {
	text := string(s.Stage)
	if s.Destination != "" {
		text += ": " + visible.Line(s.Destination)
	}
	if s.Took > 0 {
		text += " (" + took(s.Took) + ")"
	}
	if s.Read > 0 {
		text += "   " + desk.Thousands(s.Read)
		if s.Announced != nil {
			text += " of " + desk.Thousands(*s.Announced)
		}
	}
	if s.Retrying != "" {
		text += "   " + visible.Line(s.Retrying)
	}
	if s.Wait > 0 {
		text += fmt.Sprintf("   again in %s", took(s.Wait))
	}
	if s.Err != nil {
		text += ": " + visible.Line(s.Err.Error())
	}
	return text
}
