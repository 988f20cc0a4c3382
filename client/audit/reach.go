package audit

import (
	"slices"
	"time"

	"fob/client"
	"fob/client/audit/history"
	"fob/client/visible"
)

// doubt is why something can't be told: for one key, and for counting keys with the same reason. The zero doubt is none.
type doubt struct{ text, kind string }

func (d doubt) is() bool { return d.text != "" }

// ground is what is known of the history, by workspace.
type ground struct {
	reading history.Reading
	unread  bool              // there is no reading at all
	cut     bool              // the reading isn't whole, and doesn't say where
	all     []string          // every workspace that is known, sorted
	partial bool              // there may be more of them
	names   map[string]string // by id
	within  string            // the workspace whose keys are judged; "": the organization's

	// Of all workspaces together, for the many keys that reach them all.
	holes  [3][]string // those that weren't read, can't be read, or were read in part
	hole   string      // why, of the first of the last
	blank  []string    // those without a known oldest entry
	latest time.Time   // the youngest of the oldest entries
	late   string      // where that is
	day    func(time.Time) string
	// renamed: somewhere keys were looked for by their names.
	renamed bool
}

// The three kinds of holes.
const (
	notRead = iota
	notReadable
	readInPart
)

func survey(in Input, day func(time.Time) string) ground {
	g := ground{
		reading: in.Reading, unread: in.Reading.To.IsZero() || !in.Reading.From.Before(in.Reading.To),
		partial: in.WorkspacesWhy != "", names: map[string]string{}, within: in.Scope, day: day,
	}
	known := map[string]struct{}{}
	for _, w := range in.Workspaces {
		if w.Name == "" {
			g.partial = true // one whose history can't be asked for
			continue
		}
		if w.ID != "" {
			g.names[w.ID] = w.Name
		}
		known[w.Name] = struct{}{}
	}
	for name := range in.Reading.Workspaces {
		known[name] = struct{}{}
	}
	for name := range known {
		g.all = append(g.all, name)
	}
	slices.Sort(g.all)
	for _, name := range g.all {
		g.renamed = g.renamed || g.reading.Workspaces[name].ByName
		switch kind, why := g.look(name); {
		case kind >= 0:
			if kind == readInPart && g.hole == "" {
				g.hole = why
			}
			g.holes[kind] = append(g.holes[kind], name)
		case g.reading.Workspaces[name].Oldest.IsZero():
			g.blank = append(g.blank, name)
		case g.reading.Workspaces[name].Oldest.After(g.latest):
			g.latest, g.late = g.reading.Workspaces[name].Oldest, name
		}
	}
	g.cut = !in.Reading.Complete && len(g.holes[notRead])+len(g.holes[notReadable])+len(g.holes[readInPart]) == 0
	return g
}

// look returns which kind of hole a workspace is, -1 for none, and why.
func (g *ground) look(name string) (kind int, why string) {
	switch c, ok := g.reading.Workspaces[name]; {
	case !ok:
		return notRead, ""
	case !c.Readable:
		return notReadable, c.Why
	case !c.Complete:
		return readInPart, c.Why
	default:
		return -1, ""
	}
}

// span is where a key can leave a trace.
type span struct {
	all   bool     // every workspace
	names []string // else those
	lost  bool     // some of its workspaces aren't known by name
	told  bool     // the platform shows it
}

// scope is what the platform says that the key reaches.
func (g *ground) scope(k *client.Key) span {
	refs, some := k.Workspaces.Get()
	switch {
	case !k.Workspaces.Shown() && g.within != "":
		return span{names: []string{g.within}, told: true} // it is in the list of that workspace alone
	case !k.Workspaces.Shown():
		return span{all: true} // no more than all of them
	case !some || len(refs) == 0:
		return span{all: true, told: true}
	}
	s := span{told: true, names: make([]string, 0, len(refs))}
	for _, ref := range refs {
		name := ref.Name
		if name == "" {
			name = g.names[ref.ID]
		}
		if name == "" {
			s.lost = true
			continue
		}
		if !slices.Contains(s.names, name) {
			s.names = append(s.names, name)
		}
	}
	return s
}

// reach is where a key can leave a trace at most: the organization's admins reach every workspace.
func (g *ground) reach(k *client.Key) span {
	s := g.scope(k)
	if isAdmin(k) {
		s.all, s.names, s.lost = true, nil, false
	}
	return s
}

// covers tells why the history doesn't cover a span from an instant to its end.
func (g *ground) covers(s span, from time.Time) doubt {
	switch {
	case g.unread:
		return doubt{"the search history was not read", "the search history was not read"}
	case g.cut:
		why := visible.Line(g.reading.Why)
		if why == "" {
			why = "it is not said where"
		}
		return doubt{"the search history was read in part: " + why, kindPart}
	case s.all && g.partial:
		return doubt{"it reaches every workspace, and not all of them are known", "not all workspaces are known"}
	case s.lost:
		return doubt{"it reaches a workspace that isn't in the list", "not all workspaces are known"}
	case s.all && len(g.all) == 0:
		return doubt{"no workspace is known", "not all workspaces are known"}
	}
	holes, hole, blank, latest, late := g.holes, g.hole, g.blank, g.latest, g.late
	if !s.all {
		holes, hole, blank, latest, late = [3][]string{}, "", nil, time.Time{}, ""
		for _, name := range s.names {
			oldest := g.reading.Workspaces[name].Oldest
			switch kind, why := g.look(name); {
			case kind >= 0:
				if kind == readInPart && hole == "" {
					hole = why
				}
				holes[kind] = append(holes[kind], name)
			case oldest.IsZero():
				blank = append(blank, name)
			case oldest.After(latest):
				latest, late = oldest, name
			}
		}
	}
	switch {
	case len(holes[notReadable]) > 0:
		return doubt{"the search history can't be read in " + listed(holes[notReadable]), "the search history can't be read in every workspace"}
	case len(holes[notRead]) > 0:
		return doubt{"the search history was not read in " + listed(holes[notRead]), "the search history was not read in every workspace"}
	case len(holes[readInPart]) > 0:
		text := "the search history was read in part in " + listed(holes[readInPart])
		if hole != "" {
			text += ": " + visible.Line(hole)
		}
		return doubt{text, kindPart}
	case latest.After(from):
		return doubt{"the search history of " + named(late) + " goes back to " + g.day(latest) + " only", kindShort}
	case len(blank) > 0:
		return doubt{"the search history of " + listed(blank) + " has no entry, so how far back it goes is not known", kindShort}
	default:
		return doubt{}
	}
}

const (
	kindPart  = "the search history was read in part"
	kindShort = "the search history doesn't go back far enough, or it isn't known how far"
)

// size is how many workspaces a span has, as far as they are known.
func (g *ground) size(s span) int {
	if s.all {
		return len(g.all)
	}
	return len(s.names)
}

// byName tells whether keys were looked for by their names somewhere in a span.
func (g *ground) byName(s span) bool {
	if s.all {
		return g.renamed
	}
	for _, name := range s.names {
		if g.reading.Workspaces[name].ByName {
			return true
		}
	}
	return false
}

// words names a span: "in the 14 workspaces that it can reach".
func (g *ground) words(s span) string {
	text := "in "
	switch n := g.size(s); {
	case n == 1 && s.all:
		text += named(g.all[0])
	case n == 1:
		text += named(s.names[0])
	default:
		text += "the " + count(n, "workspace") + " that it can reach"
	}
	if g.byName(s) {
		text += ", looked for by the name that it has today"
	}
	return text
}
