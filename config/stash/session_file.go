package stash

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"fob/client/secret"
	"fob/client/visible"
	"fob/config"
)

// Errors of a session's file.
var (
	// ErrExposed: others can read the file.
	ErrExposed = errors.New("others can read the session")
	// ErrNotOurs: no regular file of this user: a link, a folder, somebody else's.
	ErrNotOurs = errors.New("not a file of one's own that a session can be in")
)

// SessionFile keeps the session of one profile in a file that its owner alone can read, in a folder likewise: for
// machines without a keyring, once the person agreed.
type SessionFile struct {
	Path string // as config.Dirs.SessionPath says it
}

// Name is for people.
func (f SessionFile) Name() string { return "the file " + visible.Line(f.Path) }

// Lock is as SessionKeyring's.
func (f SessionFile) Lock(ctx context.Context) (unlock func(), err error) {
	return config.Lock(ctx, f.Path)
}

// fileWire is the file as it is written.
type fileWire struct {
	Version int    `json:"version"`
	Session string `json:"session"`
}

// Load returns the session, the zero Value if there is none, or what is there is damaged. A file that isn't this
// user's own, or that others can read, is not used: ErrNotOurs, ErrExposed. The error may be config.ErrNewer.
func (f SessionFile) Load(ctx context.Context) (secret.Value, error) {
	data, err := f.read(ctx)
	if err != nil {
		return secret.Value{}, err
	}
	defer clear(data)
	var wire fileWire
	if err := json.Unmarshal(data, &wire); err != nil || wire.Version < 1 || wire.Session == "" {
		return secret.Value{}, nil // the next one is written over it
	}
	if wire.Version > sessionVersion {
		return secret.Value{}, fmt.Errorf("%s was %w: its version is %d, this fob reads up to %d",
			visible.Line(f.Path), config.ErrNewer, wire.Version, sessionVersion)
	}
	return secret.New(wire.Session), nil
}

// read returns what is in the file, nil if there is none.
func (f SessionFile) read(ctx context.Context) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	there, err := f.look()
	if there == nil || err != nil {
		return nil, err
	}
	file, err := os.Open(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	// What was opened is what was looked at, and is looked at again: it may have been replaced by another fob.
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if err := f.judge(info); err != nil {
		return nil, err
	}
	const limit = 8 * maxSession // as JSON it may be longer
	data, err := io.ReadAll(io.LimitReader(file, limit))
	if err != nil {
		return nil, err
	}
	return data, nil
}

// look returns what is at the path, nil if nothing is, without following a link.
func (f SessionFile) look() (fs.FileInfo, error) {
	info, err := os.Lstat(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return info, f.judge(info)
}

// judge says why a file can't be used.
func (f SessionFile) judge(info fs.FileInfo) error {
	path := visible.Line(f.Path)
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return fmt.Errorf("%s is a link: %w", path, ErrNotOurs)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no regular file: %w", path, ErrNotOurs)
	case !own(info):
		return fmt.Errorf("%s belongs to somebody else: %w", path, ErrNotOurs)
	case modesCount && info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("%w: chmod 600 %s", ErrExposed, path)
	}
	return nil
}

// Save writes v in place of what is there, in one step, and reads it back. It is called under the Lock. A link, or what
// else is no file of one's own, is refused with ErrNotOurs; a file that others can read is replaced by one that they
// can't, and where the file system keeps no modes nothing stays there (ErrExposed).
func (f SessionFile) Save(ctx context.Context, v secret.Value) error {
	if err := checkSession(v); err != nil {
		return err
	}
	folder, err := f.folder(ctx)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(fileWire{sessionVersion, v.Reveal()}); err != nil {
		return errors.New("a session can't be written down") // without the session
	}
	defer clear(b.Bytes())
	if err := config.WriteFile(f.Path, b.Bytes(), 0o600); err != nil {
		return err
	}
	back, err := f.Load(ctx)
	switch {
	case errors.Is(err, ErrExposed):
		return errors.Join(fmt.Errorf("%w: files in %s can't be kept from others", ErrExposed, visible.Line(folder)), os.Remove(f.Path))
	case err != nil:
		return err
	case !back.Equal(v):
		return fmt.Errorf("%s has something else in it than what was written", visible.Line(f.Path))
	}
	return nil
}

// folder makes the folder that the file goes into, if what is at the path may be replaced.
func (f SessionFile) folder(ctx context.Context) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if _, err := f.look(); err != nil && !errors.Is(err, ErrExposed) {
		return "", err
	}
	folder := filepath.Dir(f.Path)
	if err := config.MakeFolder(folder); err != nil {
		return "", err
	}
	if info, err := os.Stat(folder); err == nil && modesCount && info.Mode().Perm()&0o077 != 0 {
		if err := os.Chmod(folder, 0o700); err != nil {
			return "", err
		}
	}
	return folder, nil
}

// Try tells whether a session could be saved now, and leaves nothing behind but the folder. Errors are as Save's.
func (f SessionFile) Try(ctx context.Context) error {
	folder, err := f.folder(ctx)
	if err != nil {
		return err
	}
	trial, err := os.CreateTemp(folder, "trial-")
	if err != nil {
		return err
	}
	_, err = trial.WriteString("nothing\n") // a full disk takes a file, and nothing in it
	return errors.Join(err, trial.Close(), os.Remove(trial.Name()))
}

// Delete removes the file. That there is none is no error. It is called under the Lock.
func (f SessionFile) Delete(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := os.Remove(f.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
