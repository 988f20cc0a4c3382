package cli_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/lifecycle/faulty"
	"fob/ui/desk"
)

// ofSeveral is what is done to several keys: the command, and the request by which each is changed.
type ofSeveral struct {
	verb    string
	flags   []string
	request string
}

var severalVerbs = []ofSeveral{
	{"revoke", nil, "delete"},
	{"edit", []string{"--role", "Search user"}, "patch"},
	{"rotate", []string{"--to", "command:vault"}, "create"},
	{"quarantine", nil, "patch"},
}

// severalSteps are the moments in which fob is killed while it is at three keys.
var severalSteps = []struct {
	name string
	at   func(request string) moment
}{
	{"before the plan is written", func(string) moment { return moment{event: "list", lock: (*brink).journal} }},
	{"the first is sent", func(request string) moment { return moment{event: request} }},
	{"the first is done", func(request string) moment { return moment{event: request + ", done"} }},
	{"between two", func(request string) moment { return moment{event: request, line: lifecycle.BulkKey, lines: 1} }},
	{"the last is done", func(request string) moment { return moment{event: request + ", done", nth: 3} }},
	{"before the end is written", func(request string) moment {
		return moment{event: request, nth: 3, line: lifecycle.BulkKey, lines: 3}
	}},
}

// threesome is three keys to which one thing is done, and a fourth that nobody meant.
type threesome struct {
	*brink
	ofSeveral
	desk   *desk.Desk
	ids    []string
	spared string
	before map[string]platformKey
}

func newThreesome(t *testing.T, what ofSeveral) *threesome {
	t.Helper()
	r := &threesome{brink: newBrink(t, &keeper{name: "vault", byAccount: true}), ofSeveral: what, before: map[string]platformKey{}}
	r.desk = r.inside(false)
	for n := range 3 {
		r.ids = append(r.ids, r.makes(r.desk, fmt.Sprintf("svc-%d", n+1), vault...))
	}
	r.spared = r.makes(r.desk, "spared", vault...)
	for _, name := range []string{"svc-1", "svc-2", "svc-3", "spared"} {
		for _, k := range r.listed(name) {
			r.before[k.id] = k
		}
	}
	return r
}

// args are those of the command that does it, or goes on with it.
func (r *threesome) args(refs ...string) []string {
	args := append([]string{r.verb}, refs...)
	if !slices.Contains(refs, "--resume") || r.verb == "rotate" {
		args = append(args, r.flags...)
	}
	return append(args, "--yes", "--no-history")
}

// state says in a word or two what became of a key.
func (r *threesome) state(n int) string {
	r.t.Helper()
	name, id := fmt.Sprintf("svc-%d", n+1), r.ids[n]
	was := r.before[id]
	now := r.listed(name)
	switch {
	case r.verb == "rotate":
		return r.rotation(id, name)
	case len(now) == 0:
		return "revoked"
	case len(now) > 1 || now[0].id != id:
		r.t.Errorf("%d keys are called %s", len(now), name)
		return "WRONG"
	case now[0] == was:
		return "as it was"
	}
	return "changed"
}

// rotation says where the rotation of a key has come to.
func (r *threesome) rotation(id, name string) string {
	r.t.Helper()
	all, err := r.desk.Rotations()
	if err != nil {
		r.t.Errorf("the journal can't be read: %v", err)
	}
	fresh := r.alive(name + "~2")
	if _, alive := r.box.SecretOf(id); !alive || len(fresh) > 1 || !r.heldBy("vault", id) {
		r.t.Errorf("the old key is alive: %v, and %d new ones are", alive, len(fresh))
	}
	at := slices.IndexFunc(all, func(one desk.Rotating) bool { return one.KeyID == id })
	switch {
	case at < 0 && len(fresh) == 0:
		return "as it was"
	case at < 0:
		r.t.Error("there is a new key, and no rotation")
		return "WRONG"
	case len(fresh) == 1 && !r.heldBy("vault", fresh[0]) && all[at].Stage != lifecycle.Making:
		r.t.Errorf("it is %s, and nobody holds the new key", all[at].Stage)
		return "LOST"
	case len(fresh) == 0 && all[at].Stage == lifecycle.Making:
		return "making, nothing made"
	case len(fresh) == 0 && all[at].Stage != lifecycle.Planned:
		r.t.Errorf("it is %s, and there is no new key", all[at].Stage)
		return "WRONG"
	case len(fresh) == 1 && all[at].Stage == lifecycle.Making:
		return "making, named"
	}
	return string(all[at].Stage)
}

// verdict counts what became of the keys, and has the next command name what isn't known or left.
func (r *threesome) verdict() string {
	r.t.Helper()
	_ = r.entries()
	counts := map[string]int{}
	states := make([]string, len(r.ids))
	for n := range r.ids {
		states[n] = r.state(n)
		counts[states[n]]++
	}
	said := r.next()
	begun := slices.ContainsFunc(r.entries(), func(e lifecycle.Entry) bool { return e.Kind == lifecycle.BulkBegun })
	h, some, err := r.desk.HaltedBulk(r.t.Context(), r.verb)
	left := len(h.Left)
	if err != nil || some != (left > 0) {
		r.t.Errorf("what is left can't be found out: %v", err)
	}
	words := fmt.Sprintf("fob %s of 3 keys was cut off with %d left", r.verb, left)
	switch named := strings.Contains(said, words); {
	case named != some:
		r.t.Errorf("%d are left, and the next command says: %s", left, said)
	case !begun && some, begun && !some && slices.Contains(states, "as it was"):
		r.t.Errorf("%v, and %d are left", states, left)
	}
	var text []string
	for _, state := range slices.Sorted(maps.Keys(counts)) {
		text = append(text, fmt.Sprintf("%d %s", counts[state], state))
	}
	for n, state := range states {
		if name := fmt.Sprintf("svc-%d", n+1); state != "as it was" && slices.Contains(h.Left, r.ids[n]) && !strings.Contains(said, name) {
			r.t.Errorf("%s is %s, and the next command doesn't name it: %s", name, state, said)
		}
	}
	return strings.Join(text, "; ")
}

// ends goes on with what is left: in the end all three are as they were meant to be, and nothing is left.
func (r *threesome) ends() {
	r.t.Helper()
	r.ahead.Store(int64(time.Hour)) // what didn't arrive by then never will
	r.desk = r.inside(true)
	r.revokesOrphans(r.desk)
	again := r.args(r.ids...)
	if h, some, _ := r.desk.HaltedBulk(r.t.Context(), r.verb); some {
		again = r.args("--resume")
		for _, id := range h.Left {
			if !slices.Contains(r.ids, id) {
				r.t.Errorf("%s is left of a plan that never had it", id)
			}
		}
	} else if slices.ContainsFunc(r.entries(), func(e lifecycle.Entry) bool { return e.Kind == lifecycle.BulkBegun }) {
		again = nil
	}
	if again != nil {
		if _, said, code := runIn(r.t, r.env, "", again...); code != 0 {
			r.t.Errorf("fob %s ended with %d: %s", strings.Join(again, " "), code, said)
		}
	}
	want := map[string]string{"revoke": "revoked", "edit": "changed", "rotate": string(lifecycle.Waiting), "quarantine": "changed"}[r.verb]
	for n := range r.ids {
		if got := r.state(n); got != want {
			r.t.Errorf("in the end key %d is %s", n+1, got)
		}
	}
	if now := r.listed("spared"); len(now) != 1 || now[0] != r.before[r.spared] {
		r.t.Error("a key was changed that was not in the plan")
	}
	if _, some, err := r.desk.HaltedBulk(r.t.Context(), r.verb); some || err != nil {
		r.t.Errorf("something is left for ever: %v", err)
	}
	if r.verb == "quarantine" {
		r.releases()
	}
}

// releases puts the old roles back, which the journal has to have.
func (r *threesome) releases() {
	r.t.Helper()
	in, err := r.desk.Quarantined()
	if err != nil || len(in) != len(r.ids) {
		r.t.Errorf("%d keys are in quarantine: %v", len(in), err)
	}
	list, err := r.desk.Keys(r.t.Context(), client.Scope{}, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	for n, id := range r.ids {
		at := slices.IndexFunc(list.Rows, func(row *desk.Row) bool { return row.Key.ID == id })
		if _, err := r.desk.Release(r.t.Context(), list.Rows[at], desk.Undecided); err != nil || r.state(n) != "as it was" {
			r.t.Errorf("key %d is %s: %v", n+1, r.state(n), err)
		}
	}
}

// TestFaultsOfAKilledBulk kills fob within keys and between them, while it is at several.
func TestFaultsOfAKilledBulk(t *testing.T) {
	table := &faulty.Table{
		Title: "The process, while fob is at three keys", Corner: "kill -9",
		Note: "*sent*: the platform has the request and did nothing; *done*: it did, and its answer never came. The next command named what was " +
			"left. Afterwards --resume went on with it, all three were as they were meant to be, and no other key was touched.",
	}
	verbs, moments := map[string]ofSeveral{}, map[string]func(string) moment{}
	for _, what := range severalVerbs {
		table.Columns = append(table.Columns, what.verb)
		verbs[what.verb] = what
	}
	for _, step := range severalSteps {
		table.Rows = append(table.Rows, step.name)
		moments[step.name] = step.at
	}
	table.Measure(t, "../../client/lifecycle/FAULTS.md", func(t *testing.T, step, verb string) string {
		r := newThreesome(t, verbs[verb])
		r.start(moments[step](r.request), r.args(r.ids...)...)
		r.kill()
		verdict := r.verdict()
		r.ends()
		return verdict
	})
}
