package history

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"fob/client"
)

// memoryVersion is the version of what is kept.
const memoryVersion = 1

// memoryDays is how far back something is kept.
const memoryDays = 400

// memory is what is kept between two runs: keys, workspaces, counts and times, and nothing of queries, answers or
// people.
type memory struct {
	Version    int          `json:"version"`
	Workspaces []roomMemory `json:"workspaces"`
}

type roomMemory struct {
	ID     string       `json:"id,omitempty"`
	Name   string       `json:"name"`
	Read   [][2]int64   `json:"read"` // stretches whose every entry is counted, in seconds since 1970, the end not in it
	Keys   []keyMemory  `json:"keys,omitempty"`
	Looked []lookMemory `json:"looked,omitempty"`
}

// keyMemory is what was seen of one key.
type keyMemory struct {
	ID    string    `json:"id,omitempty"`
	Name  string    `json:"name,omitempty"` // where entries give no id
	Last  time.Time `json:"last"`
	Hours []int64   `json:"hours,omitempty"` // hour since 1970, count, hour, count, …: of the stretches that were read
}

// lookMemory is a stretch in which the key's last query is the one that is kept, or none.
type lookMemory struct {
	ID      string   `json:"id"`
	Stretch [2]int64 `json:"within"`
}

func (s span) seconds() [2]int64 { return [2]int64{s.from.Unix(), s.to.Unix()} }

func stretch(s [2]int64) span { return span{time.Unix(s[0], 0).UTC(), time.Unix(s[1], 0).UTC()} }

// remember takes up what an earlier run kept, and returns it.
func (r *run) remember(ctx context.Context, store Store) (memory, error) {
	var m memory
	if store == nil {
		return m, nil
	}
	kept, err := store.Load(ctx)
	if err != nil {
		return m, fmt.Errorf("load what was learned of the history: %w", err)
	}
	if len(kept) == 0 {
		return m, nil
	}
	if err := json.Unmarshal(kept, &m); err != nil {
		var v struct{ Version int }
		if json.Unmarshal(kept, &v) != nil || v.Version <= memoryVersion {
			return memory{}, fmt.Errorf("read what was learned of the history: %w", err)
		}
		m.Version = v.Version
	}
	if m.Version != memoryVersion {
		return memory{Version: m.Version}, fmt.Errorf("read what was learned of the history: it is of version %d, which this fob doesn't know", m.Version)
	}
	rooms := make(map[string]*room, len(r.rooms))
	for _, w := range r.rooms {
		rooms[w.space.Name] = w
	}
	for i := range m.Workspaces {
		// A workspace that was made anew under the name has a history of its own.
		if w := rooms[m.Workspaces[i].Name]; w != nil && m.Workspaces[i].is(w.space) {
			w.recall(&m.Workspaces[i])
		}
	}
	return m, nil
}

func (m *roomMemory) is(w client.Workspace) bool {
	return m.Name == w.Name && (m.ID == "" || w.ID == "" || m.ID == w.ID)
}

func (w *room) recall(m *roomMemory) {
	for _, s := range m.Read {
		w.kept = w.kept.with(stretch(s))
	}
	for _, k := range m.Keys {
		ref := reference{k.ID, false}
		if k.ID == "" {
			ref = reference{k.Name, true}
		}
		s := &w.seen[w.number(ref)]
		s.last = later(s.last, k.Last.UTC())
		s.kept = make([]tick, 0, len(k.Hours)/2)
		for i := 0; i+1 < len(k.Hours); i += 2 {
			s.kept = append(s.kept, tick{k.Hours[i], int(k.Hours[i+1])})
		}
	}
	for _, l := range m.Looked {
		if k, ok := w.run.census.byID[l.ID]; ok {
			w.looks[k] = look{stretch(l.Stretch)}
		} else {
			w.others = append(w.others, l)
		}
	}
}

// keep puts what this run learned beside what was kept of workspaces that it didn't look at.
func (r *run) keep(ctx context.Context, store Store, before memory) error {
	if before.Version > memoryVersion {
		return errors.New("what was learned isn't kept: a newer fob kept something there")
	}
	looked := map[string]bool{}
	var rooms [][]byte
	for _, w := range r.rooms {
		looked[w.space.Name] = true
		if w.memory != nil {
			rooms = append(rooms, w.memory)
		}
	}
	for _, w := range before.Workspaces {
		if looked[w.Name] {
			continue
		}
		b, err := json.Marshal(w)
		if err != nil {
			return fmt.Errorf("keep what was learned of the history: %w", err)
		}
		rooms = append(rooms, b)
	}
	all := fmt.Appendf(nil, `{"version":%d,"workspaces":[`, memoryVersion)
	all = append(append(all, bytes.Join(rooms, []byte(",\n"))...), "]}\n"...)
	if err := store.Save(ctx, all); err != nil {
		return fmt.Errorf("keep what was learned of the history: %w", err)
	}
	return nil
}

// settle counts what was read, and puts what is worth keeping into its form: nothing of it waits for other rooms.
func (w *room) settle() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.run.depth == Full {
		w.counted = w.ticks(w.run.window, func(int64) bool { return true })
	}
	if m := w.keepsake(); w.run.keeps && m != nil {
		w.memory, _ = json.Marshal(m) // numbers, texts and times that were read from JSON
	}
}

// keepsake returns what is worth keeping of the room; nil if nothing is. What is younger than the lateness of entries is
// read again by the next run, so its counts aren't kept. The caller holds mu.
func (w *room) keepsake() *roomMemory {
	lasting := span{w.run.to.Add(-memoryDays * day).Truncate(day), w.run.settled}
	fresh := w.read.within(lasting)
	all := w.kept.within(lasting)
	for _, s := range fresh {
		all = all.with(s)
	}
	out := &roomMemory{ID: w.space.ID, Name: w.space.Name, Read: [][2]int64{}, Looked: w.others}
	for _, s := range all {
		out.Read = append(out.Read, s.seconds())
	}
	w.alone = false
	hours := w.ticks(lasting, func(second int64) bool {
		return slices.ContainsFunc(fresh, func(s span) bool { return s.from.Unix() <= second && second < s.to.Unix() })
	})
	for i, s := range w.seen {
		if s.last.Before(lasting.from) {
			continue
		}
		k := keyMemory{Last: s.last, ID: s.ref.text, Hours: make([]int64, 0, 2*len(hours[i]))}
		if s.ref.named {
			k.ID, k.Name = "", s.ref.text
		}
		for _, t := range hours[i] {
			k.Hours = append(k.Hours, t.hour, int64(t.n))
		}
		out.Keys = append(out.Keys, k)
	}
	slices.SortFunc(out.Keys, func(a, b keyMemory) int { return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Name, b.Name)) })
	for k, l := range w.looks {
		if l.within.to.After(lasting.from) {
			out.Looked = append(out.Looked, lookMemory{w.run.census.keys[k].ID, l.within.seconds()})
		}
	}
	slices.SortFunc(out.Looked, func(a, b lookMemory) int { return cmp.Compare(a.ID, b.ID) })
	if len(out.Read)+len(out.Keys)+len(out.Looked) == 0 {
		return nil
	}
	return out
}
