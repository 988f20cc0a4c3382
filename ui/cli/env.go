package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"fob/client/visible"
	"fob/config/stash"
	"fob/ui/desk"
)

// envOptions are what fob env is asked.
type envOptions struct {
	handoutOptions
	file                    string
	replace, dryRun, asJSON bool
}

// envOutput is what fob env --json writes: where the key is now, or, without --file, the variables themselves.
type envOutput struct {
	Schema    int               `json:"schema"`
	Path      *string           `json:"path"`      // of the file that was written; null without --file
	Names     []string          `json:"names"`     // the variables
	Custody   *string           `json:"custody"`   // "kept": read back and compared
	Variables map[string]string `json:"variables"` // in the clear; null with --file
}

func (a *app) envCommand() *cobra.Command {
	var o envOptions
	cmd := &cobra.Command{
		Use: "env KEY", Short: "Write the env file that a program reads its key from", GroupID: groupStash,
		Long: "Writes a key of the stash, the platform's address and the workspace into an env file, as plain NAME=value lines,\n" +
			"and notes that in the stash. All other lines stay as they are. The file gets mode 0600; it is refused where git\n" +
			"tracks it, and a key that it has already is replaced only by --replace, for it may be the only copy.\n" +
			"Without --file the lines go to standard output, unless that is a terminal. --for says whose variables:\n\n" + readersHelp() +
			"\nThe workspace is set if the key has exactly one, or by --workspace.\n\n" + stashArgument,
		Example: "  fob env nightly --file .env\n  fob env nightly --for mcp --file ~/mcp.env --replace\n  fob env nightly | docker run --env-file /dev/stdin …",
		Args:    oneKey, ValidArgsFunction: a.completeStash,
		RunE: func(cmd *cobra.Command, args []string) error { return a.env(cmd.Context(), args[0], &o) },
	}
	o.flags(cmd)
	cmd.Flags().StringVar(&o.file, "file", "", "`PATH` of the env file")
	cmd.Flags().BoolVar(&o.replace, "replace", false, "replace a key that the file has already")
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "say what would be written, and write nothing")
	cmd.Flags().BoolVar(&o.asJSON, "json", false, "the result as JSON, for scripts")
	return cmd
}

func (a *app) env(ctx context.Context, ref string, o *envOptions) error {
	if o.file == "" && !o.dryRun && isTerminal(a.Out) {
		return wrongUsage("--file writes it where it is needed, and fob exec gives it to a command without a file",
			"the key is not shown on a terminal")
	}
	if o.file == "" && o.replace {
		return wrongUsage("--file names the file", "--replace is of a file, and none is given")
	}
	s, err := a.openStash()
	if err != nil {
		return err
	}
	h, err := a.handOut(ctx, s, ref, &o.handoutOptions)
	if err != nil {
		return err
	}
	switch {
	case o.dryRun:
		return a.wouldWrite(ctx, h, o)
	case o.file == "":
		return a.printEnv(h, o)
	}
	return a.writeEnv(ctx, s, h, o)
}

// wouldWrite says what would be written: names, never the key.
func (a *app) wouldWrite(ctx context.Context, h desk.Handout, o *envOptions) error {
	where := "standard output"
	if o.file != "" {
		where = visible.Line(o.file)
		warnings, err := h.TryEnv(ctx, o.file, o.replace)
		for _, w := range warnings {
			a.warn(w)
		}
		if err != nil {
			return envError(err)
		}
	}
	a.say("fob: would write " + strings.Join(h.Names(), ", ") + " of " + h.Label() + " to " + where)
	return nil
}

// printEnv writes the variables to standard output, which is no terminal.
func (a *app) printEnv(h desk.Handout, o *envOptions) error {
	lines := ""
	variables := map[string]string{}
	for _, s := range h.Settings() {
		if err := s.Check(); err != nil {
			return err
		}
		lines += s.Name + "=" + s.Value + "\n"
		variables[s.Name] = s.Value
	}
	if o.asJSON {
		return writeJSON(a.Out, envOutput{Schema: 1, Names: h.Names(), Variables: variables})
	}
	_, err := a.Out.WriteString(lines)
	return err
}

// writeEnv writes the file. A key that is there already is replaced if a person says so.
func (a *app) writeEnv(ctx context.Context, s *desk.Stash, h desk.Handout, o *envOptions) error {
	written, err := s.WriteEnv(ctx, h, o.file, o.replace)
	if q, ok := a.questions(); ok && errors.Is(err, stash.ErrHasKey) {
		agreed, failed := q.confirm(ctx, visible.Line(err.Error())+". Replace it?")
		switch {
		case failed != nil:
			return failed
		case !agreed:
			return errLeft
		}
		written, err = s.WriteEnv(ctx, h, o.file, true)
	}
	for _, w := range written.Warnings {
		a.warn(w)
	}
	if err != nil {
		return envError(err)
	}
	a.say(fmt.Sprintf("fob: %s of %s is kept in %s: written, read back and compared", strings.Join(written.Names, ", "), h.Label(), visible.Line(written.Path)))
	if !o.asJSON {
		return nil
	}
	kept := "kept"
	return writeJSON(a.Out, envOutput{Schema: 1, Path: &written.Path, Names: written.Names, Custody: &kept})
}

// envError gives a file that can't be written what to do about it.
func envError(err error) error {
	switch {
	case errors.Is(err, stash.ErrHasKey):
		return wrongUsage("--replace replaces it", "%w", err)
	case errors.Is(err, stash.ErrTracked):
		return wrongUsage("choose a file that git ignores, or take it out of git", "%w", err)
	case errors.Is(err, stash.ErrNotPlain), errors.Is(err, stash.ErrUnwritable):
		return wrongUsage("choose another file, or use fob exec", "%w", err)
	}
	return err
}
