package config

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/windows"
)

// replaceFile writes beside the file and moves it into place. MoveFileEx with WRITE_THROUGH returns once the move is
// on the disk, and REPLACE_EXISTING swaps the file in one step.
func replaceFile(path string, data []byte, perm fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path))
	if err != nil {
		return err
	}
	name := f.Name()
	defer func() { _ = os.Remove(name) }()
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(perm)
	}
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return move(name, path)
}

// move tries for two seconds: readers and virus scanners keep a file open for a moment, and Windows refuses to replace
// an open file.
func move(from, to string) error {
	source, err := windows.UTF16PtrFromString(from)
	if err != nil {
		return err
	}
	target, err := windows.UTF16PtrFromString(to)
	if err != nil {
		return err
	}
	const flags = windows.MOVEFILE_REPLACE_EXISTING | windows.MOVEFILE_WRITE_THROUGH
	until := time.Now().Add(2 * time.Second)
	for {
		err = windows.MoveFileEx(source, target, flags)
		held := errors.Is(err, windows.ERROR_ACCESS_DENIED) || errors.Is(err, windows.ERROR_SHARING_VIOLATION)
		if err == nil {
			return nil
		}
		if !held || time.Now().After(until) {
			return &os.LinkError{Op: "replace", Old: from, New: to, Err: err}
		}
		<-time.After(20 * time.Millisecond)
	}
}

// syncFolder does nothing: Windows writes a folder's names through with the file.
func syncFolder(string) error { return nil }

// lockFolder locks a file in the user's own temporary folder: Windows doesn't lock folders. It does not tell upper from
// lower case in paths.
func lockFolder(ctx context.Context, path string) (unlock func(), err error) {
	name := fmt.Sprintf("fob-%x", sha256.Sum256([]byte(strings.ToLower(path))))
	return Lock(ctx, filepath.Join(os.TempDir(), name))
}
