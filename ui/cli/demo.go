package cli

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"fob/client/sandbox"
	"fob/client/secret"
	"fob/config"
	"fob/config/stash"
	"fob/ui/desk"
)

// seedOptions are how the sandbox is filled.
type seedOptions struct {
	seed                      int64
	keys, workspaces, history int
}

func (s *seedOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.Int64Var(&s.seed, "seed", 1, "`NUMBER` that decides what the organization looks like")
	f.IntVar(&s.keys, "keys", 0, "how many keys, up to 200,000 (without it, a believable few)")
	f.IntVar(&s.workspaces, "workspaces", 0, "how many workspaces, up to 10,000")
	f.IntVar(&s.history, "history", 0, "how many entries of the search history, up to 2,000,000")
}

// Most that a sandbox is asked to make: it keeps everything in memory.
const (
	mostKeys       = 200_000
	mostWorkspaces = 10_000
	mostHistory    = 2_000_000
)

func (s *seedOptions) check() error {
	for _, limit := range []struct {
		name       string
		value, max int
	}{{"keys", s.keys, mostKeys}, {"workspaces", s.workspaces, mostWorkspaces}, {"history", s.history, mostHistory}} {
		if limit.value < 0 || limit.value > limit.max {
			return wrongUsage("take a number in between", "--%s is %d, and has to be from 0 to %d", limit.name, limit.value, limit.max)
		}
	}
	return nil
}

func (s *seedOptions) sandbox(signIn signInOptions) *sandbox.Sandbox {
	return sandbox.New(sandbox.Options{
		Seed: s.seed, Keys: s.keys, Workspaces: s.workspaces, History: s.history,
		NoSignIn: signIn.off, AccessLifetime: signIn.session, RefreshLifetime: signIn.refresh,
	})
}

// demoOptions are how the demo is run.
type demoOptions struct {
	seedOptions
	keyring string
	login   bool

	mu     sync.Mutex
	server *sandbox.Server
}

func (a *app) demoCommand() *cobra.Command {
	var o demoOptions
	cmd := &cobra.Command{
		Use: "demo", Short: "Look around in a demo organization", GroupID: groupTry,
		Long: "Opens the screens on a demo organization that fob makes itself: no account, no network, nothing leaves this\n" +
			"machine. It keeps in memory what you do, keys too, and forgets it at the end; an env file that you ask for is a\n" +
			"real one. --keyring os puts keys into the real keyring, under \"" + demoService + "\", where they stay.\n\n" +
			"You are signed in already. --login begins before that: you sign in as one of the demo's people, in the browser or\n" +
			"with a code, at a page that fob serves on this machine. There are no passwords, and the session is kept in memory.",
		Example: "  fob demo\n  fob demo --keys 100000      how a large organization feels\n  fob demo --keyring os       with this machine's own keyring\n  fob demo --login            how signing in goes",
		Args:    a.noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			if err := a.refuseScreens(); err != nil {
				return err
			}
			terminal, err := a.takeTerminal("fob sandbox serves the same organization to scripts")
			if err != nil {
				return err
			}
			defer o.close(cmd.Context())
			d, err := a.openDemo(&o, terminal)
			if err != nil {
				return err
			}
			return a.show(cmd.Context(), terminal, d, screenOptions())
		},
	}
	o.flags(cmd)
	cmd.Flags().BoolVar(&o.login, "login", false, "begin with signing in, at a page of the demo's own")
	cmd.Flags().StringVar(&o.keyring, "keyring", "", "os: keep keys in the real keyring, not in memory")
	return cmd
}

func (o *demoOptions) check() error {
	if o.keyring != "" && o.keyring != "os" {
		return wrongUsage("fob demo --help says what they mean", "--keyring takes os, or is left out")
	}
	return o.seedOptions.check()
}

// demoService is the name under which the OS keyring has the demo's keys.
const demoService = "fob-demo"

// openDemo starts the demo organization and returns a desk at it. It doesn't wait until the organization is made.
func (a *app) openDemo(o *demoOptions, terminal io.Writer) (*desk.Desk, error) {
	session := secret.New(rand.Text())
	server, err := sandbox.Listen("127.0.0.1:0", later(session, func() *sandbox.Sandbox { return o.sandbox(signInOptions{}) }))
	if err != nil {
		return nil, err
	}
	o.mu.Lock()
	o.server = server
	o.mu.Unlock()
	keys := desk.Keyring(stash.NewMemory())
	if o.keyring == "os" {
		keys = stash.NewKeyring(demoService)
	}
	options := desk.Options{
		APIURL: server.URL(), Session: session, Version: a.Version, Demo: true,
		Journal: config.NewMemoryJournal(), Index: stash.NewMemoryIndex(), State: config.NewMemoryState(),
		Keys: keys, Terminal: terminal, Getenv: os.Getenv,
	}
	if o.login {
		options.Session, options.Login = secret.Value{}, a.demoLogin(options)
	}
	return desk.Open(options)
}

// demoLogin is how somebody signs in to the demo: as to any platform, but that nothing of it outlives the program.
func (a *app) demoLogin(o desk.Options) *desk.Login {
	return &desk.Login{
		APIURL: o.APIURL, UserAgent: "fob/" + a.Version, Profile: "demo", State: o.State, OpenBrowser: browserHere(os.Getenv),
		Keepers: map[desk.SessionStore]desk.Keeper{desk.SessionInKeyring: desk.NewMemoryKeeper()},
	}
}

// close ends the demo's server, if there is one.
func (o *demoOptions) close(ctx context.Context) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.server != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeWithin)
		defer cancel()
		_ = o.server.Close(ctx) // an answer that nobody reads any more may be cut off
		o.server = nil
	}
}

// closeWithin is how long a server waits for the answers under way when it is closed.
const closeWithin = 500 * time.Millisecond

// later serves an organization that is made meanwhile: the first frame waits for nothing, and 100,000 keys take a second
// or two. The session that it takes exists before the organization does; inside, the admin's stands for it.
func later(session secret.Value, seed func() *sandbox.Sandbox) http.Handler {
	var world *sandbox.Sandbox
	made := make(chan struct{})
	go func() {
		defer close(made)
		world = seed()
	}()
	own := []byte("Bearer " + session.Reveal())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-made:
		case <-r.Context().Done():
			return
		}
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), own) == 1 {
			r = r.Clone(r.Context())
			r.Header.Set("Authorization", "Bearer "+world.SessionToken().Reveal())
		}
		world.ServeHTTP(w, r)
	})
}
