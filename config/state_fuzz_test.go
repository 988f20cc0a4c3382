package config_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"fob/config"
)

// Whatever stands in the state's file: it is read, or refused and left as it is; and what this fob doesn't know stays.
func FuzzState(f *testing.F) {
	for _, text := range []string{
		"", "{}", `{"version":1}`, `{"version":1,"workspaces":{"a b":"c"},"sorts":{"keys":{"column":"name"}},"later":[1]}`,
		`{"version":2}`, `{"version":1,"workspaces":[]}`, `{"version":1,"Workspaces":{"a":"b"}}`, "\xff", `{"version":"1"}`, `{"version":1,"":{"":null}}`,
	} {
		f.Add([]byte(text))
	}
	path := filepath.Join(f.TempDir(), "state.json")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		file := config.OpenState(path)
		_, err := file.Load(t.Context())
		if err != nil && !errors.Is(err, config.ErrDamaged) && !errors.Is(err, config.ErrNewer) {
			t.Fatalf("neither damaged nor newer: %v", err)
		}
		changed := file.Update(t.Context(), func(s *config.State) error {
			s.SetWorkspace("https://api.example", "org", "claims")
			return nil
		})
		after, failed := os.ReadFile(path)
		if failed != nil {
			t.Fatal(failed)
		}
		if (changed == nil) != (err == nil) {
			t.Fatalf("read: %v, changed: %v", err, changed)
		}
		if err != nil {
			if string(after) != string(text) {
				t.Fatalf("what can't be read was written over: %q", after)
			}
			return
		}
		s, err := file.Load(t.Context())
		if err != nil || s.Workspace("https://api.example", "org") != "claims" {
			t.Fatalf("%v, %+v", err, s)
		}
		var before, now map[string]json.RawMessage
		if json.Unmarshal(text, &before) != nil || json.Unmarshal(after, &now) != nil {
			t.Fatalf("%q became %q", text, after)
		}
		for name := range before {
			if _, kept := now[name]; !kept && name != "workspaces" && name != "sorts" {
				t.Errorf("%q is gone", name)
			}
		}
	})
}
