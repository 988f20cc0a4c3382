package lifecycle

// Lease is what a journal may offer to tell whether the fob that wrote an intent still runs. A journal without it leaves
// that to the intent's age.
//
// A lease is held for as long as its process lives and ends with it, whatever ends the process: an operating system's
// lock on a file does that, and a process id, which the next process may get, does not.
type Lease interface {
	// Lease returns the name of the lease that this journal holds for its process, "" if it can't have one.
	Lease() string
	// Leased tells whether the process that holds the named lease still lives. known is false where that can't be told.
	Leased(name string) (alive, known bool)
}

// leaseOf is the name of the journal's own lease, "" without one.
func leaseOf(j Journal) string {
	if l, ok := j.(Lease); ok {
		return l.Lease()
	}
	return ""
}

// Alive tells whether the fob that wrote an entry still runs, and whether that can be told.
func Alive(j Journal, e Entry) (alive, known bool) {
	l, ok := j.(Lease)
	if !ok || e.Fob == "" {
		return false, false
	}
	return l.Leased(e.Fob)
}
