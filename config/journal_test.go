package config_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fob/config"
)

type journal interface {
	Append(ctx context.Context, line []byte) error
}

func collect(t *testing.T, j *config.Journal) []string {
	t.Helper()
	var all []string
	for line, err := range j.Lines() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(line))
	}
	return all
}

func TestJournalGivesBackWhatWasAppended(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "folder", "journal.jsonl")
	j := config.OpenJournal(path)
	if got := collect(t, j); got != nil {
		t.Errorf("a journal that does not exist has lines: %q", got)
	}
	want := []string{`{"a":1}`, `{"b":"ä"}`}
	for _, line := range want {
		if err := j.Append(t.Context(), []byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, collect(t, config.OpenJournal(path))); diff != "" {
		t.Error(diff)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode is %o", info.Mode().Perm())
	}
	folder, err := os.Stat(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if folder.Mode().Perm() != 0o700 {
		t.Errorf("the folder's mode is %o", folder.Mode().Perm())
	}
}

func TestJournalRefusesALineThatWouldBeTwo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	for _, j := range []journal{config.OpenJournal(path), config.NewMemoryJournal()} {
		if err := j.Append(t.Context(), []byte("{}\n{}")); !errors.Is(err, config.ErrNewline) {
			t.Errorf("%T: %v", j, err)
		}
		if err := j.Append(t.Context(), make([]byte, config.MaxLine+1)); !errors.Is(err, config.ErrLineTooLong) {
			t.Errorf("%T: %v", j, err)
		}
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a refused line made a file")
	}
}

func TestJournalTightensAFileOthersCouldRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	if err := os.WriteFile(path, []byte("{}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := config.OpenJournal(path).Append(t.Context(), []byte("{}")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestATornLastLineStaysAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	if err := os.WriteFile(path, []byte("{\"whole\":1}\n{\"to"), 0o600); err != nil {
		t.Fatal(err)
	}
	j := config.OpenJournal(path)
	if diff := cmp.Diff([]string{`{"whole":1}`}, collect(t, j)); diff != "" {
		t.Errorf("before: %s", diff)
	}
	if err := j.Append(t.Context(), []byte(`{"next":2}`)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{`{"whole":1}`, `{"to`, `{"next":2}`}, collect(t, j)); diff != "" {
		t.Errorf("after: %s", diff)
	}
}

func TestALineAboveTheLimitIsFlaggedAndReadingGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	exact := strings.Repeat("x", config.MaxLine)
	if err := os.WriteFile(path, []byte("{\"a\":1}\n"+exact+"y\n"+exact+"\n{\"b\":2}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var lengths []int
	var failed error
	for line, err := range config.OpenJournal(path).Lines() {
		failed = errors.Join(failed, err)
		lengths = append(lengths, len(line))
	}
	if diff := cmp.Diff([]int{7, 0, config.MaxLine, 7}, lengths); diff != "" {
		t.Error(diff)
	}
	if !errors.Is(failed, config.ErrLineTooLong) || !strings.Contains(failed.Error(), "line 2") {
		t.Errorf("error: %v", failed)
	}
}

func TestReadingAJournalStopsWhenAsked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	if err := os.WriteFile(path, []byte("1\n2\n3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for range config.OpenJournal(path).Lines() {
		seen++
		break
	}
	if seen != 1 {
		t.Errorf("saw %d", seen)
	}
}

func TestMemoryJournalKeepsCopies(t *testing.T) {
	j := config.NewMemoryJournal()
	line := []byte(`{"a":1}`)
	if err := j.Append(t.Context(), line); err != nil {
		t.Fatal(err)
	}
	line[2] = 'X'
	for got, err := range j.Lines() {
		if err != nil || string(got) != `{"a":1}` {
			t.Errorf("%s, %v", got, err)
		}
		got[2] = 'Y'
	}
	for got := range j.Lines() {
		if string(got) != `{"a":1}` {
			t.Errorf("%s", got)
		}
	}
}

func TestTwoProcessesAppendingLoseNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	const count = "60"
	var processes []*exec.Cmd
	for _, name := range []string{"one", "two", "three"} {
		p := process(t, "append", path, name, count)
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		processes = append(processes, p)
	}
	for _, p := range processes {
		if err := p.Wait(); err != nil {
			t.Error(err)
		}
	}
	next := map[string]int{}
	for _, line := range collect(t, config.OpenJournal(path)) {
		var entry struct {
			From   string
			Number int
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if entry.Number != next[entry.From] {
			t.Errorf("%s: %d instead of %d", entry.From, entry.Number, next[entry.From])
		}
		next[entry.From]++
	}
	if diff := cmp.Diff(map[string]int{"one": 60, "two": 60, "three": 60}, next); diff != "" {
		t.Error(diff)
	}
}

func TestAKilledProcessLosesNothingItAcknowledged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	var acknowledged []string
	for round := range 5 {
		p := process(t, "append", path, "round", "-1")
		out, err := p.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for range 10 + round {
			if !lines.Scan() {
				t.Fatal("it ended by itself")
			}
			acknowledged = append(acknowledged, lines.Text())
		}
		if err := p.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() { // what it said before it died counts, too
			acknowledged = append(acknowledged, lines.Text())
		}
		_ = p.Wait() // killed, as it should be
	}
	at := 0
	for _, line := range collect(t, config.OpenJournal(path)) {
		if at < len(acknowledged) && line == acknowledged[at] {
			at++
		}
	}
	if at != len(acknowledged) {
		t.Errorf("%d of %d acknowledged lines are in the journal", at, len(acknowledged))
	}
	if err := config.OpenJournal(path).Append(t.Context(), []byte("{}")); err != nil {
		t.Errorf("a dead process still holds the lock: %v", err)
	}
}

func FuzzJournalLines(f *testing.F) {
	for _, seed := range []string{"", "\n", "{}\n", "{}\n{", "\n\n{}\n", "\x00\xff\n", "{\"a\":\"\\n\"}\r\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "j")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		want := []string(nil)
		for part := range bytes.SplitAfterSeq(data, []byte("\n")) {
			if text := string(part); strings.HasSuffix(text, "\n") && text != "\n" {
				want = append(want, strings.TrimSuffix(text, "\n"))
			}
		}
		j := config.OpenJournal(path)
		if diff := cmp.Diff(want, collect(t, j)); diff != "" {
			t.Fatal(diff)
		}
		if err := j.Append(t.Context(), []byte(`{"last":1}`)); err != nil && !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		got := collect(t, j)
		if len(got) < len(want)+1 || got[len(got)-1] != `{"last":1}` {
			t.Fatalf("after appending: %q", got)
		}
		if diff := cmp.Diff(want, got[:len(want)], cmp.Transformer("nil", func(s []string) string { return strings.Join(s, "\n") })); diff != "" {
			t.Fatal(diff)
		}
	})
}
