package ui

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"fob/client"
	"fob/client/lifecycle"
	"fob/ui/desk"
)

func (r *rotation) key(msg tea.KeyMsg) tea.Cmd {
	switch {
	case r.working != "":
		return nil
	case r.asking == rotationAsksWhich:
		return r.choose(msg)
	case r.asking != rotationAsksNothing:
		return r.confirm(msg)
	case matches(msg, keys.Back), matches(msg, keys.Quit):
		r.looking.stop()
		return r.ask(closeMsg{r.id})
	case msg.Type == tea.KeyUp, msg.Type == tea.KeyPgUp:
		r.scroll = max(r.scroll-1, 0)
	case msg.Type == tea.KeyDown, msg.Type == tea.KeyPgDown:
		r.scroll = min(r.scroll+1, max(len(r.lines())-r.room()+1, 0))
	case matches(msg, keys.Refresh):
		r.trouble = ""
		return r.lookAgain()
	case r.over():
		return nil
	case matches(msg, keys.GoOn), matches(msg, keys.Finish), matches(msg, keys.Undo):
		if why := r.refusal(); why != "" {
			return r.say(why)
		}
		return r.begin(msg)
	}
	return nil
}

// begin asks before what can't be taken back, and goes on at once with what was interrupted.
func (r *rotation) begin(msg tea.KeyMsg) tea.Cmd {
	waits := r.at.Stage == desk.RotationWaiting || r.at.Stage == desk.RotationPlacing
	switch {
	case matches(msg, keys.GoOn) && r.interrupted():
		return r.resume()
	case matches(msg, keys.Finish) && waits && !r.looked:
		return r.say("first the search history: whether the old key is still seen")
	case matches(msg, keys.Finish) && waits && !r.forceable():
		r.trouble = string(lifecycle.NewGone) + ": without the old one nothing would work any more. u ends the rotation"
	case matches(msg, keys.Finish) && waits && len(r.at.Doubts) > 0:
		return r.question(rotationAsksForce)
	case matches(msg, keys.Finish) && waits:
		return r.question(rotationAsksFinish)
	case matches(msg, keys.Undo):
		return r.question(rotationAsksUndo)
	}
	return nil
}

// forceable tells whether a person may go over the doubts: never where the new key is gone.
func (r *rotation) forceable() bool { return !slices.Contains(r.at.Doubts, lifecycle.NewGone) }

// question asks, and begins with an empty field.
func (r *rotation) question(q rotationQuestion) tea.Cmd {
	r.looking.stop()
	r.asking, r.word = q, ""
	switch q {
	case rotationAsksForce:
		r.word = r.wordFor(r.at.KeyID, r.at.Name)
	case rotationAsksStuck:
		r.word = r.wordFor(r.at.NewID, r.at.NewName)
	case rotationAsksFinish, rotationAsksUndo, rotationAsksNothing, rotationAsksWhich:
	}
	r.input.SetValue("")
	return r.input.Focus()
}

// wordFor is what has to be typed for a key: its name, or the start of its id where that can't be typed.
func (r *rotation) wordFor(id, name string) string {
	row := &desk.Row{Key: client.Key{ID: id, Name: client.Some(name)}, Name: name, Named: name != desk.ShortID(id)+" (unnamed)"}
	return desk.WordFor([]*desk.Row{row})
}

// confirm hears the answer to a question.
func (r *rotation) confirm(msg tea.KeyMsg) tea.Cmd {
	switch {
	case matches(msg, keys.Back):
		r.asking = rotationAsksNothing
		return nil
	case r.word == "" && msg.String() == "y", r.word != "" && matches(msg, keys.Done) && r.input.Value() == r.word:
		return r.confirmed("")
	case r.word == "":
		return nil
	}
	var cmd tea.Cmd
	r.input, cmd = typeInto(r.input, msg)
	return cmd
}

// choose hears which key the new one is.
func (r *rotation) choose(msg tea.KeyMsg) tea.Cmd {
	switch {
	case matches(msg, keys.Back):
		r.asking = rotationAsksNothing
	case matches(msg, keys.Up):
		r.cursor = max(r.cursor-1, 0)
	case matches(msg, keys.Down):
		r.cursor = min(r.cursor+1, len(r.candidates)-1)
	case matches(msg, keys.Details):
		return r.confirmed(r.candidates[r.cursor].Key.ID)
	}
	return nil
}

// confirmed does what was asked about. chosen is the new key, where a person had to say which it is.
func (r *rotation) confirmed(chosen string) tea.Cmd {
	asked := r.asking
	r.asking, r.trouble = rotationAsksNothing, ""
	d, id := r.Desk, r.at.ID
	if asked == rotationAsksFinish || asked == rotationAsksForce {
		r.working = "revoking " + r.at.Name
		return tea.Batch(r.pulse.start(), r.action(r.id, r.working, func(ctx ctxt) (tea.Msg, error) {
			revoked, err := d.FinishRotation(ctx, id, asked == rotationAsksForce)
			return finishedMsg{revoked}, err
		}))
	}
	r.working = "undoing the rotation of " + r.at.Name
	return tea.Batch(r.pulse.start(), r.action(r.id, r.working, func(ctx ctxt) (tea.Msg, error) {
		unwound, err := d.AbandonRotation(ctx, id, chosen, asked == rotationAsksStuck)
		return unwoundMsg{unwound}, err
	}))
}

// resume goes on where the rotation was interrupted.
func (r *rotation) resume() tea.Cmd {
	r.looking.stop()
	r.trouble, r.working, r.making = "", "rotating "+r.at.Name, &making{}
	d, id := r.Desk, r.at.ID
	return tea.Batch(r.pulse.start(), r.making.run(r.world, r.id, r.working,
		func(ctx ctxt, tell func(lifecycle.Step)) (tea.Msg, error) {
			at, err := d.ResumeRotation(ctx, id, nil, tell)
			return rotatedMsg{at}, err
		}))
}
