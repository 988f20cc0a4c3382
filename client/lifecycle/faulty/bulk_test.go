package faulty_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/lifecycle/faulty"
	"fob/ui/desk"
)

// several are keys that are to be revoked, one after another, and one that is not.
type several struct {
	*office
	plan    desk.BulkPlan
	spared  client.Key
	report  desk.BulkReport
	told    []desk.BulkResult
	dead    bool
	deletes int
}

// many makes five keys and plans to revoke them. It makes one more, which is not in the plan.
func (o *office) many() *several {
	o.t.Helper()
	s := &several{office: o}
	scope := client.Scope{Workspace: workspace}
	var rows []*desk.Row
	for range 5 {
		rows = append(rows, o.desk.Row(o.make(), scope))
	}
	s.spared = o.make()
	s.plan = o.desk.PlanBulk(o.desk.Revocation(scope), scope, rows, desk.Surroundings{})
	if len(s.plan.Items) != 5 {
		o.t.Fatalf("the plan is %+v", s.plan)
	}
	o.start()
	s.plan.Action = o.desk.Revocation(scope)
	return s
}

// run carries the plan out in a goroutine of its own, which may be ended at any step. at is told of every request.
func (s *several) run(ctx context.Context, at func(*http.Request)) {
	s.t.Helper()
	s.proxy.Watch(func(r *http.Request) {
		if r.Method == http.MethodDelete {
			s.deletes++
			if !slices.ContainsFunc(s.plan.Items, func(i *desk.BulkItem) bool { return i.Row.Key.ID == path.Base(r.URL.Path) }) {
				s.t.Errorf("%s is asked to go, and was not in the plan", r.URL.Path)
			}
		}
		if at != nil {
			at(r)
		}
	})
	s.dead = true
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.report = s.desk.RunBulk(ctx, s.plan, func(r desk.BulkResult) { s.told = append(s.told, r) })
		s.dead = false
	}()
	<-done
	s.proxy.Watch(nil)
	s.proxy.Arm()
	s.journal.before = nil
}

// verdict counts what became of the keys, and fails the test where a key has no result, or another than it says.
func (s *several) verdict() string {
	s.t.Helper()
	counts := map[string]int{}
	for n, item := range s.plan.Items {
		_, alive := s.box.SecretOf(item.Row.Key.ID)
		word := map[bool]string{true: "alive", false: "revoked"}[alive]
		if s.dead {
			counts[word]++
			continue
		}
		r := s.report.Results[n]
		state := lifecycle.RevokedState(r.State)
		switch {
		case r.State == "" || n >= len(s.told) || s.told[n].State != r.State || (r.Err == nil) != state.Done():
			s.t.Errorf("the result of key %d is %+v", n+1, r)
		case alive && state.Done():
			s.t.Errorf("key %d is said to be %s, and is alive", n+1, state)
		case state == lifecycle.NotTried:
			word = "not tried"
		case state == lifecycle.Unsure, !alive && !state.Done():
			word += ", not known"
		case alive:
			word += ", said so"
		}
		counts[word]++
	}
	var words []string
	for _, word := range slices.Sorted(maps.Keys(counts)) {
		words = append(words, fmt.Sprintf("%d %s", counts[word], word))
	}
	text := strings.Join(words, "; ")
	if len(s.report.Warnings) > 0 || slices.ContainsFunc(s.report.Results, func(r desk.BulkResult) bool { return slices.ContainsFunc(r.Warnings, unwritten) }) {
		text += "; warned"
	}
	return text
}

// unwritten tells whether a warning is about what could not be written down.
func unwritten(warning string) bool { return strings.Contains(warning, "could not be written") }

// goesOn resumes what is left on the next day, with nothing in its way: in the end the keys of the plan are gone, and no
// other one is. known tells whether the journal has the bulk; otherwise those that are alive are revoked anew.
func (s *several) goesOn(known bool) {
	s.t.Helper()
	s.pass(day)
	s.start()
	scope := client.Scope{Workspace: workspace}
	list, err := s.desk.Keys(s.context, scope, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	halted, some, err := s.desk.HaltedBulk(s.context, "revoke")
	if err != nil {
		s.t.Error(err)
	}
	var rows []*desk.Row
	for _, r := range list.Rows {
		planned := slices.ContainsFunc(s.plan.Items, func(i *desk.BulkItem) bool { return i.Row.Key.ID == r.Key.ID })
		switch left := slices.Contains(halted.Left, r.Key.ID); {
		case left && !planned:
			s.t.Errorf("%s is left of a plan that never had it", r.Label())
		case planned && some && !left:
			s.t.Errorf("%s is alive, and isn't left", r.Label())
		case planned && !some && known:
			s.t.Errorf("%s is alive, and nothing is left", r.Label())
		case planned:
			rows = append(rows, r)
		}
	}
	action := s.desk.Revocation(scope)
	if some {
		action = action.Resuming(halted)
	}
	report := s.desk.RunBulk(s.context, s.desk.PlanBulk(action, scope, rows, desk.Surroundings{}), nil)
	for _, r := range report.Results {
		if r.Err != nil {
			s.t.Errorf("%s: %v", r.Item.Row.Label(), r.Err)
		}
	}
	if _, more, err := s.desk.HaltedBulk(s.context, "revoke"); err != nil || more {
		s.t.Errorf("something is left for ever: %v, %v", more, err)
	}
	for _, item := range s.plan.Items {
		if _, alive := s.box.SecretOf(item.Row.Key.ID); alive {
			s.t.Errorf("in the end %s is alive", item.Row.Label())
		}
	}
	if _, alive := s.box.SecretOf(s.spared.ID); !alive {
		s.t.Error("a key is gone that was not in the plan")
	}
}

// turns are the keys of a plan at which something happens, by what they are called.
var turns = map[string]int{"the first key": 1, "the third": 3, "the last": 5}

const stop = "stopped by a person"

func TestNetworkFaultsOfABulk(t *testing.T) {
	table := &faulty.Table{
		Title: "The network, while five keys are revoked", Corner: "fault", Rows: slices.Concat(frequent, belied, []string{stop}),
		Note:    "The fault meets the DELETE of one key. Afterwards what was left was gone on with, and all five were gone.",
		Columns: []string{"the first key", "the third", "the last"},
	}
	table.Measure(t, published, func(t *testing.T, fault, turn string) string {
		return inSmallOffice(t, func(o *office) string {
			s := o.many()
			ctx, cancel := context.WithCancel(o.context)
			defer cancel()
			before := 0
			s.run(ctx, func(r *http.Request) {
				switch at := s.deletes == turns[turn]; {
				case fault == stop && at:
					cancel()
				case r.Method == http.MethodDelete && at:
					before = o.proxy.Suffered()
					o.proxy.Arm(faulty.Armed{Fault: faulty.Named(fault), Times: 1})
				}
			})
			if fault != stop && o.proxy.Suffered() == before {
				o.t.Error("the fault was met by nothing")
			}
			if s.deletes > len(s.plan.Items) {
				o.t.Errorf("%d DELETEs were sent", s.deletes)
			}
			verdict := s.verdict()
			s.goesOn(true)
			return verdict
		})
	})
}

func TestDiskFaultsOfABulk(t *testing.T) {
	table := &faulty.Table{
		Title: "The disk, when the journal of a bulk is written", Corner: "fault", Rows: slices.Sorted(maps.Keys(journalFaults)),
		Note: "Five keys are revoked; of what is written for each, the fault meets the third key's. Where the power is gone, fob is killed " +
			"with it. Afterwards what was left was gone on with, and all five were gone.",
		Columns: []string{
			string(lifecycle.BulkBegun), string(lifecycle.RevokeIntent), string(lifecycle.RevokeOutcome), string(lifecycle.BulkKey), string(lifecycle.BulkDone),
		},
	}
	table.Measure(t, published, func(t *testing.T, fault, kind string) string {
		return inSmallOffice(t, func(o *office) string {
			s := o.many()
			written, begun := 0, true
			o.fails(journalFaults[fault], func(k lifecycle.Kind) bool {
				if string(k) != kind {
					return false
				}
				written++
				begun = k != lifecycle.BulkBegun
				return !begun || k == lifecycle.BulkDone || written == 3
			})
			s.run(o.context, nil)
			if written == 0 {
				o.t.Errorf("no %s was written", kind)
			}
			verdict := s.verdict()
			s.goesOn(begun)
			return verdict
		})
	})
}
