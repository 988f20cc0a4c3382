package desk_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"fob/client/sandbox"
	"fob/client/sandbox/visitor"
	"fob/client/secret"
	"fob/config"
	"fob/config/stash"
	"fob/ui/desk"
)

// branch is a platform that remembers whose sessions it was sent.
type branch struct {
	*sandbox.Sandbox
	url  string
	mu   sync.Mutex
	sent map[string]bool
}

func newBranch(t *testing.T, seed int64) *branch {
	t.Helper()
	b := &branch{sent: map[string]bool{}}
	b.Sandbox = sandbox.New(sandbox.Options{Seed: seed, Before: func(_ http.ResponseWriter, r *http.Request) bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.sent[r.Header.Get("Authorization")] = true
		return false
	}})
	server, err := sandbox.Listen("127.0.0.1:0", b.Sandbox)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close(context.Background()) })
	b.url = server.URL()
	return b
}

func (b *branch) heard(v secret.Value) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sent["Bearer "+v.Reveal()]
}

// firm is a setup with two platforms, a and b, each with a profile of its name.
type firm struct {
	*desk.Setup
	a, b *branch
	kept map[string]desk.Keeper
}

func newFirm(t *testing.T, env map[string]string, more string, change func(*firm)) *firm {
	t.Helper()
	f := &firm{a: newBranch(t, 1), b: newBranch(t, 2), kept: map[string]desk.Keeper{}}
	home := t.TempDir()
	dirs := config.Dirs{Config: home, State: home, Data: home}
	text := fmt.Sprintf("[profiles.a]\napi_url = %q\n\n[profiles.b]\napi_url = %q\nproduction = true\ncolour = \"red\"\n%s", f.a.url, f.b.url, more)
	if err := os.WriteFile(dirs.SettingsPath(), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f.Setup = &desk.Setup{
		Dirs: dirs, State: config.OpenState(dirs.StatePath()), Keys: stash.NewMemory(), Options: map[string]config.Option{},
		Getenv: func(name string) string {
			if env[name] == "A" {
				return f.a.url
			}
			return env[name]
		},
		Sessions: func(profile string) map[desk.SessionStore]desk.Keeper {
			if f.kept[profile] == nil {
				f.kept[profile] = desk.NewMemoryKeeper()
			}
			return map[desk.SessionStore]desk.Keeper{desk.SessionInKeyring: f.kept[profile]}
		},
	}
	if change != nil {
		change(f)
	}
	f.Bind(t.Context())
	t.Cleanup(func() { f.Finish(context.Background()) })
	return f
}

// at goes over to a target and asks who that is.
func (f *firm) at(t *testing.T, to desk.Target) (*desk.Desk, error) {
	t.Helper()
	d, err := f.Switch(t.Context(), to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	_, err = d.Who(t.Context())
	return d, err
}

func profileFlag(name string) map[string]config.Option {
	return map[string]config.Option{"profile": {Name: "profile", Value: name, Changed: true}}
}

// A session that came from outside goes to the platform that it was meant for, however one goes over and back.
func TestAGivenSessionStaysAtItsPlatform(t *testing.T) {
	f := newFirm(t, map[string]string{config.EnvAPIURL: "A"}, "", func(f *firm) { f.Given = f.a.SessionToken() })
	for _, to := range []desk.Target{
		{}, {Profile: "b"}, {Profile: "b"}, {Profile: "b", APIURL: f.b.url, OrganizationID: f.b.OrganizationID()}, {APIURL: f.b.url}, {Profile: "a"}, {},
	} {
		d, err := f.at(t, to)
		if here := d.Origin() == f.a.url; here != (err == nil) {
			t.Errorf("at %+v: %v", to, err)
		}
	}
	if !f.a.heard(f.Given) || f.b.heard(f.Given) {
		t.Errorf("a heard it: %t, b: %t", f.a.heard(f.Given), f.b.heard(f.Given))
	}
	if state, err := f.State.Load(t.Context()); err != nil || state.Profile != "" {
		t.Errorf("the next start, which is given the same session, would begin at %q", state.Profile)
	}
}

// A profile that is named goes before an address in the environment, and the session beside that address doesn't follow.
func TestANamedProfileGoesBeforeTheEnvironment(t *testing.T) {
	f := newFirm(t, map[string]string{config.EnvAPIURL: "A"}, "", func(f *firm) {
		f.Given, f.Options = f.a.SessionToken(), profileFlag("b")
	})
	d, err := f.at(t, desk.Target{})
	if d.Origin() != f.b.url || !d.Profile().Production || err == nil {
		t.Errorf("it opened %s, production %t, %v", d.Origin(), d.Profile().Production, err)
	}
	if f.b.heard(f.Given) {
		t.Error("the session of another platform was sent")
	}
}

// Whatever leads to a platform, what any of its profiles asks for holds.
func TestProductionIsProductionWhateverLeadsThere(t *testing.T) {
	f := newFirm(t, nil, "", func(f *firm) {
		f.Options = map[string]config.Option{"api_url": {Name: "api-url", Value: f.b.url, Changed: true}}
	})
	text, err := os.ReadFile(f.Dirs.SettingsPath())
	if err != nil {
		t.Fatal(err)
	}
	text = fmt.Appendf(text, "\n[profiles.too]\napi_url = %q\nread_only = true\n", f.b.url)
	if err := os.WriteFile(f.Dirs.SettingsPath(), text, 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := f.Open(t.Context(), desk.Target{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if p := d.Profile(); !p.Production || !p.ReadOnly || p.ReadOnlyBy != "too" {
		t.Errorf("by its address the platform is %+v", p)
	}
}

// signIn signs in by a code.
func signIn(t *testing.T, d *desk.Desk, store desk.SessionStore, who string) desk.Signed {
	t.Helper()
	signed, err := d.SignIn(t.Context(), desk.SignInChoice{Way: desk.ByCode, Store: store}, func(n desk.SignInNotice) {
		if n.Code != "" {
			if page, err := visitor.New().EnterCode(n.Address, n.Code, who); err != nil {
				t.Errorf("%v: %s", err, page)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// Somebody who signs in where a session was given is asked by theirs from then on, also after going over.
func TestSigningInGoesBeforeAGivenSession(t *testing.T) {
	f := newFirm(t, map[string]string{config.EnvAPIURL: "A"}, "", func(f *firm) { f.Given = secret.New("over-since-long") })
	d, err := f.at(t, desk.Target{})
	if err == nil {
		t.Fatal("a session that is no good was taken")
	}
	signIn(t, d, desk.SessionInKeyring, "Ida Krüger")
	if _, err := f.at(t, desk.Target{Profile: "a", APIURL: f.a.url, OrganizationID: f.a.OrganizationID()}); err != nil {
		t.Errorf("after choosing an organization: %v", err)
	}
}

// A session that is kept nowhere lasts until the end of the program, and not until somebody goes over.
func TestASessionThatIsKeptNowhereOutlivesGoingOver(t *testing.T) {
	f := newFirm(t, nil, "", nil)
	d, _ := f.at(t, desk.Target{Profile: "a"})
	signIn(t, d, desk.SessionInMemory, "Ida Krüger")
	if _, err := f.at(t, desk.Target{Profile: "b"}); err == nil {
		t.Error("b took a session")
	}
	if _, err := f.at(t, desk.Target{Profile: "a"}); err != nil {
		t.Errorf("back at a: %v", err)
	}
}

// A session that is replaced is ended at the provider: nobody would ever end it.
func TestAReplacedSessionIsEnded(t *testing.T) {
	f := newFirm(t, nil, "", nil)
	d, _ := f.at(t, desk.Target{Profile: "a"})
	signIn(t, d, desk.SessionInKeyring, "Ida Krüger")
	first, err := d.Session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	signIn(t, d, desk.SessionInKeyring, "Ida Krüger")
	stale, err := desk.Open(desk.Options{
		APIURL: f.a.url, Session: first, Journal: config.NewMemoryJournal(), Index: stash.NewMemoryIndex(), Keys: stash.NewMemory(),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer stale.Close()
	if _, err := stale.Who(t.Context()); err == nil {
		t.Error("the session that was replaced is as good as ever")
	}
	if _, err := d.Who(t.Context()); err != nil {
		t.Errorf("the new one is refused: %v", err)
	}
}

// slowKeeper doesn't answer before it is let.
type slowKeeper struct {
	desk.Keeper
	asked, let chan struct{}
}

func (k slowKeeper) Save(ctx context.Context, v secret.Value) error {
	close(k.asked)
	select {
	case <-k.let:
	case <-ctx.Done():
		return ctx.Err()
	}
	return k.Keeper.Save(ctx, v)
}

// Whoever leaves while the keyring asks for its password is signed in all the same: the session is there already.
func TestLeavingWhileTheKeyringAsks(t *testing.T) {
	slow := slowKeeper{desk.NewMemoryKeeper(), make(chan struct{}), make(chan struct{})}
	f := newFirm(t, nil, "", func(f *firm) { f.kept["a"] = slow })
	d, _ := f.at(t, desk.Target{Profile: "a"})
	ctx, leave := context.WithTimeout(t.Context(), time.Minute)
	defer leave()
	go func() {
		<-slow.asked
		leave()
		close(slow.let)
	}()
	_, err := d.SignIn(ctx, desk.SignInChoice{Way: desk.ByPasting, Pasted: f.a.SessionToken()}, nil)
	if kept, _ := slow.Load(t.Context()); kept.IsZero() {
		t.Errorf("nothing is kept: %v", err)
	}
}

// The organization that somebody else worked in last is nothing that keeps a person out.
func TestSomebodyElseSignsIn(t *testing.T) {
	f := newFirm(t, nil, "", nil)
	other := ""
	for _, p := range f.a.People() {
		if len(p.Organizations) > 1 {
			other = p.Organizations[1]
		}
	}
	if err := f.State.Update(t.Context(), func(s *config.State) error { s.SetOrganization("a", other); return nil }); err != nil {
		t.Fatal(err)
	}
	d, err := f.Open(t.Context(), desk.Target{Profile: "a"})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	signed := signIn(t, d, desk.SessionInKeyring, "Ida Krüger")
	if !signed.Elsewhere {
		t.Fatalf("%+v", signed)
	}
	if _, err := f.at(t, desk.Target{Profile: "a", APIURL: f.a.url, Anew: true}); err != nil {
		t.Errorf("without the organization: %v", err)
	}
	if again, err := f.at(t, desk.Target{Profile: "a"}); err != nil || again.OrganizationID() != "" {
		t.Errorf("the next time in %q: %v", again.OrganizationID(), err)
	}
}

// A pasted session that the platform doesn't take leaves the one that is kept alone.
func TestAPastedSessionThatIsNoGood(t *testing.T) {
	f := newFirm(t, nil, "", nil)
	d, _ := f.at(t, desk.Target{Profile: "a"})
	signIn(t, d, desk.SessionInKeyring, "Ida Krüger")
	before, _ := f.kept["a"].Load(t.Context())
	if _, err := d.SignIn(t.Context(), desk.SignInChoice{Way: desk.ByPasting, Pasted: secret.New("no-good")}, nil); err == nil {
		t.Error("it was taken")
	}
	if now, _ := f.kept["a"].Load(t.Context()); !now.Equal(before) {
		t.Error("the session that was kept is gone")
	}
	if _, err := f.at(t, desk.Target{Profile: "a"}); err != nil {
		t.Error(err)
	}
}
