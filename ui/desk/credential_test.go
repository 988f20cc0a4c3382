package desk_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"

	"fob/client"
	"fob/client/secret"
	"fob/ui/desk"
)

// watchful counts what changes something.
type watchful struct {
	mu      sync.Mutex
	changes []string
}

func (w *watchful) before(_ http.ResponseWriter, r *http.Request) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r.Method != http.MethodGet {
		w.changes = append(w.changes, r.Method+" "+r.URL.Path)
	}
	return false
}

func (o *office) watch() *watchful {
	w := &watchful{}
	before := w.before
	o.before.Store(&before)
	return w
}

// again opens another desk at the same platform and the same files.
func (o *office) again(t *testing.T, change func(*desk.Options)) *desk.Desk {
	t.Helper()
	options := desk.Options{APIURL: o.Origin(), Session: o.platform.SessionToken(), Journal: o.journal, Index: o.index, Keys: o.memory}
	change(&options)
	d, err := desk.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// changeEverything tries all that changes the platform, and returns how each of it ended.
func changeEverything(t *testing.T, d *desk.Desk) []error {
	t.Helper()
	list, err := d.Keys(t.Context(), client.Scope{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, issued := d.Issue(t.Context(), order("not-made", desk.Place{Kind: desk.InKeyring}), nil)
	name := "other"
	_, edited := d.Edit(t.Context(), list.Rows[0], client.Change{Name: &name})
	revoked := d.Revoke(t.Context(), client.Scope{}, list.Rows[:2], nil)
	return []error{issued, edited, revoked[0].Err, revoked[1].Err}
}

func TestNothingIsSentWhereNothingMayBeChanged(t *testing.T) {
	o := open(t, "")
	issued, err := o.Issue(t.Context(), order("reader", desk.Place{Kind: desk.InKeyring}), nil)
	if err != nil {
		t.Fatal(err)
	}
	key, _ := o.platform.SecretOf(issued.Key.ID)
	entries := 0
	for range o.journal.Lines() {
		entries++
	}
	for name, change := range map[string]func(*desk.Options){
		"read-only":           func(p *desk.Options) { p.ReadOnly = true },
		"a read-only profile": func(p *desk.Options) { p.Profile = desk.Profile{Name: "eu", ReadOnly: true} },
		"a key":               func(p *desk.Options) { p.Session = key },
	} {
		t.Run(name, func(t *testing.T) {
			d, sent := o.again(t, change), o.watch()
			for i, err := range changeEverything(t, d) {
				if _, ok := errors.AsType[*desk.NotAllowedError](err); !ok {
					t.Errorf("action %d ended with %v", i, err)
				}
			}
			if len(sent.changes) != 0 {
				t.Errorf("%v was sent", sent.changes)
			}
			who, err := d.Who(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if may, why := who.May(client.Scope{Workspace: "legal"}); may || why == "" || !who.ReadOnly {
				t.Errorf("it may change keys: %q", why)
			}
		})
	}
	now := 0
	for range o.journal.Lines() {
		now++
	}
	if now != entries {
		t.Errorf("%d lines in the journal of what was never begun", now-entries)
	}
}

// stale is a session that can't be made fresh.
type stale struct{ secret.Value }

var errStale = errors.New("the session has ended")

func (s stale) Credential(context.Context) (secret.Value, error)          { return s.Value, nil }
func (s stale) Renew(context.Context, secret.Value) (secret.Value, error) { return s.Value, nil }
func (stale) Fresh(context.Context) error                                 { return errStale }

func TestNothingIsSentWithASessionThatEndsTooSoon(t *testing.T) {
	o := open(t, "")
	d := o.again(t, func(p *desk.Options) { p.Credentials = stale{o.platform.SessionToken()} })
	sent := o.watch()
	for i, err := range changeEverything(t, d) {
		if !errors.Is(err, errStale) {
			t.Errorf("action %d ended with %v", i, err)
		}
	}
	if len(sent.changes) != 0 {
		t.Errorf("%v was sent", sent.changes)
	}
}
