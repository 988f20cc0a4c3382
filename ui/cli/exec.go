package cli

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"

	"github.com/spf13/cobra"
)

// The exit codes of fob exec that are its own: those that a shell has for a command it can't run, and one that few
// programs use for everything else, so that a script can tell what failed.
const (
	exitExec          = 125
	exitNotExecutable = 126
	exitNoCommand     = 127
)

func (a *app) execCommand() *cobra.Command {
	var o handoutOptions
	cmd := &cobra.Command{
		Use: "exec KEY -- COMMAND [ARGUMENT…]", Short: "Run a command with a key of the stash in its environment", GroupID: groupStash,
		Long: "Runs COMMAND with the key, and the platform's address and workspace, in the variables that it reads. It takes\n" +
			"them from the stash of this machine: no network is needed, and nothing is printed. Inherited variables of all\n" +
			"those names are removed first, and so is fob's own session. --for says whose variables:\n\n" + readersHelp() +
			"\nThe workspace is set if the key has exactly one, or by --workspace. The command takes fob's place, so that\n" +
			"signals, input and the exit code are its own; fob's own failures are 125, a command that can't be executed 126,\n" +
			"one that isn't found 127.\n\n" + stashArgument,
		Example: "  fob exec nightly -- python nightly.py\n" +
			"  fob exec nightly --for mcp -- deepset-mcp\n" +
			"  fob exec nightly -- sh -c 'echo \"Authorization: Bearer $API_KEY\" | curl -H @- \"$API_URL/me\"'",
		ValidArgsFunction: a.completeExec,
		RunE: func(cmd *cobra.Command, args []string) error {
			err := a.exec(cmd, args, &o)
			var own *codeError
			if err == nil || errors.As(err, &own) {
				return err
			}
			return &codeError{error: err, code: exitExec}
		},
	}
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &codeError{error: wrongUsage(cmd.CommandPath()+" --help lists the flags; the command stands behind --", "%s", lowered(err)), code: exitExec}
	})
	o.flags(cmd)
	return cmd
}

func (a *app) exec(cmd *cobra.Command, args []string, o *handoutOptions) error {
	const form = "fob exec KEY -- COMMAND"
	dash := cmd.ArgsLenAtDash()
	switch {
	case dash < 0:
		return wrongUsage(form, "the command stands behind --, and there is none")
	case dash != 1:
		return wrongUsage(form, "one KEY stands before --, not %d", dash)
	case len(args) == dash:
		return wrongUsage(form, "there is no command behind --")
	}
	command := args[1:]
	path, err := exec.LookPath(command[0]) // before the keyring is asked for anything
	if err != nil {
		return unrunnable(err)
	}
	s, err := a.openStash()
	if err != nil {
		return err
	}
	h, err := a.handOut(cmd.Context(), s, args[0], o)
	if err != nil {
		return err
	}
	return unrunnable(a.become(cmd.Context(), path, command, h.Environ(os.Environ())))
}

// unrunnable gives the failure to run a command the exit code that a shell would.
func unrunnable(err error) error {
	var own *codeError
	switch {
	case err == nil || errors.As(err, &own):
		return err
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return &codeError{error: err, code: exitNoCommand}
	}
	return &codeError{error: err, code: exitNotExecutable}
}

// completeExec completes the key, and leaves what is behind it to the shell.
func (a *app) completeExec(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return a.completeStash(cmd, args, typed)
}
