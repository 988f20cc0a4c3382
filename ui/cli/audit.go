package cli

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"fob/client/audit"
	"fob/client/audit/history"
	"fob/client/audit/report"
	"fob/ui/desk"
)

// exitFindings is the exit code of an audit that found something.
const exitFindings = 10

// longestWindow is how many days --since goes back at most.
const longestWindow = 36_500

// auditOptions are what fob audit is asked.
type auditOptions struct {
	connection
	since       string
	workspaces  []string
	rules       []string
	minSeverity string
	policyPath  string
	full        bool
	save, from  string
	diff        string
	forget      bool
	formats     map[report.Format]*bool
}

func (a *app) auditCommand() *cobra.Command {
	o := auditOptions{formats: map[report.Format]*bool{}}
	cmd := &cobra.Command{
		Use: "audit", Short: "Say which keys nobody seems to need, and how sure that is", GroupID: groupKeys,
		Long: "The platform doesn't say when a key was last used. fob reads the search history for it and says so: seen,\n" +
			"not seen since, or cannot tell, with the window it looked at and the reason.\n\n" +
			"The rules, with their ids for --rule and for a policy:\n" + ruleHelp() +
			"\nA policy is a TOML file that lives in version control; without --policy it is policy.toml beside fob's config.toml,\n" +
			"if there is one. What was learned of the history is kept on this machine (key ids, workspaces, days and counts,\n" +
			"nothing of queries or people), so that the next audit reads only what is new; --forget removes it.\n\n" +
			"Exit codes: 0 nothing found · 10 findings · 3 something could not be read whole · 1 an error.",
		Example: "  fob audit\n" +
			"  fob audit --since 180d --min-severity medium\n" +
			"  fob audit --markdown > ticket.md\n" +
			"  fob audit --policy policy.toml --sarif > audit.sarif\n" +
			"  fob audit --save monday.json\n" +
			"  fob audit --from monday.json --rule not-seen\n" +
			"  fob audit --diff monday.json",
		Args: a.noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.audit(cmd.Context(), &o) },
	}
	o.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.since, "since", "", "how far back the history is read: `90d`, 26w or a date; otherwise as the policy says")
	f.StringArrayVarP(&o.workspaces, "workspace", "w", nil, "judge the keys of this workspace alone, by its `NAME`; may be repeated")
	f.StringSliceVar(&o.rules, "rule", nil, "these rules alone: `IDS` with commas between them")
	f.StringVar(&o.minSeverity, "min-severity", "", "findings of this `SEVERITY` and worse: low, medium or high")
	f.StringVar(&o.policyPath, "policy", "", "the policy in this `FILE`")
	f.BoolVar(&o.full, "full", false, "read every entry of the window, for personal-as-service; slower")
	f.StringVar(&o.save, "save", "", "keep what was judged in this `FILE`, without secrets")
	f.StringVar(&o.from, "from", "", "judge a saved `FILE` again, without the platform")
	f.StringVar(&o.diff, "diff", "", "say what changed since the audit saved in this `FILE`")
	f.BoolVar(&o.forget, "forget", false, "remove what was learned of the history, and do nothing else")
	for format, about := range map[report.Format]string{
		report.FormatJSON: "as JSON, for scripts", report.FormatCSV: "as comma-separated values, for spreadsheets",
		report.FormatMarkdown: "as Markdown, for a ticket", report.FormatSARIF: "as SARIF 2.1.0, for code scanning",
		report.FormatHTML: "as one HTML page with charts",
	} {
		o.formats[format] = f.Bool(string(format), false, about)
	}
	return cmd
}

func ruleHelp() string {
	var text strings.Builder
	for _, r := range audit.Rules() {
		off := ""
		if !r.On {
			off = " (off unless the policy asks for it)"
		}
		fmt.Fprintf(&text, "  %-22s %-7s %s%s\n", r.ID, r.Severity, r.Title, off)
	}
	return text.String()
}

// format is the one that was asked for, a table otherwise.
func (o *auditOptions) format() (report.Format, error) {
	chosen := report.FormatTable
	for _, format := range report.Formats() {
		if on := o.formats[format]; on != nil && *on {
			if chosen != report.FormatTable {
				return "", wrongUsage("take one of them", "--%s and --%s exclude each other", chosen, format)
			}
			chosen = format
		}
	}
	return chosen, nil
}

// narrowed are the rules and the severity that were asked for.
func (o *auditOptions) narrowed() ([]audit.RuleID, audit.Severity, error) {
	var rules []audit.RuleID
	for _, name := range o.rules {
		id := audit.RuleID(strings.TrimSpace(name))
		if _, ok := audit.RuleOf(id); !ok {
			return nil, "", wrongUsage("fob audit --help lists the rules", "no rule %q", name)
		}
		rules = append(rules, id)
	}
	least := audit.Severity(o.minSeverity)
	if o.minSeverity != "" && least.Rank() == 0 {
		return nil, "", wrongUsage("take low, medium or high", "no severity %q", o.minSeverity)
	}
	return rules, least, nil
}

// days is how far back --since goes, 0 where it isn't given.
func (o *auditOptions) days(now time.Time) (int, error) {
	if o.since == "" {
		return 0, nil
	}
	wrong := wrongUsage("take a number of days, weeks, months or years such as 90d or 26w, or a date such as 2026-08-01", "--since %q can't be read", o.since)
	if at, err := time.ParseInLocation(time.DateOnly, o.since, time.Local); err == nil {
		if !at.Before(now) {
			return 0, wrongUsage("it has to lie in the past", "--since %s has not begun", o.since)
		}
		if at.Before(now.AddDate(-longestWindow/365, 0, 0)) {
			return 0, wrongUsage("take a later one", "--since %s is too long ago", o.since)
		}
		return int(now.Sub(at)/(24*time.Hour)) + 1, nil
	}
	units := map[byte]int{'d': 1, 'w': 7, 'm': 30, 'y': 365}
	last := o.since[len(o.since)-1]
	n, err := strconv.Atoi(o.since[:len(o.since)-1])
	if err != nil || units[last] == 0 || n < 1 || n > longestWindow/units[last] {
		return 0, wrong
	}
	return n * units[last], nil
}

func (a *app) audit(ctx context.Context, o *auditOptions) error {
	format, err := o.format()
	if err != nil {
		return err
	}
	rules, least, err := o.narrowed()
	if err != nil {
		return err
	}
	if _, err := o.days(time.Now()); err != nil {
		return err
	}
	if o.from != "" && (o.save != "" || o.forget || o.since != "" || len(o.workspaces) > 0) {
		return wrongUsage("what a saved audit read can't be changed", "--from excludes --save, --forget, --since and --workspace")
	}
	if o.forget {
		d, err := a.connect(ctx, &o.connection, nil)
		if err != nil {
			return err
		}
		if err := d.ForgetHistory(ctx); err != nil {
			return err
		}
		a.say("what was learned of the search history is forgotten")
		return nil
	}
	if o.diff != "" && !slices.Contains([]report.Format{report.FormatTable, report.FormatMarkdown, report.FormatJSON}, format) {
		return wrongUsage("take --json or --markdown", "changes can't be written as %s", format)
	}
	policy, err := a.policy(ctx, o)
	if err != nil {
		return err
	}
	var older *desk.Audit
	if o.diff != "" {
		was, err := desk.AuditFrom(o.diff, policy, a.Version, time.Local)
		if err != nil {
			return wrongUsage("--diff takes what --save has written", "%w", err)
		}
		was.Result, older = was.Result.Only(rules, least), &was
	}
	found, err := a.judged(ctx, o, policy)
	if err != nil {
		return err
	}
	if o.save != "" {
		if err := found.Save(o.save); err != nil {
			return err
		}
	}
	shown := found
	shown.Result = found.Result.Only(rules, least)
	if older != nil {
		err = report.Diff(older.Report(), shown.Report()).Write(a.Out, format)
	} else {
		err = a.writeAudit(shown, format)
	}
	if err != nil {
		return err
	}
	switch {
	case !shown.Result.Complete:
		if shown.Result.Counts.Findings > 0 {
			return &codeError{error: fmt.Errorf("%d findings, and not everything could be read: %s", shown.Result.Counts.Findings, strings.Join(shown.Result.Why, "; ")), code: exitFindings}
		}
		return &partlyError{"not everything could be read: " + strings.Join(shown.Result.Why, "; "), "run it again for the whole answer"}
	case shown.Result.Counts.Findings > 0:
		return &codeError{error: fmt.Errorf("%d findings", shown.Result.Counts.Findings), code: exitFindings, quiet: true}
	}
	return nil
}

// judged reads and judges, or judges what was saved.
func (a *app) judged(ctx context.Context, o *auditOptions, policy audit.Policy) (desk.Audit, error) {
	if o.from != "" {
		found, err := desk.AuditFrom(o.from, policy, a.Version, time.Local)
		if err != nil {
			return found, wrongUsage("--from takes what --save has written", "%w", err)
		}
		return found, nil
	}
	days, err := o.days(time.Now())
	if err != nil {
		return desk.Audit{}, err
	}
	d, err := a.connect(ctx, &o.connection, nil)
	if err != nil {
		return desk.Audit{}, err
	}
	depth := history.Last
	if o.full {
		depth = history.Full
	}
	return d.Audit(ctx, desk.AuditQuestion{Days: days, Workspaces: o.workspaces, Policy: &policy, Depth: depth}, a.tellAudit())
}

// policy is the one of --policy, this machine's own, or the default one.
func (a *app) policy(ctx context.Context, o *auditOptions) (audit.Policy, error) {
	path := o.policyPath
	if path == "" {
		setup, err := a.setup(ctx, &o.connection, nil)
		if err != nil {
			return audit.Policy{}, err
		}
		conn, err := setup.Connection(ctx)
		if err != nil {
			return audit.Policy{}, settingsFailure(err)
		}
		path = cmp.Or(conn.Policy.Value, setup.Dirs.PolicyPath())
	} else if _, err := os.Stat(path); err != nil {
		return audit.Policy{}, wrongUsage("look at --policy", "the policy can't be read: %w", err)
	}
	file := desk.PolicyFile{Path: path}
	policy, err := file.Load()
	if err != nil {
		return policy, wrongUsage("nothing is judged until the policy is mended", "%w", err)
	}
	return policy, nil
}

// writeAudit writes the report to the output.
func (a *app) writeAudit(found desk.Audit, format report.Format) error {
	if format == report.FormatTable {
		return found.Report().Table(a.Out, report.TableOptions{Width: outputWidth(a.Out), ASCII: !a.takesUTF8()})
	}
	var text bytes.Buffer
	if err := found.Report().Write(&text, format); err != nil {
		return err
	}
	_, err := text.WriteTo(a.Out)
	return err
}

// tellAudit says on a terminal's error output what is being read, once for each stage.
func (a *app) tellAudit() func(desk.AuditProgress) {
	if !isTerminal(a.Err) {
		return nil
	}
	last := ""
	return func(p desk.AuditProgress) {
		if p.Stage != last {
			a.say("fob: " + p.Stage)
		}
		last = p.Stage
	}
}

// outputWidth is the terminal's width, 0 where the output is none.
func outputWidth(f *os.File) int {
	if !isTerminal(f) {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}
