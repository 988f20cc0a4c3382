// Package audit judges which keys nobody seems to need, and how sure that is. It is pure: what it judges was read before,
// and is never judged more strongly than it allows. Where the data is missing, it says cannot tell.
package audit

import (
	"time"

	"fob/client"
	"fob/client/audit/history"
)

// Input is everything that is judged. Nothing of it is changed.
type Input struct {
	Keys []client.Key
	// Scope is the workspace whose keys these are; "": the organization's.
	Scope        string
	ListComplete bool   // Keys is the whole list
	ListWhy      string // why it isn't, in words

	Users      []client.User      // those who have left, too
	Roles      []client.Role      //
	Workspaces []client.Workspace //
	// Why one of these lists is missing or not whole, in words; "": it is whole.
	UsersWhy, RolesWhy, WorkspacesWhy string

	Reading  history.Reading
	Me       client.Me // who runs the audit; empty: not known
	Journal  Journal
	Now      time.Time      // the platform's clock
	Location *time.Location // of the days in what people read; nil: UTC
}

// Journal is what this machine remembers of keys.
type Journal struct {
	Known    bool                // it could be read; without it nothing below counts
	Began    time.Time           // its first entry; zero: it is empty
	Made     map[string]struct{} // the ids of the keys that were made here, the likely ones, too
	Replaced []Replacement       // keys that were rotated here
}

// Replacement is a key that was replaced by another.
type Replacement struct {
	Old, New string // ids; New may be ""
	At       time.Time
}

// Verdict is what can be said of a key's queries in the window.
type Verdict string

// The verdicts.
const (
	Seen       Verdict = "seen"
	NotSeen    Verdict = "not_seen"
	CannotTell Verdict = "cannot_tell"
)

// Judged is a key with its verdict. Names are as the platform sent them: whoever shows one makes it visible.
type Judged struct {
	ID, Name string // Name is "" for a key that has none, or whose name isn't shown
	Verdict  Verdict
	Reason   string // in words; names in it are visible already
	// LastQueryAt is the last query that is known, UTC; zero: none.
	LastQueryAt        time.Time
	LastQueryWorkspace string
	DaysSeen           *int // days (UTC) of the window on which it was seen; nil: not known
}

// Finding is a key that a rule found.
type Finding struct {
	Rule     RuleID
	Severity Severity
	KeyID    string
	KeyName  string // as the platform sent it; "" for none
	Evidence string // in words; names in it are visible already
	NextStep string // in words
	// ExceptedUntil is the end of the exception that covers it, UTC; zero: none does.
	ExceptedUntil time.Time
	// ExceptedWhy is that exception's reason, and who owns it, as the policy has them.
	ExceptedWhy, ExceptedOwner string
}

// Excepted tells whether an exception of the policy covers the finding.
func (f Finding) Excepted() bool { return !f.ExceptedUntil.IsZero() }

// Skip says of how many keys a rule couldn't tell, and why.
type Skip struct {
	Rule   RuleID
	Reason string
	Count  int // keys; for exception-ended, exceptions
}

// Counts are the numbers of a result. Findings and those by severity leave out what is excepted.
type Counts struct {
	Keys, Seen, NotSeen, CannotTell int
	Findings, High, Medium, Low     int
	Excepted                        int
}

// Result is what Judge found.
type Result struct {
	AsOf     time.Time // UTC
	From, To time.Time // the window, UTC
	Depth    history.Depth
	Keys     []Judged  // in the input's order
	Findings []Finding // the worst first; those of a rule together, the most pressing first
	Skipped  []Skip    // in the order of the rules
	Counts   Counts
	Charts   Charts
	// Complete is false if something that was to be read wasn't, or not whole; Why says what, in words. A verdict that
	// can't be told leaves it true.
	Complete bool
	Why      []string
}
