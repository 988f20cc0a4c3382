package client

import (
	"math"
	"strconv"
)

// page is one answer to the reading of a list.
type page[T any] struct {
	items   []T
	odd     int         // elements that aren't what the list is of
	total   *int        // nil: null or absent
	hasMore Field[bool] // absent where the answer is a bare array
	bare    bool        // an array without an envelope
}

// readPage reads a list in every form of it: a bare array, the envelope {"data": [...]}, and an object with the array
// under the given name. item reads one element.
func readPage[T any](d document, name string, item func(d document, from, to int) (T, bool)) (page[T], error) {
	var p page[T]
	top := d.space(0)
	list := -1
	if d.b[top] == '[' {
		list, p.bare = top, true
	}
	d.members(top, func(field string, from, to int) {
		switch field {
		case "data", name:
			if d.b[from] == '[' && (list < 0 || field == "data") {
				list = from
			}
		case "total":
			p.total = d.count(from, to)
		case "has_more":
			d.boolField(from, &p.hasMore)
		}
	})
	if list < 0 {
		return p, errAnswer
	}
	p.items = make([]T, 0, 100)
	d.elements(list, func(from, to int) {
		v, ok := item(d, from, to)
		if !ok {
			p.odd++
			return
		}
		p.items = append(p.items, v)
	})
	return p, nil
}

// count reads a number of things; anything else is nil.
func (d document) count(from, to int) *int {
	f, err := strconv.ParseFloat(string(d.b[from:to]), 64)
	if err != nil || f < 0 || f != math.Trunc(f) || f > 1<<40 {
		return nil
	}
	n := int(f)
	return &n
}
