package desk

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"fob/client"
	"fob/client/secret"
	"fob/client/session"
	"fob/client/visible"
	"fob/config"
)

// SessionStore is a place where a person's session can be kept. Its text is what --store takes and the state remembers.
type SessionStore string

// The places.
const (
	SessionInKeyring SessionStore = "keyring"
	SessionInFile    SessionStore = "file"
	SessionInMemory  SessionStore = "memory" // until fob ends
)

// Keeper keeps one profile's session.
type Keeper interface {
	session.Store
	// Name is for people: "the OS keyring".
	Name() string
}

// Login is how the session of one profile is had, kept and given up. It is safe for use by several goroutines.
type Login struct {
	APIURL, CAFile, UserAgent string
	Profile                   string                                          // the session is kept under this name
	Keepers                   map[SessionStore]Keeper                         // without one for SessionInMemory
	Probe                     func(context.Context) error                     // tries whether the keyring takes a session; nil: it does
	State                     *config.StateFile                               // remembers which store has the session
	OpenBrowser               func(ctx context.Context, address string) error // nil: none can be opened
	OnExchange                func(session.Exchange)                          // told of every request and its answer, if set; from several goroutines

	mu      sync.Mutex
	manager *session.Session
	store   SessionStore
	answer  config.StoreAnswer // as the state had it when the session was looked for
}

// ErrNoStore is returned by SignIn where the session can't be put into the place that was chosen.
var ErrNoStore = errors.New("the session can't be kept there")

// platform is the origin of the platform's address, "" if no session may go there.
func (l *Login) platform() string {
	at, _ := client.OriginOf(l.APIURL)
	return at
}

// in returns the manager of the session in store.
func (l *Login) in(store SessionStore) (*session.Session, error) {
	return l.telling(store, nil)
}

// telling is in, with what keeps the session of somebody who signs in; it may be nil.
func (l *Login) telling(store SessionStore, kept *firmly) (*session.Session, error) {
	keeper := l.Keepers[store]
	if keeper == nil {
		if store != SessionInMemory {
			return nil, fmt.Errorf("%w: there is no place called %q", ErrNoStore, store)
		}
		keeper = NewMemoryKeeper()
	}
	var where session.Store = keeper
	if kept != nil {
		where = kept
		kept.Keeper = keeper
	}
	return session.New(session.Options{
		APIURL: l.APIURL, CAFile: l.CAFile, UserAgent: l.UserAgent, Store: where, OpenBrowser: l.OpenBrowser, OnExchange: l.OnExchange,
	})
}

// current returns the manager that has the session: the one that somebody signed in with, or that of the store which
// the state remembers. Without either nothing is touched, no keyring and no file: nobody has ever signed in.
func (l *Login) current(ctx context.Context) (*session.Session, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.manager != nil {
		return l.manager, nil
	}
	state, err := l.State.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", session.ErrNone, err)
	}
	store := SessionStore(state.Store(l.Profile))
	if store == "" {
		return nil, session.ErrNone
	}
	m, err := l.in(store)
	if err != nil {
		return nil, err
	}
	l.manager, l.store, l.answer = m, store, state.StoreAnswer(l.Profile, l.platform())
	return m, nil
}

// Kept tells whether this machine should have a session for the profile, without looking at it.
func (l *Login) Kept(ctx context.Context) bool {
	_, err := l.current(ctx)
	return err == nil
}

// Credential returns the session; session.ErrNone where nobody is signed in.
func (l *Login) Credential(ctx context.Context) (secret.Value, error) {
	m, err := l.current(ctx)
	if err != nil {
		return secret.Value{}, err
	}
	return m.Credential(ctx)
}

// Renew returns another session than the refused one.
func (l *Login) Renew(ctx context.Context, refused secret.Value) (secret.Value, error) {
	m, err := l.current(ctx)
	if err != nil {
		return secret.Value{}, err
	}
	return m.Renew(ctx, refused)
}

// Fresh makes sure that the session lives for some minutes.
func (l *Login) Fresh(ctx context.Context) error {
	m, err := l.current(ctx)
	if err != nil {
		return err
	}
	return m.Fresh(ctx)
}

// SignInWay is how a person signs in.
type SignInWay string

// The ways.
const (
	ByBrowser SignInWay = "browser"
	ByCode    SignInWay = "device"
	ByPasting SignInWay = "paste"
	ByAny     SignInWay = "any" // the browser, or a code where none opens
)

// SignInOptions are what can be chosen from when signing in, the best first.
type SignInOptions struct {
	Ways []WayChoice // pasting is always among them
	Note string      // about what isn't offered, "" if nothing; made safe to show
	StoreOptions
}

// WayChoice is a way to sign in.
type WayChoice struct {
	Way         SignInWay
	Label, Note string
}

// SignInChoice is how somebody signs in, and where the session goes; an empty Store is the keyring.
type SignInChoice struct {
	Way      SignInWay
	Store    SessionStore
	Answered bool         // a person said that it shall be this Store: nobody asks again
	Pasted   secret.Value // of ByPasting
}

// Options finds out what is offered here. What the platform doesn't offer, or nobody answers for, is left out: pasting
// needs neither. The error is of the address or of ctx.
func (l *Login) Options(ctx context.Context) (SignInOptions, error) {
	var o SignInOptions
	m, err := l.in(SessionInMemory)
	if err != nil {
		return o, err
	}
	o.StoreOptions = l.StoreOptions(ctx)
	paste := WayChoice{ByPasting, "Paste a session token", "from the platform's web page, or one that a colleague's tool made for you"}
	browser := WayChoice{ByBrowser, "In the browser of this machine", "opens the platform's own sign-in, and comes back by itself"}
	code := WayChoice{ByCode, "With a code, on any device", "for ssh and machines without a browser: you type a short code on a phone or laptop"}
	ways, err := m.Ways(ctx)
	switch {
	case errors.Is(err, session.ErrNotOffered), errors.Is(err, session.ErrNoWay):
		o.Note = "This platform offers no sign-in to programs: a pasted token is the way."
	case ctx.Err() != nil:
		return o, err
	case err != nil:
		o.Note = "How to sign in here can't be found out now (" + visible.Line(err.Error()) + "); r asks again."
	}
	for _, way := range ways {
		switch way {
		case session.Browser:
			o.Ways = append(o.Ways, browser)
		case session.Device:
			o.Ways = append(o.Ways, code)
		}
	}
	o.Ways = append(o.Ways, paste)
	return o, nil
}

// SignIn signs a person in and keeps the session in the place that was chosen. tell may be nil. If it fails, an earlier
// session is as it was. Errors are those of session.Session's SignIn and Paste, or ErrNoStore; after a
// *session.UnsavedError the session is good until fob ends.
func (l *Login) SignIn(ctx context.Context, c SignInChoice, tell func(SignInNotice)) error {
	if c.Store == "" {
		c.Store = SessionInKeyring
	}
	if tell == nil {
		tell = func(SignInNotice) {} // nobody watches
	}
	var over atomic.Bool // nobody listens any more: the session is kept anew after each refresh
	defer over.Store(true)
	kept := &firmly{tell: func() {
		if !over.Load() {
			tell(SignInNotice{Keeping: true})
		}
	}}
	m, err := l.telling(c.Store, kept)
	if err != nil {
		return err
	}
	say := func(n session.Notice) { tell(SignInNotice{Notice: n}) }
	switch c.Way {
	case ByPasting:
		err = m.Paste(ctx, c.Pasted)
	case ByCode:
		_, err = m.SignIn(ctx, session.Device, say)
	case ByAny:
		_, err = m.SignIn(ctx, session.Auto, say)
	default:
		_, err = m.SignIn(ctx, session.Browser, say)
	}
	unsaved, isUnsaved := errors.AsType[*session.UnsavedError](err)
	if err != nil && !isUnsaved {
		return err
	}
	if isUnsaved {
		c.Store = SessionInMemory
	}
	l.mu.Lock()
	l.manager, l.store = m, c.Store
	l.mu.Unlock()
	if isUnsaved {
		return unsaved
	}
	l.end(ctx, kept.replaced)
	if c.Store == SessionInMemory && !c.Answered {
		return nil
	}
	before, answer := c.Store, config.StoreAnswer{}
	err = l.State.Update(ctx, func(s *config.State) error {
		if c.Answered {
			s.AnswerStore(l.Profile, config.StoreAnswer{Store: string(c.Store), Origin: l.platform(), At: time.Now().UTC().Truncate(time.Second)})
		}
		if c.Store != SessionInMemory {
			before = SessionStore(s.Store(l.Profile))
			s.SetStore(l.Profile, string(c.Store))
		}
		answer = s.StoreAnswer(l.Profile, l.platform())
		return nil
	})
	l.mu.Lock()
	l.answer = answer
	l.mu.Unlock()
	if c.Store == SessionInMemory {
		return nil // an answer that isn't remembered is asked for again
	}
	if err != nil {
		return fmt.Errorf("you are signed in until fob ends; that the session is kept could not be remembered: %w", err)
	}
	if before != c.Store {
		l.clear(context.WithoutCancel(ctx), before) // one session in one place
	}
	return nil
}

// clear removes the session from a store that is used no longer. What is left there is of no use to anybody here.
func (l *Login) clear(ctx context.Context, store SessionStore) {
	old := l.Keepers[store]
	if old == nil {
		return
	}
	unlock, err := old.Lock(ctx)
	if err != nil {
		return
	}
	defer unlock()
	before, _ := old.Load(ctx)
	_ = old.Delete(ctx)
	l.end(ctx, before)
}

// GiveUp ends the session at the provider where it couldn't be kept, and leaves alone what is kept.
func (l *Login) GiveUp(ctx context.Context) {
	l.mu.Lock()
	m := l.manager
	l.manager, l.store = nil, ""
	l.mu.Unlock()
	if m != nil {
		own, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWithin)
		defer cancel()
		_ = m.GiveUp(own)
	}
}

// SignOut gives the session up: at the issuer, where there is one, and on this machine whatever the issuer says. It is
// remembered that there is one for as long as it couldn't be removed.
func (l *Login) SignOut(ctx context.Context) error {
	m, err := l.current(ctx)
	if err != nil {
		return err
	}
	err = m.SignOut(ctx)
	l.mu.Lock()
	l.manager, l.store = nil, ""
	l.mu.Unlock()
	if errors.Is(err, session.ErrStillStored) {
		return err
	}
	return errors.Join(err, l.State.Update(ctx, func(s *config.State) error {
		s.SetStore(l.Profile, "")
		return nil
	}))
}

// SessionState is how it stands with the session.
type SessionState = session.State

// Finish waits until a refresh that is under way has been kept, or ctx is done: ending the program in that moment could
// lose the only refresh token that is still good.
func (l *Login) Finish(ctx context.Context) {
	l.mu.Lock()
	m := l.manager
	l.mu.Unlock()
	if m != nil {
		_ = m.Close(ctx) // ctx's own end
	}
}

// Known tells how it stands with the session and where it is kept, without touching anything: the zero State before
// anybody has looked.
func (l *Login) Known() (SessionState, SessionStore) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.manager == nil {
		return SessionState{}, ""
	}
	return l.manager.State(), l.store
}

// Chosen tells since when the session is where it is because a person said so; false where nobody was asked.
func (l *Login) Chosen() (at time.Time, yes bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.answer.At, l.store != "" && l.answer.Store == string(l.store)
}

// NeedsSignIn tells whether an error is one that signing in mends, and says why it is needed: "" for the first time.
func NeedsSignIn(err error) (why string, needed bool) {
	switch {
	case err == nil:
		return "", false
	case errors.Is(err, session.ErrNone):
		return "", true
	case errors.Is(err, session.ErrEnded):
		return "Your session has ended. What you were doing is still here.", true
	case client.IsUnauthorized(err):
		return "The platform takes this session no longer. What you were doing is still here.", true
	}
	return "", false
}

// LongestSession is how many characters of a pasted session are taken.
const LongestSession = 16 << 10
