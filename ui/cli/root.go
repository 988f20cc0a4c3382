package cli

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
)

// The groups of the help.
const (
	groupKeys    = "keys"
	groupAccount = "account"
	groupStash   = "stash"
	groupTry     = "try"
	groupFob     = "fob"
)

// root builds the commands. fob without a command opens the screens.
func (a *app) root() *cobra.Command {
	var to connection
	root := &cobra.Command{
		Use:   "fob",
		Short: "Keep the API keys of the deepset AI Platform in order",
		Long: "fob shows, makes, keeps and revokes the API keys of the deepset AI Platform.\n\n" +
			"Without a command it opens on the terminal, and offers to sign in or to look around in a demo. fob login\n" +
			"signs in from the command line. For CI, FOB_API_URL, FOB_SESSION_TOKEN and FOB_ORGANIZATION_ID say where\n" +
			"and as whom; a profile in config.toml, chosen by --profile or FOB_PROFILE, says it for good.",
		Example: "  fob demo                                        look around, no account needed\n" +
			"  fob login                                       sign in, once\n" +
			"  fob                                             your own keys\n" +
			"  fob list --filter 'type:service expires:<30d'   what ends soon\n" +
			"  fob create --help                               make a key, and keep it in the keyring\n" +
			"  fob exec --help                                 run a program with a key that is kept",
		Args: a.noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.refuseScreens(); err != nil {
				return err
			}
			return a.open(cmd.Context(), to)
		},
		SilenceErrors: true, // said once, at the edge
		SilenceUsage:  true,
	}
	to.flags(root)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SuggestionsMinimumDistance = 2
	root.SetOut(a.Out)
	root.SetErr(a.Err)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return wrongUsage(cmd.CommandPath()+" --help lists the flags", "%s", lowered(err))
	})
	root.AddGroup(
		&cobra.Group{ID: groupKeys, Title: "Keys:"},
		&cobra.Group{ID: groupAccount, Title: "Signing in:"},
		&cobra.Group{ID: groupStash, Title: "Keys on this machine:"},
		&cobra.Group{ID: groupTry, Title: "Without an account:"},
		&cobra.Group{ID: groupFob, Title: "About fob:"},
	)
	root.PersistentFlags().BoolVar(&a.accessible, "accessible", false, "plain lines and plain questions, for screen readers (ACCESSIBLE=1)")
	root.AddCommand(a.showCommand(), a.createCommand(), a.editCommand(), a.revokeCommand(), a.leaverCommand(), a.incidentCommand(), a.completionCommand(root), a.manCommand(root))
	root.AddCommand(a.auditCommand(), a.listCommand(), a.demoCommand(), a.sandboxCommand(), a.versionCommand())
	root.AddCommand(a.loginCommand(), a.logoutCommand(), a.whoamiCommand(), a.profileCommand(), a.configCommand())
	root.AddCommand(a.stashCommand(), a.execCommand(), a.envCommand(), a.whichCommand(), a.logCommand())
	root.AddCommand(a.rotateCommand(), a.orphansCommand(), a.quarantineCommand(), a.doctorCommand())
	help := a.helpCommand(root)
	root.SetHelpCommand(help)
	a.completeProfileFlags(root)
	return root
}

// helpCommand is fob help. It is here because cobra's own says 0 about a command that doesn't exist.
func (a *app) helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]", Short: "Say what a command does", GroupID: groupFob, Example: "  fob help list",
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 || cmd == nil {
				return unknownCommand(root, strings.Join(args, " "))
			}
			cmd.InitDefaultHelpFlag()
			return cmd.Help()
		},
	}
}

// noArguments refuses arguments: of the root they are commands that don't exist.
func (a *app) noArguments(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case !cmd.HasParent():
		return unknownCommand(cmd, args[0])
	}
	return wrongUsage(cmd.CommandPath()+" --help says what it takes", "%s takes no argument %q", cmd.CommandPath(), args[0])
}

func unknownCommand(root *cobra.Command, name string) error {
	next := "fob --help lists them"
	if near := root.SuggestionsFor(name); len(near) > 0 {
		next = "did you mean fob " + near[0] + "?"
	}
	return wrongUsage(next, "no command is called %q", name)
}

// lowered is the text of a library's error as ours are: lower case at the start.
func lowered(err error) error {
	text := err.Error()
	if text == "" {
		return err
	}
	return errors.New(strings.ToLower(text[:1]) + text[1:])
}
