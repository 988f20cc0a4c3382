package ui

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"fob/client/lifecycle"
	"fob/ui/desk"
)

// screens collects whole frames under titles, for one golden file. Every frame has to fill its terminal exactly.
type screens struct {
	t             *testing.T
	width, height int
	ascii         bool
	b             strings.Builder
}

func (a *screens) add(title string, p *program) {
	a.t.Helper()
	frame := p.View()
	checkFrame(a.t, frame, a.width, a.height, a.ascii)
	fmt.Fprintf(&a.b, "=== %s\n", title)
	for line := range strings.Lines(frame + "\n") {
		a.b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
}

// The key screens as they are, without colour, against the platform's stand-in and a clock that stands still.
func TestScreensGolden(t *testing.T) {
	for _, size := range sizes {
		t.Run(size.name, func(t *testing.T) {
			a := &screens{t: t, width: size.width, height: size.height, ascii: !size.utf8}
			a.browse(size.utf8)
			a.states(size.utf8)
			a.welcome(size.utf8)
			golden.RequireEqual(t, []byte(a.b.String()))
		})
	}
}

func (a *screens) browse(utf8 bool) {
	pl := newPlace(a.t, nil)
	p := newProgram(pl.Desk, Options{UTF8: utf8, clock: func() time.Time { return testNow.In(berlin(a.t)) }})
	u := newPump(a.t, p, a.width, a.height)
	add := func(title string) { a.add(title, p) }
	u.idle()
	u.press("esc") // what is said about this machine's clock differs from day to day
	add("workspace")
	u.press("j", "j", "s", "s")
	add("workspace, third key, by role")
	u.press("S", " ", " ", " ")
	add("reversed, three marked")
	u.press("esc", "g", "/")
	add("filter, nothing typed")
	u.typeText("type:service expires:<30d")
	add("filter, typed")
	u.press("enter")
	add("filter, in force")
	u.press("/")
	u.typeText(" expire:<5d")
	add("filter, wrong")
	u.press("esc", "/")
	u.typeText("nothing-like-this")
	u.press("enter")
	add("filter, no match")
	u.press("esc", "/")
	u.typeText("ingest-prod")
	u.press("enter", "enter")
	add("details")
	u.press("esc", "esc", "?")
	add("help")
	u.press("down", "down", "down", "pgdown")
	add("help, further down")
	u.press("esc", "w")
	add("picker")
	u.typeText("se")
	add("picker, narrowed")
	u.press("esc", "/")
	u.typeText("ana-notebook")
	u.press("enter", "x")
	add("revoke a personal key")
	u.press("esc", "esc", "/")
	u.typeText("ingest-prod")
	u.press("enter", "x")
	u.typeText("ingest-pr")
	add("revoke a service key")
	u.typeText("x")
	add("revoke a service key, wrong name")
	u.press("esc", "esc", "2")
	u.idle()
	add("organization")
	u.press("s", "s", "?")
	u.press("esc")
	add("organization, by another column")
	u.press("/")
	u.typeText("backup-admin")
	u.press("enter", "x")
	add("revoke a wide key")
	u.press("ctrl+c")
}

func (a *screens) stage(utf8 bool) *stage {
	s := newStage(a.t, a.width, a.height, utf8)
	a.add("first frame", s.p)
	s.signIn(ida)
	s.places("claims-search", "claims-search", "legal-archive")
	return s
}

func (a *screens) states(utf8 bool) {
	s := a.stage(utf8)
	s.tick(12 * time.Second)
	a.add("reading for 12 seconds", s.p)
	s.part(s.ws, desk.Page{More: numbered(60), Announced: new(98_000)})
	a.add("loading more", s.p)
	s.part(s.ws, desk.Page{Announced: new(98_000), Retrying: "503, again in 4 s"})
	a.add("asking again", s.p)
	s.answer(s.ws, desk.List{}, refusedWith(503, "upstream is gone"))
	a.add("broken off", s.p)
	s.press("r")
	s.answer(s.ws, desk.List{Rows: numbered(97), Announced: new(100), AsOf: s.now, Why: "it changed while it was read"}, nil)
	a.add("partial", s.p)
	s.press("r")
	a.add("reading again", s.p)
	s.answer(s.ws, desk.List{}, refusedWith(500, "boom"))
	a.add("not read again", s.p)
	s.press("2")
	s.answer(s.org, desk.List{}, refusedWith(403, "organization keys are for admins"))
	a.add("refused", s.p)
	s.press("1", "w", "down", "enter")
	s.answer(s.ws, desk.List{}, refusedWith(401, "the session has expired"))
	a.add("session ended", s.p)
	s.press("r")
	s.list(s.ws)
	a.add("empty", s.p)
	s.press("r")
	s.list(s.ws, numbered(5)...)
	s.press(" ", " ", " ", "x")
	a.add("revoke several", s.p)
	s.typeText("revoke 3")
	s.press("enter")
	d := s.dialog()
	s.p.Update(streamMsg{to: d.id, seq: d.working.seq, body: bulkingMsg{results: []desk.BulkResult{revokedRow(d, 0, lifecycle.Gone)}}})
	a.add("revoking", s.p)
	s.press("ctrl+c")
	a.add("revoking, ctrl+c", s.p)
	s.press("j", "esc")
	a.add("revoking, stopping", s.p)
	s.results(lifecycle.Gone, lifecycle.StillThere, lifecycle.NotTried)
	s.p.Update(settledMsg{s.p.settling})
	a.add("some revoked", s.p)
}

// elsewhere are two profiles that can't be opened.
type elsewhere struct{}

func (elsewhere) Profiles(ctxt, string) ([]desk.ProfileChoice, error) {
	return []desk.ProfileChoice{
		{Name: "prod", Note: "production, deepset.example.com", Current: true},
		{Name: "a-profile-with-a-name-that-nobody-would-type-twice-in-one-day", Note: "read-only, a.very.long.host.name.of.somebody.example.com"},
	}, nil
}

func (elsewhere) Switch(ctxt, desk.Target) (*desk.Desk, error) {
	return nil, errors.New("refusing plain http to deepset.example.com")
}

func (a *screens) welcome(utf8 bool) {
	u := newPump(a.t, newProgram(nil, Options{UTF8: utf8, Platforms: elsewhere{}, Demo: func() (*desk.Desk, error) { return nil, nil }}), a.width, a.height)
	a.add("welcome", u.p)
	u.press("enter")
	u.idle()
	a.add("which platform", u.p)
	u.press("enter")
	u.idle()
	a.add("a platform that can't be opened", u.p)
	u.press("G", "down", "down", "down", "down", "enter")
	u.typeText("http://deepset.example.com")
	u.press("enter")
	u.idle()
	a.add("an address that won't do", u.p)
	u.press("esc", "esc", "j", "enter")
	a.add("making the demo", u.p)
}
