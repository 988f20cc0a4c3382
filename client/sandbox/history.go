package sandbox

import (
	"encoding/binary"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"sync"
	"time"
)

const (
	historyLimit = 1000
	recentSpan   = 30 * 24 * time.Hour // what a pipeline's search_history calls recent
	archiveDelay = 30 * time.Minute
	noKey        = -1
)

// entry is a query of a pipeline. A million of them are held, so it's small, and what it looks like on the wire is put
// together when it's asked for.
type entry struct {
	at       int64 // milliseconds since 1970
	number   uint32
	key      int32 // in keyRefs; noKey
	person   int16 // in people; -1: a service key asked
	pipeline uint8
	status   uint8
	text     uint8
}

// keyRef is a key as the history names it: as it was then, and even if it's gone now.
type keyRef struct {
	id, name string
	fragment []byte
}

// history is the search history of one workspace: oldest first, no two entries of the same instant. It never changes.
type history struct {
	seed    uint64
	entries []entry
	people  []*person
	refs    []keyRef
	space   *workspace

	once  sync.Once
	byKey map[int32][]int32
}

// ofKey returns which entries are of that key. The index is made when it's first asked for.
func (h *history) ofKey(ref int32) []int32 {
	h.once.Do(func() {
		h.byKey = map[int32][]int32{}
		for i, e := range h.entries {
			h.byKey[e.key] = append(h.byKey[e.key], int32(i))
		}
	})
	return h.byKey[ref]
}

// within returns the range of entries in s.
func (h *history) within(s span) (from, to int) {
	from = sort.Search(len(h.entries), func(i int) bool { return h.entries[i].at >= s.from })
	to = sort.Search(len(h.entries), func(i int) bool { return h.entries[i].at >= s.to })
	return from, max(from, to)
}

// selection is a part of a history, oldest first: entries from to to, or of those the ones that are picked.
type selection struct {
	h        *history
	from, to int
	picked   []int32 // nil: all of them
}

func (s selection) len() int {
	if s.picked != nil {
		return len(s.picked)
	}
	return s.to - s.from
}

func (s selection) entry(i int) *entry {
	if s.picked != nil {
		return &s.h.entries[s.picked[i]]
	}
	return &s.h.entries[s.from+i]
}

// pick returns what of h fits c and, unless it's negative, is of that pipeline.
func (h *history) pick(c condition, pipeline int) selection {
	from, to := h.within(c.span)
	s := selection{h: h, from: from, to: to}
	candidates := func(yield func(int32) bool) {
		for i := from; i < to; i++ {
			if !yield(int32(i)) {
				return
			}
		}
	}
	if len(c.apiKey) > 0 {
		var own []int32
		for _, ref := range h.refsOf(c.apiKey[0]) {
			own = append(own, h.ofKey(ref)...)
		}
		slices.Sort(own)
		candidates = slices.Values(own)
	} else if len(c.createdBy) == 0 && pipeline < 0 {
		return s
	}
	s.picked = []int32{}
	fits := h.fitting(c, pipeline)
	for i := range candidates {
		if int(i) >= from && int(i) < to && fits(&h.entries[i]) {
			s.picked = append(s.picked, i)
		}
	}
	return s
}

// fitting returns a function that tells whether an entry fits c, whatever its time is.
func (h *history) fitting(c condition, pipeline int) func(*entry) bool {
	var keys [][]int32
	for _, k := range c.apiKey {
		keys = append(keys, h.refsOf(k))
	}
	type actor struct {
		people []int16
		keys   []int32
	}
	var actors []actor
	for _, by := range c.createdBy {
		a := actor{keys: h.refsOf(keyCondition{ref: by})}
		for i, p := range h.people {
			if p.id == by || p.email == by {
				a.people = append(a.people, int16(i))
			}
		}
		actors = append(actors, a)
	}
	return func(e *entry) bool {
		if pipeline >= 0 && int(e.pipeline) != pipeline {
			return false
		}
		for _, refs := range keys {
			if !slices.Contains(refs, e.key) {
				return false
			}
		}
		for _, a := range actors {
			asked := slices.Contains(a.people, e.person) || e.person < 0 && slices.Contains(a.keys, e.key)
			if !asked {
				return false
			}
		}
		return true
	}
}

// refsOf returns the keys that c means: by id or by name, because it isn't known which of them the platform takes.
func (h *history) refsOf(c keyCondition) []int32 {
	if c.none {
		return []int32{noKey}
	}
	var refs []int32
	for i := range h.refs {
		if h.refs[i].id == c.ref || c.ref != "" && h.refs[i].name == c.ref {
			refs = append(refs, int32(i))
		}
	}
	return refs
}

func listHistory(c *call) (*reply, *refusal) {
	w, refused := c.workspace(c.vars[0])
	if refused != nil {
		return nil, refused
	}
	return c.historyPage(c.org.histories[w.id], allTime, -1)
}

// listPipelineHistory serves the recent part.
func listPipelineHistory(c *call) (*reply, *refusal) {
	return c.pipelinePage(span{c.now.Add(-recentSpan).UnixMilli(), allTime.to})
}

// listPipelineArchive serves everything, half an hour late.
func listPipelineArchive(c *call) (*reply, *refusal) {
	return c.pipelinePage(span{allTime.from, c.now.Add(-archiveDelay).UnixMilli()})
}

func (c *call) pipelinePage(s span) (*reply, *refusal) {
	w, refused := c.workspace(c.vars[0])
	if refused != nil {
		return nil, refused
	}
	pipeline := slices.Index(w.pipelines, c.vars[1])
	if pipeline < 0 {
		return nil, notFound("there is no pipeline %q in this workspace", c.vars[1])
	}
	return c.historyPage(c.org.histories[w.id], s, pipeline)
}

type historyQuery struct {
	limit, number int
	after         time.Time
	byCursor      bool
	ascending     bool
	condition     condition
}

func readHistoryQuery(q url.Values) (out historyQuery, r *refusal) {
	out.condition.span = allTime
	if out.limit, r = readNumber(q, "limit", defaultLimit, historyLimit); r != nil {
		return out, r
	}
	if out.number, r = readNumber(q, "page_number", 0, 1<<31-1); r != nil {
		return out, r
	}
	if q.Has("after") {
		if out.number > 0 {
			return out, invalidQuery("after", "page_number and after exclude each other")
		}
		var err error
		if out.after, err = time.Parse(time.RFC3339Nano, q.Get("after")); err != nil {
			return out, invalidQuery("after", "not a time")
		}
		out.byCursor = true
	}
	switch q.Get("order") {
	case "ASC":
		out.ascending = true
	case "DESC", "":
	default:
		return out, invalidQuery("order", "neither ASC nor DESC")
	}
	if field := q.Get("field"); field != "" && field != "created_at" && field != "time" {
		return out, &refusal{http.StatusBadRequest, detailsBody{[]codedFault{{"invalid_sort", "the history is sorted by created_at alone"}}}}
	}
	if q.Has("filter") {
		var err error
		if out.condition, err = parseFilter(q.Get("filter")); err != nil {
			return out, badFilter(err.Error())
		}
	}
	return out, nil
}

func (c *call) historyPage(h *history, s span, pipeline int) (*reply, *refusal) {
	q, refused := readHistoryQuery(c.query)
	if refused != nil {
		return nil, refused
	}
	q.condition.span = q.condition.span.and(s)
	found := h.pick(q.condition, pipeline)
	total := found.len()
	first := 0 // in the order that was asked for
	switch {
	case q.byCursor && q.ascending:
		after, _ := compared("gt", q.after)
		first = sort.Search(total, func(i int) bool { return found.entry(i).at >= after.from })
	case q.byCursor:
		before, _ := compared("lt", q.after)
		first = total - sort.Search(total, func(i int) bool { return found.entry(i).at >= before.to })
	case q.number > 1:
		first = int(min(int64(q.number-1)*int64(q.limit), int64(total)))
	}
	last := min(first+q.limit, total)
	b := append(make([]byte, 0, 64+(last-first)*640), `{"data":[`...)
	for i := first; i < last; i++ {
		if i > first {
			b = append(b, ',')
		}
		at := i
		if !q.ascending {
			at = total - 1 - i
		}
		b = h.append(b, found.entry(at))
	}
	return &reply{http.StatusOK, envelopeEnd(b, last < total, total)}, nil
}

var statuses = []string{"succeeded", "failed", "timeout"}

// append writes e. It is done by hand because a million entries are read at a time.
func (h *history) append(b []byte, e *entry) []byte {
	b = append(b, `{"search_history_id":"`...)
	b = append(b, h.entryID(e.number)...)
	b = append(b, `","time":"`...)
	b = time.UnixMilli(e.at).UTC().AppendFormat(b, wireLayout)
	b = append(b, `","status":"`...)
	b = append(b, statuses[e.status]...)
	b = append(b, `","pipeline":{"name":"`...)
	b = append(b, h.space.pipelines[e.pipeline]...) // made of workspace names, which need no escaping
	b = append(b, `"},"user":`...)
	if e.person < 0 {
		b = append(b, "null"...)
	} else {
		b = append(b, h.people[e.person].fragment...)
	}
	b = append(b, `,"api_key":`...)
	if e.key == noKey {
		b = append(b, "null"...)
	} else {
		b = append(b, h.refs[e.key].fragment...)
	}
	b = append(b, `,"query":`...)
	b = append(b, questions[e.text].query...)
	b = append(b, `,"answer":`...)
	b = append(b, questions[e.text].answer...)
	return append(b, '}')
}

func (h *history) entryID(number uint32) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], scramble(h.seed^uint64(number)))
	binary.BigEndian.PutUint64(b[8:], scramble(h.seed+uint64(number)*3+1))
	return uuid(version4(b))
}

// scramble is the finisher of splitmix64: one number to another, without collisions.
func scramble(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func version4(b [16]byte) [16]byte {
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return b
}

type keyRefJSON struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}
