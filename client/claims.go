package client

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"time"

	"fob/client/secret"
)

// Claims are what a key's secret, a JWT, tells of the key. Nothing of it is verified: only the platform could.
type Claims struct {
	ExpiresAt Field[time.Time] // exp, UTC; absent: the key never expires
	IssuedAt  Field[time.Time] // iat, UTC
	ID        string           // jti
	Subject   string           // sub
	Name      string           // name, if the platform puts it in: what the key was called when it was made
}

var errClaims = errors.New("not a key with readable claims")

// ClaimsOf reads the claims of a key's secret ("api_" and a JWT) or of a session token (a JWT). Its error never quotes
// the secret.
func ClaimsOf(v secret.Value) (Claims, error) {
	parts := strings.Split(v.Reveal(), ".") // a prefix stays with the first part, which isn't read
	if len(parts) != 3 {
		return Claims{}, errClaims
	}
	text, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return Claims{}, errClaims
	}
	d, err := newDocument(text, false)
	if err != nil {
		return Claims{}, errClaims
	}
	var c Claims
	isObject := d.members(d.space(0), func(name string, from, to int) {
		switch name {
		case "exp":
			c.ExpiresAt = d.numericDate(from, to)
		case "iat":
			c.IssuedAt = d.numericDate(from, to)
		case "jti":
			c.ID, _ = d.id(from, to)
		case "sub":
			c.Subject, _ = d.id(from, to)
		case "name":
			d.plain(from, to, &c.Name)
		}
	})
	if !isObject {
		return Claims{}, errClaims
	}
	return c, nil
}

// numericDate reads a JWT's time, in seconds since 1970; anything else is absent, null is null.
func (d document) numericDate(from, to int) Field[time.Time] {
	if d.isNull(from) {
		return Null[time.Time]()
	}
	var seconds float64
	if json.Unmarshal(d.b[from:to], &seconds) != nil || math.Abs(seconds) > 1<<40 {
		return Field[time.Time]{}
	}
	whole, fraction := math.Modf(seconds)
	return Some(time.Unix(int64(whole), int64(fraction*1e9)).UTC())
}

// LooksLikeKey tells whether a text or secret has the form of a key's secret: "api_" and the three parts of a JWT. A
// name such as "api_prod" hasn't.
func LooksLikeKey[S secret.Value | string](s S) bool {
	var text string
	switch s := any(s).(type) {
	case secret.Value:
		text = s.Reveal()
	case string:
		text = s
	}
	text, found := strings.CutPrefix(text, "api_")
	parts := strings.Split(text, ".")
	if !found || len(parts) != 3 || parts[2] == "" {
		return false
	}
	for _, p := range parts[:2] {
		object, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(p, "="))
		if err != nil || len(object) == 0 || object[0] != '{' {
			return false
		}
	}
	return true
}
