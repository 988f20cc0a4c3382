package cli

import (
	"context"
	"errors"
	"io"
	"slices"

	"fob/client/visible"
	"fob/ui/desk"
)

// revokeIt revokes the key of one. chosen is the id of the key that a person named, if they did.
func (w *orphaned) revokeIt(ctx context.Context, one desk.Orphan, chosen string) error {
	a := w.app
	if w.o.key != "" {
		at := slices.IndexFunc(one.Candidates, func(r *desk.Row) bool { return r.Key.ID == w.o.key })
		if at < 0 {
			return &missingError{"the key is not among those that it may be", "fob orphans lists them"}
		}
		chosen = w.o.key
	}
	row := one.Key
	if one.Certainty != desk.Certain && chosen == "" {
		switch {
		case len(one.Candidates) == 0:
			return &missingError{"there is no key that " + one.Name + " may be", "fob orphans tells what is known of it"}
		case w.questions == nil || w.o.yes:
			ids := make([]string, len(one.Candidates))
			for i, r := range one.Candidates {
				ids[i] = r.Key.ID
			}
			return wrongUsage("--key ID says which one it is"+candidateWords(ids), "it isn't certain which key it is: %s", one.Why)
		}
		var err error
		if row, err = w.choose(ctx, one); err != nil {
			return err
		}
		chosen = row.Key.ID
	}
	for _, r := range one.Candidates {
		if r.Key.ID == chosen {
			row = r
		}
	}
	if row == nil {
		return &missingError{"there is no key that " + one.Name + " may be", "fob orphans tells what is known of it"}
	}
	if err := allowed(w.desk.Rights().Key(row)); err != nil {
		return err
	}
	if !w.o.yes {
		a.say(candidateLine(row, w.desk))
		yes, err := w.questions.confirm(ctx, "Nobody is known to have its secret. Revoke "+row.Label()+"? This can't be undone.")
		switch {
		case errors.Is(err, errNoMoreInput):
			return wrongUsage("", "%w; nothing was revoked", err)
		case err == nil && !yes:
			err = errKept
		}
		if err != nil {
			return err
		}
	}
	defer a.underWay(ctx, w.desk)()
	revoked, err := w.desk.RevokeOrphan(ctx, one, chosen)
	for _, text := range revoked.Warnings {
		a.warn(visible.Line(text))
	}
	if w.o.asJSON {
		return errors.Join(err, w.write([]desk.Orphan{one}, &revoked.State))
	}
	if err != nil {
		return err
	}
	_, err = io.WriteString(a.Out, visible.Line(row.Key.ID)+" ("+row.Name+"): "+string(revoked.State)+"\n")
	if one.Rotation != "" {
		a.say("fob: it belongs to a rotation: fob rotate --resume " + one.Rotation + " makes it anew, fob rotate --abandon " + one.Rotation + " ends it")
	}
	return err
}

func (w *orphaned) choose(ctx context.Context, one desk.Orphan) (*desk.Row, error) {
	var choices []choice
	for _, r := range one.Candidates {
		choices = append(choices, choice{candidateLine(r, w.desk), ""})
	}
	n, err := w.questions.choose(ctx, "It isn't certain which key it is: "+one.Why+". Which one shall be revoked?", append(choices, choice{"none of them", ""}), len(choices))
	if err == nil && n == len(choices) {
		err = errKept
	}
	if err != nil {
		return nil, err
	}
	return one.Candidates[n], nil
}

// leaveIt leaves one as it is.
func (w *orphaned) leaveIt(ctx context.Context, one desk.Orphan) error {
	if err := w.desk.LeaveOrphan(ctx, one); err != nil {
		return err
	}
	if w.o.asJSON {
		left := desk.RevokedState("left")
		return w.write([]desk.Orphan{one}, &left)
	}
	_, err := io.WriteString(w.app.Out, one.Intent+" ("+one.Name+"): left as it is\n")
	return err
}
