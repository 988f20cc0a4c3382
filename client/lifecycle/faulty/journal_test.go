package faulty_test

import (
	"bytes"
	"context"
	"encoding/json"
	"iter"
	"os"
	"slices"
	"sync"

	"fob/client/lifecycle"
	"fob/config"
)

// disk is where the journal's lines are, whatever becomes of fob.
type disk interface {
	lifecycle.Journal
}

// journal is the disk, with a seam for faults and for the moments at which something is written.
type journal struct {
	disk
	before func(kind lifecycle.Kind, line []byte) error // its error is the journal's
	after  func(kind lifecycle.Kind)
	torn   bool // a line was left torn, on purpose
}

// Append writes a line.
func (j *journal) Append(ctx context.Context, line []byte) error {
	var e struct {
		Kind lifecycle.Kind `json:"kind"`
	}
	_ = json.Unmarshal(line, &e)
	if j.before != nil {
		if err := j.before(e.Kind, line); err != nil {
			return err
		}
	}
	err := j.disk.Append(ctx, line)
	if j.after != nil && err == nil {
		j.after(e.Kind)
	}
	return err
}

// fails has the journal fail at the lines that are meant.
func (o *office) fails(fault func(*office, []byte) error, at func(lifecycle.Kind) bool) {
	o.journal.before = func(kind lifecycle.Kind, line []byte) error {
		if !at(kind) {
			return nil
		}
		return fault(o, line)
	}
}

// tear leaves half a line, as a machine does that loses power.
func (o *office) tear(line []byte) {
	o.journal.torn = true
	half := line[:len(line)/2]
	switch d := o.disk.(type) {
	case *memory:
		d.tear(half)
	case *config.Journal:
		f, err := os.OpenFile(d.Path(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			o.t.Error(err)
			return
		}
		defer f.Close()
		if _, err := f.Write(half); err != nil {
			o.t.Error(err)
		}
	}
}

// memory is a disk that takes no time. It treats a torn line as the journal's file does.
type memory struct {
	mu   sync.Mutex
	data []byte
}

// Append writes a line, after it has closed a torn one.
func (m *memory) Append(ctx context.Context, line []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.data) > 0 && m.data[len(m.data)-1] != '\n' {
		m.data = append(m.data, '\n')
	}
	m.data = append(append(m.data, line...), '\n')
	return nil
}

func (m *memory) tear(half []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.data = append(m.data, half...)
}

// Lines yields the whole lines.
func (m *memory) Lines() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		m.mu.Lock()
		lines := bytes.SplitAfter(slices.Clone(m.data), []byte{'\n'})
		m.mu.Unlock()
		for _, line := range lines {
			whole, ended := bytes.CutSuffix(line, []byte{'\n'})
			if ended && len(whole) > 0 && !yield(whole, nil) {
				return
			}
		}
	}
}
