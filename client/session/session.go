// Package session is a person's own credential at the platform: signing in by the browser or by a code on another
// device, a pasted session token, refreshing, and signing out.
//
// It speaks HTTP to the platform and to the platform's identity provider and touches no file, no keyring and no screen:
// where a session is stored, how a browser is opened and what is shown meanwhile comes from whoever makes a Session. The
// protocol itself is golang.org/x/oauth2's and github.com/coreos/go-oidc's.
//
// A session belongs to the origin (scheme, host, port) that it was made for. One that is stored for another origin is
// not used. Providers that see a refresh token twice take it for stolen and end everything that came of it; so
// refreshing is done by one fob at a time, after a look at what another may have stored, and is never repeated blindly.
package session

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"fob/client/origin"
	"fob/client/secret"
)

// Store keeps one profile's session, which is an opaque text to it.
type Store interface {
	// Load returns what is stored; the zero Value and no error if there is nothing.
	Load(ctx context.Context) (secret.Value, error)
	// Save stores v in the place of what was stored.
	Save(ctx context.Context, v secret.Value) error
	// Delete removes what is stored. That there was nothing is no error.
	Delete(ctx context.Context) error
	// Lock waits until no other process has the session locked. It is not called again before unlock was.
	Lock(ctx context.Context) (unlock func(), err error)
}

// Options say whose session it is and what it needs from outside. APIURL and Store are needed.
type Options struct {
	// APIURL is the platform's address, with or without /api or /api/v1 behind it: https, or http on loopback.
	APIURL string
	// CAFile is a PEM file with certificates that are trusted beside the system's.
	CAFile string
	// UserAgent says who is asking, "fob" unless set.
	UserAgent string
	Store     Store
	// OpenBrowser opens an address in the person's browser; nil means that none can be opened here. It is called from
	// a goroutine of its own with SignIn's context, and is not waited for.
	OpenBrowser func(ctx context.Context, url string) error
	// Now is the clock, time.Now unless set.
	Now func() time.Time
	// OnExchange, if set, is told of every request and its answer, from several goroutines at a time.
	OnExchange func(Exchange)
	// Transport replaces the one that New would make. If it is an *http.Transport, a copy of it is used that sends
	// nothing twice; CAFile and the proxies of the environment are then its owner's affair.
	Transport http.RoundTripper
}

const (
	enough   = time.Minute     // what Credential wants to be left of a session
	plenty   = 5 * time.Minute // what Fresh wants
	patience = 30 * time.Second
	// patience is also how long a failed refresh is left alone while the session is still good.
	personal = 10 * time.Minute // how long a person has for signing in, if the provider sets no shorter time
)

// Session is a person's session at one platform. It is safe for use by several goroutines.
type Session struct {
	options   Options
	origin    string
	plain     bool // the platform is on this machine, so its provider may be here, too, without TLS
	transport http.RoundTripper
	wait      time.Duration // personal, but for tests

	gate chan struct{} // held by who reads the store, refreshes or replaces the session

	mu      sync.Mutex // never held while anything waits
	loaded  bool
	record  *record // nil: not signed in
	aside   error   // why what is stored isn't used
	ended   bool    // the provider won't refresh record any more
	failure error   // of the last refresh, if it failed
	failed  time.Time
	unsaved error        // why record isn't in the store
	over    secret.Value // the token of a session that was signed out of, but couldn't be removed from the store
}

// New returns a Session. It sends nothing and doesn't touch the store yet. It fails if APIURL isn't an address that a
// credential may be sent to, if there is no Store, or if CAFile can't be read.
func New(o Options) (*Session, error) {
	at, local, err := origin.Parse(o.APIURL)
	if err != nil {
		return nil, err
	}
	if o.Store == nil {
		return nil, errors.New("no store for the session")
	}
	if o.UserAgent == "" {
		o.UserAgent = "fob"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	transport, err := newTransport(o)
	if err != nil {
		return nil, err
	}
	return &Session{
		options: o, origin: at, plain: local, transport: transport, wait: personal,
		gate: make(chan struct{}, 1),
	}, nil
}

// Origin returns the platform's scheme, host and port, "https://api.cloud.deepset.ai": what the session belongs to.
func (s *Session) Origin() string { return s.origin }

// Credential returns the session token to send to the platform. The first call reads the store; a session with under a
// minute left is refreshed. It fails with ErrNone if nobody is signed in, with ErrEnded if the session is over, with an
// *Error if it is over unless a refresh that failed works later, and with the store's error if that can't be read.
func (s *Session) Credential(ctx context.Context) (secret.Value, error) {
	r, err := s.ensure(ctx, enough, secret.Value{})
	if err != nil {
		return secret.Value{}, err
	}
	return r.access, nil
}

// Fresh makes sure that the session lasts for five more minutes, or for as long as the provider lets one last: to be
// called before a request that can't be sent twice. If refreshing fails while more than a minute is left, that is
// enough. Errors as for Credential.
func (s *Session) Fresh(ctx context.Context) error {
	r, err := s.ensure(ctx, plenty, secret.Value{})
	if err != nil {
		return err
	}
	if r.left(s.options.Now()) >= enough {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failure != nil {
		return s.failure
	}
	return nil // the provider's sessions are that short, or this one can't be refreshed and is good for a moment
}

// Renew returns another session token after the platform refused one with 401: what another fob has stored meanwhile,
// or what the provider gives for the refresh token. It is to be called once for a refused GET. It fails with ErrEnded if
// there is no other, and with an *Error if the provider can't be asked now.
func (s *Session) Renew(ctx context.Context, refused secret.Value) (secret.Value, error) {
	r, err := s.ensure(ctx, enough, refused)
	switch {
	case errors.Is(err, ErrNone):
		return secret.Value{}, ended("it was signed out elsewhere")
	case err != nil:
		return secret.Value{}, err
	}
	return r.access, nil
}

// Close waits until a refresh that is under way has been stored, or ctx is done. Without it, ending the program in that
// moment could lose the only refresh token that is still good. The Session can be used afterwards.
func (s *Session) Close(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	s.leave()
	return nil
}

func (s *Session) enter(ctx context.Context) error {
	select {
	case s.gate <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Session) leave() { <-s.gate }
