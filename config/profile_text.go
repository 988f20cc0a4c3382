package config

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/pelletier/go-toml/v2/unstable"

	"fob/config/tomltext"
)

// Errors of a profile that can't be added or removed.
var (
	// ErrProfileExists is for a name that is taken.
	ErrProfileExists = errors.New("there is a profile of that name already")
	// ErrByHand is for a section that is written in a way that can't be cut out of the file without touching more.
	ErrByHand = errors.New("it has to be taken out by hand")
)

// AppendProfile writes p as the section [profiles.NAME] to the end of the file at path, which people write: whatever
// stands there stays byte for byte. The file and its folder are made if there are none. Nothing is written if the name
// is taken (ErrProfileExists), or if the file, before or after, is not one that Load reads (*SettingsError).
func AppendProfile(ctx context.Context, path, name string, p Profile) error {
	if err := CheckProfileName(name); err != nil {
		return err
	}
	return rewrite(ctx, path, func(text []byte) ([]byte, error) { return withProfile(path, text, name, p) })
}

// RemoveProfile cuts the section [profiles.NAME] out of the file at path, with the blank line before it and the comment
// that stands right on it. Every other byte stays. Nothing is written if there is no such profile
// (*UnknownProfileError), if Load doesn't read the file (*SettingsError), or if the profile is written in another way
// than as a section of its own (ErrByHand, with the line to edit).
func RemoveProfile(ctx context.Context, path, name string) error {
	return rewrite(ctx, path, func(text []byte) ([]byte, error) { return withoutProfile(path, text, name) })
}

// rewrite changes the text of the file at path under its lock.
func rewrite(ctx context.Context, path string, change func([]byte) ([]byte, error)) error {
	if err := MakeFolder(filepath.Dir(path)); err != nil {
		return err
	}
	unlock, err := Lock(ctx, path)
	if err != nil {
		return err
	}
	defer unlock()
	text, err := readSettings(path)
	if err != nil {
		return err
	}
	perm := fs.FileMode(0o600)
	if info, err := os.Stat(path); err == nil {
		perm = info.Mode().Perm() // people's own file keeps what they gave it
	}
	if text, err = change(text); err != nil {
		return err
	}
	if len(text) > maxSettings {
		return fmt.Errorf("%s would be larger than %d bytes", path, maxSettings)
	}
	return WriteFile(path, text, perm)
}

// withProfile is the text of the file at path with a section added.
func withProfile(path string, text []byte, name string, p Profile) ([]byte, error) {
	old, err := parseSettings(path, text)
	if err != nil {
		return nil, err
	}
	if there, taken := old.Profiles[name]; taken {
		return nil, fmt.Errorf("%w: [profiles.%s] in %s:%d", ErrProfileExists, tomltext.Name(name), path, there.Line)
	}
	lines := []string{"[profiles." + tomltext.Name(name) + "]"}
	for _, setting := range profileNames {
		value, set := p.value(setting)
		if !set {
			continue
		}
		if setting != "production" && setting != "read_only" {
			value = tomltext.Quoted(value)
		}
		lines = append(lines, setting+" = "+value)
	}
	p.settle(name, filepath.Dir(path), nil) // as it will be read
	want := old
	want.Profiles = maps.Clone(old.Profiles)
	want.Profiles[name] = p
	return meaning(tomltext.Append(text, lines...), want)
}

// withoutProfile is the text of the file at path with a section cut out.
func withoutProfile(path string, text []byte, name string) ([]byte, error) {
	old, err := parseSettings(path, text)
	if err != nil {
		return nil, err
	}
	p, there := old.Profiles[name]
	if !there {
		return nil, &UnknownProfileError{Name: name, Known: old.ProfileNames()}
	}
	from, to, ok := section(text, name)
	if !ok {
		return nil, fmt.Errorf("%s:%d: the profile %q is not written as a section [profiles.%s] of its own: %w",
			path, p.Line, name, tomltext.Name(name), ErrByHand)
	}
	want := old
	want.Profiles = maps.Clone(old.Profiles)
	delete(want.Profiles, name)
	return meaning(slices.Concat(text[:from], text[to:]), want)
}

// meaning returns text if it says what is wanted, and nothing else.
func meaning(text []byte, want Settings) ([]byte, error) {
	made, err := parseSettings(want.Path, text)
	if err != nil {
		return nil, fmt.Errorf("the file is left as it is: %w", err)
	}
	if !reflect.DeepEqual(want.Destinations, made.Destinations) || !reflect.DeepEqual(placeless(want), placeless(made)) {
		return nil, fmt.Errorf("%s can't be changed without changing more than that: %w", want.Path, ErrByHand)
	}
	return text, nil
}

// placeless are the profiles without where they stand.
func placeless(s Settings) map[string]Profile {
	out := make(map[string]Profile, len(s.Profiles))
	for name, p := range s.Profiles {
		p.Line, p.Lines = 0, nil
		out[name] = p
	}
	return out
}

// expression is what stands at the top of a TOML file, by the number of its first line from 0.
type expression struct {
	line  int
	table []string // the name in a section's head; nil of what is none
	note  bool     // a comment
}

// section returns the bytes of text, which is valid TOML, that are the section [profiles.NAME].
func section(text []byte, name string) (from, to int, ok bool) {
	body := bytes.TrimPrefix(text, []byte("\ufeff"))
	mark := len(text) - len(body)
	lines := bytes.SplitAfter(body, []byte("\n"))
	list, err := expressions(body)
	if err != nil {
		return 0, 0, false
	}
	at := slices.IndexFunc(list, func(e expression) bool { return slices.Equal(e.table, []string{"profiles", name}) })
	if at < 0 {
		return 0, 0, false
	}
	next := len(lines)
	if n := slices.IndexFunc(list[at+1:], func(e expression) bool { return e.table != nil }); n >= 0 {
		next = list[at+1+n].line
	}
	notes := map[int]bool{}
	for _, e := range list {
		if e.note {
			notes[e.line] = true
		}
	}
	blank := func(n int) bool { return len(bytes.TrimSpace(lines[n])) == 0 }
	// A section ends with its last value. Comments that follow without a blank line are its own, unless they stand on
	// the next section.
	last := next - 1
	for last > list[at].line && (blank(last) || notes[last]) {
		last--
	}
	end := last + 1
	for end < next && notes[end] {
		end++
	}
	if end == next && next < len(lines) {
		end = last + 1
	}
	// A comment that stands on the section is its own if a blank line keeps it apart from what is above; at the very
	// beginning it may be the file's.
	start := list[at].line
	top := start
	for top > 0 && notes[top-1] {
		top--
	}
	if top > 0 && blank(top-1) {
		start = top
	}
	if start > 0 && blank(start-1) {
		start--
	}
	size := func(lines [][]byte) int { return len(bytes.Join(lines, nil)) }
	return mark + size(lines[:start]), mark + size(lines[:end]), true
}

// expressions lists what stands at the top of a TOML file.
func expressions(body []byte) ([]expression, error) {
	parser := unstable.Parser{KeepComments: true}
	parser.Reset(body)
	var list []expression
	for parser.NextExpression() {
		node := parser.Expression()
		if node.Kind == unstable.Comment {
			list = append(list, expression{line: parser.Shape(node.Raw).Start.Line - 1, note: true})
			continue
		}
		e := expression{line: -1}
		var parts []string
		for keys := node.Key(); keys.Next(); {
			if e.line < 0 {
				e.line = parser.Shape(keys.Node().Raw).Start.Line - 1
			}
			parts = append(parts, string(keys.Node().Data))
		}
		if node.Kind != unstable.KeyValue {
			e.table = parts
		}
		list = append(list, e)
	}
	return list, parser.Error()
}
