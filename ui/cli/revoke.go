package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"fob/client/visible"
	"fob/ui/desk"
)

// revokeOptions are what fob revoke is told.
type revokeOptions struct {
	where
	dryRun, yes, asJSON bool
}

// revokeOutput is what fob revoke --json writes.
type revokeOutput struct {
	Schema         int             `json:"schema"`
	DryRun         bool            `json:"dry_run"`
	OrganizationID *string         `json:"organization_id"`
	Done           int             `json:"done"`   // how many work no more
	Failed         int             `json:"failed"` // how many may still work
	Keys           []revokedOutput `json:"keys"`
}

// revokedOutput is what became of one key.
type revokedOutput struct {
	ID    string  `json:"id"`
	Name  *string `json:"name"`
	State string  `json:"state"` // "revoked", "already gone", "still there", "unknown" or "not tried"
	Error *string `json:"error"`

	err error
}

func (a *app) revokeCommand() *cobra.Command {
	var o revokeOptions
	cmd := &cobra.Command{
		Use: "revoke KEY…", Short: "Revoke keys for good", GroupID: groupKeys,
		Long: "Revokes keys: whoever uses them gets 401 from then on, and it can't be undone.\n\n" + keyArgument +
			"Unless every KEY is found, nothing is revoked. With - as the only KEY, whole ids are read from the input, one a\n" +
			"line; one that is not in the list is already gone, which is done, too.\n\n" +
			"At a terminal, fob shows the keys and has you type the name of the one, or how many they are. Elsewhere nothing is\n" +
			"asked, and --yes or --dry-run is needed. The output is a line for each key; if only some could be revoked, the\n" +
			"exit code is 3.",
		Example: "  fob revoke ci-eval\n  fob revoke 7b2f1c7e 9f1c4e2a --dry-run\n" +
			"  fob list --filter status:expired --csv --columns id --no-headers | fob revoke - --yes",
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) == 0:
				return wrongUsage("fob revoke --help says what a KEY is", "fob revoke needs a KEY")
			case len(args) > 1 && slices.Contains(args, "-"):
				return wrongUsage("take one of them", "- reads the ids from the input, and can't stand beside other keys")
			}
			return nil
		},
		ValidArgsFunction: a.completeKeys,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			return a.revoke(cmd.Context(), &o, args)
		},
	}
	o.flags(a, cmd)
	f := cmd.Flags()
	f.BoolVar(&o.dryRun, "dry-run", false, "say what would be revoked, and revoke nothing")
	f.BoolVarP(&o.yes, "yes", "y", false, "revoke them without asking whether to")
	f.BoolVar(&o.asJSON, "json", false, "as JSON, for scripts")
	return cmd
}

// errKept is a no to the last question about keys that exist.
var errKept = errors.New("you said no: nothing was changed")

// revoke revokes the keys, or says which ones it would.
func (a *app) revoke(ctx context.Context, o *revokeOptions, args []string) error {
	listed := args[0] == "-"
	q, asks := a.questions()
	switch {
	case o.yes || o.dryRun:
	case listed:
		return wrongUsage("--yes revokes them, --dry-run says which ones they are", "the input is where the ids are, so that nothing can be asked")
	case !asks:
		return wrongUsage("--yes revokes them, --dry-run says which ones they are", "without a terminal nothing is asked")
	}
	if listed {
		var err error
		if args, err = a.listedIDs(); err != nil {
			return err
		}
		if len(args) == 0 {
			a.say("fob: no ids were read: there is nothing to revoke")
			return a.writeRevoked(o, nil, nil)
		}
	}
	f, err := a.read(ctx, &o.where)
	if err != nil {
		return err
	}
	rows, gone, err := f.choose(args, listed)
	if err != nil {
		return err
	}
	if err := f.may(o.scope()); err != nil {
		return err
	}
	if o.dryRun {
		return a.wouldRevoke(o, f, rows, gone)
	}
	if !o.yes {
		if err := askRevocation(ctx, q, rows); err != nil {
			return err
		}
	}
	results := gone
	if len(rows) > 0 {
		done := a.underWay(ctx, f.Desk)
		for _, r := range f.Revoke(ctx, o.scope(), rows, nil) {
			results = append(results, revokedKey(r))
			for _, text := range r.Warnings {
				a.warn(text)
			}
		}
		done()
	}
	return a.revokedAll(o, f, results)
}

// longestList is how much is read of the ids on the input, in bytes: a hundred thousand of them.
const longestList = 8 << 20

// listedIDs reads the ids on the input. A secret among them is refused and not said back.
func (a *app) listedIDs() ([]string, error) {
	var ids []string
	lines := bufio.NewScanner(io.LimitReader(a.In, longestList))
	for lines.Scan() {
		id := strings.TrimSpace(lines.Text())
		switch {
		case id == "":
		case hasSecret(id):
			return nil, wrongUsage("the input has ids, one a line", "line %d of the input has the form of a key itself", len(ids)+1)
		case !slices.Contains(ids, id):
			ids = append(ids, id)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("the ids can't be read: %w", err)
	}
	return ids, nil
}

// wholeID is the form of the platform's ids. Only what has it can be an id that is gone: a name, or the start of an id,
// would be said to be revoked while its key lives on.
var wholeID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// choose finds the keys. Of listed ids, the ones that a whole list doesn't have are gone already.
func (f *found) choose(refs []string, listed bool) (rows []*desk.Row, gone []revokedOutput, err error) {
	byID := make(map[string]*desk.Row, len(f.list.Rows))
	for _, r := range f.list.Rows {
		byID[r.Key.ID] = r
	}
	for _, ref := range refs {
		row := byID[ref]
		if lower := strings.ToLower(ref); row == nil && wholeID.MatchString(lower) {
			row, ref = byID[lower], lower
		}
		if row == nil && !listed {
			if row, err = f.key(ref); err != nil {
				return nil, nil, fmt.Errorf("nothing was revoked: %w", err)
			}
		}
		switch {
		case row == nil && !f.list.Complete:
			return nil, nil, &partlyError{"nothing was revoked: " + partial(f.list), "run it again"}
		case row == nil && !wholeID.MatchString(ref):
			return nil, nil, wrongUsage("the input has whole ids, one a line, as fob list --columns id --no-headers writes them",
				"nothing was revoked: %q is not the id of a key, and not a whole id", visible.Line(ref))
		case row == nil:
			gone = append(gone, revokedOutput{ID: ref, State: string(desk.AlreadyGone)})
		case !slices.Contains(rows, row):
			rows = append(rows, row)
		}
	}
	return rows, gone, nil
}

// askRevocation shows the keys and has a person type what the screen has them type.
func askRevocation(ctx context.Context, q *questions, rows []*desk.Row) error {
	const shown = 50
	for i, r := range rows {
		if i == shown {
			q.app.say(fmt.Sprintf("and %d more", len(rows)-i))
			break
		}
		line := fmt.Sprintf("%s: id %s, %s, %s, %s, made by %s", r.Name, r.Key.ID, r.Type, r.Role, r.Scope, r.CreatedBy)
		if r.Kept {
			line += ", kept by this machine"
		}
		q.app.say(line)
		if r.Wide() && len(rows) == 1 {
			q.app.say("! It reaches beyond one workspace, or administers.")
		}
	}
	q.app.say("Whoever uses it will get 401 from now on. This can't be undone.")
	word := desk.WordFor(rows)
	var yes bool
	var err error
	if word == "" {
		yes, err = q.confirm(ctx, "Revoke "+rows[0].Label()+"?")
	} else {
		yes, err = q.typed(ctx, "Type "+word+" to revoke:", word)
	}
	switch {
	case errors.Is(err, errNoMoreInput):
		return wrongUsage("", "%w; nothing was revoked", err)
	case err == nil && !yes:
		return errKept
	}
	return err
}

func (a *app) wouldRevoke(o *revokeOptions, f *found, rows []*desk.Row, gone []revokedOutput) error {
	results := slices.Clone(gone)
	for _, r := range rows {
		results = append(results, revokedOutput{ID: r.Key.ID, Name: unlessEmpty(r.Key.Name.Value), State: "not tried"})
	}
	a.say("fob: nothing was revoked")
	return a.writeRevoked(o, f, results)
}

func revokedKey(r desk.Revoked) revokedOutput {
	out := revokedOutput{ID: r.Key.ID, Name: unlessEmpty(r.Key.Name.Value), State: string(r.State), err: r.Err}
	if r.Err != nil {
		text := withoutSecrets(visible.Line(r.Err.Error()))
		out.Error = &text
	}
	return out
}

// revokedAll writes the results and turns them into an end.
func (a *app) revokedAll(o *revokeOptions, f *found, results []revokedOutput) error {
	if err := a.writeRevoked(o, f, results); err != nil {
		return err
	}
	done := countDone(results)
	switch failed := len(results) - done; {
	case failed == 0:
		return nil
	case done == 0 && results[0].err != nil: // what the first one met, the others did, too
		return fmt.Errorf("none of %d was revoked: %w", failed, results[0].err)
	default:
		return &partlyError{fmt.Sprintf("%d of %d keys were not revoked", failed, len(results)), "look at the lines about them, and run it again"}
	}
}

func countDone(results []revokedOutput) int {
	done := 0
	for _, r := range results {
		if r.State == string(desk.Gone) || r.State == string(desk.AlreadyGone) {
			done++
		}
	}
	return done
}

// writeRevoked writes what became of each key: its id, its state, its name, and what is wrong.
func (a *app) writeRevoked(o *revokeOptions, f *found, results []revokedOutput) error {
	if o.asJSON {
		out := revokeOutput{Schema: 1, DryRun: o.dryRun, Done: countDone(results), Keys: append([]revokedOutput{}, results...)}
		if out.Failed = len(results) - out.Done; o.dryRun {
			out.Failed = 0
		}
		if f != nil {
			out.OrganizationID = unlessEmpty(organizationOf(f.Desk, f.who))
		}
		return writeJSON(a.Out, out)
	}
	out := bufio.NewWriter(a.Out)
	for _, r := range results {
		line, state := r.ID, r.State
		if o.dryRun && state == "not tried" {
			state = "would be revoked"
		}
		if r.Name != nil {
			line += " (" + *r.Name + ")"
		}
		line += ": " + state
		if r.Error != nil {
			line += ": " + *r.Error
		}
		_, _ = out.WriteString(visible.Line(line) + "\n") // Flush tells of it
	}
	return out.Flush()
}
