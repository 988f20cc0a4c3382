package audit

import (
	"slices"
	"strconv"
	"time"

	"fob/client/audit/history"
)

// The rules about what the search history shows.

func (j *judge) notSeen(s *subject) {
	r := j.in.Reading
	from, deep := r.From, true
	if n := j.p.NotSeenDays; n > 0 {
		since := r.To.Add(-time.Duration(n) * day)
		if deep = !since.Before(r.From); deep || s.key.LastUsedAt.Shown() {
			from = since
		}
	}
	if s.isBorn && s.born.After(from) && !j.ground.unread {
		return // it is not old enough; never-seen looks at it
	}
	switch d := j.silent(s, from); {
	case d == seen:
	case d.is():
		j.skip(d.kind)
	case !deep && !s.key.LastUsedAt.Shown():
		j.skip("the search history was read for " + days(window(r)) + ", and the policy asks for " + days(j.p.NotSeenDays))
	default:
		evidence := j.silence(s, from)
		if s.key.ExpiresAt.IsNull() {
			evidence += "; never expires"
		}
		j.find(s, evidence, j.askThenRevoke(s), -s.last.Unix())
	}
}

func (j *judge) neverSeen(s *subject) {
	r := j.in.Reading
	if !s.last.IsZero() {
		return
	}
	switch {
	case !s.isBorn && (!s.key.LastUsedAt.IsNull() || s.vague.is()):
		j.skip("when they were made isn't shown")
		return
	case s.isBorn && s.born.Before(r.From) && !s.key.LastUsedAt.IsNull():
		return // what it did before the window can't be known, and not-seen looks at it
	}
	switch d := j.silent(s, r.From); {
	case d == seen:
	case d.is():
		j.skip(d.kind)
	case s.grace.is():
		j.skip(s.grace.kind)
	default:
		j.find(s, j.silence(s, r.From), j.askThenRevoke(s), -s.born.Unix())
	}
}

func (j *judge) askThenRevoke(s *subject) string {
	switch {
	case s.owner.name == "" || s.owner.state == left:
		return "see what may still need it, then revoke it"
	case s.owner.personal:
		return "ask " + s.owner.name + ", whose key it is, then revoke it"
	default:
		return "ask " + s.owner.name + ", who made it, then revoke it"
	}
}

// life is the part of the window in which the key existed, in days, at least one.
func (j *judge) life(s *subject) int {
	from := j.in.Reading.From
	if s.isBorn && s.born.After(from) {
		from = s.born
	}
	return max(1, int((j.in.Reading.To.Sub(from)+day/2)/day))
}

func (j *judge) personalAsService(s *subject) {
	personal, told := s.key.Personal.Get()
	switch {
	case told && !personal:
		return
	case !told:
		j.skip("whether they are personal isn't shown")
		return
	case s.vague.is():
		j.skip(s.vague.kind)
		return
	case s.usage.Last.IsZero():
		if d := j.quiet(s, j.in.Reading.From); d.is() {
			j.skip(d.kind)
		}
		return
	case j.in.Reading.Depth != history.Full:
		j.skip("only the last queries were read, and it takes every entry of the window")
		return
	}
	hours := 0
	for _, n := range s.usage.Hours {
		if n > 0 {
			hours++
		}
	}
	seenOn, lived := len(s.usage.Days), j.life(s)
	switch {
	case s.grace.is():
		j.skip(s.grace.kind)
	case float64(seenOn) >= j.p.MostDays*float64(lived) && hours >= j.p.Hours:
		who := "its person"
		if s.owner.name != "" {
			who = s.owner.name
		}
		j.find(s, "personal, seen on "+count(seenOn, "day")+" of "+count(lived, "day")+" and at "+count(hours, "hour")+" of the day",
			"change it into a service key before "+who+" leaves", int64(seenOn), int64(hours))
	default:
		// What wasn't read may hold the days that are missing.
		if d := j.ground.covers(s.reach, j.lifeBegins(s)); d.is() {
			j.skip(d.kind)
		}
	}
}

func (j *judge) lifeBegins(s *subject) time.Time {
	if s.isBorn && s.born.After(j.in.Reading.From) {
		return s.born
	}
	return j.in.Reading.From
}

func (j *judge) widerThanUsed(s *subject) {
	scope := j.ground.scope(s.key)
	switch {
	case s.usage.Last.Before(j.in.Reading.From):
		if s.byPlatform && !s.last.Before(j.in.Reading.From) && j.ground.size(scope) > 1 {
			j.skip("the platform says that they were used, and the search history doesn't show where")
		} else if s.judged.Verdict == CannotTell && j.ground.size(scope) != 1 {
			j.skip(j.silent(s, j.in.Reading.From).kind)
		}
		return // not-seen looks at it
	case !scope.told:
		j.skip("the workspaces that they reach aren't shown")
		return
	case j.ground.size(scope) < 2 && !scope.lost:
		return
	case s.vague.is():
		j.skip(s.vague.kind)
		return
	case s.grace.is():
		j.skip(s.grace.kind)
		return
	}
	if d := j.ground.covers(scope, j.lifeBegins(s)); d.is() {
		j.skip(d.kind)
		return
	}
	reached := scope.names
	if scope.all {
		reached = j.ground.all
	}
	var in []string
	for _, name := range reached {
		if s.usage.Seen[name] > 0 || name == s.usage.Workspace {
			in = append(in, name)
		}
	}
	if len(in) >= len(reached) {
		return
	}
	slices.Sort(in)
	where := "none of them"
	if len(in) > 0 {
		where = count(len(in), "workspace") + ": " + listed(in)
	}
	what := "reaches " + count(len(reached), "workspace")
	if scope.all {
		what = "reaches every workspace, " + strconv.Itoa(len(reached)) + " today"
	}
	j.find(s, what+", seen in "+where+" since "+j.day(j.lifeBegins(s)),
		"issue a key for those workspaces alone, put it where this one is, then revoke this one", int64(len(reached)-len(in)))
}
