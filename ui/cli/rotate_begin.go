package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"fob/client/visible"
	"fob/ui/desk"
)

// rotating is one rotation that is about to begin, or that is gone on with, and what is said about it.
type rotating struct {
	*found
	app       *app
	o         *rotateOptions
	questions *questions // nil where nothing is asked
	plan      desk.RotationPlan
	as        desk.RotationOptions
	is        desk.Rotating
	warnings  []string
	revoked   string // what became of the key that was to be revoked
}

// errNotRotated is a no before anything was done.
var errNotRotated = errors.New("you said no: nothing was rotated")

// unrotated says of an end of input that nothing was done.
func unrotated(err error) error {
	if errors.Is(err, errNoMoreInput) {
		return wrongUsage("", "%w; nothing was rotated", err)
	}
	return err
}

// rotate rotates a key, or says how it would.
func (a *app) rotate(ctx context.Context, o *rotateOptions, ref string) error {
	q, asks := a.questions()
	if !asks && !o.yes && !o.dryRun {
		return wrongUsage("--yes rotates it, --dry-run says what would be done", "without a terminal nothing is asked")
	}
	f, err := a.read(ctx, &o.where)
	if err != nil {
		return err
	}
	row, err := f.key(ref)
	if err != nil {
		return err
	}
	if err := f.may(row); err != nil {
		return err
	}
	r := &rotating{found: f, app: a, o: o}
	if asks {
		r.questions = q
	}
	if r.as, err = o.rotation(ctx, f.Desk); err != nil {
		return err
	}
	if err := r.settle(ctx, row); err != nil {
		return unrotated(err)
	}
	facts := r.review()
	if o.dryRun {
		return r.would(facts)
	}
	if o.yes {
		a.notes(r.plan.Warnings)
	} else {
		a.say("This will be done:")
		for _, f := range facts {
			a.say(f.label + ": " + f.text)
		}
		a.notes(r.plan.Warnings)
		yes, err := q.confirm(ctx, "Rotate "+row.Label()+"?")
		switch {
		case err != nil:
			return unrotated(err)
		case !yes:
			return errNotRotated
		}
	}
	return r.run(ctx, func(tell func(desk.Step)) (desk.Rotating, error) { return f.BeginRotation(ctx, r.plan, tell) })
}

// settle makes the plan. What is missing in it is asked where somebody can be asked.
func (r *rotating) settle(ctx context.Context, row *desk.Row) error {
	asked := map[string]bool{}
	for {
		var err error
		r.plan, err = r.PlanRotation(ctx, row, r.as)
		var theirs *desk.NotMineError
		switch {
		case errors.As(err, &theirs) && r.questions != nil && !asked["theirs"]:
			asked["theirs"] = true
			whose := "somebody else's"
			if theirs.Owner != "" {
				whose = "the person " + visible.Line(theirs.Owner) + "'s"
			}
			yes, err := r.questions.confirm(ctx, "It is "+whose+" personal key, and the new one would be yours. Make a service key in its place?")
			if err == nil && !yes {
				err = errNotRotated
			}
			if err != nil {
				return err
			}
			no := false
			r.as.Answers.Personal = &no
		case err != nil:
			return err
		case len(r.plan.Unknown) == 0:
			return nil
		case r.questions == nil:
			return unsaid(r.plan.Unknown)
		default:
			for _, m := range r.plan.Unknown {
				if asked[m.Field] { // the answer didn't help
					return unsaid(r.plan.Unknown)
				}
				asked[m.Field] = true
				if err := r.ask(ctx, m); err != nil {
					return err
				}
			}
		}
	}
}

// review are the facts about what is going to be done.
func (r *rotating) review() []fact {
	draft := r.plan.Draft
	c := createOptions{kind: desk.Service, roleName: r.plan.Role}
	if draft.Personal {
		c.kind = desk.Personal
	}
	facts := append([]fact{{"old key", r.plan.Row.Label()}},
		c.review(r.Desk, desk.Order{Draft: draft, Places: r.plan.Home}, r.Now())...)
	for _, s := range r.plan.Spots {
		facts = append(facts, fact{"takes over in", s})
	}
	waits := "for " + overlapWords(r.plan.Overlap) + ", and then until you revoke it"
	if r.plan.Overlap == 0 {
		waits = "until you revoke it"
	}
	return append(facts, fact{"the old key waits", waits})
}

// would says what would be done.
func (r *rotating) would(facts []fact) error {
	a := r.app
	if r.o.asJSON {
		return r.write()
	}
	for _, text := range r.plan.Warnings {
		facts = append(facts, fact{"note", text})
	}
	out := bufio.NewWriter(a.Out)
	writeFacts(out, facts, a.labelWidth(facts), a.takesUTF8())
	if err := out.Flush(); err != nil {
		return err
	}
	a.say("fob: nothing was rotated")
	return nil
}

// run begins a rotation, or goes on with it, and says what came of it.
func (r *rotating) run(ctx context.Context, do func(func(desk.Step)) (desk.Rotating, error)) error {
	a := r.app
	defer a.underWay(ctx, r.Desk)()
	defer func() {
		if p := recover(); p != nil { // a fault of fob's own must not cost the key
			a.rescue(context.WithoutCancel(ctx), r.Desk)
			panic(p)
		}
	}()
	err := r.work(do)
	if errors.Is(err, desk.ErrUnkept) && r.is.Issued != nil {
		err = r.rehome(ctx)
	}
	err = r.conclude(err)
	if err != nil && ctx.Err() != nil { // the end will be told as the signal's
		a.say("fob: " + err.Error())
	}
	if r.o.asJSON {
		err = errors.Join(err, r.write())
	}
	return err
}

// work does one part of it, and says what takes long.
func (r *rotating) work(do func(func(desk.Step)) (desk.Rotating, error)) error {
	steps := &slowSteps{app: r.app}
	is, err := do(steps.tell)
	steps.stop()
	issued := r.is.Issued
	if r.is = is; r.is.Issued == nil {
		r.is.Issued = issued
	}
	for _, text := range is.Warnings {
		r.app.warn(text)
		r.warnings = append(r.warnings, text)
	}
	return err
}

// rehome looks after a new key that no place took, and goes on with the rotation where a person finds it one.
func (r *rotating) rehome(ctx context.Context) error {
	i := &issuing{
		app: r.app, desk: r.Desk, options: &createOptions{}, made: *r.is.Issued, questions: r.questions,
		order: desk.Order{Draft: r.plan.Draft, Places: r.plan.Home},
	}
	err := i.rehome(ctx)
	if err != nil {
		if i.revoked {
			r.again()
		}
		return err
	}
	r.is.Issued.Places = i.made.Places
	r.Leave(i.made.Account)
	return r.work(func(tell func(desk.Step)) (desk.Rotating, error) {
		return r.ResumeRotation(ctx, r.is.ID, r.plan.Home, tell)
	})
}

// again says how to go on where nothing was made.
func (r *rotating) again() {
	r.app.say("fob: fob rotate --resume " + r.ref() + " tries it again, with --to DEST at another place; fob rotate --abandon " + r.ref() + " ends it")
}

// ref is what a person types for the rotation.
func (r *rotating) ref() string { return rotationRef(r.is) }

// conclude says what came of it.
func (r *rotating) conclude(err error) error {
	a, is := r.app, r.is
	var unmade *desk.IssueError
	wider := false
	if i := is.Issued; i != nil {
		say := &issuing{app: a, desk: r.Desk, made: *i}
		if wider = i.Wider; wider {
			say.sayWider()
		}
		if err == nil {
			for _, p := range i.Places {
				say.sayPlace(p)
			}
		}
		if errors.As(err, &unmade) && i.Unanswered {
			a.say("fob: fob orphans shows what may have been made; fob rotate --resume " + r.ref() + " goes on")
			return err
		}
	}
	if errors.As(err, &unmade) && is.ID != "" && is.Stage == desk.RotationPlanned {
		r.again()
	}
	if err != nil {
		return err
	}
	for _, s := range is.Spots {
		if s.Done {
			a.say("fob: " + s.Name + " has the new key")
		} else {
			a.say("fob: " + s.Name + " still has the old key: " + s.Error)
		}
	}
	switch is.NewID {
	case "":
		a.say("fob: " + is.Name + " is replaced by " + is.NewName + "; which key of the list that is isn't certain")
		for _, id := range is.Candidates {
			a.say("fob: it may be " + visible.Line(id))
		}
	default:
		a.say("fob: " + is.Name + " is replaced by " + is.NewName + " (" + visible.Line(is.NewID) + ")")
		if !r.o.asJSON {
			if _, err := io.WriteString(a.Out, visible.Line(is.NewID)+"\n"); err != nil {
				return err
			}
		}
	}
	if is.Stage == desk.RotationWaiting {
		waits := "waits until it is revoked"
		if is.WaitsUntil.After(r.Now()) {
			waits = "waits until " + moment(is.WaitsUntil, r.Now(), r.Location())
		}
		a.say("fob: the old key " + waits + "; fob rotate --status tells whether it is still seen, fob rotate --finish " + r.ref() + " revokes it")
	}
	switch left := is.Unplaced(); {
	case wider:
		return &partlyError{is.NewName + " is wider than asked", "fob rotate --abandon " + r.ref() + " takes it back"}
	case left != nil:
		return &partlyError{left.Error(), "mend that, and fob rotate --resume " + r.ref() + " tries it again"}
	}
	return nil
}

// overlapWords is a length of time for people.
func overlapWords(d time.Duration) string {
	hours := int(d.Hours())
	if hours%24 == 0 {
		return desk.Days(hours / 24)
	}
	return fmt.Sprintf("%d h", hours)
}
