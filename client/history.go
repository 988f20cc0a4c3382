package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// historyPage is the most entries that the platform gives at once.
const historyPage = 1000

// HistoryQuery says which entries of a search history to read.
type HistoryQuery struct {
	Filter      string // OData, "created_at ge 2026-08-24T00:00:00Z"; "": all of them
	OldestFirst bool   // newest first otherwise
	Limit       int    // entries to read at most; 0: all of them
	PageSize    int    // entries asked for at once; 0: as many as the platform gives, 1000
}

// HistoryPage is one page of a search history.
type HistoryPage struct {
	Entries []HistoryEntry // in the order that was asked for, as they came
	Odd     int            // elements that can't be read
	Total   *int           // how many entries fit the filter, as the platform tells; nil where it sends null or nothing
	End     bool           // nothing comes after this page, as far as the answer tells
	More    bool           // the answer says outright that there is more
}

// HistoryPage reads one page, numbered from 1, of the search history of a workspace, without what was asked and
// answered. PageSize is how long a page is; Limit isn't looked at.
func (c *Client) HistoryPage(ctx context.Context, workspace string, q HistoryQuery, number int) (HistoryPage, error) {
	k, err := historyCall(workspace)
	if err != nil {
		return HistoryPage{}, err
	}
	size := q.PageSize
	if size <= 0 || size > historyPage {
		size = historyPage
	}
	p, err := c.historyPage(ctx, k, q, size, number)
	if err != nil {
		return HistoryPage{}, err
	}
	came := len(p.items) + p.odd
	more, told := p.hasMore.Get()
	out := HistoryPage{Entries: p.items, Odd: p.odd, Total: p.total, More: told && more}
	out.End = told && !more || came == 0 && !told || p.bare && came < size ||
		!told && p.total != nil && (number-1)*size+came >= *p.total
	return out, nil
}

// History yields the search history of a workspace (GET /workspaces/{name}/search_history) page by page, each entry once,
// without what was asked and answered. It ends with an error if the history can't be read further, and with a
// *PartialError if the platform doesn't come to an end. Searches that are made meanwhile may be missing.
func (c *Client) History(ctx context.Context, workspace string, q HistoryQuery) iter.Seq2[HistoryEntry, error] {
	k, err := historyCall(workspace)
	if err != nil {
		return func(yield func(HistoryEntry, error) bool) { yield(HistoryEntry{}, err) }
	}
	return func(yield func(HistoryEntry, error) bool) { c.walkHistory(ctx, k, q, yield) }
}

func historyCall(workspace string) (call, error) {
	op := "read the search history"
	name, err := segment(workspace)
	if err != nil {
		return call{}, &Error{Op: op, Method: http.MethodGet, Path: "/api/v1/workspaces/{name}/search_history", Message: err.Error(), Err: err}
	}
	return call{op: op, path: "/workspaces/" + name + "/search_history", expects: "a list of searches"}, nil
}

func (c *Client) historyPage(ctx context.Context, k call, q HistoryQuery, size, number int) (page[HistoryEntry], error) {
	order := "DESC"
	if q.OldestFirst {
		order = "ASC"
	}
	k.query = url.Values{"limit": {strconv.Itoa(size)}, "page_number": {strconv.Itoa(number)}, "field": {"created_at"}, "order": {order}}
	if q.Filter != "" {
		k.query.Set("filter", q.Filter)
	}
	var p page[HistoryEntry]
	err := c.get(ctx, k, func(a answer) error {
		d, err := newDocument(a.body, false) // entries hold what people asked: nothing may keep it alive
		if err == nil {
			p, err = readPage(d, "search_history", readHistoryEntry)
		}
		return err
	})
	return p, err
}

func (c *Client) walkHistory(ctx context.Context, k call, q HistoryQuery, yield func(HistoryEntry, error) bool) {
	size := q.PageSize
	if size <= 0 || size > historyPage {
		size = historyPage
	}
	if q.Limit > 0 {
		size = min(size, q.Limit)
	}
	read := 0
	// New searches push entries of the page before onto the next one, so that what comes twice comes soon after the
	// first time: the ids of two pages are enough to know it by, however long the history is.
	var seen, previous map[string]struct{}
	for n := 1; ; n++ {
		p, err := c.historyPage(ctx, k, q, size, n)
		if err != nil {
			yield(HistoryEntry{}, err)
			return
		}
		previous, seen = seen, make(map[string]struct{}, len(p.items))
		fresh := 0
		for _, e := range p.items {
			_, here := seen[e.ID]
			_, before := previous[e.ID]
			seen[e.ID] = struct{}{}
			if (here || before) && e.ID != "" {
				continue
			}
			fresh++
			read++
			if !yield(e, nil) || q.Limit > 0 && read >= q.Limit {
				return
			}
		}
		more, told := p.hasMore.Get()
		came := len(p.items) + p.odd
		switch {
		case told && !more, came == 0 && !told, p.bare && came < size, !told && p.total != nil && read >= *p.total:
			return
		case fresh == 0, n >= pagesMost:
			yield(HistoryEntry{}, &PartialError{Op: k.op, Why: "the platform says that there is more, and repeats itself", Read: read, Announced: p.total})
			return
		}
	}
}

// readHistoryEntry reads what fob has business with; everything else isn't even looked at.
func readHistoryEntry(d document, from, _ int) (HistoryEntry, bool) {
	var e HistoryEntry
	var made Field[time.Time]
	isObject := d.members(from, func(name string, from, to int) {
		switch name {
		case "search_history_id":
			if id, ok := d.id(from, to); ok {
				e.ID = id
			}
		case "id":
			if id, ok := d.id(from, to); ok && e.ID == "" {
				e.ID = id
			}
		case "time":
			d.timeField(from, to, &made)
		case "created_at":
			if !made.Shown() {
				d.timeField(from, to, &made)
			}
		case "status":
			d.plain(from, to, &e.Status)
		case "pipeline":
			e.Pipeline = d.name(from, to, "pipeline_name")
		case "user":
			if id, name, ok := d.reference(from, to, [2]string{"user_id", "id"}, [2]string{"email"}); ok {
				e.UserID = orDefault(id, name)
			}
		case "api_key":
			e.Key = d.keyRef(from, to)
		}
	})
	e.Time = made.Value
	return e, isObject
}

// keyRef reads which key was used: null, an object, or a bare name or id.
func (d document) keyRef(from, to int) Field[KeyRef] {
	if d.isNull(from) {
		return Null[KeyRef]()
	}
	id, name, ok := d.reference(from, to, [2]string{"id", "api_token_id"}, [2]string{"name"})
	if !ok {
		return Field[KeyRef]{}
	}
	return Some(KeyRef{ID: id, Name: name})
}
