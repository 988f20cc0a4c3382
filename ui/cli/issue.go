package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"fob/client"
	"fob/client/visible"
	"fob/ui/desk"
)

// issuing is the making of one key, and what is said about it.
type issuing struct {
	app       *app
	desk      *desk.Desk
	options   *createOptions
	order     desk.Order
	who       desk.Identity
	unusual   []string
	questions *questions // nil where nothing is asked

	made    desk.Issued
	exists  string // "yes", "no" or "unknown"
	revoked bool   // again, because no place took its secret
}

// issue makes the key. Its secret is in the places before anything is said.
func (a *app) issue(ctx context.Context, i *issuing) error {
	defer a.underWay(ctx, i.desk)()
	defer func() {
		if r := recover(); r != nil { // a fault of fob's own must not cost the key
			a.rescue(context.WithoutCancel(ctx), i.desk)
			panic(r)
		}
	}()
	steps := &slowSteps{app: a}
	made, err := i.desk.Issue(ctx, i.order, steps.tell)
	steps.stop()
	i.made, i.exists = made, "yes"
	for _, text := range made.Warnings {
		a.warn(text)
	}
	if err == nil {
		err = i.settle(ctx)
	} else {
		i.nameOrphans()
		var unmade *desk.IssueError
		if i.exists = string(desk.MadeNo); errors.As(err, &unmade) {
			i.exists = string(unmade.Made)
		}
	}
	if err != nil && ctx.Err() != nil { // the end will be told as the signal's
		a.say("fob: " + err.Error())
	}
	i.desk.Leave(made.Account)
	if i.options.asJSON {
		err = errors.Join(err, writeJSON(a.Out, i.output()))
	}
	return err
}

// settle says what was made and where its secret is, and looks after a secret that nobody took.
func (i *issuing) settle(ctx context.Context) error {
	if i.made.Wider {
		i.sayWider()
	}
	if i.homeless() {
		if err := i.rehome(ctx); err != nil {
			return err
		}
	}
	failed := 0
	for _, p := range i.made.Places {
		i.sayPlace(p)
		if p.Err != nil {
			failed++
		}
	}
	if err := i.sayKey(); err != nil {
		return err
	}
	switch {
	case i.made.Wider:
		return i.wider(ctx)
	case failed > 0:
		return &partlyError{fmt.Sprintf("%d of %d destinations don't have the secret", failed, len(i.made.Places)), "the others do; the platform shows it to nobody again"}
	}
	return nil
}

// homeless tells whether no place has the secret.
func (i *issuing) homeless() bool {
	for _, p := range i.made.Places {
		if p.Err == nil {
			return false
		}
	}
	return true
}

// label is what the key is called in sentences.
func (i *issuing) label() string {
	if i.made.Key != nil && i.made.Certainty == desk.Certain {
		return i.made.Name + " (" + visible.Line(i.made.Key.ID) + ")"
	}
	return i.made.Name
}

func (i *issuing) sayPlace(p desk.Placed) {
	a := i.app
	switch {
	case p.Err != nil:
		a.say("fob: " + p.Destination + " does not have it: " + p.Err.Error())
	case p.Custody == "kept":
		a.say("fob: kept in " + p.Destination + ": stored, read back, equal")
	case p.Custody == "handed over":
		a.say("fob: handed over to " + p.Destination)
	default:
		a.say("fob: sent to " + p.Destination + ": nothing confirms that it arrived, and it is not shown again")
	}
	if p.Warning != "" {
		a.warn(p.Warning)
	}
}

// sayKey says which key was made, and writes its id.
func (i *issuing) sayKey() error {
	a := i.app
	for _, d := range i.made.Deviations {
		switch {
		case d.Wider:
		case d.NotShown:
			a.say("fob: the platform does not show its " + d.Field + ", so that it can't be compared")
		default:
			a.say(fmt.Sprintf("fob: its %s is %s, and %s was asked for", d.Field, d.Got, d.Asked))
		}
	}
	if i.made.Certainty != desk.Certain || i.made.Key == nil {
		a.say("fob: " + i.made.Name + " was made; which key of the list it is isn't certain: " + i.made.Why)
		i.sayCandidates()
		return nil
	}
	a.say("fob: " + i.label() + " was made")
	if i.options.asJSON || onOutput(i.order.Places) {
		return nil
	}
	_, err := io.WriteString(a.Out, visible.Line(i.made.Key.ID)+"\n")
	return err
}

// mostCandidates is how many keys are named that may be the one.
const mostCandidates = 10

func (i *issuing) sayCandidates() {
	for n, k := range i.made.Candidates {
		if n == mostCandidates {
			i.app.say(fmt.Sprintf("fob: and %d more", len(i.made.Candidates)-n))
			return
		}
		i.app.say("fob: it may be " + visible.Line(k.ID) + keyName(k))
	}
}

func keyName(k client.Key) string {
	if name, ok := k.Name.Get(); ok && name != "" {
		return " (" + visible.Line(name) + ")"
	}
	return " (unnamed)"
}

// nameOrphans names the keys that may have been made and whose secret never arrived.
func (i *issuing) nameOrphans() {
	if !i.made.Unanswered {
		return
	}
	if len(i.made.Candidates) == 0 {
		i.app.say("fob: no new key is in the list yet; if " + i.made.Name + " appears there, nobody has its secret: revoke it")
		return
	}
	i.sayCandidates()
	i.app.say("fob: nobody has its secret; fob revoke " + visible.Line(i.made.Candidates[0].ID) + " revokes it")
}

// sayWider says first, and loudly, what the key can do beyond what was asked.
func (i *issuing) sayWider() {
	for _, d := range i.made.Deviations {
		if d.Wider {
			i.app.say(fmt.Sprintf("fob: ! WIDER THAN ASKED: its %s is %s, and %s was asked for", d.Field, d.Got, d.Asked))
		}
	}
}

// wider asks whether a key that is wider than asked shall stay; where nothing is asked it stays, and the exit code tells.
func (i *issuing) wider(ctx context.Context) error {
	next := "fob revoke " + i.certainID() + " --yes revokes it"
	if i.questions == nil || i.made.Certainty != desk.Certain {
		return &partlyError{i.made.Name + " is wider than asked", next}
	}
	keep, err := i.questions.confirm(ctx, "It is wider than asked. Keep it all the same?")
	if err != nil || keep {
		return &partlyError{i.made.Name + " is wider than asked", next}
	}
	return i.discard(ctx, i.made.Name+" was wider than asked", i.desk.Discard)
}

func (i *issuing) certainID() string {
	if i.made.Key == nil || i.made.Certainty != desk.Certain {
		return "ID"
	}
	return visible.Line(i.made.Key.ID)
}

// discard revokes the new key, which is an end of fob create that failed.
func (i *issuing) discard(ctx context.Context, why string, by func(context.Context, string) (desk.Discarded, error)) error {
	_, err := by(context.WithoutCancel(ctx), i.made.Account)
	if err == nil {
		i.revoked = true
		return errors.New(why + ", and is revoked again")
	}
	if i.made.Certainty == desk.Certain {
		i.app.say("fob: fob revoke " + i.certainID() + " revokes it")
	} else {
		i.sayCandidates()
	}
	return fmt.Errorf("%s, and could not be revoked: %w", why, err)
}

// rehome looks after a secret that no place took: a person says where it shall go instead; where nobody is asked, the
// key is revoked if it is certain which one it is.
func (i *issuing) rehome(ctx context.Context) error {
	homeless := i.made.Name + " was made, and no destination took its secret"
	if i.questions == nil {
		for _, p := range i.made.Places {
			i.sayPlace(p)
		}
		return i.discard(ctx, homeless, i.desk.DiscardHomeless)
	}
	for {
		for _, p := range i.made.Places {
			if p.Err != nil {
				i.sayPlace(p)
			}
		}
		i.made.Places = nil
		n, err := i.questions.choose(ctx, homeless+". It is shown to nobody again. What now?", []choice{
			{"put it somewhere else", ""}, {"revoke it again", ""},
		}, 0)
		if err == nil && n == 0 {
			var p desk.Place
			if p, err = askPlace(ctx, i.questions, i.desk, i.order.Workspace()); err == nil {
				placed, failed := i.desk.Put(ctx, i.made.Account, p)
				placed.Err = failed
				i.made.Places, i.order.Places = []desk.Placed{placed}, []desk.Place{p}
				if failed == nil {
					return nil
				}
				continue
			}
		}
		return i.discard(ctx, homeless, i.desk.DiscardHomeless)
	}
}

// slowAfter is how long a step may take before it is said what is waited for.
const slowAfter = 2 * time.Second

// slowSteps says what takes long, a line for each step that does.
type slowSteps struct {
	app   *app
	mu    sync.Mutex
	timer *time.Timer
	last  string // what is waited for at the platform's wish
}

// tell hears the next step.
func (s *slowSteps) tell(step desk.Step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer != nil {
		s.timer.Stop()
	}
	if step.Retrying != "" && step.Retrying != s.last {
		s.app.say("fob: waiting for the platform: " + step.Retrying)
	}
	s.last = step.Retrying
	text := string(step.Stage)
	if step.Destination != "" {
		text += ": " + step.Destination
	}
	s.timer = time.AfterFunc(slowAfter, func() { s.app.say("fob: still " + strings.TrimPrefix(text, "still ")) })
}

func (s *slowSteps) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer != nil {
		s.timer.Stop()
	}
}
