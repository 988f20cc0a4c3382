package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// maxSettings bounds what is read of the file that people write.
const maxSettings = 1 << 20

// settingsVersion is the highest version of the file that is read.
const settingsVersion = 1

// MaxCommandTime is how long a command destination may take, and the default.
const MaxCommandTime = 60 * time.Second

// Settings are what people wrote into config.toml. The file is theirs: it is read, never encoded again.
type Settings struct {
	// Path is the file's, whether it exists or not.
	Path string
	// Destinations are the commands of [destinations.NAME] by their names; never nil.
	Destinations map[string]CommandDestination
	// Profiles are the sections [profiles.NAME] by their names; never nil.
	Profiles map[string]Profile
}

// CommandDestination is a section [destinations.NAME]: a command of the user's own that takes a key on its standard
// input. Each list is a program and its arguments, run without a shell. An argument that is a placeholder (see
// CheckCommand) is replaced by a name of the key.
type CommandDestination struct {
	Command []string      // takes the key; never empty
	Check   []string      // tries, before a key is made, whether Command would work; nil if there is none
	Read    []string      // gives the key back on its standard output; nil if there is none
	Timeout time.Duration // for each of them, up to MaxCommandTime; never zero as Load returns it
}

// SettingsPath is where the file is that people write.
func (d Dirs) SettingsPath() string { return filepath.Join(d.Config, "config.toml") }

// SettingsError is something in config.toml that fob doesn't understand. Nothing of such a file is used.
type SettingsError struct {
	Path         string
	Line, Column int // from 1; 0 if the error has no place
	Problem      string
	More         int // how many other errors of the same kind follow further down
}

// Error says where and what: `config.toml:7: no setting "comand", did you mean "command"?`.
func (e *SettingsError) Error() string {
	text := e.Path + ": "
	if e.Line > 0 {
		text = fmt.Sprintf("%s:%d: ", e.Path, e.Line)
	}
	text += e.Problem
	if e.More > 0 {
		text += fmt.Sprintf(" (and %d more like it)", e.More)
	}
	return text
}

// Load reads the settings at path. A file that doesn't exist means the defaults. Whatever fob doesn't understand in it
// is a *SettingsError: an unknown name, a value of another type, a syntax error; other errors are of reading the file.
func Load(path string) (Settings, error) {
	data, err := readSettings(path)
	if err != nil {
		return Settings{}, err
	}
	return parseSettings(path, data)
}

// readSettings returns the file's text, nil if there is no file.
func readSettings(path string) ([]byte, error) {
	if target, err := linked(path); err != nil {
		return nil, err
	} else if info, err := os.Stat(target); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file", path) // a pipe would be waited for without end
	}
	data, err := readLimited(path, maxSettings)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// settingsFile is the file as it is decoded. The names have to be the ones of settingNames.
type settingsFile struct {
	Version      *int                      `toml:"version"`
	Destinations map[string]destinationRaw `toml:"destinations"`
	Profiles     map[string]profileRaw     `toml:"profiles"`
}

type destinationRaw struct {
	Command []string `toml:"command"`
	Check   []string `toml:"check"`
	Read    []string `toml:"read"`
	Timeout *string  `toml:"timeout"`
}

func parseSettings(path string, data []byte) (Settings, error) {
	// Editors on Windows begin a file with a mark of its encoding.
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	fail := func(line, column int, format string, args ...any) error {
		return &SettingsError{Path: path, Line: line, Column: column, Problem: fmt.Sprintf(format, args...)}
	}
	// Into nothing in particular at first: what fails here is not TOML at all.
	var anything map[string]any
	err := toml.Unmarshal(data, &anything)
	if wrong, ok := errors.AsType[*toml.DecodeError](err); ok {
		line, column := wrong.Position()
		return Settings{}, fail(line, column, "not valid TOML: %s", printable(strings.TrimPrefix(wrong.Error(), "toml: ")))
	}
	if err != nil {
		return Settings{}, fail(0, 0, "not valid TOML: %v", err)
	}
	places, err := placesOf(path, data)
	if err != nil {
		return Settings{}, err
	}
	var file settingsFile
	decoder := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields()
	err = decoder.Decode(&file)
	if wrong, ok := errors.AsType[*toml.DecodeError](err); ok {
		line, column := wrong.Position()
		// Of a section's head it has the place where that begins, of nested inline tables the name of the outermost.
		name := places.before(line, column)
		if key := wrong.Key(); len(key) > len(name) || !slices.Equal(key, name[:len(key)]) {
			name = key
		}
		return Settings{}, fail(line, column, "%s", wrongType(name))
	}
	if err != nil {
		return Settings{}, fail(0, 0, "%v", err)
	}
	if v := file.Version; v != nil && (*v < 1 || *v > settingsVersion) {
		at := places.of("version")
		return Settings{}, fail(at.line, at.column, "version %d is not one that this fob reads: it knows up to %d", *v, settingsVersion)
	}
	s := Settings{
		Path:         path,
		Destinations: make(map[string]CommandDestination, len(file.Destinations)),
		Profiles:     make(map[string]Profile, len(file.Profiles)),
	}
	var problems []*SettingsError
	note := func(p *problem, section ...string) {
		at := places.of(append(section, p.at...)...)
		problems = append(problems, &SettingsError{Path: path, Line: at.line, Column: at.column, Problem: p.text})
	}
	for _, name := range slices.Sorted(maps.Keys(file.Destinations)) {
		d, problem := destination(name, file.Destinations[name])
		if problem != nil {
			note(problem, "destinations", name)
			continue
		}
		s.Destinations[name] = d
	}
	for _, name := range slices.Sorted(maps.Keys(file.Profiles)) {
		p, problem := profile(name, file.Profiles[name], file.Destinations)
		if problem != nil {
			note(problem, "profiles", name)
			continue
		}
		p.settle(name, filepath.Dir(path), places)
		s.Profiles[name] = p
	}
	if len(problems) > 0 {
		slices.SortStableFunc(problems, func(a, b *SettingsError) int { return a.Line - b.Line })
		return Settings{}, problems[0]
	}
	return s, nil
}

// destinationName is what a destination may be called: it is typed as command:NAME, and shown.
var destinationName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// problem is what is wrong with a section, and with which name in it.
type problem struct {
	at   []string
	text string
}

func destination(name string, raw destinationRaw) (CommandDestination, *problem) {
	d := CommandDestination{Command: raw.Command, Check: raw.Check, Read: raw.Read, Timeout: MaxCommandTime}
	if !destinationName.MatchString(name) {
		return d, &problem{nil, fmt.Sprintf("a destination can't be called %q: letters, digits, _ and - only, 64 at most", name)}
	}
	if raw.Command == nil {
		return d, &problem{nil, fmt.Sprintf(`destinations.%s has no "command"`, name)}
	}
	for _, list := range []struct {
		name string
		argv []string
	}{{"command", raw.Command}, {"check", raw.Check}, {"read", raw.Read}} {
		if list.argv == nil {
			continue
		}
		if err := CheckCommand(list.argv); err != nil {
			return d, &problem{[]string{list.name}, fmt.Sprintf("destinations.%s.%s: %v", name, list.name, err)}
		}
	}
	if slices.Contains(raw.Check, PlaceholderAccount) {
		return d, &problem{[]string{"check"}, fmt.Sprintf("destinations.%s.check: %s is not known yet when a destination is tried", name, PlaceholderAccount)}
	}
	if raw.Timeout != nil {
		t, err := time.ParseDuration(*raw.Timeout)
		if err != nil || t <= 0 || t > MaxCommandTime {
			return d, &problem{[]string{"timeout"}, fmt.Sprintf(`destinations.%s.timeout: %q is not a time up to 60 s, as in "30s"`, name, *raw.Timeout)}
		}
		d.Timeout = t
	}
	return d, nil
}
