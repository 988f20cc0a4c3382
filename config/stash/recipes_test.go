package stash_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fob/client/secret"
	"fob/config"
	"fob/config/stash"
)

var tomlBlock = regexp.MustCompile("(?s)\n```toml\n(.*?)```\n")

// recipes are the destinations as RECIPES.md has them, read as from a person's file.
func recipes(t *testing.T) map[string]config.CommandDestination {
	t.Helper()
	text, err := os.ReadFile("RECIPES.md")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, block := range tomlBlock.FindAllStringSubmatch(string(text), -1) {
		all.WriteString(block[1])
	}
	path := filepath.Join(t.TempDir(), "config.toml")
	writeFile(t, path, all.String(), 0o600)
	settings, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return settings.Destinations
}

func TestEveryRecipeIsOneThatFobTakes(t *testing.T) {
	found := recipes(t)
	for name, custody := range map[string]secret.Custody{
		"box": secret.Kept, "pass": secret.Kept, "etcd": secret.Kept, "vault": secret.Kept, "gcloud": secret.Kept,
		"aws": secret.Kept, "kubectl": secret.Kept, "github": secret.HandedOver,
	} {
		spec, ok := found[name]
		if got := stash.NewCommand(name, spec).Custody(); !ok || got != custody {
			t.Errorf("%s: there %t, %s", name, ok, got)
		}
		// Only an account is never used twice; every other recipe can be told apart by its name, or has a fixed one.
		if slices.Contains(spec.Command, config.PlaceholderID) {
			t.Errorf("%s can't take a new key", name)
		}
		delete(found, name)
	}
	for name := range found {
		t.Errorf("%s is in RECIPES.md and not looked at", name)
	}
}
