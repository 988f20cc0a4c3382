package history

import (
	"errors"
	"slices"
	"time"

	"fob/client"
)

// errUnsteady says that entries came again where others must have taken their place.
var errUnsteady = errors.New("the platform gives the entries of one instant in another order each time")

// overlap knows the entries that come again because each question takes in the end of the one before. Only those whose
// time is one that may come again are held.
type overlap struct {
	page   []told               // the entries of the last page
	before map[string]time.Time // that questions before this one gave
	from   time.Time            // the time of the oldest of them
	asked  map[string]time.Time // that earlier pages of this question gave
}

type told struct {
	at time.Time
	id string
}

// fresh removes from a page what came before. It fails if the page gives what an earlier page of the same question did:
// the entry whose place that is may never come.
func (o *overlap) fresh(page []client.HistoryEntry) ([]client.HistoryEntry, error) {
	o.page = o.page[:0]
	repeated := 0
	for i := range page {
		e := told{page[i].Time, identity(page[i])}
		o.page = append(o.page, e)
		if _, came := o.asked[e.id]; came {
			if repeated++; page[i].ID != "" {
				return nil, errUnsteady
			}
		}
	}
	if repeated > 0 && repeated == len(page) {
		return nil, errors.New("the platform says that there is more, and repeats itself")
	}
	i := -1
	return slices.DeleteFunc(page, func(client.HistoryEntry) bool {
		i++
		return o.twice(i)
	}), nil
}

func (o *overlap) twice(i int) bool {
	e := o.page[i]
	for j := i - 1; j >= 0 && o.page[j].at.Equal(e.at); j-- {
		if o.page[j].id == e.id {
			return true
		}
	}
	if e.at.Before(o.from) {
		return false
	}
	_, before := o.before[e.id]
	_, asked := o.asked[e.id]
	return before || asked
}

// ask begins a question for what is no younger than bound.
func (o *overlap) ask(bound time.Time) {
	last := map[string]time.Time{}
	for _, known := range []map[string]time.Time{o.before, o.asked} {
		for id, at := range known {
			if !at.After(bound) {
				last[id] = at
			}
		}
	}
	for _, e := range slices.Backward(o.page) {
		if e.at.After(bound) {
			break
		}
		last[e.id] = e.at
	}
	if n := len(o.page); n > 0 {
		o.from = o.page[n-1].at
	}
	o.before, o.asked = last, nil
}

// turn goes to the next page of the same question.
func (o *overlap) turn() {
	if o.asked == nil {
		o.asked = map[string]time.Time{}
	}
	for _, e := range o.page {
		o.asked[e.id], o.from = e.at, e.at
	}
}
