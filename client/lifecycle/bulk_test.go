package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"fob/client"
	"fob/client/lifecycle"
)

// bulkOf is a bulk of the world, and a do that fails for some ids.
func bulkOf(w *world, resumes string, fails ...string) (*lifecycle.Bulk, func(ids []string) func(context.Context, int) lifecycle.Turn) {
	b := &lifecycle.Bulk{Journal: w, Verb: "revoke", Now: w.now, Who: "ida", Resumes: resumes}
	return b, func(ids []string) func(context.Context, int) lifecycle.Turn {
		return func(_ context.Context, i int) lifecycle.Turn {
			w.event("do " + ids[i])
			if slices.Contains(fails, ids[i]) {
				return lifecycle.Turn{State: "still there", Err: errBroken}
			}
			return lifecycle.Turn{State: "revoked"}
		}
	}
}

func halts(t *testing.T, w *world) []lifecycle.Halted {
	t.Helper()
	all, err := lifecycle.Halts(w)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestBulkWritesWhatIsLeft(t *testing.T) {
	w := newWorld()
	ids := []string{"a", "b", "c", "d"}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w.on["do c"] = cancel // it is finished
	b, do := bulkOf(w, "", "b")
	b.Change = []lifecycle.Altered{{Field: lifecycle.FieldType, To: new("service")}}
	turns, warnings := b.Run(ctx, ids, do(ids), func(lifecycle.Turn) { panic("the screen") })
	if len(warnings) > 0 {
		t.Error(warnings)
	}
	var states []string
	for i, turn := range turns {
		states = append(states, turn.State)
		if turn.ID != ids[i] || turn.Index != i || turn.Total != 4 {
			t.Errorf("%+v", turn)
		}
	}
	if !slices.Equal(states, []string{"revoked", "still there", "revoked", "not tried"}) || !errors.Is(turns[3].Err, lifecycle.ErrStopped) {
		t.Errorf("%v", turns)
	}
	log, err := lifecycle.Deeds(t.Context(), w)
	if err != nil || len(log.Deeds) != 1 || log.Deeds[0].End != lifecycle.EndPartly || log.Deeds[0].Why != "revoke of 4 keys" || log.Deeds[0].KeyID != "" {
		t.Errorf("the log has %+v: %v", log.Deeds, err)
	}
	all := halts(t, w)
	if len(all) != 1 || !slices.Equal(all[0].Left, []string{"b", "d"}) || all[0].CutOff || all[0].Verb != "revoke" || len(all[0].IDs) != 4 ||
		len(all[0].Altered) != 1 || *all[0].Altered[0].To != "service" {
		t.Fatalf("%+v", all)
	}
	// Gone on with, the first one has nothing left; the second has its own.
	left := all[0].Left
	again, do := bulkOf(w, all[0].Intent, "d")
	again.Run(t.Context(), left, do(left), nil)
	if all = halts(t, w); len(all) != 1 || all[0].Intent != again.Intent || !slices.Equal(all[0].Left, []string{"d"}) {
		t.Fatalf("%+v", all)
	}
	last, do := bulkOf(w, again.Intent)
	last.Run(t.Context(), []string{"d"}, do([]string{"d"}), nil)
	if all = halts(t, w); len(all) != 0 {
		t.Errorf("%+v", all)
	}
}

// Wherever the process dies, what isn't known to be done is left, and nothing else is.
func TestBulkCutOffAnywhere(t *testing.T) {
	whole := newWorld()
	ids := []string{"a", "b", "c"}
	b, do := bulkOf(whole, "", "b")
	b.Run(t.Context(), ids, do(ids), nil)
	for lines, want := range [][]string{nil, {"a", "b", "c"}, {"b", "c"}, {"b", "c"}, {"b"}, {"b"}} {
		w := newWorld()
		w.journal = whole.journal[:lines]
		all := halts(t, w)
		if lines == 0 {
			if len(all) != 0 {
				t.Errorf("of nothing: %+v", all)
			}
			continue
		}
		if len(all) != 1 || !slices.Equal(all[0].Left, want) || all[0].CutOff != (lines < len(whole.journal)) {
			t.Errorf("after %d lines: %+v, want %v", lines, all, want)
		}
	}
	if len(whole.journal) != 5 {
		t.Errorf("%d lines", len(whole.journal))
	}
}

func TestBulkOfVeryManyKeys(t *testing.T) {
	w := newWorld()
	ids := make([]string, 25_000)
	for i := range ids {
		ids[i] = fmt.Sprintf("%08d-0000-4000-8000-000000000000", i)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b, do := bulkOf(w, "", ids[1])
	one := do(ids)
	b.Run(ctx, ids, func(ctx context.Context, i int) lifecycle.Turn {
		if i == 2 {
			cancel()
		}
		return one(ctx, i)
	}, nil)
	for _, line := range w.journal {
		if len(line) > 1<<20 {
			t.Errorf("a line has %d bytes", len(line))
		}
	}
	all := halts(t, w)
	if len(all) != 1 || len(all[0].IDs) != len(ids) || len(all[0].Left) != len(ids)-2 || all[0].Left[0] != ids[1] || all[0].Left[1] != ids[3] {
		t.Errorf("%d bulks", len(all))
	}
}

// One key's own entries say it all, unless it is the last one of several.
func TestBulkOfOneKeyWritesNothing(t *testing.T) {
	for resumes, lines := range map[string]int{"": 0, "earlier": 3} {
		w := newWorld()
		b, do := bulkOf(w, resumes)
		if b.Run(t.Context(), []string{"a"}, do([]string{"a"}), nil); len(w.journal) != lines {
			t.Errorf("%q: %d lines", resumes, len(w.journal))
		}
	}
}

func TestBulkStopsWithoutASessionAndWarnsWithoutAJournal(t *testing.T) {
	w := newWorld()
	for i := range 9 {
		w.appendsFail[i] = true
	}
	ids := []string{"a", "b"}
	b, _ := bulkOf(w, "")
	turns, warnings := b.Run(t.Context(), ids, func(context.Context, int) lifecycle.Turn {
		return lifecycle.Turn{State: "still there", Err: &client.Error{Op: "revoke", Status: 401}}
	}, nil)
	if len(warnings) != 1 || turns[1].State != "not tried" || !client.IsUnauthorized(turns[1].Err) {
		t.Errorf("%v, %+v", warnings, turns)
	}
}

// leasing is a world whose journal can tell whether a fob lives.
type leasing struct {
	*world
	alive bool
}

func (leasing) Lease() string                   { return "fob-1" }
func (l leasing) Leased(string) (alive, _ bool) { return l.alive, true }

func TestBulkThatIsUnderWayIsNotHalted(t *testing.T) {
	w := newWorld()
	ids := []string{"a", "b"}
	b, do := bulkOf(w, "")
	b.Journal = leasing{w, true}
	b.Run(t.Context(), ids, func(ctx context.Context, i int) lifecycle.Turn {
		for _, alive := range []bool{true, false} {
			if all, err := lifecycle.Halts(leasing{w, alive}); err != nil || (len(all) == 0) != alive {
				t.Errorf("alive %v: %d halted: %v", alive, len(all), err)
			}
		}
		return do(ids)(ctx, i)
	}, nil)
}
