package config

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
)

// Errors of a document.
var (
	ErrDamaged = errors.New("damaged")
	ErrNewer   = errors.New("written by a newer fob")
)

// Document is one small JSON object with a "version", in a file or in memory. The version is raised only where an older
// fob would misread the file; fields may be added without, so whoever writes keeps the ones it doesn't know.
type Document struct {
	path    string // "" in memory
	version int

	mu     sync.Mutex // of memory
	memory []byte
}

// OpenDocument returns the document at path. version is the highest that the caller reads, and the one it writes.
// Nothing is touched before the first Read or Update.
func OpenDocument(path string, version int) *Document { return &Document{path: path, version: version} }

// NewMemoryDocument returns a document that ends with the process.
func NewMemoryDocument(version int) *Document { return &Document{version: version} }

// Read returns the document's bytes, nil if there is none yet. The error is ErrDamaged for what isn't a JSON object
// with a version, ErrNewer for a version above the caller's.
func (d *Document) Read(ctx context.Context) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if d.path == "" {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.memory, nil
	}
	// Without a lock: it is replaced in one step, so any reader sees a whole one.
	return d.read()
}

func (d *Document) read() ([]byte, error) {
	data, err := readLimited(d.path, maxDocument)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return data, d.check(data)
}

func (d *Document) check(data []byte) error {
	var head struct {
		Version *int `json:"version"`
	}
	err := json.Unmarshal(data, &head)
	switch {
	case err != nil:
		return fmt.Errorf("%s is %w, and is left as it is: %w", d.path, ErrDamaged, err)
	case head.Version == nil || *head.Version < 1:
		return fmt.Errorf("%s is %w, and is left as it is: it has no version", d.path, ErrDamaged)
	case *head.Version > d.version:
		return fmt.Errorf("%s was %w: its version is %d, this fob reads up to %d",
			d.path, ErrNewer, *head.Version, d.version)
	}
	return nil
}

// Update reads the document, hands it to change (nil if there is none yet), and writes what change returns, all under
// the document's lock. If change fails nothing is written; a document that can't be read is never written over.
func (d *Document) Update(ctx context.Context, change func(old []byte) ([]byte, error)) error {
	if d.path == "" {
		if err := ctx.Err(); err != nil {
			return err
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		data, err := change(d.memory)
		if err == nil {
			d.memory = data
		}
		return err
	}
	if err := MakeFolder(filepath.Dir(d.path)); err != nil {
		return err
	}
	unlock, err := Lock(ctx, d.path)
	if err != nil {
		return err
	}
	defer unlock()
	old, err := d.read()
	if err != nil {
		return err
	}
	data, err := change(old)
	if err != nil {
		return err
	}
	return WriteFile(d.path, data, 0o600)
}
