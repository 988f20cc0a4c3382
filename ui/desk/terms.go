package desk

import "fob/client/lifecycle"

// The names by which the screens and the commands know what Issue and Revoke tell of.
type (
	// Step is one thing that Issue tells while it works.
	Step = lifecycle.Step
	// Placed is what became of a secret at one place.
	Placed = lifecycle.Placed
	// Deviation is one difference between what was asked and what was made.
	Deviation = lifecycle.Deviation
	// IssueError says whether a key exists now.
	IssueError = lifecycle.Error
	// Discarded is what came of revoking a new key.
	Discarded = lifecycle.Revoked
	// Problems are why an order, or a change, can't be sent.
	Problems = lifecycle.Problems
)

// ErrNotCertain is what Discard returns where a person has to choose which key was made.
var ErrNotCertain = lifecycle.ErrNotCertain

// What may become of a revocation and of a new key's id, as Revoked.State and Issued.Certainty say it.
const (
	Gone           = lifecycle.Gone
	AlreadyGone    = lifecycle.AlreadyGone
	AlreadySo      = lifecycle.AlreadySo
	NeverAttempted = lifecycle.NeverAttempted
	MadeNo         = lifecycle.MadeNo
	Certain        = lifecycle.Certain
	Likely         = lifecycle.Likely
	Unknown        = lifecycle.Unknown
)
