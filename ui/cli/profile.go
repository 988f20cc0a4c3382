package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"fob/client/session"
	"fob/client/visible"
	"fob/config"
	"fob/ui/desk"
)

// profileOutput is one profile as fob profile list --json writes it. Fields are added, never renamed, while the schema
// stays.
type profileOutput struct {
	Name     string  `json:"name"`
	Current  bool    `json:"current"`
	APIURL   *string `json:"api_url"`
	ReadOnly bool    `json:"read_only"`
	Prod     bool    `json:"production"`
	Session  *string `json:"session"`       // where one is kept: "keyring" or "file"; null: nobody has signed in
	Ended    *bool   `json:"session_ended"` // it is over and can't be renewed; null: not known, a keyring isn't asked
}

type profilesOutput struct {
	Schema   int             `json:"schema"`
	Profiles []profileOutput `json:"profiles"`
}

func (a *app) profileCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "profile", Short: "List, choose, add and remove profiles", GroupID: groupAccount,
		Long: "A profile is a section [profiles.NAME] in config.toml: a platform's address, and how one works there. fob login\n" +
			"makes one. The file is yours: fob adds to its end and takes sections out, and leaves everything else as it is.\n\n" +
			"  [profiles.eu]\n" +
			"  api_url = \"https://api.cloud.deepset.ai\"\n" +
			"  organization = \"…\"        # an organization's id\n" +
			"  workspace = \"claims\"      # what fob list shows without a scope\n" +
			"  destination = \"keyring\"   # where new keys go, as --to takes it\n" +
			"  policy = \"policy.toml\"    # of fob audit\n" +
			"  product = \"…\"             # what the platform is called on screen\n" +
			"  web_url = \"https://…\"     # of its web pages\n" +
			"  colour = \"red\"            # red, green, yellow, blue, magenta, cyan\n" +
			"  production = true         # destructive questions say so\n" +
			"  read_only = true          # nothing is changed\n" +
			"  ca_file = \"ca.pem\"        # more certificate authorities",
		Example: "  fob profile list\n  fob profile use us\n  fob profile add test --api-url https://deepset.example.com --colour yellow",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return wrongUsage("fob profile --help lists them", "fob profile has no command %q", args[0])
			}
			return cmd.Help()
		},
	}
	cmd.AddCommand(a.profileListCommand(), a.profileUseCommand(), a.profileAddCommand(), a.profileRemoveCommand())
	return cmd
}

func (a *app) profileListCommand() *cobra.Command {
	var (
		o      connection
		asJSON bool
	)
	cmd := &cobra.Command{
		Use: "list", Short: "List the profiles", Aliases: []string{"ls"}, Example: "  fob profile list", Args: a.noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, list, err := a.profiles(cmd.Context(), &o)
			if err != nil {
				return err
			}
			state, err := s.State.Load(cmd.Context())
			if err != nil {
				a.warn("what this machine remembers can't be read: " + err.Error())
			}
			if asJSON {
				return writeJSON(a.Out, newProfilesOutput(cmd.Context(), s, list, state))
			}
			if len(list) == 0 {
				a.say("there are no profiles; fob login makes one")
			}
			width := 0
			for _, p := range list {
				width = max(width, visible.Width(p.Name))
			}
			for _, p := range list {
				mark := "  "
				if p.Current {
					mark = "* "
				}
				note := p.Note
				if words := sessionWords(cmd.Context(), s, p, state); words != "" {
					note += ", " + words
				}
				if err := a.writeLine(mark + visible.Cell(p.Name, width) + "  " + note); err != nil {
					return err
				}
			}
			return nil
		},
	}
	o.flags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON, for scripts")
	return cmd
}

// sessionWords say how it stands with the session of a profile, "" if nobody has signed in.
func sessionWords(ctx context.Context, s *desk.Setup, p desk.ProfileChoice, state config.State) string {
	store := state.Store(p.Name)
	switch ended, known := s.SessionEnded(ctx, p, desk.SessionStore(store)); {
	case store == "":
		return ""
	case ended:
		return "its session has ended: fob login --profile " + p.Name
	case known:
		return "signed in (" + store + ")"
	}
	return "a session is kept (" + store + ")"
}

func newProfilesOutput(ctx context.Context, s *desk.Setup, list []desk.ProfileChoice, state config.State) profilesOutput {
	out := profilesOutput{Schema: 1, Profiles: []profileOutput{}}
	for _, p := range list {
		var over *bool
		if ended, known := s.SessionEnded(ctx, p, desk.SessionStore(state.Store(p.Name))); known {
			over = &ended
		}
		out.Profiles = append(out.Profiles, profileOutput{
			Name: p.Name, Current: p.Current, APIURL: unlessEmpty(p.APIURL), ReadOnly: p.ReadOnly, Prod: p.Production,
			Session: unlessEmpty(state.Store(p.Name)), Ended: over,
		})
	}
	return out
}

// profiles are those of this machine, whatever flags and environment say of which is meant.
func (a *app) profiles(ctx context.Context, o *connection) (*desk.Setup, []desk.ProfileChoice, error) {
	s, err := a.setup(ctx, o, nil)
	if err != nil {
		return nil, nil, err
	}
	current := ""
	if conn, err := s.Connection(ctx); err == nil {
		current = conn.Profile.Value
	}
	list, err := s.Profiles(ctx, current)
	if err != nil {
		return nil, nil, settingsFailure(err)
	}
	return s, list, nil
}

// writeLine writes a line of data.
func (a *app) writeLine(line string) error {
	_, err := a.Out.WriteString(strings.TrimRight(line, " ") + "\n")
	return err
}

// oneProfile takes the name of a profile.
func oneProfile(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return wrongUsage("fob profile list shows them", "%s needs the NAME of a profile", cmd.CommandPath())
	}
	return nil
}

// fileFailure is why config.toml could not be changed: what was asked, or the disk.
func fileFailure(err error) error {
	var disk *fs.PathError
	if errors.As(err, &disk) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return fmt.Errorf("config.toml is as it was: %w", err)
	}
	return wrongUsage("config.toml is as it was", "%w", err)
}

// completeProfiles offers the names of profiles.
func (a *app) completeProfiles(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.profileCompletions(cmd), cobra.ShellCompDirectiveNoFileComp
}

func (a *app) profileCompletions(cmd *cobra.Command) []cobra.Completion {
	o := connection{cmd: cmd}
	_, list, err := a.profiles(cmd.Context(), &o)
	if err != nil {
		return nil
	}
	var offers []cobra.Completion
	for _, p := range list {
		if completable(p.Name) {
			offers = append(offers, cobra.CompletionWithDesc(p.Name, description(p.Note)))
		}
	}
	return offers
}

// completeProfileFlags offers the names of profiles to every --profile.
func (a *app) completeProfileFlags(cmd *cobra.Command) {
	if cmd.Flags().Lookup("profile") != nil {
		a.completeFlag(cmd, "profile", func(cmd *cobra.Command, _ string) []cobra.Completion { return a.profileCompletions(cmd) })
	}
	for _, sub := range cmd.Commands() {
		a.completeProfileFlags(sub)
	}
}

func (a *app) profileUseCommand() *cobra.Command {
	var o connection
	cmd := &cobra.Command{
		Use: "use NAME", Short: "Make a profile the current one", Example: "  fob profile use us", Args: oneProfile,
		ValidArgsFunction: a.completeProfiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, list, err := a.profiles(cmd.Context(), &o)
			if err != nil {
				return err
			}
			if err := known(list, args[0]); err != nil {
				return err
			}
			err = s.State.Update(cmd.Context(), func(state *config.State) error {
				state.Profile = args[0]
				return nil
			})
			if err != nil {
				return err
			}
			a.say("the current profile is " + args[0])
			return nil
		},
	}
	o.flags(cmd)
	return cmd
}

// known fails where no profile is called so.
func known(list []desk.ProfileChoice, name string) error {
	for _, p := range list {
		if p.Name == name {
			return nil
		}
	}
	return &missingError{"no profile is called " + visible.Line(name), "fob profile list shows them"}
}

func (a *app) profileAddCommand() *cobra.Command {
	var (
		o connection
		p config.Profile
	)
	cmd := &cobra.Command{
		Use: "add NAME", Short: "Add a profile to the end of config.toml", Args: oneProfile,
		Example: "  fob profile add us --api-url https://api.us.deepset.ai\n" +
			"  fob profile add prod --api-url https://deepset.example.com --colour red --production --read-only",
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.setup(cmd.Context(), &o, nil)
			if err != nil {
				return err
			}
			p.APIURL, p.Organization, p.ReadOnly, p.CAFile = o.apiURL, o.organizationID, o.readOnly, o.caFile
			if p.APIURL == "" {
				return wrongUsage("fob profile add "+args[0]+" --api-url https://api.cloud.deepset.ai", "a profile needs --api-url")
			}
			if err := config.AppendProfile(cmd.Context(), s.Dirs.SettingsPath(), args[0], p); err != nil {
				return fileFailure(err)
			}
			a.say("added the profile " + args[0] + " to " + s.Dirs.SettingsPath() + "; fob login --profile " + args[0] + " signs in there")
			return nil
		},
	}
	o.flags(cmd)
	f := cmd.Flags()
	f.StringVarP(&p.Workspace, "workspace", "w", "", "`NAME` of the workspace that is meant where none is named")
	f.StringVar(&p.Destination, "to", "", "where new keys go, a `DEST` as of fob create")
	f.StringVar(&p.Policy, "policy", "", "`FILE` of fob audit")
	f.StringVar(&p.Product, "product", "", "what the platform is called on screen")
	f.StringVar(&p.WebURL, "web-url", "", "`ADDRESS` of its web pages")
	f.StringVar(&p.Colour, "colour", "", "its `COLOUR` on screen: "+strings.Join(config.Colours, ", "))
	f.BoolVar(&p.Production, "production", false, "destructive questions say that it is production")
	completeWords(cmd, "colour", config.Colours...)
	return cmd
}

func (a *app) profileRemoveCommand() *cobra.Command {
	var (
		o   connection
		yes bool
	)
	cmd := &cobra.Command{
		Use: "remove NAME", Short: "Take a profile out of config.toml, and sign out of it", Aliases: []string{"rm"}, Args: oneProfile,
		Example: "  fob profile remove staging", ValidArgsFunction: a.completeProfiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			s, list, err := a.profiles(ctx, &o)
			if err != nil {
				return err
			}
			if err := known(list, args[0]); err != nil {
				return err
			}
			if err := a.agreed(ctx, yes, "Sign out of "+args[0]+" and take it out of config.toml?"); err != nil {
				return err
			}
			d, opened := s.Open(ctx, desk.Target{Profile: args[0]}) // while the file still says where it is
			if err := config.RemoveProfile(ctx, s.Dirs.SettingsPath(), args[0]); err != nil {
				return fileFailure(err)
			}
			if opened == nil {
				err := a.withKeyring(ctx, d.SignOut)
				d.Close()
				if errors.Is(err, session.ErrStillStored) {
					return fmt.Errorf("the profile %s is removed, but its session is not: %w", args[0], err)
				}
				if err != nil && !errors.Is(err, session.ErrNone) {
					a.warn(err.Error())
				}
			}
			err = s.State.Update(ctx, func(state *config.State) error {
				if state.Profile == args[0] {
					state.Profile = ""
				}
				state.Forget(args[0])
				return nil
			})
			if err == nil {
				a.say("removed the profile " + args[0])
			}
			return err
		},
	}
	o.flags(cmd)
	cmd.Flags().BoolVar(&yes, "yes", false, "don't ask")
	return cmd
}
