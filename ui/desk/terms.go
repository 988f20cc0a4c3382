package desk

import "fob/client/lifecycle"

// What Issue and Revoke tell of, under the names by which the screens and the commands know it.
type (
	Step      = lifecycle.Step
	Placed    = lifecycle.Placed
	Deviation = lifecycle.Deviation
	Discarded = lifecycle.Revoked
	Problems  = lifecycle.Problems // why an order, or a change, can't be sent
)

// What may become of a revocation and of a new key's id, as Revoked.State and Issued.Certainty say it.
const (
	Gone        = lifecycle.Gone
	AlreadyGone = lifecycle.AlreadyGone
	Certain     = lifecycle.Certain
	Unknown     = lifecycle.Unknown
)
