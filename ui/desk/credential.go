package desk

import (
	"context"

	"fob/client"
	"fob/client/secret"
	"fob/client/visible"
)

// Credentials is as whom the platform is asked.
type Credentials interface {
	// Credential returns what is sent with every request.
	Credential(ctx context.Context) (secret.Value, error)
	// Renew returns another one than the one that the platform refused, or an error that says why there is none.
	Renew(ctx context.Context, refused secret.Value) (secret.Value, error)
	// Fresh makes sure that it lives for some minutes: what changes something is never sent twice.
	Fresh(ctx context.Context) error
}

// given is a session that came from outside: when it has ended, nothing here can make another.
type given struct{ session secret.Value }

// Credential returns the session.
func (g given) Credential(context.Context) (secret.Value, error) { return g.session, nil }

// Renew has no other one.
func (g given) Renew(context.Context, secret.Value) (secret.Value, error) { return g.session, nil }

// Fresh can't tell.
func (given) Fresh(context.Context) error { return nil }

// credentials are as whom the platform is asked: the session that came from outside, until somebody signs in.
func (d *Desk) credentials() Credentials {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.as
}

// credential returns what is sent, and remembers it so that it can be cut out of what strangers say.
func (d *Desk) credential(ctx context.Context) (secret.Value, error) {
	v, err := d.credentials().Credential(ctx)
	if err == nil {
		d.sent.Store(&v)
	}
	return v, err
}

// Session returns the session that the platform is asked with, renewed where it has to be. A person may have to unlock
// the place where it is kept. Errors are the place's, and session.ErrNone and session.ErrEnded.
func (d *Desk) Session(ctx context.Context) (secret.Value, error) { return d.credential(ctx) }

func (d *Desk) renew(ctx context.Context, refused secret.Value) (secret.Value, error) {
	v, err := d.credentials().Renew(ctx, refused)
	if err == nil {
		d.sent.Store(&v)
	}
	return v, err
}

// Redact cuts the session out of a text.
func (d *Desk) Redact(text string) string {
	if v := d.sent.Load(); v != nil {
		return v.Redact(text)
	}
	return text
}

// NotAllowedError is what may not be done here, known before the platform is asked for it.
type NotAllowedError struct{ Why string }

// Error says why.
func (e *NotAllowedError) Error() string { return "not allowed: " + e.Why }

// SignInAsPerson is how the reason ends where the platform is asked with a key.
const SignInAsPerson = "sign in as a person"

const (
	whyKey      = "a key can't manage keys: " + SignInAsPerson // short enough for the status line
	whyReadOnly = "this was opened read-only"
)

// barred says why nothing may be changed, whatever the scope, "" if it may. The error is of the session.
func (d *Desk) barred(ctx context.Context) (string, error) {
	if why := d.readOnlyWhy(); why != "" {
		return why, nil
	}
	v, err := d.credential(ctx)
	if err != nil {
		return "", err
	}
	if client.LooksLikeKey(v) {
		return whyKey, nil
	}
	return "", nil
}

// profileRoom is how much of a profile's name there is in a reason, so that its end stays in the line.
const profileRoom = 24

// readOnlyWhy says why this is read-only, "" if it isn't.
func (d *Desk) readOnlyWhy() string {
	switch name := d.options.Profile.Name; {
	case !d.options.ReadOnly:
		return ""
	case d.options.Profile.ReadOnly && d.options.Profile.ReadOnlyBy != "":
		return "the profile " + visible.Truncate(d.options.Profile.ReadOnlyBy, profileRoom) + " of this platform is read-only"
	case name != "" && d.options.Profile.ReadOnly:
		return "the profile " + visible.Truncate(name, profileRoom) + " is read-only"
	}
	return whyReadOnly
}

// mayChange fails where nothing may be changed: *NotAllowedError, or the session's own error. It is asked before
// anything that changes the platform, so that nothing of it is sent.
func (d *Desk) mayChange(ctx context.Context) error {
	why, err := d.barred(ctx)
	if err == nil && why != "" {
		err = &NotAllowedError{why}
	}
	return err
}

// fresh makes sure, before something is changed, that it may be and that the session lives long enough for it.
func (d *Desk) fresh(ctx context.Context) error {
	if err := d.mayChange(ctx); err != nil {
		return err
	}
	return d.credentials().Fresh(ctx)
}

// cautious is the platform for whoever changes something: what may not be done, and what the session would not live to
// see the end of, isn't sent.
type cautious struct {
	*client.Client
	desk *Desk
}

func (d *Desk) cautious() cautious { return cautious{d.platform, d} }

// held is the error of a request that was held back. That it carries no status tells that nothing was sent.
func (c cautious) held(ctx context.Context, op string) error {
	if err := c.desk.fresh(ctx); err != nil {
		return &client.Error{Op: op, Message: c.desk.Redact(visible.Line(err.Error())), Err: err}
	}
	return nil
}

// CreateKey makes a key.
func (c cautious) CreateKey(ctx context.Context, draft client.Draft) (client.Issued, error) {
	if err := c.held(ctx, "create a key"); err != nil {
		return client.Issued{}, err
	}
	return c.Client.CreateKey(ctx, draft)
}

// UpdateKey changes a key.
func (c cautious) UpdateKey(ctx context.Context, id string, change client.Change) error {
	if err := c.held(ctx, "change the key"); err != nil {
		return err
	}
	return c.Client.UpdateKey(ctx, id, change)
}

// RevokeKey revokes a key.
func (c cautious) RevokeKey(ctx context.Context, id string) error {
	if err := c.held(ctx, "revoke the key"); err != nil {
		return err
	}
	return c.Client.RevokeKey(ctx, id)
}
