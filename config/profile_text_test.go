package config_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"fob/config"
)

// anywhere compares profiles without where they stand.
var anywhere = cmpopts.IgnoreFields(config.Profile{}, "Line", "Lines")

func content(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAProfileIsAppendedAsText(t *testing.T) {
	p := config.Profile{APIURL: "https://eu.example.com", Workspace: "a \"b\" \\ é", Colour: "red", Production: true}
	const section = "[profiles.\"eu.1\"]\napi_url = \"https://eu.example.com\"\nworkspace = \"a \\\"b\\\" \\\\ é\"\ncolour = \"red\"\nproduction = true\n"
	for before, kept := range map[string]string{
		"":                          "",
		"# ours":                    "# ours\n\n",
		"# ours\n":                  "# ours\n\n",
		"\ufeff# ours\r\n":          "\ufeff# ours\r\n\r\n",
		"[profiles.a]\n#last\n\n\n": "[profiles.a]\n#last\n\n\n\n",
	} {
		path := written(t, before)
		if err := config.AppendProfile(t.Context(), path, "eu.1", p); err != nil {
			t.Fatal(err)
		}
		want := kept + section
		if strings.Contains(before, "\r") {
			want = kept + strings.ReplaceAll(section, "\n", "\r\n")
		}
		if got := content(t, path); got != want {
			t.Errorf("%q became %q", before, got)
		}
		got, err := config.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p, got.Profiles["eu.1"], anywhere); diff != "" {
			t.Error(diff)
		}
	}
}

func TestANewFileIsForItsOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "config.toml")
	if err := config.AppendProfile(t.Context(), path, "eu", config.Profile{Policy: "mine.toml"}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	got, err := config.Load(path)
	if want := filepath.Join(filepath.Dir(path), "mine.toml"); err != nil || got.Profiles["eu"].Policy != want {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAFileKeepsItsModeAndItsLink(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("it has neither")
	}
	dir := t.TempDir()
	target, link := filepath.Join(dir, "dotfiles.toml"), filepath.Join(dir, "config.toml")
	writeMode(t, target, "# shared\n", 0o644)
	if err := os.Symlink("dotfiles.toml", link); err != nil {
		t.Fatal(err)
	}
	if err := config.AppendProfile(t.Context(), link, "eu", config.Profile{}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v", err)
	}
	if info, err := os.Stat(target); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if got := content(t, target); got != "# shared\n\n[profiles.eu]\n" {
		t.Errorf("%q", got)
	}
	if err := config.RemoveProfile(t.Context(), link, "eu"); err != nil {
		t.Fatal(err)
	}
	if got := content(t, target); got != "# shared\n" {
		t.Errorf("%q", got)
	}
}

func writeMode(t testing.TB, path, text string, mode fs.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // the umask does not count
		t.Fatal(err)
	}
}

func TestWhatCanNotBeAppendedChangesNothing(t *testing.T) {
	for _, c := range []struct {
		before, name string
		p            config.Profile
		want         string
	}{
		{"[profiles.eu]\n", "eu", config.Profile{}, "there is a profile of that name already"},
		{"profiles = { eu = {} }\n", "eu", config.Profile{}, "there is a profile of that name already"},
		{"profiles = { eu = {} }\n", "us", config.Profile{}, "not valid TOML"}, // no section can follow an inline one
		{"version = 1\nverison = 1\n", "eu", config.Profile{}, `no setting "verison"`},
		{"no toml", "eu", config.Profile{}, "not valid TOML"},
		{"", "../eu", config.Profile{}, "can't be called"},
		{"", "eu", config.Profile{APIURL: "http://example.com"}, "it has to be https"},
		{"", "eu", config.Profile{Colour: "purple"}, "no colour"},
		{"", "eu", config.Profile{Workspace: "\x1b[2J"}, "control character"},
		{"", "eu", config.Profile{Workspace: "a\nb = 1"}, "control character"},
		{"", "eu", config.Profile{Workspace: "a\xff"}, "more than that"},
		{"", "eu", config.Profile{Destination: "command:vault"}, "no [destinations.vault]"},
	} {
		path := written(t, c.before)
		err := config.AppendProfile(t.Context(), path, c.name, c.p)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q + %s %+v: %v", c.before, c.name, c.p, err)
		}
		if got := content(t, path); got != c.before {
			t.Errorf("%q became %q", c.before, got)
		}
	}
	path := written(t, "[profiles.eu]\n")
	if err := config.AppendProfile(t.Context(), path, "eu", config.Profile{}); !errors.Is(err, config.ErrProfileExists) {
		t.Error(err)
	}
}

func TestASectionIsCutOutAndNothingElse(t *testing.T) {
	for name, c := range map[string]struct{ before, after string }{
		"alone":            {"[profiles.a]\nworkspace = \"x\"\n", ""},
		"without an end":   {"version = 1\n\n[profiles.a]\nworkspace = \"x\"", "version = 1\n"},
		"between":          {"[profiles.b]\n\n[profiles.a]\nworkspace = \"x\"\n\n[profiles.c]\n", "[profiles.b]\n\n[profiles.c]\n"},
		"without blanks":   {"[profiles.b]\n[profiles.a]\nworkspace = \"x\"\n[profiles.c]\n", "[profiles.b]\n[profiles.c]\n"},
		"its comments":     {"[profiles.b]\n\n# of a\n[profiles.a] # x\n# in a\nworkspace = \"x\" # y\n# colour = \"red\"\n\n# of c\n[profiles.c]\n", "[profiles.b]\n\n# of c\n[profiles.c]\n"},
		"the next's":       {"[profiles.a]\nworkspace = \"x\"\n# of c\n[profiles.c]\n", "# of c\n[profiles.c]\n"},
		"the one's above":  {"[profiles.b]\n# of b or a\n[profiles.a]\n", "[profiles.b]\n# of b or a\n"},
		"the file's":       {"# my settings\n[profiles.a]\n\n[profiles.b]\n", "# my settings\n\n[profiles.b]\n"},
		"standing free":    {"[profiles.a]\n\n# free\n\n[profiles.b]\n", "\n# free\n\n[profiles.b]\n"},
		"at the end":       {"[profiles.b]\n\n[profiles.a]\nworkspace = \"x\"\n# of a\n\n# of the file\n", "[profiles.b]\n\n# of the file\n"},
		"of Windows":       {"\ufeffversion = 1\r\n\r\n[profiles.a]\r\nworkspace = \"x\"\r\n\r\n[profiles.b]\r\n", "\ufeffversion = 1\r\n\r\n[profiles.b]\r\n"},
		"quoted":           {"[ profiles . \"a\" ]\n[profiles.b]\n", "[profiles.b]\n"},
		"looks like heads": {"[profiles.b]\nworkspace = \"[profiles.a]\"\n\n[profiles.a]\nworkspace = \"[profiles.b]\"\n", "[profiles.b]\nworkspace = \"[profiles.a]\"\n"},
		"below its parent": {"[profiles]\n[profiles.a]\n", "[profiles]\n"},
		"of two sorts": {
			"[profiles.a]\nread_only = true\n\n[destinations.v]\ncommand = [\n# [profiles.a]\n\"x\", \"\"\"\n[profiles.a]\n\"\"\"]\n",
			"\n[destinations.v]\ncommand = [\n# [profiles.a]\n\"x\", \"\"\"\n[profiles.a]\n\"\"\"]\n",
		},
	} {
		path := written(t, c.before)
		if err := config.RemoveProfile(t.Context(), path, "a"); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got := content(t, path); got != c.after {
			t.Errorf("%s: %q instead of %q", name, got, c.after)
		}
	}
}

func TestWhatCanNotBeCutOutIsNamedAndLeft(t *testing.T) {
	for text, line := range map[string]int{
		"profiles.a.workspace = \"x\"\n":               1,
		"[profiles]\n\na.workspace = \"x\"\n":          3,
		"[profiles]\na = { workspace = \"x\" }\n":      2,
		"version = 1\nprofiles = { b = {}, a = {} }\n": 2,
	} {
		path := written(t, text)
		err := config.RemoveProfile(t.Context(), path, "a")
		if !errors.Is(err, config.ErrByHand) || !strings.HasPrefix(err.Error(), fmt.Sprintf("%s:%d: ", path, line)) {
			t.Errorf("%q: %v", text, err)
		}
		if got := content(t, path); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	path := written(t, "[profiles.b]\n")
	err := config.RemoveProfile(t.Context(), path, "a")
	if unknown, ok := errors.AsType[*config.UnknownProfileError](err); !ok || unknown.Name != "a" || !slices.Equal(unknown.Known, []string{"b"}) {
		t.Error(err)
	}
}

// A file is made of blocks, each of which is somebody's. Whatever was appended can be removed again and every other
// byte is there; whatever block is a profile can be removed, and the other blocks are there in their order.
func TestEveryOtherByteIsKept(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		ending := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(rt, "ending")
		text := rapid.SampledFrom([]string{"", "\ufeff", "# of the file\n\n", "version = 1\n", "version = 1 # x\n\n"}).Draw(rt, "beginning")
		var names, blocks []string
		for i := range rapid.IntRange(0, 5).Draw(rt, "blocks") {
			name := fmt.Sprintf("p%d", i)
			head := "[profiles." + name + "]"
			if rapid.Bool().Draw(rt, "another section") {
				name, head = "", fmt.Sprintf("[destinations.d%d]\ncommand = [\"x\", '''\n# no comment\n\n[profiles.p0]\n''']", i)
			}
			block := "\n" + rapid.SampledFrom([]string{"", "# of the next\n", "# one\n# two [profiles.p0]\n"}).Draw(rt, "above") + head + "\n"
			if name != "" {
				block += rapid.SampledFrom([]string{"", "workspace = \"x\"\n", "workspace = '[profiles.p1] # no comment'\n# its own\n", "# none\n"}).Draw(rt, "body")
			}
			names, blocks = append(names, name), append(blocks, block)
			text += block
		}
		text = strings.ReplaceAll(text, "\n", ending)
		if rapid.Bool().Draw(rt, "without an end") {
			text = strings.TrimSuffix(text, ending)
		}
		p := config.Profile{
			Workspace: rapid.SampledFrom([]string{"", "legal", "\"\\'", "[profiles.p0]", "# é"}).Draw(rt, "workspace"),
			ReadOnly:  rapid.Bool().Draw(rt, "read only"),
		}
		with, err := config.WithProfile("config.toml", []byte(text), "new", p)
		if err != nil || !strings.HasPrefix(string(with), text) {
			rt.Fatalf("%q became %q: %v", text, with, err)
		}
		without, err := config.WithoutProfile("config.toml", with, "new")
		if got := string(without); err != nil || got != text && got != text+ending && got != text+"\n" {
			rt.Fatalf("%q became %q: %v", text, got, err)
		}
		for i, name := range names {
			if name == "" {
				continue
			}
			got, err := config.WithoutProfile("config.toml", []byte(text), name)
			want := strings.Replace(text+ending, strings.ReplaceAll(blocks[i], "\n", ending), "", 1)
			if err != nil || strings.TrimRight(string(got), "\r\n") != strings.TrimRight(want, "\r\n") {
				rt.Fatalf("without %s %q became %q instead of %q: %v", name, text, got, want, err)
			}
		}
	})
}
