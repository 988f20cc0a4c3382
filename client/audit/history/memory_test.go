package history

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestASecondRunReadsOnlyWhatIsNew(t *testing.T) {
	for _, depth := range []Depth{Last, Full} {
		w := open(t)
		keys := keysOf(6)
		w.busy("a", 1200, keys[:5]...) // one a minute
		var store pocket
		q := Request{Keys: keys, Workspaces: spaces("a"), Depth: depth}
		first := read(t, w.reader(&store), q)
		w.now = noon.Add(time.Hour)
		w.rooms["a"] = append(w.rooms["a"], fact{id: "new", at: noon.Add(10 * time.Minute), key: keys[0].ID},
			fact{id: "late", at: noon.Add(-119 * time.Minute), key: keys[5].ID})
		w.forget()
		second := read(t, w.reader(&store), q)
		fresh := read(t, w.reader(nil), q)
		if diff := cmp.Diff(fresh.Keys, second.Keys); diff != "" || second.Keys[keys[5].ID].Last.IsZero() || second.Unkept != nil {
			t.Error(depth, diff, second.Unkept)
		}
		w.forget()
		w.now = w.now.Add(time.Second)
		read(t, w.reader(&store), q)
		// Two hours and a second of one entry a minute, four new ones a page of five, and the ends.
		if w.entries > 80 || first.Requests < 5 {
			t.Error(depth, w.entries, w.asked)
		}
	}
}

// TestWhatIsKept holds the file against what may be in it.
func TestWhatIsKept(t *testing.T) {
	w := open(t)
	w.layout = "2006-01-02T15:04:05Z"
	w.rooms["a"] = []fact{
		{id: "entry-1", at: noon.Add(-5 * time.Hour), key: uuid(1), name: "key 1", person: "person-1"},
		{id: "entry-2", at: noon.Add(-5*time.Hour - time.Second), key: uuid(1), name: "key 1"},
		{id: "entry-3", at: noon.Add(-30 * time.Hour), person: "person-2"},
	}
	var store pocket
	read(t, w.reader(&store), Request{Keys: keysOf(2), Workspaces: spaces("a"), Depth: Full})
	want := `{"version":1,"workspaces":[{"id":"id of a","name":"a","read":[[1773705600,1781517600]],"keys":[` +
		`{"id":"` + uuid(1) + `","last":"2026-06-15T07:00:00Z","hours":[494862,1,494863,1]}]}]}` + "\n"
	if diff := cmp.Diff(want, string(store.kept)); diff != "" {
		t.Error(diff)
	}
}

func TestLeavingKeepsWhatWasLearned(t *testing.T) {
	for _, depth := range []Depth{Last, Full} {
		w := open(t)
		keys := keysOf(500)
		w.busy("a", 500, keys[:400]...)
		var store pocket
		q := Request{Keys: keys, Workspaces: spaces("a"), Depth: depth}
		ctx, cancel := context.WithCancel(t.Context())
		w.before = func(n int, _ httpWriter, _ *httpRequest) bool {
			if n == 70 {
				cancel()
			}
			return false
		}
		r, err := w.reader(&store).Read(ctx, q, nil)
		if !errors.Is(err, context.Canceled) || r.Complete || len(r.Keys) < 100 || len(store.kept) == 0 {
			t.Fatal(err, len(r.Keys), len(store.kept))
		}
		w.set(func() { w.before = nil })
		w.forget()
		r = read(t, w.reader(&store), q)
		if len(r.Keys) != 400 || !r.Complete || r.Requests > 130 {
			t.Error(depth, len(r.Keys), r.Requests)
		}
	}
}

var errDisk = errors.New("the disk is full")

func TestStoresThatFail(t *testing.T) {
	w := open(t)
	keys := keysOf(2)
	w.busy("a", 30, keys...)
	q := Request{Keys: keys, Workspaces: spaces("a")}
	for name, s := range map[string]*pocket{
		"fails": {err: errDisk}, "broken": {kept: []byte(`{"version`)}, "newer": {kept: []byte(`{"version":2,"workspaces":{}}`)},
		"odd": {kept: []byte(`{"version":1,"workspaces":[{"name":"a","read":[[9,1],[1,0]],"keys":[{"hours":[1]}],"looked":[{}]}]}`)},
	} {
		before := string(s.kept)
		r := read(t, w.reader(s), q)
		if len(r.Keys) != 2 || !r.Complete || (r.Unkept == nil) != (name == "odd") {
			t.Error(name, r)
		}
		if name == "newer" && string(s.kept) != before {
			t.Error("what a newer fob kept is gone")
		}
		if name == "broken" && !strings.HasPrefix(string(s.kept), `{"version":1,`) {
			t.Error("what was learned isn't kept")
		}
	}
}

func TestAWorkspaceMadeAnewIsReadAnew(t *testing.T) {
	w := open(t)
	keys := keysOf(2)
	w.busy("a", 300, keys[0])
	w.now = noon.Add(3 * time.Hour)
	var store pocket
	q := Request{Keys: keys, Workspaces: spaces("a"), Depth: Full}
	read(t, w.reader(&store), q)
	w.rooms["a"] = nil
	w.busy("a", 3, keys[1])
	q.Workspaces[0].ID = "another"
	if r := read(t, w.reader(&store), q); len(r.Keys) != 1 || r.Keys[keys[1].ID].Seen["a"] != 3 {
		t.Error(r.Keys)
	}
}

func TestAWindowThatEndedBefore(t *testing.T) {
	w := open(t)
	keys := keysOf(1)
	w.busy("a", 300, keys...)
	store := pocket{err: errDisk}
	q := Request{Keys: keys, Workspaces: spaces("a"), From: noon.Add(-40 * day), To: noon.Add(-time.Hour), Depth: Full}
	r := read(t, w.reader(&store), q)
	if r.Unkept != nil || r.Keys[keys[0].ID].Seen["a"] != 240 || r.Keys[keys[0].ID].Last != noon.Add(-time.Hour) {
		t.Error(r)
	}
}

func TestOtherWorkspacesStayKept(t *testing.T) {
	w := open(t)
	keys := keysOf(2)
	w.busy("a", 300, keys[0])
	w.busy("b", 300, keys[1])
	var store pocket
	q := Request{Keys: keys, Workspaces: spaces("a", "b"), Depth: Full}
	read(t, w.reader(&store), q)
	q.Only = []string{"a"}
	read(t, w.reader(&store), q)
	q.Only = nil
	w.forget()
	if r := read(t, w.reader(&store), q); len(r.Keys) != 2 || r.Keys[keys[1].ID].Seen["b"] != 300 || w.entries > 350 {
		t.Error(r.Keys, w.entries)
	}
	if err := w.reader(&store).Forget(t.Context()); err != nil || store.kept != nil {
		t.Error(err)
	}
	if err := w.reader(nil).Forget(t.Context()); err != nil {
		t.Error(err)
	}
}
