package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fob/ui/desk"
)

// checkOptions are what fob stash check is asked.
type checkOptions struct {
	connection
	try, asJSON, noHeaders bool
}

// stashCheckOutput is what fob stash check --json writes.
type stashCheckOutput struct {
	Schema   int          `json:"schema"`
	Complete bool         `json:"complete"` // false: some could not be asked about
	Keys     []checkedKey `json:"keys"`
}

type checkedKey struct {
	stashKey
	Verdict string `json:"verdict"` // "alive", "expired", "revoked", "unknown" or "of another organization"
	Why     string `json:"why"`
}

func (a *app) stashCheckCommand() *cobra.Command {
	var o checkOptions
	cmd := &cobra.Command{
		Use: "check [KEY…]", Short: "Ask the platform what has become of the keys that this machine keeps",
		Long: "Compares the keys of the stash with the platform's list: alive, expired, revoked, unknown, or of another\n" +
			"organization (or platform). --try asks GET /me with each key itself, at the platform it is for and nowhere\n" +
			"else; that needs no session, only the keyring. If something could not be asked, the exit code is 3.\n\n" + stashArgument,
		Example: "  fob stash check\n  fob stash check nightly --try\n  fob stash check --json | jq -r '.keys[] | select(.verdict == \"revoked\") | .id'",
		Args:    cobra.ArbitraryArgs, ValidArgsFunction: a.completeStash,
		RunE: func(cmd *cobra.Command, args []string) error { return a.stashCheck(cmd.Context(), &o, args) },
	}
	o.flags(cmd)
	cmd.Flags().BoolVar(&o.try, "try", false, "ask with the key itself, too")
	cmd.Flags().BoolVar(&o.asJSON, "json", false, "as JSON, for scripts")
	cmd.Flags().BoolVar(&o.noHeaders, "no-headers", false, "without the line of headings")
	return cmd
}

func (a *app) stashCheck(ctx context.Context, o *checkOptions, refs []string) error {
	s, err := a.openStash()
	if err != nil {
		return err
	}
	all, err := s.Entries(ctx)
	if err != nil {
		return err
	}
	if len(refs) > 0 {
		all = nil
		for _, ref := range refs {
			e, err := s.Find(ctx, ref)
			if err != nil {
				return err
			}
			all = append(all, e)
		}
	}
	d, err := a.connect(ctx, &o.connection, nil)
	if err != nil && (!o.try || !errors.Is(err, errNotSignedIn)) {
		return err
	}
	checked, whole, err := compared(ctx, d, all)
	if err != nil {
		return err
	}
	if o.try {
		if err := a.tryAll(ctx, s, o, checked, d != nil); err != nil {
			return err
		}
	}
	left := 0
	for _, c := range checked {
		if c.Failed {
			left++
		}
	}
	whole = left == 0 && (whole || o.try)
	if err := a.writeChecked(o, checked, whole); err != nil {
		return err
	}
	if len(all) == 0 {
		a.warn("this machine keeps no keys")
	}
	if !whole {
		return &partlyError{fmt.Sprintf("what has become of %d of %d keys could not be found out", max(left, 1), len(all)), "run it again, or with --try"}
	}
	return nil
}

// compared compares the keys with the platform's list, if there is one to ask.
func compared(ctx context.Context, d *desk.Desk, all []desk.Stashed) ([]desk.Checked, bool, error) {
	if d != nil && len(all) > 0 {
		return d.CheckStash(ctx, all)
	}
	checked := make([]desk.Checked, len(all))
	for i, e := range all {
		checked[i] = desk.Checked{Stashed: e, Verdict: desk.VerdictUnknown, Why: "the platform's list was not asked: not signed in"}
	}
	return checked, true, nil
}

// tryAll asks with each key itself. What the platform says to a key goes before what its list shows.
func (a *app) tryAll(ctx context.Context, s *desk.Stash, o *checkOptions, checked []desk.Checked, listed bool) error {
	log, err := a.openLog(o.logFile)
	if err != nil {
		return err
	}
	trial := desk.Trial{CAFile: o.caFile, Version: a.Version, OnExchange: log.ofPlatform()}
	for i := range checked {
		c := &checked[i]
		if !c.Kept {
			c.Failed = c.Failed || c.Verdict == desk.VerdictUnknown
			c.Why += "; it can't be tried: this machine doesn't have its secret"
			continue
		}
		var tried desk.Checked
		err := a.withKeyring(ctx, func(ctx context.Context) error {
			tried = s.Try(ctx, c.Stashed, trial)
			return ctx.Err()
		})
		if err := errors.Join(err, context.Cause(ctx)); err != nil {
			return err
		}
		switch {
		case tried.Failed && listed && !c.Failed && c.Verdict != desk.VerdictUnknown:
			c.Why += "; trying it failed: " + tried.Why
			c.Failed = true
		case tried.Failed:
			c.Why, c.Failed = tried.Why, true
		case c.Verdict == desk.VerdictUnknown || c.Verdict == tried.Verdict:
			c.Verdict, c.Why, c.Failed = tried.Verdict, tried.Why, false
		default: // the list says otherwise
			c.Why = tried.Why + "; by the list: " + string(c.Verdict) + ", " + c.Why
			c.Verdict, c.Failed = tried.Verdict, false
		}
	}
	return nil
}

func (a *app) writeChecked(o *checkOptions, checked []desk.Checked, whole bool) error {
	if o.asJSON {
		out := stashCheckOutput{1, whole, make([]checkedKey, len(checked))}
		for i, c := range checked {
			out.Keys[i] = checkedKey{newStashKey(c.Stashed), string(c.Verdict), c.Why}
		}
		return writeJSON(a.Out, out)
	}
	if len(checked) == 0 {
		return nil
	}
	head := []string{"NAME", "VERDICT", "EXPIRES", "WHERE", "ID", "WHY"}
	lines := make([][]string, len(checked))
	for i, c := range checked {
		lines[i] = []string{c.Name, string(c.Verdict), date(expiryOf(c.Stashed), time.Local), strings.Join(c.Where, ", "), c.Ref, c.Why}
	}
	return a.writeLines(head, lines, o.noHeaders)
}
