package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"fob/client/session"
	"fob/ui/desk"
)

func (a *app) logoutCommand() *cobra.Command {
	var o connection
	cmd := &cobra.Command{
		Use: "logout", Short: "End the session of a profile", GroupID: groupAccount,
		Long: "Ends the session at the issuer, and removes it from this machine whatever the issuer says. Keys stay as they are,\n" +
			"and so does the profile.",
		Example: "  fob logout\n  fob logout --profile us",
		Args:    a.noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.setup(cmd.Context(), &o, nil)
			if err != nil {
				return err
			}
			d, err := a.openTarget(cmd.Context(), s, desk.Target{})
			if errors.Is(err, errNotSignedIn) {
				a.say("nobody is signed in")
				return nil
			}
			if err != nil {
				return err
			}
			defer d.Close()
			pasted := false
			err = a.withKeyring(cmd.Context(), func(ctx context.Context) error {
				pasted = d.PastedSession(ctx)
				return d.SignOut(ctx)
			})
			switch {
			case errors.Is(err, session.ErrNone) && !errors.Is(err, session.ErrStillStored):
				a.say("nobody is signed in to " + d.Origin())
				return nil
			case err != nil:
				return err
			}
			if pasted {
				a.say("the pasted session token was only removed from this machine: it works on at " + d.Origin() + " until it ends")
				return nil
			}
			a.say("signed out of " + d.Origin())
			return nil
		},
	}
	o.flags(cmd)
	return cmd
}
