package history

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"sync"
	"time"

	"fob/client"
)

// filter is how a room is asked for one key's entries: which form the platform takes isn't published.
type filter int

const (
	untried filter = iota
	useless        // no form found what it had to find, or one found what isn't there
	byID
	byName
)

// controls is how many requests it takes to find a form that serves, if the first one does.
const controls = 2

func clause(value string) string {
	return " and api_key eq '" + strings.ReplaceAll(value, "'", "''") + "'"
}

func (w *room) windowFilter(value string) string {
	return between(w.run.window.from, w.run.to) + clause(value)
}

// prove finds out which form of filter serves in this room. A form counts if it finds an entry that was just read, and
// finds nothing for an id that can't exist.
func (w *room) prove(ctx context.Context) error {
	if w.filter != untried {
		return nil
	}
	w.filter = useless
	w.mu.Lock()
	f := w.forms
	w.mu.Unlock()
	if f.control == nil { // nothing that was read names a key
		if _, err := w.findControl(ctx); err != nil {
			return err
		}
		w.mu.Lock()
		f = w.forms
		w.mu.Unlock()
	}
	if f.control == nil || f.actor > 0 {
		return nil
	}
	id, name := f.control.Key.Value.ID, f.control.Key.Value.Name
	// Entries that are named otherwise than the control would be missed without a word. And where entries show nothing
	// but names, ids would tell apart what a reading can't: both ways have to give the same answer.
	if id != "" && f.nameOnly == 0 {
		if ok, err := w.serves(ctx, id); err != nil || ok {
			w.filter = map[bool]filter{true: byID, false: useless}[ok]
			return err
		}
	}
	if name != "" && f.idOnly == 0 {
		if ok, err := w.serves(ctx, name); err != nil || ok {
			w.filter = map[bool]filter{true: byName, false: useless}[ok]
			return err
		}
	}
	return nil
}

// findControl reads the newest page of the window.
func (w *room) findControl(ctx context.Context) (client.HistoryPage, error) {
	p, err := w.page(ctx, client.HistoryQuery{Filter: between(w.run.window.from, w.run.to), PageSize: int(w.size.Load())}, 1)
	if filterRefused(err) {
		return client.HistoryPage{}, nil
	}
	if err != nil {
		return p, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range p.Entries {
		if _, ok := w.run.census.referenceOf(&p.Entries[i]); ok && w.run.window.has(p.Entries[i].Time) {
			w.forms.add(&p.Entries[i])
		}
	}
	return p, nil
}

// serves runs the two controls.
func (w *room) serves(ctx context.Context, value string) (bool, error) {
	w.mu.Lock()
	control := *w.forms.control
	w.mu.Unlock()
	var found, none client.HistoryPage
	var foundErr, noneErr error
	var both sync.WaitGroup
	both.Go(func() {
		found, foundErr = w.page(ctx, client.HistoryQuery{Filter: w.windowFilter(value), PageSize: 1}, 1)
	})
	both.Go(func() {
		none, noneErr = w.page(ctx, client.HistoryQuery{Filter: w.windowFilter(nobody()), PageSize: 1}, 1)
	})
	both.Wait()
	if filterRefused(foundErr) || filterRefused(noneErr) {
		return false, nil
	}
	if err := errors.Join(foundErr, noneErr); err != nil {
		return false, err
	}
	if len(none.Entries)+none.Odd > 0 || none.More || none.Total != nil && *none.Total > 0 || len(found.Entries) != 1 {
		return false, nil
	}
	// The newest entry of this key is the control itself, or one of the same time or that came late.
	got := found.Entries[0]
	return got.Key.Value == control.Key.Value && !got.Time.Before(control.Time), nil
}

// nobody returns an id that no key has.
func nobody() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	const digits = "0123456789abcdef"
	var s strings.Builder
	for i, c := range b {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			s.WriteByte('-')
		}
		s.WriteByte(digits[c>>4])
		s.WriteByte(digits[c&15])
	}
	return s.String()
}

// askable tells whether the proven form can ask for every one of the keys.
func (w *room) askable(keys []int) bool {
	switch w.filter {
	case byID:
		return true
	case byName:
		for _, k := range keys {
			if w.run.census.keys[k].Name.Value == "" {
				return false
			}
		}
		return true
	}
	return false
}

func (w *room) value(key int) string {
	if w.filter == byName {
		return w.run.census.keys[key].Name.Value
	}
	return w.run.census.keys[key].ID
}

// askAll asks for the last query of each of the keys, several at a time.
func (w *room) askAll(ctx context.Context, keys []int) error {
	if w.filter == byName {
		w.coverage.ByName = true
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	queue := make(chan int)
	var workers sync.WaitGroup
	errs := make(chan error, w.run.concurrency)
	for range min(len(keys), w.run.concurrency) {
		workers.Go(func() {
			for k := range queue {
				if err := w.ask(ctx, k); err != nil {
					errs <- err
					cancel()
					return
				}
			}
		})
	}
feed:
	for i, k := range keys {
		w.expect(len(keys) - i)
		select {
		case queue <- k:
		case <-ctx.Done():
			break feed
		}
	}
	close(queue)
	workers.Wait()
	close(errs)
	err := error(nil)
	for e := range errs {
		if err == nil || errors.Is(e, errUntrue) {
			err = e
		}
	}
	if err == nil {
		err = ctx.Err() // nobody else cancels before everything was asked
	}
	return err
}

// ask finds the last query of one key in the window.
func (w *room) ask(ctx context.Context, key int) error {
	p, err := w.page(ctx, client.HistoryQuery{Filter: w.windowFilter(w.value(key)), PageSize: 1}, 1)
	switch {
	case filterRefused(err):
		return errUntrue
	case err != nil:
		return err
	case len(p.Entries) == 0 && (p.Odd > 0 || p.More || p.Total != nil && *p.Total > 0):
		return errUntrue
	case len(p.Entries) == 0:
		w.answered(key, nil)
		return nil
	case !w.run.window.has(p.Entries[0].Time):
		return errUntrue
	case w.means(&p.Entries[0], key):
		w.answered(key, &p.Entries[0])
		return nil
	case w.filter != byName || p.Entries[0].Key.Value.Name != w.value(key):
		return errUntrue
	}
	// Another key has, or had, this name: its entries stand before the ones that are looked for.
	var found *client.HistoryEntry
	k := walk{room: w, span: w.run.window, clause: clause(w.value(key))}
	k.take = func(entries []client.HistoryEntry, s span) int {
		for i := range entries {
			if found == nil && s.has(entries[i].Time) && w.means(&entries[i], key) {
				found = &entries[i]
			}
		}
		return 0
	}
	k.next = func(context.Context, position) (bool, error) { return found == nil, nil }
	if err := k.run(ctx, func(span, time.Time) {}); err != nil {
		return err
	}
	w.answered(key, found)
	return nil
}

func (w *room) means(e *client.HistoryEntry, key int) bool {
	ref, ok := w.run.census.referenceOf(e)
	if !ok {
		return false
	}
	for _, k := range w.meant(ref) {
		if k == key {
			return true
		}
	}
	return false
}

// answered notes what a filter told of a key: its last query in the window, or that there is none.
func (w *room) answered(key int, e *client.HistoryEntry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	until := w.run.settled
	if e != nil {
		ref, _ := w.run.census.referenceOf(e)
		w.sight(w.number(ref), e.Time)
		if !e.Time.Before(until) {
			until = w.run.window.from // nothing is said of what was before it
		}
	}
	delete(w.open, key)
	w.met[key] = true
	if s := (span{w.run.window.from, until}); !s.empty() {
		w.looks[key] = look{s}
	}
}
