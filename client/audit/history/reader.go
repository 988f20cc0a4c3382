package history

import (
	"context"
	"time"

	"fob/client"
)

// Platform is where a search history is read, a page at a time: *client.Client.
type Platform interface {
	HistoryPage(ctx context.Context, workspace string, q client.HistoryQuery, number int) (client.HistoryPage, error)
}

// Store keeps what was learned between two runs, as bytes that mean nothing to it: for one origin, organization and
// person, readable by nobody else.
type Store interface {
	Load(ctx context.Context) ([]byte, error) // nil: nothing is kept
	Save(ctx context.Context, kept []byte) error
	Forget(ctx context.Context) error
}

// Reader reads search histories. Platform is needed, the rest has defaults.
type Reader struct {
	Platform Platform
	Store    Store            // nil: nothing is kept
	Now      func() time.Time // the server's clock, (*client.Client).ServerNow; nil: this machine's
	// Concurrency is how many requests are under way at a time, 6 unless set.
	Concurrency int
	// PageSize is how many entries are asked for at once, 1000 unless set: as many as the platform gives.
	PageSize int
}

// Request says what to find out.
type Request struct {
	// Keys are all keys of the organization, those too that nobody asks about: an entry may give no more than a name,
	// and whose it is can only be told among all of them.
	Keys []client.Key
	// Of are the ids of the keys that the answer is wanted for; nil: all of Keys.
	Of []string
	// Workspaces are all workspaces of the organization. A key may name its own by id.
	Workspaces []client.Workspace
	// Only are the names of the workspaces to look at; nil: all of them.
	Only []string
	// From is the start of the window. It is moved back to the start of its day (UTC), so that days are counted whole.
	// The zero time means Days before To.
	From time.Time
	Days int // 90 unless set
	// To is the end of the window; the zero time means now. A window that ended before is read without the Store.
	To    time.Time
	Depth Depth // Last unless set
}

// Progress is how far a reading has come.
type Progress struct {
	Workspaces, Done int    // how many workspaces there are to look at, and how many are done
	Workspace        string // the one that was read from last
	Entries          int    // how many entries were read
	Requests         int    // how many requests were answered
	Left             int    // how many requests are left at most, as far as it is known by now; they only fall in the long run
	Retrying         string // "" or what is being waited for: "429, again in 12 s"
}

// Forget removes what is kept between two runs.
func (r *Reader) Forget(ctx context.Context) error {
	if r.Store == nil {
		return nil
	}
	return r.Store.Forget(ctx)
}
