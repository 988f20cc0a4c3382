package desk

import (
	"context"
	"sync"
	"time"

	"fob/client/secret"
	"fob/client/session"
)

// SignInNotice is what a person has to see while signing in.
type SignInNotice struct {
	session.Notice
	Keeping bool // it came, and is being kept: a keyring may ask for its password. It is too late to leave.
}

// firmly keeps a session that came, whoever leaves meanwhile: half of it done, a live session would be with nobody.
type firmly struct {
	Keeper
	tell     func()
	first    sync.Once
	replaced secret.Value // what was kept there before
}

// keepWithin is how long keeping a session may take, a person's unlocking of the keyring included.
const keepWithin = time.Minute

// Save keeps v.
func (f *firmly) Save(ctx context.Context, v secret.Value) error {
	f.tell()
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepWithin)
	defer cancel()
	f.first.Do(func() { f.replaced, _ = f.Load(own) }) // what can't be read can't be ended either
	return f.Keeper.Save(own, v)
}

// endWithin is how long ending a session that was replaced may take.
const endWithin = 5 * time.Second

// end ends a session that is kept no longer, at the provider: it would live on with nobody. Nothing depends on it.
func (l *Login) end(ctx context.Context, v secret.Value) {
	if v.IsZero() {
		return
	}
	old, err := session.New(session.Options{APIURL: l.APIURL, CAFile: l.CAFile, UserAgent: l.UserAgent, Store: &memoryKeeper{kept: v}, OnExchange: l.OnExchange})
	if err != nil {
		return
	}
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWithin)
	defer cancel()
	_ = old.GiveUp(own)
}
