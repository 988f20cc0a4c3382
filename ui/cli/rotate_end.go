package cli

import (
	"context"
	"errors"
	"io"
	"strings"

	"fob/client/visible"
	"fob/ui/desk"
)

// agreed asks whether to do it, or fails where nothing can be asked. word is what has to be typed, "" for a yes.
func (r *rotating) agreed(ctx context.Context, question, word string) error {
	if r.o.yes {
		return nil
	}
	var yes bool
	var err error
	if word == "" {
		yes, err = r.questions.confirm(ctx, question)
	} else {
		yes, err = r.questions.typed(ctx, question, word)
	}
	switch {
	case errors.Is(err, errNoMoreInput):
		return wrongUsage("", "%w; nothing was changed", err)
	case err == nil && !yes:
		return errKept
	}
	return err
}

// mayAskOnce fails where a question would have to be asked and can't be.
func (o *rotateOptions) mayAskOnce(a *app, what string) error {
	_, asks := a.questions()
	return o.mayAsk(false, asks, "--yes "+what+", --dry-run shows how it is")
}

// resumeRotation goes on with a rotation.
func (a *app) resumeRotation(ctx context.Context, o *rotateOptions, ref string) error {
	if err := o.mayAskOnce(a, "goes on with it"); err != nil {
		return err
	}
	r, err := a.underRotation(ctx, o, ref)
	if err != nil {
		return err
	}
	if r.plan.Home = o.places; r.plan.Home == nil {
		r.plan.Home = r.is.Home
	}
	r.plan.Draft.Name = r.is.NewName
	if o.dryRun {
		return r.asItIs()
	}
	if err := r.agreed(ctx, "The rotation of "+r.is.Name+" is "+string(r.is.Stage)+". Go on with it?", ""); err != nil {
		return err
	}
	return r.run(ctx, func(tell func(desk.Step)) (desk.Rotating, error) {
		return r.ResumeRotation(ctx, r.is.ID, o.places, tell)
	})
}

// asItIs shows a rotation of which nothing is changed.
func (r *rotating) asItIs() error {
	if r.o.asJSON {
		return r.write()
	}
	facts := rotationFacts(r.is, r.Now(), r.Location())
	writeFacts(r.app.Out, facts, r.app.labelWidth(facts), r.app.takesUTF8())
	r.app.say("fob: nothing was changed")
	return nil
}

// look finds out what the search history tells of the old key.
func (r *rotating) look(ctx context.Context) error {
	all, err := r.RotationStatus(ctx)
	for _, one := range all {
		if one.ID == r.is.ID {
			r.is = one
			return nil
		}
	}
	return err
}

// finishRotation revokes the old key of a rotation.
func (a *app) finishRotation(ctx context.Context, o *rotateOptions, ref string) error {
	if err := o.mayAskOnce(a, "revokes the old key"); err != nil {
		return err
	}
	r, err := a.underRotation(ctx, o, ref)
	if err != nil {
		return err
	}
	if o.dryRun || !o.yes { // a person decides by what was seen
		if err := r.look(ctx); err != nil {
			return err
		}
		if o.dryRun {
			return r.asItIs()
		}
		for _, f := range rotationFacts(r.is, r.Now(), r.Location()) {
			if f.label != "next" {
				a.say(f.label + ": " + f.text)
			}
		}
		if len(r.is.Doubts) == 0 || o.force {
			a.say("Whoever uses the old key will get 401 from now on. This can't be undone.")
			if err := r.agreed(ctx, "Type finish to revoke "+r.is.Name+":", "finish"); err != nil {
				return err
			}
		}
	}
	over := a.underWay(ctx, r.Desk)
	revoked, err := r.FinishRotation(ctx, r.is.ID, o.force)
	over()
	r.tellRevoked(revoked)
	var doubts *desk.NotReadyError
	if errors.As(err, &doubts) {
		a.say("fob: the old key: " + seenWords(doubts.Sighting, r.Now(), r.Location()))
		next := "fob rotate --status " + r.ref() + " tells when nothing does any more; --force revokes it all the same"
		for _, d := range doubts.Doubts {
			if d == desk.DoubtNewGone {
				next = "fob rotate --abandon " + r.ref() + " ends the rotation, and the old key stays"
			}
		}
		err = &partlyError{doubts.Error(), next}
	}
	return r.ended(ctx, err, r.is.Name+" is revoked; "+r.is.NewName+" has taken its place")
}

// tellRevoked takes up what came of revoking a key.
func (r *rotating) tellRevoked(revoked desk.Discarded) {
	for _, text := range revoked.Warnings {
		r.app.warn(visible.Line(text))
		r.warnings = append(r.warnings, visible.Line(text))
	}
	r.revoked = string(revoked.State)
}

// ended writes what became of a rotation that was to end.
func (r *rotating) ended(ctx context.Context, err error, done string) error {
	a := r.app
	if all, fault := r.Rotations(); fault == nil {
		for _, one := range all {
			if one.ID == r.is.ID {
				one.Seen, one.Doubts = r.is.Seen, r.is.Doubts
				r.is = one
			}
		}
	}
	switch {
	case err == nil:
		a.say("fob: " + done)
		if !r.o.asJSON {
			_, err = io.WriteString(a.Out, visible.Line(r.is.KeyID)+": "+string(r.is.Stage)+"\n")
		}
	case ctx.Err() != nil:
		a.say("fob: " + err.Error())
	}
	if r.o.asJSON {
		err = errors.Join(err, r.write())
	}
	return err
}

// abandonRotation takes a rotation back.
func (a *app) abandonRotation(ctx context.Context, o *rotateOptions, ref string) error {
	if err := o.mayAskOnce(a, "takes it back"); err != nil {
		return err
	}
	r, err := a.underRotation(ctx, o, ref)
	if err != nil {
		return err
	}
	if o.dryRun {
		return r.asItIs()
	}
	before := r.is.Stage
	for _, s := range r.is.Spots {
		if s.Done {
			a.say(s.Name + " gets the old key again")
		}
	}
	if err := r.agreed(ctx, "Take the rotation of "+r.is.Name+" back, and revoke "+r.is.NewName+"?", ""); err != nil {
		return err
	}
	end := a.underWay(ctx, r.Desk)
	out, err := r.AbandonRotation(ctx, r.is.ID, o.chosen, o.force)
	if errors.Is(err, desk.ErrNotCertain) && r.questions != nil && !o.yes && len(r.is.Candidates) > 0 {
		var chosen string
		if chosen, err = r.choose(ctx); err == nil {
			out, err = r.AbandonRotation(ctx, r.is.ID, chosen, o.force)
		}
	}
	end()
	for _, p := range out.Returned {
		if p.Error == "" {
			a.say("fob: " + visible.Line(p.Destination) + " has the old key again")
		} else {
			a.say("fob: " + visible.Line(p.Destination) + " could not be given the old key: " + visible.Line(p.Error))
		}
	}
	r.tellRevoked(out.Revoked)
	var stuck *desk.StuckError
	done := "the rotation of " + r.is.Name + " is taken back"
	switch {
	case errors.As(err, &stuck):
		err = &partlyError{stuck.Error(), "mend that, or put the old key back there by hand, and run it again; --force revokes the new key all the same"}
	case errors.Is(err, desk.ErrNotCertain):
		err = wrongUsage("--key ID says which one it is"+candidateWords(r.is.Candidates), "it isn't certain which key the new one is, and it was not revoked")
	case err == nil && before == desk.RotationMaking:
		done = "the rotation of " + r.is.Name + " is over; fob orphans shows what may have been made for it"
	}
	return r.ended(ctx, err, done)
}

func candidateWords(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return "; it may be " + visible.Line(strings.Join(ids, ", "))
}

// choose has a person choose the new key of a rotation.
func (r *rotating) choose(ctx context.Context) (string, error) {
	var choices []choice
	for _, id := range r.is.Candidates {
		choices = append(choices, choice{visible.Line(id), ""})
	}
	n, err := r.questions.choose(ctx, "It isn't certain which key the new one is. Which one shall be revoked?", append(choices, choice{"none of them", ""}), len(choices))
	if err != nil || n == len(choices) {
		return "", errors.Join(err, desk.ErrNotCertain)
	}
	return r.is.Candidates[n], nil
}
