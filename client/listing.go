package client

import "time"

// Listing is a list as read to its end, with how sure it is that it's the whole of it.
type Listing[T any] struct {
	Items     []T
	Announced *int      // the platform's total; nil where it sends null
	Complete  bool      // see "a list that changes while it is read" in the design
	Why       string    // why it isn't complete, in words; "" when it is
	AsOf      time.Time // the server's clock (Date header) when the reading began, UTC
}

// Progress is how far the reading of a list has come.
type Progress[T any] struct {
	More      []T    // the items read since the last call, in the list's order
	Restart   bool   // the list changed while it was read: forget what came before More, it is read again
	Read      int    // how many items were read in this pass
	Announced *int   // the platform's total; nil where it sends null
	Retrying  string // "" or what is being waited for: "429, again in 12 s"
}
