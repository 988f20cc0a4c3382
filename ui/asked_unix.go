//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package ui

import "golang.org/x/sys/unix"

// listen has a terminal echo nothing and hand over what arrives at once, signals apart, and returns what drops what
// wasn't read and brings it back. It fails with ErrNotAsked in the background, where changing a terminal stops a program.
func listen(fd int) (restore func(), err error) {
	if group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP); err != nil || group != unix.Getpgrp() {
		return nil, ErrNotAsked
	}
	before, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return nil, err
	}
	quiet := *before
	quiet.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON
	quiet.Cc[unix.VMIN], quiet.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(fd, setTermios, &quiet); err != nil {
		return nil, err
	}
	return func() {
		_ = flushInput(fd)
		_ = unix.IoctlSetTermios(fd, setTermios, before)
	}, nil
}
