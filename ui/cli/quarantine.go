package cli

import (
	"bufio"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fob/client/visible"
	"fob/ui/desk"
)

// quarantineOptions are what fob quarantine is told.
type quarantineOptions struct {
	where
	bulkOptions
	release, overwrite, keep, list bool
}

// quarantinedOutput is what fob quarantine --list --json writes.
type quarantinedOutput struct {
	Schema         int                 `json:"schema"`
	OrganizationID *string             `json:"organization_id"`
	Keys           []quarantinedKeyOut `json:"keys"` // oldest first
}

type quarantinedKeyOut struct {
	ID      string         `json:"id"`
	Name    string         `json:"name"`
	Who     *string        `json:"who"`     // put it there
	At      *time.Time     `json:"at"`      // UTC
	State   string         `json:"state"`   // "changed"; "unknown": no answer came, and it may be lowered
	Release *string        `json:"release"` // of the last try to release it; null: there was none
	Changes []changeOutput `json:"changes"` // what was lowered
}

func (a *app) quarantineCommand() *cobra.Command {
	var o quarantineOptions
	cmd := &cobra.Command{
		Use: "quarantine KEY…", Short: "Lower what keys may do, and put it back", GroupID: groupKeys,
		Long: "Gives a key the lowest role there is, and takes ADMIN away from it: a brake that can be undone. The platform can't\n" +
			"disable a key: in quarantine it still works for what that role allows, and fob says what that is. The old role is in\n" +
			"the journal of this machine first, and --release puts it back exactly as it was. A key whose role the platform\n" +
			"doesn't show is left as it is. To stop a key altogether, fob revoke it.\n\n" + keyArgument +
			"With - as the only KEY, whole ids are read from the input, one a line.\n" + bulkHelp + "\n" +
			"If somebody changed a key's role meanwhile, nothing is done to it: --overwrite goes over that, and with --release,\n" +
			"--keep leaves the role as it is now and ends the quarantine. At a terminal fob asks.\n\n" +
			"Elsewhere nothing is asked, and --yes or --dry-run is needed.",
		Example: "  fob quarantine ci-eval --dry-run\n  fob quarantine ci-eval qa-matrix --yes\n  fob quarantine --list\n" +
			"  fob quarantine ci-eval --release --yes",
		Args: func(cmd *cobra.Command, args []string) error {
			if o.list {
				if len(args) > 0 {
					return wrongUsage("fob quarantine --list", "--list takes no KEY")
				}
				return nil
			}
			return o.keysOrList(cmd, args)
		},
		ValidArgsFunction: a.completeQuarantined,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			if o.list {
				return a.quarantined(cmd.Context(), &o)
			}
			return a.quarantine(cmd.Context(), &o, args)
		},
	}
	o.flags(a, cmd)
	f := cmd.Flags()
	f.BoolVar(&o.release, "release", false, "put the old roles back")
	f.BoolVar(&o.overwrite, "overwrite", false, "go over what somebody changed meanwhile")
	f.BoolVar(&o.keep, "keep", false, "with --release: leave what somebody changed meanwhile, and end the quarantine")
	f.BoolVar(&o.list, "list", false, "show what is in quarantine from this machine")
	o.plainFlags(cmd, "done")
	o.resumeFlags(cmd)
	return cmd
}

func (o *quarantineOptions) check() error {
	if err := o.where.check(); err != nil {
		return err
	}
	for _, flags := range [][]string{{"overwrite", "keep"}, {"list", "release"}} {
		if err := oneAtMost(o.cmd.Flags().Changed, flags...); err != nil {
			return err
		}
	}
	if o.keep && !o.release {
		return wrongUsage("leave it out", "--keep is for --release")
	}
	return nil
}

// quarantine puts keys into quarantine or releases them, or says what would be done.
func (a *app) quarantine(ctx context.Context, o *quarantineOptions, args []string) error {
	listed := len(args) > 0 && args[0] == "-"
	q, asks := a.questions()
	if err := o.mayAsk(listed, asks, "--yes does it, --dry-run says what would be done"); err != nil {
		return err
	}
	s := &severally{
		where: &o.where, o: &o.bulkOptions, verb: "quarantine", command: "fob quarantine", past: "put into quarantine",
		listed: listed, args: args, questions: q,
	}
	if o.release {
		s.verb, s.command, s.past = "release", "fob quarantine --release", "released"
	}
	decided := desk.Undecided
	switch {
	case o.overwrite:
		decided = desk.Overwrite
	case o.keep:
		decided = desk.KeepIt
	}
	var ask desk.Deciding
	if asks && !listed && !o.yes {
		ask = q.meanwhile(o.release)
	}
	s.action = func(f *found, _ desk.Halted) (desk.BulkAction, error) {
		return f.Quarantining(ctx, o.release, decided, ask)
	}
	return a.overSeveral(ctx, s)
}

// meanwhile asks what to do about a key that somebody changed in quarantine.
func (q *questions) meanwhile(release bool) desk.Deciding {
	return func(ctx context.Context, row *desk.Row, now []desk.Difference) (desk.Meanwhile, error) {
		q.app.say("Somebody changed " + row.Label() + " since it was put into quarantine:")
		for _, d := range now {
			q.app.say(d.Field + ": " + d.Before + " -> " + d.After)
		}
		choices, means := []choice{{"lower it again", ""}}, []desk.Meanwhile{desk.Overwrite}
		if release {
			choices, means = []choice{{"put back what it had before", ""}, {"leave it as it is now", "the quarantine ends"}}, []desk.Meanwhile{desk.Overwrite, desk.KeepIt}
		}
		n, err := q.choose(ctx, "What now?", append(choices, choice{"nothing", "it stays in quarantine"}), len(choices))
		if err != nil || n == len(choices) {
			return desk.Undecided, err
		}
		return means[n], nil
	}
}

// quarantined shows what is in quarantine.
func (a *app) quarantined(ctx context.Context, o *quarantineOptions) error {
	d, err := a.connect(ctx, &o.connection, nil)
	if err != nil {
		return err
	}
	who := learnNames(ctx, d)
	all, fault := d.Quarantined()
	if o.asJSON {
		out := quarantinedOutput{Schema: 1, OrganizationID: unlessEmpty(organizationOf(d, who)), Keys: []quarantinedKeyOut{}}
		for _, k := range all {
			one := quarantinedKeyOut{
				ID: k.KeyID, Name: k.Name, Who: unlessEmpty(k.Who), At: unlessZero(k.At), State: string(k.State), Release: unlessEmpty(string(k.Release)),
				Changes: []changeOutput{},
			}
			for _, c := range k.Lowered {
				one.Changes = append(one.Changes, changeOutput{c.Field, c.Before, c.After})
			}
			out.Keys = append(out.Keys, one)
		}
		return errors.Join(writeJSON(a.Out, out), fault)
	}
	if len(all) == 0 {
		a.say("fob: nothing is in quarantine from this machine")
	}
	out := bufio.NewWriter(a.Out)
	for i, k := range all {
		if i > 0 {
			_, _ = out.WriteString("\n") // Flush tells of it
		}
		facts := quarantinedFacts(k, d)
		writeFacts(out, facts, a.labelWidth(facts), a.takesUTF8())
	}
	return errors.Join(out.Flush(), fault)
}

func quarantinedFacts(k desk.Quarantined, d *desk.Desk) []fact {
	facts := []fact{{"key", k.Name}, {"id", visible.Line(k.KeyID)}, {"since", moment(k.At, d.Now(), d.Location())}}
	if k.Who != "" {
		facts = append(facts, fact{"by", k.Who})
	}
	for _, c := range k.Lowered {
		facts = append(facts, fact{c.Field, "was " + c.Before + ", is " + c.After})
	}
	if k.State != desk.EditChanged {
		facts = append(facts, fact{"note", "no answer came, and it may not be lowered: fob show " + desk.ShortID(k.KeyID) + " tells"})
	}
	return append(facts, fact{"next", "fob quarantine " + desk.ShortID(k.KeyID) + " --release puts it back"})
}

// completeQuarantined offers the keys, and to be released those that are in quarantine.
func (a *app) completeQuarantined(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if !cmd.Flags().Changed("release") {
		return a.completeKeys(cmd, args, typed)
	}
	none := cobra.ShellCompDirectiveNoFileComp
	d, _, cancel := a.completing(cmd)
	if d == nil {
		return nil, none
	}
	defer cancel()
	all, _ := d.Quarantined()
	var offers []cobra.Completion
	for _, k := range all {
		for _, text := range []string{k.Name, k.KeyID} {
			if strings.HasPrefix(text, typed) && completable(text) && len(offers) < mostCompleted {
				offers = append(offers, cobra.CompletionWithDesc(text, description(k.Name)))
			}
		}
	}
	return offers, none
}
