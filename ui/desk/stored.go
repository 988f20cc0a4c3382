package desk

import (
	"context"

	"fob/client/session"
	"fob/config"
)

// SessionEnded tells whether the session that a file has for a profile is over for good, and whether that is known: no
// provider is asked, and no keyring, which may ask a person for a password.
func (s *Setup) SessionEnded(ctx context.Context, profile ProfileChoice, store SessionStore) (ended, known bool) {
	if store != SessionInFile || profile.APIURL == "" || s.Sessions == nil {
		return false, false
	}
	m, err := session.New(session.Options{APIURL: profile.APIURL, Store: s.Sessions(profile.Name)[store]})
	if err != nil {
		return false, false
	}
	state, err := m.Peek(ctx)
	if err != nil {
		return false, false
	}
	return state.Ended, true
}

// withRemembered puts the organization that was gone over to last where nothing says which one is meant, as Open does.
func (s *Setup) withRemembered(ctx context.Context, conn config.Connection) config.Connection {
	if conn.Organization.Value != "" || conn.Profile.Value == "" {
		return conn
	}
	if id, remembered := s.organization(ctx, conn.Profile.Value, conn, Target{}); remembered {
		conn.Organization = config.Setting{Value: id, From: config.Source{Kind: config.Remembered, Name: "organization"}}
	}
	return conn
}
