package config_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fob/config"
)

// written puts text into a file of its own and returns its path.
func written(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSettingsOfAPerson(t *testing.T) {
	const text = `# what our team uses
version = 1

[destinations.vault]
command = ["vault", "kv", "put", "-mount=secret", "{name}", "value=-"]
check   = ["vault", "token", "lookup"]
read    = ["vault", "kv", "get", "-mount=secret", "-field=value", "{name}"]
timeout = "1m0s"

[destinations]
Box_2-a = { command = ["/opt/put", "{account}", "{}", "{{.x}}", "{id}", "--a={b}"] , timeout = "250ms" }
`
	for name, text := range map[string]string{
		"as written": text,
		"of Windows": "\ufeff" + strings.ReplaceAll(text, "\n", "\r\n"),
	} {
		path := written(t, text)
		got, err := config.Load(path)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want := config.Settings{Path: path, Profiles: map[string]config.Profile{}, Destinations: map[string]config.CommandDestination{
			"vault": {
				Command: []string{"vault", "kv", "put", "-mount=secret", "{name}", "value=-"},
				Check:   []string{"vault", "token", "lookup"},
				Read:    []string{"vault", "kv", "get", "-mount=secret", "-field=value", "{name}"},
				Timeout: time.Minute,
			},
			"Box_2-a": {Command: []string{"/opt/put", "{account}", "{}", "{{.x}}", "{id}", "--a={b}"}, Timeout: 250 * time.Millisecond},
		}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(name, diff)
		}
	}
	got, err := config.Load(written(t, "[destinations.a]\ncommand = [\"x\"]"))
	if err != nil || got.Destinations["a"].Timeout != config.MaxCommandTime {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestNoFileMeansTheDefaults(t *testing.T) {
	dir := t.TempDir()
	paths := []string{filepath.Join(dir, "config.toml"), filepath.Join(dir, "no", "folder", "config.toml")}
	paths = append(paths, written(t, ""), written(t, "# nothing yet\n"), written(t, "[destinations]\n"))
	for _, path := range paths {
		got, err := config.Load(path)
		if err != nil || got.Destinations == nil || len(got.Destinations) != 0 {
			t.Errorf("%+v, %v", got, err)
		}
	}
	if _, err := os.Stat(paths[0]); !errors.Is(err, fs.ErrNotExist) {
		t.Error("reading made a file")
	}
	if got := (config.Dirs{Config: dir}).SettingsPath(); got != paths[0] {
		t.Errorf("it is at %s", got)
	}
}

// Every mistake is named with its line, and nothing of a file with a mistake is used.
func TestMistakesAreNamedWithTheirLine(t *testing.T) {
	const listed = ` has to be a list of texts, as in ["pass", "insert", "--multiline", "{name}"]`
	for text, want := range map[string]string{
		// names
		"[destinations.a]\n\n\n\n\n\ncomand = [\"x\"]":         `7: no setting "comand", did you mean "command"?`,
		"[destinations.a]\ncommand = [\"x\"]\nCheck = [\"y\"]": `3: no setting "Check", did you mean "check"?`,
		"[destinations.a]\nraed = [\"y\"]":                     `2: no setting "raed", did you mean "read"?`,
		"[destinations.a]\ntime = \"5s\"":                      `2: no setting "time", there are "command", "check", "read", "timeout"`,
		"\n[destination.a]\ncommand = [\"x\"]":                 `2: no setting "destination", did you mean "destinations"?`,
		"verison = 1":                                          `1: no setting "verison", did you mean "version"?`,
		"[profile.a]\nx = 1\n[other]\n":                        `1: no setting "profile", did you mean "profiles"? (and 1 more like it)`,
		"destinations.a.comand = [\"x\"]":                      `1: no setting "comand", did you mean "command"?`,
		"destinations = { a = {\ncomand = [\"x\"] } }":         `2: no setting "comand", did you mean "command"?`,
		"\"a\\u001b[31m\" = 1":                                 `1: no setting "a\x1b[31m", there are "version", "destinations", "profiles"`,
		strings.Repeat("v", 500) + " = 1":                      `1: no setting "` + strings.Repeat("v", 500) + `", there are "version", "destinations", "profiles"`,
		// syntax
		"[destinations.a]\ncommand = [\"x\"\nread = 1":           `3: not valid TOML: expected ',' or ']' after array value`,
		"[destinations.a]\ncommand = [\"x\"]\ncommand = [\"y\"]": `3: not valid TOML: key command is already defined`,
		"[destinations.a]\n\n[destinations.a]\n":                 `3: not valid TOML: table a already exists`,
		"version = 99999999999999999999":                         `1: not valid TOML: decimal number is too large to fit in a 64-bit signed integer`,
		"\n\nno equals sign":                                     `3: not valid TOML: expected '=' after key`,
		"\"\\u009b\" = 1\n\"\\u009b\" = 2":                       "2: not valid TOML: key \ufffd is already defined",
		// types
		"[destinations.a]\ncommand = \"vault kv put\"":                      `2: destinations.a.command` + listed,
		"[destinations.a]\ncommand = [\"x\",\n 1]":                          `3: destinations.a.command` + listed,
		"[destinations.a]\ncommand = [\"x\"]\nread = true":                  `3: destinations.a.read` + listed,
		"[destinations.a]\ncommand.x = [\"x\"]":                             `2: destinations.a.command` + listed,
		"[destinations.a.check]\nx = 1":                                     `1: destinations.a.check` + listed,
		"[destinations.a]\ncommand = [\"x\"]\ntimeout = 30":                 `3: destinations.a.timeout has to be a text, as in "30s"`,
		"destinations = { a = { command = [\"x\"],\n timeout = 30 } }":      `2: destinations.a.timeout has to be a text, as in "30s"`,
		"[destinations]\na = \"x\"":                                         `2: destinations.a has to be a section, as in [destinations.vault]`,
		"[destinations]\n\"a \\u001b\" = 1":                                 `2: destinations."a \x1b" has to be a section, as in [destinations.vault]`,
		"[[destinations.a]]\ncommand = [\"x\"]":                             `1: destinations.a has to be a section, as in [destinations.vault]`,
		"destinations = []":                                                 `1: destinations has to be sections, as in [destinations.vault]`,
		"version = \"1\"":                                                   `1: version has to be a whole number`,
		"version = 2":                                                       `1: version 2 is not one that this fob reads: it knows up to 1`,
		"version = 0":                                                       `1: version 0 is not one that this fob reads: it knows up to 1`,
		"[destinations.a]\ncommand = [\"x\"]\ntimeout = \"61s\"":            `3: destinations.a.timeout: "61s" is not a time up to 60 s, as in "30s"`,
		"[destinations.a]\ncommand = [\"x\"]\ntimeout = \"0s\"":             `3: destinations.a.timeout: "0s" is not a time up to 60 s, as in "30s"`,
		"[destinations.a]\ncommand = [\"x\"]\ntimeout = \"30\"":             `3: destinations.a.timeout: "30" is not a time up to 60 s, as in "30s"`,
		"[destinations.a]\ncommand = [\"x\"]\n[destinations.b]\ncommand=[]": `4: destinations.b.command: the list is empty: it has to begin with a program`,
		// what a command may be
		"\n[destinations.\"a b\"]\ncommand = [\"x\"]":                      `2: a destination can't be called "a b": letters, digits, _ and - only, 64 at most`,
		"[destinations.\"\"]\ncommand = [\"x\"]":                           `1: a destination can't be called "": letters, digits, _ and - only, 64 at most`,
		"[destinations.a]\ntimeout = \"1s\"":                               `1: destinations.a has no "command"`,
		"[destinations.b]\n[destinations.a]\n":                             `1: destinations.b has no "command"`,
		"[destinations.a]\ncommand = [\"\"]":                               `2: destinations.a.command: the program is empty`,
		"[destinations.a]\ncommand = [\"{name}\"]":                         `2: destinations.a.command: the program can't be a placeholder: {name}`,
		"[destinations.a]\ncommand = [\"./put\"]":                          `2: destinations.a.command: the program "./put" has a path that is not absolute`,
		"[destinations.a]\ncommand = [\"put\", \"kv/{id}\"]":               `2: destinations.a.command: "kv/{id}" holds {id}, which has to be an argument of its own`,
		"[destinations.a]\ncommand = [\"put\"]\nread=[\"x\",\"a={name}\"]": `3: destinations.a.read: "a={name}" holds {name}, which has to be an argument of its own`,
		"[destinations.a]\ncommand = [\"put\", \"{nmae}\"]":                `2: destinations.a.command: no placeholder {nmae}, there are {id}, {name}, {account}`,
		"[destinations.a]\ncommand = [\"put\", \"{ID}\"]":                  `2: destinations.a.command: no placeholder {ID}, there are {id}, {name}, {account}`,
		"[destinations.a]\ncommand = [\"put\", \"a\\u0000\"]":              `2: destinations.a.command: "a\x00" holds a zero byte, which no argument can`,
		"[destinations.a]\ncommand = [\"x\"]\ncheck=[\"x\",\"{account}\"]": `3: destinations.a.check: {account} is not known yet when a destination is tried`,
		"[destinations.a]\ncommand = [\"x\"]\ncheck=[]":                    `3: destinations.a.check: the list is empty: it has to begin with a program`,
	} {
		path := written(t, text)
		got, err := config.Load(path)
		wrong, ok := err.(*config.SettingsError) //nolint:errorlint // it has to be one itself
		if !ok {
			t.Errorf("%q: %T %v", text, err, err)
			continue
		}
		if said := strings.TrimPrefix(err.Error(), path+":"); said != want {
			t.Errorf("%q\nsays    %s\ninstead %s", text, said, want)
		}
		if wrong.Path != path || wrong.Line < 1 || wrong.Column < 1 || got.Destinations != nil {
			t.Errorf("%q: %+v, %+v", text, wrong, got)
		}
	}
}

func TestWhatIsNoFileIsNotRead(t *testing.T) {
	dir := t.TempDir()
	if _, err := config.Load(dir); err == nil || !strings.Contains(err.Error(), "is not a file") {
		t.Errorf("a folder: %v", err)
	}
	large := written(t, "#"+strings.Repeat("x", 2<<20))
	if _, err := config.Load(large); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("a large file: %v", err)
	}
	if runtime.GOOS == "windows" {
		return // a link takes a right there that few have
	}
	link := filepath.Join(dir, "config.toml")
	if err := os.Symlink("elsewhere.toml", link); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load(link); err == nil || !strings.Contains(err.Error(), "a link to a file that does not exist") {
		t.Errorf("a dangling link: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "elsewhere.toml"), []byte("[destinations.a]\ncommand = [\"x\"]"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := config.Load(link); err != nil || len(got.Destinations) != 1 {
		t.Errorf("a link: %+v, %v", got, err)
	}
}

// Whatever stands in the file: no panic, and either settings that keep every promise or an error that has a place.
func FuzzLoad(f *testing.F) {
	for _, text := range []string{
		"", "version = 1", "[destinations.a]\ncommand = [\"x\", \"{name}\"]\nread = [\"y\"]\ncheck = [\"z\"]\ntimeout = \"3s\"",
		"destinations = { a = { command = [\"x\"] } }", "destinations.a.command = [\"x\"]", "[[destinations]]", "[destinations.a]\ncomand = 1",
		"\"\" = 1", "'\x00' = 1", "a.b.c = {d = [{e = 1}]}", "[destinations.a]\ncommand = ['''\nx''', \"\"\"\ny\"\"\"]", "\xef\xbb\xbfversion=1\r\n",
		"[destinations.\"\\u0000\".command]\n", "version = nan", "[profiles.a]\napi_url = \"https://x\"\ncolour = \"red\"\n# c\n\n[profiles.b]\nproduction = true",
		"[profiles]\na = {read_only = true}\n", "profiles.a.policy = 'x'\n", "#\n[profiles.a]#\n[profiles.b]\n\n#\n", "[destinations.a]\ncommand = [[\"x\"]]", "destinations = 1979-05-27",
	} {
		f.Add(text)
	}
	path := filepath.Join(f.TempDir(), "config.toml")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := config.Load(path)
		if err != nil {
			wrong, ok := err.(*config.SettingsError) //nolint:errorlint // it has to be one itself
			if !ok || wrong.Line < 1 || wrong.Line > strings.Count(text, "\n")+1 {
				t.Fatalf("%T %+v: %v", err, err, err)
			}
			if strings.ContainsAny(wrong.Problem, "\x1b\n\r\u009b") {
				t.Fatalf("the error would act on a terminal: %q", wrong.Problem)
			}
			return
		}
		for name, d := range got.Destinations {
			if name == "" || len(d.Command) == 0 || d.Timeout <= 0 || d.Timeout > config.MaxCommandTime {
				t.Fatalf("%q: %+v", name, d)
			}
			for _, argv := range [][]string{d.Command, d.Check, d.Read} {
				if argv != nil && config.CheckCommand(argv) != nil {
					t.Fatalf("%q", argv)
				}
			}
		}
		for name, p := range got.Profiles {
			if config.CheckProfileName(name) != nil || p.Line < 1 || strings.ContainsAny(p.Workspace+p.Policy+p.APIURL, "\x1b\n\r\u009b") {
				t.Fatalf("%q: %+v", name, p)
			}
			rest, err := config.WithoutProfile(path, []byte(text), name)
			if err == nil && len(rest) >= len(text) || err != nil && !errors.Is(err, config.ErrByHand) {
				t.Fatalf("without %q: %q, %v", name, rest, err)
			}
		}
		more, err := config.WithProfile(path, []byte(text), "fuzzed-name", config.Profile{Workspace: "legal"})
		if err == nil && !strings.HasPrefix(string(more), text) {
			t.Fatalf("with one more: %q", more)
		}
		if after, err := os.ReadFile(path); err != nil || string(after) != text {
			t.Fatal("the file was written")
		}
	})
}
