package stash

import (
	"os/exec"
	"sync"
	"syscall"

	"golang.org/x/sys/windows"
)

// runAlone runs child without a console to ask at, in a job of its own: when its context ends so does everything that it
// started. fed is called once it runs, or if it can't be run.
func runAlone(child *exec.Cmd, fed func()) error {
	child.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NO_WINDOW | windows.CREATE_NEW_PROCESS_GROUP}
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		fed()
		return err
	}
	defer func() { _ = windows.CloseHandle(job) }()
	var mu sync.Mutex // Cancel may come before the process is in the job
	inJob := false
	child.Cancel = func() error {
		mu.Lock()
		defer mu.Unlock()
		if inJob {
			return windows.TerminateJobObject(job, 1)
		}
		return child.Process.Kill()
	}
	err = child.Start()
	fed()
	if err != nil {
		return err
	}
	mu.Lock()
	inJob = assign(job, uint32(child.Process.Pid)) == nil
	mu.Unlock()
	return child.Wait()
}

// assign puts the process into the job, with everything that it starts from now on.
func assign(job windows.Handle, pid uint32) error {
	process, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, pid)
	if err != nil {
		return err
	}
	defer func() { _ = windows.CloseHandle(process) }()
	return windows.AssignProcessToJobObject(job, process)
}
