package ui

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"fob/config/stash"
	"fob/ui/desk"
)

var errBroken = errors.New("the drawer is stuck")

func sized(width, height int) tea.WindowSizeMsg {
	return tea.WindowSizeMsg{Width: width, Height: height}
}

// slowRing is a keyring that answers when it is told to, with what it is told.
type slowRing struct {
	*stash.Memory
	mu   sync.Mutex
	gate chan struct{}
	err  error
}

func newSlowRing() *slowRing { return &slowRing{Memory: stash.NewMemory()} }

func (s *slowRing) hold() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gate = make(chan struct{})
}

// release lets everything that waits go on, and every later call, with err.
func (s *slowRing) release(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
	if s.gate != nil {
		close(s.gate)
		s.gate = nil
	}
}

func (s *slowRing) wait(ctx context.Context) error {
	s.mu.Lock()
	gate := s.gate
	s.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

func (s *slowRing) Try(ctx context.Context) error { return s.wait(ctx) }

// reachWaiting goes forward to a review whose place doesn't answer yet.
func (u *pump) reachWaiting(w *wizard) {
	u.t.Helper()
	for w.step != stepPlace {
		u.forward(w)
	}
	u.pass(w)
	u.press("enter")
	u.until("the review", func() bool { return w.step == stepReview })
}

func TestReviewSaysAll(t *testing.T) {
	u, w := openWizard(t, newPlace(t, nil), organization, 80, 24)
	u.reach(w, stepName)
	u.typeText("nightly-eval")
	u.reach(w, stepExpiry)
	u.press("end") // never
	u.reach(w, stepWorkspaces)
	u.press(" ", "down", " ", "down", " ")
	u.reach(w, stepRole)
	u.press("end", "up")
	u.reach(w, stepPlace)
	u.press("end")
	u.reach(w, stepReview)
	u.shows("nightly-eval, a service key", "Editor: write access to all assets of a workspace", "3 of 14 workspaces: ",
		"it never expires", "this screen only", "tried just now: works", "! it never expires", "! its secret is only sent there",
		"7 of 7 · review")
}

func TestEndWords(t *testing.T) {
	zone := func(name string) *time.Location {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return loc
	}
	at := time.Date(2027, 2, 20, 22, 59, 59, 0, time.UTC)
	odd := time.Date(2027, 2, 20, 12, 0, 30, 0, time.UTC)
	near := testNow.Add(5 * time.Hour)
	for _, c := range []struct {
		at   *time.Time
		zone string
		want string
	}{
		{&at, "Europe/Berlin", "20 Feb 2027 23:59 CET = 22:59 UTC, 90 days from now"},
		{&at, "UTC", "20 Feb 2027 22:59 UTC, 90 days from now"},
		{&at, "Asia/Tokyo", "21 Feb 2027 07:59 JST = 20 Feb 2027 22:59 UTC, 91 days from now"},
		{&odd, "Europe/Berlin", "20 Feb 2027 13:00:30 CET = 12:00:30 UTC, 90 days from now"},
		{&near, "UTC", "22 Nov 2026 16:00 UTC, in 5 h"},
		{nil, "UTC", "it is revoked: it never expires"},
	} {
		if got := endWords(c.at, testNow, zone(c.zone)); got != c.want {
			t.Errorf("%v in %s is %q, want %q", c.at, c.zone, got, c.want)
		}
	}
}

// A place that fails says why on the review, is tried again by Enter, and never makes a key.
func TestPlaceFails(t *testing.T) {
	ring := newSlowRing()
	ring.release(&stash.KeyringError{Kind: stash.Locked, Op: "write"})
	pl := newPlace(t, func(o *desk.Options) { o.Keys = ring })
	u, w := openWizard(t, pl, claims, 80, 24)
	u.reach(w, stepReview)
	u.shows("does not work: the keyring is locked", "choose an env file", "[ try again ]")
	u.forward(w)
	if pl.posts.Load() != 0 || w.making != nil {
		t.Fatal("a key was made for a place that doesn't work")
	}
	ring.release(nil)
	u.forward(w)
	u.shows("tried just now: works", "[ make the key ]")
	if pl.posts.Load() != 0 {
		t.Fatal("trying again made a key")
	}
	u.forward(w)
	if pl.posts.Load() != 1 {
		t.Fatal("no key was made")
	}
}

// A keyring that waits for a person is named, and can be left.
func TestKeyringWaits(t *testing.T) {
	ring := newSlowRing()
	ring.hold()
	pl := newPlace(t, func(o *desk.Options) { o.Keys = ring })
	u, w := openWizard(t, pl, claims, 80, 24)
	u.reachWaiting(w)
	u.shows("trying it")
	for range 48 {
		u.send(toMsg{w.id, beatMsg{w.pulse.n}})
	}
	u.shows("waiting for your keyring (12 s)")
	u.press("shift+tab")
	u.idle() // the question was given up, so its answer is there
	if w.step != stepPlace {
		t.Fatal("the waiting can't be left")
	}
	u.pass(w)
	u.press("end")
	u.forward(w)
	u.shows("this screen only", "tried just now: works")
}

// What the platform refuses makes nothing, is said on the review, and is sent again only by another press.
func TestRefused(t *testing.T) {
	pl := newPlace(t, nil)
	refuse := true
	pl.intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if refuse && r.Method == http.MethodPost {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte(`{"detail":"not you"}`))
			return true
		}
		return false
	})
	u, w := openWizard(t, pl, claims, 80, 24)
	u.reach(w, stepReview)
	u.forward(w)
	u.shows("nothing was made", "not you", "review")
	u.press("enter", "enter")
	u.idle()
	if n := pl.posts.Load(); n != 1 {
		t.Fatalf("%d requests", n)
	}
	refuse = false
	u.forward(w)
	if n := pl.posts.Load(); n != 2 {
		t.Fatalf("%d requests", n)
	}
	u.shows("is made, and kept")
}

// A create that stays unanswered is never repeated; the key that nobody has is named.
func TestUnanswered(t *testing.T) {
	pl := newPlace(t, nil)
	var inside bool
	pl.intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost || inside {
			return false
		}
		inside = true
		pl.sandbox.ServeHTTP(httptest.NewRecorder(), r) // made, and the answer is lost
		panic(http.ErrAbortHandler)
	})
	u, w := openWizard(t, pl, claims, 80, 24)
	u.reach(w, stepName)
	u.typeText("nightly-eval")
	u.reach(w, stepReview)
	u.forward(w)
	u.settle()
	u.shows("! nightly-eval may have been made", "is not repeated", "nightly-eval (", "x revokes it")
	if n := pl.posts.Load(); n != 2 { // ours, and the one inside of it
		t.Errorf("%d requests", n-1)
	}
	u.press("k", "c", "v", "d", "f")
	u.idle()
	u.press("enter")
	u.idle()
	if len(u.p.pages) != 0 || pl.posts.Load() != 2 {
		t.Error("the page can't be left")
	}
}

// While a key is being made nothing leaves, and nothing makes a second one.
func TestMakingStays(t *testing.T) {
	pl := newPlace(t, nil)
	arrived, goOn := make(chan struct{}), make(chan struct{})
	pl.intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost {
			close(arrived)
			<-goOn
		}
		return false
	})
	u, w := openWizard(t, pl, claims, 80, 24)
	u.reach(w, stepReview)
	u.pass(w)
	u.press("enter")
	u.until("sending", func() bool { return strings.Contains(u.view(), "sending") })
	<-arrived
	u.shows("Making the new key", "✓ reading the keys that exist")
	u.press("esc", "esc", "q", "enter", "shift+tab")
	u.shows("is being made")
	if w.Guard() == "" || len(u.p.pages) != 1 {
		t.Fatal("a create in flight can be left")
	}
	u.press("ctrl+c")
	if u.p.quitting {
		t.Fatal("ctrl+c left without asking")
	}
	u.press("x")
	close(goOn)
	u.idle()
	u.shows("is made, and kept")
	if n := pl.posts.Load(); n != 1 {
		t.Errorf("%d keys were made", n)
	}
}

// An env file that has a key already is asked about before it can come to the review.
func TestEnvFileStep(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".env")
	if err := os.WriteFile(path, []byte("API_KEY=old\nOTHER=1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	pl := newPlace(t, nil)
	u, w := openWizard(t, pl, claims, 80, 24)
	u.reach(w, stepPlace)
	u.press("down")
	u.reach(w, stepPath)
	u.shows("./.env")
	u.press("ctrl+u")
	u.typeText(filepath.Join(t.TempDir(), "none", ".env"))
	u.forward(w)
	if w.step != stepPath {
		t.Fatal("a path without a folder was taken")
	}
	u.shows("! ")
	u.press("ctrl+u")
	u.typeText(path)
	u.forward(w)
	u.shows("has an API_KEY already. Replace it?", "› no, name another file")
	u.forward(w)
	if w.step != stepPath {
		t.Fatal("no didn't lead back to the path")
	}
	u.forward(w)
	u.press("down")
	u.forward(w)
	u.shows("! the API_KEY that the file has now is replaced", "tried just now: works")
	u.forward(w)
	u.shows("kept in the env file")
	data, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(data), "OTHER=1") || strings.Contains(string(data), "=old") || !strings.Contains(string(data), "API_KEY=api_") {
		t.Errorf("the file, without its key: %d bytes, %v", len(data), err)
	}
}

func TestPlaceFailure(t *testing.T) {
	got := placeFailure(&stash.KeyringError{Kind: stash.NoBus, Op: "write", Err: errors.New("no \x1b[31mbus")})
	if strings.Contains(got, "\x1b") || !strings.Contains(got, "choose an env file") {
		t.Errorf("placeFailure is %q", got)
	}
}

// What doesn't fit into a small window has to be scrolled through before Enter makes the key.
func TestReviewIsReadFirst(t *testing.T) {
	pl := newPlace(t, nil)
	u, w := openWizard(t, pl, organization, 60, 16)
	u.reach(w, stepReach)
	u.press("down")
	u.reach(w, stepRole)
	u.press("end")
	u.reach(w, stepReview)
	u.pass(w)
	u.press("enter")
	u.idle()
	if w.making != nil || pl.posts.Load() != 0 {
		t.Fatal("a key was made before all of the review was on screen")
	}
	u.shows("more below: down shows them")
	for range 20 {
		u.press("down")
	}
	u.shows("! it works in every workspace", "[ make the key ]")
	u.press("enter")
	u.idle()
	if pl.posts.Load() != 1 {
		t.Errorf("%d keys were made", pl.posts.Load())
	}
}
