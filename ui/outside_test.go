package ui

import (
	"net/http"
	"sync/atomic"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"fob/client/session"
	"fob/ui/desk"
)

// shutGate is a platform that can't be asked how to sign in until it is opened, and the program that somebody leaves the
// page for signing in of.
func shutGate(t *testing.T, o Options) (u *pump, g *gate, open func()) {
	t.Helper()
	g = newGate(t, nil)
	var opened atomic.Bool
	g.intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if opened.Load() || r.URL.Path != "/api/v1/sso/cli-config" {
			return false
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	})
	o.UTF8 = true
	u = newPump(t, newProgram(g.Desk, o), 80, 24)
	u.until("the ways", func() bool { s := u.signin(); return s != nil && s.step == signinWay })
	u.idle()
	u.settle()
	u.press("esc")
	u.idle()
	return u, g, func() { opened.Store(true) }
}

// Whoever leaves the page for signing in is told what is wrong and how to go on, whatever the size of the terminal.
func TestNobodyIsLeftBeforeAnEmptyScreen(t *testing.T) {
	o := Options{Platforms: &twoPlatforms{}, Demo: func() (*desk.Desk, error) { return nil, session.ErrNone }}
	u, _, _ := shutGate(t, o)
	for _, size := range []tea.WindowSizeMsg{{Width: 80, Height: 24}, {Width: minWidth, Height: minHeight}} {
		u.send(size)
		u.shows("Nobody is signed in", "can't be found out now", "503", "Another profile or platform", "4 The stash",
			"› s Sign in", "r Try again", "P Another", "d Look", "r try again", "q quit")
	}
	u.press("esc", "x")
	u.idle()
	u.shows("Nobody is signed in")
}

func TestTryingAgainUntilThePlatformAnswers(t *testing.T) {
	u, _, open := shutGate(t, Options{})
	u.hides("demo", "profile or")
	u.press("r")
	u.idle()
	u.shows("The platform can't be asked how to sign in", "503", "Nobody is signed in")
	open()
	u.press("r")
	u.until("the page", func() bool { return u.signin() != nil })
	u.byCode("Ida Krüger")
	u.idle()
	u.shows("Ida Krüger, Admin", "claims-search")
	if len(u.p.pages) != 0 {
		t.Errorf("%d pages are left", len(u.p.pages))
	}
}

func TestSigningInFromOutside(t *testing.T) {
	u, _, _ := shutGate(t, Options{})
	u.press("enter")
	u.until("the page", func() bool { return u.signin() != nil })
	u.idle()
	u.press("esc")
	u.idle()
	u.shows("Nobody is signed in")
	if len(u.p.pages) != 1 {
		t.Errorf("%d pages lie on each other", len(u.p.pages))
	}
}

// A session that another fob has kept meanwhile is used.
func TestSomebodySignsInElsewhere(t *testing.T) {
	u, g, open := shutGate(t, Options{})
	open()
	another := &desk.Login{APIURL: g.login.APIURL, Profile: g.login.Profile, State: g.login.State, Keepers: g.login.Keepers}
	if err := another.SignIn(t.Context(), desk.SignInChoice{Way: desk.ByPasting, Pasted: g.sandbox.SessionToken()}, nil); err != nil {
		t.Fatal(err)
	}
	u.press("r")
	u.idle()
	u.shows("Ida Krüger, Admin", "claims-search")
}

func TestTheWaysOnFromOutside(t *testing.T) {
	made := newPlace(t, nil)
	u, _, _ := shutGate(t, Options{Platforms: &twoPlatforms{}, Demo: func() (*desk.Desk, error) { return made.Desk, nil }})
	u.press("P")
	u.idle()
	u.shows("another platform")
	u.press("esc")
	u.shows("Nobody is signed in")
	u.press("4")
	u.idle()
	u.shows("[4 Stash]")
	u.press("1", "r")
	u.until("the page", func() bool { return u.signin() != nil })
	u.idle()
	u.settle()
	u.press("esc", "d")
	u.idle()
	u.shows("Ida Krüger, Admin", "claims-search")
}
