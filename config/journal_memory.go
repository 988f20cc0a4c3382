package config

import (
	"bytes"
	"context"
	"iter"
	"slices"
	"sync"
)

// MemoryJournal is a journal that ends with the process, for the demo.
type MemoryJournal struct {
	mu    sync.Mutex
	lines [][]byte
}

// NewMemoryJournal returns an empty journal that ends with the process.
func NewMemoryJournal() *MemoryJournal { return &MemoryJournal{} }

// Append keeps a copy of line. It refuses what Journal.Append refuses.
func (j *MemoryJournal) Append(ctx context.Context, line []byte) error {
	if err := checkLine(line); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, bytes.Clone(line))
	return nil
}

// Lines yields the lines there are when the reading starts, oldest first, each the caller's to keep.
func (j *MemoryJournal) Lines() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		j.mu.Lock()
		all := slices.Clone(j.lines)
		j.mu.Unlock()
		for _, line := range all {
			if len(line) > 0 && !yield(bytes.Clone(line), nil) {
				return
			}
		}
	}
}
