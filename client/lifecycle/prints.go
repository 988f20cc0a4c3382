package lifecycle

import (
	"bytes"
	"crypto/sha256"
)

const (
	printSize  = 6    // bytes: of 2,000 ids, two have the same one once in a hundred million journals
	mostPrints = 2000 // a line of the journal stays under 20 kB
)

// Prints tell ids that were there before from others, in a few bytes each. A platform needn't show when a key was made,
// and then nothing else tells old from new on the next day.
type Prints []byte

// printsOf returns the prints of ids, none if there are too many.
func printsOf(ids map[string]struct{}) Prints {
	if len(ids) > mostPrints {
		return nil
	}
	all := make(Prints, 0, len(ids)*printSize)
	for id := range ids {
		sum := sha256.Sum256([]byte(id))
		all = append(all, sum[:printSize]...)
	}
	return all
}

// has tells whether the id was there.
func (p Prints) has(id string) bool {
	sum := sha256.Sum256([]byte(id))
	for ; len(p) >= printSize; p = p[printSize:] {
		if bytes.Equal(p[:printSize], sum[:printSize]) {
			return true
		}
	}
	return false
}

// prints are those of every id that was read before the order.
func (b before) prints() Prints {
	all := map[string]struct{}{}
	for _, s := range []*snapshot{b.near, b.wide} {
		if s == nil {
			continue
		}
		for id := range s.ids {
			all[id] = struct{}{}
		}
	}
	return printsOf(all)
}

// whole tells whether every list that was read before the order was whole.
func (b before) whole() bool {
	return b.near.whole && (b.wide == nil || b.wide.whole && !b.wide.blind)
}
