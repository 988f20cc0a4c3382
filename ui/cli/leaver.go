package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"fob/client"
	"fob/ui/desk"
)

// leaverOptions are what fob leaver is told.
type leaverOptions struct {
	where
	bulkOptions
	owner                               string
	convertSeen, revokeSeen, serviceToo bool
}

func (a *app) leaverCommand() *cobra.Command {
	var o leaverOptions
	cmd := &cobra.Command{
		Use: "leaver --owner WHO", Short: "Put the keys of somebody who leaves in order", GroupID: groupKeys,
		Long: "Looks at every key that one person made. Their personal keys stop working when they leave the organization, so\n" +
			"those that are still seen in the search history are made service keys first, as the platform's guide advises; their\n" +
			"other personal keys are revoked. A key of which it can't be told whether it is still seen counts as seen. The\n" +
			"service keys that they made belong to nobody and go on working: they are named and left as they are, unless\n" +
			"--service-keys says otherwise.\n\n" +
			"Whoever has a key's secret can go on using it, the one who leaves, too: replace what became a service key.\n\n" +
			"At a terminal fob asks what to do with the keys that are still seen, shows what it would do, and has you type how\n" +
			"many keys that is. Elsewhere nothing is asked: --yes is needed, and --convert-seen or --revoke-seen.\n" +
			"After it was stopped, run it again: what is done is not done twice.",
		Example: "  fob leaver --owner ana@example.org --dry-run\n  fob leaver --owner 'Ana Sousa'\n" +
			"  fob leaver --owner ana@example.org --yes --convert-seen --json",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return wrongUsage("fob leaver --owner WHO", "who leaves is said with --owner")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			return a.leaver(cmd.Context(), &o)
		},
	}
	o.flags(a, cmd)
	o.plainFlags(cmd, "done")
	f := cmd.Flags()
	f.StringVar(&o.owner, "owner", "", "`WHO` leaves: an e-mail address, or a name that one person alone has")
	f.BoolVar(&o.convertSeen, "convert-seen", false, "make service keys of personal keys that are still seen, or of which that can't be told")
	f.BoolVar(&o.revokeSeen, "revoke-seen", false, "revoke those as well")
	f.BoolVar(&o.serviceToo, "service-keys", false, "revoke the service keys that they made, too")
	return cmd
}

func (o *leaverOptions) checkLeaver(asks bool) error {
	switch {
	case o.owner == "":
		return wrongUsage("for example --owner ana@example.org", "--owner says who leaves")
	case o.convertSeen && o.revokeSeen:
		return wrongUsage("take one of them", "--convert-seen and --revoke-seen exclude each other")
	case (o.yes || !asks) && !o.dryRun && !o.convertSeen && !o.revokeSeen:
		return wrongUsage("--convert-seen makes service keys of them, --revoke-seen revokes them", "without a terminal nothing is asked: what shall become of personal keys that are still seen?")
	}
	return o.mayAsk(false, asks, "--yes does it, --dry-run says what would be done")
}

// leaver puts the keys of one person in order.
func (a *app) leaver(ctx context.Context, o *leaverOptions) error {
	q, asks := a.questions()
	if err := o.checkLeaver(asks); err != nil {
		return err
	}
	f, err := a.read(ctx, &o.where)
	if err != nil {
		return err
	}
	if err := f.may(f.list.Rows...); err != nil {
		return err
	}
	owned, err := f.OwnedBy(ctx, o.owner, f.list)
	var who *desk.OwnerError
	switch {
	case errors.As(err, &who) && len(who.Candidates) > 0:
		return wrongUsage("give the e-mail address of the one who is meant", "%w", err)
	case err != nil:
		return &missingError{err.Error(), "look at --owner"}
	}
	around, notes, err := a.around(ctx, f, &o.bulkOptions, owned.Rows)
	if err != nil {
		return err
	}
	b := &bulk{found: f, o: &o.bulkOptions, notes: append(owned.Notes, notes...), resume: "the same command"}
	for _, r := range owned.Unclear {
		b.unclear = append(b.unclear, named(r, "whether "+owned.Person+" made it isn't shown"))
	}
	if !f.list.Complete {
		b.notes = append(b.notes, partial(f.list)+": others may be theirs")
	}
	sorted := f.sortOut(owned, around)
	if !o.yes && !o.dryRun {
		if err := o.askSeen(ctx, q, owned, sorted); err != nil {
			return err
		}
	}
	a.planLeaver(b, o, owned, sorted, around)
	if b.count() == 0 {
		a.notes(b.notes)
		a.say("fob: nothing is to be done about the keys of " + owned.Person)
		b.notes = nil
		return a.concluded(ctx, b)
	}
	if !o.asJSON || !o.yes {
		a.say(fmt.Sprintf("fob: %s made %d keys", owned.Person, len(owned.Rows)))
	}
	return a.carryOut(ctx, b, q)
}

// leaving are a person's keys by what may become of them.
type leaving struct {
	used, unused, service []*desk.Row
}

// sortOut tells the keys that may be in use from the others.
func (f *found) sortOut(owned desk.Owned, s desk.Surroundings) (l leaving) {
	for _, i := range f.PlanBulk(desk.BulkAction{}, f.of.scope(), owned.Rows, s).Items {
		switch {
		case i.Row.Type == desk.Service:
			l.service = append(l.service, i.Row)
		case i.InUse():
			l.used = append(l.used, i.Row)
		default:
			l.unused = append(l.unused, i.Row)
		}
	}
	return l
}

// askSeen asks what no flag says.
func (o *leaverOptions) askSeen(ctx context.Context, q *questions, owned desk.Owned, l leaving) error {
	if len(l.used) > 0 && !o.convertSeen && !o.revokeSeen {
		n, err := q.choose(ctx, fmt.Sprintf("%s has %d personal keys that are still seen, or of which that can't be told. What shall become of them?", owned.Person, len(l.used)), []choice{
			{"service keys", "they go on working, as the guide advises; somebody has to look after them"}, {"revoke them", "whoever uses them gets 401"},
		}, 0)
		if err != nil {
			return noMore(err, "done")
		}
		o.convertSeen, o.revokeSeen = n == 0, n == 1
	}
	if len(l.service) > 0 && !o.cmd.Flags().Changed("service-keys") {
		n, err := q.choose(ctx, fmt.Sprintf("%s made %d service keys, which belong to nobody and go on working. What shall become of them?", owned.Person, len(l.service)), []choice{
			{"leave them as they are", ""}, {"revoke them", "whoever uses them gets 401"},
		}, 0)
		if err != nil {
			return noMore(err, "done")
		}
		o.serviceToo = n == 1
	}
	return nil
}

// noMore says of an end of input that nothing was done.
func noMore(err error, past string) error {
	if errors.Is(err, errNoMoreInput) {
		return wrongUsage("", "%w; nothing was %s", err, past)
	}
	return err
}

// planLeaver makes the plans: what is made a service key comes first.
func (a *app) planLeaver(b *bulk, o *leaverOptions, owned desk.Owned, l leaving, s desk.Surroundings) {
	revoke := l.unused
	if o.revokeSeen {
		revoke = append(revoke, l.used...)
	} else if len(l.used) > 0 {
		service := false
		b.plans = append(b.plans, b.PlanBulk(b.Editing(client.Change{Personal: &service}), o.scope(), l.used, s))
		b.notes = append(b.notes, "whoever has the secret of a key can go on using it, "+owned.Person+", too: replace what becomes a service key")
	}
	if o.serviceToo {
		revoke = append(revoke, l.service...)
	} else {
		for _, r := range l.service {
			b.alone = append(b.alone, named(r, "a service key belongs to nobody, and goes on working; "+owned.Person+" may have its secret"))
		}
	}
	if len(revoke) > 0 {
		b.plans = append(b.plans, b.PlanBulk(b.Revocation(o.scope()), o.scope(), revoke, s))
	}
	if n := b.count(); n > 0 {
		b.word = fmt.Sprintf("leaver %d", n)
	}
}
