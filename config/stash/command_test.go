//go:build !windows

package stash_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"

	"fob/client/secret"
	"fob/config/stash"
)

// shell is a command that runs a script; what stands after it are the script's $1, $2, …
func shell(script string, args ...string) []string {
	return append([]string{"/bin/sh", "-c", script, "sh"}, args...)
}

// commandError fails the test unless err is a *stash.CommandError, and returns it.
func commandError(t *testing.T, err error) *stash.CommandError {
	t.Helper()
	failed, ok := err.(*stash.CommandError) //nolint:errorlint // every error has to be one itself
	if !ok {
		t.Fatalf("%T: %v", err, err)
	}
	return failed
}

func TestACommandGetsTheKeyOnStandardInputAlone(t *testing.T) {
	dir := t.TempDir()
	session := madeUpKey()
	t.Setenv("FOB_SESSION_TOKEN", session.Reveal())
	v := madeUpKey()
	script := `cd "$1"; cat > content; shift; printf '%s\n' "$@" > arguments; env > environment`
	c := stash.NewCommand("box", stash.CommandSpec{Command: shell(script, dir, "{name}", "{account}", "{id}", "$(id) `id`; x", "")})
	if c.Name() != `the command "box"` || c.Custody() != secret.HandedOver || c.Readable() {
		t.Errorf("%s, %s", c.Name(), c.Custody())
	}
	named := c.For(stash.KeyNames{ID: "0d5c", Name: `Ana's "prod" $HOME key`})
	if err := named.Put(t.Context(), "an-account", v); err != nil {
		t.Fatal(err)
	}
	if got := masked(t, filepath.Join(dir, "content"), v); got != "KEY" {
		t.Errorf("it got %q", got)
	}
	want := "Ana's \"prod\" $HOME key\nan-account\n0d5c\n$(id) `id`; x\n\n"
	if got := masked(t, filepath.Join(dir, "arguments"), v); got != want {
		t.Error(cmp.Diff(want, got))
	}
	environment := masked(t, filepath.Join(dir, "environment"), v)
	if environment == "" || session.Redact(environment) != environment || strings.Contains(environment, "FOB_SESSION") || strings.Contains(environment, "KEY\n") {
		t.Error("the command's environment holds a key or the session")
	}
}

// insideTerminal is set for the process of this test that has a terminal.
const insideTerminal = "STASH_TEST_TERMINAL"

// A program that finds no key on standard input likes to ask the terminal; it would hang unseen behind the screen.
func TestACommandHasNoTerminal(t *testing.T) {
	if os.Getenv(insideTerminal) != "" {
		if f, err := os.Open("/dev/tty"); err != nil {
			t.Fatalf("this process should have a terminal: %v", err)
		} else {
			_ = f.Close()
		}
		c := stash.NewCommand("box", stash.CommandSpec{Command: shell("cat > /dev/null; if (: < /dev/tty) 2> /dev/null; then exit 1; fi")})
		if err := c.Put(t.Context(), "a", madeUpKey()); err != nil {
			t.Errorf("it has a terminal: %v", err)
		}
		return
	}
	child := exec.Command(os.Args[0], "-test.run=^TestACommandHasNoTerminal$")
	child.Env = append(os.Environ(), insideTerminal+"=1", quickExit)
	var out bytes.Buffer
	child.Stdout, child.Stderr = &out, &out
	terminal, err := pty.Start(child)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = terminal.Close() }()
	if err := child.Wait(); err != nil || !strings.Contains(out.String(), "PASS") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

func TestOnlyExitCodeZeroMeansTaken(t *testing.T) {
	for _, code := range []int{0, 1, 2, 125, 255} {
		c := stash.NewCommand("box", stash.CommandSpec{Command: shell("cat > /dev/null; echo of no use; echo 'no  room\tleft' >&2; exit $1", fmt.Sprint(code))})
		err := c.Put(t.Context(), "a", madeUpKey())
		if code == 0 {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		failed := commandError(t, err)
		if failed.ExitCode != code || failed.Output != "no room left" || failed.Step != stash.StepCommand || failed.Name != "box" || failed.TimedOut {
			t.Errorf("%+v", failed)
		}
		if want := fmt.Sprintf(`the command "box" failed: /bin/sh (command) ended with %d: no room left`, code); err.Error() != want {
			t.Errorf("%q instead of %q", err, want)
		}
	}
}

// A program that was not told to read standard input says 0 as well, and the key would be lost.
func TestACommandThatDoesNotReadTheKeyHasNotTakenIt(t *testing.T) {
	large := secret.New(strings.Repeat(madeUpKey().Reveal(), 2000)) // larger than a pipe
	for name, v := range map[string]secret.Value{"a key": madeUpKey(), "a large value": large} {
		for script, some := range map[string]bool{"exit 0": false, "head -c 10": true, "exec < /dev/null; cat": false} {
			failed := commandError(t, stash.NewCommand("box", stash.CommandSpec{Command: shell(script)}).Put(t.Context(), "a", v))
			if !strings.Contains(failed.Error(), "without reading the key") || failed.MayBeStored != some || failed.ExitCode != 0 {
				t.Errorf("%s, %s: %v", name, script, failed)
			}
		}
		if err := stash.NewCommand("box", stash.CommandSpec{Command: shell("cat > /dev/null")}).Put(t.Context(), "a", v); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		failed := commandError(t, stash.NewCommand("box", stash.CommandSpec{Command: shell("exit 3")}).Put(t.Context(), "a", v))
		if failed.ExitCode != 3 {
			t.Errorf("%s: %v", name, failed)
		}
	}
	failed := commandError(t, stash.NewCommand("box", stash.CommandSpec{Command: shell("exit 0")}).Put(t.Context(), "a", secret.Value{}))
	if !strings.Contains(failed.Error(), "no key") {
		t.Error(failed)
	}
}

// What a command writes back is shown in no form in which it is the key, by no field and no verb.
func TestTheKeyIsCutOutOfWhatACommandSays(t *testing.T) {
	for name, script := range map[string]string{
		"standard output":   `cat; exit 1`,
		"standard error":    `cat >&2; exit 1`,
		"both":              `tee /dev/stderr; exit 1`,
		"base64":            `base64 >&2; exit 1`,
		"base64 of a line":  `(printf 'KEY='; cat) | base64; exit 1`,
		"hex":               `od -An -tx1 >&2; exit 1`,
		"letter for letter": `fold -w 1 >&2; exit 1`,
		"an option":         `k=$(cat); set -x; : "--password=$k" "'$k'" "$k$k"; exit 1`,
		"a flood":           `k=$(cat); while :; do echo "$k"; done | head -c 1000000 >&2; exit 1`,
		"a read that fails": `cat > /dev/null; cat "$1"; cat "$1" >&2; exit 1`,
	} {
		t.Run(name, func(t *testing.T) {
			v := madeUpKey()
			file := filepath.Join(t.TempDir(), "key")
			writeFile(t, file, v.Reveal(), 0o600)
			spec := stash.CommandSpec{Command: shell(script, file)}
			if name == "a read that fails" {
				spec.Command, spec.Read = shell("cat > /dev/null"), spec.Command
			}
			failed := commandError(t, stash.NewCommand("box", spec).Put(t.Context(), "a", v))
			errs := []error{failed}
			if spec.Read != nil {
				errs = append(errs, commandError(t, second(stash.NewCommand("box", spec).Get(t.Context(), "a"))))
			}
			for _, err := range errs {
				failed := commandError(t, err)
				if failed.Output == "" || len(failed.Output) > 70<<10 {
					t.Errorf("output: %d bytes", len(failed.Output))
				}
				searchPieces(t, v, fmt.Sprintf("%v %+v %#v %q", err, failed, *failed, failed.Output))
			}
		})
	}
}

func second[T any](_ T, err error) error { return err }

// searchPieces fails the test if text holds eight letters of the key, also with white space in between, or in hex.
func searchPieces(t *testing.T, v secret.Value, text string) {
	t.Helper()
	dense := strings.ToLower(strings.Join(strings.Fields(text), ""))
	for what, form := range map[string]string{"itself": v.Reveal(), "hex": fmt.Sprintf("%x", v.Reveal())} {
		form = strings.ToLower(form)
		for i := 0; i+8 <= len(form); i++ {
			if strings.Contains(dense, form[i:i+8]) {
				t.Errorf("the text holds a piece of the key (%s)", what)
				return
			}
		}
	}
}

func TestNamesThatCouldBeTakenForSomethingElseAreRefused(t *testing.T) {
	marker := filepath.Join(t.TempDir(), "ran")
	for _, name := range []string{
		"", "-x", "--force", "a/b", "/etc", `a\b`, "..", "a..b", "a\nb", "a\x00b", "\x1b[2J", "a\u202eb", "a\u2028b", "\xff",
	} {
		for placeholder, names := range map[string]stash.KeyNames{"{name}": {Name: name}, "{id}": {ID: name}} {
			for _, c := range []*stash.Command{
				stash.NewCommand("box", stash.CommandSpec{Command: shell(`: > "$1"; cat`, marker, placeholder), Check: shell(`: > "$1"`, marker)}),
				stash.NewCommand("box", stash.CommandSpec{Command: shell("cat"), Read: shell(`: > "$1"`, marker, placeholder), Check: shell(`: > "$1"`, marker)}),
			} {
				named := c.For(names)
				failed := commandError(t, named.Try(t.Context()))
				if failed.Problem == "" || failed.Step != stash.StepTry {
					t.Errorf("%q: %+v", name, failed)
				}
				if strings.ContainsAny(failed.Error(), "\n\x00\x1b\u202e\u2028") {
					t.Errorf("the error would act on a terminal: %q", failed)
				}
				if c.Readable() {
					commandError(t, second(named.Get(t.Context(), "a")))
				} else {
					commandError(t, named.Put(t.Context(), "a", madeUpKey()))
				}
			}
		}
	}
	if _, err := os.Stat(marker); err == nil {
		t.Error("a program ran")
	}
	for _, name := range []string{"prod", "a b", "Ünïcode 鍵", "a.b", ".hidden", "a=b", "*", "$HOME", "@file"} {
		c := stash.NewCommand("box", stash.CommandSpec{Command: shell("cat", "{name}")}).For(stash.KeyNames{Name: name})
		if err := errors.Join(c.Try(t.Context()), c.Put(t.Context(), "a", madeUpKey())); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestANewKeyHasNoID(t *testing.T) {
	c := stash.NewCommand("box", stash.CommandSpec{Command: shell("cat", "{id}")})
	err := c.For(stash.KeyNames{Name: "prod"}).Try(t.Context())
	const want = `the command "box" needs the key's id, which is not known (while a key is made it never is): use {name} or {account}`
	if err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
	if err := c.For(stash.KeyNames{ID: "1"}).Try(t.Context()); err != nil {
		t.Error(err)
	}
	// An account is made later, for every key: trying does without.
	c = stash.NewCommand("box", stash.CommandSpec{Command: shell("cat", "{account}")})
	if err := c.Try(t.Context()); err != nil {
		t.Error(err)
	}
	if failed := commandError(t, c.Put(t.Context(), "", madeUpKey())); !strings.Contains(failed.Problem, "account") {
		t.Error(failed)
	}
}

func TestASpecThatConfigWouldRefuseIsRefusedHere(t *testing.T) {
	for _, argv := range [][]string{{}, {""}, {"{name}"}, {"./here"}, {"/bin/sh", "x{id}"}, {"/bin/sh", "a\x00"}} {
		c := stash.NewCommand("box", stash.CommandSpec{Command: argv}).For(stash.KeyNames{ID: "i", Name: "n"})
		commandError(t, c.Try(t.Context()))
		commandError(t, c.Put(t.Context(), "a", madeUpKey()))
	}
}

func TestTryRunsTheCheckAndNothingElse(t *testing.T) {
	marker := filepath.Join(t.TempDir(), "ran")
	put, read := shell(`: > "$1"`, marker), shell(`: > "$1"`, marker)
	c := stash.NewCommand("box", stash.CommandSpec{Command: put, Read: read, Check: shell("cat; test $1 = prod", "{name}")})
	if err := c.For(stash.KeyNames{Name: "prod"}).Try(t.Context()); err != nil {
		t.Error(err)
	}
	failed := commandError(t, c.For(stash.KeyNames{Name: "dev"}).Try(t.Context()))
	if failed.ExitCode != 1 || failed.Step != stash.StepCheck {
		t.Errorf("%+v", failed)
	}
	if _, err := os.Stat(marker); err == nil {
		t.Error("more than the check ran")
	}
	for _, spec := range []stash.CommandSpec{
		{Command: []string{"no-such-program"}},
		{Command: shell("cat"), Read: []string{"no-such-program"}},
		{Command: shell("cat"), Check: []string{"no-such-program"}},
	} {
		failed := commandError(t, stash.NewCommand("box", spec).Try(t.Context()))
		if !failed.NotFound || failed.Error() != `the command "box" can't be run: there is no program "no-such-program"` {
			t.Errorf("%v", failed)
		}
	}
	failed = commandError(t, stash.NewCommand("box", stash.CommandSpec{Command: []string{"no-such-program"}}).Put(t.Context(), "a", madeUpKey()))
	if !failed.NotFound || failed.MayBeStored {
		t.Errorf("%+v", failed)
	}
}

// stuck starts a child of its own, tells by both holding the pipe that they run, and neither ends nor lets go of it.
const stuck = `exec 3> "$1"; (trap '' TERM INT HUP; while :; do sleep 100; done) & cat > /dev/null; echo up >&3; wait`

func TestACommandThatTakesTooLongIsEndedWithAllItStarted(t *testing.T) {
	for name, cancelled := range map[string]bool{"too long": false, "given up": true} {
		t.Run(name, func(t *testing.T) {
			pipe := filepath.Join(t.TempDir(), "pipe")
			alive := listen(t, pipe)
			spec := stash.CommandSpec{Command: shell(stuck, pipe), Timeout: 400 * time.Millisecond}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if cancelled {
				spec.Timeout = time.Minute
			}
			put := make(chan error, 1)
			go func() { put <- stash.NewCommand("box", spec).Put(ctx, "a", madeUpKey()) }()
			if line := <-alive; line != "up" {
				t.Fatalf("said %q", line)
			}
			if cancelled {
				cancel()
			}
			failed := commandError(t, <-put)
			if failed.TimedOut == cancelled || !failed.MayBeStored || failed.ExitCode != -1 || errors.Is(failed, context.Canceled) != cancelled {
				t.Errorf("%+v", failed)
			}
			select {
			case _, more := <-alive: // closed once nobody holds the pipe any more
				if more {
					t.Error("it said more")
				}
			case <-time.After(20 * time.Second):
				t.Fatal("what it started still runs")
			}
		})
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	c := stash.NewCommand("box", stash.CommandSpec{Command: shell("cat"), Read: shell("cat")})
	for _, err := range []error{c.Try(gone), c.Put(gone, "a", madeUpKey()), second(c.Get(gone, "a"))} {
		if failed := commandError(t, err); !errors.Is(failed, context.Canceled) || failed.MayBeStored {
			t.Errorf("%+v", failed)
		}
	}
}

// For gives another destination and leaves the first as it is, so that one can serve many keys at once.
func TestForLeavesTheDestinationAsItIs(t *testing.T) {
	c := stash.NewCommand("box", stash.CommandSpec{Command: shell("cat", "{name}")})
	before := *c
	_ = c.For(stash.KeyNames{Name: "one"})
	if !reflect.DeepEqual(before, *c) {
		t.Error("it changed")
	}
}
