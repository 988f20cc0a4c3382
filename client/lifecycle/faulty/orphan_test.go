package faulty_test

import (
	"slices"
	"strings"
	"time"

	"fob/client"
	"fob/client/lifecycle"
	"fob/ui/desk"
)

// reconcile looks for the orphans an hour after a create that came to no good end. A key that nobody holds has to be among
// them, as the one that stands out, and as certain as fob was when it made it; one that is held is none. One that is
// certain is revoked without anybody having chosen it, and then no key of that intent is left.
func (m *model) reconcile(made made) string {
	m.t.Helper()
	m.pass(time.Hour)
	m.start()
	all, err := m.desk.Orphans(m.context)
	if err != nil {
		m.t.Errorf("the orphans can't be looked for: %v", err)
	}
	at := slices.IndexFunc(all, func(o desk.Orphan) bool { return o.Name == made.name })
	ids := m.alive(made.name)
	if len(ids) != 1 {
		if at >= 0 && all[at].Fate == lifecycle.Orphaned {
			m.t.Errorf("%s doesn't exist, and is said to be an orphan", made.name)
		}
		return ""
	}
	if held, listed := m.held(ids[0]); held {
		if !listed {
			m.t.Errorf("%s was where it was to go, and wasn't taken into the stash", made.name)
		}
		return ""
	}
	if at < 0 || all[at].Fate != lifecycle.Orphaned || all[at].Key == nil || all[at].Key.Key.ID != ids[0] {
		m.t.Errorf("%s exists, nobody holds it, and it is no orphan: %v", made.name, fates(all))
		return ""
	}
	sure := !made.killed && made.issued.Certainty == lifecycle.Certain && len(made.issued.Warnings) == 0
	if certainty := all[at].Certainty; certainty == lifecycle.Unknown || sure && certainty != lifecycle.Certain {
		m.t.Errorf("the orphan %s is %s", made.name, certainty)
	} else if certainty != lifecycle.Certain {
		return ", a likely orphan"
	}
	if _, err := m.desk.RevokeOrphan(m.context, all[at], ""); err != nil {
		m.t.Errorf("the orphan %s can't be revoked: %v", made.name, err)
	}
	if left := m.alive(made.name); len(left) != 0 {
		m.t.Errorf("the orphan %s was revoked, and is there", made.name)
	}
	if again, err := m.desk.Orphans(m.context); err != nil || slices.ContainsFunc(again, func(o desk.Orphan) bool { return o.Name == made.name && o.Fate == lifecycle.Orphaned }) {
		m.t.Errorf("the orphan %s was revoked, and is an orphan still: %v", made.name, err)
	}
	m.known = slices.DeleteFunc(m.known, func(k client.Key) bool { return k.ID == ids[0] })
	return ", a certain orphan"
}

// fates are the orphans in a few words.
func fates(all []desk.Orphan) string {
	var words []string
	for _, o := range all {
		words = append(words, o.Name+" "+string(o.Fate)+" "+string(o.Certainty)+" "+o.Why)
	}
	return strings.Join(words, "; ")
}

// check looks at everything that was ever ordered, with a fob that has just started.
func (m *model) check() {
	living, lines := m.living(), m.lines()
	for _, name := range m.names {
		ids := living[name]
		if len(ids) > 1 {
			m.t.Errorf("%d keys exist for %s", len(ids), name)
		}
		if len(ids) == 0 || m.warned[name] {
			continue
		}
		if named(lines, name) != "" {
			continue
		}
		if held, listed := m.held(ids[0]); !held || !listed {
			m.t.Errorf("%s exists, nobody holds it, and nothing names it", name)
		}
	}
}
