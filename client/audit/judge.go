package audit

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"fob/client"
	"fob/client/audit/history"
	"fob/client/visible"
)

const day = 24 * time.Hour

// Judge judges keys by a policy. It reads neither a clock nor a file: the same input gives the same result.
func Judge(in Input, p Policy) Result {
	j := newJudge(in, p)
	r := Result{
		AsOf: in.Now.UTC(), From: in.Reading.From.UTC(), To: in.Reading.To.UTC(), Depth: in.Reading.Depth,
		Keys: make([]Judged, len(in.Keys)),
	}
	r.Why = incomplete(in)
	r.Complete = len(r.Why) == 0
	for n := range in.Keys {
		s := j.subject(&in.Keys[n])
		r.Keys[n] = s.judged
		for _, c := range checks {
			if j.p.Rules[c.rule].On && (s.ended == "" || c.ended) {
				j.rule = c.rule
				c.check(j, &s)
			}
		}
		j.charts(&s)
	}
	j.endedExceptions()
	r.Findings = j.sorted()
	r.Skipped = j.skips()
	r.Charts = j.chart()
	r.count()
	return r
}

// checks are the rules that look at one key at a time. Those that aren't for keys that have ended leave them to the rule
// expired: an ended key does nothing, and is wide, unnamed or not seen in vain.
var checks = []struct {
	rule  RuleID
	ended bool
	check func(*judge, *subject)
}{
	{RuleNotSeen, false, (*judge).notSeen},
	{RuleNeverSeen, false, (*judge).neverSeen},
	{RuleNeverExpires, false, (*judge).neverExpires},
	{RuleExpiresSoon, false, (*judge).expiresSoon},
	{RuleLifetimeOverPolicy, false, (*judge).lifetime},
	{RuleExpired, true, (*judge).expired},
	{RulePersonalAsService, false, (*judge).personalAsService},
	{RuleOwnerLeft, false, (*judge).ownerLeft},
	{RuleWiderThanUsed, false, (*judge).widerThanUsed},
	{RuleAdminRole, false, (*judge).adminRole},
	{RuleUnnamed, false, (*judge).unnamed},
	{RuleDuplicateName, true, (*judge).duplicateName},
	{RuleLookAlikeName, true, (*judge).lookAlikeName},
	{RuleReplacedStillAlive, false, (*judge).replacedStillAlive},
	{RuleUnknownOrigin, false, (*judge).unknownOrigin},
}

// judge is what Judge knows of the whole while it goes through the keys.
type judge struct {
	in   Input
	p    Policy
	loc  *time.Location
	rule RuleID // the one that is looked at

	ground     ground
	roles      roles
	people     people
	names      names
	replaced   map[string]Replacement
	byID       map[string]*client.Key
	exceptions map[string][]Exception

	found   []pressing
	skipped map[Skip]int // by rule and reason, Count being 0
	numbers numbers
}

func newJudge(in Input, p Policy) *judge {
	j := &judge{in: in, p: p, loc: in.Location, skipped: map[Skip]int{}}
	if j.loc == nil {
		j.loc = time.UTC
	}
	j.in.Now = in.Now.UTC()
	j.ground = survey(in, j.day)
	j.roles = newRoles(in.Roles, p)
	j.people = newPeople(in)
	j.names = newNames(in.Keys)
	j.replaced = map[string]Replacement{}
	for _, r := range in.Journal.Replaced {
		if r.Old != "" {
			j.replaced[r.Old] = r
		}
	}
	if len(j.replaced) > 0 || len(p.Exceptions) > 0 {
		j.byID = make(map[string]*client.Key, len(in.Keys))
		for n := range in.Keys {
			j.byID[in.Keys[n].ID] = &in.Keys[n]
		}
	}
	j.exceptions = map[string][]Exception{}
	for _, e := range p.Exceptions {
		j.exceptions[e.Key] = append(j.exceptions[e.Key], e)
	}
	return j
}

// incomplete says in words what wasn't read, or not whole.
func incomplete(in Input) []string {
	var why []string
	note := func(what, reason string) { why = append(why, what+": "+visible.Line(reason)) }
	if !in.ListComplete {
		note("the list of keys is partial", cmp.Or(in.ListWhy, "it wasn't read to its end"))
	}
	for _, list := range []struct{ what, why string }{
		{"the list of people", in.UsersWhy}, {"the list of roles", in.RolesWhy}, {"the list of workspaces", in.WorkspacesWhy},
	} {
		if list.why != "" {
			note(list.what+" is missing or partial", list.why)
		}
	}
	if !in.Reading.Complete {
		note("the search history is missing or partial", cmp.Or(in.Reading.Why, "it wasn't read"))
	}
	return why
}

// pressing is a finding with what decides its place among those of its rule: the highest first.
type pressing struct {
	Finding
	first, second int64
}

// find notes that the rule which is looked at found the key.
func (j *judge) find(s *subject, evidence, next string, press ...int64) {
	f := pressing{Finding: Finding{
		Rule: j.rule, Severity: j.p.Rules[j.rule].Severity, KeyID: s.key.ID, KeyName: s.name, Evidence: evidence, NextStep: next,
	}}
	if len(press) > 0 {
		f.first = press[0]
	}
	if len(press) > 1 {
		f.second = press[1]
	}
	if s.ended != "" && j.rule != RuleExpired {
		f.Evidence = s.ended + "; " + f.Evidence
	}
	for _, e := range j.exceptions[s.key.ID] {
		if end := e.EndsAt(j.loc); e.covers(j.rule) && !end.Before(j.in.Now) && end.After(f.ExceptedUntil) {
			f.ExceptedUntil, f.ExceptedWhy, f.ExceptedOwner = end, e.Reason, e.Owner
		}
	}
	j.found = append(j.found, f)
}

// skip notes that the rule which is looked at can't tell of a key.
func (j *judge) skip(reason string) { j.skipped[Skip{Rule: j.rule, Reason: reason}]++ }

// sorted returns the findings, the worst first, those of a rule together. It moves numbers about, because findings are
// large and there may be many.
func (j *judge) sorted() []Finding {
	order := make([]int32, len(j.found))
	rules := make([]int, len(j.found)) // where its rule belongs, by finding
	for n := range j.found {
		f := &j.found[n]
		order[n], rules[n] = int32(n), position[f.Rule]-len(catalog)*f.Severity.Rank()
	}
	slices.SortFunc(order, func(x, y int32) int {
		a, b := &j.found[x], &j.found[y]
		return cmp.Or(
			cmp.Compare(rules[x], rules[y]),
			cmp.Compare(b.first, a.first), cmp.Compare(b.second, a.second),
			cmp.Compare(a.KeyName, b.KeyName), cmp.Compare(a.KeyID, b.KeyID), cmp.Compare(x, y),
		)
	})
	all := make([]Finding, len(j.found))
	for n, at := range order {
		all[n] = j.found[at].Finding
	}
	return all
}

func (j *judge) skips() []Skip {
	all := make([]Skip, 0, len(j.skipped))
	for s, n := range j.skipped {
		s.Count = n
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b Skip) int {
		return cmp.Or(cmp.Compare(position[a.Rule], position[b.Rule]), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Reason, b.Reason))
	})
	return all
}

// count sets the counts by what is in the result.
func (r *Result) count() {
	c := Counts{Keys: len(r.Keys)}
	for n := range r.Keys {
		switch r.Keys[n].Verdict {
		case Seen:
			c.Seen++
		case NotSeen:
			c.NotSeen++
		default:
			c.CannotTell++
		}
	}
	for n := range r.Findings {
		f := &r.Findings[n]
		if f.Excepted() {
			c.Excepted++
			continue
		}
		c.Findings++
		switch f.Severity {
		case High:
			c.High++
		case Medium:
			c.Medium++
		default:
			c.Low++
		}
	}
	r.Counts = c
}

// Only returns the result with the findings of some rules alone (nil: all of them) that are at least as severe as
// least ("": any). The verdicts stay.
func (r Result) Only(rules []RuleID, least Severity) Result {
	wanted := func(id RuleID) bool { return rules == nil || slices.Contains(rules, id) }
	r.Findings = slices.DeleteFunc(slices.Clone(r.Findings), func(f Finding) bool {
		return !wanted(f.Rule) || f.Severity.Rank() < least.Rank()
	})
	r.Skipped = slices.DeleteFunc(slices.Clone(r.Skipped), func(s Skip) bool { return !wanted(s.Rule) })
	r.count()
	return r
}

// day is how a day is written for people.
func (j *judge) day(t time.Time) string { return t.In(j.loc).Format(time.DateOnly) }

// ago counts whole days from t to now, in words.
func (j *judge) ago(t time.Time) string { return days(int(j.in.Now.Sub(t)/day)) + " ago" }

// window is the length of what was read in whole days.
func window(r history.Reading) int { return int(r.To.Sub(r.From) / day) }

// trimmed is a key's name, "" if it has none, and whether the platform shows it.
func trimmed(k *client.Key) (string, bool) {
	name, _ := k.Name.Get()
	return strings.TrimSpace(name), k.Name.Shown()
}
