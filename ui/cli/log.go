package cli

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fob/client/visible"
	"fob/config"
	"fob/ui/desk"
	"fob/ui/filter"
)

// logOptions are what fob log is asked.
type logOptions struct {
	since, key, filter string
	actions            []string
	unfinished         bool
	limit              int
	asJSON, noHeaders  bool
}

func (a *app) logCommand() *cobra.Command {
	var o logOptions
	cmd := &cobra.Command{
		Use: "log", Short: "Show what fob did and meant to do on this machine", GroupID: groupStash,
		Long: "Shows what fob did and meant to do on this machine, newest first, from its journal alone: no platform is asked,\n" +
			"and no session is needed. The journal has no secrets.\n\n" +
			"A filter is words, which some column has to contain, and terms:\n" + termsHelp(desk.LogLanguage().Terms()) +
			"\nWhat came of it is a word: done; failed, and all is as it was; nothing made; unanswered, for what may have been\n" +
			"carried out; not kept, for a key whose secret nobody is known to have; left knowingly; revoked, for one that nobody\n" +
			"kept and that was revoked since; partly done, of several keys; waiting, for a rotation whose old key is to be revoked\n" +
			"yet, and taken back, for one whose old key stays; unfinished, for what is under way right now or was cut off. What a\n" +
			"newer fob wrote is called as it calls it.\n\n" +
			"A rotation is one line; the making of its new key and the revoking of the old one have lines of their own.",
		Example: "  fob log\n" +
			"  fob log --unfinished\n" +
			"  fob log --since 7d --action issue,revoke\n" +
			"  fob log --key 7b2f1c7e\n" +
			"  fob log --filter 'outcome:failed by:ida'\n" +
			"  fob log --json | jq -r '.deeds[] | select(.unfinished) | .advice'",
		Args: a.noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("limit") && o.limit < 1 {
				return wrongUsage("leave it out for all of it", "--limit is %d, and has to be at least 1", o.limit)
			}
			only, err := o.conditions(cmd.Flags().Changed)
			if err != nil {
				return err
			}
			return a.log(cmd.Context(), &o, only)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.since, "since", "", "only what was begun within `TIME`: 12h, 7d, or since a date such as 2026-11-01")
	f.StringVarP(&o.key, "key", "k", "", "only what is about this `KEY`: its id, the start of it (four characters at least) or its name")
	f.StringSliceVar(&o.actions, "action", nil, "only these `ACTIONS`: issue, revoke, edit, rotate, quarantine, release, bulk, with commas between them")
	f.BoolVar(&o.unfinished, "unfinished", false, "only what something may be left to do about")
	f.StringVarP(&o.filter, "filter", "f", "", "only what satisfies this `EXPRESSION`")
	f.IntVarP(&o.limit, "limit", "n", 0, "the newest `NUMBER` alone")
	f.BoolVar(&o.asJSON, "json", false, "as JSON, for scripts")
	f.BoolVar(&o.noHeaders, "no-headers", false, "without the line of headings")
	complete := func(offers ...cobra.Completion) func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return cobra.FixedCompletions(offers, cobra.ShellCompDirectiveNoFileComp)
	}
	_ = cmd.RegisterFlagCompletionFunc("action", complete(desk.LogActions()...))
	for _, name := range []string{"since", "filter", "limit", "key"} {
		_ = cmd.RegisterFlagCompletionFunc(name, complete())
	}
	return cmd
}

// conditions are what the flags ask for. Each has to be satisfied.
func (o *logOptions) conditions(given func(string) bool) ([]func(*desk.Deed) bool, error) {
	var all []func(*desk.Deed) bool
	now := time.Now()
	for _, name := range []string{"since", "key", "action"} {
		if given(name) && o.since == "" && name == "since" || given(name) && o.key == "" && name == "key" || given(name) && len(o.actions) == 0 && name == "action" {
			return nil, wrongUsage("leave it out for everything", "--%s is empty", name)
		}
	}
	if o.since != "" {
		f, err := since(o.since, now)
		if err != nil {
			return nil, err
		}
		all = append(all, f.Match)
	}
	if o.filter != "" {
		f, err := desk.LogLanguage().Parse(o.filter, now, time.Local)
		if err != nil {
			return nil, wrongUsage("fob log --help explains the terms", "the filter can't be used: %w", err)
		}
		all = append(all, f.Match)
	}
	if o.key != "" {
		all = append(all, func(d *desk.Deed) bool { return d.About(o.key) })
	}
	if len(o.actions) > 0 {
		all = append(all, func(d *desk.Deed) bool {
			return slices.ContainsFunc(o.actions, func(action string) bool { return strings.EqualFold(strings.TrimSpace(action), d.Kind) })
		})
	}
	if o.unfinished {
		all = append(all, func(d *desk.Deed) bool { return d.Open() })
	}
	return all, nil
}

// length is how long ago, as --since takes it; anything else is a date.
var length = regexp.MustCompile(`^[0-9]+[hdwmy]$`)

// since is what was begun within, or since, the time that text says.
func since(text string, now time.Time) (filter.Filter[*desk.Deed], error) {
	term := "at:>=" + text
	if length.MatchString(text) {
		term = "at:<=" + text
	}
	f, err := desk.LogLanguage().Parse(term, now, time.Local)
	if err != nil || strings.ContainsAny(text, " <>=,\"?") || text == "never" {
		return f, wrongUsage("for example 12h, 7d, yesterday or 2026-11-01", "--since can't be used: %q is not a time", text)
	}
	return f, nil
}

// log writes what was asked for.
func (a *app) log(ctx context.Context, o *logOptions, only []func(*desk.Deed) bool) error {
	dirs, err := config.DefaultDirs()
	if err != nil {
		return fmt.Errorf("no place for fob's files: %w", err)
	}
	log, fault := desk.ReadLog(ctx, config.OpenJournal(dirs.JournalPath()), time.Local)
	if ctx.Err() != nil || fault != nil && len(log.Deeds) == 0 {
		return journalFault(fault)
	}
	var found []*desk.Deed
	for _, d := range log.Deeds {
		if !slices.ContainsFunc(only, func(holds func(*desk.Deed) bool) bool { return !holds(d) }) {
			found = append(found, d)
		}
	}
	all := len(found)
	if o.limit > 0 && all > o.limit {
		found = found[:o.limit]
	}
	if o.asJSON {
		err = writeJSON(a.Out, newLogOutput(log, found, all, fault == nil))
	} else {
		err = a.writeLog(found, o.noHeaders)
	}
	if err != nil {
		return err
	}
	if warning := log.Warning(); warning != "" {
		a.warn(warning)
	}
	switch {
	case len(log.Deeds) == 0:
		a.warn("fob has done nothing on this machine yet")
	case all == 0:
		a.warn("none of the " + desk.Thousands(len(log.Deeds)) + " things that fob did on this machine is what was asked for")
	case all > len(found):
		a.warn("these are the newest " + desk.Thousands(len(found)) + " of " + desk.Thousands(all))
	}
	if fault != nil {
		return &partlyError{journalFault(fault).Error(), "what could be read of it is above"}
	}
	return nil
}

func journalFault(err error) error {
	return fmt.Errorf("the journal can't be read to its end: %w", err)
}

// mostAdvice is how many unfinished things are explained below a table.
const mostAdvice = 5

// writeLog writes the deeds for people. Five columns fit into 80 cells; where lines are wanted, everything is told.
func (a *app) writeLog(found []*desk.Deed, noHeaders bool) error {
	if a.plainLines() {
		return a.writeDeeds(found, noHeaders)
	}
	name := func(d *desk.Deed) string { return visible.Truncate(d.Name, 24) }
	if !a.takesUTF8() {
		name = func(d *desk.Deed) string { return strings.TrimRight(visible.CellASCII(d.Name, 24), " ") }
	}
	lines := make([][]string, len(found))
	for i, d := range found {
		id := "-"
		if d.ID != "" {
			id = desk.ShortID(d.KeyID)
		}
		lines[i] = []string{deedTime(d), d.Kind, name(d), id, d.Came}
	}
	if len(lines) == 0 {
		return nil
	}
	if err := a.writeLines([]string{"TIME", "ACTION", "KEY", "ID", "OUTCOME"}, lines, noHeaders); err != nil {
		return err
	}
	told := 0
	for _, d := range found {
		if !d.Open() {
			continue
		}
		if told++; told <= mostAdvice {
			a.say("fob: " + deedTime(d) + ": " + d.Advice)
		}
	}
	if told > mostAdvice {
		a.say("fob: and " + desk.Thousands(told-mostAdvice) + " more are unfinished: fob log --unfinished --accessible tells all about each")
	}
	return nil
}

// deedTime is when a deed was begun, in the zone of this machine.
func deedTime(d *desk.Deed) string {
	if d.At.IsZero() {
		return desk.NotKnown
	}
	return d.At.Local().Format("2006-01-02 15:04")
}
