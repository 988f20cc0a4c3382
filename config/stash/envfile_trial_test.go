package stash_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fob/config/stash"
)

// A trial that is killed leaves its file behind: what the real one holds must never be in it.
func TestTryingAnEnvFileCopiesNothingOfIt(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, ".env")
	writeFile(t, path, "PASSWORD=hunter2\n"+strings.Repeat("# padding\n", 10000), 0o600)
	over, seen := make(chan struct{}), make(chan int)
	go func() {
		looked := 0
		for {
			select {
			case <-over:
				seen <- looked
				return
			default:
			}
			files, _ := filepath.Glob(filepath.Join(dir, ".fob-try-*"))
			for _, file := range files {
				data, err := os.ReadFile(file)
				if err == nil && len(data) > 0 {
					looked++
				}
				if strings.Contains(string(data), "hunter2") {
					t.Error("the trial has a copy of the file's secrets")
				}
			}
		}
	}()
	for range 30 {
		if err := (stash.EnvFile{Path: path, APIURL: "https://h.test"}).Try(t.Context()); err != nil {
			t.Error(err)
		}
	}
	close(over)
	if <-seen == 0 {
		t.Error("no trial was looked at: nothing was tested")
	}
}
