package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fob/client/visible"
	"fob/ui/desk"
)

// orphansOptions are what fob orphans is told.
type orphansOptions struct {
	connection
	revoke, leave, key string
	yes, asJSON        bool
}

// orphansOutput is what fob orphans --json writes.
type orphansOutput struct {
	Schema         int         `json:"schema"`
	AsOf           time.Time   `json:"as_of"` // UTC, by the platform's clock
	OrganizationID *string     `json:"organization_id"`
	Complete       bool        `json:"complete"` // false: the journal could not be read to its end
	Orphans        []orphanOut `json:"orphans"`
}

// orphanOut is a key whose making came to no good end.
type orphanOut struct {
	Intent     string      `json:"intent"`
	Name       string      `json:"name"`
	Where      string      `json:"where"` // the workspace, or "the organization"
	At         *time.Time  `json:"at"`    // UTC
	Who        *string     `json:"who"`
	Fate       string      `json:"fate"`      // "orphan", "held", "nothing was made", "cannot tell" or "under way"
	Certainty  string      `json:"certainty"` // of key_id: "certain", "likely" or "unknown"
	Why        *string     `json:"why"`
	KeyID      *string     `json:"key_id"`     // the key that stands out; null: none does
	Candidates []keyOutput `json:"candidates"` // the keys that it may be, the best fitting first
	Settled    bool        `json:"settled"`    // it is written down, and nobody is asked again
	Rotation   *string     `json:"rotation"`   // the rotation that it belongs to
	Advice     string      `json:"advice"`
	Done       *string     `json:"done"` // what was done about it now: "left", or what became of its key in the words of fob revoke
	Warnings   []string    `json:"warnings"`
}

func (a *app) orphansCommand() *cobra.Command {
	var o orphansOptions
	cmd := &cobra.Command{
		Use: "orphans", Short: "Find keys whose making was cut off, and that nobody has", GroupID: groupKeys,
		Long: "Looks at every making of a key that was cut off on this machine: fob was killed, the power went, or the answer\n" +
			"never came. The keys that appeared since, that fit what was asked and that nobody here has are compared with it, and\n" +
			"fob says how sure it is: certain, likely or unknown. A key whose secret reached its place before is taken into the\n" +
			"stash. Nothing is made anew, and nothing is revoked, without you: --revoke revokes the key, --leave leaves it and\n" +
			"asks nobody again. Then make another with fob create, or go on with the rotation that it belongs to.\n\n" +
			"INTENT is what the list calls it, or the start of that, four characters at least; with --revoke it may be the id of\n" +
			"one of its keys as well. Where it isn't certain which key it is, --key says so, or fob asks at a terminal.\n\n" +
			"Other commands that reach the platform look as well, once their own work is done, and say on the error output what\n" +
			"they found.",
		Example: "  fob orphans\n  fob orphans --json | jq -r '.orphans[] | select(.fate == \"orphan\") | .key_id'",
		Args:    a.noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			changed := cmd.Flags().Changed
			if err := oneAtMost(changed, "revoke", "leave"); err != nil {
				return err
			}
			switch {
			case changed("revoke") && o.revoke == "" || changed("leave") && o.leave == "":
				return wrongUsage("fob orphans lists them", "which one is meant?")
			case changed("key") && !changed("revoke"):
				return wrongUsage("leave it out", "--key is for --revoke")
			}
			return a.orphans(cmd.Context(), &o)
		},
	}
	o.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.revoke, "revoke", "", "revoke the key of this `INTENT`, or this key of one")
	f.StringVar(&o.key, "key", "", "with --revoke: the `ID` of the key, where it isn't certain which one it is")
	f.StringVar(&o.leave, "leave", "", "leave the key of this `INTENT` as it is, knowingly")
	f.BoolVarP(&o.yes, "yes", "y", false, "do it without asking whether to")
	f.BoolVar(&o.asJSON, "json", false, "as JSON, for scripts")
	for _, name := range []string{"revoke", "leave"} {
		a.completeFlag(cmd, name, a.completeOrphans)
	}
	return cmd
}

// completeOrphans offers the makings that are open.
func (a *app) completeOrphans(cmd *cobra.Command, typed string) []cobra.Completion {
	d, ctx, cancel := a.completing(cmd)
	if d == nil {
		return nil
	}
	defer cancel()
	all, _ := d.Orphans(ctx)
	var offers []cobra.Completion
	for _, o := range all {
		if !o.Settled && strings.HasPrefix(o.Intent, typed) && completable(o.Intent) {
			offers = append(offers, cobra.CompletionWithDesc(o.Intent, description(o.Name)))
		}
	}
	return offers
}

// orphans lists what was found, or does what is asked about one.
func (a *app) orphans(ctx context.Context, o *orphansOptions) error {
	q, asks := a.questions()
	if o.revoke != "" && !asks && !o.yes {
		return wrongUsage("--yes revokes it", "without a terminal nothing is asked")
	}
	d, err := a.connect(ctx, &o.connection, nil)
	if err != nil {
		return err
	}
	a.looks.Store(nil) // it is looked at now
	who := learnNames(ctx, d)
	all, fault := d.Orphans(ctx)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	w := &orphaned{app: a, desk: d, o: o, who: who, complete: fault == nil}
	if asks {
		w.questions = q
	}
	switch {
	case o.revoke != "" || o.leave != "":
		one, key, err := findOrphan(all, o.revoke+o.leave)
		if err != nil {
			return errors.Join(err, fault)
		}
		if o.leave != "" {
			return w.leaveIt(ctx, one)
		}
		return w.revokeIt(ctx, one, key)
	case o.asJSON:
		err = w.write(all, nil)
	default:
		err = w.list(all)
	}
	if err == nil && fault != nil {
		err = &partlyError{journalFault(fault).Error(), "what could be read of it is above"}
	}
	return err
}

// findOrphan finds the one that ref stands for. key is the id of its key where that is what ref is.
func findOrphan(all []desk.Orphan, ref string) (one desk.Orphan, key string, err error) {
	var found []desk.Orphan
	starts := func(text string) bool { return text == ref || len(ref) >= 4 && strings.HasPrefix(text, ref) }
	for _, o := range all {
		if o.Settled || o.Fate == desk.FateAtIt {
			continue
		}
		at := slices.IndexFunc(o.Candidates, func(r *desk.Row) bool { return starts(r.Key.ID) })
		switch {
		case starts(o.Intent), o.Name == ref:
			found = append(found, o)
		case at >= 0:
			found, key = append(found, o), o.Candidates[at].Key.ID
		}
	}
	switch len(found) {
	case 0:
		return one, "", &missingError{fmt.Sprintf("nothing that was cut off is called %q", visible.Line(ref)), "fob orphans lists it"}
	case 1:
		return found[0], key, nil
	}
	e := &desk.AmbiguousError{Ref: visible.Line(ref)}
	for _, o := range found {
		e.Labels = append(e.Labels, o.Intent+" ("+o.Name+")")
	}
	return one, "", e
}

// orphaned is what is said of keys whose making was cut off.
type orphaned struct {
	app       *app
	desk      *desk.Desk
	o         *orphansOptions
	who       desk.Identity
	questions *questions // nil where nothing is asked
	complete  bool
}

func (w *orphaned) list(all []desk.Orphan) error {
	a := w.app
	if len(all) == 0 {
		a.say("fob: no making of a key was cut off on this machine")
	}
	out := bufio.NewWriter(a.Out)
	for i, o := range all {
		if i > 0 {
			_, _ = out.WriteString("\n") // Flush tells of it
		}
		facts := []fact{
			{"intent", o.Intent},
			{"name", o.Name},
			{"where", o.Where},
			{"when", moment(o.At, w.desk.Now(), w.desk.Location())},
			{"who", o.Who},
			{"fate", string(o.Fate)},
			{"why", o.Why},
		}
		if len(o.Candidates) > 0 {
			facts = append(facts, fact{"sure", string(o.Certainty)})
		}
		for _, r := range o.Candidates {
			label := "may be"
			if o.Key == r {
				label = "key"
			}
			facts = append(facts, fact{label, candidateLine(r, w.desk)})
		}
		if o.Rotation != "" {
			facts = append(facts, fact{"rotation", o.Rotation})
		}
		facts = slices.DeleteFunc(append(facts, fact{"next", o.Words()}), func(f fact) bool { return f.text == "" })
		writeFacts(out, facts, a.labelWidth(facts), a.takesUTF8())
	}
	if err := out.Flush(); err != nil {
		return err
	}
	for _, o := range all {
		for _, text := range o.Warnings {
			a.warn(text)
		}
	}
	return nil
}

// candidateLine is a key that may be the one.
func candidateLine(r *desk.Row, d *desk.Desk) string {
	return fmt.Sprintf("%s (%s), %s, %s, made by %s, %s", visible.Line(r.Key.ID), r.Name, r.Type, r.Scope, r.CreatedBy,
		momentOr(r.Key.CreatedAt, desk.NotShown, d.Now(), d.Location()))
}

// write writes the JSON. done is what was done about the one there is, if anything was.
func (w *orphaned) write(all []desk.Orphan, done *desk.RevokedState) error {
	out := orphansOutput{
		Schema: 1, AsOf: w.desk.Now().UTC(), OrganizationID: unlessEmpty(organizationOf(w.desk, w.who)), Complete: w.complete, Orphans: []orphanOut{},
	}
	for _, o := range all {
		one := orphanOut{
			Intent: o.Intent, Name: o.Name, Where: o.Where, At: unlessZero(o.At), Who: unlessEmpty(o.Who), Fate: string(o.Fate), Certainty: string(o.Certainty),
			Why: unlessEmpty(withoutSecrets(o.Why)), Candidates: []keyOutput{}, Settled: o.Settled, Rotation: unlessEmpty(o.Rotation), Advice: o.Words(),
			Warnings: notNil(o.Warnings),
		}
		if o.Key != nil {
			one.KeyID = &o.Key.Key.ID
		}
		for _, r := range o.Candidates {
			one.Candidates = append(one.Candidates, newKeyOutput(r))
		}
		if done != nil {
			one.Done = unlessEmpty(string(*done))
		}
		out.Orphans = append(out.Orphans, one)
	}
	return writeJSON(w.app.Out, out)
}
