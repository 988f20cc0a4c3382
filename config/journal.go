package config

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/gofrs/flock"
)

// MaxLine is the longest line a journal takes or gives back, in bytes.
const MaxLine = 1 << 20

// Errors of a journal's lines.
var (
	ErrNewline     = errors.New("a journal's line can't contain a newline")
	ErrLineTooLong = errors.New("line too long for the journal")
)

// Journal is an append-only file of lines, safe against other processes and against dying at any moment: a line is
// either acknowledged and on the disk, or it may be missing or torn and was not acknowledged.
type Journal struct {
	path string
	// lasts is set once the folder was seen to have the file's name on the disk. A process before this one may have died
	// between making the file and that.
	lasts atomic.Bool

	leasing   sync.Mutex
	lease     *flock.Flock // nil while there is none
	leaseName string
}

// OpenJournal returns the journal at path. Nothing is touched before the first Append or Lines.
func OpenJournal(path string) *Journal { return &Journal{path: path} }

// Path is the journal's file.
func (j *Journal) Path() string { return j.path }

// Append writes line and a newline, and returns nil once they are on the disk. It refuses a line with a newline or
// above MaxLine. If it fails, the file is as it was before. A torn line that a dying process left at the end is closed
// first, so that it spoils no other; readers meet it as a line that isn't JSON.
func (j *Journal) Append(ctx context.Context, line []byte) error {
	if err := checkLine(line); err != nil {
		return err
	}
	unlock, err := Lock(ctx, j.path)
	if err != nil {
		return err
	}
	defer unlock()
	_, missing := os.Stat(j.path)
	f, err := os.OpenFile(j.path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	err = appendLine(f, line)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil || missing == nil && j.lasts.Load() {
		return err
	}
	err = syncFolder(filepath.Dir(j.path))
	j.lasts.Store(err == nil)
	return err
}

func appendLine(f *os.File, line []byte) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o077 != 0 && info.Mode().IsRegular() {
		if err := f.Chmod(0o600); err != nil {
			return err
		}
	}
	size := info.Size()
	data := make([]byte, 0, len(line)+2)
	if size > 0 {
		last := make([]byte, 1)
		if _, err := f.ReadAt(last, size-1); err != nil {
			return err
		}
		if last[0] != '\n' {
			data = append(data, '\n')
		}
	}
	data = append(append(data, line...), '\n')
	if _, err = f.Write(data); err == nil {
		err = f.Sync()
	}
	if err != nil && info.Mode().IsRegular() {
		// A line that was not acknowledged should not be read as if it had been.
		err = errors.Join(err, f.Truncate(size))
	}
	return err
}

func checkLine(line []byte) error {
	if bytes.IndexByte(line, '\n') >= 0 {
		return ErrNewline
	}
	if len(line) > MaxLine {
		return ErrLineTooLong
	}
	return nil
}

// Lines yields every whole line, oldest first; each is the caller's to keep. A journal that does not exist has none. A
// torn last line is left out: it was never acknowledged. A line above MaxLine is yielded as ErrLineTooLong with its
// number, and reading goes on; any other error is the last thing yielded. A line may be something else than JSON where
// a process died while writing.
func (j *Journal) Lines() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		f, err := os.Open(j.path)
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		if err != nil {
			yield(nil, err)
			return
		}
		defer func() { _ = f.Close() }()
		lines(f, yield)
	}
}

func lines(r io.Reader, yield func([]byte, error) bool) {
	buffered := bufio.NewReaderSize(r, 64<<10)
	for number := 1; ; number++ {
		line, err := readLine(buffered)
		switch {
		case errors.Is(err, ErrLineTooLong):
			if !yield(nil, fmt.Errorf("line %d: %w", number, err)) {
				return
			}
		case errors.Is(err, io.EOF):
			return
		case err != nil:
			yield(nil, err)
			return
		case len(line) == 0:
			continue // what is left where a torn line was closed twice
		case !yield(line, nil):
			return
		}
	}
}

// readLine returns one line without its newline; io.EOF at the end, also when the last line has no newline.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := r.ReadSlice('\n')
		if !long {
			line = append(line, part...)
			long = len(bytes.TrimSuffix(line, []byte{'\n'})) > MaxLine
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil:
			return nil, err
		case long:
			return nil, ErrLineTooLong
		}
		return line[:len(line)-1], nil
	}
}
