package audit

import (
	"time"

	"fob/client"
	"fob/client/audit/history"
)

// subject is a key while it is judged.
type subject struct {
	key    *client.Key
	name   string // trimmed; "": none, or not shown
	shown  bool   // the platform shows names
	judged Judged
	usage  history.Usage
	reach  span

	last  time.Time // the last query, or the last use that the platform shows; zero: none is known
	where string    // the workspace of the last query; "": not known
	// byPlatform: last is what the platform itself shows.
	byPlatform bool
	vague      doubt // its entries may be another key's
	mute       doubt // it may leave no trace, however much is read
	grace      doubt // it is too young, or its age isn't shown
	owner      ownership
	ended      string // "expired on 2026-10-30"; "": it hasn't
	born       time.Time
	isBorn     bool // born is shown
}

func (j *judge) subject(k *client.Key) subject {
	s := subject{key: k}
	s.name, s.shown = trimmed(k)
	s.usage = j.in.Reading.Keys[k.ID]
	s.reach = j.ground.reach(k)
	s.born, s.isBorn = k.CreatedAt.Get()
	if end, ends := k.ExpiresAt.Get(); ends && !end.After(j.in.Now) {
		s.ended = "expired on " + j.day(end)
	}
	s.owner = j.people.of(k)
	if s.vague = j.vague(&s); !s.vague.is() {
		s.last, s.where = s.usage.Last, s.usage.Workspace
	}
	if used, ok := k.LastUsedAt.Get(); ok && used.After(s.last) {
		s.last, s.where, s.byPlatform = used, "", true
	}
	s.mute = j.mute(&s)
	s.grace = j.young(&s)
	j.verdict(&s)
	return s
}

// vague tells why the entries that were found may be another key's.
func (j *judge) vague(s *subject) doubt {
	switch {
	case !s.usage.NameOnly || s.usage.Last.IsZero():
		return doubt{}
	case j.names.shared(s.name):
		return doubt{"the search history names keys without their ids, and another key has this name", "the search history names keys without their ids, and names are shared"}
	case !j.in.ListComplete || j.in.Scope != "":
		return doubt{"the search history names keys without their ids, and not every key is known that may have this name", "the search history names keys without their ids, and not every key is known"}
	default:
		return doubt{}
	}
}

// mute tells why a key may work without leaving a trace.
func (j *judge) mute(s *subject) doubt {
	personal, told := s.key.Personal.Get()
	switch query := j.roles.query(s.key); {
	case query == no:
		return doubt{"its role " + named(j.roles.name(s.key)) + " can't query, so its work leaves no trace", "their roles can't query"}
	case told && personal && !j.in.Reading.Personal:
		return doubt{"it is personal, and no personal key appears in the search history, where its person may stand instead", kindPersonal}
	case !told && !j.in.Reading.Personal:
		return doubt{"whether it is personal isn't shown, and no personal key appears in the search history", kindPersonal}
	case query == unknown:
		return doubt{"it isn't shown whether its role can query at all", "it isn't shown whether their roles can query"}
	default:
		return doubt{}
	}
}

const kindPersonal = "no personal key appears in the search history"

// young tells why a key may be too young to be judged.
func (j *judge) young(s *subject) doubt {
	switch grace := time.Duration(j.p.GraceDays) * day; {
	case grace <= 0:
		return doubt{}
	case !s.isBorn:
		return doubt{"when it was made isn't shown, so it may be younger than the grace period of " + days(j.p.GraceDays), "when they were made isn't shown"}
	case j.in.Now.Sub(s.born) < grace:
		return doubt{"it was made on " + j.day(s.born) + ", less than the grace period of " + days(j.p.GraceDays) + " ago", "they are younger than the grace period"}
	default:
		return doubt{}
	}
}

// quiet tells why it can't be said that a key made no query from an instant to the end of the window.
func (j *judge) quiet(s *subject, from time.Time) doubt {
	if s.isBorn && s.born.After(from) {
		from = s.born
	}
	for _, d := range []doubt{s.vague, s.mute, s.grace} {
		if d.is() {
			return d
		}
	}
	return j.ground.covers(s.reach, from)
}

func (j *judge) verdict(s *subject) {
	v, from := &s.judged, j.in.Reading.From
	v.ID, v.Name = s.key.ID, s.name
	if s.ended != "" {
		v.Reason = s.ended + "; "
	}
	if s.owner.state == left && s.owner.personal {
		v.Reason += s.owner.name + ", whose key it is, has left; "
	}
	v.LastQueryAt, v.LastQueryWorkspace = s.last.UTC(), s.where
	if s.last.IsZero() {
		v.LastQueryAt = time.Time{}
	}
	if j.in.Reading.Depth == history.Full && !s.vague.is() && (len(s.usage.Days) > 0 || !j.quiet(s, from).is()) {
		n := len(s.usage.Days)
		v.DaysSeen = &n
	}
	d := j.silent(s, from)
	switch {
	case d == seen:
		v.Verdict = Seen
		v.Reason += j.lastQuery(s)
	case d.is():
		v.Verdict = CannotTell
		v.Reason += d.text
	default:
		v.Verdict = NotSeen
		v.Reason += j.silence(s, from)
	}
}

// seen is the answer of silent for a key that was seen.
var seen = doubt{"it was seen", "they were seen"}

// silent tells why it can't be said that a key did nothing from an instant to the end of the window; seen: because it
// did something.
func (j *judge) silent(s *subject, from time.Time) doubt {
	switch {
	case !s.last.IsZero() && !s.last.Before(from):
		return seen
	case s.key.LastUsedAt.Shown() && !s.vague.is() && !j.ground.unread:
		return doubt{} // the platform's own word, which is about more than queries
	default:
		return j.quiet(s, from)
	}
}

// lastQuery says when and where a key was seen.
func (j *judge) lastQuery(s *subject) string {
	if s.byPlatform {
		return "the platform says that it was last used on " + j.day(s.last)
	}
	text := "last query on " + j.day(s.last)
	if s.where != "" {
		text += " in " + named(s.where)
	}
	if s.usage.NameOnly {
		text += ", by its name alone"
	}
	return text
}

// silence says that there was no query from an instant on, and where that was looked for.
func (j *judge) silence(s *subject, from time.Time) string {
	switch {
	case s.key.LastUsedAt.Shown() && s.last.IsZero():
		return "the platform shows no use of it, and the search history no query since " + j.day(from)
	case s.byPlatform:
		return j.lastQuery(s)
	case s.isBorn && s.born.After(from):
		return "no query since it was made on " + j.day(s.born) + " " + j.ground.words(s.reach)
	case !s.last.IsZero() && s.last.Before(from):
		return j.lastQuery(s) + ", no query since " + j.day(from) + " " + j.ground.words(s.reach)
	default:
		return "no query since " + j.day(from) + " " + j.ground.words(s.reach)
	}
}
