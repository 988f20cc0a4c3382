package lifecycle_test

import (
	"context"
	"errors"
	"iter"
	"net/http/httptest"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/sandbox"
	"fob/client/secret"
)

// yard is the sandbox on a real socket with the real client in front of it, a journal, a keyring and two files. Whoever
// works in it passes points, at any of which it may be killed: its goroutine ends there and then, and what it would have
// done next is never done.
type yard struct {
	box    *sandbox.Sandbox
	client *client.Client
	log    *world // for its journal
	ring   map[string]secret.Value
	files  map[string]string // the account whose key is there, by the spot's name
	old    client.Key
	refuse map[string]bool // spots that take nothing

	mu     sync.Mutex
	clock  time.Time
	points int
	dieAt  int
	died   string
	posts  int
}

var errRefused = errors.New("the place takes nothing")

func newYard(t *testing.T) *yard {
	t.Helper()
	y := &yard{
		clock: time.Date(2026, 11, 22, 11, 0, 0, 0, time.UTC), log: newWorld(), ring: map[string]secret.Value{}, refuse: map[string]bool{},
		files: map[string]string{"the file a": "old-account", "the file b": "old-account"},
	}
	y.box = sandbox.New(sandbox.Options{Seed: 1, Keys: 6, History: 60, Now: y.now})
	server := httptest.NewServer(y.box)
	t.Cleanup(server.Close)
	c, err := client.New(client.Options{
		BaseURL: server.URL, OrganizationID: y.box.OrganizationID(),
		Credential: func(context.Context) (secret.Value, error) { return y.box.SessionToken(), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	y.client = c
	for _, k := range y.keys(t) {
		if name, _ := k.Name.Get(); name == "ingest-prod" {
			y.old = k
		}
	}
	y.ring["old-account"], _ = y.box.SecretOf(y.old.ID)
	return y
}

func (y *yard) now() time.Time {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.clock
}

func (y *yard) pass(d time.Duration) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.clock = y.clock.Add(d)
}

func (y *yard) point(name string) {
	y.points++
	if y.points == y.dieAt {
		y.died = name
		runtime.Goexit()
	}
}

// live runs what may be killed, and tells whether it came to its end.
func (y *yard) live(work func()) (ended bool) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		work()
		ended = true
	}()
	<-done
	return ended
}

func (y *yard) keys(t *testing.T) []client.Key {
	t.Helper()
	list, err := y.client.ListKeys(context.Background(), client.Scope{}, nil)
	if err != nil || !list.Complete {
		t.Fatal(err, list.Why)
	}
	return list.Items
}

func (y *yard) Me(ctx context.Context) (client.Me, error) {
	y.point("before asking who it is")
	return y.client.Me(ctx)
}

func (y *yard) ListKeys(ctx context.Context, s client.Scope, progress func(client.Progress[client.Key])) (client.Listing[client.Key], error) {
	y.point("before reading a list")
	return y.client.ListKeys(ctx, s, progress)
}

func (y *yard) CreateKey(ctx context.Context, d client.Draft) (client.Issued, error) {
	y.point("before the POST")
	y.posts++
	issued, err := y.client.CreateKey(ctx, d)
	y.point("after the POST")
	return issued, err
}

func (y *yard) RevokeKey(ctx context.Context, id string) error {
	y.point("before the DELETE")
	err := y.client.RevokeKey(ctx, id)
	y.point("after the DELETE")
	return err
}

func (y *yard) UpdateKey(ctx context.Context, id string, c client.Change) error {
	y.point("before the PATCH")
	err := y.client.UpdateKey(ctx, id, c)
	y.point("after the PATCH")
	return err
}

func (y *yard) Append(ctx context.Context, line []byte) error {
	y.point("before a line")
	err := y.log.Append(ctx, line)
	y.point("after a line: " + string(line[:min(90, len(line))]))
	return err
}

func (y *yard) Lines() iter.Seq2[[]byte, error] { return y.log.Lines() }
func (y *yard) Hold(lifecycle.Outcome)          {}
func (y *yard) Name() string                    { return "keyring" }
func (y *yard) Custody() secret.Custody         { return secret.Kept }
func (y *yard) Try(context.Context) error       { return nil }

func (y *yard) Put(_ context.Context, account string, v secret.Value) error {
	y.point("before the keyring")
	y.ring[account] = v
	y.point("after the keyring")
	return nil
}

// move is a Rotator's: what a spot has is the account of a key in the ring.
func (y *yard) move(_ context.Context, s lifecycle.Spot, from, to string) (secret.Custody, error) {
	y.point("before " + s.Name)
	switch has := y.files[s.Name]; {
	case y.refuse[s.Name]:
		return "", errRefused
	case y.ring[to].IsZero():
		return "", errors.New("the keyring has no such key")
	case has != from && has != to:
		return "", errors.New("another key is there")
	}
	y.files[s.Name] = to
	y.point("after " + s.Name)
	return secret.Kept, nil
}

func (y *yard) rotator() *lifecycle.Rotator {
	return &lifecycle.Rotator{
		Issuer: &lifecycle.Issuer{Platform: y, Journal: y, Holder: y, Now: y.now, Wait: y.wait}, Move: y.move,
		Origin: "https://api.example", Organization: y.box.OrganizationID(),
	}
}

func (y *yard) wait(ctx context.Context, d time.Duration) error {
	y.pass(d)
	return ctx.Err()
}

func (y *yard) requisites() lifecycle.Requisites {
	return lifecycle.Requisites{Destinations: []lifecycle.Destination{y}}
}

func (y *yard) plan(t *testing.T) lifecycle.Plan {
	t.Helper()
	me, err := y.client.Me(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p, err := lifecycle.PlanRotation(y.old, lifecycle.Ground{Keys: y.keys(t), Me: me, Now: y.now()}, lifecycle.Answers{})
	if err != nil || len(p.Unknown) != 0 {
		t.Fatal(err, p.Unknown)
	}
	p.Account, p.Overlap = "old-account", 7*24*time.Hour
	p.Spots = []lifecycle.Spot{{Name: "the file a", Kind: "file"}, {Name: "the file b", Kind: "file"}}
	return p
}

func (y *yard) reconciler(t *testing.T) *lifecycle.Reconciler {
	t.Helper()
	me, err := y.client.Me(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return &lifecycle.Reconciler{
		Platform: y, Journal: y, Origin: "https://api.example", Me: me, Who: me.Email, Now: y.now, Wait: y.wait,
		Has: func(_ context.Context, l lifecycle.Left) lifecycle.Holding {
			v, ok := y.ring[l.Account]
			if !ok {
				return lifecycle.Holding{}
			}
			return lifecycle.Holding{Secret: v, Places: []lifecycle.Place{{Destination: "keyring", Custody: string(secret.Kept), At: y.now()}}}
		},
	}
}

// lookAround does what fob does when it starts: it finds out what became of keys, and revokes those that nobody has.
func (y *yard) lookAround(t *testing.T) (revoked int) {
	t.Helper()
	r := y.reconciler(t)
	found, err := r.Reconcile(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range found {
		switch o.Fate {
		case lifecycle.Held, lifecycle.Nothing:
			err = r.Settle(t.Context(), o)
		case lifecycle.Orphaned:
			if o.Certainty != lifecycle.Likely || o.Key == nil {
				t.Fatalf("the orphan is %s: %s", o.Certainty, o.Why)
			}
			_, err = r.Revoke(t.Context(), o, *o.Key, true, "nobody has it")
			revoked++
		default:
			t.Fatalf("a day later it is %s: %s", o.Fate, o.Why)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return revoked
}

// made are the keys that were made since the yard began.
func (y *yard) made(t *testing.T) []client.Key {
	t.Helper()
	return slices.DeleteFunc(y.keys(t), func(k client.Key) bool {
		at, _ := k.CreatedAt.Get()
		return at.Before(time.Date(2026, 11, 22, 11, 0, 0, 0, time.UTC))
	})
}

func (y *yard) alive(t *testing.T, id string) bool {
	t.Helper()
	return slices.ContainsFunc(y.keys(t), func(k client.Key) bool { return k.ID == id })
}

func (y *yard) rotation(t *testing.T) *lifecycle.Rotation {
	t.Helper()
	all, err := lifecycle.Rotations(y)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		return nil
	}
	return &all[len(all)-1]
}
