package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// keeping is a program that keeps keys in files. At each of its steps it says so, and waits for a word, unless it is free.
const keeping = `#!/bin/sh
dir=${0%/*}
if [ "$1" = put ]; then v=$(cat); fi
if [ ! -e "$dir/free" ]; then
	echo "$1" > "$dir/arrived"
	read -r word < "$dir/go"
	[ "$word" = on ] || exit 1
fi
case $1 in
put) printf %s "$v" > "$dir/kept$2" ;;
read) cat "$dir/kept$2" ;;
esac
`

// keeper is a destination whose every step waits for the test.
type keeper struct {
	t         *testing.T
	name      string
	byAccount bool // it files keys by their accounts, and has as many as it is given; otherwise it has one
	dir       string
}

// begin writes the program and the two pipes by which it talks to the test. The brink is told of every step,
// and may hold it.
func (k *keeper) begin(t *testing.T, r *brink) {
	t.Helper()
	k.t, k.dir = t, t.TempDir()
	pipe := func(name string) *os.File {
		path := filepath.Join(k.dir, name)
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0) // both ends, so that nobody waits for somebody to open it
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	arrived, goes := pipe("arrived"), pipe("go")
	if err := os.WriteFile(filepath.Join(k.dir, "keeper"), []byte(keeping), 0o700); err != nil { //nolint:gosec // it is a program
		t.Fatal(err)
	}
	k.asks(false)
	go func() {
		said := make([]byte, 64)
		for {
			n, err := arrived.Read(said)
			if err != nil {
				return
			}
			word := "on"
			if r.at(k.name + " " + strings.TrimSpace(string(said[:n]))) {
				word = r.word
			}
			_, _ = goes.WriteString(word + "\n")
		}
	}()
}

// asks has the program wait for a word at each step, or go on by itself.
func (k *keeper) asks(whether bool) {
	k.t.Helper()
	free := filepath.Join(k.dir, "free")
	var err error
	if whether {
		err = os.Remove(free)
	} else {
		err = os.WriteFile(free, nil, 0o600)
	}
	if err != nil && !os.IsNotExist(err) {
		k.t.Fatal(err)
	}
}

// command is what runs one of its steps.
func (k *keeper) command(step string) []string {
	command := []string{filepath.Join(k.dir, "keeper"), step}
	if k.byAccount && step != "check" {
		command = append(command, "{account}")
	}
	return command
}

// argv is the same in config.toml.
func (k *keeper) argv(step string) string {
	words := k.command(step)
	for i := range words {
		words[i] = fmt.Sprintf("%q", words[i])
	}
	return "[" + strings.Join(words, ", ") + "]"
}

// kept are the keys that it has.
func (k *keeper) kept() (all []string) {
	k.t.Helper()
	files, err := filepath.Glob(filepath.Join(k.dir, "kept*"))
	if err != nil {
		k.t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			k.t.Fatal(err)
		}
		all = append(all, string(data))
	}
	return all
}
