package desk

import (
	"context"
	"time"

	"fob/client/session"
)

// PastedSession tells whether the session that is kept is a token that a person pasted, which nobody can end from here.
// It reads the place where it is kept, and reaches no network; what can't be read is none.
func (d *Desk) PastedSession(ctx context.Context) bool {
	login := d.options.Login
	if login == nil || !login.Kept(ctx) {
		return false
	}
	state, store := login.Known()
	keeper := login.Keepers[store]
	if state.Known || keeper == nil {
		return state.Pasted
	}
	v, err := keeper.Load(ctx)
	if err != nil || v.IsZero() {
		return false
	}
	look, err := session.New(session.Options{
		APIURL: login.APIURL, CAFile: login.CAFile, UserAgent: login.UserAgent, Store: &memoryKeeper{kept: v},
		Now: func() time.Time { return time.Unix(0, 0) }, // when nothing had ended yet, and had to be refreshed
	})
	if err != nil {
		return false
	}
	if _, err := look.Credential(ctx); err != nil {
		return false
	}
	return look.State().Pasted
}
