package provider

import (
	"errors"
	"net/http"
	"net/url"
)

// Error codes of RFC 6749, RFC 8628 and OpenID Connect.
const (
	invalidRequest       = "invalid_request"
	invalidClient        = "invalid_client"
	invalidGrant         = "invalid_grant"
	invalidScope         = "invalid_scope"
	accessDenied         = "access_denied"
	authorizationPending = "authorization_pending"
	slowDown             = "slow_down"
	expiredToken         = "expired_token"
)

// fault is why something wasn't done, as the protocol says it.
type fault struct {
	status int
	code   string
	why    string
}

func bad(code, why string) *fault { return &fault{http.StatusBadRequest, code, why} }

type faultJSON struct {
	Error       string `json:"error"`
	Description string `json:"error_description,omitempty"`
}

func refuse(w http.ResponseWriter, f *fault) {
	if f.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer error="`+f.code+`"`)
	}
	answer(w, f.status, faultJSON{f.code, f.why})
}

// form reads the body of a call of the client, and holds it against what every one of them has to be: a form in which
// nothing is there twice, from the one client that there is, which has no secret.
func form(r *http.Request) (url.Values, *fault) {
	if err := r.ParseForm(); err != nil {
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			return nil, &fault{http.StatusRequestEntityTooLarge, invalidRequest, "the body is too large"}
		}
		return nil, bad(invalidRequest, "the body is not a form")
	}
	if f := once(r.PostForm); f != nil {
		return nil, f
	}
	if r.Header.Get("Authorization") != "" || r.PostForm.Has("client_secret") {
		return nil, &fault{http.StatusUnauthorized, invalidClient, "the client is public and has no secret: send client_id in the body"}
	}
	if r.PostForm.Get("client_id") != ClientID {
		return nil, &fault{http.StatusUnauthorized, invalidClient, "client_id is not known here"}
	}
	return r.PostForm, nil
}

// once refuses parameters that are there twice.
func once(values url.Values) *fault {
	for _, all := range values {
		if len(all) > 1 {
			return bad(invalidRequest, "a parameter is there twice")
		}
	}
	return nil
}
