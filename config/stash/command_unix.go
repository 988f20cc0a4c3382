//go:build !windows

package stash

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// runAlone runs child in a session of its own, so that it has no controlling terminal to ask at; when its context ends
// so does everything that it started. fed is called once it runs, or if it can't be run.
func runAlone(child *exec.Cmd, fed func()) error {
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	child.Cancel = func() error {
		// The group has the number of the process that began it.
		err := syscall.Kill(-child.Process.Pid, syscall.SIGKILL)
		if errors.Is(err, syscall.ESRCH) {
			return os.ErrProcessDone
		}
		return err
	}
	err := child.Start()
	fed()
	if err != nil {
		return err
	}
	return child.Wait()
}
