package lifecycle_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fob/client/lifecycle"
	"fob/client/secret"
)

// A spot that fails keeps the old key, is named, and is tried again; the old key has its whole overlap from then on.
func TestASpotThatFails(t *testing.T) {
	y := newYard(t)
	y.refuse["the file b"] = true
	done, err := y.rotator().Begin(t.Context(), y.plan(t), y.requisites())
	if err != nil || done.Rotation.Stage != lifecycle.Waiting {
		t.Fatal(err, done.Rotation.Stage)
	}
	left := done.Rotation.Unplaced()
	if len(left) != 1 || left[0].Name != "the file b" || done.Rotation.Moved["the file b"].Error != errRefused.Error() {
		t.Fatalf("left are %+v of %+v", left, done.Rotation.Moved)
	}
	if y.files["the file b"] != "old-account" || y.files["the file a"] != done.Rotation.New.Account {
		t.Errorf("%v", y.files)
	}
	y.pass(8 * 24 * time.Hour)
	var doubts *lifecycle.NotReadyError
	if _, err := y.rotator().Finish(t.Context(), done.Rotation.Intent, notSeen, false); !errors.As(err, &doubts) || !slices.Equal(doubts.Doubts, []lifecycle.Doubt{lifecycle.NotPlaced}) {
		t.Fatalf("%v", err)
	}
	y.refuse = map[string]bool{}
	again, err := y.rotator().Resume(t.Context(), done.Rotation.Intent, y.requisites())
	if err != nil || len(again.Rotation.Unplaced()) != 0 || again.Issued || !again.Rotation.WaitsUntil.After(y.now().Add(6*24*time.Hour)) {
		t.Errorf("%v, %+v", err, again.Rotation)
	}
	if r := y.rotation(t); !r.WaitsUntil.Equal(again.Rotation.WaitsUntil) {
		t.Errorf("the journal says %s, it was said %s", r.WaitsUntil, again.Rotation.WaitsUntil)
	}
	if y.posts != 1 {
		t.Errorf("%d requests", y.posts)
	}
	if strings.Contains(y.log.written(), "eyJ") {
		t.Error("the journal has a secret")
	}
}

// What can't be pointed back keeps the new key alive, unless a person says otherwise.
func TestAbandoningThatIsStuck(t *testing.T) {
	y := newYard(t)
	done, err := y.rotator().Begin(t.Context(), y.plan(t), y.requisites())
	if err != nil {
		t.Fatal(err)
	}
	y.refuse["the file a"] = true
	var stuck *lifecycle.StuckError
	if _, err := y.rotator().Abandon(t.Context(), done.Rotation.Intent, nil, false); !errors.As(err, &stuck) || len(stuck.Places) != 1 || !strings.Contains(err.Error(), "the file a") {
		t.Fatalf("%v", err)
	}
	if !y.alive(t, done.Rotation.New.ID) || y.rotation(t).Stage != lifecycle.Abandoning {
		t.Error("the new key is gone, or the rotation over")
	}
	if _, err := y.rotator().Finish(t.Context(), done.Rotation.Intent, notSeen, true); err == nil {
		t.Error("finished on the way back")
	}
	out, err := y.rotator().Abandon(t.Context(), done.Rotation.Intent, nil, true)
	if err != nil || out.Revoked.State != lifecycle.Gone || y.alive(t, done.Rotation.New.ID) || !y.alive(t, y.old.ID) {
		t.Errorf("%v, %+v", err, out)
	}
	if _, err := y.rotator().Abandon(t.Context(), done.Rotation.Intent, nil, true); !errors.Is(err, lifecycle.ErrRotationOver) {
		t.Errorf("again: %v", err)
	}
}

// Of two fobs that rotate one key at once, one goes on and the other is told; so it is with two that resume.
func TestTwoFobsRotateOneKey(t *testing.T) {
	y := newYard(t)
	p := y.plan(t)
	both := &shared{yard: y}
	rotator := func() *lifecycle.Rotator {
		r := y.rotator()
		r.Issuer.Platform, r.Issuer.Journal = y.client, both
		return r
	}
	errs := make([]error, 2)
	together(func(i int) {
		_, errs[i] = rotator().Begin(t.Context(), p, lifecycle.Requisites{Destinations: []lifecycle.Destination{newShelf()}})
	})
	refused := 0
	for _, err := range errs {
		var open *lifecycle.RotationOpenError
		if errors.As(err, &open) {
			refused++
		}
	}
	made := y.made(t)
	if refused != 1 || len(made) != 1 {
		t.Fatalf("%v; %d keys were made", errs, len(made))
	}
	if _, err := rotator().Begin(t.Context(), p, y.requisites()); err == nil || len(y.made(t)) != 1 {
		t.Error("a third one began")
	}
}

func TestTwoFobsResumeOneRotation(t *testing.T) {
	y := newYard(t)
	p := y.plan(t)
	p.Spots = nil
	y.dieAt = 3 // the plan is written down, and nothing else
	y.live(func() { _ = y.whole(t, p) })
	y.dieAt = 0
	r := y.rotation(t)
	if r == nil || r.Stage != lifecycle.Planned || y.posts != 0 {
		t.Fatalf("%+v", r)
	}
	both := &shared{yard: y}
	errs := make([]error, 2)
	together(func(i int) {
		one := y.rotator()
		one.Issuer.Platform, one.Issuer.Journal = y.client, both
		_, errs[i] = one.Resume(t.Context(), r.Intent, lifecycle.Requisites{Destinations: []lifecycle.Destination{newShelf()}})
	})
	if made := y.made(t); len(made) != 1 {
		t.Errorf("%v; %d keys were made", errs, len(made))
	}
}

func together(work func(int)) {
	var wg sync.WaitGroup
	for i := range 2 {
		wg.Go(func() { work(i) })
	}
	wg.Wait()
}

// shared is a journal that several use at once.
type shared struct {
	*yard
	mu sync.Mutex
}

func (s *shared) Append(ctx context.Context, line []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Append(ctx, line)
}

func (s *shared) Lines() iter.Seq2[[]byte, error] {
	s.mu.Lock()
	lines := slices.Clone(s.log.journal)
	s.mu.Unlock()
	return func(yield func([]byte, error) bool) {
		for _, l := range lines {
			if !yield(l, nil) {
				return
			}
		}
	}
}

// shelf is a place of one fob's own.
type shelf struct{ *place }

func newShelf() shelf { return shelf{newWorld().place("keyring", secret.Kept)} }

// TestDoubts goes through when revoking the old key is suggested.
func TestDoubts(t *testing.T) {
	placed := time.Date(2026, 11, 22, 11, 0, 0, 0, time.UTC)
	r := lifecycle.Rotation{PlacedAt: placed, WaitsUntil: placed.AddDate(0, 0, 7), New: lifecycle.Replacement{ID: "n", Account: "a"}, Stage: lifecycle.Waiting}
	day := 24 * time.Hour
	for name, c := range map[string]struct {
		after    time.Duration
		sighting lifecycle.Sighting
		doubts   []lifecycle.Doubt
		silent   bool
	}{
		"silent, and over":        {8 * day, notSeen, nil, true},
		"silent, not over":        {2 * day, notSeen, []lifecycle.Doubt{lifecycle.OverlapRuns}, true},
		"seen an hour ago":        {8 * day, lifecycle.Sighting{Verdict: lifecycle.KeySeen, Last: placed.Add(8*day - time.Hour)}, []lifecycle.Doubt{lifecycle.StillSeen}, false},
		"a straggler on day one":  {8 * day, lifecycle.Sighting{Verdict: lifecycle.KeySeen, Last: placed.Add(day)}, nil, true},
		"seen before, not since":  {8 * day, lifecycle.Sighting{Verdict: lifecycle.KeyNotSeen, Last: placed.Add(-time.Minute)}, nil, true},
		"it can't be told":        {8 * day, lifecycle.Sighting{Verdict: lifecycle.KeyUntold}, []lifecycle.Doubt{lifecycle.SeenUntold}, false},
		"nobody asked":            {8 * day, lifecycle.Sighting{}, []lifecycle.Doubt{lifecycle.SeenUntold}, false},
		"seen, not everywhere":    {8 * day, lifecycle.Sighting{Verdict: lifecycle.KeyUntold, Last: placed.Add(8*day - time.Hour)}, []lifecycle.Doubt{lifecycle.StillSeen}, false},
		"seen just now, not over": {time.Hour, lifecycle.Sighting{Verdict: lifecycle.KeySeen, Last: placed.Add(time.Minute)}, []lifecycle.Doubt{lifecycle.OverlapRuns, lifecycle.StillSeen}, false},
	} {
		now := placed.Add(c.after)
		if got := r.Doubts(c.sighting, now); !slices.Equal(got, c.doubts) {
			t.Errorf("%s: %v, want %v", name, got, c.doubts)
		}
		if _, silent := r.SilentSince(c.sighting, now); silent != c.silent {
			t.Errorf("%s: silent %v", name, silent)
		}
	}
}

// The old key isn't revoked where the new one is gone, whatever is forced.
func TestNoKeyIsLeft(t *testing.T) {
	y := newYard(t)
	done, err := y.rotator().Begin(t.Context(), y.plan(t), y.requisites())
	if err != nil {
		t.Fatal(err)
	}
	if err := y.client.RevokeKey(t.Context(), done.Rotation.New.ID); err != nil {
		t.Fatal(err)
	}
	y.pass(8 * 24 * time.Hour)
	var doubts *lifecycle.NotReadyError
	if _, err := y.rotator().Finish(t.Context(), done.Rotation.Intent, notSeen, true); !errors.As(err, &doubts) || !slices.Contains(doubts.Doubts, lifecycle.NewGone) {
		t.Errorf("%v", err)
	}
	if !y.alive(t, y.old.ID) {
		t.Error("no key is left")
	}
}

// A refusal leaves the rotation where it was: it is tried again, or abandoned, and nothing was made.
func TestARotationThatIsRefused(t *testing.T) {
	y := newYard(t)
	p := y.plan(t)
	p.Draft.RoleID = "0b3d1c5e-0000-4000-8000-000000000000" // nobody has this role
	done, err := y.rotator().Begin(t.Context(), p, y.requisites())
	var fault *lifecycle.Error
	if !errors.As(err, &fault) || fault.Made != lifecycle.MadeNo || done.Rotation.Stage != lifecycle.Planned || done.Rotation.Failed == "" {
		t.Fatalf("%v, %s, %q", err, done.Rotation.Stage, done.Rotation.Failed)
	}
	if _, err := y.rotator().Resume(t.Context(), done.Rotation.Intent, y.requisites()); err == nil || y.posts != 2 {
		t.Errorf("%v after %d requests", err, y.posts)
	}
	if _, err := y.rotator().Abandon(t.Context(), done.Rotation.Intent, nil, false); err != nil || y.rotation(t).Open() {
		t.Errorf("%v", err)
	}
	if _, err := y.rotator().Begin(t.Context(), y.plan(t), y.requisites()); err != nil {
		t.Errorf("another one after it: %v", err)
	}
}
