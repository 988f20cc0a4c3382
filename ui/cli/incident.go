package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"fob/ui/desk"
)

// incidentOptions are what fob incident is told.
type incidentOptions struct {
	where
	bulkOptions
	createdAfter, createdBefore, usedAfter string
	cannotTell                             string
}

// What becomes of keys of which it can't be told whether they are meant.
const (
	leaveUnclear  = "leave"
	revokeUnclear = "revoke"
)

func (a *app) incidentCommand() *cobra.Command {
	var o incidentOptions
	cmd := &cobra.Command{
		Use: "incident", Short: "Revoke the keys that were made or used in a time of trouble", GroupID: groupKeys,
		Long: "Revokes the keys that were made in a window of time, or that the search history has seen after an instant; of\n" +
			"several bounds, all have to hold. A time is 2h or 3d (ago; min, h, d and w), a date (the whole day is in), or an\n" +
			"instant such as 2026-11-20T09:30 or 2026-11-20T09:30:00Z.\n\n" +
			"The platform doesn't say when a key was last used; what it did beside queries leaves no trace. A key of which it\n" +
			"can't be told whether it is in the window is named on its own, and neither revoked nor passed over in silence: at a\n" +
			"terminal fob asks; elsewhere such keys are left and the exit code is 3, unless --cannot-tell says what they get.\n\n" + bulkHelp,
		Example: "  fob incident --created-after 3d --dry-run\n" +
			"  fob incident --created-after 2026-11-20 --created-before 2026-11-22\n" +
			"  fob incident --used-after 2h --cannot-tell revoke --yes --json",
		Args: a.noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			return a.incident(cmd.Context(), &o)
		},
	}
	o.flags(a, cmd)
	o.plainFlags(cmd, "revoked")
	f := cmd.Flags()
	f.StringVar(&o.createdAfter, "created-after", "", "made at this `TIME` or later")
	f.StringVar(&o.createdBefore, "created-before", "", "made before this `TIME`")
	f.StringVar(&o.usedAfter, "used-after", "", "seen in the search history at this `TIME` or later")
	f.StringVar(&o.cannotTell, "cannot-tell", "", "keys of which it can't be told: leave or revoke")
	f.BoolVar(&o.noHistory, "no-history", false, "without --used-after, don't read the search history for when keys were last seen")
	completeWords(cmd, "cannot-tell", leaveUnclear, revokeUnclear)
	return cmd
}

// window reads the bounds by a clock.
func (o *incidentOptions) window(parse func(text string, end bool) (time.Time, error)) (w desk.Window, err error) {
	for _, bound := range []struct {
		flag, text string
		end        bool
		to         *time.Time
	}{
		{"created-after", o.createdAfter, false, &w.CreatedAfter},
		{"created-before", o.createdBefore, true, &w.CreatedBefore},
		{"used-after", o.usedAfter, false, &w.UsedAfter},
	} {
		if !o.cmd.Flags().Changed(bound.flag) {
			continue
		}
		if *bound.to, err = parse(bound.text, bound.end); err != nil {
			return w, wrongUsage("fob incident --help says what a TIME is", "--%s can't be used: %w", bound.flag, err)
		}
	}
	switch {
	case w == (desk.Window{}):
		return w, wrongUsage("--created-after, --created-before and --used-after say it", "which keys is it about?")
	case !w.CreatedBefore.IsZero() && !w.CreatedAfter.Before(w.CreatedBefore):
		return w, wrongUsage("turn them around", "--created-before is not after --created-after")
	}
	return w, nil
}

// incident revokes the keys of a window.
func (a *app) incident(ctx context.Context, o *incidentOptions) error {
	q, asks := a.questions()
	switch o.cannotTell {
	case "", leaveUnclear, revokeUnclear:
	default:
		return wrongUsage("it is leave or revoke", "--cannot-tell can't be %q", o.cannotTell)
	}
	if _, err := o.window(desk.ParseMoment); err != nil { // before anything is asked of anybody
		return err
	}
	if err := o.mayAsk(false, asks, "--yes revokes them, --dry-run says which ones they are"); err != nil {
		return err
	}
	f, err := a.read(ctx, &o.where)
	if err != nil {
		return err
	}
	if err := f.may(f.list.Rows...); err != nil {
		return err
	}
	w, err := o.window(f.ParseMoment)
	if err != nil {
		return err
	}
	caught, err := f.Catch(ctx, f.list, w, a.tellAudit())
	if err != nil {
		return err
	}
	b := &bulk{found: f, o: &o.bulkOptions, resume: "fob revoke --resume"}
	rows, err := o.decide(ctx, q, b, caught)
	if err != nil {
		return err
	}
	a.say(fmt.Sprintf("fob: %d of %d keys are in the window, of %d it can't be told", len(caught.Rows), caught.Looked, len(caught.Unclear)))
	if !f.list.Complete {
		b.notes = append(b.notes, partial(f.list)+": others may be in the window")
	}
	o.noHistory = o.noHistory || !w.UsedAfter.IsZero() // it was read already
	around, notes, err := a.around(ctx, f, &o.bulkOptions, rows)
	if err != nil {
		return err
	}
	if around.Queries == nil {
		around.Queries = caught.Queries
	}
	b.notes = append(b.notes, notes...)
	b.plans = []desk.BulkPlan{f.PlanBulk(f.Revocation(o.scope()), o.scope(), rows, around)}
	if n := b.count(); n > 0 {
		b.word = fmt.Sprintf("incident %d", n)
	}
	if err := a.carryOut(ctx, b, q); err != nil || f.list.Complete {
		return err
	}
	return errPartial(f.list)
}

// decide says what becomes of the keys of which it can't be told whether they are in the window.
func (o *incidentOptions) decide(ctx context.Context, q *questions, b *bulk, c desk.Caught) ([]*desk.Row, error) {
	rows := c.Rows
	if o.cannotTell == "" && !o.yes && !o.dryRun && len(c.Unclear) > 0 {
		for _, u := range c.Unclear {
			q.app.say(u.Row.Label() + ": cannot tell: " + u.Why)
		}
		n, err := q.choose(ctx, fmt.Sprintf("Of %d keys it can't be told whether they are in the window. What shall become of them?", len(c.Unclear)), []choice{
			{"leave them as they are", ""}, {"revoke them, too", "whoever uses them gets 401"},
		}, 0)
		if err != nil {
			return nil, noMore(err, "revoked")
		}
		o.cannotTell = []string{leaveUnclear, revokeUnclear}[n]
	}
	for _, u := range c.Unclear {
		switch o.cannotTell {
		case revokeUnclear:
			rows = append(rows, u.Row)
		case leaveUnclear:
			b.alone = append(b.alone, named(u.Row, "cannot tell: "+u.Why))
		default:
			b.unclear = append(b.unclear, named(u.Row, u.Why))
		}
	}
	return rows, nil
}
