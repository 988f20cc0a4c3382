package desk

import "fob/client/lifecycle"

// What Issue and Revoke tell of, under the names by which the screens and the commands know it.
type (
	Step       = lifecycle.Step
	Placed     = lifecycle.Placed
	Deviation  = lifecycle.Deviation
	IssueError = lifecycle.Error // says whether a key exists now
	Discarded  = lifecycle.Revoked
	Problems   = lifecycle.Problems // why an order, or a change, can't be sent
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
