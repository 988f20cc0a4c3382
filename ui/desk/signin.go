package desk

import (
	"context"
	"errors"

	"fob/client"
	"fob/client/secret"
	"fob/client/session"
	"fob/client/visible"
)

// CanSignIn tells whether a person can sign in here: not where the session is the demo's own.
func (d *Desk) CanSignIn() bool { return d.options.Login != nil }

// HasSession tells whether there is a session to ask the platform with, without looking whether it is any good.
func (d *Desk) HasSession(ctx context.Context) bool {
	login := d.options.Login
	return login == nil || d.credentials() != Credentials(login) || login.Kept(ctx)
}

// LoadSession reads the session from where it is kept, which a person may have to unlock. Errors are the place's, and
// session.ErrNone and session.ErrEnded.
func (d *Desk) LoadSession(ctx context.Context) error {
	_, err := d.credential(ctx)
	return err
}

// ErrNoLogin is returned where nobody can sign in, because the session is not fob's to get.
var ErrNoLogin = errors.New("nobody signs in here")

// SignInOptions finds out what is offered here.
func (d *Desk) SignInOptions(ctx context.Context) (SignInOptions, error) {
	if d.options.Login == nil {
		return SignInOptions{}, ErrNoLogin
	}
	return d.options.Login.Options(ctx)
}

// Answers asks the platform how people sign in, and tells why it can't be asked: nil if it answers, be it that nobody can
// sign in. Errors are ErrNoLogin, session's and ctx's.
func (d *Desk) Answers(ctx context.Context) error {
	if d.options.Login == nil {
		return ErrNoLogin
	}
	m, err := d.options.Login.in(SessionInMemory)
	if err != nil {
		return err
	}
	if _, err = m.Ways(ctx); errors.Is(err, session.ErrNotOffered) || errors.Is(err, session.ErrNoWay) {
		return nil
	}
	return err
}

// Signed is who signed in.
type Signed struct {
	Identity
	Several bool // they belong to several organizations, and none was chosen yet
	// Elsewhere tells that they don't belong to the organization that was worked in here last: it has to be opened anew,
	// without it.
	Elsewhere bool
	Unsaved   error    // why the session is good until fob ends only, nil if it is kept where it was to be
	Warnings  []string // what did not work beside it; made safe to show
}

// SignIn signs a person in, in the place of whoever was, and asks the platform who that is. The lists that were read
// before are somebody else's view. tell may be nil. Errors are those of Login.SignIn, and *client.Error of a platform
// that doesn't take the new session: then it is kept all the same.
func (d *Desk) SignIn(ctx context.Context, c SignInChoice, tell func(SignInNotice)) (Signed, error) {
	login := d.options.Login
	if login == nil {
		return Signed{}, ErrNoLogin
	}
	if c.Way == ByPasting {
		if err := d.tryPasted(ctx, c.Pasted); err != nil {
			return Signed{}, err
		}
	}
	var signed Signed
	warn := func(err error) { signed.Warnings = append(signed.Warnings, visible.Line(err.Error())) }
	err := login.SignIn(ctx, c, tell)
	if kept, ok := errors.AsType[*session.UnsavedError](err); ok {
		warn(kept)
		signed.Unsaved = kept
		err = nil
	}
	if err != nil {
		return signed, err
	}
	d.mu.Lock()
	d.as, d.who = login, nil
	d.mu.Unlock()
	if d.options.OnSignIn != nil {
		if err := d.options.OnSignIn(ctx, d.Origin()); err != nil {
			warn(err)
		}
	}
	signed.Identity, err = d.Who(ctx)
	switch {
	case client.IsForbidden(err) && d.options.Remembered:
		// The organization was another person's, who was here last.
		signed.Elsewhere = true
		return signed, nil
	case client.IsForbidden(err), client.IsUnauthorized(err):
		return signed, err
	case err != nil:
		warn(err) // they are signed in all the same
		return signed, nil
	}
	if d.options.OrganizationID == "" {
		if list, err := d.platform.Organizations(ctx); err == nil {
			signed.Several = len(list) > 1
		}
	}
	return signed, nil
}

// tryPasted asks the platform whether it takes a session that was pasted, before that takes the place of another. Only a
// plain no keeps it out: a platform that can't be asked now may take it later.
func (d *Desk) tryPasted(ctx context.Context, v secret.Value) error {
	if err := session.Check(v); err != nil {
		return err
	}
	c, err := client.New(client.Options{
		BaseURL: d.Origin(), CAFile: d.options.CAFile, UserAgent: "fob/" + d.options.Version, Source: "fob", OnExchange: d.options.OnExchange,
		Credential: func(context.Context) (secret.Value, error) { return v, nil },
	})
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Me(ctx); client.IsUnauthorized(err) {
		return err
	}
	return nil
}

// GiveUpSession ends a session that couldn't be kept, and leaves alone what is kept.
func (d *Desk) GiveUpSession(ctx context.Context) {
	if d.options.Login != nil {
		d.options.Login.GiveUp(ctx)
	}
}

// SignOut gives the session up. Errors are session.RevokeError where the issuer could not be told, session.ErrNone where
// nobody is signed in, and those of the place where it is kept.
func (d *Desk) SignOut(ctx context.Context) error {
	if d.options.Login == nil {
		return ErrNoLogin
	}
	d.mu.Lock()
	d.who = nil
	d.mu.Unlock()
	return d.options.Login.SignOut(ctx)
}

// FinishSession waits until what is under way with the session is over, or ctx is done: to be called before the program
// ends.
func (d *Desk) FinishSession(ctx context.Context) {
	if d.options.Login != nil {
		d.options.Login.Finish(ctx)
	}
}

// Organizations are those that the person belongs to, names made safe to show.
func (d *Desk) Organizations(ctx context.Context) ([]client.Organization, error) {
	list, err := d.platform.Organizations(ctx)
	for i := range list {
		list[i].Name = visible.Line(list[i].Name)
	}
	return list, err
}

// SessionState tells how it stands with the session, as far as it is known without asking anybody, and where it is kept;
// false where it came from outside.
func (d *Desk) SessionState() (SessionState, SessionStore, bool) {
	login := d.options.Login
	if login == nil || d.credentials() != Credentials(login) {
		return SessionState{}, "", false
	}
	state, store := login.Known()
	return state, store, true
}
