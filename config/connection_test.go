package config_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fob/config"
)

// choose is a Choice on a file, without anything of this process's environment.
func choose(t *testing.T, text string, environ map[string]string) config.Choice {
	t.Helper()
	settings, err := config.Load(written(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return config.Choice{Settings: settings, Getenv: func(name string) string { return environ[name] }}
}

func given(name, value string) config.Option {
	return config.Option{Name: name, Value: value, Changed: true}
}

const two = `[profiles.eu]
api_url = "https://eu.example.com"
organization = "eu-org"
workspace = "legal"
policy = "eu.toml"
web_url = "https://web.example.com"
production = true

[profiles.us]
api_url = "https://us.example.com"
read_only = true
production = false
`

func TestEveryValueSaysWhereItCameFrom(t *testing.T) {
	c := choose(t, two, map[string]string{config.EnvOrganizationID: " env-org\n"})
	c.State.Profile = "us"
	c.Options = map[string]config.Option{
		"profile": given("profile", "eu"), "workspace": given("workspace", "sales"), "read_only": {Name: "read-only", Value: "false"},
	}
	c.Defaults = map[string]string{"product": "The Platform", "policy": "/etc/policy.toml", "workspace": "never"}
	got, err := c.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	path := c.Settings.Path
	file := func(line int) config.Source {
		return config.Source{Kind: config.File, Name: "profiles.eu", Path: path, Line: line}
	}
	want := []config.Named{
		{"profile", config.Setting{"eu", config.Source{Kind: config.Flag, Name: "profile"}}},
		{"api_url", config.Setting{"https://eu.example.com", file(2)}},
		{"organization", config.Setting{"env-org", config.Source{Kind: config.Environment, Name: config.EnvOrganizationID}}},
		{"workspace", config.Setting{"sales", config.Source{Kind: config.Flag, Name: "workspace"}}},
		{"destination", config.Setting{}},
		{"policy", config.Setting{strings.TrimSuffix(path, "config.toml") + "eu.toml", file(5)}},
		{"product", config.Setting{"The Platform", config.Source{Kind: config.Default}}},
		{"web_url", config.Setting{"https://web.example.com", file(6)}},
		{"colour", config.Setting{}},
		{"production", config.Setting{"true", file(7)}},
		{"read_only", config.Setting{"false", config.Source{Kind: config.Default}}},
		{"ca_file", config.Setting{}},
	}
	if diff := cmp.Diff(want, got.List()); diff != "" {
		t.Error(diff)
	}
	if !got.Production.Yes() || got.ReadOnly.Yes() || got.Home != got.APIURL {
		t.Errorf("%+v", got)
	}
	var said []string
	for _, s := range got.List() {
		said = append(said, strings.ReplaceAll(s.From.String(), path, "config.toml"))
	}
	const sources = "--profile config.toml:2 FOB_ORGANIZATION_ID --workspace not set config.toml:5 default config.toml:6 not set config.toml:7 default not set"
	if strings.Join(said, " ") != sources {
		t.Errorf("it says %q", said)
	}
}

func TestAnAddressOfAnotherPlatformLeavesTheProfilesOwnBehind(t *testing.T) {
	c := choose(t, two, map[string]string{config.EnvAPIURL: "https://elsewhere.example.com", config.EnvProfile: "eu"})
	c.Defaults = map[string]string{"web_url": "https://default.example.com"}
	got, err := c.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	if got.APIURL.Value != "https://elsewhere.example.com" || got.Home.Value != "https://eu.example.com" || got.Home.From.Line != 2 {
		t.Errorf("%+v, home %+v", got.APIURL, got.Home)
	}
	away := got.Elsewhere()
	if away.Organization.IsSet() || away.Workspace.IsSet() || away.WebURL != (config.Setting{"https://default.example.com", config.Source{Kind: config.Default}}) {
		t.Errorf("%+v", away)
	}
	if !away.Production.Yes() || away.APIURL != got.APIURL || away.Profile != got.Profile || got.Workspace.Value != "legal" {
		t.Errorf("%+v", away)
	}
	c.Options = map[string]config.Option{"organization": given("organization-id", "mine")}
	if got, err = c.Resolve(); err != nil || got.Elsewhere().Organization.Value != "mine" {
		t.Errorf("%+v, %v", got.Elsewhere(), err)
	}
}

func TestWhichProfileIsMeant(t *testing.T) {
	const one = "[profiles.eu]\n"
	for name, c := range map[string]struct {
		text, flag, env, state string
		want                   string
		kind                   config.SourceKind
		lost                   string
	}{
		"a flag":                        {text: two, flag: "eu", env: "us", state: "us", want: "eu", kind: config.Flag},
		"the environment":               {text: two, env: "eu", state: "us", want: "eu", kind: config.Environment},
		"the current one":               {text: two, state: "us", want: "us", kind: config.Remembered},
		"one of two":                    {text: two},
		"the only one":                  {text: one, want: "eu", kind: config.Only},
		"none":                          {},
		"a current one that is gone":    {text: one, state: "us", lost: "us"},
		"a gone one, and another asked": {text: one, state: "us", env: "eu", want: "eu", kind: config.Environment},
		"none, asked for":               {text: one, flag: "-", state: "eu", kind: config.Flag},
	} {
		choice := choose(t, c.text, map[string]string{config.EnvProfile: c.env})
		choice.State.Profile = c.state
		if c.flag != "" {
			choice.Options = map[string]config.Option{"profile": given("profile", strings.Trim(c.flag, "-"))}
		}
		got, err := choice.Resolve()
		if err != nil || got.Profile.Value != c.want || got.Profile.From.Kind != c.kind || got.Lost != c.lost {
			t.Errorf("%s: %+v, lost %q, %v", name, got.Profile, got.Lost, err)
		}
		if c.want == "" && (got.APIURL.IsSet() || got.Home.IsSet()) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestAProfileThatThereIsNotIsNamed(t *testing.T) {
	for name, c := range map[string]struct{ text, asked, want string }{
		"a slip": {two, "uk", `no profile is called "uk" (FOB_PROFILE), did you mean "us"?`},
		"other":  {two, "staging", `no profile is called "staging" (FOB_PROFILE), there are eu, us`},
		"none":   {"", "a\x1b", `no profile is called "a\x1b" (FOB_PROFILE): config.toml has none`},
	} {
		got, err := choose(t, c.text, map[string]string{config.EnvProfile: c.asked}).Resolve()
		unknown, ok := errors.AsType[*config.UnknownProfileError](err)
		if !ok || unknown.Name != c.asked || err.Error() != c.want || got.APIURL.IsSet() {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheEnvironmentIsTheProcesssOwnUnlessToldOtherwise(t *testing.T) {
	t.Setenv(config.EnvAPIURL, "https://env.example.com")
	t.Setenv(config.EnvProfile, "")
	got, err := config.Choice{}.Resolve()
	if err != nil || got.APIURL.Value != "https://env.example.com" {
		t.Errorf("%+v, %v", got.APIURL, err)
	}
}
