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
	r := runPlain(t, newPlatform(t, nil), args...)
	if r.code != 0 {
		t.Fatalf("ended with %d: %s", r.code, r.errOut.String())
	}
	journal, err := os.ReadFile(filepath.Join(r.home, "journal.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(journal), `"kind":"issue.abandoned"`) {
		t.Errorf("the journal has %s", journal)
	}
}
