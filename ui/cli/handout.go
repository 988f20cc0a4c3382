package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"fob/client/visible"
	"fob/config/stash"
	"fob/ui/desk"
)

// handoutOptions say which program gets the key, and for which workspace.
type handoutOptions struct{ reader, workspace string }

func (o *handoutOptions) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.reader, "for", "sdk", "whose variables: sdk, mcp, haystack1, or the `NAME` of one for the key alone")
	cmd.Flags().StringVarP(&o.workspace, "workspace", "w", "", "`NAME` of the workspace to work in (otherwise the key's only one)")
	completeWords(cmd, "for", readerNames()...)
}

func readerNames() []string {
	var names []string
	for _, r := range stash.Readers() {
		names = append(names, r.Name)
	}
	return names
}

// readersHelp says which variables each program reads.
func readersHelp() string {
	text := ""
	for _, r := range stash.Readers() {
		text += "  " + visible.Cell(r.Name, 10) + " " + strings.Join(r.Variables(), ", ") + " (" + r.About + ")\n"
	}
	return text + "  " + visible.Cell("NAME", 10) + " that variable, with the key alone\n"
}

// handOut reads the key that ref stands for from the stash, for the program that the options name.
func (a *app) handOut(ctx context.Context, s *desk.Stash, ref string, o *handoutOptions) (desk.Handout, error) {
	reader, ok := stash.ReaderNamed(o.reader)
	if !ok {
		return desk.Handout{}, wrongUsage("there are "+strings.Join(readerNames(), ", ")+", or a name of letters, digits and _ that means nothing else", "--for %q is no variable that a key can go into", o.reader)
	}
	e, err := s.Find(ctx, ref)
	if err != nil {
		return desk.Handout{}, err
	}
	var h desk.Handout
	err = a.withKeyring(ctx, func(ctx context.Context) (err error) {
		h, err = s.HandOut(ctx, e, reader, o.workspace)
		return err
	})
	return h, err
}
