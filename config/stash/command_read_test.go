//go:build !windows

package stash_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"fob/client/secret"
	"fob/config/stash"
)

func TestAKeyThatIsReadBackIsKept(t *testing.T) {
	dir := t.TempDir()
	store := shell(`cat > "$1/$2"`, dir, "{account}")
	for name, c := range map[string]struct {
		read    []string
		problem string // "" if it is kept
	}{
		"as it was":           {shell(`cat "$1/$2"`, dir, "{account}"), ""},
		"with a newline":      {shell(`cat "$1/$2"; echo`, dir, "{account}"), ""},
		"with CR and LF":      {shell(`cat "$1/$2"; printf '\r\n'`, dir, "{account}"), ""},
		"with two newlines":   {shell(`cat "$1/$2"; echo; echo`, dir, "{account}"), "something else than the key"},
		"without its end":     {shell(`head -c 20 "$1/$2"`, dir, "{account}"), "something else than the key"},
		"nothing":             {shell(`echo`), "gave nothing back"},
		"a flood":             {shell(`head -c 100000 /dev/zero`), "more than any key has"},
		"and ends with 4":     {shell(`cat "$1/$2"; exit 4`, dir, "{account}"), "ended with 4"},
		"and leaves a reader": {shell(`cat "$1/$2"; sleep 60 & echo $! >> "$1/left"`, dir, "{account}"), "holds its output open"},
	} {
		t.Run(name, func(t *testing.T) {
			command := stash.NewCommand("box", stash.CommandSpec{Command: store, Read: c.read})
			if command.Custody() != secret.Kept || !command.Readable() {
				t.Error(command.Custody())
			}
			v := madeUpKey()
			err := command.Put(t.Context(), "account", v)
			got, getErr := command.Get(t.Context(), "account")
			if name == "and leaves a reader" {
				end(t, filepath.Join(dir, "left"))
			}
			if c.problem == "" {
				if err != nil || getErr != nil || !got.Equal(v) {
					t.Errorf("%v, %v, equal: %t", err, getErr, got.Equal(v))
				}
				return
			}
			failed := commandError(t, err)
			if !strings.Contains(failed.Error(), c.problem) || !failed.MayBeStored || failed.Step != stash.StepRead {
				t.Errorf("%v", failed)
			}
			searchPieces(t, v, failed.Error()+fmt.Sprint(getErr))
		})
	}
	failed := commandError(t, second(stash.NewCommand("box", stash.CommandSpec{Command: store}).Get(t.Context(), "a")))
	if failed.Problem == "" {
		t.Error(failed)
	}
}

// Where the key isn't known yet, what a read command says may hold it as well.
func TestAReadThatFailsShowsNoKeyThatFobDoesNotKnow(t *testing.T) {
	v := madeUpKey()
	file := filepath.Join(t.TempDir(), "key")
	writeFile(t, file, v.Reveal(), 0o600)
	for script, want := range map[string]string{
		`cat "$1" >&2; exit 1`:                                    "[secret]",
		`echo "can't open it: $(cat "$1")" >&2; exit 1`:           "can't open it: [secret]",
		`base64 "$1"; echo "bad: $(base64 "$1")" >&2; exit 1`:     "bad: [secret]",
		`echo short; exit 1`:                                      "",
		`echo "permission denied: secret/prod" >&2; echo; exit 1`: "permission denied: secret/prod",
	} {
		failed := commandError(t, second(stash.NewCommand("box", stash.CommandSpec{Command: shell("cat"), Read: shell(script, file)}).Get(t.Context(), "a")))
		if failed.Output != want || failed.ExitCode != 1 {
			t.Errorf("%s: %q, %d", script, v.Redact(failed.Output), failed.ExitCode)
		}
		searchPieces(t, v, failed.Error())
	}
}

// end ends the processes whose numbers are in a file.
func end(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.FieldsSeq(string(data)) {
		pid, err := strconv.Atoi(line)
		if err != nil || pid < 2 {
			t.Fatalf("no process number: %q", line)
		}
		process, _ := os.FindProcess(pid)
		if err := process.Kill(); err != nil {
			t.Errorf("it was gone: %v", err)
		}
	}
}

// A tool may leave a process behind that serves what it took, as clipboards do.
func TestWhatACommandLeavesBehindStays(t *testing.T) {
	left := filepath.Join(t.TempDir(), "left")
	c := stash.NewCommand("box", stash.CommandSpec{Command: shell(`cat > /dev/null; sleep 60 & echo $! > "$1"`, left)})
	if err := c.Put(t.Context(), "a", madeUpKey()); err != nil {
		t.Error(err)
	}
	end(t, left)
}
