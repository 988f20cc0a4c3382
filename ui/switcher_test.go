package ui

import (
	"errors"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"fob/ui/desk"
)

// twoPlatforms are two profiles.
type twoPlatforms struct {
	open func(desk.Target) (*desk.Desk, error)
	to   []desk.Target
}

func (p *twoPlatforms) Profiles(ctxt, string) ([]desk.ProfileChoice, error) {
	return []desk.ProfileChoice{{Name: "here", Note: "a.example", Current: true}, {Name: "there", Note: "production, read-only, a-host-with-a-long-name.b.example"}}, nil
}

func (p *twoPlatforms) Switch(_ ctxt, to desk.Target) (*desk.Desk, error) {
	p.to = append(p.to, to)
	return p.open(to)
}

// openTwo shows the program for somebody who belongs to two organizations.
func openTwo(t *testing.T) (*pump, *twoPlatforms, *place) {
	t.Helper()
	pl := newPlace(t, nil)
	session, ok := pl.sandbox.SessionFor("tomasz.wojcik@nordwind-versand.example")
	if !ok {
		t.Fatal("nobody is in two organizations")
	}
	as := func(organization string, profile desk.Profile) (*desk.Desk, error) {
		return desk.Open(desk.Options{
			APIURL: pl.Origin(), OrganizationID: organization, Session: session, Profile: profile,
			Journal: pl.journal, Index: pl.index, Keys: pl.keyring, Location: berlin(t),
		})
	}
	platforms := &twoPlatforms{open: func(to desk.Target) (*desk.Desk, error) {
		return as(to.OrganizationID, desk.Profile{Name: to.Profile, Colour: "red", ReadOnly: to.Profile == "there"})
	}}
	d, err := as("", desk.Profile{Name: "here"})
	if err != nil {
		t.Fatal(err)
	}
	u := newPump(t, newProgram(d, Options{UTF8: true, Platforms: platforms}), 80, 24)
	u.idle()
	return u, platforms, pl
}

func TestGoingOverToAnotherOrganization(t *testing.T) {
	u, platforms, _ := openTwo(t)
	u.shows("Nordwind Versand")
	u.press("o")
	u.idle()
	u.shows("Nordwind Versand", "Hansa Möbel", "this one")
	u.press("j", "enter")
	u.idle()
	u.shows("Hansa Möbel", "furniture-search")
	if len(platforms.to) != 1 || platforms.to[0].OrganizationID == "" || platforms.to[0].Profile != "here" {
		t.Errorf("it went over to %+v", platforms.to)
	}
}

func TestGoingOverToAnotherProfile(t *testing.T) {
	u, platforms, _ := openTwo(t)
	var last *desk.Desk
	u.p.opened = func(d *desk.Desk) { last = d }
	u.press("P")
	u.idle()
	u.shows("here", "there", "production, read-only", "another platform")
	u.press("j", "enter")
	u.idle()
	u.shows("read-only", "there")
	u.press("n")
	u.shows("the profile there is read-only")
	if len(platforms.to) != 1 || platforms.to[0].Profile != "there" || last == nil || last.Profile().Name != "there" {
		t.Errorf("it went over to %+v", platforms.to)
	}
}

// What is under way at one platform must not be left for another.
func TestNobodyGoesOverWhileSomethingIsUnderWay(t *testing.T) {
	u, _, _ := openTwo(t)
	before := u.p.Desk
	u.p.acting = 1
	u.press("P")
	u.idle()
	u.press("j", "enter")
	u.idle()
	if u.p.Desk != before {
		t.Error("it went over")
	}
	u.shows("still under way")
}

func TestAPlatformThatCannotBeOpened(t *testing.T) {
	u, platforms, _ := openTwo(t)
	platforms.open = func(desk.Target) (*desk.Desk, error) { return nil, errors.New("no such address\x1b]0;x\a") }
	u.press("P")
	u.idle()
	u.press("j", "enter")
	u.idle()
	u.shows("no such address", "That did not work")
	u.press("esc")
	u.shows("Nordwind Versand")
}

// In a small terminal the address of a profile gives way, and not that it is read-only.
func TestAProfilesWarningFitsASmallTerminal(t *testing.T) {
	u, _, _ := openTwo(t)
	u.send(tea.WindowSizeMsg{Width: 60, Height: 16})
	u.press("P")
	u.idle()
	u.shows("there", "production, read-only")
	u.hides("b.example")
}
