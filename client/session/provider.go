package session

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// offerPath is where the platform says how to sign in.
const offerPath = "/api/v1/sso/cli-config"

// offer is what the platform says about signing in from a terminal.
type offer struct {
	Issuer   string   `json:"issuer"`
	ClientID string   `json:"client_id"`
	Scopes   []string `json:"scopes"`
}

// ask reads the platform's offer. No credential is sent.
func (s *Session) ask(ctx context.Context, c *http.Client) (offer, error) {
	const op = "ask the platform how to sign in"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.origin+offerPath, nil)
	if err != nil {
		return offer{}, noAnswer(op, err)
	}
	resp, err := c.Do(req)
	if err != nil {
		return offer{}, explain(op, err)
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusNotFound:
		return offer{}, ErrNotOffered
	case resp.StatusCode != http.StatusOK:
		return offer{}, refusal(op, resp.StatusCode, "")
	}
	var o offer
	body, _ := io.ReadAll(resp.Body) // it has been read: see wire
	if json.Unmarshal(body, &o) != nil {
		return offer{}, &Error{Op: op, Status: resp.StatusCode, Message: "an answer that fob doesn't understand"}
	}
	if o.Issuer == "" && o.ClientID == "" {
		return offer{}, ErrNotOffered
	}
	if o.Issuer == "" || o.ClientID == "" {
		return offer{}, &Error{Op: op, Status: resp.StatusCode, Message: "the answer lacks the issuer or the client's id"}
	}
	if !slices.Contains(o.Scopes, oidc.ScopeOpenID) { // without it, it isn't OpenID Connect, and nobody says who signed in
		o.Scopes = append([]string{oidc.ScopeOpenID}, o.Scopes...)
	}
	return o, nil
}

// provider is the platform's identity provider, as it describes itself.
type provider struct {
	offer
	oidc        *oidc.Provider
	config      oauth2.Config
	revocation  string
	namesItself bool // the browser comes back with the issuer's name (RFC 9207)
}

// find asks the platform for its offer and the provider for its description, and refuses addresses that a code, a token
// or a person must not be sent to.
func (s *Session) find(ctx context.Context, c *http.Client, w *wire) (*provider, error) {
	o, err := s.ask(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := s.hold("the issuer", o.Issuer); err != nil {
		return nil, err
	}
	w.know(strings.TrimSuffix(o.Issuer, "/") + "/.well-known/openid-configuration")
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, c), o.Issuer)
	if err != nil {
		return nil, undiscovered(o.Issuer, err)
	}
	p := &provider{offer: o, oidc: found}
	var more struct {
		Keys        string `json:"jwks_uri"`
		Revocation  string `json:"revocation_endpoint"`
		NamesItself bool   `json:"authorization_response_iss_parameter_supported"`
	}
	if err := found.Claims(&more); err != nil {
		return nil, explain("read the provider's description", err)
	}
	p.revocation, p.namesItself = more.Revocation, more.NamesItself
	endpoint := found.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInParams // a try of both ways would end a device grant at its first "not yet"
	w.know(endpoint.TokenURL, endpoint.DeviceAuthURL, more.Keys, more.Revocation)
	p.config = oauth2.Config{ClientID: o.ClientID, Scopes: o.Scopes, Endpoint: endpoint}
	for _, named := range []struct {
		what, address string
		needed        bool
	}{
		{"the token endpoint", endpoint.TokenURL, true},
		{"the key set", more.Keys, true},
		{"the authorization endpoint", endpoint.AuthURL, false},
		{"the device authorization endpoint", endpoint.DeviceAuthURL, false},
		{"the revocation endpoint", more.Revocation, false},
	} {
		if named.address == "" && !named.needed {
			continue
		}
		if err := s.hold(named.what, named.address); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// undiscovered says why the provider's description couldn't be read. The library quotes the body there, so only the
// status at the start of its text is used.
func undiscovered(issuer string, err error) error {
	op := fmt.Sprintf("read the description of the provider %s", quoted(issuer))
	text, _, _ := strings.Cut(err.Error(), ":")
	var status int
	if n, _ := fmt.Sscanf(text, "%d", &status); n == 1 && status >= 100 && status <= 999 {
		return refusal(op, status, "")
	}
	return explain(op, err)
}
