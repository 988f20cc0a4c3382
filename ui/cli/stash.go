package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"fob/client/visible"
	"fob/config"
	"fob/config/stash"
	"fob/ui/desk"
)

// openStash opens what this machine keeps. It needs no platform and reaches nothing yet.
func (a *app) openStash() (*desk.Stash, error) {
	dirs, err := config.DefaultDirs()
	if err != nil {
		return nil, fmt.Errorf("no place for fob's files: %w", err)
	}
	settings, err := config.Load(dirs.SettingsPath())
	if err != nil {
		return nil, wrongUsage("nothing of that file is used until it is mended", "%w", err)
	}
	s := desk.OpenStash(stash.OpenIndex(dirs.StashPath()), stash.NewKeyring(keyringService))
	s.Commands = settings.Destinations
	return s, nil
}

// stashArgument is how the help says what a KEY is where the stash is meant.
const stashArgument = "KEY is the id of a key in the stash, the start of one (four characters at least) or its name. fob stash list\n" +
	"shows them; a name that several keys have is refused with their ids.\n"

func (a *app) stashCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "stash", Short: "List, add, check and remove the keys that this machine keeps", GroupID: groupStash,
		Long: "The stash is what this machine keeps of keys: their secrets in the OS keyring, and an index of them without\n" +
			"secrets. fob exec and fob env put them to work. Only add and check ask the platform.",
		Example: "  fob stash list\n  fob stash add --from-file .env\n  fob stash check --try",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				next := "fob stash --help lists them"
				if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
					next = "did you mean fob stash " + near[0] + "?"
				}
				return wrongUsage(next, "fob stash has no command %q", args[0])
			}
			return cmd.Help()
		},
	}
	cmd.SuggestionsMinimumDistance = 2
	cmd.AddCommand(a.stashListCommand(), a.stashShowCommand(), a.stashAddCommand(), a.stashRemoveCommand(), a.stashCheckCommand())
	return cmd
}

func (a *app) stashListCommand() *cobra.Command {
	var asJSON, noHeaders bool
	cmd := &cobra.Command{
		Use: "list", Short: "List the keys that this machine keeps, handed over or sent somewhere",
		Long: "Lists the keys of the stash from the index alone: no platform and no keyring is asked. The status goes by the\n" +
			"key's end; whether a key was revoked meanwhile, fob stash check finds out.",
		Example: "  fob stash list\n  fob stash list --json | jq -r '.keys[] | select(.status == \"expired\") | .id'",
		Args:    a.noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.openStash()
			if err != nil {
				return err
			}
			all, err := s.Entries(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(a.Out, newStashOutput(all))
			}
			if len(all) == 0 {
				a.warn("this machine keeps no keys; fob create … --to keyring and fob stash add put some there")
				return nil
			}
			return a.writeStash(all, noHeaders)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON, for scripts")
	cmd.Flags().BoolVar(&noHeaders, "no-headers", false, "without the line of headings")
	return cmd
}

func (a *app) stashShowCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "show KEY", Short: "Show everything that the stash knows of a key, but its secret",
		Long:    "Shows what the index knows of a key, and every place its secret went to. The secret is never shown.\n\n" + stashArgument,
		Example: "  fob stash show nightly\n  fob stash show 7b2f --json",
		Args:    oneKey, ValidArgsFunction: a.completeStash,
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := a.stashed(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(a.Out, stashShowOutput{1, newStashKey(e)})
			}
			return a.writeStashed(e)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON, for scripts")
	return cmd
}

// stashed is the key of the stash that ref stands for.
func (a *app) stashed(ctx context.Context, ref string) (desk.Stashed, error) {
	s, err := a.openStash()
	if err != nil {
		return desk.Stashed{}, err
	}
	return s.Find(ctx, ref)
}

func (a *app) stashRemoveCommand() *cobra.Command {
	var yes, dryRun, asJSON bool
	cmd := &cobra.Command{
		Use: "remove KEY", Short: "Take a key out of the keyring and the stash; it goes on working on the platform",
		Long: "Removes a key's secret from the OS keyring, and what the index knows of it. Env files and other places that it\n" +
			"went to stay as they are. The key itself is not revoked: whoever has its secret can use it, and fob revoke\n" +
			"ends it.\n\n" + stashArgument,
		Example: "  fob stash remove nightly\n  fob stash remove 7b2f1c7e --yes",
		Args:    oneKey, ValidArgsFunction: a.completeStash,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.openStash()
			if err != nil {
				return err
			}
			e, err := s.Find(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if dryRun {
				a.say("fob: would remove " + e.Label() + " from " + places(e) + "; the key itself would stay alive on the platform")
				return a.removed(asJSON, desk.Removed{Stashed: e}, false)
			}
			question := fmt.Sprintf("Remove %s from the stash of this machine? The key itself stays alive on the platform.", e.Label())
			if e.Kept {
				question = fmt.Sprintf("Remove %s and its secret from the stash of this machine? The key itself stays alive on the platform, and the platform can't show its secret again.", e.Label())
			}
			if err := a.agreed(cmd.Context(), yes, question); err != nil {
				return err
			}
			var r desk.Removed
			err = a.withKeyring(cmd.Context(), func(ctx context.Context) (err error) {
				r, err = s.Remove(ctx, e)
				return err
			})
			if err != nil {
				return err
			}
			a.say("fob: " + e.Label() + " is out of the stash; the key itself stays alive on the platform: fob revoke " + revokeName(e) + " ends it")
			if len(r.Left) > 0 {
				a.say("fob: its secret may still be in: " + strings.Join(r.Left, ", "))
			}
			return a.removed(asJSON, r, true)
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "don't ask")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "say what would be removed, and remove nothing")
	cmd.Flags().BoolVar(&asJSON, "json", false, "the result as JSON, for scripts")
	return cmd
}

// revokeName is what to give fob revoke.
func revokeName(e desk.Stashed) string {
	if e.ID == "" {
		return "KEY"
	}
	return e.ID
}

// places are the places of a key in one line.
func places(e desk.Stashed) string {
	if len(e.Where) == 0 {
		return "the index"
	}
	return strings.Join(e.Where, ", ")
}

// removed writes the result for scripts.
func (a *app) removed(asJSON bool, r desk.Removed, done bool) error {
	if !asJSON {
		return nil
	}
	left := r.Left
	if left == nil {
		left = []string{}
	}
	return writeJSON(a.Out, stashRemovedOutput{1, done, newStashKey(r.Stashed), left})
}

// completeStash offers the keys of the stash: nothing but the index is read.
func (a *app) completeStash(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	none := cobra.ShellCompDirectiveNoFileComp
	s, err := a.openStash()
	if err != nil || len(args) > 0 && !strings.HasSuffix(cmd.Use, "…]") {
		return nil, none
	}
	ctx := cmd.Context()
	if ctx == nil {
		ctx = context.Background()
	}
	all, err := s.Entries(ctx)
	if err != nil {
		return nil, none
	}
	names := map[string]int{}
	for _, e := range all {
		names[e.Entry.Name]++
	}
	var offers []cobra.Completion
	offer := func(text, about string) {
		if strings.HasPrefix(text, typed) && completable(text) && len(offers) < mostCompleted {
			offers = append(offers, cobra.CompletionWithDesc(text, description(about)))
		}
	}
	for _, e := range all {
		if e.Named && names[e.Entry.Name] == 1 {
			offer(e.Entry.Name, e.Type+", "+e.Scope)
		}
	}
	for _, e := range all {
		offer(visible.Line(e.Ref), e.Name)
	}
	return offers, none
}
