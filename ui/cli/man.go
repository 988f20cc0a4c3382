package cli

import (
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// forManual writes the texts of the commands as the Markdown that the pages are made from: what is set in by two blanks
// keeps its lines, and nothing else is markup.
func forManual(cmd *cobra.Command) {
	cmd.Long = markdown(cmd.Long)
	for _, c := range cmd.Commands() {
		forManual(c)
	}
}

var noMarkup = strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "<", `\<`, "[", `\[`, "`", "\\`")

func markdown(text string) string {
	var out strings.Builder
	set := false // the line before was set in
	for line := range strings.SplitSeq(text, "\n") {
		in := strings.HasPrefix(line, "  ")
		if in != set {
			out.WriteString("\n")
		}
		if in {
			out.WriteString("    " + line + "\n")
		} else {
			out.WriteString(noMarkup.Replace(line) + "\n")
		}
		set = in
	}
	return out.String()
}

func (a *app) manCommand(root *cobra.Command) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use: "man [COMMAND]", Short: "Write the manual pages", GroupID: groupFob,
		Long: "Writes the manual page of fob, or of a command, to the output, or with --dir the pages of all commands into a\n" +
			"folder. They are made from the same texts as --help.",
		Example: "  fob man | man -l -\n  fob man --dir ~/.local/share/man/man1",
		RunE: func(_ *cobra.Command, args []string) error {
			root.DisableAutoGenTag = true // a page says when it was made in its own header
			forManual(root)
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
