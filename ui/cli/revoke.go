package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"fob/client/visible"
	"fob/ui/desk"
)

// revokeOptions are what fob revoke is told.
type revokeOptions struct {
	where
	bulkOptions
}

func (a *app) revokeCommand() *cobra.Command {
	var o revokeOptions
	cmd := &cobra.Command{
		Use: "revoke KEY…", Short: "Revoke keys for good", GroupID: groupKeys,
		Long: "Revokes keys: whoever uses them gets 401 from then on, and it can't be undone.\n\n" + keyArgument +
			"Unless every KEY is found, nothing is revoked. With - as the only KEY, whole ids are read from the input, one a\n" +
			"line; one that is not in the list is already gone, which is done, too.\n\n" + bulkHelp + "\n" +
			"At a terminal, fob shows the keys and has you type the name of the one, or how many they are. Elsewhere nothing is\n" +
			"asked, and --yes or --dry-run is needed. The output is a line for each key; if only some could be revoked, the\n" +
			"exit code is 3.\n\n" +
			"When somebody leaves, fob leaver chooses the keys; when something has happened, fob incident does.",
		Example: "  fob revoke ci-eval\n  fob revoke 7b2f1c7e 9f1c4e2a --dry-run\n" +
			"  fob list --filter status:expired --csv --columns id --no-headers | fob revoke - --yes\n  fob revoke --resume",
		Args:              o.keysOrList,
		ValidArgsFunction: a.completeKeys,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			return a.revoke(cmd.Context(), &o, args)
		},
	}
	o.flags(a, cmd)
	o.plainFlags(cmd, "revoked")
	o.resumeFlags(cmd)
	return cmd
}

// revoke revokes the keys, or says which ones it would.
func (a *app) revoke(ctx context.Context, o *revokeOptions, args []string) error {
	listed := len(args) > 0 && args[0] == "-"
	q, asks := a.questions()
	if err := o.mayAsk(listed, asks, "--yes revokes them, --dry-run says which ones they are"); err != nil {
		return err
	}
	return a.overSeveral(ctx, &severally{
		where: &o.where, o: &o.bulkOptions, verb: "revoke", command: "fob revoke", past: "revoked", listed: listed, args: args, goneIsDone: true, questions: q,
		action: func(f *found, _ desk.Halted) (desk.BulkAction, error) { return f.Revocation(o.scope()), nil },
	})
}

// goneAlready takes in the ids that no key has any more: they are done.
func (b *bulk) goneAlready(ids []string, verb string) {
	for _, id := range ids {
		b.gone = append(b.gone, bulkKeyOutput{
			ID: id, State: string(desk.AlreadyGone), Action: verb, Changes: []changeOutput{}, Warnings: []string{}, done: true,
		})
	}
}

// longestList is how much is read of the ids on the input, in bytes: a hundred thousand of them.
const longestList = 8 << 20

// listedIDs reads the ids on the input. A secret among them is refused and not said back.
func (a *app) listedIDs() ([]string, error) {
	var ids []string
	known := map[string]bool{}
	lines := bufio.NewScanner(io.LimitReader(a.In, longestList))
	for n := 1; lines.Scan(); n++ {
		id := strings.TrimSpace(lines.Text())
		switch {
		case id == "" || known[id]:
		case hasSecret(id):
			return nil, wrongUsage("the input has ids, one a line", "line %d of the input has the form of a key itself", n)
		default:
			known[id] = true
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

// origin is where references to keys come from.
type origin int

const (
	typed   origin = iota // KEYs: ids, starts of ids or names
	input                 // whole ids, which a program wrote
	journal               // ids that were keys when they were written
)

func originOf(listed, resumed bool) origin {
	switch {
	case resumed:
		return journal
	case listed:
		return input
	}
	return typed
}

// choose finds the keys. Of ids that nobody typed, the ones that a whole list doesn't have are gone already. nothing says
// of an error that nothing was done.
func (f *found) choose(refs []string, from origin, nothing string) (rows []*desk.Row, gone []string, err error) {
	byID := make(map[string]*desk.Row, len(f.list.Rows))
	for _, r := range f.list.Rows {
		byID[r.Key.ID] = r
	}
	chosen := map[*desk.Row]bool{}
	for _, ref := range refs {
		row := byID[ref]
		if lower := strings.ToLower(ref); row == nil && wholeID.MatchString(lower) {
			row, ref = byID[lower], lower
		}
		if row == nil && from == typed {
			if row, err = f.key(ref); err != nil {
				return nil, nil, fmt.Errorf("%s: %w", nothing, err)
			}
		}
		switch {
		case row == nil && !f.list.Complete:
			return nil, nil, &partlyError{nothing + ": " + partial(f.list), "run it again"}
		case row == nil && from == input && !wholeID.MatchString(ref):
			return nil, nil, wrongUsage("the input has whole ids, one a line, as fob list --columns id --no-headers writes them",
				"%s: %q is not the id of a key, and not a whole id", nothing, visible.Line(ref))
		case row == nil:
			gone = append(gone, ref)
		case !chosen[row]:
			chosen[row] = true
			rows = append(rows, row)
		}
	}
	return rows, gone, nil
}
