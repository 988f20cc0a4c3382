package cli_test

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// runIn runs fob in an environment with that standard input, and returns what it wrote and its exit code.
func runIn(t *testing.T, env []string, stdin string, args ...string) (out, errOut string, code int) {
	t.Helper()
	cmd := exec.Command(fob, args...)
	cmd.Env, cmd.Stdin = env, strings.NewReader(stdin)
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	_ = cmd.Run()
	return o.String(), e.String(), cmd.ProcessState.ExitCode()
}

// stashes takes a made-up key into the stash of env, for a platform at address, and returns it.
func stashes(t *testing.T, env []string, address, name string) string {
	t.Helper()
	key := madeKey()
	if _, said, code := runIn(t, env, key, "stash", "add", "--yes", "--api-url", address, "--name", name); code != 0 {
		t.Fatalf("exit code %d: %s", code, said)
	}
	return key
}

// held is a fob exec that has become its command, which waits for its input to end.
type held struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines *bufio.Reader
}

func holds(t *testing.T, env []string, script string) *held {
	t.Helper()
	cmd := exec.Command(fob, "exec", "nightly", "--", "sh", "-c", script)
	cmd.Env = env
	return starts(t, cmd)
}

// starts starts a command that says "ready" when it is.
func starts(t *testing.T, cmd *exec.Cmd) *held {
	t.Helper()
	h := &held{cmd: cmd}
	in, err := h.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := h.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := h.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = h.cmd.Process.Kill()
		_ = h.cmd.Wait()
	})
	h.stdin, h.lines = in, bufio.NewReader(out)
	if line, err := h.lines.ReadString('\n'); line != "ready\n" {
		t.Fatalf("%q, %v", line, err)
	}
	return h
}

// openFiles counts the files that a process has open.
func openFiles(t *testing.T, pid int) int {
	t.Helper()
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}

// The process table shows the key where it was asked for, once, and nothing of it anywhere else; the session nowhere.
func TestExecInTheProcessTable(t *testing.T) {
	session := "s3ss10n-" + rand.Text()
	env := withKeyring(t, "FOB_SESSION_TOKEN="+session, "API_KEY=inherited", "FOB_SOME_SECRET=also-"+session)
	key := stashes(t, env, "https://platform.example", "nightly")
	h := holds(t, env, "echo ready; cat")
	table := func(pid int, name string) string {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	pid := h.cmd.Process.Pid
	if who := table(pid, "comm"); who != "sh\n" && who != "cat\n" {
		t.Errorf("fob wasn't replaced: %s", who)
	}
	environ := table(pid, "environ")
	if !strings.Contains(environ, "\x00API_KEY="+key+"\x00") || strings.Count(environ, key) != 1 {
		t.Error("the key is not where it belongs, or there twice")
	}
	if strings.Contains(environ, session) || strings.Contains(environ, "inherited") {
		t.Error("the command has inherited what it must not")
	}
	if line := table(pid, "cmdline"); strings.Contains(line, key) || strings.Contains(line, session) {
		t.Error("the command's arguments have the secret")
	}
	plain := starts(t, exec.Command("sh", "-c", "echo ready; cat"))
	if with, without := openFiles(t, pid), openFiles(t, plain.cmd.Process.Pid); with != without {
		t.Errorf("%d files are open in the command, and %d in one that was started without fob", with, without)
	}
	h.stdin.Close()
	if err := h.cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// What fob env starts on its way, which is git, sees neither the key nor the session.
func TestEnvFileAndItsChildren(t *testing.T) {
	session := "s3ss10n-" + rand.Text()
	env := withKeyring(t, "FOB_SESSION_TOKEN="+session)
	key := stashes(t, env, "https://platform.example", "nightly")
	bin, project := t.TempDir(), t.TempDir()
	seen := filepath.Join(bin, "seen")
	git := "#!/bin/sh\n{ tr '\\0' '\\n' < /proc/$$/cmdline; env; cat; } >> " + seen + " </dev/null\nexit 1\n"
	if err := os.WriteFile(filepath.Join(bin, "git"), []byte(git), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(project, ".git"), 0o700); err != nil {
		t.Fatal(err)
	}
	for i, line := range env {
		if path, ok := strings.CutPrefix(line, "PATH="); ok {
			env[i] = "PATH=" + bin + ":" + path
		}
	}
	out, said, code := runIn(t, env, "", "env", "nightly", "--file", filepath.Join(project, ".env"))
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, said)
	}
	text, err := os.ReadFile(seen)
	if err != nil {
		t.Fatalf("git was not asked: %v", err)
	}
	for _, secret := range []string{key, session} {
		if strings.Contains(string(text), secret) || strings.Contains(out+said, secret) {
			t.Error("a child, or what was written, has a secret")
		}
	}
}

// Signals are the command's affair.
func TestExecPassesSignalsOn(t *testing.T) {
	env := withKeyring(t)
	stashes(t, env, "https://platform.example", "nightly")
	h := holds(t, env, "trap 'exit 42' TERM; echo ready; while read -r line; do :; done & wait")
	if err := h.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = h.cmd.Wait()
	if code := h.cmd.ProcessState.ExitCode(); code != 42 {
		t.Errorf("ended with %d", code)
	}
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGHUP, syscall.SIGTERM, syscall.SIGUSR1} {
		h := holds(t, env, "echo ready; exec cat")
		if err := h.cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		_ = h.cmd.Wait()
		status, ok := h.cmd.ProcessState.Sys().(syscall.WaitStatus)
		if !ok || !status.Signaled() || status.Signal() != signal {
			t.Errorf("%s: the command was not ended by it: %v", signal, h.cmd.ProcessState)
		}
	}
}

// What nohup and a script's & make a program ignore, the command ignores as well.
func TestExecKeepsIgnoredSignals(t *testing.T) {
	env := withKeyring(t)
	stashes(t, env, "https://platform.example", "nightly")
	cmd := exec.Command("sh", "-c", `trap "" HUP INT; exec "$0" exec nightly -- sh -c "echo ready; exec cat"`, fob)
	cmd.Env = env
	h := starts(t, cmd)
	for _, signal := range []syscall.Signal{syscall.SIGHUP, syscall.SIGINT} {
		if err := h.cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(h.stdin, "still here\n"); err != nil {
			t.Fatal(err)
		}
		if line, err := h.lines.ReadString('\n'); line != "still here\n" {
			t.Fatalf("%s ended the command: %q, %v", signal, line, err)
		}
	}
}

// The platform that a key belongs to hears nothing of fob exec and fob env, and with --try of nobody but the key.
func TestWhoIsAskedAboutAStashedKey(t *testing.T) {
	var asked atomic.Int32
	var sent sync.Map
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		sent.Store(r.Header.Get("Authorization"), r.URL.Path)
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"user_id": "u", "email": "x@example.org"})
	}))
	defer server.Close()
	env := withKeyring(t)
	key := stashes(t, env, server.URL, "nightly")
	for _, args := range [][]string{
		{"exec", "nightly", "--", "true"},
		{"env", "nightly", "--file", filepath.Join(t.TempDir(), "x.env")},
		{"env", "nightly"},
		{"stash", "list"},
		{"stash", "show", "nightly"},
	} {
		if _, said, code := runIn(t, env, "", args...); code != 0 {
			t.Errorf("%v: exit code %d: %s", args, code, said)
		}
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("the platform was asked %d times", n)
	}
	out, said, code := runIn(t, env, "", "stash", "check", "--try", "--json")
	if code != 0 || !strings.Contains(out, `"verdict":"alive"`) {
		t.Errorf("exit code %d: %s%s", code, out, said)
	}
	count := 0
	sent.Range(func(credential, path any) bool {
		count++
		if credential != "Bearer "+key || path != "/api/v1/me" {
			t.Errorf("%s was asked with something else than the key", path)
		}
		return true
	})
	if count != 1 {
		t.Errorf("%d credentials were used", count)
	}
	// The key is for its own platform; another one, and what redirects there, doesn't get it.
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("another platform was asked") }))
	defer elsewhere.Close()
	redirecting := httptest.NewServer(http.RedirectHandler(elsewhere.URL+"/api/v1/me", http.StatusTemporaryRedirect))
	defer redirecting.Close()
	stashes(t, env, redirecting.URL, "lured")
	if _, _, code := runIn(t, append(env, "FOB_API_URL="+elsewhere.URL), "", "stash", "check", "lured", "--try"); code != 3 {
		t.Errorf("exit code %d", code)
	}
}

// Two fobs, and more, write the stash at once, and nothing is lost.
func TestManyFobsAtOnce(t *testing.T) {
	env := withKeyring(t)
	var all sync.WaitGroup
	const n = 8
	for i := range n {
		all.Go(func() {
			_, said, code := runIn(t, env, madeKey(), "stash", "add", "--yes", "--api-url", "https://platform.example", "--name", fmt.Sprint("key-", i))
			if code != 0 {
				t.Errorf("exit code %d: %s", code, said)
			}
		})
	}
	all.Wait()
	for i := range n {
		if _, said, code := runIn(t, env, "", "exec", fmt.Sprint("key-", i), "--", "sh", "-c", `test -n "$API_KEY"`); code != 0 {
			t.Errorf("key-%d: exit code %d: %s", i, code, said)
		}
	}
}

// At a terminal the key is asked for without showing it, and storing it is asked about.
func TestAKeyIsTypedUnseen(t *testing.T) {
	env := withKeyring(t, "TERM=xterm-256color")
	key := madeKey()
	o := startOnTerminal(t, env, "stash", "add", "--api-url", "https://platform.example", "--name", "typed")
	at := o.sees("nothing is shown", 0)
	o.waitsUnseen()
	o.types(key + "\n")
	at = o.sees("Store api_", at)
	at = o.sees("(y or n", at)
	o.types("y\n")
	o.sees("is kept in the OS keyring", at)
	if code := o.ends(); code != 0 {
		t.Errorf("ended with %d", code)
	}
	if strings.Contains(o.everything(), key[len(key)-12:]) {
		t.Error("the key was shown")
	}
	o = startOnTerminal(t, env, "which")
	o.sees("nothing is shown", 0)
	o.waitsUnseen()
	o.types(key + "\n")
	o.sees("certain: it is the same key", 0)
	if code := o.ends(); code != 0 {
		t.Errorf("ended with %d", code)
	}
	o = startOnTerminal(t, env, "stash", "remove", "typed")
	o.sees("stays alive on the platform", 0)
	o.types("\n")
	o.sees("nothing was changed", 0)
	if code := o.ends(); code != 1 {
		t.Errorf("ended with %d", code)
	}
	o = startOnTerminal(t, env, "env", "typed")
	o.sees("not shown on a terminal; --file", 0)
	if code := o.ends(); code != 2 {
		t.Errorf("ended with %d", code)
	}
}

// Whoever leaves the prompt gets a terminal back that shows what is typed.
func TestLeavingThePromptForAKey(t *testing.T) {
	o := startOnTerminal(t, clean(t, silent...), "which")
	o.sees("nothing is shown", 0)
	o.waitsUnseen()
	o.types("\x03")
	if code := o.ends(); code != 130 {
		t.Errorf("ended with %d", code)
	}
	o.showsWhatIsTyped()
}
