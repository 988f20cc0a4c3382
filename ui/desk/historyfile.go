package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"fob/config"
)

// historyFile keeps what was learned of the search history: keys, workspaces, days and counts; nothing of queries,
// answers or people. Only its owner can read it.
type historyFile struct{ path string }

// Load returns what is kept, nil if nothing is.
func (f historyFile) Load(context.Context) ([]byte, error) {
	text, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return text, err
}

// Save keeps the bytes, whole or not at all.
func (f historyFile) Save(ctx context.Context, kept []byte) error {
	if err := config.MakeFolder(filepath.Dir(f.path)); err != nil {
		return err
	}
	unlock, err := config.Lock(ctx, f.path)
	if err != nil {
		return err
	}
	defer unlock()
	return config.WriteFile(f.path, kept, 0o600)
}

// Forget removes the file.
func (f historyFile) Forget(context.Context) error {
	if err := os.Remove(f.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// fingerprint is a file name for a few texts that may hold anything.
func fingerprint(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:12])
}
