package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// maxDocument bounds what is read of a file that fob itself keeps small.
const maxDocument = 64 << 20

// MakeFolder makes path and the folders above it, for this user alone, and sees that they last. A folder that exists
// is left as it is.
func MakeFolder(path string) error {
	if info, err := os.Stat(path); err == nil {
		if !info.IsDir() {
			return fmt.Errorf("%s is not a folder", path)
		}
		return nil
	}
	there := existing(path)
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	// Every new folder is a name in the one above it.
	for parent := filepath.Dir(path); ; parent = filepath.Dir(parent) {
		if err := syncFolder(parent); err != nil {
			return err
		}
		if parent == there || parent == filepath.Dir(parent) {
			return nil
		}
	}
}

// existing returns the lowest folder above path that exists.
func existing(path string) string {
	for {
		parent := filepath.Dir(path)
		if _, err := os.Stat(parent); err == nil || parent == path {
			return parent
		}
		path = parent
	}
}

// WriteFile replaces the file at path by data, with exactly perm. It is atomic: a reader, and a machine that loses
// power, sees either the old content or the new one whole; and it is durable once WriteFile returns nil. If path is a
// symbolic link, the file that it names is replaced, and the link stays. The folder has to exist.
func WriteFile(path string, data []byte, perm fs.FileMode) error {
	target, err := linked(path)
	if err != nil {
		return err
	}
	return replaceFile(target, data, perm)
}

// linked returns what path names if it is a symbolic link to something that exists, else path.
func linked(path string) (string, error) {
	info, err := os.Lstat(path)
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return path, nil //nolint:nilerr // a file that isn't there yet is the usual case; writing says what is wrong
	}
	target, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s is a link to a file that does not exist", path)
	}
	return target, err
}

// readLimited reads a whole file of limit bytes at most.
func readLimited(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, limit)
	}
	return data, nil
}
