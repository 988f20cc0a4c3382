package ui

import (
	"sync/atomic"

	tea "github.com/charmbracelet/bubbletea"

	"fob/ui/desk"
)

// preparation is what a bulk needs whose action has to read something before it can say what it would do.
type preparation struct {
	prepare    preparing // nil: the action is whole
	preparing  load
	prepareErr error
	steps      *relay
	pulse      pulse
}

// preparing reads what the action needs. tell hears what is being done to a key, once the action is carried out.
type preparing func(ctx ctxt, tell func(desk.Step)) (desk.BulkAction, error)

// preparedMsg is an action that can say what it would do.
type preparedMsg struct{ action desk.BulkAction }

// newPrepared is newBulk for an action that is prepared first. verb is what it is called until then.
func newPrepared(w world, verb string, prepare preparing, m marks) *bulk {
	s := newBulk(w, desk.BulkAction{Verb: verb}, m.from, m.rows, m.known)
	s.prepare, s.steps = prepare, &relay{}
	return s
}

// unprepared tells whether there is no plan yet.
func (s *bulk) unprepared() bool { return s.action.Do == nil }

// startPreparing begins to read what the action needs.
func (s *bulk) startPreparing() tea.Cmd {
	s.prepareErr = nil
	d, prepare, tell, scope, rows := s.Desk, s.prepare, s.steps.tell, s.list.Scope, s.chosen
	return tea.Batch(s.pulse.start(), s.preparing.start(learnWithin, func(ctx ctxt) (tea.Msg, error) {
		action, err := prepare(ctx, tell)
		if err == nil { // what the judging reads is read here, and not in Update
			d.PlanBulk(action, scope, rows, desk.Surroundings{})
			err = ctx.Err()
		}
		return preparedMsg{action}, err
	}))
}

// prepared shows the plan. Whoever was typing for the screen before hasn't answered it.
func (s *bulk) prepared(msg loadedMsg, body preparedMsg) tea.Cmd {
	if !s.preparing.done(msg) {
		return nil
	}
	s.pulse.stop()
	if s.prepareErr = msg.err; msg.err != nil {
		return nil
	}
	s.action = body.action
	s.replan()
	s.SetSize(s.outer, s.height)
	return tea.Batch(s.input.Focus(), s.ask(pauseMsg{}))
}

// rest is the bulk that goes on with what is left of this one. What was prepared is read again: keys and journal are
// others by now.
func (s *bulk) rest() *bulk {
	if s.prepare == nil {
		return newBulk(s.world, s.again, s.list, s.left(), s.known)
	}
	again, prepare := s.again, s.prepare
	return newPrepared(s.world, s.action.Verb, func(ctx ctxt, tell func(desk.Step)) (desk.BulkAction, error) {
		action, err := prepare(ctx, tell)
		return action.After(again), err
	}, marks{s.left(), s.list, s.known})
}

// relay passes on what is told of a key to whoever listens: an action is prepared before anybody does.
type relay struct {
	to atomic.Pointer[func(desk.Step)]
}

func (r *relay) tell(s desk.Step) {
	if to := r.to.Load(); to != nil {
		(*to)(s)
	}
}

// hear lets to hear what is told, until the function is called that it returns. A nil relay tells nothing.
func (r *relay) hear(to func(desk.Step)) (end func()) {
	if r == nil {
		return func() {}
	}
	r.to.Store(&to)
	return func() { r.to.Store(nil) }
}
