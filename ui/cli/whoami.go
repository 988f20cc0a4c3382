package cli

import (
	"bufio"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fob/client"
	"fob/client/visible"
	"fob/ui/desk"
)

// whoamiOutput is what fob whoami --json writes. Fields are added, never renamed, while the schema stays.
type whoamiOutput struct {
	Schema           int        `json:"schema"`
	APIURL           string     `json:"api_url"`
	Profile          *string    `json:"profile"`
	Name             *string    `json:"name"`
	Email            *string    `json:"email"`
	UserID           *string    `json:"user_id"`
	OrganizationID   *string    `json:"organization_id"`
	Organization     *string    `json:"organization"`
	OrganizationRole *string    `json:"organization_role"`
	ReadOnly         bool       `json:"read_only"`          // nothing can be changed
	OrganizationKeys bool       `json:"organization_keys"`  // organization keys can be changed
	Why              *string    `json:"why"`                // the reason of what can't be
	Session          string     `json:"session"`            // "given", "keyring", "file"
	ExpiresAt        *time.Time `json:"session_expires_at"` // UTC; null where it isn't known
	Renewed          bool       `json:"session_renewed_by_fob"`
}

func (a *app) whoamiCommand() *cobra.Command {
	var (
		o      connection
		asJSON bool
	)
	cmd := &cobra.Command{
		Use: "whoami", Short: "Say who is signed in, where, and what they may do", GroupID: groupAccount,
		Example: "  fob whoami\n  fob whoami --json | jq -r .email",
		Args:    a.noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := a.connect(cmd.Context(), &o, nil)
			if err != nil {
				return err
			}
			defer d.Close()
			who, err := d.Who(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(a.Out, newWhoamiOutput(d, who))
			}
			facts := whoamiFacts(d, who)
			out := bufio.NewWriter(a.Out)
			writeFacts(out, facts, a.labelWidth(facts), a.takesUTF8())
			return out.Flush()
		},
	}
	o.flags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON, for scripts")
	return cmd
}

func newWhoamiOutput(d *desk.Desk, who desk.Identity) whoamiOutput {
	o := whoamiOutput{
		Schema: 1, APIURL: d.Origin(), Profile: unlessEmpty(d.Profile().Name), Name: unlessEmpty(who.Name), Email: unlessEmpty(who.Email),
		UserID: unlessEmpty(who.UserID), OrganizationID: unlessEmpty(organizationOf(d, who)), Organization: unlessEmpty(who.Organization),
		OrganizationRole: unlessEmpty(who.Role), ReadOnly: who.ReadOnly, OrganizationKeys: !who.ReadOnly && !who.OrganizationReadOnly,
		Why: unlessEmpty(who.Why), Session: "given",
	}
	if state, store, own := d.SessionState(); own {
		o.Session, o.Renewed = string(store), state.Renewable
		if !state.Expiry.IsZero() {
			at := state.Expiry.UTC()
			o.ExpiresAt = &at
		}
	}
	return o
}

func whoamiFacts(d *desk.Desk, who desk.Identity) []fact {
	name := who.Name
	if who.Email != "" {
		name += " <" + who.Email + ">"
	}
	facts := []fact{{"who", name}, {"organization", who.Organization}, {"role", who.Role}, {"may", mayWords(who)}, {"platform", d.Origin()}}
	if profile := d.Profile().Name; profile != "" {
		facts = append(facts, fact{"profile", profile})
	}
	return append(facts, fact{"session", d.SessionWords()})
}

// mayWords say what the person may change, as far as it is known.
func mayWords(who desk.Identity) string {
	whole := who.Over(client.Scope{})
	var editor, unsure []string
	for _, m := range who.Memberships {
		switch right := who.Over(client.Scope{Workspace: m.Workspace}); {
		case right.Untold != "":
			unsure = append(unsure, visible.Line(m.Workspace))
		case right.No == "":
			editor = append(editor, visible.Line(m.Workspace))
		}
	}
	var parts []string
	switch {
	case who.ReadOnly:
		return "look, and change nothing: " + who.Why
	case whole == desk.Right{}:
		return "everything that a person may"
	case len(editor) > 0:
		parts = append(parts, "change the keys of "+strings.Join(editor, ", "))
	case len(unsure) == 0 && len(who.Memberships) > 0:
		parts = append(parts, "look, and change no keys of workspaces")
	case len(unsure) == 0:
		parts = append(parts, "change keys of workspaces as far as your role there allows")
	}
	if len(unsure) > 0 {
		parts = append(parts, "whether you may change the keys of "+strings.Join(unsure, ", ")+" isn't known")
	}
	if whole.No == "" {
		return strings.Join(append(parts, "whether you may change organization keys isn't known"), "; ")
	}
	return strings.Join(append(parts, whole.No), "; ")
}
