package cli_test

import (
	"bytes"
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"fob/client/sandbox"
)

// stubs are other people's programs that examples name: what fob does beside them is what is tested.
var stubs = map[string]string{
	"jq": "cat >/dev/null", "gh": "cat >/dev/null", "docker": "cat >/dev/null", "curl": "cat >/dev/null", "python": "", "deepset-mcp": "", "man": "cat >/dev/null",
	"wl-paste": `sed -n s/^API_KEY=//p pasted.env`,
}

// tryout is a folder, a platform and a keyring in which commands of the documents are run as they stand there.
type tryout struct {
	t           *testing.T
	env         []string
	folder      string
	placeholder *strings.Replacer // ids that the documents invent, by ids that are there
}

func newTryout(t *testing.T) *tryout {
	t.Helper()
	world := sandbox.New(sandbox.Options{Seed: 1})
	server := httptest.NewServer(world)
	t.Cleanup(server.Close)
	o := &tryout{t: t, folder: t.TempDir()}
	bin := filepath.Join(o.folder, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(o.folder, ".config/fish/completions"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, does := range stubs {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+does+"\n"), 0o755); err != nil { //nolint:gosec // it is run
			t.Fatal(err)
		}
	}
	o.env = withKeyring(t, "FOB_API_URL="+server.URL, "FOB_SESSION_TOKEN="+world.SessionToken().Reveal(), "fpath="+o.folder, "HOME="+o.folder)
	o.env = append(o.env, "PATH="+bin+string(os.PathListSeparator)+filepath.Dir(fob)+string(os.PathListSeparator)+os.Getenv("PATH"))
	o.settle(server.URL, world.SessionToken().Reveal())
	if err := os.WriteFile(filepath.Join(o.folder, "policy.toml"), []byte("version = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, code, said := o.run("fob list --csv --columns id --no-headers")
	ids := strings.Fields(out)
	if code != 0 || len(ids) < 2 {
		t.Fatalf("no ids: %s", said)
	}
	if _, code, said := o.run("fob create --name pasted --workspace claims-search --role Editor --expires 30d --to env-file:pasted.env --yes"); code != 0 {
		t.Fatal(said)
	}
	pasted, _, _ := o.run("sed -n s/^API_KEY=//p pasted.env")
	o.placeholder = strings.NewReplacer(
		"https://api.cloud.deepset.ai", server.URL, "https://api.us.deepset.ai", server.URL, "https://deepset.example.com", server.URL,
		"ana@example.org", "ana.sousa@nordwind-versand.example",
		"7b2f1c7e", ids[len(ids)-1][:8], "9f1c4e2a", ids[len(ids)-2][:8], "k3Qz", strings.TrimSpace(pasted)[len(pasted)-5:],
	)
	return o
}

// settle makes the profile that examples name, and the file with a session that they read.
func (o *tryout) settle(address, session string) {
	o.t.Helper()
	home, _, _ := o.run("printf %s \"$FOB_HOME\"")
	if err := os.MkdirAll(home, 0o700); err != nil {
		o.t.Fatal(err)
	}
	for path, text := range map[string]string{
		filepath.Join(home, "config.toml"): "[profiles.us]\napi_url = \"" + address + "\"\n", filepath.Join(o.folder, "token"): session + "\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			o.t.Fatal(err)
		}
	}
}

func (o *tryout) run(line string) (out string, code int, said string) {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-c", "set -o pipefail; "+line)
	var stdout, stderr bytes.Buffer
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = o.env, o.folder, &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		o.t.Fatal(err)
	}
	return stdout.String(), cmd.ProcessState.ExitCode(), stderr.String()
}

// works fails unless the line ends well; what needs a terminal, or something to read, has to say so.
func (o *tryout) works(line string) {
	o.t.Helper()
	if strings.HasPrefix(line, "fob sandbox") { // serves until it is stopped
		line = "timeout --preserve-status 1 " + strings.ReplaceAll(line, ":8080", ":0") + " >first; test $? = 143 && grep -q api_url first"
	}
	if strings.HasPrefix(line, "fob login") {
		o.logsIn(line)
		return
	}
	_, code, said := o.run(o.placeholder.Replace(line))
	if code == 2 && (strings.Contains(said, "terminal") || line == "fob which" && strings.Contains(said, "paste the key")) {
		return
	}
	if code == 10 && strings.HasPrefix(line, "fob audit") { // it found something, as it should
		return
	}
	if code != 0 {
		o.t.Errorf("%s\nends with %d: %s", line, code, said)
	}
}

// logsIn fails unless a person who follows what the line says is signed in.
func (o *tryout) logsIn(line string) {
	o.t.Helper()
	cmd := exec.Command("bash", "-c", o.placeholder.Replace(line))
	cmd.Env, cmd.Dir = o.env, o.folder
	_, said, code, err := signIn(cmd, ida, nil)
	if err != nil || code != 0 || !strings.Contains(said, "signed in as "+ida) {
		o.t.Errorf("%s\nends with %d: %v\n%s", line, code, err, said)
	}
}

var (
	commandOfHelp = regexp.MustCompile(`(?m)^  ([a-z]+) +\S`)
	remark        = regexp.MustCompile(`   +\S.*$`) // what an example is for, beside it
)

// Every command has examples, and they work as they stand in the help.
func TestExamples(t *testing.T) {
	o := newTryout(t)
	help, _, _ := o.run("fob --help")
	_, commands, _ := strings.Cut(help, "Keys:")
	commands, _, _ = strings.Cut(commands, "\nFlags:")
	names := commandOfHelp.FindAllStringSubmatch(commands, -1)
	if len(names) < 10 {
		t.Fatalf("only %d commands in the help:\n%s", len(names), help)
	}
	for _, name := range names {
		text, _, _ := o.run("fob " + name[1] + " --help")
		_, examples, found := strings.Cut(text, "Examples:\n")
		examples, _, _ = strings.Cut(examples, "\n\n")
		if !found || strings.TrimSpace(examples) == "" {
			t.Errorf("fob %s --help has no example", name[1])
		}
		for line := range strings.SplitSeq(examples, "\n") {
			if line = remark.ReplaceAllString(strings.TrimSpace(line), ""); !strings.Contains(line, "powershell") {
				o.works(line)
			}
		}
	}
}

// leastInREADME is how many commands the README has, counted by hand.
const leastInREADME = 14

// The commands of the README work as they stand there.
func TestREADME(t *testing.T) {
	data, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	o, ran := newTryout(t), 0
	for n, block := range strings.Split(string(data), "```") {
		if n%2 == 0 || !strings.HasPrefix(block, "console\n") {
			continue
		}
		for line := range strings.SplitSeq(block, "\n") {
			if command, ok := strings.CutPrefix(line, "$ "); ok && strings.Contains(command, "fob ") && !strings.HasPrefix(command, "git ") {
				o.works(remark.ReplaceAllString(command, ""))
				ran++
			}
		}
	}
	if written := strings.Count(string(data), "\n$ fob "); ran != written || ran < leastInREADME {
		t.Errorf("%d commands of the README ran, and it has %d; at least %d are known", ran, written, leastInREADME)
	}
}
