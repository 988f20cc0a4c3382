package desk

import (
	"context"
	"fmt"

	"fob/config"
)

// KnownPlatform is a platform that everybody can sign in to.
type KnownPlatform struct{ Label, APIURL string }

// Platforms are the ones whose addresses are published: the platform's own, in the EU and in the US.
func Platforms() []KnownPlatform {
	return []KnownPlatform{
		{"the deepset AI Platform in the EU", "https://api.cloud.deepset.ai"},
		{"the deepset AI Platform in the US", "https://api.us.deepset.ai"},
	}
}

// LoginProfile is the name under which the session is kept.
func (d *Desk) LoginProfile() string {
	if d.options.Login == nil {
		return ""
	}
	return d.options.Login.Profile
}

// SessionPlace says where the session is kept, for people; "" where it is kept by nobody.
func (d *Desk) SessionPlace() string {
	_, store, own := d.SessionState()
	if !own {
		return ""
	}
	if keeper := d.options.Login.Keepers[store]; keeper != nil {
		return keeper.Name()
	}
	return ""
}

// SessionChosen says since when the session is kept where it is because a person chose that: ", as chosen on 2026-11-28";
// "" where nobody did.
func (d *Desk) SessionChosen() string {
	if login := d.options.Login; login != nil {
		if at, chosen := login.Chosen(); chosen {
			return asChosen(at)
		}
	}
	return ""
}

// SessionWords says what session is used, for people.
func (d *Desk) SessionWords() string {
	state, store, own := d.SessionState()
	if !own {
		return "given by FOB_SESSION_TOKEN or --session-file"
	}
	words := "until fob ends"
	if keeper := d.options.Login.Keepers[store]; keeper != nil {
		words = "kept in " + keeper.Name()
		words += d.SessionChosen()
	}
	switch {
	case state.Pasted:
		words = "a pasted token, " + words
	case state.Renewable:
		words += ", renewed by itself"
	}
	if !state.Expiry.IsZero() && !state.Renewable {
		words += fmt.Sprintf(", until %s", state.Expiry.In(d.options.Location).Format("2006-01-02 15:04"))
	}
	return words
}

// Choose notes the organization to work in with a profile. A disk that takes nothing is no error here.
func (s *Setup) Choose(ctx context.Context, profile, organizationID string) {
	_ = s.State.Update(ctx, func(state *config.State) error {
		state.SetOrganization(profile, organizationID)
		return nil
	})
}

// LastOrganization is the id of the organization that was chosen last with a profile, "" if none was.
func (s *Setup) LastOrganization(ctx context.Context, profile string) string {
	state, err := s.State.Load(ctx)
	if err != nil {
		return "" // what may be forgotten without harm
	}
	return state.Organization(profile)
}
