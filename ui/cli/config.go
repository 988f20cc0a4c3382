package cli

import (
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"fob/client/visible"
	"fob/config"
)

// settingOutput is one setting as fob config show --json writes it.
type settingOutput struct {
	Name  string  `json:"name"`
	Value *string `json:"value"` // null: it isn't set
	From  string  `json:"from"`  // for people: "--api-url", "FOB_API_URL", a file and its line, "default"
}

type configOutput struct {
	Schema   int             `json:"schema"`
	Path     string          `json:"path"` // of config.toml
	Settings []settingOutput `json:"settings"`
}

func (a *app) configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "config", Short: "Show what is set, and where that comes from", GroupID: groupFob,
		Example: "  fob config show",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return wrongUsage("fob config --help lists them", "fob config has no command %q", args[0])
			}
			return cmd.Help()
		},
	}
	cmd.AddCommand(a.configShowCommand())
	return cmd
}

func (a *app) configShowCommand() *cobra.Command {
	var (
		o      connection
		asJSON bool
	)
	cmd := &cobra.Command{
		Use: "show", Short: "Show every setting with where it comes from",
		Long: "A flag goes before the environment, that before the profile in config.toml, and that before the default. No\n" +
			"secret is among the settings; fob whoami says which session is used.",
		Example: "  fob config show\n  fob config show --profile us --json", Args: a.noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.setup(cmd.Context(), &o, nil)
			if err != nil {
				return err
			}
			conn, err := s.Connection(cmd.Context())
			if err != nil {
				return settingsFailure(err)
			}
			if conn.Lost != "" {
				a.warn("the current profile " + conn.Lost + " is not in config.toml any more; fob profile use chooses another")
			}
			return a.writeConfig(s.Dirs.SettingsPath(), conn, asJSON)
		},
	}
	o.flags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON, for scripts")
	return cmd
}

// shownSetting is a value as it may be shown: an address may have a password in it, though none is taken with one.
func shownSetting(s config.Named) string {
	if u, err := url.Parse(s.Value); err == nil && u.User != nil {
		u.User = url.User("not-shown")
		return visible.Line(u.String())
	}
	return visible.Line(s.Value)
}

func (a *app) writeConfig(path string, conn config.Connection, asJSON bool) error {
	list := conn.List()
	if asJSON {
		out := configOutput{Schema: 1, Path: path, Settings: []settingOutput{}}
		for _, s := range list {
			one := settingOutput{Name: s.Name, From: s.From.String()}
			if s.IsSet() {
				value := shownSetting(s)
				one.Value = &value
			}
			out.Settings = append(out.Settings, one)
		}
		return writeJSON(a.Out, out)
	}
	names, values := 0, 0
	for _, s := range list {
		names, values = max(names, visible.Width(s.Name)), max(values, min(visible.Width(s.Value), 44))
	}
	for _, s := range list {
		value := "-"
		if s.IsSet() {
			value = shownSetting(s)
			if s.Value == "" {
				value = strconv.Quote("")
			}
		}
		line := visible.Cell(s.Name, names) + "  " + value
		if pad := names + 2 + values - visible.Width(line); pad > 0 {
			line = visible.Cell(line, names+2+values)
		}
		if s.IsSet() {
			line += "  " + visible.Line(s.From.String())
		}
		if err := a.writeLine(line); err != nil {
			return err
		}
	}
	return nil
}
