package cli

import (
	"context"

	"github.com/spf13/cobra"

	"fob/client/sandbox"
)

// sandboxOutput is the first line that fob sandbox writes.
type sandboxOutput struct {
	APIURL         string   `json:"api_url"`
	SessionToken   string   `json:"session_token"`
	OrganizationID string   `json:"organization_id"`
	Workspaces     []string `json:"workspaces"`
}

func (a *app) sandboxCommand() *cobra.Command {
	var (
		o      seedOptions
		listen string
	)
	cmd := &cobra.Command{
		Use: "sandbox", Short: "Serve a stand-in for the platform on this machine", GroupID: groupTry,
		Long: "Serves the platform's API from memory, filled with the demo organization. The first line is JSON and says\n" +
			"where and with which session; it serves until it is stopped, and then forgets everything.\n" +
			"Only addresses of this machine itself are taken.",
		Example: "  fob sandbox --listen 127.0.0.1:8080\n  fob sandbox --keys 10000 --seed 7",
		Args:    a.noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			return a.serve(cmd.Context(), listen, o)
		},
	}
	o.flags(cmd)
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:0", "loopback `ADDRESS`; port 0 takes a free one")
	return cmd
}

// serve serves a sandbox until ctx ends.
func (a *app) serve(ctx context.Context, listen string, o seedOptions) error {
	world := o.sandbox()
	server, err := sandbox.Listen(listen, world) //nolint:contextcheck // the server is closed when ctx ends
	if err != nil {
		return wrongUsage("--listen 127.0.0.1:0 takes a free port", "%w", err)
	}
	err = writeJSON(a.Out, sandboxOutput{
		APIURL: server.URL(), SessionToken: world.SessionToken().Reveal(),
		OrganizationID: world.OrganizationID(), Workspaces: world.WorkspaceNames(),
	})
	if err == nil {
		<-ctx.Done()
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeWithin)
	defer cancel()
	_ = server.Close(closing) // it was told to stop; what it was answering is no failure of its own
	return err
}
