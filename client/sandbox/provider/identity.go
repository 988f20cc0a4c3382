package provider

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

type metadata struct {
	Issuer            string   `json:"issuer"`
	Authorization     string   `json:"authorization_endpoint"`
	Token             string   `json:"token_endpoint"`
	Device            string   `json:"device_authorization_endpoint"`
	Revocation        string   `json:"revocation_endpoint"`
	UserInfo          string   `json:"userinfo_endpoint"`
	Keys              string   `json:"jwks_uri"`
	Scopes            []string `json:"scopes_supported"`
	ResponseTypes     []string `json:"response_types_supported"`
	ResponseModes     []string `json:"response_modes_supported"`
	Grants            []string `json:"grant_types_supported"`
	Subjects          []string `json:"subject_types_supported"`
	Algorithms        []string `json:"id_token_signing_alg_values_supported"`
	TokenAuth         []string `json:"token_endpoint_auth_methods_supported"`
	RevocationAuth    []string `json:"revocation_endpoint_auth_methods_supported"`
	Challenges        []string `json:"code_challenge_methods_supported"`
	Claims            []string `json:"claims_supported"`
	IssuerInRedirects bool     `json:"authorization_response_iss_parameter_supported"`
}

func (p *Provider) discovery(w http.ResponseWriter, r *http.Request) {
	issuer := p.Issuer(r)
	answer(w, http.StatusOK, metadata{
		Issuer: issuer, Authorization: issuer + "/authorize", Token: issuer + "/token",
		Device: issuer + "/device_authorization", Revocation: issuer + "/revoke", UserInfo: issuer + "/userinfo",
		Keys: issuer + "/keys", Scopes: Scopes(), ResponseTypes: []string{"code"}, ResponseModes: []string{"query"},
		Grants: []string{grantCode, grantDevice, grantRefresh}, Subjects: []string{"public"},
		Algorithms: []string{string(jose.ES256)}, TokenAuth: []string{"none"}, RevocationAuth: []string{"none"},
		Challenges: []string{"S256"}, IssuerInRedirects: true,
		Claims: []string{"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "name", "given_name", "family_name", "email", "email_verified"},
	})
}

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{p.signer().public}})
}

// signer signs identities with a key of this run.
type signer struct {
	public jose.JSONWebKey
	sign   jose.Signer
}

func newSigner() *signer {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err) // the system's randomness doesn't fail, says its documentation
	}
	key := jose.JSONWebKey{Key: private, KeyID: opaque()[:8], Algorithm: string(jose.ES256), Use: "sig"}
	sign, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		panic(err) // the key fits the algorithm
	}
	return &signer{public: key.Public(), sign: sign}
}

// profile is what is told of a person, as far as the scopes allow.
type profile struct {
	Subject       string `json:"sub"`
	Name          string `json:"name,omitempty"`
	GivenName     string `json:"given_name,omitempty"`
	FamilyName    string `json:"family_name,omitempty"`
	Email         string `json:"email,omitempty"`
	EmailVerified bool   `json:"email_verified,omitempty"`
}

func profileOf(person Person, s scopes) profile {
	out := profile{Subject: person.ID}
	if s.has("profile") {
		out.Name, out.GivenName, out.FamilyName = person.name(), person.GivenName, person.FamilyName
	}
	if s.has("email") {
		out.Email, out.EmailVerified = person.Email, true
	}
	return out
}

type identity struct {
	profile
	Issuer     string `json:"iss"`
	Audience   string `json:"aud"`
	Expires    int64  `json:"exp"`
	IssuedAt   int64  `json:"iat"`
	AuthTime   int64  `json:"auth_time"`
	Nonce      string `json:"nonce,omitempty"`
	AccessHash string `json:"at_hash"`
}

// identityToken signs who has signed in. nonce is "" where there was none.
func (p *Provider) identityToken(issuer string, person Person, f *family, nonce, accessToken string, now time.Time) string {
	sum := sha256.Sum256([]byte(accessToken))
	token, err := jwt.Signed(p.signer().sign).Claims(identity{
		profile: profileOf(person, f.scopes), Issuer: issuer, Audience: ClientID,
		IssuedAt: now.Unix(), Expires: now.Add(p.o.AccessLifetime).Unix(), AuthTime: f.began.Unix(), Nonce: nonce,
		AccessHash: base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2]),
	}).Serialize()
	if err != nil {
		panic(err) // texts and numbers can be marshalled, and the key fits
	}
	return token
}

func (p *Provider) userinfo(w http.ResponseWriter, r *http.Request) {
	now := p.o.Now()
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	p.mu.Lock()
	t := p.access[hashed(token)]
	live := t != nil && strings.EqualFold(scheme, "Bearer") && t.good(now)
	p.mu.Unlock()
	if live {
		if person, known := p.person(t.family.person); known {
			answer(w, http.StatusOK, profileOf(person, t.family.scopes))
			return
		}
	}
	refuse(w, &fault{http.StatusUnauthorized, "invalid_token", "the access token is not valid any more, or never was"})
}
