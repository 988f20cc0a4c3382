package audit

import (
	"regexp"
	"slices"
	"time"
)

// Policy says what is judged, and how strictly.
type Policy struct {
	WindowDays      int            // how far back to read, unless somebody asks for another window
	GraceDays       int            // a younger key isn't said to be not seen; 0: any may be
	NotSeenDays     int            // not-seen: for how long; 0: the window that was read
	ExpiresSoonDays int            // expires-soon
	LongestLifeDays int            // lifetime-over-policy; 0: any, as long as no policy says otherwise
	AllowedRoles    []string       // admin-role: of the organization and of workspaces; nil: all but ADMIN
	NamePattern     *regexp.Regexp // unnamed; nil: any name
	MostDays        float64        // personal-as-service: share of the window's days, 0 to 1
	Hours           int            // personal-as-service: different hours of the day
	// LeaversServiceKeys makes owner-left find service keys that were made by people who have left, too.
	LeaversServiceKeys bool
	// QueryingRoles are names of roles that can query, for a platform that doesn't show what its roles permit.
	QueryingRoles []string
	// QueryPermissions are words by which a permission to query is known.
	QueryPermissions []string

	Rules      map[RuleID]Setting // every rule
	Exceptions []Exception        // in the file's order
	SHA256     string             // of the file, in hexadecimal; "": there is none
}

// Setting is what a policy says of a rule.
type Setting struct {
	On       bool
	Severity Severity
}

// DefaultPolicy is the policy of whoever has none.
func DefaultPolicy() Policy {
	p := Policy{
		WindowDays: 90, GraceDays: 14, ExpiresSoonDays: 30, MostDays: 0.6, Hours: 20,
		QueryingRoles: []string{"Editor", "Search user"}, QueryPermissions: []string{"search", "query"},
		Rules: make(map[RuleID]Setting, len(catalog)),
	}
	for _, r := range catalog {
		p.Rules[r.ID] = Setting{On: r.On, Severity: r.Severity}
	}
	return p
}

// Exception excepts a key from rules until a day.
type Exception struct {
	Key    string   // its id
	Name   string   // for people: the id decides
	Rules  []RuleID // nil: every rule; exception-ended is never excepted
	Reason string
	Owner  string // who answers for it
	// Until is when it ends: that instant or, with WholeDay, the end of the day that it has in UTC, wherever the day is
	// counted (see EndsAt).
	Until    time.Time
	WholeDay bool
	Line     int // in the file, from 1; 0: not from a file
}

// EndsAt returns the instant at which the exception ends, in UTC. A day ends at its 23:59:59 in loc; nil is UTC.
func (e Exception) EndsAt(loc *time.Location) time.Time {
	if !e.WholeDay {
		return e.Until.UTC()
	}
	if loc == nil {
		loc = time.UTC
	}
	y, m, d := e.Until.UTC().Date()
	return time.Date(y, m, d, 23, 59, 59, 0, loc).UTC()
}

func (e Exception) covers(rule RuleID) bool {
	return rule != RuleExceptionEnded && (e.Rules == nil || slices.Contains(e.Rules, rule))
}

// encloses tells whether e covers every rule that other does.
func (e Exception) encloses(other Exception) bool {
	if e.Rules == nil {
		return true
	}
	return other.Rules != nil && !slices.ContainsFunc(other.Rules, func(r RuleID) bool { return !slices.Contains(e.Rules, r) })
}

// endedExceptions finds the exceptions that have ended, unless a later one took their place.
func (j *judge) endedExceptions() {
	if !j.p.Rules[RuleExceptionEnded].On {
		return
	}
	j.rule = RuleExceptionEnded
	for _, e := range j.p.Exceptions {
		end := e.EndsAt(j.loc)
		if !end.Before(j.in.Now) || slices.ContainsFunc(j.exceptions[e.Key], func(other Exception) bool {
			return other.EndsAt(j.loc).After(end) && other.encloses(e)
		}) {
			continue
		}
		evidence := "its exception ended on " + j.day(end)
		if e.Reason != "" {
			evidence += ": " + said(e.Reason)
		}
		k, listed := j.byID[e.Key]
		switch {
		case listed:
			s := subject{key: k}
			s.name, _ = trimmed(k)
			next := "mend the finding, or ask for a new end"
			if e.Owner != "" {
				next = "ask " + said(e.Owner) + ", who answers for it, to mend the finding or to set a new end"
			}
			j.find(&s, evidence, next, -end.Unix())
		case !j.in.ListComplete || j.in.Scope != "":
			j.skip("not every key is known, so it can't be told whether theirs still exist")
		default:
			j.found = append(j.found, pressing{first: -end.Unix(), Finding: Finding{
				Rule: j.rule, Severity: j.p.Rules[j.rule].Severity, KeyID: e.Key, KeyName: e.Name,
				Evidence: evidence + "; the key is gone", NextStep: "take the exception out of the policy",
			}})
		}
	}
}
