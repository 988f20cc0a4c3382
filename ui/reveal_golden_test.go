package ui

import (
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/exp/golden"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/secret"
	"fob/config"
	"fob/ui/desk"
)

// issuedSample is a key that was never made, with nothing of a secret in it.
func issuedSample(places ...lifecycle.Placed) desk.Issued {
	i := desk.Issued{
		Account: "sample", Name: "nightly-eval", Masked: "api_" + strings.Repeat("•", 40) + "last", Certainty: lifecycle.Certain, Places: places,
	}
	for _, p := range places {
		i.Kept = i.Kept || p.Err == nil && p.Custody.Safe()
	}
	return i
}

// Every state of the reveal, without colour.
func TestRevealGolden(t *testing.T) {
	ring := lifecycle.Placed{Destination: "the demo's memory", Custody: secret.Kept, At: testNow}
	key := func(id, name string) client.Key {
		return client.Key{ID: id, Name: client.Some(name), Personal: client.Some(false), Role: client.Some(client.RoleRef{Name: "Editor"})}
	}
	for _, size := range sizes {
		t.Run(size.name, func(t *testing.T) {
			ids := screenID(0)
			commands := withCommands(map[string]config.CommandDestination{"alpha": {Command: []string{"true"}}, "beta": {Command: []string{"true"}, Read: []string{"true"}}})
			one := withCommands(map[string]config.CommandDestination{"a-store-with-a-long-name": {Command: []string{"true"}, Read: []string{"true"}}})
			w := world{Desk: newPlace(t, nil).Desk, look: newLook(size.utf8), ids: &ids, post: new([]tea.Msg)}
			a := &album{t: t, width: size.width}
			shot := func(title string, i desk.Issued, change func(*reveal)) {
				r := newReveal(w, i, claims)
				r.SetSize(size.width, size.height-footLines)
				if change != nil {
					change(r)
				}
				a.add(title, r, size.height)
			}
			press := func(names ...string) func(*reveal) {
				return func(r *reveal) {
					for _, n := range names {
						r.Update(keyNamed(n))
					}
				}
			}
			shot("kept", issuedSample(ring), nil)
			shot("not kept", issuedSample(), nil)
			shot("not kept, leaving tried", issuedSample(), press("q"))
			shot("the word, half typed", issuedSample(), press("l", "o"))
			shot("env file", issuedSample(), press("f"))
			shot("discard", issuedSample(), press("d"))
			shot("waiting for the keyring", issuedSample(), func(r *reveal) {
				r.Update(keyNamed("k"))
				r.pulse.beats = 48
			})
			shot("sent, and the keyring failed", issuedSample(
				lifecycle.Placed{Destination: "the clipboard", Custody: secret.Sent, At: testNow},
				lifecycle.Placed{Destination: "the demo's memory", Err: errBroken, At: testNow}), nil)
			wider := issuedSample(ring)
			wider.Wider, wider.Certainty, wider.Why = true, lifecycle.Likely, "two keys are new"
			k := key("7b2f1c7e-3a55-4a0e-9b1d-6d1a2f0c9e11", "nightly-eval")
			wider.Key, wider.Candidates = &k, []client.Key{k, key("11111111-0000-4000-8000-000000000000", "other")}
			wider.Deviations = []lifecycle.Deviation{
				{Field: "workspaces", Asked: "claims-search", Got: "every workspace, future ones too", Wider: true},
				{Field: "role", Asked: "Editor", Got: "not shown", NotShown: true},
			}
			shot("wider than asked, likely", wider, nil)
			shot("which one", wider, press("d"))
			lost := desk.Issued{Account: "sample", Name: "nightly-eval", Unanswered: true, Candidates: wider.Candidates}
			shot("unanswered", lost, func(r *reveal) { r.trouble = "the connection broke after " + (3 * time.Second).String() })
			w.Desk = newPlace(t, one).Desk
			shot("one command that keeps", issuedSample(), nil)
			w.Desk = newPlace(t, commands).Desk
			shot("several commands", issuedSample(), press("q"))
			shot("which command", issuedSample(), press("p", "down"))
			shot("handed over, another failed", issuedSample(
				lifecycle.Placed{Destination: `the command "alpha"`, Custody: secret.HandedOver, At: testNow},
				lifecycle.Placed{Destination: `the command "beta"`, Err: errBroken, At: testNow}), nil)
			golden.RequireEqual(t, []byte(a.b.String()))
		})
	}
}
