package faulty_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"fob/client/lifecycle"
	"fob/client/lifecycle/faulty"
)

// rotationStep is a request of a rotation.
type rotationStep struct {
	name   string
	action string // what is under way: "begin", "finish", "abandon"
	is     func(*turning, *http.Request) bool
}

var rotationSteps = []rotationStep{
	{"ask who", "begin", func(_ *turning, r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/me") }},
	{"read the list", "begin", func(s *turning, r *http.Request) bool { return isList(r) && s.proxy.Count(http.MethodPost) == 1 }},
	{"create", "begin", func(_ *turning, r *http.Request) bool { return r.Method == http.MethodPost }},
	{"find the id", "begin", func(s *turning, r *http.Request) bool { return isList(r) && s.proxy.Count(http.MethodPost) > 1 }},
	{"finish: list", "finish", func(s *turning, r *http.Request) bool { return isList(r) && !s.asked }},
	{"finish: delete", "finish", func(_ *turning, r *http.Request) bool { return r.Method == http.MethodDelete }},
	{"abandon: delete", "abandon", func(_ *turning, r *http.Request) bool { return r.Method == http.MethodDelete }},
}

// isList tells whether a request reads a list of keys.
func isList(r *http.Request) bool {
	return r.Method == http.MethodGet && (strings.HasSuffix(r.URL.Path, "/token") || strings.HasSuffix(r.URL.Path, "/tokens"))
}

// frequent are the faults of the network that differ in what they mean; none is one of dialing.
var frequent = []string{
	"reset after the request was read", "reset after the platform acted", "stalled, the platform saw nothing",
	"stalled before the headers", "cut off in the body", "an HTML page, after acting", "401", "403", "404", "409",
	"500, after acting", "503",
}

func TestNetworkFaultsOfRotation(t *testing.T) {
	table := &faulty.Table{
		Title: "The network, while a key is rotated", Corner: "fault", Rows: frequent,
		Note: "The fault lasts as long as the step. Afterwards each rotation was gone on with, and came to its end.",
	}
	for _, step := range rotationSteps {
		table.Columns = append(table.Columns, step.name)
	}
	table.Measure(t, published, func(t *testing.T, fault, name string) string {
		return inRotation(t, func(s *turning) string {
			step := rotationSteps[slices.IndexFunc(rotationSteps, func(step rotationStep) bool { return step.name == name })]
			s.before(step.action)
			s.watch(faulty.Named(fault), func(r *http.Request) bool { return step.is(s, r) })
			s.does(s.action(step.action))
			if s.proxy.Suffered() == 0 {
				s.t.Error("the fault was met by nothing")
			}
			verdict := s.verdict(goals[step.action])
			s.ends(step.action)
			return verdict
		})
	})
}

// goals are what a person means by an action.
var goals = map[string]lifecycle.RotationStage{"begin": lifecycle.Waiting, "finish": lifecycle.Finished, "abandon": lifecycle.Abandoned}

// before is what has to be so before an action.
func (s *turning) before(action string) {
	s.t.Helper()
	if action != "begin" {
		s.begun()
		s.pass(8 * day)
	}
}

// action is one thing that a person does.
func (s *turning) action(name string) func() error {
	switch name {
	case "finish":
		return s.finish
	case "abandon":
		return s.abandon
	}
	return func() error { return s.begin(nil) }
}

// ends brings the rotation to the end that the person meant.
func (s *turning) ends(action string) {
	s.t.Helper()
	if action == "abandon" {
		s.isUndone()
		return
	}
	s.finishes()
}

// rotationLines are the lines of the journal that each action writes.
var rotationLines = map[string][]lifecycle.Kind{
	"begin": {
		lifecycle.RotatePlanned, lifecycle.IssueIntent, lifecycle.IssueStored, lifecycle.IssueOutcome, lifecycle.RotatePlaced, lifecycle.RotateWaiting,
	},
	"finish":  {lifecycle.RevokeIntent, lifecycle.RevokeOutcome, lifecycle.RotateFinished},
	"abandon": {lifecycle.RotateAbandoning, lifecycle.RotateReturned, lifecycle.RevokeIntent, lifecycle.RevokeOutcome, lifecycle.RotateAbandoned},
}

func TestDiskFaultsOfRotation(t *testing.T) {
	table := &faulty.Table{
		Title: "The disk, when the journal of a rotation is written", Corner: "fault", Rows: slices.Sorted(maps.Keys(journalFaults)),
		Note: "Where the power is gone, fob is killed with it. Afterwards each rotation was gone on with, and came to its end.",
	}
	for _, action := range []string{"begin", "finish", "abandon"} {
		for _, kind := range rotationLines[action] {
			table.Columns = append(table.Columns, action+": "+string(kind))
		}
	}
	table.Measure(t, published, func(t *testing.T, fault, step string) string {
		return inRotation(t, func(s *turning) string {
			action, kind, _ := strings.Cut(step, ": ")
			s.before(action)
			met := false
			s.journal.before = func(k lifecycle.Kind, line []byte) error {
				if string(k) != kind {
					return nil
				}
				met = true
				return journalFaults[fault](s.office, line)
			}
			s.watch(faulty.Fault{}, func(*http.Request) bool { return false })
			s.does(s.action(action))
			s.journal.before = nil
			if !met {
				s.t.Errorf("no %s was written", kind)
			}
			verdict := s.verdict(goals[action])
			s.ends(action)
			return verdict
		})
	})
}

// belied are refusals of what the platform did all the same, as something between it and fob may answer.
var belied = []string{"401, after acting", "403, after acting", "404, after acting", "409, after acting", "429, after acting"}
