package lifecycle_test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/secret"
)

func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		// A run takes a fraction of a millisecond, and there are many ways to fail.
		_ = flag.Set("rapid.checks", "3000")
	}
	os.Exit(m.Run())
}

// How the world's platform treats the POST.
const (
	creates        = "creates"
	createsPartly  = "creates, and the answer has no secret"
	neverSent      = "never sent"
	lostMade       = "unanswered, made"
	lostNotMade    = "unanswered, not made"
	refuses        = "refuses"
	refusesMade    = "403, made"
	gatewayMade    = "504, made"
	gatewayNotMade = "502, not made"
	breaks         = "panics after making"
)

var errBroken = errors.New("it is broken")

// world plays the platform, the journal, the holder and the clock, and writes down in which order they were used. Its
// faults are its fields.
type world struct {
	mu     sync.Mutex
	events []string
	on     map[string]func() // called at an event, before it does anything

	clock     time.Time
	me        client.Me
	meErr     error
	keys      []client.Key // what exists
	foreign   []client.Key // appear together with the new key
	shape     func(client.Key) client.Key
	answer    string // how the POST is treated
	tellsID   string // the id that the answer tells, "" for none
	widen     bool   // the key is made for every workspace
	late      int    // so many lists after the POST don't have the new key yet
	leaves    int    // so many lists have the first key still, and it is gone from the next one on; 0: it stays
	tardy     bool   // some did not, in the beginning
	partial   map[int]bool
	listFails map[int]bool
	hidden    int // of the keys, so many are left out of a partial list
	lists     int
	posts     int
	deletes   []string
	onDelete  func(id string) error
	made      *client.Key
	secret    string

	journal      [][]byte
	appends      int
	appendsFail  map[int]bool
	unsaid       bool // an append that fails has written its line all the same
	plain        bool // the secret is no JWT
	held         map[string]secret.Value
	holderBreaks bool
}

func newWorld() *world {
	return &world{
		clock: time.Date(2026, 11, 22, 21, 0, 0, 0, time.UTC),
		me: client.Me{
			UserID: "u-ida", Email: "ida@nordwind.example", GivenName: "Ida", FamilyName: "Krüger",
			Organization: client.Organization{ID: "org-1", Name: "Nordwind"},
		},
		answer: creates, shape: func(k client.Key) client.Key { return k }, on: map[string]func(){},
		partial: map[int]bool{}, listFails: map[int]bool{}, appendsFail: map[int]bool{}, held: map[string]secret.Value{},
		keys: []client.Key{
			{ID: "old-1", Name: client.Some("ci-eval"), Workspaces: client.Some([]client.WorkspaceRef{{Name: "claims"}})},
			{ID: "old-2", Name: client.Null[string](), Workspaces: client.Some([]client.WorkspaceRef{})},
		},
	}
}

func (w *world) issuer() *lifecycle.Issuer {
	n := 0
	return &lifecycle.Issuer{
		Platform: w, Journal: w, Holder: w, Now: w.now, Wait: w.wait,
		Account: func() string { n++; return fmt.Sprintf("account-%d", n) },
	}
}

func (w *world) event(name string) {
	w.mu.Lock()
	w.events = append(w.events, name)
	f := w.on[name]
	w.mu.Unlock()
	if f != nil {
		f()
	}
}

func (w *world) now() time.Time { return w.clock }

func (w *world) wait(ctx context.Context, d time.Duration) error {
	w.clock = w.clock.Add(d)
	return ctx.Err()
}

func (w *world) Me(context.Context) (client.Me, error) {
	w.event("me")
	return w.me, w.meErr
}

func (w *world) ListKeys(_ context.Context, s client.Scope, progress func(client.Progress[client.Key])) (client.Listing[client.Key], error) {
	w.event("list " + s.Workspace)
	n := w.lists
	w.lists++
	if w.leaves > 0 && n == w.leaves {
		w.drop(w.keys[0].ID)
	}
	if w.listFails[n] {
		return client.Listing[client.Key]{}, &client.Error{Op: "list keys", Status: 503}
	}
	l := client.Listing[client.Key]{Complete: !w.partial[n], AsOf: w.clock}
	for _, k := range w.keys {
		refs, _ := k.Workspaces.Get()
		if s.Workspace != "" && (len(refs) != 1 || refs[0].Name != s.Workspace) {
			continue
		}
		if w.made != nil && k.ID == w.made.ID && w.late > 0 {
			w.late--
			continue
		}
		l.Items = append(l.Items, w.shape(k))
	}
	if w.partial[n] {
		l.Items, l.Why = l.Items[:max(0, len(l.Items)-w.hidden)], "it changed while it was read"
	}
	if progress != nil {
		progress(client.Progress[client.Key]{Read: len(l.Items)})
	}
	return l, nil
}

func (w *world) CreateKey(ctx context.Context, d client.Draft) (client.Issued, error) {
	w.event("post")
	w.posts++
	if ctx.Err() != nil {
		return client.Issued{}, &client.Error{Op: "create key", Err: ctx.Err()}
	}
	unanswered := &client.Error{Op: "create key", Unanswered: true, Err: context.DeadlineExceeded}
	switch w.answer {
	case neverSent:
		return client.Issued{}, &client.Error{Op: "create key", Err: errors.New("connection refused")}
	case refuses:
		return client.Issued{}, &client.Error{Op: "create key", Status: 403}
	case lostNotMade:
		return client.Issued{}, unanswered
	case gatewayNotMade:
		return client.Issued{}, &client.Error{Op: "create key", Status: 502}
	}
	w.make(d)
	switch w.answer {
	case lostMade:
		return client.Issued{}, unanswered
	case gatewayMade:
		return client.Issued{}, &client.Error{Op: "create key", Status: 504}
	case refusesMade:
		return client.Issued{}, &client.Error{Op: "create key", Status: 403}
	case createsPartly:
		return client.Issued{Key: client.Key{ID: w.tellsID}}, nil
	case breaks:
		panic(w.secret)
	}
	return client.Issued{Key: client.Key{ID: w.tellsID}, Secret: secret.New(w.secret)}, nil
}

func (w *world) make(d client.Draft) {
	k := client.Key{
		ID: "new-" + rand.Text(), Name: client.Some(d.Name), Personal: client.Some(d.Personal),
		OrganizationRole: client.Some(d.OrganizationRole), CreatedAt: client.Some(w.clock),
		Role: client.Some(client.RoleRef{ID: d.RoleID}), ExpiresAt: client.Null[time.Time](),
		Workspaces: client.Some([]client.WorkspaceRef{}), User: client.Some(client.PersonRef{ID: w.me.UserID}),
	}
	claims := map[string]any{"sub": "key"}
	if d.ExpiresAt != nil {
		k.ExpiresAt = client.Some(d.ExpiresAt.UTC())
		claims["exp"] = d.ExpiresAt.Unix()
	}
	if !d.AllWorkspaces && !w.widen {
		refs := []client.WorkspaceRef{}
		for _, name := range d.Workspaces {
			refs = append(refs, client.WorkspaceRef{Name: name})
		}
		k.Workspaces = client.Some(refs)
	}
	if d.RoleID == "" {
		k.Role = client.Null[client.RoleRef]()
	}
	w.made = &k
	w.keys = slices.Concat(w.keys, []client.Key{k}, w.foreign)
	w.secret = newSecret(claims)
	if w.plain {
		w.secret = "api_" + rand.Text()
	}
}

// newSecret makes what the platform would: "api_" and a JWT, of random bytes.
func newSecret(claims map[string]any) string {
	part := func(v any) string {
		b, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(b)
	}
	signature := base64.RawURLEncoding.EncodeToString([]byte(rand.Text()))
	return "api_" + part(map[string]string{"alg": "HS256", "typ": "JWT"}) + "." + part(claims) + "." + signature
}

func (w *world) RevokeKey(ctx context.Context, id string) error {
	w.event("delete " + id)
	w.deletes = append(w.deletes, id)
	if err := ctx.Err(); err != nil {
		return err
	}
	if w.onDelete != nil {
		return w.onDelete(id)
	}
	w.drop(id)
	return nil
}

func (w *world) drop(id string) {
	w.keys = slices.DeleteFunc(slices.Clone(w.keys), func(k client.Key) bool { return k.ID == id })
}

func (w *world) Append(ctx context.Context, line []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var e struct {
		Kind string `json:"kind"`
	}
	_ = json.Unmarshal(line, &e)
	w.event("journal " + e.Kind)
	n := w.appends
	w.appends++
	if w.appendsFail[n] && !w.unsaid {
		return errBroken
	}
	w.journal = append(w.journal, slices.Clone(line))
	if w.appendsFail[n] {
		return errBroken
	}
	return nil
}

func (w *world) Lines() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, line := range w.journal {
			if !yield(line, nil) {
				return
			}
		}
	}
}

func (w *world) Hold(o lifecycle.Outcome) {
	w.event("hold")
	w.held[o.Account] = o.Secret
	if w.holderBreaks {
		panic("the holder has a fault")
	}
}

// place is a destination that may fail to be tried and to be put into.
type place struct {
	w         *world
	name      string
	custody   secret.Custody
	tryErr    error
	putErr    error
	putBreaks bool
	tells     bool // its error repeats the secret
	has       map[string]secret.Value
}

func (w *world) place(name string, custody secret.Custody) *place {
	return &place{w: w, name: name, custody: custody, has: map[string]secret.Value{}}
}

func (p *place) Name() string            { return p.name }
func (p *place) Custody() secret.Custody { return p.custody }

func (p *place) Try(context.Context) error {
	p.w.event("try " + p.name)
	return p.tryErr
}

func (p *place) Put(ctx context.Context, account string, v secret.Value) error {
	p.w.event("put " + p.name)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case p.putBreaks:
		panic(v.Reveal())
	case p.putErr != nil && p.tells:
		return fmt.Errorf("%w: %s", p.putErr, v.Reveal())
	case p.putErr != nil:
		return p.putErr
	}
	p.has[account] = v
	return nil
}

func order(w *world, places ...lifecycle.Destination) lifecycle.Order {
	end := w.clock.Add(90 * 24 * time.Hour)
	if len(places) == 0 {
		places = []lifecycle.Destination{w.place("keyring", secret.Kept)}
	}
	return lifecycle.Order{
		Draft: client.Draft{
			Name: "nightly-eval", OrganizationRole: "MEMBER", RoleID: "r-editor", Workspaces: []string{"claims"}, ExpiresAt: &end,
		},
		Scope: client.Scope{Workspace: "claims"}, Origin: "https://api.example", Organization: "org-1", RoleName: "Editor",
		Destinations: places,
	}
}

func (w *world) written() string {
	var b strings.Builder
	for _, line := range w.journal {
		b.Write(line)
		b.WriteByte('\n')
	}
	return b.String()
}

func entries(t testing.TB, w *world) []lifecycle.Entry {
	t.Helper()
	var all []lifecycle.Entry
	for e, err := range lifecycle.Entries(w) {
		if err != nil {
			t.Fatalf("the journal can't be read: %v", err)
		}
		all = append(all, e)
	}
	return all
}

var _ lifecycle.Platform = (*client.Client)(nil)
