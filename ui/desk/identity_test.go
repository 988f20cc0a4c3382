package desk_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"fob/client"
	"fob/client/secret"
	"fob/config"
	"fob/config/stash"
	"fob/ui/desk"
)

// Whether GET /me heeds the organization that was asked for isn't published: a role in another one says nothing of this.
func TestARoleInAnotherOrganizationIsNoneHere(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"user_id":"u1","email":"ana@example.org","organization":{"organization_id":"org-a","name":"A","role":"MEMBER"}}`)
	}))
	t.Cleanup(server.Close)
	for organization, want := range map[string]string{"": "Member", "org-a": "Member", "org-b": ""} {
		d, err := desk.Open(desk.Options{
			APIURL: server.URL, OrganizationID: organization, Session: secret.New("mine"),
			Journal: config.NewMemoryJournal(), Index: stash.NewMemoryIndex(), Keys: stash.NewMemory(),
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(d.Close)
		who, err := d.Who(t.Context())
		if err != nil || who.Role != want || who.OrganizationReadOnly != (want == "Member") || organization != "" && who.OrganizationID != organization {
			t.Errorf("asked for %q: %+v, %v", organization, who, err)
		}
		if refused := who.Over(client.Scope{}).No != ""; refused != (want == "Member") {
			t.Errorf("asked for %q, organization keys are refused: %v", organization, refused)
		}
	}
}

// reachable is a keyring of which one can find out whether it is there.
type reachable struct {
	*stash.Memory
	says error
}

func (r *reachable) Reach(context.Context) error { return r.says }

// Only a keyring that isn't there gives way to an env file: one that was left while it was asked, or is busy, may be as
// good as ever, and one that comes later is taken.
func TestOnlyAMissingKeyringGivesWay(t *testing.T) {
	keys := &reachable{Memory: stash.NewMemory()}
	d, err := desk.Open(desk.Options{
		APIURL: "http://127.0.0.1:1", Session: secret.New("mine"), Journal: config.NewMemoryJournal(), Index: stash.NewMemoryIndex(), Keys: keys,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	left, leave := context.WithCancel(t.Context())
	leave()
	none := &stash.KeyringError{Kind: stash.NoService, Op: "try"}
	for _, step := range []struct {
		what  string
		ctx   context.Context //nolint:containedctx // each step has one of its own
		says  error
		wants desk.Kind
	}{
		{"left", left, none, desk.InKeyring},
		{"busy", t.Context(), &stash.KeyringError{Kind: stash.Busy, Op: "try"}, desk.InKeyring},
		{"none", t.Context(), none, desk.InEnvFile},
		{"busy after that", t.Context(), &stash.KeyringError{Kind: stash.Busy, Op: "try"}, desk.InEnvFile},
		{"there", t.Context(), nil, desk.InKeyring},
	} {
		keys.says = step.says
		if err := d.ReachKeyring(step.ctx); !errors.Is(err, step.says) {
			t.Errorf("%s: %v", step.what, err)
		}
		if at, _ := d.Preset(); d.PlaceChoices()[at].Kind != step.wants {
			t.Errorf("%s: %s is preset", step.what, d.PlaceChoices()[at].Kind)
		}
	}
}
