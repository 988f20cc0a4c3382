package history

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fob/client"
)

// busy fills a room with n entries a minute apart, of the keys in turn.
func (w *world) busy(room string, n int, keys ...client.Key) {
	for i := range n {
		k := keys[i%len(keys)]
		w.rooms[room] = append(w.rooms[room], fact{
			id: fmt.Sprint(room, i), at: noon.Add(-time.Duration(i) * time.Minute), key: k.ID, name: k.Name.Value,
		})
	}
}

func keysOf(n int) (out []client.Key) {
	for i := range n {
		out = append(out, key(uuid(i), fmt.Sprint("key ", i)))
	}
	return out
}

// count returns how many of the requests hold a text.
func (w *world) count(text string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, q := range w.asked {
		if strings.Contains(q, text) {
			n++
		}
	}
	return n
}

func TestFewKeysOfALongHistoryAreAskedFor(t *testing.T) {
	w := open(t)
	keys := keysOf(3)
	w.busy("a", 500, keys[0])
	w.rooms["a"] = append(w.rooms["a"], fact{id: "old", at: noon.Add(-80 * day), key: keys[1].ID, name: "key 1"})
	r := read(t, w.reader(nil), Request{Keys: keys, Workspaces: spaces("a")})
	if !r.Complete || r.Keys[keys[1].ID].Last != noon.Add(-80*day) || len(r.Keys) != 2 {
		t.Error(r)
	}
	// The oldest entry, one or two pages, two controls, two keys.
	if r.Requests > 7 || w.requests() != r.Requests || w.count("api_key eq") != 4 || w.count("api_key eq '"+keys[2].ID+"'") != 1 {
		t.Error(r.Requests, w.asked)
	}
}

func TestManyKeysOfAShortHistoryAreRead(t *testing.T) {
	w := open(t)
	keys := keysOf(40)
	w.busy("a", 50, keys...)
	r := read(t, w.reader(nil), Request{Keys: append(keys, keysOf(60)[40:]...), Workspaces: spaces("a")})
	if len(r.Keys) != 40 || w.count("api_key eq") != 0 || r.Requests > 14 {
		t.Error(len(r.Keys), r.Requests, w.asked)
	}
}

func TestReadingStopsWhenEveryKeyWasSeen(t *testing.T) {
	w := open(t)
	keys := keysOf(8)
	w.busy("a", 1000, keys...)
	r := read(t, w.reader(nil), Request{Keys: keys, Workspaces: spaces("a")})
	if len(r.Keys) != 8 || r.Requests > 4 || w.count("api_key eq") != 0 {
		t.Error(len(r.Keys), w.asked)
	}
}

// TestAFilterCountsOnlyAfterItsControls has keys that would be asked for, and filters that can't be believed.
func TestAFilterCountsOnlyAfterItsControls(t *testing.T) {
	for form, serves := range map[string]bool{"id": true, "name": true, "either": true, "ignored": false, "nothing": false, "refused": false} {
		w := open(t)
		w.keyFilter = form
		keys := keysOf(3)
		w.busy("a", 100, keys[0])
		w.rooms["a"] = append(w.rooms["a"], fact{id: "old", at: noon.Add(-80 * day), key: keys[1].ID, name: "key 1"})
		r := read(t, w.reader(nil), Request{Keys: keys, Workspaces: spaces("a")})
		if !r.Complete || r.Keys[keys[1].ID].Last != noon.Add(-80*day) || r.Keys[keys[1].ID].Seen["a"] != 1 || len(r.Keys) != 2 {
			t.Error(form, r)
		}
		asked := w.count(clause(keys[2].ID)) + w.count(clause("key 2"))
		if (asked == 1) != serves || asked > 1 || (w.count(" 5 ") < 20) != serves {
			t.Error(form, asked, w.asked)
		}
		if r.Workspaces["a"].ByName != (form == "name") {
			t.Error(form, r.Workspaces["a"])
		}
	}
}

// TestAFilterThatBreaksLaterIsGivenUp answers the controls as it should and everything else with somebody's entry.
func TestAFilterThatBreaksLaterIsGivenUp(t *testing.T) {
	w := open(t)
	keys := keysOf(3)
	w.busy("a", 100, keys[0])
	w.before = func(int, httpWriter, *httpRequest) bool {
		if strings.Contains(w.asked[len(w.asked)-1], clause(keys[2].ID)) {
			w.keyFilter = "ignored"
		}
		return false
	}
	r := read(t, w.reader(nil), Request{Keys: keys, Workspaces: spaces("a")})
	if !r.Complete || len(r.Keys) != 1 || w.count(" 5 ") < 20 {
		t.Error(r, w.asked)
	}
}

func TestByNameAnotherKeyOfTheNameIsPassedOver(t *testing.T) {
	w := open(t)
	w.keyFilter = "name"
	keys := []client.Key{key(uuid(1), "busy"), key(uuid(2), "it's")}
	w.busy("a", 200, keys[0])
	w.rooms["a"] = append(w.rooms["a"], fact{id: "mine", at: noon.Add(-50 * day), key: uuid(2), name: "it's"})
	for i := range 12 { // a key that is gone had the same name
		w.rooms["a"] = append(w.rooms["a"], fact{id: fmt.Sprint("gone", i), at: noon.Add(-time.Duration(40*24+i) * time.Hour), key: uuid(3), name: "it's"})
	}
	r := read(t, w.reader(nil), Request{Keys: keys, Workspaces: spaces("a")})
	u := r.Keys[uuid(2)]
	if u.Last != noon.Add(-50*day) || u.NameOnly || w.count(" 5 ") > 6 {
		t.Error(u, w.asked)
	}
}

func TestAKeyWithoutANameCannotBeAskedForByName(t *testing.T) {
	w := open(t)
	w.keyFilter = "name"
	keys := []client.Key{key(uuid(1), "busy"), key(uuid(2), "")}
	w.busy("a", 100, keys[0])
	w.rooms["a"] = append(w.rooms["a"], fact{id: "x", at: noon.Add(-50 * day), key: uuid(2), name: uuid(2)})
	r := read(t, w.reader(nil), Request{Keys: keys, Workspaces: spaces("a")})
	if r.Keys[uuid(2)].Last != noon.Add(-50*day) || w.count(" 5 ") < 20 {
		t.Error(r, w.asked)
	}
}

// TestWhoAnEntryNames covers ids alone, names alone, the id in a name's place, the actor, and nobody.
func TestWhoAnEntryNames(t *testing.T) {
	keys := []client.Key{key(uuid(1), "ci"), key(uuid(2), "twin", "a"), key(uuid(3), "twin", "b"), key(uuid(4), "")}
	keys[3].Personal = client.Some(true)
	entry := func(ref string) string {
		return `{"data":[{"search_history_id":"e","time":"2026-06-15T11:00:00Z",` + ref + `}],"has_more":false,"total":1}`
	}
	for ref, want := range map[string]map[string]bool{ // by key: NameOnly
		`"api_key":{"id":"` + uuid(1) + `"}`:               {uuid(1): false},
		`"api_key":{"id":"` + uuid(1) + `","name":"twin"}`: {uuid(1): false},
		`"api_key":{"id":"` + uuid(9) + `","name":"ci"}`:   {},
		`"api_key":{"name":"ci"}`:                          {uuid(1): true},
		`"api_key":"ci"`:                                   {uuid(1): true},
		`"api_key":"twin"`:                                 {uuid(2): true},
		`"api_key":{"name":"` + uuid(4) + `"}`:             {uuid(4): true},
		`"api_key":"` + uuid(4) + `"`:                      {uuid(4): false},
		`"api_key":null,"user":"ci"`:                       {uuid(1): true},
		`"user":{"user_id":"ci"}`:                          {uuid(1): true},
		`"api_key":null,"user":{"user_id":"u"}`:            {},
		`"api_key":null,"user":null`:                       {},
		`"api_key":{},"user":null`:                         {},
	} {
		w := open(t)
		w.before = func(_ int, rw httpWriter, _ *httpRequest) bool {
			rw.Header().Set("Content-Type", "application/json")
			fmt.Fprint(rw, entry(ref))
			return true
		}
		r := read(t, w.reader(nil), Request{Keys: keys, Workspaces: spaces("a"), Depth: Full})
		got := map[string]bool{}
		for id, u := range r.Keys {
			got[id] = u.NameOnly
		}
		if diff := cmp.Diff(want, got); diff != "" || !r.Complete {
			t.Errorf("%s: %s %s", ref, r.Why, diff)
		}
		if _, seen := got[uuid(4)]; r.Personal != seen {
			t.Error(ref, "personal:", r.Personal)
		}
	}
}

// TestKeysThatShowAsTheActorAreNotAskedFor has entries that name the service key as who asked.
func TestKeysThatShowAsTheActorAreNotAskedFor(t *testing.T) {
	w := open(t)
	keys := keysOf(3)
	w.busy("a", 100, keys[0])
	w.rooms["a"] = append(w.rooms["a"], fact{id: "recent", at: noon.Add(-time.Second), person: "key 1"},
		fact{id: "old", at: noon.Add(-80 * day), person: "key 2"})
	r := read(t, w.reader(nil), Request{Keys: keys, Workspaces: spaces("a")})
	if u := r.Keys[keys[2].ID]; u.Last != noon.Add(-80*day) || !u.NameOnly || w.count("api_key eq") != 0 {
		t.Error(u, w.asked)
	}
}

func TestOneKeyInFullIsAskedForAlone(t *testing.T) {
	w := open(t)
	keys := keysOf(3)
	w.busy("a", 300, keys[0], keys[0], keys[0], keys[1])
	var store pocket
	q := Request{Keys: keys, Of: []string{keys[2].ID}, Workspaces: spaces("a"), Depth: Full}
	r := read(t, w.reader(&store), q)
	if !r.Complete || len(r.Keys) != 0 || r.Requests > 6 {
		t.Error(r, w.asked)
	}
	w.rooms["a"] = append(w.rooms["a"], fact{id: "x", at: noon.Add(-30 * day), key: keys[2].ID}, fact{id: "y", at: noon.Add(-31 * day), key: keys[2].ID})
	for range 2 { // what was kept of the first must not count twice
		w.forget()
		r = read(t, w.reader(&store), q)
		u := r.Keys[keys[2].ID]
		if u.Seen["a"] != 2 || u.Days["2026-05-16"] != 1 || u.Days["2026-05-15"] != 1 || u.Hours[12] != 2 || r.Requests > 6 {
			t.Error(u, w.asked)
		}
	}
	q.Of = nil
	if r = read(t, w.reader(&store), q); r.Keys[keys[1].ID].Seen["a"] != 75 || r.Keys[keys[2].ID].Seen["a"] != 2 {
		t.Error(r)
	}
}
