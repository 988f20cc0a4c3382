package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"testing"

	"fob/client/secret"
)

// renewing is a credential that can be replaced.
type renewing struct {
	mu      sync.Mutex
	current secret.Value
	next    secret.Value
	err     error
	asked   int
	refused []secret.Value
}

func (r *renewing) credential(context.Context) (secret.Value, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.current, nil
}

func (r *renewing) renew(_ context.Context, refused secret.Value) (secret.Value, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	r.refused = append(r.refused, refused)
	if r.err == nil {
		r.current = r.next
	}
	return r.current, r.err
}

// onlyFor answers 401 to everybody else.
func onlyFor(credential secret.Value, body string) func(int, http.ResponseWriter, *http.Request) {
	return func(_ int, w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+credential.Reveal() {
			write(w, 401, "application/json", `{"message":"expired"}`)
			return
		}
		write(w, 200, "application/json", body)
	}
}

func TestARefusedSessionIsRenewedOnce(t *testing.T) {
	for _, c := range []struct {
		name                string
		next                secret.Value
		err                 error
		sent, renewals      int
		unauthorized, fails bool
	}{
		{"by a better one", secret.New("new"), nil, 2, 1, false, false},
		{"by one that is refused as well", secret.New("bad"), nil, 2, 1, true, true},
		{"by itself", secret.New("old"), nil, 1, 1, true, true},
		{"by nothing", secret.Value{}, nil, 1, 1, true, true},
		{"not, because it has ended", secret.Value{}, io.ErrNoProgress, 1, 1, true, true},
		{"not, because nobody answers", secret.Value{}, io.ErrUnexpectedEOF, 1, 1, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &renewing{current: secret.New("old"), next: c.next, err: c.err}
			p := serve(t, onlyFor(secret.New("new"), oneKey), func(o *Options) { o.Credential, o.Renew = r.credential, r.renew })
			_, err := p.ListKeys(t.Context(), Scope{}, nil)
			if (err != nil) != c.fails || IsUnauthorized(err) != c.unauthorized {
				t.Errorf("ended with %v", err)
			}
			if c.err != nil && !errors.Is(err, c.err) {
				t.Errorf("%v doesn't say why", err)
			}
			if len(p.requests()) != c.sent || r.asked != c.renewals || !r.refused[0].Equal(secret.New("old")) {
				t.Errorf("%d requests, %d renewals", len(p.requests()), r.asked)
			}
		})
	}
}

// A request that changes something is never sent twice, not even with a better session.
func TestAChangeIsNotSentAgainAfterA401(t *testing.T) {
	r := &renewing{current: secret.New("old"), next: secret.New("new")}
	p := serve(t, onlyFor(secret.New("new"), `{}`), func(o *Options) { o.Credential, o.Renew = r.credential, r.renew })
	name := "x"
	_, created := p.CreateKey(t.Context(), Draft{AllWorkspaces: true, OrganizationRole: "MEMBER"})
	for _, err := range []error{created, p.RevokeKey(t.Context(), "k"), p.UpdateKey(t.Context(), "k", Change{Name: &name})} {
		if !IsUnauthorized(err) || isUnanswered(err) {
			t.Error(err)
		}
	}
	if len(p.requests()) != 3 || r.asked != 0 {
		t.Errorf("%d requests, %d renewals", len(p.requests()), r.asked)
	}
}
