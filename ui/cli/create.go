package cli

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"fob/ui/desk"
)

func (a *app) createCommand() *cobra.Command {
	var o createOptions
	cmd := &cobra.Command{
		Use: "create", Short: "Make a key and put its secret where it belongs", GroupID: groupKeys,
		Long: "Makes one key and puts its secret where --to says, the moment it arrives: it is shown once, and never again.\n\n" +
			"At a terminal, what is left out is asked, and then whether to make it; with --yes only what is needed is. Elsewhere\n" +
			"nothing is asked: --role, --expires, --to, and --workspace or --all-workspaces are needed then, and --yes or\n" +
			"--dry-run. The platform's own defaults are wide, and are never used: every field is sent.\n\n" + destinationHelp +
			"\nWithout --to the profile's destination is taken, where it has one; at a terminal it is preset.\n" +
			"\nThe output is the new key's id, once it is certain which one it is; all else is said on the error output. If no\n" +
			"destination takes the secret, the key is revoked again, or named where it isn't certain which one it is, and the\n" +
			"exit code is 1. If only some take it, or the key is wider than asked, it is 3.\n" +
			"\nOnce a key is in the keyring, fob exec NAME -- CMD runs a program with it.",
		Example: "  fob create\n" +
			"  fob create --name nightly --workspace claims-search --role Editor --expires 90d --to keyring --yes\n" +
			"  fob create --name ci --workspace claims-search --role Editor --expires 180d --to env-file:ci.env --dry-run\n" +
			"  fob create --workspace claims-search --role Editor --expires 30d --to stdout --yes | gh secret set API_KEY",
		Args: a.noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(a); err != nil {
				return err
			}
			return a.create(cmd.Context(), &o)
		},
	}
	o.register(a, cmd)
	return cmd
}

// errDeclined is a no to the last question.
var errDeclined = errors.New("you said no: nothing was made")

// create makes a key, or says what it would make.
func (a *app) create(ctx context.Context, o *createOptions) error {
	q, asks := a.questions()
	if len(o.to) == 0 && (!asks || o.yes) { // at a terminal it is preset where the question comes
		if err := a.usualPlace(ctx, o); err != nil {
			return err
		}
	}
	if missing := o.missing(); !asks && len(missing) > 0 {
		return wrongUsage("fob create --help explains them", "without a terminal nothing is asked, and these are needed: %s", strings.Join(missing, ", "))
	}
	if !asks && !o.yes && !o.dryRun {
		return wrongUsage("--yes makes the key, --dry-run says what it would be", "without a terminal nothing is asked")
	}
	d, err := a.connect(ctx, &o.connection, a.ownTerminal())
	if err != nil {
		return err
	}
	all, err := readDirectory(ctx, d)
	if err != nil {
		return err
	}
	if err := o.mayMake(all); err != nil {
		return err
	}
	if asks {
		if err := o.ask(ctx, q, d, all); err != nil {
			return unmade(err)
		}
	}
	order, err := o.order(d, all)
	if err != nil {
		return err
	}
	if err := allowed(all.who.OverDraft(order.Draft)); err != nil {
		return err
	}
	unusual, err := a.unusual(ctx, o, d, order)
	if err != nil {
		return err
	}
	notes, untaken := a.tryPlaces(ctx, o, d, order)
	unusual = append(unusual, notes...)
	facts := o.review(d, order, d.Now())
	if o.dryRun {
		return a.wouldCreate(o, d, all.who, order, facts, unusual, untaken)
	}
	if untaken != nil {
		return untaken
	}
	if !o.yes {
		if err := a.agree(ctx, q, facts, unusual); err != nil {
			return unmade(err)
		}
	} else {
		a.notes(unusual)
	}
	return a.issue(ctx, &issuing{app: a, desk: d, options: o, order: order, who: all.who, unusual: unusual, questions: q})
}

// ownTerminal is the terminal as something that a clipboard can be reached through, nil if there is none.
func (a *app) ownTerminal() io.Writer {
	for _, f := range []*os.File{a.Err, a.Out} {
		if isTerminal(f) {
			return f
		}
	}
	return nil
}

// unmade says of an end of input that nothing was made.
func unmade(err error) error {
	if errors.Is(err, errNoMoreInput) {
		return wrongUsage("", "%w; nothing was made", err)
	}
	return err
}

// unusual is what a person should see once more. The names in use are looked at only where somebody looks at them.
func (a *app) unusual(ctx context.Context, o *createOptions, d *desk.Desk, order desk.Order) ([]string, error) {
	if o.yes && !o.dryRun || order.Draft.Name == "" {
		return d.Unusual(order, nil), nil
	}
	list, err := d.Keys(ctx, order.Scope, a.tellWaiting())
	if err != nil {
		return nil, err
	}
	return d.Unusual(order, list.Rows), nil
}

// wouldCreate says what would be made, and fails with untaken, as the making would, where a place doesn't take a secret.
func (a *app) wouldCreate(o *createOptions, d *desk.Desk, who desk.Identity, order desk.Order, facts []fact, unusual []string, untaken error) error {
	if o.asJSON {
		return errors.Join(untaken, writeJSON(a.Out, plannedOutput(d, who, order, unusual)))
	}
	for _, text := range unusual {
		facts = append(facts, fact{"note", text})
	}
	out := bufio.NewWriter(a.Out)
	writeFacts(out, facts, a.labelWidth(facts), a.takesUTF8())
	if err := out.Flush(); err != nil {
		return err
	}
	if untaken != nil {
		return untaken
	}
	a.say("fob: nothing was made")
	return nil
}

// agree shows everything once more and asks whether to make it.
func (a *app) agree(ctx context.Context, q *questions, facts []fact, unusual []string) error {
	a.say("This key will be made:")
	for _, f := range facts {
		a.say(f.label + ": " + f.text)
	}
	a.notes(unusual)
	yes, err := q.confirm(ctx, "Make the key?")
	if err == nil && !yes {
		return errDeclined
	}
	return err
}

func (a *app) notes(unusual []string) {
	for _, text := range unusual {
		a.say("! " + text)
	}
}

// underWay makes a second signal name what it leaves undone, and the first one say that it was heard; what it returns
// ends both. A reader of the output that has gone away must not end fob while a key is being made: the write fails.
func (a *app) underWay(ctx context.Context, d *desk.Desk) (over func()) {
	broken := make(chan os.Signal, 1)
	signal.Notify(broken, syscall.SIGPIPE)
	since := d.Now().Add(-time.Second) // the platform's clock is known to about that
	unnamed := a.nameAtOnce(d, func() time.Time { return since })
	deaf := context.AfterFunc(ctx, func() { a.say("fob: ending once what was begun is done; a second signal ends at once") })
	return func() {
		deaf()
		unnamed()
		signal.Stop(broken)
	}
}

// nameAtOnce makes a second signal name what was begun since that time and is left unfinished; over ends that.
func (a *app) nameAtOnce(d *desk.Desk, since func() time.Time) (over func()) {
	name := func() { a.nameUnfinished(d, since()) }
	a.inFlight.Store(&name)
	return func() { a.inFlight.Store(nil) }
}

// nameUnfinished names what was begun since then and isn't finished, and tells whether there is anything.
func (a *app) nameUnfinished(d *desk.Desk, since time.Time) bool {
	lines, err := d.Unfinished(since)
	for _, line := range lines {
		a.say("fob: " + line)
	}
	return err == nil && len(lines) > 0
}
