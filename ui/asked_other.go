//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package ui

// listen can't be done here without losing what is typed.
func listen(int) (restore func(), err error) { return nil, ErrNotAsked }
