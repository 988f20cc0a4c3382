package desk

import (
	"context"
	"errors"
	"strings"

	"fob/config/stash"
)

// Preset is which of PlaceChoices the profile's destination means, and its path if that is an env file. It is the first
// where the profile has no destination, or one that isn't to choose from; but a keyring that was found not to work, and
// that nobody asked for, gives way to an env file.
func (d *Desk) Preset() (at int, path string) {
	kind, rest, _ := strings.Cut(strings.TrimSpace(d.options.Profile.Destination), ":")
	file := 0
	for i, c := range d.PlaceChoices() {
		if c.Kind == InEnvFile && file == 0 {
			file = i
		}
		if c.Kind != Kind(kind) || c.Kind == InCommand && c.Command != rest {
			continue
		}
		if c.Kind == InEnvFile {
			path = rest
		}
		return i, path
	}
	if d.KeyringFailure() != nil {
		return file, ""
	}
	return 0, ""
}

// ReachKeyring finds out whether there is a keyring to keep a key in, without asking anybody to unlock it. KeyringFailure
// knows it from then on. The error is a *stash.KeyringError.
func (d *Desk) ReachKeyring(ctx context.Context) error {
	keys, ok := d.options.Keys.(interface{ Reach(context.Context) error })
	if !ok {
		return nil
	}
	err := keys.Reach(ctx)
	var failed *stash.KeyringError
	absent := errors.As(err, &failed) && (failed.Kind == stash.NoBus || failed.Kind == stash.NoService)
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case ctx.Err() != nil: // it was left, and has said nothing
	case absent:
		d.keyring, d.unreached = err, true
	case err == nil && d.unreached: // there is one now; that it works is for a trial to say
		d.keyring, d.unreached = nil, false
	}
	return err
}

// KeyringFailure is what the keyring said when it was last tried, nil if it works or hasn't been tried.
func (d *Desk) KeyringFailure() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.keyring
}

func (d *Desk) noteKeyring(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.keyring = err
}
