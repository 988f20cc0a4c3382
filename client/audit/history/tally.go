package history

import "time"

// tally adds what the room knows of each key, within the window, to a reading.
func (w *room) tally(out *Reading) {
	window := w.run.window
	hours := make([]map[int64]int, len(w.seen)) // by hour since 1970
	for i, s := range w.seen {
		hours[i] = map[int64]int{}
		for hour, n := range s.hours {
			if at := time.Unix(hour*3600, 0); window.has(at) {
				hours[i][hour] = n
			}
		}
	}
	for _, r := range w.records {
		hours[r.seen][int64(r.second)/3600]++
	}
	for i, s := range w.seen {
		if !window.has(s.last) {
			continue
		}
		meant := w.run.census.meant(s.ref)
		personal := len(meant) > 0
		for _, k := range meant {
			key := &w.run.census.keys[k]
			personal = personal && key.Personal.Value
			if w.run.census.of[k] {
				u := out.Keys[key.ID]
				u.NameOnly = s.ref.named && (u.NameOnly || u.Last.IsZero())
				u.add(w.space.Name, s.last, hours[i], w.run.depth)
				out.Keys[key.ID] = u
			}
		}
		out.Personal = out.Personal || personal
	}
}

func (u *Usage) add(workspace string, last time.Time, hours map[int64]int, depth Depth) {
	if last.After(u.Last) || last.Equal(u.Last) && workspace < u.Workspace {
		u.Last, u.Workspace = last, workspace
	}
	if u.Seen == nil {
		u.Seen = map[string]int{}
	}
	if depth != Full {
		u.Seen[workspace] = max(u.Seen[workspace], 1)
		return
	}
	if u.Days == nil {
		u.Days = map[string]int{}
	}
	count := 0
	for hour, n := range hours {
		at := time.Unix(hour*3600, 0).UTC()
		u.Days[at.Format(time.DateOnly)] += n
		u.Hours[at.Hour()] += n
		count += n
	}
	u.Seen[workspace] += count
	if u.Seen[workspace] == 0 {
		u.Seen[workspace] = 1 // a filter found it
	}
}
