package desk_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"fob/client"
	"fob/client/sandbox"
	"fob/client/secret"
	"fob/config"
	"fob/config/stash"
	"fob/ui/desk"
)

// fickle takes what it is tried with, and nothing once a key was asked for.
type fickle struct {
	*stash.Memory
	refuses atomic.Bool
}

func (f *fickle) Put(ctx context.Context, account string, v secret.Value) error {
	if f.refuses.Load() {
		return errors.New("it is full")
	}
	return f.Memory.Put(ctx, account, v)
}

// A new key whose secret no place takes, and that can't be revoked again, ends the run: the secret is held for somebody to
// look after, nothing is said to be replaced, and no second key is made that would fare alike.
func TestARunEndsAtASecretThatNoPlaceTakes(t *testing.T) {
	keys := &fickle{Memory: stash.NewMemory()}
	made, revocable := 0, false
	platform := sandbox.New(sandbox.Options{Seed: 1, Before: func(w http.ResponseWriter, r *http.Request) bool {
		switch {
		case r.Method == http.MethodPost && r.URL.Path == "/api/v1/token":
			made++
			keys.refuses.Store(true)
		case r.Method == http.MethodDelete && !revocable:
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}
		return false
	}})
	server, err := sandbox.Listen("127.0.0.1:0", platform)
	if err != nil {
		t.Fatal(err)
	}
	d, err := desk.Open(desk.Options{
		APIURL: server.URL(), Session: platform.SessionToken(), Journal: config.NewMemoryJournal(), Index: stash.NewMemoryIndex(),
		Keys: keys, Location: time.UTC,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		d.Close()
		if err := server.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	_, rows := keysNamed(t, d, "ci-eval", "export-2024")
	action, err := d.Rotation(t.Context(), client.Scope{}, desk.RotationOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	report := d.RunBulk(t.Context(), d.PlanBulk(action, client.Scope{}, rows, desk.Surroundings{}), nil)
	first, second := report.Results[0], report.Results[1]
	if !errors.Is(first.Err, desk.ErrUnkept) || first.Issued == nil || first.Became != "" {
		t.Errorf("%v, %+v, became %q", first.Err, first.Issued, first.Became)
	}
	if held := d.Holder().Unsaved(); made != 1 || second.Tried() || len(held) != 1 || first.Issued != nil && held[0].Account != first.Issued.Account {
		t.Errorf("%d keys were made, the second: %q, %d secrets are held", made, second.State, len(held))
	}

	// Where it can be revoked again it is, and nobody has to look after anything.
	revocable = true
	keys.refuses.Store(false)
	if _, err := d.DiscardHomeless(t.Context(), first.Issued.Account); err != nil {
		t.Fatal(err)
	}
	report = d.RunBulk(t.Context(), d.PlanBulk(action, client.Scope{}, rows[1:], desk.Surroundings{}), nil)
	if r := report.Results[0]; r.Err == nil || r.Issued != nil || r.Became != "" || len(d.Holder().Unsaved()) != 0 {
		t.Errorf("%v, %+v, became %q", r.Err, r.Issued, r.Became)
	}
}

// A key that somebody changed after the plan was shown is left as it is.
func TestAKeyThatWasChangedSinceThePlan(t *testing.T) {
	o := open(t, "")
	_, rows := keysNamed(t, o.Desk, "ci-eval", "export-2024")
	action, err := o.Rotation(t.Context(), client.Scope{}, desk.RotationOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	plan := o.PlanBulk(action, client.Scope{}, rows, desk.Surroundings{})
	admin := "ADMIN"
	if rows[0].OrgRole == "ADMIN" {
		admin = "MEMBER"
	}
	if _, err := o.Edit(t.Context(), rows[0], client.Change{OrganizationRole: &admin}); err != nil {
		t.Fatal(err)
	}
	for _, r := range o.RunBulk(t.Context(), plan, nil).Results {
		if changed := r.Item.Row.Key.ID == rows[0].Key.ID; (r.Err != nil) != changed || r.Tried() == changed {
			t.Errorf("%s: %q, %v", r.Item.Row.Name, r.State, r.Err)
		}
	}
}
