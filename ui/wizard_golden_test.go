package ui

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/exp/golden"

	"fob/client/lifecycle"
	"fob/ui/desk"
)

// album collects frames under titles, for one golden file.
type album struct {
	t     *testing.T
	width int
	b     strings.Builder
}

// howLong is what differs from run to run: how long a place took.
var howLong = regexp.MustCompile(`works \([^)]*\)`)

func (a *album) add(title string, s screen, height int) {
	a.t.Helper()
	frame := howLong.ReplaceAllString(s.View(), "works (9 ms)")
	lines := strings.Split(frame, "\n")
	if len(lines) > height-footLines {
		a.t.Errorf("%s has %d lines at a height of %d", title, len(lines), height)
	}
	for _, line := range lines {
		if w := lipgloss.Width(line); w > a.width {
			a.t.Errorf("%s has a line of %d cells at a width of %d: %q", title, w, a.width, line)
		}
	}
	fmt.Fprintf(&a.b, "=== %s\n%s\n", title, strings.TrimRight(frame, "\n"))
}

var sizes = []struct {
	name          string
	width, height int
	utf8          bool
}{{"60x16", 60, 16, true}, {"80x24", 80, 24, true}, {"120x40", 120, 40, true}, {"60x16-ascii", 60, 16, false}}

// Every step, the review and the making, without colour.
func TestWizardGolden(t *testing.T) {
	for _, size := range sizes {
		t.Run(size.name, func(t *testing.T) {
			pl := newPlace(t, nil)
			u, w := openWizard(t, pl, organization, size.width, size.height)
			w.look = newLook(size.utf8)
			u.p.look = w.look
			w.build()
			a := &album{t: t, width: size.width}
			shot := func(title string) { a.add(title, w, size.height) }
			shot("type")
			u.press("down")
			shot("type, personal")
			u.press("up")
			u.reach(w, stepName)
			shot("name")
			u.typeText("nightly-eval")
			shot("name, typed")
			u.reach(w, stepExpiry)
			shot("expiry")
			u.press("end", "up")
			u.reach(w, stepDate)
			shot("date")
			u.typeText("2027-03-31")
			shot("date, typed")
			u.reach(w, stepReach)
			shot("reach")
			u.reach(w, stepWorkspaces)
			u.press(" ", "down", "down", " ")
			shot("workspaces")
			u.press("/")
			u.typeText("search")
			shot("workspaces, filter")
			u.press("enter", "*")
			shot("workspaces, filtered")
			u.press("esc")
			u.reach(w, stepRole)
			shot("role")
			u.press("end")
			shot("role, admin")
			u.reach(w, stepPlace)
			shot("place")
			u.press("down")
			u.reach(w, stepPath)
			shot("path")
			u.press("shift+tab", "up")
			u.reach(w, stepReview)
			shot("review, not quiet yet")
			u.pass(w)
			shot("review")
			u.press("down", "down", "down", "down")
			shot("review, read to its end")
			u.press("tab")
			shot("review, back")
			u.press("esc")
			shot("leave?")
			u.press("x")
			total := 1200
			w.making = &making{}
			w.making.hear(toldMsg{[]lifecycle.Step{
				{Stage: lifecycle.Trying, Destination: "the OS keyring"},
				{Stage: lifecycle.Tried, Destination: "the OS keyring", Took: 9 * time.Millisecond},
				{Stage: lifecycle.Asking},
				{Stage: lifecycle.Reading, Read: 300, Announced: &total},
			}})
			shot("making")
			golden.RequireEqual(t, []byte(a.b.String()))
		})
	}
}

// The review of a workspace's key, and of a place that fails.
func TestWizardReviewGolden(t *testing.T) {
	for _, size := range sizes {
		t.Run(size.name, func(t *testing.T) {
			ring := newSlowRing()
			pl := newPlace(t, func(o *desk.Options) { o.Keys = ring })
			u, w := openWizard(t, pl, claims, size.width, size.height)
			w.look = newLook(size.utf8)
			a := &album{t: t, width: size.width}
			u.reach(w, stepName)
			u.typeText("nightly-eval")
			u.reach(w, stepReview)
			u.pass(w)
			a.add("review", w, size.height)
			ring.release(errBroken)
			u.press("r")
			u.idle()
			a.add("review, the place fails", w, size.height)
			golden.RequireEqual(t, []byte(a.b.String()))
		})
	}
}
