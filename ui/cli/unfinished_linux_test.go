package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What a command sent where it was told to is left there knowingly: the next start has nothing to say of it.
func TestWhatTheNextStartSaysOfACommand(t *testing.T) {
	args := []string{"create", "--yes", "--type", "service", "--name", "ordered", "--workspace", "claims-search", "--role", "Editor", "--expires", "90d", "--to", "stdout"}
	env := newPlatform(t, nil)
	if r := runPlain(t, env, args...); r.code != 0 {
		t.Fatalf("ended with %d: %s", r.code, r.errOut.String())
	}
	journal := ""
	for _, line := range env {
		if home, ok := strings.CutPrefix(line, "FOB_HOME="); ok {
			err := filepath.WalkDir(home, func(path string, _ os.DirEntry, err error) error {
				if filepath.Base(path) == "journal.jsonl" {
					data, failed := os.ReadFile(path)
					journal += string(data)
					return failed
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if !strings.Contains(journal, `"kind":"issue.abandoned"`) {
		t.Errorf("the journal has %s", journal)
	}
}
