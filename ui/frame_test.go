package ui

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
	"pgregory.net/rapid"

	"fob/client"
	"fob/client/visible"
	"fob/ui/desk"
)

func TestTooSmall(t *testing.T) {
	for _, size := range [][2]int{{59, 24}, {80, 15}, {10, 3}, {1, 1}} {
		s := newAdminStage(t, 80, 24, rowsNamed("a", "b")...)
		s.press("j")
		s.resize(size[0], size[1])
		if size[0] > 10 {
			s.shows("fob needs 60 columns and 16 lines")
		}
		for line := range strings.Lines(s.view()) {
			if w := lipgloss.Width(strings.TrimSuffix(line, "\n")); w > size[0] {
				t.Errorf("%v: a line of %d", size, w)
			}
		}
		if n := strings.Count(s.view(), "\n") + 1; n > size[1] {
			t.Errorf("%v: %d lines", size, n)
		}
		s.press("k", "x", "n", "/", "q") // nobody sees what they do
		s.resize(80, 24)
		if got := s.selected(); got != "b" || len(s.p.pages) > 0 || s.ws.filter.typing {
			t.Errorf("%v: keys were heard; %s selected", size, got)
		}
	}
}

func TestTooSmallSaysWhatIsUnderWay(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowsNamed("a", "b")...)
	s.press("*", "x")
	s.typeText("revoke 2")
	s.press("enter")
	s.resize(50, 14)
	s.shows("0 of 2 done")
	s.press("esc")
	if !s.dialog().stopping {
		t.Error("can't be stopped")
	}
}

func TestHelp(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowsNamed("a")...)
	s.press("?")
	s.shows("Keys", "enter", "details", "copy the id", "reverse order", "previous tab", "ctrl+c", "Filter terms")
	s.hides("status:") // needs scrolling, or else this test shows nothing
	for range 40 {
		s.press("j")
	}
	s.shows("status:")
	s.press("?")
	if len(s.p.pages) != 0 {
		t.Error("? doesn't close what it opened")
	}
	for _, key := range []string{"esc", "q", "enter", "x"} {
		s.press("?", key)
		if len(s.p.pages) != 0 || s.p.quitting {
			t.Errorf("%s doesn't just close the help\n%s", key, s.view())
		}
	}
	s.press("/", "?")
	s.shows("/ ?█")
}

func TestHelpOfADialog(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowWith("mine", func(k *client.Key) { k.Personal = client.Some(true) }))
	s.press("x", "?")
	s.shows("Keys", "leave it")
	s.press("esc")
	s.shows("Revoke mine?")
}

// Escapes that only choose how text looks. Anything else that begins with ESC would steer the terminal.
var sgr = regexp.MustCompile(`\x1b\[[0-9;]*m`)

var strandedMark = regexp.MustCompile(` \pM+`)

// checkFrame fails unless a frame fills its terminal exactly and can't do anything but show text.
func checkFrame(t interface {
	Helper()
	Fatalf(format string, args ...any)
}, frame string, width, height int, ascii bool,
) {
	t.Helper()
	lines := strings.Split(frame, "\n")
	if len(lines) != height {
		t.Fatalf("%d lines at a height of %d\n%s", len(lines), height, frame)
	}
	for _, line := range lines {
		if w := ansi.StringWidth(line); w > width {
			t.Fatalf("%d cells at a width of %d: %q", w, width, line)
		}
		text := sgr.ReplaceAllString(line, "")
		for _, r := range text {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) || unicode.Is(unicode.Co, r) {
				t.Fatalf("%U reaches the terminal: %q", r, line)
			}
			if ascii && r > '~' {
				t.Fatalf("%q isn't ASCII: %q", r, line)
			}
		}
		// A dialog may cover a letter and leave its mark, which then stands on the blank beside the dialog.
		if text = strandedMark.ReplaceAllString(text, " "); visible.Line(text) != text {
			t.Fatalf("not safe: %q", line)
		}
	}
}

// hostile are pieces of names that would do something to a terminal, or to the alignment of a table.
var hostile = []string{
	"\x1b[31m", "\x1b[2J", "\x1b]0;owned\x07", "\x1b[1000D", "\x9b31m", "\r", "\n", "\t", "\x00", "\x7f", "\u202e", "\u2066", "\u200b", "\u200d",
	"\ufeff", "世界", "한글", "e\u0301\u0302\u0303\u0304\u0305\u0306\u0307", "👩‍👩‍👧", "🇩🇪", "🇩", "👍🏽", "\u2028", "\ue000", "\xff", "\xc3", "ａ", "ﷺ", "\u0000",
	"a", "Z", " ", "  ", "-", "…", "›", "│", "normal-name", "ß", "\U000e0041", "\ufffd", "\u00ad", "\u3000", "ำ", "\u1100\u1161",
}

func drawName(t *rapid.T, label string) string {
	return strings.Join(rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(hostile), rapid.StringN(0, 6, -1)), 0, 12).Draw(t, label), "")
}

func drawKey(t *rapid.T) client.Key {
	k := client.Key{ID: drawName(t, "id"), Name: client.Some(drawName(t, "name"))}
	if rapid.Bool().Draw(t, "full") {
		k.Personal = client.Some(rapid.Bool().Draw(t, "personal"))
		k.OrganizationRole = client.Some(drawName(t, "organization role"))
		k.Role = client.Some(client.RoleRef{Name: drawName(t, "role")})
		k.User = client.Some(client.PersonRef{GivenName: drawName(t, "person")})
		k.Unknown = map[string]json.RawMessage{drawName(t, "field"): json.RawMessage(drawName(t, "value"))}
		k.CreatedAt, k.ExpiresAt = client.Some(testNow), client.Some(testNow)
	}
	for range rapid.IntRange(0, 3).Draw(t, "workspaces") {
		k.Workspaces = client.Some(append(k.Workspaces.Value, client.WorkspaceRef{Name: drawName(t, "workspace")}))
	}
	return k
}

// Whatever strangers call things, a frame fills the terminal exactly and is nothing but text: on both tabs, in the
// details, the dialogs, the picker, the filter and the status line.
func TestHostileNamesNeverReachTheTerminal(t *testing.T) {
	profile := lipgloss.ColorProfile()
	t.Cleanup(func() { lipgloss.SetColorProfile(profile) })
	still := stillDesk(t)
	rapid.Check(t, func(rt *rapid.T) {
		lipgloss.SetColorProfile(rapid.SampledFrom([]termenv.Profile{termenv.Ascii, termenv.ANSI}).Draw(rt, "colours"))
		utf8 := rapid.Bool().Draw(rt, "utf8")
		s := &stage{t: t, now: testNow}
		s.p = newProgram(still, Options{UTF8: utf8, clock: func() time.Time { return testNow }})
		s.p.Init()
		s.ws, s.org = s.p.tabs[0].screen.(*keysScreen), s.p.tabs[1].screen.(*keysScreen)
		width, height := rapid.IntRange(minWidth, 200).Draw(rt, "width"), rapid.IntRange(minHeight, 60).Draw(rt, "height")
		check := func() {
			rt.Helper()
			checkFrame(rt, s.view(), width, height, !utf8)
		}
		s.p.Update(tea.WindowSizeMsg{Width: width, Height: height})
		check()
		s.signIn(desk.Identity{Name: visible.Line(drawName(rt, "who")), Role: "Admin", Organization: visible.Line(drawName(rt, "organization"))})
		place := drawName(rt, "place")
		s.places(place, place, drawName(rt, "other place"))
		check()
		var rows []*desk.Row
		for range rapid.IntRange(0, 5).Draw(rt, "keys") {
			r := desk.NewRow(drawKey(rt), place, desk.Names{}, testNow)
			r.Kept = rapid.Bool().Draw(rt, "kept")
			rows = append(rows, &r)
		}
		s.list(s.ws, rows...)
		s.list(s.org, rows...)
		check()
		s.p.Update(saidMsg{text: drawName(rt, "said")})
		check()
		for _, k := range rapid.SliceOfN(rapid.SampledFrom([]string{
			"j", "2", "1", "enter", "esc", " ", "*", "x", "s", "S", "G", "w", "?", "/", "down", "y", "k",
		}), 0, 12).Draw(rt, "keys") {
			if k == "y" && len(s.p.pages) == 0 {
				continue
			}
			s.press(k)
			check()
		}
		s.p.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(drawName(rt, "pasted")), Paste: true})
		check()
		s.press("r")
		s.answer(s.ws, desk.List{}, errors.New(drawName(rt, "error")))
		check()
	})
}

// A field that scrolled begins with a letter, never with what was parted from one.
func TestAScrolledFieldBeginsWithALetter(t *testing.T) {
	for _, text := range []string{strings.Repeat("a", 30) + "ำ" + strings.Repeat("b", 9), strings.Repeat("a", 30) + "e\u0302\u0303" + strings.Repeat("b", 9)} {
		for _, colourless := range []bool{true, false} {
			l := newLook(true)
			l.colourless = colourless
			in := l.input()
			in.Width = 10
			in.Focus()
			in.SetValue(text)
			in.CursorEnd()
			if view := ansi.Strip(l.field(in)); visible.Line(strings.TrimSpace(view)) != strings.TrimSpace(view) {
				t.Errorf("colourless %v: %q", colourless, view)
			}
		}
	}
}
