package desk

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"fob/client/secret"
	"fob/client/visible"
	"fob/config/stash"
)

// Handout is a key of the stash on its way into the program that needs it, under the names that this one reads. It holds
// the secret.
type Handout struct {
	Stashed
	Reader    stash.Reader
	Workspace string // "" if the program is told none

	key secret.Value
}

// Errors of a handout.
var (
	// ErrNoReach: the key doesn't work in the workspace that was chosen for it.
	ErrNoReach = errors.New("the key does not reach that workspace")
	// ErrNoVariable: what takes the key has no variable for a workspace.
	ErrNoVariable = errors.New("there is no variable for a workspace there")
)

// HandOut reads a key's secret for reader. workspace is the one that the program shall work in; "" is the key's own, if
// it has exactly one. There is no network in it. Errors are those of Secret, ErrNoReach and ErrNoVariable.
func (s *Stash) HandOut(ctx context.Context, e Stashed, reader stash.Reader, workspace string) (Handout, error) {
	h := Handout{Stashed: e, Reader: reader, Workspace: workspace}
	switch {
	case workspace == "":
		h.Workspace = only(e.Entry)
	case reader.Workspace == "":
		return Handout{}, fmt.Errorf("%w: %s", ErrNoVariable, reader.Name)
	case !e.Entry.AllWorkspaces && len(e.Entry.Workspaces) > 0 && !slices.Contains(e.Entry.Workspaces, workspace):
		return Handout{}, fmt.Errorf("%w: %s works in %s", ErrNoReach, e.Label(), visible.Line(strings.Join(e.Entry.Workspaces, ", ")))
	}
	var err error
	h.key, _, err = s.Secret(ctx, e.Entry)
	return h, err
}

// Settings are the variables with their values, the key's first. They are in the clear: for the child or the pipe that
// the person asked for, and nothing else.
func (h Handout) Settings() []stash.Setting {
	return append([]stash.Setting{{Name: h.Reader.Key, Value: h.key.Reveal()}}, h.Reader.Beside(h.Entry.Origin, h.Workspace)...)
}

// Names are the variables that are set.
func (h Handout) Names() []string {
	names := []string{h.Reader.Key}
	for _, s := range h.Reader.Beside(h.Entry.Origin, h.Workspace) {
		names = append(names, s.Name)
	}
	return names
}

// Environ returns the environment of a child: inherited, without fob's own secrets and without anything that any reader
// would take for a key, an address or a workspace, and with the handout's variables.
func (h Handout) Environ(inherited []string) []string {
	gone := h.Reader.Variables()
	for _, r := range stash.Readers() {
		gone = append(gone, r.Variables()...)
	}
	same := func(a, b string) bool { return a == b }
	if runtime.GOOS == "windows" {
		same = strings.EqualFold
	}
	var environ []string
	for _, line := range stash.ChildEnv(inherited) {
		name, _, _ := strings.Cut(line, "=")
		if !slices.ContainsFunc(gone, func(g string) bool { return same(g, name) }) {
			environ = append(environ, line)
		}
	}
	for _, s := range h.Settings() {
		environ = append(environ, s.Name+"="+s.Value)
	}
	return environ
}

// file is the env file at path as a destination for the handout. The very key that is there already isn't lost by being
// written again.
func (h Handout) file(path string, replace bool) stash.EnvFile {
	if !replace {
		if there, err := keyIn(path, h.Reader.Key); err == nil && there.Equal(h.key) {
			replace = true
		}
	}
	return stash.EnvFile{Path: path, APIURL: h.Entry.Origin, Workspace: h.Workspace, Replace: replace, Reader: h.Reader}
}

// TryEnv tells what a person should know before the env file at path is written, and fails as WriteEnv would.
func (h Handout) TryEnv(ctx context.Context, path string, replace bool) ([]string, error) {
	f := h.file(path, replace)
	err := f.Try(ctx)
	if err != nil && !errors.Is(err, stash.ErrHasKey) {
		return nil, err // and nothing is announced of a file that stays as it is
	}
	return f.Warnings(ctx), err
}

// Written is what came of writing an env file.
type Written struct {
	Path     string   // the file that was written, with every link followed
	Names    []string // the variables in it
	Warnings []string // what a person should know, made safe to show
}

// WriteEnv writes the handout into the env file at path, reads it back, and notes the place in the index. The file's own
// errors are stash.ErrHasKey, ErrTracked, ErrUnwritable and ErrNotPlain.
func (s *Stash) WriteEnv(ctx context.Context, h Handout, path string, replace bool) (Written, error) {
	f := h.file(path, replace)
	target, err := f.Target()
	if err != nil {
		return Written{}, err
	}
	w := Written{Path: target, Names: h.Names(), Warnings: f.Warnings(ctx)}
	if err := f.Put(ctx, h.Entry.Account, h.key); err != nil {
		return w, err
	}
	now := time.Now().UTC()
	p := stash.Place{Kind: stash.KindEnvFile, Where: target, Custody: string(secret.Kept), At: now, ReadBackAt: &now}
	if h.Reader.Key != stash.EnvAPIKey {
		p.Variable = h.Reader.Key
	}
	e := stash.Entry{Account: h.Entry.Account, Print: stash.PrintOf(h.Entry.Account, h.key), Places: []stash.Place{p}}
	if err := note(context.WithoutCancel(ctx), s.index, e); err != nil {
		w.Warnings = append(w.Warnings, visible.Line("the stash's index could not be written: "+err.Error()))
	}
	return w, nil
}
