package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"fob/client/sandbox"
)

// sandboxOutput is the first line that fob sandbox writes.
type sandboxOutput struct {
	APIURL         string   `json:"api_url"`
	SessionToken   string   `json:"session_token"`
	OrganizationID string   `json:"organization_id"`
	Workspaces     []string `json:"workspaces"`
	Issuer         string   `json:"issuer,omitempty"` // none: nobody can sign in
}

// signInOptions are how people sign in at a sandbox.
type signInOptions struct {
	off              bool
	session, refresh time.Duration
}

func (s *signInOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.DurationVar(&s.session, "session-lifetime", time.Hour, "`TIME` after which a session ends that somebody signed in for")
	f.DurationVar(&s.refresh, "refresh-lifetime", 30*24*time.Hour, "`TIME` for which it can be refreshed, counted from the last refresh")
	f.BoolVar(&s.off, "no-sign-in", false, "offer no identity provider, as some platforms do")
}

func (s *signInOptions) check() error {
	for _, lifetime := range []struct {
		name  string
		value time.Duration
	}{{"session-lifetime", s.session}, {"refresh-lifetime", s.refresh}} {
		if lifetime.value < time.Second {
			return wrongUsage("take something like 90s or 1h", "--%s is %v, and has to be a second at least", lifetime.name, lifetime.value)
		}
	}
	return nil
}

func (a *app) sandboxCommand() *cobra.Command {
	var (
		o      seedOptions
		signIn signInOptions
		listen string
	)
	cmd := &cobra.Command{
		Use: "sandbox", Short: "Serve a stand-in for the platform on this machine", GroupID: groupTry,
		Long: "Serves the platform's API from memory, filled with the demo organization. The first line is JSON and says\n" +
			"where and with which session; it serves until it is stopped, and then forgets everything. It has an identity\n" +
			"provider of its own, at which anybody may be any of the people of the demo organization: there are no passwords.\n" +
			"Only addresses of this machine itself are taken.",
		Example: "  fob sandbox --listen 127.0.0.1:8080\n  fob sandbox --keys 10000 --seed 7\n  fob sandbox --session-lifetime 30s      sessions that end while you watch",
		Args:    a.noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			if err := signIn.check(); err != nil {
				return err
			}
			return a.serve(cmd.Context(), listen, o, signIn)
		},
	}
	o.flags(cmd)
	signIn.flags(cmd)
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:0", "loopback `ADDRESS`; port 0 takes a free one")
	return cmd
}

// serve serves a sandbox until ctx ends.
func (a *app) serve(ctx context.Context, listen string, o seedOptions, signIn signInOptions) error {
	world := o.sandbox(signIn)
	server, err := sandbox.Listen(listen, world) //nolint:contextcheck // the server is closed when ctx ends
	if err != nil {
		return wrongUsage("--listen 127.0.0.1:0 takes a free port", "%w", err)
	}
	err = writeJSON(a.Out, sandboxOutput{
		APIURL: server.URL(), SessionToken: world.SessionToken().Reveal(),
		OrganizationID: world.OrganizationID(), Workspaces: world.WorkspaceNames(),
		Issuer: world.Issuer(server.URL()),
	})
	if err == nil {
		<-ctx.Done()
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeWithin)
	defer cancel()
	_ = server.Close(closing) // it was told to stop; what it was answering is no failure of its own
	return err
}
