package lifecycle_test

import (
	"testing"
	"time"

	"fob/client/lifecycle"
)

var notSeen = lifecycle.Sighting{Verdict: lifecycle.KeyNotSeen}

// whole is a rotation from its beginning to its end.
func (y *yard) whole(t *testing.T, p lifecycle.Plan) error {
	done, err := y.rotator().Begin(t.Context(), p, y.requisites())
	if err != nil {
		return err
	}
	y.pass(8 * 24 * time.Hour)
	_, err = y.rotator().Finish(t.Context(), done.Rotation.Intent, notSeen, false)
	return err
}

// howMany counts the points of a rotation that nobody kills.
func howMany(t *testing.T, work func(*yard, lifecycle.Plan) error) int {
	t.Helper()
	y := newYard(t)
	p := y.plan(t)
	if err := work(y, p); err != nil {
		t.Fatal(err)
	}
	return y.points
}

// A rotation that is killed at any point is gone on with on the next day from the journal alone: it ends with one new key,
// which this machine has and every spot uses, and never with two.
func TestARotationKilledAnywhereIsResumed(t *testing.T) {
	points := howMany(t, func(y *yard, p lifecycle.Plan) error { return y.whole(t, p) })
	if points < 30 {
		t.Fatalf("only %d points", points)
	}
	for at := 1; at <= points; at++ {
		y := newYard(t)
		p := y.plan(t)
		y.dieAt = at
		if y.live(func() { _ = y.whole(t, p) }) {
			t.Fatalf("point %d was never passed", at)
		}
		y.dieAt = 0
		y.pass(24 * time.Hour)
		orphans := 0
		for range 6 {
			orphans += y.lookAround(t)
			r := y.rotation(t)
			var err error
			switch {
			case r == nil:
				_, err = y.rotator().Begin(t.Context(), p, y.requisites())
			case r.Stage == lifecycle.Planned, r.Stage == lifecycle.Placing:
				_, err = y.rotator().Resume(t.Context(), r.Intent, y.requisites())
			case r.Stage == lifecycle.Waiting:
				y.pass(8 * 24 * time.Hour)
				_, err = y.rotator().Finish(t.Context(), r.Intent, notSeen, false)
			}
			if err != nil {
				t.Fatalf("killed %s: %v", y.died, err)
			}
		}
		r := y.rotation(t)
		if r == nil || r.Stage != lifecycle.Finished {
			t.Fatalf("killed %s: it is %+v", y.died, r)
		}
		made := y.made(t)
		if len(made) != 1 || y.posts-orphans != 1 || y.posts > 2 {
			t.Errorf("killed %s: %d new keys of %d requests, %d orphans", y.died, len(made), y.posts, orphans)
			continue
		}
		secret, _ := y.box.SecretOf(made[0].ID)
		if !y.ring[r.New.Account].Equal(secret) || r.New.ID != made[0].ID || y.files["the file a"] != r.New.Account || y.files["the file b"] != r.New.Account {
			t.Errorf("killed %s: the new key isn't where it should be: %+v, %v", y.died, r.New, y.files)
		}
		if y.alive(t, y.old.ID) {
			t.Errorf("killed %s: the old key is alive", y.died)
		}
		if open, err := lifecycle.Unfinished(y); err != nil || len(open) != 0 {
			t.Errorf("killed %s: unfinished %+v, %v", y.died, open, err)
		}
	}
	t.Logf("killed at %d points", points)
}

// One that is killed at any point before the old key is revoked can be undone: the old key works everywhere, as before.
func TestARotationKilledAnywhereIsUndone(t *testing.T) {
	begin := func(y *yard, p lifecycle.Plan) error {
		_, err := y.rotator().Begin(t.Context(), p, y.requisites())
		return err
	}
	undo := func(y *yard) error {
		r := y.rotation(t)
		if r == nil || !r.Open() {
			return nil
		}
		_, err := y.rotator().Abandon(t.Context(), r.Intent, nil, false)
		return err
	}
	both := func(y *yard, p lifecycle.Plan) error {
		if err := begin(y, p); err != nil {
			return err
		}
		return undo(y)
	}
	points := howMany(t, both)
	for at := 1; at <= points; at++ {
		y := newYard(t)
		p := y.plan(t)
		y.dieAt = at
		if y.live(func() { _ = both(y, p) }) {
			t.Fatalf("point %d was never passed", at)
		}
		y.dieAt = 0
		y.pass(24 * time.Hour)
		y.lookAround(t)
		if err := undo(y); err != nil {
			t.Fatalf("killed %s: %v", y.died, err)
		}
		y.lookAround(t)
		if made := y.made(t); len(made) != 0 || !y.alive(t, y.old.ID) {
			t.Errorf("killed %s: %d new keys are left, the old one is alive: %v", y.died, len(made), y.alive(t, y.old.ID))
		}
		if y.files["the file a"] != "old-account" || y.files["the file b"] != "old-account" {
			t.Errorf("killed %s: %v", y.died, y.files)
		}
		if r := y.rotation(t); r != nil && r.Stage != lifecycle.Abandoned {
			t.Errorf("killed %s: it is %s", y.died, r.Stage)
		}
	}
	t.Logf("killed at %d points", points)
}
