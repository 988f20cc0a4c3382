package desk

// Next is the command that goes on with the rotation, in words; "" where it is over.
func (r Rotating) Next() string {
	ref := ShortID(r.KeyID)
	switch r.Stage {
	case RotationPlanned, RotationPlacing:
		return "fob rotate --resume " + ref + " goes on with it; fob rotate --abandon " + ref + " ends it"
	case RotationMaking:
		return "fob orphans shows what became of the new key; then fob rotate --resume " + ref
	case RotationAbandoning:
		return "fob rotate --abandon " + ref + " goes on with taking it back"
	case RotationWaiting:
		switch {
		case r.Unplaced() != nil:
			return "fob rotate --resume " + ref + " tries the places again that have the old key"
		case r.Suggested:
			return "nothing speaks against revoking the old key: fob rotate --finish " + ref
		}
		return "wait, and look again; fob rotate --finish " + ref + " --force revokes the old key all the same"
	}
	return ""
}
