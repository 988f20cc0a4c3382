package session_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"testing"
	"unicode"
	"unicode/utf8"

	"fob/client/secret"
	"fob/client/session"
)

// scripted answers from memory: first what the platform says, then what the provider says of itself.
type scripted struct {
	answers [][]byte
	status  int
	asked   []string
}

func (s *scripted) RoundTrip(r *http.Request) (*http.Response, error) {
	s.asked = append(s.asked, r.URL.Scheme+"://"+r.URL.Host)
	if r.Header.Get("Authorization") != "" || r.Method != http.MethodGet {
		return nil, errors.New("a credential, or more than a question, was sent")
	}
	answer := s.answers[min(len(s.asked), len(s.answers))-1]
	return &http.Response{
		StatusCode: s.status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(answer)), Request: r,
	}, nil
}

// nowhere is a store that has nothing and takes nothing.
type nowhere struct{}

func (nowhere) Load(context.Context) (secret.Value, error) { return secret.Value{}, nil }
func (nowhere) Save(context.Context, secret.Value) error   { return errors.New("nothing is kept here") }
func (nowhere) Delete(context.Context) error               { return nil }
func (nowhere) Lock(context.Context) (func(), error)       { return func() {}, nil }

// Whatever a platform and a provider say about signing in, fob asks nobody but over TLS, offers ways that it knows, and
// writes no error that would act on a terminal.
func FuzzProvider(f *testing.F) {
	const offer = `{"issuer":"https://id.example","client_id":"fob","scopes":["openid"]}`
	const described = `{"issuer":"https://id.example","token_endpoint":"https://id.example/t","jwks_uri":"https://id.example/k",` +
		`"authorization_endpoint":"https://id.example/a","device_authorization_endpoint":"https://id.example/d","id_token_signing_alg_values_supported":["RS256"]}`
	for _, seed := range []struct {
		offer, described string
		status           int
	}{
		{offer, described, 200},
		{"{}", "", 200},
		{"", "", 404},
		{"[]", "", 200},
		{`{"issuer":"http://id.example","client_id":"fob"}`, described, 200},
		{`{"issuer":"https://id.example\u001b[2J","client_id":"\u202e","scopes":null}`, described, 200},
		{offer, `{"issuer":"https://other.example"}`, 200},
		{offer, `{"issuer":"https://id.example","token_endpoint":"http://id.example/t","jwks_uri":"https://id.example/k"}`, 200},
		{offer, `{"issuer":"https://id.example","token_endpoint":"https://id.example/t","jwks_uri":"https://id.example/k"}`, 200},
		{offer, "<html>\x1b]0;owned\x07", 200},
		{offer, described, 503},
		{`{"issuer":"https://user:pass@id.example/#x","client_id":"fob","scopes":[1]}`, "null", 200},
	} {
		f.Add([]byte(seed.offer), []byte(seed.described), seed.status)
	}
	f.Fuzz(func(t *testing.T, offer, described []byte, status int) {
		if status < 200 || status > 599 || status/100 == 3 {
			return // no final answer
		}
		wire := &scripted{answers: [][]byte{offer, described}, status: status}
		s, err := session.New(session.Options{APIURL: "https://api.example", Store: nowhere{}, Transport: wire})
		if err != nil {
			t.Fatal(err)
		}
		ways, err := s.Ways(context.Background())
		if err != nil {
			calm(t, err.Error())
		}
		if (err == nil) == (len(ways) == 0) {
			t.Fatalf("%v, %v", ways, err)
		}
		for _, way := range ways {
			if !slices.Contains([]session.Way{session.Browser, session.Device}, way) {
				t.Fatalf("a way that is none: %v", way)
			}
		}
		for _, origin := range wire.asked {
			if origin[:8] != "https://" {
				t.Fatalf("asked %q", origin)
			}
		}
		if len(wire.asked) == 0 || wire.asked[0] != "https://api.example" {
			t.Fatalf("asked %q", wire.asked)
		}
	})
}

// calm fails where a text would act on a terminal.
func calm(t *testing.T, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Fatalf("no text: %q", text)
	}
	for _, c := range text {
		if unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) {
			t.Fatalf("the error would act on a terminal: %q", text)
		}
	}
}
