//go:build !windows

package stash_test

import (
	"bufio"
	"os"
	"syscall"
	"testing"
)

// listen makes a pipe at path and returns its lines; it is closed once nobody holds the pipe any more.
func listen(t *testing.T, path string) <-chan string {
	t.Helper()
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(lines)
		f, err := os.Open(path) // waits for the first writer
		if err != nil {
			return
		}
		defer func() { _ = f.Close() }()
		for s := bufio.NewScanner(f); s.Scan(); {
			lines <- s.Text()
		}
	}()
	t.Cleanup(func() {
		// Whoever still waits for a writer gets one.
		if f, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil {
			_ = f.Close()
		}
		for range lines {
		}
		<-done
	})
	return lines
}
