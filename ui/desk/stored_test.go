package desk_test

import (
	"context"
	"testing"
	"time"

	"fob/client/secret"
	"fob/ui/desk"
)

// written is a place with one stored session. Whoever asks it for more than that fails the test.
type written struct {
	desk.Keeper
	text string
}

func (w written) Load(context.Context) (secret.Value, error) { return secret.New(w.text), nil }

// A session that is over and can't be renewed is told by what is stored, of a file alone: a keyring isn't asked.
func TestSessionEnded(t *testing.T) {
	past, later := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339), time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	head := `{"version":1,"origin":"https://p.example","obtained":"` + past + `","access":"token"`
	for name, c := range map[string]struct {
		text         string
		store        desk.SessionStore
		ended, known bool
	}{
		"over":                {head + `,"expiry":"` + past + `"}`, desk.SessionInFile, true, true},
		"over, and renewable": {head + `,"expiry":"` + past + `","refresh":"r","token_endpoint":"https://i.example/t"}`, desk.SessionInFile, false, true},
		"not over":            {head + `,"expiry":"` + later + `"}`, desk.SessionInFile, false, true},
		"no end":              {head + `}`, desk.SessionInFile, false, true},
		"of another origin":   {`{"version":1,"origin":"https://q.example","access":"token"}`, desk.SessionInFile, false, false},
		"in the keyring":      {head + `,"expiry":"` + past + `"}`, desk.SessionInKeyring, false, false},
		"nowhere":             {head + `}`, "", false, false},
	} {
		s := &desk.Setup{Sessions: func(string) map[desk.SessionStore]desk.Keeper {
			return map[desk.SessionStore]desk.Keeper{desk.SessionInFile: written{text: c.text}}
		}}
		ended, known := s.SessionEnded(t.Context(), desk.ProfileChoice{Name: "p", APIURL: "https://p.example"}, c.store)
		if ended != c.ended || known != c.known {
			t.Errorf("%s: ended %v, known %v", name, ended, known)
		}
	}
}
