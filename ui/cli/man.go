package cli

import (
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func (a *app) manCommand(root *cobra.Command) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use: "man [COMMAND]", Short: "Write the manual pages", GroupID: groupFob,
		Long: "Writes the manual page of fob, or of a command, to the output, or with --dir the pages of all commands into a\n" +
			"folder. They are made from the same texts as --help.",
		Example: "  fob man | man -l -\n  fob man --dir ~/.local/share/man/man1",
		RunE: func(_ *cobra.Command, args []string) error {
			root.DisableAutoGenTag = true // a page says when it was made in its own header
			header := &doc.GenManHeader{Title: "FOB", Section: "1", Source: "fob " + a.Version, Manual: "fob's manual"}
			if dir != "" {
				if len(args) > 0 {
					return wrongUsage("leave one of them out", "--dir writes the pages of all commands")
				}
				if err := os.MkdirAll(dir, 0o755); err != nil {
					return err
				}
				header.Title = "" // each page has its own
				return doc.GenManTree(root, header, dir)
			}
			page, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return unknownCommand(root, strings.Join(args, " "))
			}
			header.Title = strings.ToUpper(strings.ReplaceAll(page.CommandPath(), " ", "-"))
			return doc.GenMan(page, header, a.Out)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "write the pages of all commands into this `FOLDER`")
	return cmd
}
