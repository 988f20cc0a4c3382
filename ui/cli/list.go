package cli

import (
	"context"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"fob/client"
	"fob/client/visible"
	"fob/ui/desk"
	"fob/ui/filter"
)

// listOptions are what fob list is asked.
type listOptions struct {
	connection
	workspace    string
	organization bool
	filter       string
	asJSON       bool
	asCSV        bool
	columns      []string
	sort         string
	noHeaders    bool
}

func (a *app) listCommand() *cobra.Command {
	var o listOptions
	cmd := &cobra.Command{
		Use: "list", Short: "List the keys of the organization or of a workspace", GroupID: groupKeys,
		Aliases: []string{"ls"},
		Long: "Lists every key of the organization, with its scope, or the keys of one workspace alone.\n\n" +
			"A filter is words, which some column has to contain, and terms:\n" + termsHelp(desk.KeyLanguage().Terms()) +
			"\nThe columns of --columns and --sort are\n" + columnHelp() +
			"\nA CSV has all of them unless told otherwise, with times in UTC, \"never\" for a key without an end, and nothing\n" +
			"where the platform shows nothing. Texts that a spreadsheet would run get a ' before them.\n" +
			"\nA list that could not be read whole is said to be partial, and the exit code is 3.",
		Example: "  fob list\n" +
			"  fob list --workspace claims-search\n" +
			"  fob list --filter 'type:service expires:<30d'\n" +
			"  fob list --columns name,status,expires_at --sort expires_at\n" +
			"  fob list --csv > keys.csv\n" +
			"  fob list --json | jq -r '.keys[] | select(.expires_at == null) | .id'",
		Args: a.noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("workspace") && o.workspace == "" {
				return wrongUsage("leave it out for the whole organization", "--workspace is empty")
			}
			if o.workspace != "" && o.organization {
				return wrongUsage("take one of them", "--workspace and --organization exclude each other")
			}
			if err := o.checkForm(); err != nil {
				return err
			}
			return a.list(cmd.Context(), &o)
		},
	}
	o.flags(cmd)
	cmd.Flags().StringVarP(&o.workspace, "workspace", "w", "", "the keys of this workspace alone, by its `NAME`")
	cmd.Flags().BoolVar(&o.organization, "organization", false, "every key of the organization (as without it, unless the profile has a workspace)")
	cmd.Flags().StringVarP(&o.filter, "filter", "f", "", "only the keys that satisfy this `EXPRESSION`")
	cmd.Flags().BoolVar(&o.asJSON, "json", false, "as JSON, for scripts")
	cmd.Flags().BoolVar(&o.asCSV, "csv", false, "as comma-separated values, for spreadsheets")
	cmd.Flags().StringSliceVarP(&o.columns, "columns", "c", nil, "these columns alone: `NAMES` with commas between them")
	cmd.Flags().StringVarP(&o.sort, "sort", "s", "", "by this `COLUMN`; with - before it the other way around")
	cmd.Flags().BoolVar(&o.noHeaders, "no-headers", false, "without the line of headings")
	a.completeListFlags(cmd)
	return cmd
}

// checkForm tells whether the flags about the form of the output go together.
func (o *listOptions) checkForm() error {
	switch {
	case o.asJSON && o.asCSV:
		return wrongUsage("take one of them", "--json and --csv exclude each other")
	case o.asJSON && (len(o.columns) > 0 || o.noHeaders):
		return wrongUsage("take what is wanted out of it, for example with jq", "the JSON always has every field, without headings")
	}
	if _, err := sorting(o.sort); err != nil {
		return err
	}
	_, err := chosenColumns(o.columns, nil)
	return err
}

func columnHelp() string {
	text, line := "", ""
	for i, c := range columns {
		name := c.name
		if i < len(columns)-1 {
			name += ", "
		}
		if len(line)+len(name) > 78 {
			text, line = text+"  "+strings.TrimSpace(line)+"\n", ""
		}
		line += name
	}
	return text + "  " + line + ".\n"
}

// termsHelp is what a filter understands, for a command's help.
func termsHelp(terms []filter.Term) string {
	text, width := "", 0
	for _, t := range terms {
		width = max(width, visible.Width(t.Form))
	}
	for _, t := range terms {
		text += "  " + visible.Cell(t.Form, width) + "  " + t.About + "\n"
	}
	return text
}

// list writes the keys that were asked for.
func (a *app) list(ctx context.Context, o *listOptions) error {
	if _, err := parseFilter(o.filter, time.Now(), time.Local); err != nil { // before anything is asked of the platform
		return err
	}
	d, err := a.connect(ctx, &o.connection, nil)
	if err != nil {
		return err
	}
	if o.workspace == "" && !o.organization {
		o.workspace = d.Profile().Workspace
	}
	known, scope := learnNames(ctx, d), client.Scope{Workspace: o.workspace}
	list, err := d.Keys(ctx, scope, a.tellWaiting())
	if err != nil {
		return refusedList(scope, err)
	}
	only, err := parseFilter(o.filter, d.Now(), d.Location())
	if err != nil {
		return err
	}
	rows := make([]*desk.Row, 0, len(list.Rows))
	for _, r := range list.Rows {
		if only.Match(r) {
			rows = append(rows, r)
		}
	}
	if err := a.writeList(o, list, rows, known, d); err != nil {
		return err
	}
	if warning := d.ClockWarning(); warning != "" {
		a.warn(warning)
	}
	if len(rows) == 0 {
		a.warn(nothing(o, len(list.Rows), list.Complete))
	}
	if !list.Complete {
		return errPartial(list)
	}
	return nil
}

// writeList writes the rows in the form that was asked for.
func (a *app) writeList(o *listOptions, list desk.List, rows []*desk.Row, known desk.Identity, d *desk.Desk) error {
	order, err := sorting(o.sort)
	if err != nil {
		return err
	}
	if order != nil {
		slices.SortStableFunc(rows, order)
	}
	switch {
	case o.asJSON:
		return writeJSON(a.Out, newListOutput(list, rows, organizationOf(d, known)))
	case o.asCSV:
		chosen, err := chosenColumns(o.columns, everyColumn())
		if err != nil {
			return err
		}
		return writeCSV(a.Out, rows, chosen, !o.noHeaders)
	}
	chosen, err := chosenColumns(o.columns, defaultColumns)
	if err != nil {
		return err
	}
	return writeTable(a.Out, rows, tableForm{
		columns: chosen, zone: d.Location(), utf8: a.takesUTF8(), lines: a.plainLines(), noHeaders: o.noHeaders,
	})
}

// takesUTF8 tells whether whoever reads the output takes more than ASCII: a file does.
func (a *app) takesUTF8() bool { return utf8Locale(os.Getenv) || !isTerminal(a.Out) }

// organizationOf is the organization's id as the platform told it, or as it was set.
func organizationOf(d *desk.Desk, who desk.Identity) string {
	if who.OrganizationID != "" {
		return who.OrganizationID
	}
	return d.OrganizationID()
}

// nothing says why there is nothing to list.
func nothing(o *listOptions, read int, complete bool) string {
	where := "the organization"
	if o.workspace != "" {
		where = "workspace " + o.workspace
	}
	switch {
	case read > 0:
		return "none of the " + desk.Thousands(read) + " keys of " + where + " satisfies the filter " + o.filter
	case !complete:
		return "no key of " + where + " was read"
	}
	return where + " has no keys"
}

// errPartial is a list that was not read whole.
func errPartial(list desk.List) error {
	return &partlyError{partial(list), "run it again for the whole list"}
}

// partial says what is missing.
func partial(list desk.List) string {
	text := "the list is partial: " + desk.Thousands(len(list.Rows)) + " keys were read"
	if list.Announced != nil {
		text = "the list is partial: " + desk.Thousands(*list.Announced) + " keys were announced, " + desk.Thousands(len(list.Rows)) + " read"
	}
	if list.Why != "" {
		text += " (" + list.Why + ")"
	}
	return text
}

func parseFilter(expression string, now time.Time, zone *time.Location) (filter.Filter[*desk.Row], error) {
	f, err := desk.KeyLanguage().Parse(expression, now, zone)
	if err != nil {
		return f, wrongUsage("fob list --help explains the terms", "the filter can't be used: %w", err)
	}
	return f, nil
}

// namesWithin is how long the names behind ids may be asked for. Without them the keys are listed all the same.
const namesWithin = 20 * time.Second

// learnNames asks who the session belongs to, and for the names of workspaces and roles, which a platform may leave out
// of its keys. What can't be had is left out: whether the keys can be had is what counts.
func learnNames(ctx context.Context, d *desk.Desk) desk.Identity {
	ctx, cancel := context.WithTimeout(ctx, namesWithin)
	defer cancel()
	var (
		asked sync.WaitGroup
		who   desk.Identity
	)
	asked.Go(func() { _, _ = d.Workspaces(ctx) })
	asked.Go(func() {
		found, err := d.Who(ctx)
		if err == nil {
			who = found
			_, _ = d.Roles(ctx)
		}
	})
	asked.Wait()
	return who
}

// tellWaiting says on the error output when the platform asks to wait, once for each reason.
func (a *app) tellWaiting() func(desk.Page) {
	last := ""
	return func(p desk.Page) {
		if p.Retrying != "" && p.Retrying != last {
			a.say("fob: waiting for the platform: " + p.Retrying)
		}
		last = p.Retrying
	}
}
