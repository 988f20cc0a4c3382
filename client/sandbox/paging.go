package sandbox

import (
	"net/url"
	"slices"
	"strconv"
)

const defaultLimit = 10

// pageQuery is how a list was asked for: by number or by cursor, never both.
type pageQuery struct {
	limit         int
	number        int // 0: not by number
	before, after string
}

func readPageQuery(q url.Values, maximum int) (pageQuery, *refusal) {
	out := pageQuery{limit: defaultLimit, before: q.Get("before"), after: q.Get("after")}
	var r *refusal
	if out.limit, r = readNumber(q, "limit", defaultLimit, maximum); r != nil {
		return out, r
	}
	if out.number, r = readNumber(q, "page_number", 0, 1<<31-1); r != nil {
		return out, r
	}
	for _, cursor := range []string{"before", "after"} {
		if q.Has(cursor) && q.Get(cursor) == "" {
			return out, invalidQuery(cursor, "an empty cursor")
		}
		if q.Has(cursor) && out.number > 0 {
			return out, invalidQuery(cursor, "page_number and "+cursor+" exclude each other")
		}
	}
	if out.before != "" && out.after != "" {
		return out, invalidQuery("before", "before and after exclude each other")
	}
	return out, nil
}

func readNumber(q url.Values, name string, missing, maximum int) (int, *refusal) {
	if !q.Has(name) {
		return missing, nil
	}
	n, err := strconv.Atoi(q.Get(name))
	switch {
	case err != nil:
		return 0, invalidQuery(name, "not a whole number")
	case n < 1:
		return 0, invalidQuery(name, "less than 1")
	case n > maximum:
		return 0, invalidQuery(name, "more than "+strconv.Itoa(maximum))
	}
	return n, nil
}

// page returns a page of items, which are oldest first, as lists show them: newest first. more tells whether there are
// others in the direction that was asked for. place finds what a cursor stands for.
func page[T placed](items []T, q pageQuery, place func(id string) (int64, bool)) (out []T, more bool, r *refusal) {
	var from, to int // of items, before the turn
	switch {
	case q.before != "":
		at, ok := place(q.before)
		if !ok {
			return nil, false, invalidQuery("before", "no item has this id")
		}
		to = index(items, at)
		from = max(0, to-q.limit)
		more = from > 0
	case q.after != "":
		at, ok := place(q.after)
		if !ok {
			return nil, false, invalidQuery("after", "no item has this id")
		}
		from = index(items, at)
		if from < len(items) && items[from].at() == at {
			from++
		}
		to = min(len(items), from+q.limit)
		more = to < len(items)
	default:
		skip := min(int64(max(q.number, 1)-1)*int64(q.limit), int64(len(items)))
		to = len(items) - int(skip)
		from = max(0, to-q.limit)
		more = from > 0
	}
	out = slices.Clone(items[from:to])
	slices.Reverse(out)
	return out, more, nil
}

// envelope writes what the platform puts around a page.
func envelope(items [][]byte, more bool, total int) []byte {
	size := 64
	for _, item := range items {
		size += len(item) + 1
	}
	b := append(make([]byte, 0, size), `{"data":[`...)
	for i, item := range items {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, item...)
	}
	return envelopeEnd(b, more, total)
}

func envelopeEnd(b []byte, more bool, total int) []byte {
	b = append(b, `],"has_more":`...)
	b = strconv.AppendBool(b, more)
	b = append(b, `,"total":`...)
	b = strconv.AppendInt(b, int64(total), 10)
	return append(b, '}')
}
