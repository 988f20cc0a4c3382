package stash

// SetLimit makes k hold less of a value than the system does.
func (k *Keyring) SetLimit(limit int) { k.limit = limit }
