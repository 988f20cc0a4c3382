package lifecycle_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/secret"
)

// cutOff issues a key of which nothing but the first lines is left in the journal.
func cutOff(t *testing.T, w *world, lines int) *place {
	t.Helper()
	ring := w.place("keyring", secret.Kept)
	if _, err := w.issuer().Issue(t.Context(), order(w, ring), nil); w.answer == creates && err != nil {
		t.Fatal(err)
	}
	w.journal = w.journal[:lines]
	return ring
}

func (w *world) reconciler() *lifecycle.Reconciler {
	return &lifecycle.Reconciler{Platform: w, Journal: w, Origin: "https://api.example", Organization: "org-1", Me: w.me, Now: w.now, Wait: w.wait}
}

func (w *world) orphans(t *testing.T, r *lifecycle.Reconciler) []lifecycle.Orphan {
	t.Helper()
	w.late = 0
	found, err := r.Reconcile(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func one(t *testing.T, all []lifecycle.Orphan) lifecycle.Orphan {
	t.Helper()
	if len(all) != 1 {
		t.Fatalf("%d orphans", len(all))
	}
	return all[0]
}

func without(field string) func(client.Key) client.Key {
	return func(k client.Key) client.Key {
		switch field {
		case "created":
			k.CreatedAt = client.Field[time.Time]{}
		case "role":
			k.Role = client.Field[client.RoleRef]{}
		}
		return k
	}
}

// TestTheOrphanOfACutOffCreate goes through what a killed fob may leave behind, with keys of others made meanwhile.
func TestTheOrphanOfACutOffCreate(t *testing.T) {
	for name, tc := range map[string]struct {
		spoil     func(*world, *lifecycle.Reconciler)
		fate      lifecycle.Fate
		certainty lifecycle.Certainty
	}{
		"made":                       {func(*world, *lifecycle.Reconciler) {}, lifecycle.Orphaned, lifecycle.Likely},
		"made, its age isn't shown":  {func(w *world, _ *lifecycle.Reconciler) { w.shape = without("created") }, lifecycle.Orphaned, lifecycle.Likely},
		"made, its role isn't shown": {func(w *world, _ *lifecycle.Reconciler) { w.shape = without("role") }, lifecycle.Orphaned, lifecycle.Likely},
		"a list is partial":          {func(w *world, _ *lifecycle.Reconciler) { w.partial[w.lists], w.partial[w.lists+1] = true, true }, lifecycle.Orphaned, lifecycle.Likely},
		"made, and gone again":       {func(w *world, _ *lifecycle.Reconciler) { w.drop(w.made.ID) }, lifecycle.Nothing, lifecycle.Unknown},
		"no list can be read":        {func(w *world, _ *lifecycle.Reconciler) { w.listFails[w.lists], w.listFails[w.lists+1] = true, true }, lifecycle.Open, lifecycle.Unknown},
		"not there, the list partial": {func(w *world, _ *lifecycle.Reconciler) {
			w.drop(w.made.ID)
			w.partial[w.lists] = true
		}, lifecycle.Open, lifecycle.Unknown},
		"not there, too early": {func(w *world, _ *lifecycle.Reconciler) {
			w.drop(w.made.ID)
			w.clock = w.clock.Add(-9 * time.Minute)
		}, lifecycle.Open, lifecycle.Unknown},
		"somebody here holds it": {func(w *world, r *lifecycle.Reconciler) {
			r.Holds = func(id string) bool { return id == w.made.ID }
		}, lifecycle.Nothing, lifecycle.Unknown},
		"made later by hand": {func(w *world, _ *lifecycle.Reconciler) {
			w.keys[2].CreatedAt = client.Some(w.clock)
		}, lifecycle.Nothing, lifecycle.Unknown},
		"made by somebody else": {func(w *world, _ *lifecycle.Reconciler) {
			w.keys[2].User = client.Some(client.PersonRef{ID: "u-ben"})
		}, lifecycle.Nothing, lifecycle.Unknown},
		"a fob is at it": {func(w *world, r *lifecycle.Reconciler) {
			r.Mine = func(l lifecycle.Left) bool { return l.Account == "account-1" }
		}, lifecycle.AtIt, lifecycle.Unknown},
		"young, and no lease": {func(w *world, _ *lifecycle.Reconciler) { w.clock = w.clock.Add(-15 * time.Minute) }, lifecycle.AtIt, lifecycle.Unknown},
		"a place can't be asked": {func(w *world, r *lifecycle.Reconciler) {
			w.drop(w.made.ID)
			r.Has = func(context.Context, lifecycle.Left) lifecycle.Holding { return lifecycle.Holding{Later: true} }
		}, lifecycle.Open, lifecycle.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.foreign = []client.Key{
				{ID: "f-1", Name: client.Some("export"), CreatedAt: client.Some(w.clock), User: client.Some(client.PersonRef{ID: "u-ida"}), Workspaces: client.Some([]client.WorkspaceRef{{Name: "claims"}})},
				{ID: "f-2", Name: client.Some("nightly-eval"), CreatedAt: client.Some(w.clock), User: client.Some(client.PersonRef{ID: "u-ben"}), Workspaces: client.Some([]client.WorkspaceRef{{Name: "claims"}})},
			}
			cutOff(t, w, 1)
			w.clock = w.clock.Add(20 * time.Minute)
			r := w.reconciler()
			tc.spoil(w, r)
			posts := w.posts
			o := one(t, w.orphans(t, r))
			if o.Fate != tc.fate || o.Certainty != tc.certainty {
				t.Fatalf("%s, %s: %s", o.Fate, o.Certainty, o.Why)
			}
			if o.Certainty == lifecycle.Likely && (o.Key == nil || o.Key.ID != w.made.ID || len(o.Candidates) != 1) {
				t.Errorf("the key is %v of %d", o.Key, len(o.Candidates))
			}
			if o.Why == "" || w.posts != posts || len(w.journal) != 1 {
				t.Errorf("%q; %d requests, %d lines", o.Why, w.posts-posts, len(w.journal))
			}
			err := r.Settle(t.Context(), o)
			if open, _ := lifecycle.Unfinished(w); (err == nil) != (o.Fate == lifecycle.Nothing) || (len(open) == 0) != (err == nil) {
				t.Errorf("settled: %v, unfinished %d", err, len(open))
			}
		})
	}
}

func TestASecretThatReachedItsPlace(t *testing.T) {
	for _, lines := range []int{1, 2} { // before and after the line about that
		w := newWorld()
		ring := cutOff(t, w, lines)
		w.clock = w.clock.Add(time.Hour)
		r := w.reconciler()
		r.Has = func(_ context.Context, l lifecycle.Left) lifecycle.Holding {
			return lifecycle.Holding{Secret: ring.has[l.Account], Places: []lifecycle.Place{{Destination: "keyring", Custody: "kept"}}}
		}
		o := one(t, w.orphans(t, r))
		if o.Fate != lifecycle.Held || o.Certainty != lifecycle.Certain || o.Key == nil || o.Key.ID != w.made.ID {
			t.Fatalf("%s, %s: %s", o.Fate, o.Certainty, o.Why)
		}
		if err := r.Settle(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		last := entries(t, w)[len(entries(t, w))-1]
		if last.KeyID != w.made.ID || len(w.orphans(t, r)) != 0 {
			t.Errorf("the journal says %q, and is asked again: %v", last.KeyID, len(w.orphans(t, r)))
		}
	}
}

func TestAnOrphanIsRevokedByChoice(t *testing.T) {
	w := newWorld()
	cutOff(t, w, 1)
	w.clock = w.clock.Add(time.Hour)
	r := w.reconciler()
	o := one(t, w.orphans(t, r))
	if _, err := r.Revoke(t.Context(), o, *o.Key, false, ""); !errors.Is(err, lifecycle.ErrNotCertain) {
		t.Errorf("unasked: %v", err)
	}
	if _, err := r.Revoke(t.Context(), o, w.keys[0], true, ""); !errors.Is(err, lifecycle.ErrNotCandidate) {
		t.Errorf("somebody's: %v", err)
	}
	if len(w.deletes) != 0 {
		t.Fatalf("deleted %v", w.deletes)
	}
	done, err := r.Revoke(t.Context(), o, *o.Key, true, "nobody has it")
	if err != nil || done.State != lifecycle.Gone || !slices.Equal(w.deletes, []string{w.made.ID}) {
		t.Errorf("%v, %s, deleted %v", err, done.State, w.deletes)
	}
	if open, _ := lifecycle.Unfinished(w); len(open) != 0 {
		t.Errorf("unfinished %+v", open)
	}
}

// Two creates that were cut off and ask for the same: neither key is taken for both, and both are seen through.
func TestTwoOrphansOfOneKind(t *testing.T) {
	w := newWorld()
	i := w.issuer() // of other names for the second one
	for range 2 {
		if _, err := i.Issue(t.Context(), order(w, w.place("keyring", secret.Kept)), nil); err != nil {
			t.Fatal(err)
		}
	}
	w.journal = [][]byte{w.journal[0], w.journal[3]}
	w.clock = w.clock.Add(time.Hour)
	r := w.reconciler()
	for left := 2; left > 0; left-- {
		all := w.orphans(t, r)
		if len(all) != left {
			t.Fatalf("%d orphans, want %d", len(all), left)
		}
		last := all[len(all)-1]
		if _, err := r.Revoke(t.Context(), last, last.Candidates[0], true, ""); err != nil {
			t.Fatal(err)
		}
	}
	if len(w.keys) != 2 {
		t.Errorf("%d keys are left of which two were there before", len(w.keys))
	}
	if open, _ := lifecycle.Unfinished(w); len(open) != 0 {
		t.Errorf("unfinished %+v", open)
	}
}

func TestAnOrphanIsLeftKnowingly(t *testing.T) {
	w := newWorld()
	cutOff(t, w, 1)
	w.clock = w.clock.Add(time.Hour)
	r := w.reconciler()
	if err := r.Leave(t.Context(), one(t, w.orphans(t, r))); err != nil {
		t.Fatal(err)
	}
	if all := w.orphans(t, r); len(all) != 0 || len(w.keys) != 3 {
		t.Errorf("asked again: %+v", all)
	}
}

// leased is a journal whose writers' lives are known.
type leased struct {
	*world
	alive bool
}

func (l leased) Lease() string { return "somebody" }

func (l leased) Leased(name string) (alive, known bool) { return l.alive, name == "somebody" }

func TestWhatALivingFobIsAtIsNotJudged(t *testing.T) {
	for _, alive := range []bool{true, false} {
		w := newWorld()
		i := w.issuer()
		i.Journal = leased{w, alive}
		if _, err := i.Issue(t.Context(), order(w), nil); err != nil {
			t.Fatal(err)
		}
		w.journal = w.journal[:1]
		r := w.reconciler()
		r.Journal = leased{w, alive}
		w.clock = w.clock.Add(5 * time.Hour)
		want := map[bool]lifecycle.Fate{true: lifecycle.AtIt, false: lifecycle.Orphaned}[alive]
		if o := one(t, w.orphans(t, r)); o.Fate != want {
			t.Errorf("alive %v: %s", alive, o.Fate)
		}
	}
}

// An intent is dated by the platform's clock. Where an answer told a wrong time, its key is found all the same.
func TestTheOrphanOfAWrongClock(t *testing.T) {
	for _, skew := range []time.Duration{time.Hour, -time.Hour} {
		w := newWorld()
		own := w.clock
		i := w.issuer()
		i.Now = func() time.Time { return own.Add(skew) }
		i.Clock = func() time.Time { return own }
		if _, err := i.Issue(t.Context(), order(w, w.place("keyring", secret.Kept)), nil); err != nil {
			t.Fatal(err)
		}
		w.journal = w.journal[:1]
		w.clock = w.clock.Add(2 * time.Hour)
		if o := one(t, w.orphans(t, w.reconciler())); o.Fate != lifecycle.Orphaned || o.Key == nil || o.Key.ID != w.made.ID {
			t.Errorf("%s off: %s, %v, %s", skew, o.Fate, o.Key, o.Why)
		}
	}
	w := newWorld()
	i := w.issuer()
	i.Clock = func() time.Time { return w.clock.Add(time.Second) }
	if _, err := i.Issue(t.Context(), order(w, w.place("keyring", secret.Kept)), nil); err != nil {
		t.Fatal(err)
	}
	if e := entries(t, w)[0]; e.Clock != nil {
		t.Errorf("clocks that agree are noted: %s", e.Clock)
	}
}
