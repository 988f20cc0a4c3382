// Package history finds out when the search history last saw each key. The platform doesn't say when a key was last
// used; what can be known is computed here, with the window that was looked at and how sure the answer is.
package history

import "time"

// Depth says how much of the history is read.
type Depth string

// The two depths.
const (
	Last Depth = "last" // the last query of each key: enough for every rule but personal-as-service
	Full Depth = "full" // every entry of the window
)

// Reading is what the history told of a window. It holds nothing of queries, answers or people.
type Reading struct {
	From, To   time.Time           // the window, UTC; To is when the reading began
	Depth      Depth               //
	Workspaces map[string]Coverage // by workspace name: every one that was looked at, or should have been
	Keys       map[string]Usage    // by key id; a key without an entry was not seen
	// Personal tells whether any personal key appears in the history at all, as a key: where it doesn't, a personal
	// key's work can't be told from its person's.
	Personal bool
	// Complete is false if a read failed or was cut. A workspace whose history the session may not read, or that isn't
	// there, is an answer: it is told in Workspaces alone.
	Complete bool
	Why      string // why it isn't complete, in words
	Requests int    // how many requests it took
	Unkept   error  // why what was learned couldn't be kept, or what was kept not be taken up; nil: all is well
}

// Coverage is how much of one workspace's history was read.
type Coverage struct {
	Readable bool      // the session may read it
	Complete bool      // the whole window was looked at
	Why      string    // why not, in words
	Oldest   time.Time // the oldest entry that the workspace has at all, UTC; zero: none, or not known
	// ByName: keys were looked for by their names. What a key did under an earlier name isn't found that way.
	ByName bool
}

// Usage is what was seen of one key in the window.
type Usage struct {
	Last      time.Time      // UTC
	Workspace string         // where that was
	Seen      map[string]int // entries by workspace: all of the window's in Full, at least one in Last
	// Days and Hours are known in Full alone: entries by day (2006-01-02, UTC), and by hour of the day (UTC).
	Days  map[string]int
	Hours [24]int
	// NameOnly: the entries that were found name the key without its id, so another key of that name may be meant.
	NameOnly bool
}
