package config_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fob/config"
)

// A profile that is added to a file is read as it was meant, every byte that stood there stays, and cut out again the file
// says what it said before. Where that can't be, nothing is made of it.
func FuzzProfile(f *testing.F) {
	for _, seed := range []struct{ text, name, address, words string }{
		{"", "work", "https://api.example", "Product"},
		{"# mine\n[profiles.a]\napi_url = \"https://x\"\n", "b", "https://api.example/api/v1", "it's \"quoted\" \\ and \x1b[2J"},
		{"[profiles.a]\r\n", "a", "https://api.example", ""},
		{"profiles = {a = {}}", "b", "http://127.0.0.1:1", "x"},
		{"profiles.a.policy = 'x'\n", "b.c", "https://api.example", "#"},
		{"[destinations.a]\ncommand = [\"x\"]", "-", "ftp://x", "\n[profiles.c]"},
		{"x = '''", "work", "https://user:pass@x", "\u202e"},
		{"version = 1\n[profiles]\n", "A_1-", "https://api.example", "\x00"},
	} {
		f.Add(seed.text, seed.name, seed.address, seed.words)
	}
	path := filepath.Join(f.TempDir(), "config.toml")
	f.Fuzz(func(t *testing.T, text, name, address, words string) {
		if config.CheckProfileName(name) != nil {
			return // AppendProfile refuses it
		}
		if len(text) > 1<<16 {
			return
		}
		p := config.Profile{APIURL: address, Workspace: words, Product: words, Production: true}
		with, err := config.WithProfile(path, []byte(text), name, p)
		if err != nil {
			quiet(t, err)
			return
		}
		if !bytes.HasPrefix(with, []byte(text)) {
			t.Fatalf("what stood there became %q", with)
		}
		if err := os.WriteFile(path, with, 0o600); err != nil {
			t.Fatal(err)
		}
		read, err := config.Load(path)
		if err != nil {
			t.Fatalf("what was written isn't read: %v", err)
		}
		if got := read.Profiles[name]; got.APIURL != address || got.Workspace != words || got.Product != words || !got.Production || got.ReadOnly {
			t.Fatalf("%+v became %+v", p, got)
		}
		without, err := config.WithoutProfile(path, with, name)
		if err != nil {
			if !errors.Is(err, config.ErrByHand) {
				t.Fatal(err)
			}
			return
		}
		if err := os.WriteFile(path, without, 0o600); err != nil {
			t.Fatal(err)
		}
		after, err := config.Load(path)
		if _, there := after.Profiles[name]; err != nil || there || len(after.Profiles) != len(read.Profiles)-1 || len(after.Destinations) != len(read.Destinations) {
			t.Fatalf("cut out, it is %+v: %v", after, err)
		}
	})
}

// quiet fails where an error would act on a terminal.
func quiet(t *testing.T, err error) {
	t.Helper()
	if wrong, ok := errors.AsType[*config.SettingsError](err); ok && strings.ContainsAny(wrong.Problem, "\x1b\n\r\u009b") {
		t.Fatalf("the error would act on a terminal: %q", wrong.Problem)
	}
}
