package doctor

import (
	"context"
	"errors"
	"time"

	"fob/config/stash"
)

// keyringWithin is how long the keyring may take, an unlock prompt included: nobody is asked twice.
const keyringWithin = stash.KeyringDeadline + 500*time.Millisecond

func (e *examination) keyring(ctx context.Context) []Finding {
	if e.Keyring == nil {
		return one(skip(Keyring, "not tried"))
	}
	ctx, cancel := context.WithTimeout(ctx, stash.KeyringDeadline)
	defer cancel()
	began := time.Now()
	err := e.Keyring.Try(ctx)
	took := time.Since(began)
	if err == nil {
		return one(ok(Keyring, "writes, reads and deletes in "+short(took)).with("kind", "working"))
	}
	kind, advice := stash.KindOf(err), ""
	if failed, is := errors.AsType[*stash.KeyringError](err); is {
		advice = failed.Hint()
	}
	switch kind {
	case stash.NoBus, stash.NoService:
		return one(warn(Keyring, "absent: "+brief(err.Error()), advice).with("kind", string(kind)))
	case stash.Locked, stash.Dismissed:
		return one(warn(Keyring, string(kind)+": "+brief(err.Error()), advice).with("kind", string(kind)))
	case "":
		kind = stash.Other
	}
	return one(fail(Keyring, string(kind)+": "+brief(err.Error()), advice).with("kind", string(kind)))
}
