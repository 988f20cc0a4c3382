package audit

import (
	"slices"
	"strings"
	"time"

	"fob/client"
)

// The rules about what the platform shows of a key: its end, its role and who owns it.

func (j *judge) neverExpires(s *subject) {
	switch {
	case !s.key.ExpiresAt.Shown():
		j.skip("when they end isn't shown")
	case s.key.ExpiresAt.IsNull():
		evidence := "never expires"
		if s.isBorn {
			evidence += ", made on " + j.day(s.born)
		}
		j.find(s, evidence, "issue a key that ends, put it where this one is, then revoke this one", -s.born.Unix())
	}
}

func (j *judge) expiresSoon(s *subject) {
	end, ends := s.key.ExpiresAt.Get()
	switch {
	case !s.key.ExpiresAt.Shown():
		j.skip("when they end isn't shown")
	case !ends, end.Sub(j.in.Now) >= time.Duration(j.p.ExpiresSoonDays)*day:
	default:
		left := int(end.Sub(j.in.Now) / day)
		evidence := "ends on " + j.day(end) + ", in " + days(left)
		if left == 0 {
			evidence = "ends on " + j.day(end) + ", in less than a day"
		}
		queries := 0
		if s.judged.Verdict == Seen {
			evidence += "; " + j.lastQuery(s)
			for _, n := range s.usage.Seen {
				queries += n
			}
		}
		next := "if it is still needed, rotate it before then"
		if s.judged.Verdict == Seen {
			next = "rotate it before then: what works with it will stop"
		}
		// The busiest first: by queries where they were counted, else by the last one.
		j.find(s, evidence, next, int64(queries), s.last.Unix())
	}
}

func (j *judge) lifetime(s *subject) {
	end, ends := s.key.ExpiresAt.Get()
	switch {
	case j.p.LongestLifeDays == 0 || s.key.ExpiresAt.IsNull():
	case !s.key.ExpiresAt.Shown():
		j.skip("when they end isn't shown")
	case !ends:
	case !s.isBorn:
		j.skip("when they were made isn't shown")
	default:
		if life := int(end.Sub(s.born) / day); life > j.p.LongestLifeDays {
			j.find(s, "lives "+days(life)+" from "+j.day(s.born)+" to "+j.day(end)+", the policy allows "+days(j.p.LongestLifeDays),
				"issue a key with a shorter life, put it where this one is, then revoke this one", int64(life))
		}
	}
}

func (j *judge) expired(s *subject) {
	end, ends := s.key.ExpiresAt.Get()
	switch {
	case !s.key.ExpiresAt.Shown():
		j.skip("when they end isn't shown")
	case ends && s.ended != "":
		j.find(s, s.ended+", "+j.ago(end), "revoke it: it does nothing any more", -end.Unix())
	}
}

func (j *judge) ownerLeft(s *subject) {
	personal, told := s.key.Personal.Get()
	switch {
	case told && !personal && !j.p.LeaversServiceKeys:
	case s.owner.state == here:
	case s.owner.state == unclear:
		j.skip(s.owner.why)
	case !told && !j.p.LeaversServiceKeys:
		j.skip("whether they are personal isn't shown")
	case told && personal:
		j.find(s, s.owner.name+" has left", "replace it where it is still needed, then revoke it", s.last.Unix())
	default:
		j.find(s, s.owner.name+", who made it, has left and may still have it", "rotate it", s.last.Unix())
	}
}

func (j *judge) adminRole(s *subject) {
	organization, some := s.key.OrganizationRole.Get()
	if !s.key.OrganizationRole.Shown() {
		j.skip("the roles that they have in the organization aren't shown")
		return
	}
	within := func(name string) bool {
		return slices.ContainsFunc(j.p.AllowedRoles, func(allowed string) bool { return strings.EqualFold(allowed, name) })
	}
	if some && isAdmin(s.key) && !within(organization) {
		j.find(s, "has the role "+named(organization)+" in the organization: it can write in every workspace", "change its role to one that is just enough", 1)
		return
	}
	if j.p.AllowedRoles == nil {
		return
	}
	switch name := j.roles.name(s.key); {
	case name != "" && !within(name):
		j.find(s, "has the role "+named(name)+", which the policy doesn't allow", "change its role to one that the policy allows")
	case name == "":
		j.skip("the roles that they have in workspaces aren't shown")
	}
}

func (j *judge) replacedStillAlive(s *subject) {
	if !j.in.Journal.Known {
		j.skip("this machine's journal can't be read")
		return
	}
	r, ok := j.replaced[s.key.ID]
	switch {
	case !ok:
	case !s.key.ExpiresAt.Shown():
		j.skip("when they end isn't shown, so it can't be told whether they still work")
	default:
		by := "another key"
		if k := j.byID[r.New]; k != nil && r.New != "" {
			name, _ := trimmed(k)
			by = called(name, k.ID)
		} else if r.New != "" && j.in.ListComplete && j.in.Scope == "" {
			by = short(r.New) + ", which is gone"
		} else if r.New != "" {
			by = short(r.New)
		}
		evidence := "replaced by " + by
		if !r.At.IsZero() {
			evidence += " on " + j.day(r.At)
		}
		j.find(s, evidence+", and still works", "see that nothing works with it any more, then revoke it", -r.At.Unix())
	}
}

func (j *judge) unknownOrigin(s *subject) {
	journal := j.in.Journal
	_, made := journal.Made[s.key.ID]
	switch {
	case !journal.Known:
		j.skip("this machine's journal can't be read")
	case made || journal.Began.IsZero():
	case !s.isBorn:
		j.skip("when they were made isn't shown")
	case s.born.Before(journal.Began):
	default:
		switch mine, why := j.people.mine(s.key, j.in.Me); {
		case why != "":
			j.skip(why)
		case mine:
			j.find(s, "made in your name on "+j.day(s.born)+", and not by this machine, whose journal began on "+j.day(journal.Began),
				"if you don't remember it, revoke it", s.born.Unix())
		}
	}
}

// isAdmin tells whether a key has the organization's admin role.
func isAdmin(k *client.Key) bool {
	role, ok := k.OrganizationRole.Get()
	return ok && strings.EqualFold(strings.TrimSpace(role), "ADMIN")
}
