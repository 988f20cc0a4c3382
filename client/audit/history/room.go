package history

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"fob/client"
)

// room is one workspace and what is known of its history: what was kept by an earlier run, and what this one reads.
type room struct {
	run    *run
	space  client.Workspace
	wanted []int // keys of the census that the answer is wanted for and that can reach it

	// Known to the goroutine that reads the room alone.
	oldest, newest *client.HistoryEntry // of the whole history; nil: none, or not asked yet
	filter         filter               // how keys are asked for
	plain          bool                 // filters by time don't serve here

	left   atomic.Int64 // requests that are left at most
	size   atomic.Int64 // of a page
	untrue atomic.Bool  // a filter gave what it wasn't asked for

	mu       sync.Mutex // for what follows: a stretch may be read by several goroutines
	coverage Coverage
	index    map[reference]int32
	seen     []sighting
	records  []record
	kept     spans        // read by earlier runs
	read     spans        // read by this one
	looks    map[int]look // by key: what filters told
	open     map[int]bool // keys that are looked for in the stretch that is being read
	met      map[int]bool // keys whose last query is known
	others   []lookMemory // what filters told an earlier run of keys that are not there now
	forms    forms        // in which entries name keys
	proven   bool         // a filter by time found an entry that it had to find
	eldest   time.Time    // of the entries that were read
	odd      int          // entries that can't be read
	alone    bool         // the records are of the wanted keys alone: nothing of them is kept

	// Made when the room was read.
	counted [][]tick // by sighting: entries in the window
	memory  []byte   // what is worth keeping; nil: nothing
}

// sighting is what is known of whom entries name.
type sighting struct {
	ref   reference
	last  time.Time
	kept  []tick // entries that earlier runs counted
	fresh bool   // this run read of it
}

// record is one entry. A million of them are held, so it's small.
type record struct {
	seen   int32  // in room.seen
	second uint32 // since 1970
}

// look is what a filter told of a key: its last query in a stretch, which is a sighting too, or that there is none.
type look struct{ within span }

// forms counts entries by how they name their key.
type forms struct {
	both, idOnly, nameOnly, actor int
	control                       *client.HistoryEntry // the newest entry of the window that names a key
}

func (r *run) room(space client.Workspace) *room {
	w := &room{
		run: r, space: space, wanted: r.census.wanted(space), coverage: Coverage{Readable: true},
		index: map[reference]int32{}, looks: map[int]look{}, open: map[int]bool{}, met: map[int]bool{},
	}
	w.size.Store(int64(r.pageSize))
	return w
}

// meant returns the keys that a reference may mean here: of several that share a name, those that can reach the room.
func (w *room) meant(ref reference) []int {
	all := w.run.census.meant(ref)
	if len(all) < 2 {
		return all
	}
	var near []int
	for _, k := range all {
		if reaches(&w.run.census.keys[k], w.space) {
			near = append(near, k)
		}
	}
	if len(near) == 0 {
		return all
	}
	return near
}

// number returns which sighting a reference is. The caller holds mu.
func (w *room) number(ref reference) int32 {
	n, ok := w.index[ref]
	if !ok {
		n = int32(len(w.seen))
		w.index[ref] = n
		w.seen = append(w.seen, sighting{ref: ref})
	}
	return n
}

// take counts the entries that lie in s and returns how many keys that were looked for it found.
func (w *room) take(entries []client.HistoryEntry, s span) (gain int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range entries {
		e := &entries[i]
		if w.eldest.IsZero() || e.Time.Before(w.eldest) {
			w.eldest = e.Time
		}
		ref, ok := w.run.census.referenceOf(e)
		if !ok || !s.has(e.Time) {
			continue
		}
		w.forms.add(e)
		n := w.number(ref)
		w.records = append(w.records, record{n, uint32(e.Time.Unix())})
		gain += w.sight(n, e.Time)
	}
	return gain
}

// sight notes that an entry of that time was seen. The caller holds mu.
func (w *room) sight(n int32, at time.Time) (gain int) {
	s := &w.seen[n]
	s.last = later(s.last, at)
	if s.fresh {
		return 0
	}
	s.fresh = true
	for _, k := range w.meant(s.ref) {
		w.met[k] = true
		if w.open[k] {
			delete(w.open, k)
			gain++
		}
	}
	return gain
}

func (f *forms) add(e *client.HistoryEntry) {
	k, ok := e.Key.Get()
	switch {
	case !ok || k == (client.KeyRef{}):
		f.actor++
		return
	case k.ID == "":
		f.nameOnly++
	case k.Name == "":
		f.idOnly++
	default:
		f.both++
	}
	if f.control == nil || e.Time.After(f.control.Time) {
		c := *e
		f.control = &c
	}
}

// done notes that s was read back to reached. Entries before that, of a second that wasn't read to its end, are not
// counted: who reads on will meet them again.
func (w *room) done(s span, reached time.Time) {
	reached = later(s.from, reached)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.read = w.read.with(span{reached, s.to})
	if reached.After(s.from) {
		from, to := s.from.Unix(), reached.Unix()
		w.records = slices.DeleteFunc(w.records, func(r record) bool {
			return int64(r.second) >= from && int64(r.second) < to
		})
	}
}

// gaps returns what of the window wasn't read yet, by this run or an earlier one, newest first.
func (w *room) gaps() []span {
	all := w.kept
	for _, s := range w.read {
		all = all.with(s)
	}
	return all.gaps(w.run.window)
}

// lookFor sets the keys that are looked for in a stretch: those whose last query may lie in it.
func (w *room) lookFor(gap span) int {
	last := map[int]time.Time{}
	for _, s := range w.seen {
		for _, k := range w.meant(s.ref) {
			last[k] = later(last[k], s.last)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.open)
	for _, k := range w.wanted {
		if !w.met[k] && last[k].Before(gap.to) && !w.looks[k].within.covers(gap) {
			w.open[k] = true
		}
	}
	return len(w.open)
}

func (w *room) sought() []int {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]int, 0, len(w.open))
	for _, k := range w.wanted {
		if w.open[k] {
			out = append(out, k)
		}
	}
	return out
}

// Entries hold what was asked and answered, so that a page of a thousand may be more than an answer may be, or take
// too long. Pages are then made a fifth as long, as far as that goes.
const (
	shorter   = 5
	pageLeast = 8
)

// shrink makes pages shorter, if err may be due to their length and they can be shorter.
func (w *room) shrink(err error, size int) bool {
	var e *client.Error
	if !errors.As(err, &e) || size%shorter != 0 || size/shorter < pageLeast {
		return false
	}
	var slow interface{ Timeout() bool }
	if e.Status/100 != 2 && (!errors.As(e.Err, &slow) || !slow.Timeout()) {
		return false
	}
	w.size.Store(int64(size / shorter))
	return true
}

// page reads one page of the room's history; the first of a question is made shorter if it has to be.
func (w *room) page(ctx context.Context, q client.HistoryQuery, number int) (client.HistoryPage, error) {
	p, err := w.run.fetch(ctx, w.space.Name, q, number)
	for number == 1 && err != nil && ctx.Err() == nil && w.shrink(err, q.PageSize) {
		q.PageSize = int(w.size.Load())
		p, err = w.run.fetch(ctx, w.space.Name, q, number)
	}
	if err == nil {
		came := len(p.Entries)
		p.Entries = slices.DeleteFunc(p.Entries, func(e client.HistoryEntry) bool { return e.Time.IsZero() })
		untimed := came - len(p.Entries)
		if n := untimed + p.Odd; n > 0 {
			w.mu.Lock()
			w.odd += n
			w.mu.Unlock()
		}
	}
	return p, err
}

// expect notes how many requests are left at most, as far as it can be told.
func (w *room) expect(left int) { w.left.Store(int64(min(left, 1<<40))) }
