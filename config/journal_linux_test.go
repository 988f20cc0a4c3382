package config_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"fob/config"
)

func init() { roles["cramped"] = cramped }

// cramped appends lines where no file may grow above 1,000 bytes: as on a full disk, a write is cut in the middle.
func cramped(args []string) int {
	signal.Ignore(syscall.SIGXFSZ)
	limit := syscall.Rlimit{Cur: 1000, Max: 1000}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return fail(err)
	}
	journal := config.OpenJournal(args[0])
	for i := range 100 {
		if err := journal.Append(context.Background(), fmt.Appendf(nil, `{"number":%d,"filling":"%0100d"}`, i, i)); err != nil {
			say("refused:", err)
			return 0
		}
		say("ok")
	}
	return 0
}

func TestAFullDiskLeavesTheJournalAsItWas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	p := process(t, "cramped", path)
	out, err := p.Output()
	if err != nil {
		t.Fatal(err)
	}
	taken := strings.Count(string(out), "ok\n")
	if taken == 0 || !strings.Contains(string(out), "refused:") {
		t.Fatalf("it said %q", out)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Count(data, []byte("\n")) != taken || !bytes.HasSuffix(data, []byte("\n")) {
		t.Errorf("%d lines were taken, the file is %q", taken, data)
	}
}

func TestADeviceThatIsFullIsAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	if err := os.Symlink("/dev/full", path); err != nil {
		t.Fatal(err)
	}
	if err := config.OpenJournal(path).Append(t.Context(), []byte("{}")); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("error: %v", err)
	}
}
