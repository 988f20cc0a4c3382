package ui

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"

	"fob/client/secret"
	"fob/config/stash"
	"fob/ui/desk"
)

// fickle takes what it is tried with, and nothing once a key was asked for.
type fickle struct {
	*stash.Memory
	refuses atomic.Bool
}

func (f *fickle) Put(ctx context.Context, account string, v secret.Value) error {
	if f.refuses.Load() {
		return errors.New("it is full")
	}
	return f.Memory.Put(ctx, account, v)
}

// The secret of a new key that no place takes is revealed, however many keys were to be rotated: it isn't left unasked.
func TestASecretOfSeveralThatNoPlaceTakes(t *testing.T) {
	keys := &fickle{Memory: stash.NewMemory()}
	pl := newPlace(t, func(o *desk.Options) { o.Keys = keys })
	u := runs(t, pl, 80, 24)
	u.press("2")
	u.idle()
	planRotation(u, "ci-eval", "export-2024")
	pl.intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost {
			keys.refuses.Store(true)
		}
		if r.Method != http.MethodDelete {
			return false
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	})
	u.press("y")
	u.idle()
	u.settle()
	u.shows("~2", "discard")
	if n := pl.posts.Load(); n != 1 {
		t.Errorf("%d keys were made", n)
	}
	u.press("esc")
	u.shows("~2", "discard") // it is left by deciding alone
	u.press("ctrl+c")
	if u.p.quitting || u.p.asking == "" {
		t.Error("it is left unasked")
	}
}
