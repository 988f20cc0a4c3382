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
	// RevokedState is what became of a key that was to be revoked, in a word.
	RevokedState = lifecycle.RevokedState
	// RotationStage is where a rotation has come to.
	RotationStage = lifecycle.RotationStage
	// Doubt is a reason not to revoke the old key of a rotation yet.
	Doubt = lifecycle.Doubt
	// Sighting is what the search history tells of a key.
	Sighting = lifecycle.Sighting
	// Answers say what the new key of a rotation shall be where the old one doesn't show it, or otherwise than it.
	Answers = lifecycle.Answers
	// Expiry is when a key ends; a nil At is never.
	Expiry = lifecycle.Expiry
	// Missing is something of an old key that has to be said before it is rotated.
	Missing = lifecycle.Missing
	// Meanwhile is what a person decides where somebody else changed a key in quarantine.
	Meanwhile = lifecycle.Meanwhile
	// Fate is what became of a key whose making came to no good end.
	Fate = lifecycle.Fate
	// Unwound is what came of abandoning a rotation.
	Unwound = lifecycle.Unwound
	// Problems are why an order, or a change, can't be sent.
	Problems = lifecycle.Problems
)

// Why a key isn't rotated, put into quarantine, or released.
type (
	// RotationOpenError is returned for a key that is being rotated already.
	RotationOpenError = lifecycle.RotationOpenError
	// NotMineError is returned for somebody else's personal key.
	NotMineError = lifecycle.NotMineError
	// UnknownError is returned where something has to be said first.
	UnknownError = lifecycle.UnknownError
	// NotReadyError is returned where there are doubts about revoking the old key.
	NotReadyError = lifecycle.NotReadyError
	// StuckError is returned where places could not be pointed back to the old key.
	StuckError = lifecycle.StuckError
	// MeanwhileError is returned where somebody changed a key in quarantine.
	MeanwhileError = lifecycle.MeanwhileError
)

// The same, where there is nothing more to say.
var (
	ErrNoRotation   = lifecycle.ErrNoRotation
	ErrRotationOver = lifecycle.ErrRotationOver
	ErrElsewhere    = lifecycle.ErrElsewhere
	ErrUnresolved   = lifecycle.ErrUnresolved
	ErrUnkept       = lifecycle.ErrUnkept
	ErrNotCandidate = lifecycle.ErrNotCandidate
	ErrNoQuarantine = lifecycle.ErrNoQuarantine
	ErrInQuarantine = lifecycle.ErrInQuarantine
	ErrRoleUnknown  = lifecycle.ErrRoleUnknown
	ErrNothingLower = lifecycle.ErrNothingLower
)

// What may have become of a key whose making came to no good end, as Orphan.Fate says it.
const (
	FateAtIt     = lifecycle.AtIt
	FateHeld     = lifecycle.Held
	FateOrphaned = lifecycle.Orphaned
	FateNothing  = lifecycle.Nothing
	FateOpen     = lifecycle.Open
)

// Where a rotation has come to, and what a person decides about a key in quarantine that somebody changed.
const (
	RotationPlanned    = lifecycle.Planned
	RotationMaking     = lifecycle.Making
	RotationPlacing    = lifecycle.Placing
	RotationWaiting    = lifecycle.Waiting
	RotationFinished   = lifecycle.Finished
	RotationAbandoning = lifecycle.Abandoning
	RotationAbandoned  = lifecycle.Abandoned

	// DoubtNewGone is the one that no force goes over.
	DoubtNewGone = lifecycle.NewGone

	Undecided = lifecycle.Undecided
	Overwrite = lifecycle.Overwrite
	KeepIt    = lifecycle.KeepIt
)

// ErrNotCertain is what Discard returns where a person has to choose which key was made.
var ErrNotCertain = lifecycle.ErrNotCertain

// What may become of a revocation and of a new key's id, as Revoked.State and Issued.Certainty say it.
const (
	Gone           = lifecycle.Gone
	AlreadyGone    = lifecycle.AlreadyGone
	AlreadySo      = lifecycle.AlreadySo
	EditChanged    = lifecycle.Changed
	NeverAttempted = lifecycle.NeverAttempted
	MadeNo         = lifecycle.MadeNo
	Certain        = lifecycle.Certain
	Likely         = lifecycle.Likely
	Unknown        = lifecycle.Unknown
)
