package stash_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"fob/client/secret"
	"fob/config/stash"
)

// sessionStore is what both stores are.
type sessionStore interface {
	Name() string
	Load(ctx context.Context) (secret.Value, error)
	Save(ctx context.Context, v secret.Value) error
	Delete(ctx context.Context) error
	Lock(ctx context.Context) (unlock func(), err error)
}

// smallKeyring splits every session of some length, as Windows and macOS do.
func smallKeyring() *stash.Keyring {
	k := stash.NewKeyring(stash.SessionService)
	k.SetLimit(400)
	return k
}

// sessionCalls does what args say, and says what came of it: "save=TEXT", "load", "delete", "count=N" (adds one to a
// number in the session N times, under the lock), "hold" (takes the lock and waits for the end of standard input).
func sessionCalls(store sessionStore, args []string) int {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Second)
	defer cancel()
	for _, arg := range args {
		op, rest, _ := strings.Cut(arg, "=")
		var err error
		said := "done"
		switch op {
		case "save":
			err = store.Save(ctx, secret.New(rest))
		case "load":
			var v secret.Value
			if v, err = store.Load(ctx); err == nil {
				said = "none"
				if !v.IsZero() {
					said = fmt.Sprintf("%x", sha256.Sum256([]byte(v.Reveal())))
				}
			}
		case "delete":
			err = store.Delete(ctx)
		case "count":
			times, _ := strconv.Atoi(rest)
			for range times {
				err = errors.Join(err, count(ctx, store))
			}
		case "hold":
			if _, err = store.Lock(ctx); err == nil {
				say("held")
				_, _ = os.Stdin.Read(make([]byte, 1))
			}
		}
		if err != nil {
			said = "failed: " + string(stash.KindOf(err)) + " " + err.Error()
		}
		say(said)
	}
	return 0
}

// padding makes a session large enough to be split.
var padding = strings.Repeat("é", 500)

func count(ctx context.Context, store sessionStore) error {
	unlock, err := store.Lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	v, err := store.Load(ctx)
	if err != nil {
		return err
	}
	text, whole := strings.CutSuffix(v.Reveal(), padding)
	number, err := strconv.Atoi("0" + text)
	if err != nil || !whole && !v.IsZero() {
		return fmt.Errorf("a session of %d bytes is no number", v.Len())
	}
	return store.Save(ctx, secret.New(strconv.Itoa(number+1)+padding))
}
