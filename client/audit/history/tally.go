package history

import (
	"cmp"
	"slices"
	"time"
)

// tick is how many entries fall into an hour.
type tick struct {
	hour int64 // since 1970, UTC
	n    int
}

// ticks returns for each sighting the entries by hour, oldest first: what was kept and lies in s, and the records that
// count. The caller holds mu.
func (w *room) ticks(s span, counts func(second int64) bool) [][]tick {
	slices.SortFunc(w.records, func(a, b record) int {
		return cmp.Or(cmp.Compare(a.seen, b.seen), cmp.Compare(a.second, b.second))
	})
	from, to := s.from.Unix(), s.to.Unix()
	out := make([][]tick, len(w.seen))
	next := 0
	for i := range w.seen {
		var all []tick
		for _, t := range w.seen[i].kept {
			if w.alone {
				break // the records have it all
			}
			if first := t.hour * 3600; first >= from && first <= to {
				all = append(all, t)
			}
		}
		older := len(all)
		for ; next < len(w.records) && w.records[next].seen == int32(i); next++ {
			second := int64(w.records[next].second)
			if !counts(second) {
				continue
			}
			if n := len(all); n > older && all[n-1].hour == second/3600 {
				all[n-1].n++
			} else {
				all = append(all, tick{second / 3600, 1})
			}
		}
		if older > 0 && len(all) > older { // an hour may be in both, and what was read may be older than what was kept
			slices.SortStableFunc(all, func(a, b tick) int { return cmp.Compare(a.hour, b.hour) })
			together := all[:1]
			for _, t := range all[1:] {
				if last := &together[len(together)-1]; last.hour == t.hour {
					last.n += t.n
				} else {
					together = append(together, t)
				}
			}
			all = together
		}
		out[i] = all
	}
	return out
}

// tally adds what the room knows of each key, within the window, to what the others told. The caller holds run.adding.
func (w *room) tally() {
	out := w.run
	touched := map[string]bool{}
	for i, s := range w.seen {
		if !w.run.window.has(s.last) {
			continue
		}
		meant := w.meant(s.ref)
		personal := len(meant) > 0
		for _, k := range meant {
			key := &w.run.census.keys[k]
			personal = personal && key.Personal.Value
			if !w.run.census.of[k] {
				continue
			}
			u := out.keys[key.ID]
			u.NameOnly = s.ref.named && (u.NameOnly || u.Last.IsZero())
			u.add(w.space.Name, s.last)
			if w.run.depth == Full {
				u.count(w.space.Name, w.counted[i], w.run.date)
			}
			out.keys[key.ID] = u
			touched[key.ID] = true
		}
		out.personal = out.personal || personal
	}
	for id := range touched {
		if u := out.keys[id]; u.Seen[w.space.Name] == 0 {
			u.Seen[w.space.Name] = 1 // which one isn't counted, but there is one
		}
	}
}

// add notes that the key was last seen in the workspace at that time.
func (u *Usage) add(workspace string, last time.Time) {
	if last.After(u.Last) || last.Equal(u.Last) && workspace < u.Workspace {
		u.Last, u.Workspace = last, workspace
	}
	if u.Seen == nil {
		u.Seen = map[string]int{}
	}
	u.Seen[workspace] += 0
}

// count adds entries; date names a day since 1970.
func (u *Usage) count(workspace string, hours []tick, date func(day int64) string) {
	if u.Days == nil {
		u.Days = map[string]int{}
	}
	for from := 0; from < len(hours); {
		day, sum := hours[from].hour/24, 0
		for ; from < len(hours) && hours[from].hour/24 == day; from++ {
			u.Hours[hours[from].hour%24] += hours[from].n
			sum += hours[from].n
		}
		u.Days[date(day)] += sum
		u.Seen[workspace] += sum
	}
}
