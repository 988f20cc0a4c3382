package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fob/config"
)

const everything = `version = 1
[destinations.vault]
command = ["x"]

[profiles."eu.1"]
api_url = "https://eu.example.com/api/v1"
organization = "5f0c"
workspace = "Müller & Söhne"
destination = "command:vault"
policy = "team/policy.toml"
product = "Our Platform"
web_url = "http://localhost:8080"
colour = "red"
production = true
read_only = false
ca_file = "/etc/ssl/ours.pem"

[profiles]
b = { api_url = "http://127.0.0.2:81" }
`

func TestProfilesOfAPerson(t *testing.T) {
	path := written(t, everything)
	got, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]config.Profile{
		"eu.1": {
			APIURL: "https://eu.example.com/api/v1", Organization: "5f0c", Workspace: "Müller & Söhne",
			Destination: "command:vault", Policy: filepath.Join(filepath.Dir(path), "team", "policy.toml"),
			Product: "Our Platform", WebURL: "http://localhost:8080", Colour: "red", Production: true,
			CAFile: "/etc/ssl/ours.pem", Line: 5,
			Lines: map[string]int{
				"api_url": 6, "organization": 7, "workspace": 8, "destination": 9, "policy": 10, "product": 11,
				"web_url": 12, "colour": 13, "production": 14, "read_only": 15, "ca_file": 16,
			},
		},
		"b": {APIURL: "http://127.0.0.2:81", Line: 19, Lines: map[string]int{"api_url": 19}},
	}
	if diff := cmp.Diff(want, got.Profiles); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"b", "eu.1"}, got.ProfileNames()); diff != "" {
		t.Error(diff)
	}
}

func TestMistakesInProfilesAreNamedWithTheirLine(t *testing.T) {
	const called = `: letters, digits, ., _ and - only, 64 at most, a letter or digit first`
	for line, want := range map[string]string{
		`color = "red"`:                                     `2: no setting "color", did you mean "colour"?`,
		`Api_url = "x"`:                                     `2: no setting "Api_url", did you mean "api_url"?`,
		`colour = "grean"`:                                  `2: profiles.a.colour: no colour "grean", did you mean "green"?`,
		`colour = "purple"`:                                 `2: profiles.a.colour: no colour "purple", there are red, green, yellow, blue, magenta, cyan`,
		`colour = ""`:                                       `2: profiles.a.colour: it is empty: leave the line out to set nothing`,
		`api_url = "eu.example.com"`:                        `2: profiles.a.api_url: it is not of the form https://host`,
		`api_url = "ftp://eu.example.com"`:                  `2: profiles.a.api_url: it is not of the form https://host`,
		`api_url = "https://"`:                              `2: profiles.a.api_url: it is not of the form https://host`,
		`api_url = "https://:443"`:                          `2: profiles.a.api_url: it is not of the form https://host`,
		`api_url = "https://host:x"`:                        `2: profiles.a.api_url: it is not of the form https://host`,
		`api_url = "https://ada:word@host"`:                 `2: profiles.a.api_url: it has a name or password in it`,
		`api_url = "https://host?x"`:                        `2: profiles.a.api_url: it has a query or a fragment`,
		`api_url = "http://eu.example.com"`:                 `2: profiles.a.api_url: plain http is only for this machine itself: it has to be https`,
		`web_url = "http://127.0.0.1.example.com"`:          `2: profiles.a.web_url: plain http is only for this machine itself: it has to be https`,
		`destination = "vault"`:                             `2: profiles.a.destination: no destination is called "vault", there are keyring, clipboard, env-file:PATH and command:NAME`,
		`destination = "env-file:"`:                         `2: profiles.a.destination: no destination is called "env-file:", there are keyring, clipboard, env-file:PATH and command:NAME`,
		`destination = "keyring:x"`:                         `2: profiles.a.destination: no destination is called "keyring:x", there are keyring, clipboard, env-file:PATH and command:NAME`,
		`destination = "command:vault"`:                     `2: profiles.a.destination: the file has no [destinations.vault]`,
		`policy = "~/policy.toml"`:                          `2: profiles.a.policy: ~ means nothing here: write the folder out`,
		`workspace = "a\u001b[31m"`:                         `2: profiles.a.workspace: "a\x1b[31m" holds a control character`,
		`product = "a\u202eb"`:                              `2: profiles.a.product: "a\u202eb" holds a control character`,
		`organization = " x"`:                               `2: profiles.a.organization: " x" begins or ends with a space`,
		`product = "` + strings.Repeat("x", 1025) + `"`:     `2: profiles.a.product: it has 1025 bytes, and 1024 are the most`,
		`production = "yes"`:                                `2: profiles.a.production has to be true or false`,
		`read_only = 1`:                                     `2: profiles.a.read_only has to be true or false`,
		`workspace = ["a"]`:                                 `2: profiles.a.workspace has to be a text in quotes`,
		`api_url = 1`:                                       `2: profiles.a.api_url has to be a text, as in "https://api.cloud.deepset.ai"`,
		"\n[profiles.\"a b\"]":                              `3: a profile can't be called "a b"` + called,
		"\n[profiles.\"../a\"]":                             `3: a profile can't be called "../a"` + called,
		"\n[profiles.-a]":                                   `3: a profile can't be called "-a"` + called,
		"\n[profiles.\"\"]":                                 `3: a profile can't be called ""` + called,
		"\n[profiles." + strings.Repeat("x", 65) + "]":      `3: a profile can't be called "` + strings.Repeat("x", 65) + `"` + called,
		"\n[profiles.b.c]":                                  `3: no setting "c", there are "api_url", "organization", "workspace", "destination", "policy", "product", "web_url", "colour", "production", "read_only", "ca_file"`,
		"\n[[profiles.b]]\n":                                `3: profiles.b has to be a section, as in [profiles.eu]`,
		"colour = \"purple\"\n[destinations.b]\ncommand=[]": `2: profiles.a.colour: no colour "purple", there are red, green, yellow, blue, magenta, cyan`,
	} {
		path := written(t, "[profiles.a]\n"+line)
		got, err := config.Load(path)
		wrong, ok := err.(*config.SettingsError) //nolint:errorlint // it has to be one itself
		if !ok {
			t.Errorf("%q: %T %v", line, err, err)
			continue
		}
		if said := strings.TrimPrefix(err.Error(), path+":"); said != want {
			t.Errorf("%q\nsays    %s\ninstead %s", line, said, want)
		}
		if wrong.Line < 1 || wrong.Column < 1 || got.Profiles != nil {
			t.Errorf("%q: %+v, %+v", line, wrong, got)
		}
	}
}

func TestWhereASessionLivesIsAlwaysInOneFolder(t *testing.T) {
	dirs := config.Dirs{State: filepath.Join(t.TempDir(), "state")}
	seen := map[string]string{}
	for _, name := range []string{
		"eu", "EU", "Eu", "", ".", "..", "../../etc/passwd", "/etc/passwd", "a/b", `a\b`, "a\x00b", "con", "a:b", "x.", "eu ",
		strings.Repeat("x", 64), strings.Repeat("x", 65), strings.Repeat("x", 5000), "a\nb",
	} {
		path := dirs.SessionPath(name)
		if filepath.Dir(path) != filepath.Join(dirs.State, "sessions") || filepath.Clean(path) != path {
			t.Errorf("%q: %s", name, path)
		}
		base := strings.ToLower(filepath.Base(path))
		if other, twice := seen[base]; twice {
			t.Errorf("%q and %q share %s", name, other, base)
		}
		seen[base] = name
		if strings.ContainsAny(base, "/\\:\x00\n ") || len(base) > 128 || !strings.HasPrefix(base, "session-") {
			t.Errorf("%q: %q", name, base)
		}
	}
	if got := filepath.Base(dirs.SessionPath("eu")); !strings.HasPrefix(got, "session-eu-") {
		t.Errorf("people would not know whose it is: %s", got)
	}
}

// The usual home has had these names since there are sessions, and must find what it stored; a home of its own has others.
func TestAHomeOfItsOwnHasAccountsOfItsOwn(t *testing.T) {
	usual, one, two := config.Dirs{State: "/a"}, config.Dirs{State: "/a", Own: "/a"}, config.Dirs{State: "/b", Own: "/b"}
	for profile, want := range map[string]string{
		"eu":  "eu-4d028294",
		"a/b": "c14cddc033f64b9dea80ea675cf280a015e672516090a5626781153dc68fea11",
	} {
		if got := usual.SessionAccount(profile); got != want {
			t.Errorf("%q in the usual home: %s, not %s", profile, got, want)
		}
		names := map[string]bool{want: true, one.SessionAccount(profile): true, two.SessionAccount(profile): true}
		if len(names) != 3 {
			t.Errorf("%q: homes share an account: %v", profile, names)
		}
		if again := one.SessionAccount(profile); !names[again] || again == want || !strings.HasPrefix(again, want+"-") {
			t.Errorf("%q in a home of its own: %s", profile, again)
		}
	}
}

// A folder has one account by whatever way it is named, before and after it is made.
func TestALinkToAHomeIsThatHome(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "folder")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(filepath.Dir(folder), "link")
	if err := os.Symlink(folder, link); err != nil {
		t.Fatal(err)
	}
	account := func(home string) string {
		t.Helper()
		t.Setenv(config.EnvHome, home)
		dirs, err := config.DefaultDirs()
		if err != nil {
			t.Fatal(err)
		}
		return dirs.SessionAccount("eu")
	}
	before := account(filepath.Join(link, "fob"))
	if err := os.Mkdir(filepath.Join(folder, "fob"), 0o700); err != nil {
		t.Fatal(err)
	}
	if after, direct := account(filepath.Join(link, "fob")), account(filepath.Join(folder, "fob")); before != after || before != direct {
		t.Errorf("%s, then %s, and %s without the link", before, after, direct)
	}
}
