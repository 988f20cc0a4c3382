package session

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// errNotOpened is why byBrowser gave up where another way is open.
var errNotOpened = errors.New("no browser could be opened")

// byBrowser signs in by the browser on this machine: authorization code with PKCE, back to a loopback address. fallBack
// tells to give up with errNotOpened if no browser opens; otherwise the person is left to open the address.
func (a *attempt) byBrowser(ctx context.Context, fallBack bool) (grant, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, a.session.wait, ErrTimedOut)
	defer cancel()
	p := a.provider
	verifier, state, nonce := oauth2.GenerateVerifier(), rand.Text(), rand.Text()
	door, err := openDoor(ctx, expected{state: state, issuer: p.Issuer, namesItself: p.namesItself})
	if err != nil {
		return grant{}, &Error{Op: "wait for the browser on 127.0.0.1", Message: line(err.Error()), Err: err}
	}
	defer door.close(ctx)
	config := p.config
	config.RedirectURL = door.address
	options := []oauth2.AuthCodeOption{oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)}
	if slices.Contains(p.Scopes, oidc.ScopeOfflineAccess) {
		// OpenID Connect gives a refresh token only to whom the person was asked about.
		options = append(options, oauth2.SetAuthURLParam("prompt", "consent"))
	}
	address, err := printable(config.AuthCodeURL(state, options...))
	if err != nil {
		return grant{}, err
	}
	n := Notice{Way: Browser, Address: address, Until: a.session.options.Now().Add(a.session.wait)}
	opened := a.openBrowser(n)
	for {
		select {
		case err := <-opened:
			if err == nil {
				continue
			}
			if fallBack {
				return grant{}, errNotOpened
			}
			n.NotOpened = true
			a.tell(n)
		case back := <-door.back:
			if back.err != nil {
				return grant{}, back.err
			}
			g := grant{way: Browser, nonce: nonce, sent: a.session.options.Now()}
			if g.token, err = config.Exchange(ctx, back.code, oauth2.VerifierOption(verifier)); err != nil {
				return grant{}, explain("exchange the browser's code for a session", err)
			}
			return g, nil
		case <-ctx.Done():
			return grant{}, context.Cause(ctx)
		}
	}
}

// openBrowser opens the address of a notice and tells of it. What it returns gives the outcome of opening, once.
func (a *attempt) openBrowser(n Notice) <-chan error {
	open := a.session.options.OpenBrowser
	if open == nil {
		a.tell(n)
		return nil
	}
	n.Opening = true
	a.tell(n)
	opened := make(chan error, 1)
	go func() { opened <- open(a.caller, n.Address) }() // the browser may live on when the sign-in is over
	return opened
}
