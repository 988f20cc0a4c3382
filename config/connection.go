package config

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
)

// ProfileNames returns the names of the profiles, sorted.
func (s Settings) ProfileNames() []string { return slices.Sorted(maps.Keys(s.Profiles)) }

// Choice is everything that says which platform is meant, and how to work there.
type Choice struct {
	// Options are the flags by the names of the settings: "profile", and those of Profile in the file ("api_url").
	Options map[string]Option
	// Getenv looks into the environment; os.Getenv if nil.
	Getenv func(string) string
	// Settings are config.toml's, and State is what this machine remembers.
	Settings Settings
	State    State
	// Defaults are the values that nobody has to set, by the names of the settings.
	Defaults map[string]string
}

// Connection is what a Choice came to: each value with where it came from.
type Connection struct {
	Profile, APIURL, Organization, Workspace, Destination, Policy, Product, WebURL, Colour, Production, ReadOnly,
	CAFile Setting

	// Home is the address that the profile itself has, unset if it has none or there is no profile. A session that is
	// stored for the profile belongs to Home's origin: where APIURL has another origin, it must not be used. This package
	// knows no origins, so the caller compares, and takes Elsewhere if they differ.
	Home Setting
	// Lost is the current profile's name if config.toml doesn't have it any more. No profile is used then.
	Lost string

	defaults map[string]string
}

// Named is a setting with the name that it has in config.toml.
type Named struct {
	Name string
	Setting
}

// UnknownProfileError is a profile that was asked for and that config.toml doesn't have.
type UnknownProfileError struct {
	Name  string
	From  Source   // who asked for it
	Known []string // the ones there are, sorted
}

// Error names the profile, the nearest one there is, or else all.
func (e *UnknownProfileError) Error() string {
	text := fmt.Sprintf("no profile is called %q", e.Name)
	if e.From.Kind != Unset {
		text += " (" + e.From.String() + ")"
	}
	if near := nearest(e.Name, e.Known); near != "" {
		return text + ", did you mean " + strconv.Quote(near) + "?"
	}
	if len(e.Known) == 0 {
		return text + ": config.toml has none"
	}
	return text + ", there are " + strings.Join(e.Known, ", ")
}

// variables are the ones of the environment by the names of the settings.
var variables = map[string]string{"profile": EnvProfile, "api_url": EnvAPIURL, "organization": EnvOrganizationID}

// Resolve finds every value: a flag goes before the environment, that before the profile, and that before the default.
// The profile is the one of --profile, else of FOB_PROFILE, else the current one, else the only one there is. An empty
// --profile means none. The error is an *UnknownProfileError.
func (c Choice) Resolve() (Connection, error) {
	out := Connection{defaults: c.Defaults}
	name, err := c.profile(&out)
	if err != nil {
		return Connection{}, err
	}
	profile := c.Settings.Profiles[name]
	for setting, to := range out.each() {
		if setting == "profile" {
			continue
		}
		weaker := byDefault(c.Defaults[setting])
		if !weaker.IsSet() && (setting == "production" || setting == "read_only") {
			weaker = byDefault("false")
		}
		if value, set := profile.value(setting); set && name != "" {
			weaker = Setting{value, Source{Kind: File, Name: "profiles." + name, Path: c.Settings.Path, Line: profile.Lines[setting]}}
		}
		if setting == "api_url" && weaker.From.Kind == File {
			out.Home = weaker
		}
		*to = c.stronger(setting, weaker)
	}
	return out, nil
}

func (c Choice) stronger(setting string, weaker Setting) Setting {
	getenv := c.Getenv
	if getenv == nil {
		getenv = os.Getenv
	}
	return resolve(c.Options[setting], variables[setting], getenv, weaker)
}

// profile returns the name of the profile that is used, "" for none, and notes where it came from.
func (c Choice) profile(out *Connection) (string, error) {
	var weaker Setting
	switch names := c.Settings.ProfileNames(); {
	case c.State.Profile != "":
		weaker = Setting{c.State.Profile, Source{Kind: Remembered}}
	case len(names) == 1:
		weaker = Setting{names[0], Source{Kind: Only}}
	}
	chosen := c.stronger("profile", weaker)
	if _, there := c.Settings.Profiles[chosen.Value]; !there && chosen.Value != "" {
		if chosen.From.Kind != Remembered {
			return "", &UnknownProfileError{Name: chosen.Value, From: chosen.From, Known: c.Settings.ProfileNames()}
		}
		// It was taken out of the file by hand. Another one in its place could be another platform.
		out.Lost, chosen = chosen.Value, Setting{}
	}
	out.Profile = chosen
	return chosen.Value, nil
}

// each goes through the settings in the order in which they are shown.
func (c *Connection) each() func(yield func(string, *Setting) bool) {
	return func(yield func(string, *Setting) bool) {
		for _, s := range []struct {
			name string
			at   *Setting
		}{
			{"profile", &c.Profile},
			{"api_url", &c.APIURL},
			{"organization", &c.Organization},
			{"workspace", &c.Workspace},
			{"destination", &c.Destination},
			{"policy", &c.Policy},
			{"product", &c.Product},
			{"web_url", &c.WebURL},
			{"colour", &c.Colour},
			{"production", &c.Production},
			{"read_only", &c.ReadOnly},
			{"ca_file", &c.CAFile},
		} {
			if !yield(s.name, s.at) {
				return
			}
		}
	}
}

// List returns every setting, set or not, in the order in which fob config show shows them.
func (c Connection) List() []Named {
	var list []Named
	for name, setting := range c.each() {
		list = append(list, Named{name, *setting})
	}
	return list
}

// Elsewhere is c for an address that is not the profile's: without what the profile says of its own platform, its
// organization, workspace, web address and certificate authorities. What keeps people from a slip stays.
func (c Connection) Elsewhere() Connection {
	theirs := []string{"organization", "workspace", "web_url", "ca_file"}
	for name, setting := range c.each() {
		if setting.From.Kind == File && slices.Contains(theirs, name) {
			*setting = byDefault(c.defaults[name])
		}
	}
	return c
}
