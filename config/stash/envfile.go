package stash

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"fob/client/secret"
	"fob/client/visible"
	"fob/config"
)

// The names that the platform's SDKs read from an env file.
const (
	EnvAPIKey    = "API_KEY"
	EnvAPIURL    = "API_URL"
	EnvWorkspace = "DEFAULT_WORKSPACE_NAME"
)

const (
	apiPath    = "/api/v1"
	envMode    = 0o600
	maxEnvFile = 1 << 20
)

// Errors of an env file.
var (
	// ErrHasKey: there is an API_KEY already, and it may be the only copy.
	ErrHasKey = errors.New("the file has an API_KEY already, which may be the only copy of that key")
	// ErrTracked: git would publish the key with the next commit.
	ErrTracked = errors.New("git tracks the file: the key would be in the next commit")
	// ErrUnwritable: the file is something that can't be written safely.
	ErrUnwritable = errors.New("not a file that a key can be written to")
	// ErrNotPlain: a value that NAME=value without quotes can't hold.
	ErrNotPlain = errors.New("the value can't be written as a plain NAME=value line")
)

// EnvFile writes a key to the file that the platform's SDKs read: API_KEY, API_URL and, if Workspace is set,
// DEFAULT_WORKSPACE_NAME, or those of another Reader, as plain NAME=value lines. Every other line of an existing file is
// kept byte for byte.
type EnvFile struct {
	Path      string // as the person wrote it; a relative one is meant from the working folder
	APIURL    string // the platform's address, with or without /api/v1; "" leaves API_URL alone
	Workspace string // "" leaves DEFAULT_WORKSPACE_NAME alone
	Replace   bool   // an API_KEY that is there is replaced
	Reader    Reader // whose variables are written, the SDKs' if it has no Key
}

// reader is whose variables are written.
func (f EnvFile) reader() Reader {
	if f.Reader.Key == "" {
		return SDK
	}
	return f.Reader
}

// Name is for people.
func (f EnvFile) Name() string { return "the env file " + visible.Line(f.Path) }

// Custody is secret.Kept: the file is read back.
func (EnvFile) Custody() secret.Custody { return secret.Kept }

// Target returns the absolute path of the file that would be written. It differs from Path by more than its folder
// where Path is a symbolic link, which is followed once; a link to a link is refused with ErrUnwritable.
func (f EnvFile) Target() (string, error) {
	if f.Path == "" {
		return "", fmt.Errorf("%w: no path", ErrUnwritable)
	}
	path, err := filepath.Abs(f.Path)
	if err != nil {
		return "", err
	}
	info, err := os.Lstat(path)
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return path, nil //nolint:nilerr // a file that isn't there yet is the usual case
	}
	to, err := os.Readlink(path)
	if err != nil {
		return "", err
	}
	if !filepath.IsAbs(to) {
		to = filepath.Join(filepath.Dir(path), to)
	}
	if info, err := os.Lstat(to); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return "", fmt.Errorf("%w: %s is a link to %s, which is a link itself", ErrUnwritable, f.Path, to)
	}
	return to, nil
}

// Warnings says what a person should know before the file is written, each as a sentence without a full stop. It asks
// git, for 5 s at most, where the file is in a work tree. Refusals are Try's.
func (f EnvFile) Warnings(ctx context.Context) []string {
	target, err := f.Target()
	if err != nil {
		return nil
	}
	var warnings []string
	if path, err := filepath.Abs(f.Path); err == nil && path != target {
		warnings = append(warnings, fmt.Sprintf("%s is a link: %s is written", visible.Line(f.Path), visible.Line(target)))
	}
	if info, err := os.Stat(target); err == nil && looser(info) {
		warnings = append(warnings, fmt.Sprintf("the file's mode %04o becomes %04o, so that nobody else reads the key",
			info.Mode().Perm(), envMode))
	}
	warnings = append(warnings, f.changes(target)...)
	if state := askGit(ctx, target); state.warning != "" {
		warnings = append(warnings, state.warning)
	}
	return warnings
}

// changes names the lines beside the key that would get another value.
func (f EnvFile) changes(target string) []string {
	lines, err := readEnvLines(target)
	if err != nil {
		return nil
	}
	var warnings []string
	for _, setting := range f.settings() {
		for _, line := range lines {
			if line.name == setting.Name && line.value != setting.Value {
				warnings = append(warnings, fmt.Sprintf("%s changes from %q to %q",
					setting.Name, visible.Line(line.value), setting.Value))
			}
		}
	}
	return warnings
}

// looser tells whether others may read or write the file. Windows has no such modes: files there go by their folder.
func looser(info fs.FileInfo) bool { return modesCount && info.Mode().Perm()&0o077 != 0 }

// Try looks at everything that would refuse a Put, and writes a file of the final mode and size beside the real one,
// which it removes.
func (f EnvFile) Try(ctx context.Context) error {
	target, old, err := f.inspect(ctx)
	if err != nil {
		return err
	}
	stand, err := os.CreateTemp(filepath.Dir(target), ".fob-try-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(stand.Name()) }()
	_, err = stand.Write(make([]byte, len(old)+8<<10)) // nothing of what the real one holds: a kill would leave it here
	if err == nil {
		err = stand.Chmod(envMode)
	}
	if err == nil {
		err = stand.Sync()
	}
	if closed := stand.Close(); err == nil {
		err = closed
	}
	return err
}

// Put writes the key v and the settings, reads the file back and compares. account is not used. Of several fobs that
// write the same file, each sees what the one before it wrote.
func (f EnvFile) Put(ctx context.Context, _ string, v secret.Value) error {
	target, err := f.Target()
	if err != nil {
		return err
	}
	unlock, err := config.LockFolder(ctx, filepath.Dir(target))
	if err != nil {
		return err
	}
	defer unlock()
	target, old, err := f.inspect(ctx)
	if err != nil {
		return err
	}
	text := v.Reveal()
	name := f.reader().Key
	if err := plain(name, text); err != nil || text == "" {
		return fmt.Errorf("%s: %w", name, ErrNotPlain)
	}
	data := setLines(splitEnv(old), append([]Setting{{name, text}}, f.settings()...))
	if current, err := readEnv(target); err != nil || !bytes.Equal(current, old) {
		return errors.Join(fmt.Errorf("%s was changed by somebody else just now; nothing was written", target), err)
	}
	if err := config.WriteFile(target, data, envMode); err != nil {
		return err
	}
	back, err := ReadEnvFile(target)
	if err != nil {
		return fmt.Errorf("read back what was written: %w", err)
	}
	if !holds(back, name, v) {
		return fmt.Errorf("%s: what was read back is not what was written", target)
	}
	return nil
}

// holds tells whether a file sets name, and wherever it does, to v: of several, readers don't all take the same one.
func holds(variables []Variable, name string, v secret.Value) bool {
	found := false
	for _, variable := range variables {
		if variable.Name != name {
			continue
		}
		if !variable.Value.Equal(v) {
			return false
		}
		found = true
	}
	return found
}

// settings are the lines beside the key.
func (f EnvFile) settings() []Setting { return f.reader().Beside(f.APIURL, f.Workspace) }

// inspect makes every check there is, and returns the file to write and its content, nil if it does not exist.
func (f EnvFile) inspect(ctx context.Context) (target string, old []byte, err error) {
	if err := ctx.Err(); err != nil {
		return "", nil, err
	}
	if target, err = f.Target(); err != nil {
		return "", nil, err
	}
	for _, setting := range f.settings() {
		if err := plain(setting.Name, setting.Value); err != nil {
			return "", nil, err
		}
	}
	info, err := os.Stat(filepath.Dir(target))
	if err != nil {
		return "", nil, err
	}
	if !info.IsDir() {
		return "", nil, fmt.Errorf("%w: %s is not a folder", ErrUnwritable, filepath.Dir(target))
	}
	if info, err := os.Lstat(target); err == nil {
		if !info.Mode().IsRegular() {
			return "", nil, fmt.Errorf("%w: %s is not a regular file", ErrUnwritable, target)
		}
		// It would be replaced by a rename, which does not ask the file's own mode.
		if info.Mode().Perm()&0o200 == 0 {
			return "", nil, fmt.Errorf("%w: %s is read-only", ErrUnwritable, target)
		}
	}
	if old, err = readEnv(target); err != nil {
		return "", nil, err
	}
	if err := f.fits(target, splitEnv(old)); err != nil {
		return "", nil, err
	}
	if askGit(ctx, target).tracked {
		return "", nil, fmt.Errorf("%s: %w", target, ErrTracked)
	}
	return target, old, nil
}

// hasKey is ErrHasKey, with the name of the variable.
func hasKey(name string) error {
	if name == EnvAPIKey {
		return ErrHasKey
	}
	return otherKeyError{name}
}

type otherKeyError struct{ name string }

// Error names the variable.
func (e otherKeyError) Error() string {
	return fmt.Sprintf("the file has a value for %s already, which may be the only copy of a key", e.name)
}

// Is tells that it is an ErrHasKey.
func (otherKeyError) Is(target error) bool { return target == ErrHasKey }

// fits refuses a file whose lines can't be changed without guessing.
func (f EnvFile) fits(target string, lines []envLine) error {
	key := f.reader().Key
	ours := map[string]bool{key: true}
	for _, setting := range f.settings() {
		ours[setting.Name] = true
	}
	has := false
	for _, line := range lines {
		switch {
		case ours[line.name] && line.spans:
			return fmt.Errorf("%w: %s has a value over several lines in %s, line %d",
				ErrUnwritable, line.name, target, line.number)
		case ours[line.inside]:
			return fmt.Errorf("%w: %s, line %d, has %s inside a quoted value of several lines",
				ErrUnwritable, target, line.number, line.inside)
		case line.name == key && line.value != "":
			has = true
		}
	}
	if has && !f.Replace {
		return fmt.Errorf("%s: %w", target, hasKey(key))
	}
	return nil
}
