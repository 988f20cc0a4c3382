package stash_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"fob/config/stash"
)

// While a command holds the key, the process table of the whole machine is looked through for it.
func TestTheKeyIsInNoProcessTable(t *testing.T) {
	dir := t.TempDir()
	gate := makeGate(t, filepath.Join(dir, "gate"))
	pipe := filepath.Join(dir, "pipe")
	alive := listen(t, pipe)
	v := madeUpKey()
	script := `k=$(cat); exec 3> "$1"; echo $$ >&3; read line < "$2"; printf %s "$k" > "$3"`
	c := stash.NewCommand("box", stash.CommandSpec{Command: shell(script, pipe, filepath.Join(dir, "gate"), filepath.Join(dir, "content"), "{account}")})
	put := make(chan error, 1)
	go func() { put <- c.Put(t.Context(), "an-account-to-be-found", v) }()
	pid, ok := <-alive
	if !ok {
		t.Fatal("the command ended at once")
	}
	found := false
	processes, err := filepath.Glob("/proc/[0-9]*")
	if err != nil || len(processes) == 0 {
		t.Fatal("no process table")
	}
	for _, process := range processes {
		for _, name := range []string{"cmdline", "environ", "comm"} {
			data, err := os.ReadFile(filepath.Join(process, name))
			if err != nil {
				continue // it ended, or is somebody else's
			}
			if v.Redact(string(data)) != string(data) {
				t.Errorf("%s of %s holds the key", name, process)
			}
			if filepath.Base(process) == pid && name == "cmdline" {
				found = bytes.Contains(data, []byte("an-account-to-be-found"))
			}
		}
	}
	if !found {
		t.Error("the command itself was not looked at")
	}
	gate()
	if err := <-put; err != nil {
		t.Fatal(err)
	}
	if got := masked(t, filepath.Join(dir, "content"), v); got != "KEY" {
		t.Errorf("it held %q", got)
	}
}
