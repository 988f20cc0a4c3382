package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fob/ui/desk"
)

// bulkOptions are what every command about several keys is told.
type bulkOptions struct {
	dryRun, yes, asJSON, resume, noHistory bool
}

// plainFlags are those that each of the commands has. past is what becomes of the keys: "revoked".
func (o *bulkOptions) plainFlags(cmd *cobra.Command, past string) {
	f := cmd.Flags()
	f.BoolVar(&o.dryRun, "dry-run", false, "say what would be "+past+", and do nothing")
	f.BoolVarP(&o.yes, "yes", "y", false, "do it without asking whether to")
	f.BoolVar(&o.asJSON, "json", false, "as JSON, for scripts")
}

// resumeFlags are those of a command that takes KEYs.
func (o *bulkOptions) resumeFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&o.resume, "resume", false, "go on with what the last run for several keys left")
	f.BoolVar(&o.noHistory, "no-history", false, "don't read the search history first for when several keys were last seen")
}

// bulkHelp is how the help says what several keys are treated like.
const bulkHelp = "Several keys are taken one after another: those that were never seen in the search history first, then those that\n" +
	"were seen longest ago. ctrl+c stops between two keys; --resume goes on with what was left, after a crash, too.\n"

// keysOrList takes KEYs, or - alone, or nothing with --resume.
func (o *bulkOptions) keysOrList(cmd *cobra.Command, args []string) error {
	switch {
	case o.resume && len(args) > 0:
		return wrongUsage("leave the KEYs out: what is left is known", "--resume takes no KEY")
	case len(args) == 0 && !o.resume:
		return wrongUsage(cmd.CommandPath()+" --help says what a KEY is", "%s needs a KEY", cmd.CommandPath())
	case len(args) > 1 && slices.Contains(args, "-"):
		return wrongUsage("take one of them", "- reads the ids from the input, and can't stand beside other keys")
	}
	return nil
}

// mayAsk fails where a question would have to be asked and can't be.
func (o *bulkOptions) mayAsk(listed, asks bool, next string) error {
	switch {
	case o.yes || o.dryRun:
	case listed:
		return wrongUsage(next, "the input is where the ids are, so that nothing can be asked")
	case !asks:
		return wrongUsage(next, "without a terminal nothing is asked")
	}
	return nil
}

// bulk is what a command is about to do to keys.
type bulk struct {
	*found
	o       *bulkOptions
	plans   []desk.BulkPlan   // carried out one after the other
	gone    []bulkKeyOutput   // ids of the input that no key has any more
	alone   []namedOutput     // keys that were looked at, and are left as they are
	unclear []namedOutput     // keys of which can't be told whether they are meant
	notes   []string          // what a person should know of all of it
	word    string            // what is typed; "": as the plan says
	resume  string            // the command that goes on with what is left
	results []desk.BulkResult // as they come
}

// historyWithin is how long the search history is read for the order of the keys.
const historyWithin = 2 * time.Minute

// around finds out what a plan needs to know. Of a single key nothing is read: it has no order.
func (a *app) around(ctx context.Context, f *found, o *bulkOptions, rows []*desk.Row) (desk.Surroundings, []string, error) {
	bounded, cancel := context.WithTimeout(ctx, historyWithin)
	defer cancel()
	s, why := f.Around(bounded, f.list, rows, len(rows) > 1 && !o.noHistory, a.tellAudit())
	if ctx.Err() != nil {
		return s, nil, context.Cause(ctx)
	}
	if why != "" {
		return s, []string{why}, nil
	}
	return s, nil, nil
}

// carryOut says what would be done, or asks and does it.
func (a *app) carryOut(ctx context.Context, b *bulk, q *questions) error {
	for _, p := range b.plans {
		b.notes = append(b.notes, p.Warnings...)
	}
	if b.count() == 0 && len(b.gone) == 0 && len(b.plans) > 0 {
		for _, p := range b.plans {
			if len(p.LeftOut) > 0 {
				if err := p.LeftOut[0].Refused; err != nil {
					return fmt.Errorf("%s: %w", p.LeftOut[0].Row.Label(), err)
				}
				return &desk.NotAllowedError{Why: p.LeftOut[0].Row.Label() + ": " + p.LeftOut[0].Skip}
			}
		}
	}
	if b.o.dryRun {
		return a.wouldDo(b)
	}
	if !b.o.yes && b.count() > 0 {
		if err := a.askBulk(ctx, q, b); err != nil {
			return err
		}
	} else {
		a.notes(b.notes)
	}
	for _, g := range b.gone {
		a.tellTurn(b, g)
	}
	if b.count() > 0 || b.resumes() {
		over := a.underWay(ctx, b.Desk)
		for _, p := range b.plans {
			report := b.RunBulk(ctx, p, func(r desk.BulkResult) { a.tellTurn(b, b.keyOutput(p, r)) })
			b.results = append(b.results, report.Results...)
			for _, r := range report.Results {
				for _, text := range r.Warnings {
					a.warn(text)
				}
			}
			for _, text := range report.Warnings {
				a.warn(text)
			}
		}
		over()
		a.rescue(ctx, b.Desk) // the secret of a key that no place took: see desk.BulkResult
	}
	return a.concluded(ctx, b)
}

// resumes tells whether what was left by an earlier run is taken up: it is then over, even if nothing is to be done.
func (b *bulk) resumes() bool { return b.o.resume }

// count is how many keys something is done to.
func (b *bulk) count() int {
	n := 0
	for _, p := range b.plans {
		n += len(p.Items)
	}
	return n
}

// past says what becomes of keys, "revoked".
func (b *bulk) past() string {
	if len(b.plans) == 1 {
		return b.plans[0].Action.Past
	}
	return "done"
}

// askBulk shows the plan and has a person type what the screen has them type.
func (a *app) askBulk(ctx context.Context, q *questions, b *bulk) error {
	const shown = 50
	said, single := 0, b.count() == 1
	for _, p := range b.plans {
		for _, i := range p.Items {
			if said++; said > shown {
				continue
			}
			a.say(planLine(b, p, i, single))
			if i.Row.Wide() && single && p.Action.Verb == "revoke" {
				a.say("! It reaches beyond one workspace, or administers.")
			}
		}
		for _, i := range p.LeftOut {
			a.say(i.Row.Label() + " is left out: " + i.Skip)
		}
	}
	if said > shown {
		a.say(fmt.Sprintf("and %d more", said-shown))
	}
	a.notes(append(b.warnings(), b.notes...))
	if slices.ContainsFunc(b.plans, func(p desk.BulkPlan) bool { return p.Action.Verb == "revoke" && len(p.Items) > 0 }) {
		a.say("Whoever uses what is revoked will get 401 from now on. This can't be undone.")
	}
	word := b.word
	if word == "" {
		word = b.plans[0].Word()
	}
	var yes bool
	var err error
	if word == "" {
		verb := b.plans[0].Action.Verb
		what := fmt.Sprintf("%s%s %d keys?", strings.ToUpper(verb[:1]), verb[1:], b.count())
		if single {
			what = strings.ToUpper(verb[:1]) + verb[1:] + " " + b.plans[0].Items[0].Row.Label() + "?"
		}
		yes, err = q.confirm(ctx, what)
	} else {
		yes, err = q.typed(ctx, "Type "+word+" to "+b.toDo()+":", word)
	}
	switch {
	case errors.Is(err, errNoMoreInput):
		return wrongUsage("", "%w; nothing was %s", err, b.past())
	case err == nil && !yes:
		return errKept
	}
	return err
}

// warnings are those of the keys, each once: many keys have the same.
func (b *bulk) warnings() []string {
	var texts []string
	for _, w := range desk.KeyWarnings(b.plans...) {
		texts = append(texts, w.String())
	}
	return texts
}

// toDo is what the typed word leads to.
func (b *bulk) toDo() string {
	if len(b.plans) == 1 {
		return b.plans[0].Action.Verb
	}
	return "do it"
}

// planLine is a key of the plan for a person at a terminal.
func planLine(b *bulk, p desk.BulkPlan, i *desk.BulkItem, single bool) string {
	r := i.Row
	line := fmt.Sprintf("%s: id %s, %s, %s, %s, made by %s", r.Name, r.Key.ID, r.Type, r.Role, r.Scope, r.CreatedBy)
	if !single {
		line += ", last query: " + i.LastWords(b.Now())
	}
	if r.Kept {
		line += ", kept by this machine"
	}
	if len(b.plans) > 1 || p.Action.Verb != "revoke" {
		line += ": " + i.Would
	}
	return line
}

// resumed takes up what the last run of the verb left, which command does. It sets the workspace of w to where that run chose its keys.
func (a *app) resumed(ctx context.Context, w *where, verb, command string) (*found, desk.Halted, error) {
	d, err := a.connect(ctx, &w.connection, nil)
	if err != nil {
		return nil, desk.Halted{}, err
	}
	h, ok, err := d.HaltedBulk(ctx, verb)
	switch {
	case err != nil:
		return nil, h, fmt.Errorf("what was left can't be found out: %w", err)
	case !ok:
		return nil, h, &missingError{"nothing is left of an earlier " + command + " at this platform", command + " KEY… begins anew"}
	}
	w.workspace = h.Scope.Workspace
	f, err := a.readAt(ctx, d, w)
	if err == nil {
		how := "was stopped"
		if h.CutOff {
			how = "was cut off, unless another fob is at it right now"
		}
		a.say(fmt.Sprintf("fob: of %d keys, %d are left: %s %s", h.Total, len(h.Left), command, how))
	}
	return f, h, err
}

// errKept is a no to the last question about keys that exist.
var errKept = errors.New("you said no: nothing was changed")
