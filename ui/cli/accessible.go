package cli

import (
	"os"
	"strings"
)

// plainLines tells whether this run is for a screen reader, or for somebody who wants lines: nothing is laid out in
// columns, and the screens stay shut.
func (a *app) plainLines() bool {
	switch strings.ToLower(strings.TrimSpace(os.Getenv("ACCESSIBLE"))) {
	case "", "0", "false", "no":
		return a.accessible
	}
	return true
}

// refuseScreens refuses the screens where lines are wanted: they are drawn, and redrawn.
func (a *app) refuseScreens() error {
	if !a.plainLines() {
		return nil
	}
	return wrongUsage("fob list, show, create, edit and revoke do the same line by line; fob --help lists them",
		"the screens can't be read line by line")
}
