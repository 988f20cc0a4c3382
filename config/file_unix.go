//go:build !windows

package config

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
	"github.com/google/renameio/v2"
)

func replaceFile(path string, data []byte, perm fs.FileMode) error {
	dir := filepath.Dir(path)
	// The temporary file is always made beside the final one: a rename is atomic within one file system only.
	f, err := renameio.NewPendingFile(path, renameio.WithTempDir(dir), renameio.WithStaticPermissions(perm))
	if err != nil {
		return err
	}
	defer func() { _ = f.Cleanup() }()
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := f.CloseAtomicallyReplace(); err != nil {
		return err
	}
	return syncFolder(dir)
}

// syncFolder makes a folder's names last: a rename or a new file is only on the disk once its folder is.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	return d.Sync()
}

// lockFolder locks the folder itself, which needs no file in it.
func lockFolder(ctx context.Context, path string) (unlock func(), err error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	unlock, err = wait(ctx, flock.New(path, flock.SetFlag(os.O_RDONLY)), path)
	if err != nil && !errors.Is(err, ErrLocked) && !errors.Is(err, fs.ErrNotExist) {
		return func() {}, nil
	}
	return unlock, err
}
