package stash_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"fob/client/secret"
	"fob/config/stash"
)

func TestReaderNamed(t *testing.T) {
	for name, key := range map[string]string{
		"": "API_KEY", "sdk": "API_KEY", "mcp": "DEEPSET_API_KEY", "haystack1": "DEEPSET_CLOUD_API_KEY", "MY_KEY2": "MY_KEY2", "_": "_",
	} {
		if r, ok := stash.ReaderNamed(name); !ok || r.Key != key {
			t.Errorf("%q: %+v", name, r)
		}
	}
	for _, name := range []string{"1A", "A B", "A=B", "A-B", "Ä", "A\n", " "} {
		if _, ok := stash.ReaderNamed(name); ok {
			t.Errorf("%q is taken for a variable", name)
		}
	}
}

// The addresses are what the platform's own clients want, however the platform's is written.
func TestWhatStandsBesideAKey(t *testing.T) {
	for _, address := range []string{"https://h", "https://h/", "https://h/api", "https://h/api/v1", "https://h/api/v1/"} {
		for name, want := range map[string][]stash.Setting{
			"sdk":       {{Name: "API_URL", Value: "https://h/api/v1"}, {Name: "DEFAULT_WORKSPACE_NAME", Value: "w"}},
			"mcp":       {{Name: "DEEPSET_API_URL", Value: "https://h/api"}, {Name: "DEEPSET_WORKSPACE", Value: "w"}},
			"haystack1": {{Name: "DEEPSET_CLOUD_API_ENDPOINT", Value: "https://h/api/v1"}},
			"MINE":      nil,
		} {
			r, _ := stash.ReaderNamed(name)
			if got := r.Beside(address, "w"); !slices.Equal(got, want) {
				t.Errorf("%s, %s: %v", name, address, got)
			}
		}
	}
}

func TestAnEnvFileForAnotherReader(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.env")
	writeFile(t, path, "API_KEY=stays\nDEEPSET_API_URL=old\n", 0o600)
	mcp, _ := stash.ReaderNamed("mcp")
	v := madeUpKey()
	f := stash.EnvFile{Path: path, APIURL: "https://h", Workspace: "w", Reader: mcp}
	if err := f.Put(t.Context(), "", v); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	want := "API_KEY=stays\nDEEPSET_API_URL=https://h/api\nDEEPSET_API_KEY=" + v.Reveal() + "\nDEEPSET_WORKSPACE=w\n"
	if err != nil || string(data) != want {
		t.Errorf("%v: %s", err, v.Redact(string(data)))
	}
	if err := f.Put(t.Context(), "", madeUpKey()); !errors.Is(err, stash.ErrHasKey) {
		t.Error(err)
	}
	f.Replace = true
	if err := f.Put(t.Context(), "", madeUpKey()); err != nil {
		t.Error(err)
	}
}

func TestAddressIn(t *testing.T) {
	for text, want := range map[string]string{
		"https://h/api/v1": "https://h/api/v1", "http://127.0.0.1:1": "http://127.0.0.1:1",
		"hunter2": "", "": "", "https://u:p@h": "", "https://h/?token=x": "", "file:///etc/passwd": "",
	} {
		if got := stash.AddressIn(secret.New(text)); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
