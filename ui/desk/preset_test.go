package desk_test

import (
	"testing"

	"fob/client/secret"
	"fob/config"
	"fob/config/stash"
	"fob/ui/desk"
)

// opened is a desk of a profile, which asks nobody anything.
func opened(t *testing.T, p desk.Profile) *desk.Desk {
	t.Helper()
	d, err := desk.Open(desk.Options{
		APIURL: "http://127.0.0.1:1", Session: secret.New("anybody"), Profile: p, Keys: stash.NewMemory(), State: config.NewMemoryState(),
		Commands: map[string]config.CommandDestination{"vault": {Command: []string{"true"}}, "other": {Command: []string{"true"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// The profile's destination is the place that is preset, where it can be chosen.
func TestPreset(t *testing.T) {
	for destination, want := range map[string]desk.Place{
		"":                  {Kind: desk.InKeyring},
		"keyring":           {Kind: desk.InKeyring},
		"env-file:.env.ci":  {Kind: desk.InEnvFile, Path: ".env.ci"},
		"command:vault":     {Kind: desk.InCommand, Command: "vault"},
		"command:gone":      {Kind: desk.InKeyring},
		"clipboard":         {Kind: desk.OnClipboard},
		"stdout":            {Kind: desk.InKeyring},
		" env-file:a b.env": {Kind: desk.InEnvFile, Path: "a b.env"},
	} {
		d := opened(t, desk.Profile{Destination: destination})
		at, path := d.Preset()
		got := d.PlaceChoices()[at]
		if got.Kind != want.Kind || got.Command != want.Command || path != want.Path {
			t.Errorf("%q presets %s %s %q", destination, got.Kind, got.Command, path)
		}
	}
}

// The profile's workspace goes before the one that was shown last, where the organization has it.
func TestLastWorkspace(t *testing.T) {
	names := []string{"a", "b", "c"}
	for workspace, want := range map[string]string{"": "b", "c": "c", "gone": "b"} {
		d := opened(t, desk.Profile{Workspace: workspace})
		d.RememberWorkspace(t.Context(), "b")
		if got := d.LastWorkspace(t.Context(), names); got != want {
			t.Errorf("with %q it is %q, not %q", workspace, got, want)
		}
	}
	if got := opened(t, desk.Profile{Workspace: "c"}).LastWorkspace(t.Context(), nil); got != "" {
		t.Errorf("of no workspaces it is %q", got)
	}
}
