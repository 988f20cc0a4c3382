package ui

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"fob/client"
	"fob/ui/desk"
)

// stage is a program whose platform is the test: nothing is asked, and the test says what is answered, and when.
type stage struct {
	t       testing.TB
	p       *program
	ws, org *keysScreen
	now     time.Time
}

var ida = desk.Identity{Name: "Ida Krüger", Role: "Admin", Organization: "Nordwind Versand"}

// newStage is a program that has been started, and hasn't been answered yet.
func newStage(t testing.TB, width, height int, utf8 bool) *stage {
	t.Helper()
	s := &stage{t: t, now: testNow}
	s.p = newProgram(stillDesk(t), Options{UTF8: utf8, clock: func() time.Time { return s.now }})
	s.p.Init()
	s.p.Update(tea.WindowSizeMsg{Width: width, Height: height})
	s.ws, s.org = s.p.tabs[0].screen.(*keysScreen), s.p.tabs[1].screen.(*keysScreen)
	return s
}

// newAdminStage is one where an admin is signed in and the workspaces are known. rows are the workspace's keys, which
// are the organization's, too.
func newAdminStage(t testing.TB, width, height int, rows ...*desk.Row) *stage {
	t.Helper()
	s := newStage(t, width, height, true)
	s.signIn(ida)
	s.places("claims-search", "claims-search", "legal-archive", "playground")
	s.list(s.ws, rows...)
	s.list(s.org, rows...)
	return s
}

func (s *stage) signIn(who desk.Identity) {
	s.p.Update(loadedMsg{to: s.p.whoLoad.to, seq: s.p.whoLoad.seq, body: whoMsg{who: who}})
}

func (s *stage) places(start string, names ...string) {
	s.p.Update(loadedMsg{to: s.ws.id, seq: s.ws.places.seq, body: placesMsg{names, start}})
}

// list answers a tab's reading with these rows, which are all.
func (s *stage) list(tab *keysScreen, rows ...*desk.Row) {
	s.answer(tab, desk.List{Rows: rows, Complete: true, AsOf: s.now, Announced: new(len(rows))}, nil)
}

func (s *stage) answer(tab *keysScreen, list desk.List, err error) {
	s.p.Update(loadedMsg{to: tab.id, seq: tab.reading.seq, body: listedMsg{list: list}, err: err})
}

func (s *stage) part(tab *keysScreen, p desk.Page) {
	s.p.Update(streamMsg{to: tab.id, seq: tab.reading.seq, body: p})
}

func (s *stage) press(names ...string) (last tea.Cmd) {
	for _, name := range names {
		_, last = s.p.Update(keyNamed(name))
	}
	return last
}

func (s *stage) tick(d time.Duration) {
	s.now = s.now.Add(d)
	s.p.Update(tickMsg{})
}

func (s *stage) view() string { return s.p.View() }

func (s *stage) shows(texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		if !strings.Contains(s.view(), text) && !strings.Contains(flatten(s.view()), text) {
			s.t.Errorf("not on screen: %q\n%s", text, s.view())
		}
	}
}

func (s *stage) hides(texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		if strings.Contains(s.view(), text) {
			s.t.Errorf("on screen: %q\n%s", text, s.view())
		}
	}
}

// selected is the name of the key under the cursor of the tab in front, read off the screen.
func (s *stage) selected() string {
	s.t.Helper()
	for line := range strings.Lines(s.view()) {
		if rest, ok := strings.CutPrefix(line, " ›"); ok {
			return strings.Fields(strings.TrimLeft(rest, " ✓●"))[0]
		}
	}
	return ""
}

// listed are the first words of the rows on screen.
func (s *stage) listed() []string {
	var names []string
	in := false
	for line := range strings.Lines(s.view()) {
		switch {
		case strings.HasPrefix(line, "     NAME"):
			in = true
		case in && (len(line) < 5 || strings.HasPrefix(line, "     +") || strings.Contains(line, "──") || strings.TrimSpace(line) == ""):
			return names
		case in:
			names = append(names, strings.Fields(strings.TrimLeft(line, " ›✓●"))[0])
		}
	}
	return names
}

// rowWith is a service key of claims-search; change alters it.
func rowWith(name string, change func(*client.Key)) *desk.Row {
	k := client.Key{
		ID: fmt.Sprintf("%x-0000-4000-8000-000000000000", name), Name: client.Some(name), Personal: client.Some(false),
		Role: client.Some(client.RoleRef{Name: "Editor"}), Workspaces: client.Some([]client.WorkspaceRef{{Name: "claims-search"}}),
		CreatedAt: client.Some(testNow.AddDate(0, -3, 0)), ExpiresAt: client.Some(testNow.AddDate(0, 5, 0)),
		User: client.Some(client.PersonRef{GivenName: "Ida", FamilyName: "Krüger"}),
	}
	if change != nil {
		change(&k)
	}
	r := desk.NewRow(k, "", desk.Names{}, testNow)
	return &r
}

func rowsNamed(names ...string) []*desk.Row {
	rows := make([]*desk.Row, len(names))
	for i, name := range names {
		rows[i] = rowWith(name, nil)
	}
	return rows
}

func refusedWith(status int, message string) error {
	return &client.Error{Op: "list keys", Method: http.MethodGet, Status: status, Message: message}
}
