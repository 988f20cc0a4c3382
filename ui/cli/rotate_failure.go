package cli

import (
	"errors"

	"fob/ui/desk"
)

// rotationAdvice is what to do about an error of a rotation, of a quarantine or of an orphan, "" if nothing is known.
func rotationAdvice(err error) string {
	var (
		theirs    *desk.NotMineError
		open      *desk.RotationOpenError
		meanwhile *desk.MeanwhileError
		unknown   *desk.UnknownError
	)
	switch {
	case errors.As(err, &unknown):
		return flagsSaying(unknown.Unknown)
	case errors.As(err, &theirs):
		return "--service makes one"
	case errors.As(err, &open):
		ref := desk.ShortID(open.Rotation.KeyID)
		return "fob rotate --status " + ref + " shows it, fob rotate --resume " + ref + " goes on with it"
	case errors.As(err, &meanwhile):
		return "--overwrite goes over that; with --release, --keep leaves the role and ends the quarantine"
	case errors.Is(err, desk.ErrUnresolved), errors.Is(err, desk.ErrUnkept):
		return "fob orphans shows what became of it"
	case errors.Is(err, desk.ErrElsewhere):
		return "wait until that one is done"
	case errors.Is(err, desk.ErrNoHome):
		return "--to keyring or --to env-file:PATH does"
	case errors.Is(err, desk.ErrRotationOver), errors.Is(err, desk.ErrNoRotation):
		return "fob rotate --status shows those that are under way"
	case errors.Is(err, desk.ErrNoQuarantine):
		return "fob edit gives it another role"
	case errors.Is(err, desk.ErrNotCertain):
		return "--key ID says which one it is, fob orphans shows them"
	}
	return ""
}

// someoneElses tells whether an error is that a key isn't this person's to rotate.
func someoneElses(err error) bool {
	var theirs *desk.NotMineError
	return errors.As(err, &theirs)
}

// leavesUnsaid tells whether an error is that flags have to say more.
func leavesUnsaid(err error) bool {
	var unknown *desk.UnknownError
	return errors.As(err, &unknown)
}
