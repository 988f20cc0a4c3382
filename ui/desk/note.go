package desk

import (
	"context"
	"errors"
	"path/filepath"
	"slices"

	"fob/config/stash"
)

// note tells the index where a key is now, and that no other key is there any more: a variable of an env file holds one.
// Every way into a place goes through here. Files are known by what they are, whatever links lead to them.
func note(ctx context.Context, index *stash.Index, e stash.Entry) error {
	e.Places = slices.Clone(e.Places)
	for i, p := range e.Places {
		if p.Kind == stash.KindEnvFile {
			e.Places[i].Where = located(p.Where)
		}
	}
	if err := index.Put(ctx, e); err != nil {
		return err
	}
	entries, err := index.Entries(ctx)
	if err != nil {
		return err
	}
	for _, other := range entries {
		stale := func(old stash.Place) bool {
			return slices.ContainsFunc(e.Places, func(p stash.Place) bool {
				return sameLine(old, p) && (other.Account != e.Account || old.Where != p.Where)
			})
		}
		if !slices.ContainsFunc(other.Places, stale) {
			continue
		}
		failed := index.Update(ctx, other.Account, func(o *stash.Entry) error {
			o.Places = slices.DeleteFunc(o.Places, stale)
			return nil
		})
		if !errors.Is(failed, stash.ErrNoEntry) { // somebody removed it meanwhile
			err = errors.Join(err, failed)
		}
	}
	return err
}

// sameLine tells whether two places are the same line of the same env file.
func sameLine(a, b stash.Place) bool {
	return a.Kind == stash.KindEnvFile && b.Kind == a.Kind && a.Variable == b.Variable && located(a.Where) == located(b.Where)
}

// located is the file that a path leads to, with every link followed as far as it can be.
func located(path string) string {
	path, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if whole, err := filepath.EvalSymlinks(path); err == nil {
		return whole
	}
	if folder, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil { // a file that isn't there
		return filepath.Join(folder, filepath.Base(path))
	}
	return path
}
