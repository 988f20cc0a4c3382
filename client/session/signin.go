package session

import (
	"context"
	"errors"
	"time"

	"golang.org/x/oauth2"

	"fob/client/secret"
)

// Way is how a person signs in.
type Way string

// The ways. Auto is the browser where one can be opened and the provider has it, and a code on another device otherwise.
const (
	Auto    Way = "auto"
	Browser Way = "browser"
	Device  Way = "device"
)

// Notice is what a person has to see while signing in. Address and Code are plain ASCII: to be shown, read aloud, copied.
type Notice struct {
	Way     Way       // Browser or Device
	Address string    // where to sign in
	Code    string    // Device: what to type there
	Direct  string    // Device: an address that has the code in it already; "" if there is none
	Until   time.Time // when nobody is waited for any longer, by this machine's clock
	// Opening tells that a browser is being opened at Address. If that fails, another Notice comes without it.
	Opening bool
	// NotOpened tells that a browser was to be opened here, and none could be.
	NotOpened bool
}

// Signed is what came of signing in.
type Signed struct {
	Way       Way
	Who       Who
	Expiry    time.Time // zero where the provider doesn't say
	Renewable bool      // the provider gave a refresh token
}

// SignIn lets a person sign in and stores the session. What the person has to do goes to tell, which may be called more
// than once and must not wait; it returns when the person is done, when the time is over, or with ctx.
//
// The errors to tell apart: ErrNotOffered, ErrNoWay, ErrDenied, ErrTimedOut, ErrUntrusted, ctx's own, *Error, and
// *UnsavedError, which comes with a good Signed: the session is used, for this run only.
func (s *Session) SignIn(ctx context.Context, way Way, tell func(Notice)) (Signed, error) {
	// Nothing of it outlives the call.
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	httpClient, w := s.client(inner)
	inner = context.WithValue(inner, oauth2.HTTPClient, httpClient)
	p, err := s.find(inner, httpClient, w)
	if err != nil {
		return Signed{}, left(ctx, err)
	}
	a := &attempt{session: s, provider: p, wire: w, tell: tell, caller: ctx}
	g, err := a.run(inner, way)
	if err != nil {
		return Signed{}, left(ctx, err)
	}
	who, err := a.verify(inner, g)
	if err != nil {
		return Signed{}, left(ctx, err)
	}
	r := &record{
		Version: version, Origin: s.origin, Issuer: p.Issuer, ClientID: p.ClientID,
		Tokens: p.config.Endpoint.TokenURL, Revocation: p.revocation, Who: who,
	}
	r.received(g.token, g.sent)
	if _, err := r.seal(); err != nil {
		return Signed{}, &Error{Op: "sign in", Message: "what came is " + err.Error()}
	}
	signed := Signed{Way: g.way, Who: who.visible(), Expiry: r.Expiry, Renewable: !r.refresh.IsZero()}
	return signed, s.replace(ctx, r)
}

// left returns ctx's error where that is the reason for err: a person who left hears of nothing else.
func left(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// Paste takes a session token that a person got elsewhere, and stores it. It can't be refreshed. It fails with
// ErrUnusable if v is empty, too long, or has a blank or a line break in it, and with *UnsavedError if it is good for
// this run only.
func (s *Session) Paste(ctx context.Context, v secret.Value) error {
	r := &record{Version: version, Origin: s.origin, Obtained: s.options.Now().UTC(), Pasted: true, access: v}
	if _, err := r.seal(); err != nil {
		return err
	}
	return s.replace(ctx, r)
}

// Check tells whether v has the form of a session token at all, before it is sent anywhere: nil, or ErrUnusable with why.
func Check(v secret.Value) error {
	_, err := (&record{Version: version, access: v}).seal()
	return err
}

// replace puts r in the place of the session there was. Whatever keeps it from being stored, it is used.
func (s *Session) replace(ctx context.Context, r *record) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	unlock, err := s.lock(ctx)
	if err != nil {
		return s.adopt(r, err)
	}
	defer unlock()
	return s.keep(ctx, r)
}

// attempt is one person's signing in.
type attempt struct {
	session  *Session
	provider *provider
	wire     *wire
	tell     func(Notice)
	caller   context.Context // SignIn's own, for what may go on after it
	failed   bool            // no browser could be opened
}

// grant is what the provider gave.
type grant struct {
	way   Way
	token *oauth2.Token
	sent  time.Time // when it was asked for, by this machine's clock
	nonce string    // that the id token must have; "" where none could be sent
}

func (a *attempt) run(ctx context.Context, way Way) (grant, error) {
	endpoint := a.provider.config.Endpoint
	browser, device := endpoint.AuthURL != "", endpoint.DeviceAuthURL != ""
	switch {
	case way == Device && device:
		return a.byDevice(ctx)
	case way == Browser && browser:
		return a.byBrowser(ctx, false)
	case way != Auto:
		return grant{}, ErrNoWay
	case browser && a.session.options.OpenBrowser != nil:
		g, err := a.byBrowser(ctx, device)
		if errors.Is(err, errNotOpened) {
			a.failed = true
			return a.byDevice(ctx)
		}
		return g, err
	case device:
		return a.byDevice(ctx)
	case browser:
		return a.byBrowser(ctx, false)
	}
	return grant{}, ErrNoWay
}
