package history

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fob/client"
)

// drawn is any platform with any history, and what is asked of it.
type drawn struct {
	*world
	request Request
}

func draw(t *rapid.T) drawn {
	w := newWorld(t)
	one := func(label string, of ...string) string { return rapid.SampledFrom(of).Draw(t, label) }
	w.naming = one("naming", "both", "both", "id", "name", "bare id", "bare name")
	w.keyFilter = one("key filter", "either", "id", "name", "ignored", "nothing", "refused")
	w.timely = one("time filter", "obeyed", "obeyed", "obeyed", "obeyed", "ignored", "refused", "nothing")
	w.layout = one("layout", "2006-01-02T15:04:05.000Z", "2006-01-02T15:04:05.000Z", "2006-01-02T15:04:05Z", "2006-01-02T15:04:05.999999Z", "2006-01-02T15:04:05.000000+00:00")
	w.untold = rapid.Bool().Draw(t, "untold")
	w.silent = rapid.IntRange(0, 9).Draw(t, "silent") == 0
	w.unsteady = !w.untold && !w.silent && rapid.Bool().Draw(t, "unsteady")
	if rapid.IntRange(0, 5).Draw(t, "capped") == 0 {
		w.most = 3
	}
	names := []string{"a", "b c", "d"}[:rapid.IntRange(1, 3).Draw(t, "rooms")]
	var keys []client.Key
	for i := range rapid.IntRange(1, 8).Draw(t, "keys") {
		reach := []string{}
		for _, n := range names {
			if rapid.Bool().Draw(t, "reach") {
				reach = append(reach, n)
			}
		}
		name := fmt.Sprintf("key '%d'", i)
		if i > 0 && rapid.IntRange(0, 5).Draw(t, "shared") == 0 {
			name = keys[i-1].Name.Value
		}
		k := key(uuid(i), name, reach...)
		k.Personal = client.Some(rapid.Bool().Draw(t, "personal"))
		keys = append(keys, k)
	}
	n := 0
	for _, room := range names {
		var can []client.Key
		for _, k := range keys {
			if reaches(&k, client.Workspace{Name: room}) {
				can = append(can, k)
			}
		}
		busy := rapid.IntRange(0, 3).Draw(t, "busy")
		for range rapid.IntRange(0, 60).Draw(t, "entries") {
			f := fact{id: fmt.Sprint("entry", n), at: moment(t), late: rapid.IntRange(0, 9).Draw(t, "late") == 0}
			n++
			switch who := rapid.IntRange(-3, len(can)-1).Draw(t, "who"); {
			case who >= 0 && busy > 0:
				who = min(who, busy)
				fallthrough
			case who >= 0:
				who = min(who, len(can)-1)
				f.key, f.name = can[who].ID, can[who].Name.Value
			case who == -1: // of a key that is gone
				f.key, f.name = uuid(99), "gone"
			default:
				f.person = uuid(1000 + who)
			}
			f.late = f.late && f.at.After(noon.Add(-time.Hour))
			w.rooms[room] = append(w.rooms[room], f)
		}
	}
	return drawn{w, Request{Keys: keys, Workspaces: spaces(names...), Days: 90}}
}

// moment draws a time: lately, in the window, at its edges, long ago or still to come; ties are common.
func moment(t *rapid.T) time.Time {
	start := noon.Add(-90 * day).Truncate(day)
	at := rapid.OneOf(
		rapid.Map(rapid.IntRange(0, 120), func(n int) time.Time { return noon.Add(-time.Duration(n) * 100 * time.Second) }),
		rapid.Map(rapid.IntRange(0, 95*24), func(n int) time.Time { return noon.Add(-time.Duration(n) * time.Hour) }),
		rapid.Map(rapid.IntRange(0, 8), func(n int) time.Time { return noon.Add(-time.Duration(n) * day) }),
		rapid.Map(rapid.IntRange(-3, 3), func(n int) time.Time { return start.Add(time.Duration(n) * time.Second) }),
		rapid.Map(rapid.IntRange(-1, 5), func(n int) time.Time { return noon.Add(time.Duration(n) * 13 * time.Minute) }),
		rapid.Map(rapid.IntRange(0, 2000), func(n int) time.Time { return noon.Add(-3*day - time.Duration(n)*time.Millisecond) }),
	).Draw(t, "at")
	return at
}

// truth is what a reading has to tell, computed from the facts.
func (d drawn) truth(depth Depth) Reading {
	out := Reading{Keys: map[string]Usage{}}
	from, to := d.now.Add(-90*day).Truncate(day), d.now
	for _, w := range d.request.Workspaces {
		for _, f := range d.rooms[w.Name] {
			shown, _ := time.Parse(time.RFC3339Nano, f.at.UTC().Format(d.layout))
			if f.late && !d.now.After(noon) || shown.Before(from) || shown.After(to) || f.key == "" {
				continue
			}
			for _, k := range d.request.Keys {
				nameOnly := d.naming == "name" || d.naming == "bare name"
				if d.request.Of != nil && !slices.Contains(d.request.Of, k.ID) {
					continue
				}
				// Entries are made by keys that reach the room, so of several of one name those are meant.
				if nameOnly && (k.Name.Value != f.name || !reaches(&k, w)) || !nameOnly && k.ID != f.key {
					continue
				}
				u := out.Keys[k.ID]
				u.NameOnly = nameOnly
				u.add(w.Name, shown)
				if depth == Full {
					u.count(w.Name, []tick{{shown.Unix() / 3600, 1}}, func(int64) string { return shown.Format(time.DateOnly) })
				} else {
					u.Seen[w.Name] = 1
				}
				out.Keys[k.ID] = u
			}
		}
	}
	return out
}

func same(t *rapid.T, what string, want, got map[string]Usage) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%s: %s", what, diff)
	}
}

func whole(t *rapid.T, r Reading) {
	t.Helper()
	if !r.Complete {
		t.Fatal(r.Why)
	}
	for name, c := range r.Workspaces {
		if !c.Complete || !c.Readable {
			t.Fatal(name, c.Why)
		}
	}
}

func TestAnyHistoryIsReadAsItIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		defer d.close()
		for _, depth := range []Depth{Last, Full} {
			d.request.Depth = depth
			if rapid.Bool().Draw(t, "one key") {
				d.request.Of = []string{rapid.SampledFrom(d.request.Keys).Draw(t, "which").ID}
			}
			got := read(t, d.reader(nil), d.request)
			if d.unsteady && !got.Complete {
				return // whole pages of one instant in no order: that some are missing was noticed
			}
			whole(t, got)
			same(t, string(depth), d.truth(depth).Keys, got.Keys)
		}
	})
}

// TestTheTwoWaysOfLastAgree reads the same history from a platform whose filters serve and from one that has none.
func TestTheTwoWaysOfLastAgree(t *testing.T) {
	asked := 0
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		defer d.close()
		d.timely, d.unsteady, d.keyFilter = "obeyed", false, "either"
		byFilter := read(t, d.reader(nil), d.request)
		for _, q := range d.asked {
			if strings.Contains(q, "api_key") {
				asked++
			}
		}
		d.keyFilter = "refused"
		byReading := read(t, d.reader(nil), d.request)
		whole(t, byFilter)
		whole(t, byReading)
		same(t, "the two ways", byReading.Keys, byFilter.Keys)
		if byReading.Personal != byFilter.Personal {
			t.Fatal("personal keys appear in one of them")
		}
	})
	if asked == 0 {
		t.Error("no key was ever asked for")
	}
}

// TestASecondRunTellsWhatAFreshOneTells goes on from what any run before kept, an hour or days later.
func TestASecondRunTellsWhatAFreshOneTells(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		defer d.close()
		d.unsteady = false
		var store pocket
		all := d.request.Keys
		for range rapid.IntRange(1, 3).Draw(t, "runs before") {
			d.request.Depth = rapid.SampledFrom([]Depth{Last, Full}).Draw(t, "depth")
			d.request.Days = rapid.SampledFrom([]int{90, 7, 30}).Draw(t, "days")
			d.request.Of, d.request.Only, d.request.Keys = nil, nil, all
			switch rapid.IntRange(0, 3).Draw(t, "less") {
			case 1:
				d.request.Of = []string{all[0].ID}
			case 2:
				d.request.Only = []string{"a"}
			}
			ctx, cancel := context.WithCancel(t.Context())
			left := rapid.IntRange(0, 40).Draw(t, "left after")
			d.set(func() {
				d.before = func(n int, _ http.ResponseWriter, _ *http.Request) bool {
					if n == left {
						cancel()
					}
					return false
				}
			})
			d.forget()
			r, err := d.reader(&store).Read(ctx, d.request, nil)
			if err == nil && !r.Complete || err != nil && r.Complete || r.Unkept != nil {
				t.Fatal(err, r.Why, r.Unkept)
			}
			cancel()
			pause := rapid.SampledFrom([]time.Duration{0, time.Minute, time.Hour, 3 * time.Hour, 26 * time.Hour}).Draw(t, "later")
			d.set(func() { d.now = d.now.Add(pause) })
			if d.now.After(noon.Add(time.Hour)) {
				break // what is late came by now
			}
		}
		d.set(func() { d.before = nil })
		d.request.Of, d.request.Only, d.request.Keys = nil, nil, all
		d.request.Depth = rapid.SampledFrom([]Depth{Last, Full}).Draw(t, "last depth")
		d.request.Days = 90
		second := read(t, d.reader(&store), d.request)
		whole(t, second)
		same(t, "second run", d.truth(d.request.Depth).Keys, second.Keys)
		third := read(t, d.reader(&store), d.request)
		same(t, "third run", second.Keys, third.Keys)
	})
}

// TestAPartialAnswerIsNeverStronger takes an answer away at any point, or leaves.
func TestAPartialAnswerIsNeverStronger(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		defer d.close()
		d.request.Depth = rapid.SampledFrom([]Depth{Last, Full}).Draw(t, "depth")
		full := d.truth(d.request.Depth)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		from, leave := rapid.IntRange(1, 30).Draw(t, "from"), rapid.Bool().Draw(t, "leave")
		d.before = func(n int, w http.ResponseWriter, _ *http.Request) bool {
			if n < from {
				return false
			}
			if leave {
				cancel()
				return false
			}
			w.WriteHeader(http.StatusNotImplemented) // what isn't tried again
			return true
		}
		r, err := d.reader(nil).Read(ctx, d.request, nil)
		if err != nil && r.Complete {
			t.Fatal("complete, and", err)
		}
		if d.requests() >= from && !leave && r.Complete {
			t.Fatal("complete, though requests failed")
		}
		holes := false
		for _, c := range r.Workspaces {
			holes = holes || !c.Complete
		}
		if holes == r.Complete {
			t.Fatal("holes:", holes, "complete:", r.Complete)
		}
		for _, k := range d.request.Keys {
			got, seen := r.Keys[k.ID]
			want, really := full.Keys[k.ID]
			if seen && !really || got.Last.After(want.Last) {
				t.Fatalf("%s is seen at %v, and was at %v", k.ID, got.Last, want.Last)
			}
			for _, w := range d.request.Workspaces {
				// Where a workspace is called complete, what it tells of the key is the whole of it.
				if c := r.Workspaces[w.Name]; c.Complete && reaches(&k, w) && (got.Seen[w.Name] > 0) != (want.Seen[w.Name] > 0) {
					t.Fatalf("%s in %s: %d, and really %d", k.ID, w.Name, got.Seen[w.Name], want.Seen[w.Name])
				}
				if got.Seen[w.Name] > want.Seen[w.Name] {
					t.Fatalf("%s in %s: counted twice", k.ID, w.Name)
				}
			}
		}
	})
}

// TestMoreHistoryNeverMakesAKeyLessSeen adds entries to any history.
func TestMoreHistoryNeverMakesAKeyLessSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		defer d.close()
		d.unsteady = false
		d.request.Depth = rapid.SampledFrom([]Depth{Last, Full}).Draw(t, "depth")
		less := read(t, d.reader(nil), d.request)
		for _, w := range d.request.Workspaces {
			for n := range rapid.IntRange(0, 10).Draw(t, "more") {
				k := rapid.SampledFrom(d.request.Keys).Draw(t, "whose")
				d.rooms[w.Name] = append(d.rooms[w.Name], fact{id: fmt.Sprint("more ", w.Name, n), at: moment(t), key: k.ID, name: k.Name.Value})
			}
		}
		more := read(t, d.reader(nil), d.request)
		for id, was := range less.Keys {
			is := more.Keys[id]
			if is.Last.Before(was.Last) {
				t.Fatalf("%s was seen at %v, and now at %v", id, was.Last, is.Last)
			}
			for w, n := range was.Seen {
				if is.Seen[w] < n {
					t.Fatalf("%s was seen %d times in %s, and now %d", id, n, w, is.Seen[w])
				}
			}
		}
	})
}
