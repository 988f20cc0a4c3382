package ui

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"fob/client"
	"fob/ui/desk"
)

func TestFirstLoad(t *testing.T) {
	s := newStage(t, 80, 24, true)
	s.signIn(ida)
	s.shows("reading the workspaces")
	s.places("claims-search", "claims-search", "playground")
	s.shows("claims-search ▾", "reading the keys")
	s.hides("keys ·", "has no keys")
	s.tick(3 * time.Second)
	s.shows("3 s", "q quits")
	s.list(s.ws, rowsNamed("b", "a")...)
	s.shows("2 keys", "NAME ▲")
	if got := s.listed(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("listed: %v", got)
	}
	if s.selected() != "a" {
		t.Errorf("selected: %s", s.selected())
	}
}

func TestPartsOfAListAreShownAsTheyCome(t *testing.T) {
	s := newStage(t, 80, 24, true)
	s.signIn(ida)
	s.places("claims-search", "claims-search")
	s.part(s.ws, desk.Page{More: manyRows(1200, testNow), Announced: new(98_000)})
	s.shows("1,200 of 98,000 …")
	s.part(s.ws, desk.Page{More: rowsNamed("aaa"), Announced: new(98_000)})
	s.shows("1,201 of 98,000 …", "aaa")
	s.part(s.ws, desk.Page{Announced: new(98_000), Retrying: "no connection, again in 2 s"})
	s.shows("waiting for the platform: no connection, again in 2 s")
	s.part(s.ws, desk.Page{More: rowsNamed("again"), Restart: true, Announced: new(97_000)})
	s.shows("1 of 97,000 …", "again")
	s.hides("aaa", "no connection")
	s.list(s.ws, rowsNamed("one", "two", "three")...)
	s.shows("3 keys")
	s.hides("97,000", "again")
}

func TestPartsOfARefreshAreNotShown(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowsNamed("a", "b")...)
	s.press("r")
	s.shows("reading again", "2 keys")
	s.part(s.ws, desk.Page{More: rowsNamed("new"), Announced: new(3)})
	if got := s.listed(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("listed: %v", got)
	}
	s.list(s.ws, rowsNamed("a", "b", "new")...)
	s.shows("3 keys")
	s.hides("reading again")
}

func TestListsThatAreNotWhole(t *testing.T) {
	for name, c := range map[string]struct {
		list desk.List
		err  error
		want []string
		not  []string
	}{
		"partial, counted": {
			list: desk.List{Rows: rowsNamed("a"), Announced: new(98_000), AsOf: testNow, Why: "it changed while it was read"},
			want: []string{"partial: 98,000 announced, 1 read · r to read again", " a ", "1 of 98,000 keys"},
		},
		"partial, without a total": {
			list: desk.List{Rows: rowsNamed("a"), AsOf: testNow, Why: "it changed\x1b[31m while it was read"},
			want: []string{"partial: 1 read, it changed␛[31m while it was read"},
		},
		"empty": {
			list: desk.List{Complete: true, AsOf: testNow, Announced: new(0)},
			want: []string{"claims-search has no keys of its own yet. n makes one.", "0 keys"},
		},
		"401":      {err: refusedWith(401, "expired"), want: []string{"could not be read", "401 Unauthorized", "sign in again"}},
		"403":      {err: refusedWith(403, "no"), want: []string{"not for this session", "403 Forbidden", "this session may"}, not: []string{"1 shows"}},
		"404":      {err: refusedWith(404, ""), want: []string{"404 Not Found", "r tries again"}},
		"500":      {err: refusedWith(500, "boom"), want: []string{"500 Internal Server Error: boom", "r tries again"}},
		"time-out": {err: context.DeadlineExceeded, want: []string{"did not answer in time", "r tries again"}},
		"no answer": {
			err:  &client.Error{Op: "list keys", Method: http.MethodGet, Message: "connection refused", Err: errors.New("connection refused")},
			want: []string{"connection refused", "r tries again"},
		},
		"hostile": {err: errors.New("\x1b]0;owned\x07\u202efail"), want: []string{`␛]0;owned␇\u202efail`}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, 80, 24, true)
			s.signIn(ida)
			s.places("claims-search", "claims-search")
			s.answer(s.ws, c.list, c.err)
			s.shows(c.want...)
			s.hides(c.not...)
		})
	}
}

func TestReadingThatBreaksOffIsPartial(t *testing.T) {
	s := newStage(t, 100, 24, true)
	s.signIn(ida)
	s.places("claims-search", "claims-search")
	s.part(s.ws, desk.Page{More: rowsNamed("a", "b"), Announced: new(300)})
	s.answer(s.ws, desk.List{}, refusedWith(503, ""))
	s.shows("partial: 2 of 300 read", "503", "a ", "b ", "2 of 300 ")
	s.hides("not read again", "2 keys")
}

func TestRefusedOrganizationSaysWhereToGo(t *testing.T) {
	s := newStage(t, 80, 24, true)
	s.signIn(ida)
	s.press("2")
	s.answer(s.org, desk.List{}, refusedWith(403, "admins only"))
	s.shows("1 shows a workspace's", "403 Forbidden: admins only")
}

func TestFailedRefreshKeepsTheList(t *testing.T) {
	s := newAdminStage(t, 100, 24, rowsNamed("a", "b")...)
	s.press("r")
	s.answer(s.ws, desk.List{}, refusedWith(500, "boom"))
	s.shows("not read again", "500 Internal Server Error: boom", "r to read again", "2 keys")
	if got := s.listed(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("listed: %v", got)
	}
	s.press("r")
	s.list(s.ws, rowsNamed("a")...)
	s.hides("not read again")
}

func TestNoWorkspaceAtAll(t *testing.T) {
	s := newStage(t, 80, 24, true)
	s.signIn(ida)
	s.places("")
	s.shows("This session can reach no workspace", "2 shows the organization's keys")
	s.press("n")
	s.shows("no workspace is chosen yet")
	s.press("w", "x", "enter", "y", " ", "*", "j", "G", "s")
	if len(s.p.pages) > 0 {
		t.Error("a page opened over nothing")
	}
	s.press("r")
	if !s.ws.places.busy() {
		t.Error("r doesn't ask for the workspaces again")
	}
}

func TestWithoutPermission(t *testing.T) {
	member := desk.Identity{Name: "Ana Sousa", Role: "Member", OrganizationReadOnly: true, Why: "organization keys are for admins"}
	session := desk.Identity{ReadOnly: true, Why: "a key can't manage keys: sign in as a person"}
	for name, c := range map[string]struct {
		who     desk.Identity
		tab     string
		offered bool
	}{
		"member, workspace":    {member, "1", true},
		"member, organization": {member, "2", false},
		"key, workspace":       {session, "1", false},
		"key, organization":    {session, "2", false},
		"admin, organization":  {ida, "2", true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newAdminStage(t, 120, 30, rowsNamed("a")...)
			s.list(s.org, rowWith("a", func(k *client.Key) { k.Workspaces = client.Some([]client.WorkspaceRef{}) }))
			s.signInAgain(c.who)
			s.press(c.tab)
			if c.who.ReadOnly {
				s.shows("read-only")
			}
			for _, key := range []string{"n", "x"} {
				s.press(key)
				opened := len(s.p.pages) > 0
				if opened != c.offered {
					t.Errorf("%s opens a page: %v", key, opened)
				}
				if !c.offered {
					s.shows(c.who.Why)
					s.hides(" n new", "x revoke")
					continue
				}
				s.press("esc")
				s.p.pages = nil
				s.shows("n new", "x revoke")
			}
			s.press("?")
			if offers := strings.Contains(s.view(), "revoke"); offers != c.offered {
				t.Errorf("help offers revoking: %v", offers)
			}
		})
	}
}

// signInAgain is another answer to who is signed in.
func (s *stage) signInAgain(who desk.Identity) {
	s.p.askWho()
	s.signIn(who)
}

func TestFilterWhileTyping(t *testing.T) {
	rows := append(rowsNamed("ingest-prod", "ingest-test", "search"), rowWith("mine", func(k *client.Key) { k.Personal = client.Some(true) }))
	s := newAdminStage(t, 80, 24, rows...)
	s.press("/")
	s.shows("enter keep the filter", "esc clear it")
	for _, c := range []struct {
		typed string
		want  string
		shown int
	}{
		{"ing", "2 of 4 keys", 2},
		{"est-t", "1 of 4 keys", 1},
		{" type:", "1 of 4 keys", 1}, // half typed: what stands before it counts
		{"service", "1 of 4 keys", 1},
	} {
		for _, r := range c.typed {
			s.press(string(r))
		}
		s.shows(c.want)
		if got := s.listed(); len(got) != c.shown {
			t.Errorf("after %q: %v", c.typed, got)
		}
	}
	s.press("enter")
	s.shows("/ ingest-t type:service", "1 of 4 keys", "? keys")
	s.press("j") // moves again
	s.press("esc")
	s.hides("/ ingest", "of 4 keys")
	if got := s.listed(); len(got) != 4 {
		t.Errorf("after esc: %v", got)
	}
}

func TestWrongFilterIsExplainedAndChangesNothing(t *testing.T) {
	s := newAdminStage(t, 110, 24, rowsNamed("ingest", "search")...)
	s.press("/")
	for _, r := range "ing expire:<30d" {
		s.press(string(r))
	}
	s.shows(`no term "expire"`, "expires", "(left out)", "/ ing expire:<30d█")
	if got := s.listed(); !slices.Equal(got, []string{"ingest"}) {
		t.Errorf("listed: %v", got)
	}
	s.press("esc")
	s.hides("(left out)", "no term")
	if got := s.listed(); len(got) != 2 {
		t.Errorf("after esc: %v", got)
	}
}

func TestFilterThatMatchesNothing(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowsNamed("a", "b")...)
	s.press("/", "z", "q", "?", "1", "enter")
	s.shows("None of the 2 keys matches the filter. esc clears it.", "/ zq?1", "0 of 2 keys")
	s.press("x", "enter", "y", " ")
	if len(s.p.pages) > 0 {
		t.Error("a page opened for no key")
	}
}

func TestPastedFilterIsMadeSafe(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowWith("a\u202eb", nil), rowWith("c", nil))
	s.press("/")
	s.p.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("a\u202eb\x1b[31m"), Paste: true})
	if strings.ContainsAny(s.view(), "\u202e\x1b") {
		t.Error("pasted controls reach the frame")
	}
	s.shows(`/ a\u202eb`)
}

func TestArrowsLeaveTheFilterForTheList(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowsNamed("a1", "a2", "b")...)
	s.press("/", "a", "down")
	if s.selected() != "a2" || s.ws.filter.typing {
		t.Errorf("selected %s, typing %v", s.selected(), s.ws.filter.typing)
	}
	s.press("k")
	if s.selected() != "a1" {
		t.Error("k is still typed")
	}
}

func TestRefreshKeepsFilterSortAndMarks(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowsNamed("a1", "a2", "a3", "b")...)
	s.press("j", " ", "/", "n", "a", "m", "e", ":", "a", "enter", "S", "r")
	s.list(s.ws, rowsNamed("a0", "a1", "a2", "a3", "b")...)
	if got := s.listed(); !slices.Equal(got, []string{"a3", "a2", "a1", "a0"}) {
		t.Errorf("listed: %v", got)
	}
	s.shows("NAME ▼", "4 of 5 keys · 1 marked", "✓")
	if marked := s.ws.table.marked(); len(marked) != 1 || marked[0].Name != "a2" {
		t.Errorf("marked: %v", marked)
	}
}

func TestMarksOfKeysThatAreGone(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowsNamed("a", "b", "c")...)
	s.press("*")
	s.shows("3 marked")
	s.press("r")
	s.answer(s.ws, desk.List{Rows: rowsNamed("a"), Announced: new(3), AsOf: testNow, Why: "it changed"}, nil)
	s.shows("3 marked") // a part can't tell that the others are gone
	s.press("r")
	s.list(s.ws, rowsNamed("a", "c")...)
	s.shows("2 marked")
}

func TestCursorStaysWithItsKey(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowsNamed("m", "n", "o")...)
	s.press("j")
	s.press("r")
	s.list(s.ws, rowsNamed("a", "b", "c", "m", "n", "o")...)
	if s.selected() != "n" {
		t.Errorf("selected %s after rows appeared above", s.selected())
	}
	s.press("S")
	if s.selected() != "n" {
		t.Errorf("selected %s after reversing", s.selected())
	}
	s.press("r")
	s.list(s.ws, rowsNamed("a", "m", "o")...)
	if got := s.selected(); got == "" {
		t.Error("nothing is selected after the key is gone")
	}
	s.press("r")
	s.list(s.ws)
	s.press("j", "k", "G", "x", "enter")
	s.shows("has no keys of its own yet")
}

func TestReachingKeysAreCounted(t *testing.T) {
	everywhere := func(name string) *desk.Row {
		return rowWith(name, func(k *client.Key) { k.Workspaces = client.Some([]client.WorkspaceRef{}) })
	}
	for n, want := range map[int]string{
		1: "+ 1 organization key reaches this workspace, too · 2 shows it",
		7: "+ 7 organization keys reach this workspace, too · 2 shows them",
	} {
		s := newAdminStage(t, 80, 24, rowsNamed("a")...)
		var rows []*desk.Row
		for i := range n {
			rows = append(rows, everywhere(fmt.Sprintf("all-%d", i)))
		}
		s.press("2", "r")
		s.list(s.org, rows...)
		s.press("1")
		s.shows(want)
	}
	s := newAdminStage(t, 80, 24, rowsNamed("a")...)
	s.hides("reach this workspace")
}

func TestThousandsOfKeysAreArrangedBesideTheScreen(t *testing.T) {
	p, s := fullProgram(t, arrangeBeside+1000)
	for _, k := range []string{"G", "g", "s", "S", "*", "/", "ingest"} {
		press(p, runes(k))
	}
	press(p, tea.KeyMsg{Type: tea.KeyEnter})
	press(p, runes("S"))
	if got := len(s.table.order); got == 0 || got == len(s.rows) {
		t.Errorf("%d of %d keys shown", got, len(s.rows))
	}
	if len(s.table.marks) != len(s.rows) {
		t.Errorf("%d marked", len(s.table.marks))
	}
}

func TestFooterComesFromTheBindings(t *testing.T) {
	for _, width := range []int{60, 80, 100, 120, 200} {
		s := newAdminStage(t, width, 24, rowsNamed("a")...)
		lines := strings.Split(s.view(), "\n")
		footer := lines[len(lines)-1]
		if !strings.HasSuffix(strings.TrimRight(footer, " "), "? keys  q quit") {
			t.Errorf("at %d: %q", width, footer)
		}
		for _, b := range s.ws.ShortHelp()[:3] {
			if !strings.Contains(footer, b.Help().Key+" "+b.Help().Desc) {
				t.Errorf("at %d, %s is missing: %q", width, b.Help().Desc, footer)
			}
		}
	}
}
