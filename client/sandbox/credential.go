package sandbox

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"fob/client/secret"
)

const keyPrefix = "api_"

// mint makes and checks secrets. What it works with is random and of this run alone, so a secret of one run is worth
// nothing in another.
//
// A key's secret isn't stored: it follows from the key, and is made again where it's needed. The JWT's jti is the key's
// id under a cipher, so that the secret leads to the key here and tells nobody else which key it is.
type mint struct {
	signing []byte
	block   cipher.Block
}

func newMint() *mint {
	random := make([]byte, 48)
	_, _ = rand.Read(random) // never fails, says its documentation
	block, err := aes.NewCipher(random[:16])
	if err != nil {
		panic(err) // 16 bytes are a valid size
	}
	return &mint{signing: random[16:], block: block}
}

// newSession returns the secret of a person's session.
func newSession() secret.Value {
	random := make([]byte, 32)
	_, _ = rand.Read(random)
	return secret.New(base64.RawURLEncoding.EncodeToString(random))
}

type claims struct {
	JTI            string `json:"jti"`
	Subject        string `json:"sub"`
	Organization   string `json:"organization"`
	OrganizationID string `json:"organization_id"`
	Name           string `json:"name,omitempty"`
	IssuedAt       int64  `json:"iat"`
	Expires        int64  `json:"exp,omitempty"`
}

// jwtHeader is {"alg":"HS256","typ":"JWT"}.
var jwtHeader = base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`))

// secretOf returns the secret that k's maker was shown.
func (m *mint) secretOf(o *organization, k *key) secret.Value {
	c := claims{
		JTI: m.seal(k.id), Subject: "service", Organization: o.name, OrganizationID: o.id, Name: k.labels.name,
		IssuedAt: k.created.Unix(),
	}
	if k.labels.personal {
		c.Subject = k.maker.id
	}
	if !k.expires.IsZero() {
		c.Expires = k.expires.Unix()
	}
	signed := jwtHeader + "." + base64.RawURLEncoding.EncodeToString(marshal(c))
	return secret.New(keyPrefix + signed + "." + m.sign(signed))
}

func (m *mint) sign(text string) string {
	mac := hmac.New(sha256.New, m.signing)
	mac.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// keyID returns which key a secret is of, "" if it isn't one of this run.
func (m *mint) keyID(credential string) string {
	jwt, ok := strings.CutPrefix(credential, keyPrefix)
	at := strings.LastIndexByte(jwt, '.')
	if !ok || at < 0 || !hmac.Equal([]byte(m.sign(jwt[:at])), []byte(jwt[at+1:])) {
		return ""
	}
	_, payload, _ := strings.Cut(jwt[:at], ".")
	text, err := base64.RawURLEncoding.DecodeString(payload)
	var c claims
	if err != nil || json.Unmarshal(text, &c) != nil {
		return ""
	}
	return m.open(c.JTI)
}

// seal enciphers a UUID, which is one block.
func (m *mint) seal(id string) string {
	block, err := hex.DecodeString(strings.ReplaceAll(id, "-", ""))
	if err != nil || len(block) != aes.BlockSize {
		panic("sandbox: a key's id is not a UUID")
	}
	m.block.Encrypt(block, block)
	return hex.EncodeToString(block)
}

func (m *mint) open(sealed string) string {
	block, err := hex.DecodeString(sealed)
	if err != nil || len(block) != aes.BlockSize {
		return ""
	}
	m.block.Decrypt(block, block)
	return uuid([16]byte(block))
}

func uuid(b [16]byte) string {
	out := make([]byte, 0, 36)
	for i, end := range []int{4, 6, 8, 10, 16} {
		if i > 0 {
			out = append(out, '-')
		}
		start := []int{0, 4, 6, 8, 10}[i]
		out = hex.AppendEncode(out, b[start:end])
	}
	return string(out)
}

// caller is who asks, and in which organization.
type caller struct {
	org    *organization
	member *member // the person; nil for a service key
	key    *key    // nil for a session
}

func (c *caller) admin() bool {
	if c.key != nil {
		return c.key.orgRole == roleAdmin
	}
	return c.member.role == roleAdmin
}

// role returns the caller's role in w, nil if w is out of reach.
func (c *caller) role(w *workspace) *role {
	if c.key == nil {
		return c.member.roleIn(c.org, w)
	}
	if !c.key.reaches(w) {
		return nil
	}
	return c.key.role
}

// identify finds who asks. It is called with the lock held for reading.
func (s *Sandbox) identify(r *http.Request, now time.Time) (*caller, *refusal) {
	scheme, credential, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	credential = strings.TrimSpace(credential)
	if !strings.EqualFold(scheme, "Bearer") || credential == "" {
		return nil, unauthorized("no credential: expected Authorization: Bearer …")
	}
	if p := s.sessions[sha256.Sum256([]byte(credential))]; p != nil {
		return s.inOrganization(r, p)
	}
	if p, refused := s.signedIn(credential, now); p != nil || refused != nil {
		if refused != nil {
			return nil, refused
		}
		return s.inOrganization(r, p)
	}
	id := s.mint.keyID(credential)
	for _, o := range s.organizations {
		k := o.keys.byID[id]
		if k == nil {
			continue
		}
		owner := o.member(k.maker)
		switch {
		case k.expired(now):
			return nil, unauthorized("the key has expired")
		case k.personal && (owner == nil || owner.left):
			return nil, unauthorized("the key's user has left the organization")
		}
		if asked := r.Header.Get("X-Organization-ID"); asked != "" && asked != o.id {
			return nil, forbidden("the key does not belong to this organization")
		}
		if !k.personal {
			owner = nil
		}
		return &caller{org: o, member: owner, key: k}, nil
	}
	return nil, unauthorized("the credential is not valid")
}

// inOrganization finds the organization that p's session means.
func (s *Sandbox) inOrganization(r *http.Request, p *person) (*caller, *refusal) {
	asked := r.Header.Get("X-Organization-ID")
	for _, o := range p.homes {
		m := o.member(p)
		if m == nil || m.left || asked != "" && asked != o.id {
			continue
		}
		return &caller{org: o, member: m}, nil
	}
	if asked != "" {
		return nil, forbidden("you do not belong to this organization")
	}
	return nil, unauthorized("you belong to no organization")
}
