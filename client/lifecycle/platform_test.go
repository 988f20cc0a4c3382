package lifecycle_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/sandbox"
	"fob/client/secret"
)

// served is the sandbox on a real socket, with the real client in front of it.
type served struct {
	*world
	box    *sandbox.Sandbox
	client *client.Client
	posts  int
	cut    string // the method whose answers are cut off after the request was carried out
}

func serve(t *testing.T) *served {
	t.Helper()
	t.Cleanup(func() { goleak.VerifyNone(t) })
	s := &served{world: newWorld(), box: sandbox.New(sandbox.Options{})}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			s.posts++
		}
		if r.Method == s.cut {
			s.box.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		s.box.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	c, err := client.New(client.Options{
		BaseURL: server.URL, OrganizationID: s.box.OrganizationID(),
		Credential: func(context.Context) (secret.Value, error) { return s.box.SessionToken(), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	s.client = c
	return s
}

func (s *served) issuer() *lifecycle.Issuer {
	return &lifecycle.Issuer{Platform: s.client, Journal: s.world, Holder: s.world, FindFor: 2 * time.Second}
}

func (s *served) orders(workspace string, places ...lifecycle.Destination) lifecycle.Order {
	end := time.Now().Add(30*24*time.Hour + 123456*time.Microsecond)
	o := lifecycle.Order{
		Draft:        client.Draft{Name: "nightly-eval", OrganizationRole: "MEMBER", ExpiresAt: &end, AllWorkspaces: true},
		Organization: s.box.OrganizationID(), Destinations: places,
	}
	if workspace != "" {
		o.Scope.Workspace = workspace
		o.Draft.AllWorkspaces, o.Draft.Workspaces = false, []string{workspace}
	}
	return o
}

func TestIssueAndDiscardOnTheSandbox(t *testing.T) {
	for name, workspace := range map[string]string{"organization": "", "workspace": "claims-search"} {
		t.Run(name, func(t *testing.T) {
			s := serve(t)
			if workspace != "" {
				workspace = s.box.WorkspaceNames()[0]
			}
			ring := s.place("keyring", secret.Kept)
			out, err := s.issuer().Issue(t.Context(), s.orders(workspace, ring), nil)
			if err != nil || out.Certainty != lifecycle.Certain || len(out.Deviations) != 0 {
				t.Fatalf("%v, %s (%s), deviations %+v", err, out.Certainty, out.Why, out.Deviations)
			}
			issued, ok := s.box.SecretOf(out.Key.ID)
			if !ok || !issued.Equal(ring.has[out.Account]) || !issued.Equal(s.held[out.Account]) {
				t.Error("what is kept is not that key's secret")
			}
			if done, err := s.issuer().Discard(t.Context(), out, "a test"); err != nil || done.State != lifecycle.Gone {
				t.Errorf("%v, %s", err, done.State)
			}
			if _, ok := s.box.SecretOf(out.Key.ID); ok {
				t.Error("it is still there")
			}
			r := lifecycle.Revoker{Platform: s.client, Journal: s.world}
			if done, err := r.Revoke(t.Context(), *out.Key, "again"); err != nil || done.State != lifecycle.AlreadyGone {
				t.Errorf("%v, %s", err, done.State)
			}
		})
	}
}

func TestALostAnswerOnTheWire(t *testing.T) {
	s := serve(t)
	s.cut = http.MethodPost
	out, err := s.issuer().Issue(t.Context(), s.orders("", s.place("keyring", secret.Kept)), nil)
	var fault *lifecycle.Error
	if !errors.As(err, &fault) || fault.Made != lifecycle.MadeUnknown || s.posts != 1 {
		t.Fatalf("%v after %d requests", err, s.posts)
	}
	if len(out.Candidates) != 1 || out.Certainty != lifecycle.Likely {
		t.Fatalf("%s, %d candidates", out.Certainty, len(out.Candidates))
	}
	if name, _ := out.Candidates[0].Name.Get(); name != "nightly-eval" {
		t.Errorf("named %q", name)
	}
	s.cut = http.MethodDelete
	r := lifecycle.Revoker{Platform: s.client, Journal: s.world}
	if done, err := r.Revoke(t.Context(), out.Candidates[0], "nobody has it"); err != nil || done.State != lifecycle.Gone {
		t.Errorf("%v, %s: the list should have told", err, done.State)
	}
}

func TestARefusalOnTheWire(t *testing.T) {
	s := serve(t)
	o := s.orders("", s.place("keyring", secret.Kept))
	o.Draft.RoleID = "0b3d1c5e-0000-4000-8000-000000000000" // nobody has this role
	out, err := s.issuer().Issue(t.Context(), o, nil)
	var fault *lifecycle.Error
	if !errors.As(err, &fault) || fault.Made != lifecycle.MadeNo || out.Unanswered {
		t.Errorf("%v, unanswered %v", err, out.Unanswered)
	}
	if all := entries(t, s.world); all[len(all)-1].Kind != lifecycle.IssueOutcome || all[len(all)-1].Made != lifecycle.MadeNo {
		t.Errorf("the journal has %+v", all)
	}
}

func TestRevokeAllOnTheSandbox(t *testing.T) {
	s := serve(t)
	list, err := s.client.ListKeys(t.Context(), client.Scope{}, nil)
	if err != nil || len(list.Items) < 3 {
		t.Fatalf("%v, %d keys", err, len(list.Items))
	}
	three := slices.Clone(list.Items[:3])
	r := lifecycle.Revoker{Platform: s.client, Journal: s.world}
	for _, one := range r.RevokeAll(t.Context(), three, "a test", nil) {
		if one.Err != nil || one.State != lifecycle.Gone {
			t.Errorf("%s: %v", one.State, one.Err)
		}
	}
	after, err := s.client.ListKeys(t.Context(), client.Scope{}, nil)
	if err != nil || len(after.Items) != len(list.Items)-3 {
		t.Errorf("%v, %d keys are left of %d", err, len(after.Items), len(list.Items))
	}
}
