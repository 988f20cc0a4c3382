package audit_test

import (
	"fmt"
	"maps"
	"regexp"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fob/client"
	"fob/client/audit"
	"fob/client/audit/history"
)

var someWorkspaces = []string{"claims", "legal", "search"}

// anyKey draws a key of every form that the platform may show.
func anyKey(t *rapid.T, id string) client.Key {
	some := func(name string) int { return rapid.IntRange(0, 3).Draw(t, id+" "+name) }
	k := key(id)
	k.Name = client.Some(rapid.SampledFrom([]string{"a", "b", "A", "", id}).Draw(t, id+" name"))
	switch some("personal") {
	case 0:
		k.Personal = client.Field[bool]{}
	case 1:
		k.Personal = client.Some(true)
	}
	switch some("role") {
	case 0:
		k.Role = client.Field[client.RoleRef]{}
	case 1:
		k.Role = client.Some(client.RoleRef{ID: "r-index"})
	}
	switch some("scope") {
	case 0:
		k.Workspaces = client.Null[[]client.WorkspaceRef]()
	case 1:
		k.Workspaces = client.Field[[]client.WorkspaceRef]{}
	case 2:
		reaching("claims", "legal")(&k)
	}
	switch some("born") {
	case 0:
		k.CreatedAt = client.Field[time.Time]{}
	case 1:
		k.CreatedAt = client.Some(ago(float64(rapid.IntRange(0, 100).Draw(t, id+" age"))))
	}
	if some("end") == 0 {
		k.ExpiresAt = client.Some(ago(float64(rapid.IntRange(-20, 20).Draw(t, id+" ends"))))
	}
	return k
}

// entry is one query in a search history.
type entry struct {
	key, workspace string
	days           float64 // ago
	nameOnly       bool
}

// anyEntry draws queries that keys may make: none asks where it can't reach.
func anyEntry(keys []client.Key) *rapid.Generator[entry] {
	return rapid.Custom(func(t *rapid.T) entry {
		k := rapid.SampledFrom(keys).Draw(t, "key")
		reach := someWorkspaces
		if refs := k.Workspaces.Value; len(refs) > 0 {
			reach = nil
			for _, ref := range refs {
				reach = append(reach, ref.Name)
			}
		}
		return entry{
			key: k.ID, workspace: rapid.SampledFrom(reach).Draw(t, "workspace"),
			days: float64(rapid.IntRange(0, 95).Draw(t, "days")), nameOnly: rapid.Bool().Draw(t, "by name"),
		}
	})
}

// read makes a reading of entries, some of which may be out of the window.
func read(in audit.Input, entries []entry, depth history.Depth) history.Reading {
	r := in.Reading
	r.Depth = depth
	r.Workspaces = maps.Clone(r.Workspaces)
	r.Keys = map[string]history.Usage{}
	for _, e := range entries {
		at := ago(e.days)
		u, ok := r.Keys[e.key]
		if !ok {
			u = history.Usage{Seen: map[string]int{}, NameOnly: true}
			if depth == history.Full {
				u.Days = map[string]int{}
			}
		}
		if at.After(u.Last) {
			u.Last, u.Workspace = at, e.workspace
		}
		u.NameOnly = u.NameOnly && e.nameOnly
		u.Seen[e.workspace]++
		if u.Days != nil {
			u.Days[at.Format(time.DateOnly)]++
			u.Hours[at.Hour()]++
		}
		r.Keys[e.key] = u
	}
	return r
}

func anyWorld(t *rapid.T) (audit.Input, []entry) {
	in := world()
	for n := range rapid.IntRange(1, 4).Draw(t, "keys") {
		in.Keys = append(in.Keys, anyKey(t, fmt.Sprintf("k%d", n)))
	}
	in.ListComplete = rapid.Bool().Draw(t, "list complete")
	in.Reading.Personal = rapid.Bool().Draw(t, "personal keys appear")
	for _, w := range someWorkspaces {
		in.Reading.Workspaces[w] = anyCoverage(t, w, in.Reading.Workspaces[w])
	}
	entries := rapid.SliceOfN(anyEntry(in.Keys), 0, 8).Draw(t, "entries")
	in.Reading = read(in, entries, rapid.SampledFrom([]history.Depth{history.Last, history.Full}).Draw(t, "depth"))
	return in, entries
}

// anyCoverage draws one that tells no more than c.
func anyCoverage(t *rapid.T, name string, c history.Coverage) history.Coverage {
	switch rapid.IntRange(0, 5).Draw(t, name+" coverage") {
	case 0:
		return history.Coverage{Why: "403"}
	case 1:
		c.Complete = false
	case 2:
		c.Oldest = time.Time{}
	case 3:
		if later := ago(float64(rapid.IntRange(0, 200).Draw(t, name+" oldest"))); !c.Oldest.IsZero() && later.After(c.Oldest) {
			c.Oldest = later
		}
	}
	return c
}

// allowed says which verdicts a part of the data may give where the whole gives one: never a stronger one.
var allowed = map[audit.Verdict][]audit.Verdict{
	audit.Seen:       {audit.Seen, audit.CannotTell},
	audit.NotSeen:    {audit.NotSeen, audit.CannotTell},
	audit.CannotTell: {audit.CannotTell},
}

func permits(whole, part audit.Verdict) bool {
	for _, v := range allowed[whole] {
		if v == part {
			return true
		}
	}
	return false
}

func TestPartialReadingNeverYieldsMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, entries := anyWorld(t)
		whole := audit.Judge(in, audit.DefaultPolicy())
		part := in
		// Entries are lost, and the places that lost some say so; or their places are cut without having lost any.
		var left []entry
		lost := map[string]bool{}
		for n, e := range entries {
			if rapid.Bool().Draw(t, fmt.Sprintf("entry %d is lost", n)) {
				lost[e.workspace] = true
				continue
			}
			left = append(left, e)
		}
		part.Reading = read(in, left, in.Reading.Depth)
		part.Reading.Personal = in.Reading.Personal && rapid.Bool().Draw(t, "personal keys still appear")
		for _, w := range someWorkspaces {
			c := anyCoverage(t, "part of "+w, in.Reading.Workspaces[w])
			if lost[w] {
				c.Complete = false
			}
			if rapid.IntRange(0, 9).Draw(t, w+" vanishes") == 0 {
				delete(part.Reading.Workspaces, w)
				part.Reading.Complete = false
				continue
			}
			part.Reading.Workspaces[w] = c
			part.Reading.Complete = part.Reading.Complete && c.Complete
		}
		part.ListComplete = in.ListComplete && rapid.Bool().Draw(t, "list still complete")
		got := audit.Judge(part, audit.DefaultPolicy())
		for n := range in.Keys {
			// A name that only some entries give without an id is certain by the others: losing those makes it weaker.
			if w, p := whole.Keys[n], got.Keys[n]; !permits(w.Verdict, p.Verdict) {
				t.Fatalf("%s is %s (%s) with everything, and %s (%s) with a part", w.ID, w.Verdict, w.Reason, p.Verdict, p.Reason)
			}
		}
	})
}

// rank orders verdicts by how much a key was seen.
var rank = map[audit.Verdict]int{audit.NotSeen: 0, audit.CannotTell: 1, audit.Seen: 2}

func TestMoreHistoryNeverMakesLessSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, entries := anyWorld(t)
		before := audit.Judge(in, audit.DefaultPolicy())
		more := in
		more.Reading = read(in, append(entries[:len(entries):len(entries)], rapid.SliceOfN(anyEntry(in.Keys), 1, 6).Draw(t, "more entries")...), in.Reading.Depth)
		after := audit.Judge(more, audit.DefaultPolicy())
		for n := range in.Keys {
			b, a := before.Keys[n], after.Keys[n]
			if rank[a.Verdict] < rank[b.Verdict] {
				t.Fatalf("%s was %s (%s), and with more history is %s (%s)", b.ID, b.Verdict, b.Reason, a.Verdict, a.Reason)
			}
			if b.DaysSeen != nil && a.DaysSeen != nil && *a.DaysSeen < *b.DaysSeen {
				t.Fatalf("%s was seen on %d days, and with more history on %d", b.ID, *b.DaysSeen, *a.DaysSeen)
			}
			if a.LastQueryAt.Before(b.LastQueryAt) {
				t.Fatalf("the last query of %s was %v, and with more history is %v", b.ID, b.LastQueryAt, a.LastQueryAt)
			}
		}
	})
}

func TestJudgeIsSteady(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, _ := anyWorld(t)
		p := audit.DefaultPolicy()
		a, b := fmt.Sprintf("%+v", audit.Judge(in, p)), fmt.Sprintf("%+v", audit.Judge(in, p))
		// Pointers to the days are printed as addresses.
		if addresses.ReplaceAllString(a, "") != addresses.ReplaceAllString(b, "") {
			t.Fatalf("the same input gives\n%s\nand\n%s", a, b)
		}
	})
}

var addresses = regexp.MustCompile(`0x[0-9a-f]+`)
