package ui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"fob/client"
	"fob/client/lifecycle"
	"fob/ui/desk"
)

func TestMain(m *testing.M) {
	lipgloss.SetColorProfile(termenv.Ascii) // whatever terminal the tests run in
	os.Exit(m.Run())
}

func TestFirstFrameWaitsForNothing(t *testing.T) {
	s := newStage(t, 80, 24, true)
	s.shows("fob", "asking who you are", "[1 Workspace]", "reading the workspaces", "? keys", "q quit")
	before := newProgram(stillDesk(t), Options{UTF8: true})
	if before.View() == "" {
		t.Error("nothing is drawn before the size is known")
	}
}

func TestHeaderSaysWhoAndHowOld(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowsNamed("a")...)
	s.shows("Nordwind Versand · Ida Krüger, Admin", "just read")
	s.tick(4 * time.Second)
	s.shows("4 s old")
	s.tick(5 * time.Minute)
	s.shows("5 min old")
	s.hides("demo", "read-only")
}

func TestUnknownPersonIsSaidAndAskedAgain(t *testing.T) {
	s := newStage(t, 100, 24, true)
	s.places("claims-search", "claims-search")
	s.list(s.ws, rowsNamed("a")...)
	s.press("n")
	s.shows("still asking the platform who you are")
	s.p.Update(loadedMsg{to: s.p.whoLoad.to, seq: s.p.whoLoad.seq, err: context.DeadlineExceeded})
	s.shows("who you are isn't known", "did not answer in time")
	s.press("x")
	s.shows("the platform did not say who you are; r asks again")
	s.press("r")
	if !s.p.whoLoad.busy() {
		t.Fatal("r doesn't ask again")
	}
	s.signIn(ida)
	s.shows("Ida Krüger, Admin")
	s.press("x")
	s.shows("Revoke a?")
}

func TestTabs(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowsNamed("a")...)
	last := len(s.p.tabs) - 1
	for _, c := range []struct {
		key  string
		want int
	}{
		{"2", 1}, {"2", 1}, {"1", 0}, {"tab", 1}, {"shift+tab", 0}, {"shift+tab", last}, {"tab", 0}, {"9", 0}, {"0", 0},
	} {
		s.press(c.key)
		s.shows(fmt.Sprintf("[%d %s]", c.want+1, s.p.tabs[c.want].label))
		if n := strings.Count(s.view(), "["); n != 1 {
			t.Errorf("%d tabs in brackets", n)
		}
	}
}

func TestLateAnswersAreDropped(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowsNamed("mine")...)
	s.press("r")
	old := s.ws.reading.seq
	s.p.Update(toMsg{s.ws.id, pickedMsg{"legal-archive"}})
	s.p.Update(streamMsg{to: s.ws.id, seq: old, body: desk.Page{More: rowsNamed("stale-part")}})
	s.p.Update(loadedMsg{to: s.ws.id, seq: old, body: listedMsg{desk.List{Rows: rowsNamed("stale"), Complete: true, AsOf: testNow}}})
	s.hides("stale", "mine")
	s.shows("legal-archive", "reading the keys")
	s.list(s.ws, rowsNamed("fresh")...)
	s.shows("fresh")
}

func TestOrderOfAnotherWorkspaceIsDropped(t *testing.T) {
	p, _ := fullProgram(t, 10)
	ws := p.tabs[0].screen.(*keysScreen)
	p.show(0)
	ws.scope.Workspace = "claims-search"
	ws.rows = manyRows(arrangeBeside+1, testNow)
	arranged := ws.arrange()
	p.Update(toMsg{ws.id, pickedMsg{"legal-archive"}})
	p.Update(arranged())
	if row, ok := ws.table.selected(); ok {
		t.Fatalf("%s of the old workspace is selected", row.Name)
	}
	press(p, runes("x"))
	if len(p.pages) > 0 {
		t.Error("x asks about a key of the old workspace")
	}
}

func TestActionsAreNeverDropped(t *testing.T) {
	gone := screenID(4711)
	for _, c := range []struct {
		msg     actedMsg
		want    string
		warning bool
	}{
		{actedMsg{to: gone, what: "making nightly"}, "making nightly: done", false},
		{actedMsg{to: gone, what: "making nightly", err: refusedWith(409, "name taken")}, "making nightly: list keys: the platform answered 409 Conflict", true},
		{actedMsg{to: gone, what: "copying", body: saidMsg{text: "sent the id"}}, "sent the id", false},
		{actedMsg{to: gone, what: "copying nightly", body: copiedMsg{name: "nightly", warnings: []string{"git does not ignore it"}}}, "nightly was not copied: git does not ignore it", true},
		{actedMsg{to: gone, what: "copying nightly", body: copiedMsg{name: "nightly", done: true, custody: "kept", destination: "the keyring"}}, "nightly is kept: the keyring", false},
		{actedMsg{to: gone, what: "forgetting nightly", body: forgottenMsg{"nightly", []string{"~/.env"}}}, "nightly is forgotten here; it is still in ~/.env", false},
	} {
		s := newAdminStage(t, 120, 24)
		s.p.Update(actingMsg{})
		s.p.Update(c.msg)
		s.shows(c.want)
		if s.p.acting != 0 {
			t.Errorf("%s: still %d actions under way", c.want, s.p.acting)
		}
		if c.warning != (len(s.p.warnings) == 1) {
			t.Errorf("%s: kept for the end: %q", c.want, s.p.warnings)
		}
	}
}

// What an action changed is read again, also when its screen is gone and nobody else asks for it.
func TestAnActionWhoseScreenIsGoneIsSeenInTheLists(t *testing.T) {
	s := newAdminStage(t, 120, 24, rowsNamed("a")...)
	if s.ws.reading.busy() {
		t.Fatal("the list is being read already")
	}
	s.p.Update(actedMsg{to: screenID(4711), what: "forgetting a"})
	if !s.ws.reading.busy() {
		t.Error("the list isn't read again")
	}
	if stash := s.p.tabs[3].screen.(*stashScreen); !stash.due && !stash.reading.busy() {
		t.Error("the stash isn't read again")
	}
}

func TestCopyingTheIDIsSaid(t *testing.T) {
	for _, keys := range [][]string{{"y"}, {"enter", "y"}} {
		s := newAdminStage(t, 120, 24, rowsNamed("ingest-prod")...)
		s.press(keys...)
		to := s.ws.id
		if len(s.p.pages) > 0 {
			to = s.p.pages[0].screen.(*details).id
		}
		s.p.Update(actedMsg{to: to, what: "copying the id of ingest-prod", body: saidMsg{text: "sent the id of ingest-prod to tmux"}})
		s.shows("sent the id of ingest-prod to tmux")
		s.p.Update(actedMsg{to: to, what: "copying the id of ingest-prod", err: errors.New("no clipboard here")})
		s.shows("copying the id of ingest-prod: no clipboard here")
	}
}

func TestBurstsAreSplit(t *testing.T) {
	burst := func(text string) tea.KeyMsg { return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text)} }
	t.Run("moves", func(t *testing.T) {
		s := newAdminStage(t, 80, 24, rowsNamed("a", "b", "c", "d")...)
		s.p.Update(burst("jj"))
		if got := s.selected(); got != "c" {
			t.Errorf("selected: %s", got)
		}
	})
	t.Run("what follows x goes to the dialog", func(t *testing.T) {
		s := newAdminStage(t, 80, 24, rowsNamed("a", "b", "nightly", "z")...)
		s.p.Update(burst("jjxnigh"))
		s.shows("Revoke nightly?", "Type its name to revoke it: nigh█")
	})
	t.Run("filter", func(t *testing.T) {
		s := newAdminStage(t, 80, 24, rowsNamed("abc", "b q")...)
		s.p.Update(burst("/b q"))
		s.shows("/ b q█", "1 of 2 keys")
	})
	t.Run("a paste stays whole and presses nothing", func(t *testing.T) {
		s := newAdminStage(t, 80, 24, rowsNamed("abc", "xjq")...)
		paste := burst("xjq")
		paste.Paste = true
		s.p.Update(paste)
		if s.p.quitting || len(s.p.pages) > 0 || s.selected() != "abc" {
			t.Errorf("a paste pressed keys:\n%s", s.view())
		}
		s.press("/")
		s.p.Update(paste)
		s.shows("/ xjq█", "1 of 2 keys")
	})
}

func TestSettlePause(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowsNamed("a")...)
	s.p.Update(openMsg{screen: newDetails(s.p.world, s.ws.rows[0], s.ws.scope), settle: true})
	s.shows("just opened: takes keys once you have stopped typing")
	first := s.p.settling
	s.press("esc")
	if len(s.p.pages) != 1 {
		t.Fatal("a key typed for the screen before closed the new one")
	}
	s.p.Update(settledMsg{first})
	s.press("esc")
	if len(s.p.pages) != 1 {
		t.Fatal("the pause didn't begin anew with the key in between")
	}
	s.p.Update(settledMsg{s.p.settling})
	s.hides("just opened")
	s.press("esc")
	if len(s.p.pages) != 0 {
		t.Error("esc doesn't close after the pause")
	}
}

func TestQuitting(t *testing.T) {
	open := func(keys ...string) func(*stage) { return func(s *stage) { s.press(keys...) } }
	for name, c := range map[string]struct {
		prepare func(*stage)
		key     string
		leaves  bool
	}{
		"q on a tab":                          {open(), "q", true},
		"ctrl+c on a tab":                     {open(), "ctrl+c", true},
		"q in the filter":                     {open("/"), "q", false},
		"ctrl+c in the filter":                {open("/"), "ctrl+c", true},
		"ctrl+c in the help":                  {open("?"), "ctrl+c", true},
		"q in the details":                    {open("enter"), "q", false},
		"ctrl+c in the details":               {open("enter"), "ctrl+c", true},
		"ctrl+c in the picker":                {open("w"), "ctrl+c", true},
		"ctrl+c before y":                     {open("x"), "ctrl+c", true},
		"q in the dialog":                     {open("x"), "q", false},
		"ctrl+c while an action is under way": {func(s *stage) { s.p.Update(actingMsg{}) }, "ctrl+c", false},
		"q right after an action was begun":   {open("y"), "q", false},
		"q while an action is under way":      {func(s *stage) { s.p.Update(actingMsg{}) }, "q", false},
		"ctrl+c twice while an action is under way": {func(s *stage) {
			s.p.Update(actingMsg{})
			s.press("ctrl+c")
		}, "ctrl+c", true},
		"ctrl+c, another key, ctrl+c": {func(s *stage) {
			s.p.Update(actingMsg{})
			s.press("ctrl+c", "j")
		}, "ctrl+c", false},
		"ctrl+c while settling": {func(s *stage) { s.p.Update(pauseMsg{}) }, "ctrl+c", true},
		"ctrl+c too small":      {func(s *stage) { s.p.Update(tea.WindowSizeMsg{Width: 20, Height: 5}) }, "ctrl+c", true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newAdminStage(t, 80, 24, rowsNamed("a")...)
			c.prepare(s)
			cmd := s.press(c.key)
			if s.p.quitting != c.leaves {
				t.Errorf("leaves: %v\n%s", s.p.quitting, s.view())
			}
			if c.leaves && (cmd == nil || !quits(cmd) || s.view() != "") {
				t.Error("quits without telling the terminal, or leaves a frame behind")
			}
		})
	}
}

// quits tells whether a command, or one of those that it brings, ends the program.
func quits(cmd tea.Cmd) bool {
	if cmd == nil || isTimer(cmd) {
		return false
	}
	switch msg := cmd().(type) {
	case tea.QuitMsg:
		return true
	case tea.BatchMsg:
		return slices.ContainsFunc(msg, quits)
	}
	return false
}

func TestQuestionAfterCtrlC(t *testing.T) {
	s := newAdminStage(t, 100, 24, rowsNamed("a", "b")...)
	s.p.Update(actingMsg{})
	s.press("ctrl+c")
	s.shows("something is still under way", "ctrl+c again leaves")
	s.press("j")
	s.hides("ctrl+c again")
	if s.selected() != "a" {
		t.Error("the key that answers the question did something else, too")
	}
}

func TestWarningsAreKeptForTheEnd(t *testing.T) {
	p := newProgram(stillDesk(t), Options{UTF8: true, Warnings: []string{"the journal is read-only"}})
	p.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	if !strings.Contains(p.View(), "the journal is read-only") {
		t.Error("not on the status line")
	}
	p.Update(runes("j"))
	if strings.Contains(p.View(), "the journal is read-only") || !slices.Contains(p.warnings, "the journal is read-only") {
		t.Error("a key doesn't take it off the screen, or it is lost")
	}
}

func TestRevokingCountsAsUnderWay(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowWith("mine", func(k *client.Key) { k.Personal = client.Some(true) }))
	s.press("x", "y")
	if s.p.acting != 1 {
		t.Fatalf("%d actions under way", s.p.acting)
	}
	s.results(lifecycle.Gone)
	if s.p.acting != 0 {
		t.Errorf("%d actions under way after the answer", s.p.acting)
	}
}
