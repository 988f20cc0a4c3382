package ui

import (
	"strings"
	"testing"

	"fob/client/lifecycle"
	"fob/ui/desk"
)

// Every question whose answer ends a key says that the profile is a production one, and none does for any other.
func TestProductionIsSaidBeforeAKeyEnds(t *testing.T) {
	for name, profile := range map[string]desk.Profile{
		"production": {Name: "nordwind-prod", Production: true, Colour: "red"}, "not production": {Name: "nordwind-test", Colour: "green"},
	} {
		t.Run(name, func(t *testing.T) {
			pl := newPlace(t, func(o *desk.Options) { o.Demo, o.Profile = false, profile })
			u := runs(t, pl, 80, 24)
			says := func(what string) {
				t.Helper()
				if got := strings.Contains(flatten(u.view()), profile.Name+" is a production profile"); got != profile.Production {
					t.Errorf("%s: said %t\n%s", what, got, u.view())
				}
			}
			u.find("ci-eval")
			u.press("x")
			says("revoke one")
			u.press("esc", "esc", "esc", " ", " ", "x")
			u.idle()
			says("revoke several")
			u.press("esc")
			r := newReveal(u.p.world, issuedSample(), claims)
			u.send(openMsg{screen: r})
			u.press("d")
			says("discard")
			r.asking, r.issued.Certainty = askWhich, lifecycle.Likely
			says("discard one of several")
		})
	}
}
