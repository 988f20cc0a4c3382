//go:build !windows

package stash

import (
	"io/fs"
	"os"
	"syscall"
)

// own tells whether a file belongs to who runs fob.
func own(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}
