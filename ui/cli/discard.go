package cli

import (
	"context"
	"errors"
	"fmt"

	"fob/client/visible"
	"fob/ui/desk"
)

// wider asks whether a key that is wider than asked shall stay; where nothing is asked it stays, and the exit code tells.
func (i *issuing) wider(ctx context.Context) error {
	stays := &partlyError{i.made.Name + " is wider than asked", "fob revoke " + i.likelyID() + " revokes it"}
	if i.questions == nil {
		return stays
	}
	keep, err := i.questions.confirm(ctx, "It is wider than asked. Keep it all the same?")
	if err != nil || keep {
		return stays
	}
	return i.discard(ctx, i.made.Name+" was wider than asked", i.desk.Discard)
}

// likelyID is the id of the key that was made, as far as it is known.
func (i *issuing) likelyID() string {
	switch {
	case i.made.Key != nil:
		return visible.Line(i.made.Key.ID)
	case len(i.made.Candidates) > 0:
		return visible.Line(i.made.Candidates[0].ID)
	}
	return "ID"
}

// discard revokes the new key, which is an end of fob create that failed. Where it isn't certain which one it is, a person
// chooses it from a list, or nobody does.
func (i *issuing) discard(ctx context.Context, why string, by func(context.Context, string) (desk.Discarded, error)) error {
	_, err := by(context.WithoutCancel(ctx), i.made.Account)
	if errors.Is(err, desk.ErrNotCertain) && i.questions != nil && len(i.made.Candidates) > 0 {
		err = i.discardChosen(ctx)
	}
	if err == nil {
		i.revoked = true
		return errors.New(why + ", and is revoked again")
	}
	if i.made.Certainty == desk.Certain {
		i.app.say("fob: fob revoke " + i.likelyID() + " revokes it")
	} else {
		i.sayCandidates()
	}
	return fmt.Errorf("%s, and could not be revoked: %w", why, err)
}

// discardChosen has a person choose the key that is revoked.
func (i *issuing) discardChosen(ctx context.Context) error {
	var choices []choice
	for _, k := range i.made.Candidates {
		choices = append(choices, choice{visible.Line(k.ID) + keyName(k), ""})
	}
	n, err := i.questions.choose(ctx, "It isn't certain which key it is: "+i.made.Why+". Which one shall be revoked?", append(choices, choice{"none of them", ""}), len(choices))
	if err != nil {
		return err
	}
	if n == len(choices) {
		return desk.ErrNotCertain
	}
	row := i.desk.Row(i.made.Candidates[n], i.order.Scope)
	return i.desk.Revoke(context.WithoutCancel(ctx), i.order.Scope, []*desk.Row{row}, nil)[0].Err
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
			if p, err = askPlace(ctx, i.questions, i.desk, i.order.Draft.Name, i.order.Workspace()); err == nil {
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
