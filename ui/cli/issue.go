package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

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
	i.leave(ctx)
	if i.options.asJSON {
		err = errors.Join(err, writeJSON(a.Out, i.output()))
	}
	return err
}

// leave forgets the secret here. One that went only to where nothing confirms it is left there knowingly: that is where
// it was asked to go. One that nobody has stays unfinished in the journal, and is named at the next start.
func (i *issuing) leave(ctx context.Context) {
	safe := false
	for _, p := range i.made.Places {
		safe = safe || p.Err == nil && p.Custody.Safe()
	}
	if safe || i.homeless() || i.revoked {
		i.desk.Leave(i.made.Account)
		return
	}
	if err := i.desk.Abandon(context.WithoutCancel(ctx), i.made.Account); err != nil {
		i.app.warn("the journal could not be written: " + visible.Line(err.Error()))
	}
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
		i.app.say("fob: no new key is in the list yet; if " + i.made.Name + " appears there, nobody has its secret: fob orphans looks for it, to revoke it")
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
