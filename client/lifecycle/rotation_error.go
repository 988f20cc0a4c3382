package lifecycle

import (
	"errors"
	"fmt"
	"strings"
)

// Why a rotation doesn't go on.
var (
	// ErrNoRotation is returned for a rotation that the journal doesn't tell of.
	ErrNoRotation = errors.New("the journal tells of no such rotation")
	// ErrRotationOver is returned for a rotation that is finished or abandoned.
	ErrRotationOver = errors.New("the rotation is over")
	// ErrElsewhere is returned where another fob that runs is at the rotation.
	ErrElsewhere = errors.New("another fob is at this rotation")
	// ErrUnresolved is returned where it has to be found out first what became of the new key: see Reconciler.
	ErrUnresolved = errors.New("it isn't known what became of the new key, and no second one is made before it is")
	// ErrUnkept is returned where the new key was made and no place of this machine has its secret.
	ErrUnkept = errors.New("the new key was made, and no place has its secret")
)

// RotationOpenError is returned for a key that is being rotated already.
type RotationOpenError struct{ Rotation Rotation }

// Error says since when.
func (e *RotationOpenError) Error() string {
	return fmt.Sprintf("the key is being rotated already, since %s, and that is %s", e.Rotation.At.UTC().Format("2006-01-02 15:04 UTC"), e.Rotation.Stage)
}

// NotMineError is returned for a personal key of somebody else's: the new one would be that of who rotates it. What can be
// made instead is a service key.
type NotMineError struct {
	Owner string // as the platform has it, "" if it isn't shown
}

// Error says why, and what to do instead.
func (e *NotMineError) Error() string {
	return "it is somebody else's personal key, and the new one would be yours; a service key can take its place"
}

// Missing is something of the old key that the platform doesn't show, and that has to be said before a new one is made.
type Missing struct {
	Field string // FieldName, FieldType, FieldRole, FieldOrganizationRole, FieldWorkspaces, FieldExpiry, FieldOwner
	Why   string // in words
}

// The fields of a plan beside those that can be changed.
const (
	FieldWorkspaces = "workspaces"
	FieldExpiry     = "expiry"
	FieldOwner      = "owner"
)

// UnknownError is returned where a plan has something left that has to be said.
type UnknownError struct{ Unknown []Missing }

// Error names the fields.
func (e *UnknownError) Error() string {
	names := make([]string, len(e.Unknown))
	for i, u := range e.Unknown {
		names[i] = u.Field
	}
	return "the platform does not show everything of the old key; say what the new one shall have: " + strings.Join(names, ", ")
}

// Doubt is a reason not to revoke the old key yet. Its text is for people.
type Doubt string

// The doubts.
const (
	OverlapRuns Doubt = "the overlap is not over"
	StillSeen   Doubt = "the old key is still seen"
	SeenUntold  Doubt = "whether the old key is still seen can't be told"
	NotPlaced   Doubt = "not every place has the new key"
	NewUnknown  Doubt = "it isn't certain which key the new one is"
	NewGone     Doubt = "the new key is gone" // what was rotated would have no key at all: no force goes over it
)

// NotReadyError is returned by Finish where there are doubts.
type NotReadyError struct {
	Doubts   []Doubt
	Sighting Sighting
}

// Error names the doubts.
func (e *NotReadyError) Error() string {
	texts := make([]string, len(e.Doubts))
	for i, d := range e.Doubts {
		texts[i] = string(d)
	}
	return "the old key is not revoked: " + strings.Join(texts, "; ")
}

// StuckError is returned by Abandon where spots could not be pointed back: the new key stays, because they work with it.
type StuckError struct{ Places []Place }

// Error names the spots.
func (e *StuckError) Error() string {
	names := make([]string, len(e.Places))
	for i, p := range e.Places {
		names[i] = p.Destination + " (" + p.Error + ")"
	}
	return "the new key is not revoked, for it may be in use in " + strings.Join(names, ", ")
}
