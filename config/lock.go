package config

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

const (
	lockWait = 10 * time.Second // how long Lock waits if its context sets no deadline
	lockPoll = 5 * time.Millisecond
)

// ErrLocked is in the error of a Lock that waited in vain.
var ErrLocked = errors.New("another process has it locked")

// Lock takes the lock that goes with the file at path, against other goroutines and other processes, and returns what
// gives it back. The lock is on a file of its own, path + ".lock", which stays: path itself is replaced while it is
// held. It waits as long as ctx allows, 10 s if ctx sets no deadline; the error then says who waits for whom.
func Lock(ctx context.Context, path string) (unlock func(), err error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	name := path + ".lock"
	if err := MakeFolder(filepath.Dir(name)); err != nil {
		return nil, err
	}
	l := flock.New(name, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))
	unlock, err = wait(ctx, l, path)
	if err == nil {
		// Who holds it, for those who wait. It is a courtesy: the lock does not depend on it.
		_ = os.WriteFile(name, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600)
	}
	return unlock, err
}

// LockFolder takes a lock that stands for all files of the folder at path, and leaves nothing behind in it: for files
// that are not fob's own, like a project's env file. It waits as Lock does. Where the file system can't lock a folder,
// as some network drives, it returns without a lock.
func LockFolder(ctx context.Context, path string) (unlock func(), err error) {
	return lockFolder(ctx, path)
}

// bounded is ctx with the deadline of a lock, if it has none of its own.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, lockWait)
}

// wait takes l for path; its error says who waits for whom.
func wait(ctx context.Context, l *flock.Flock, path string) (unlock func(), err error) {
	start := time.Now()
	ok, err := l.TryLockContext(ctx, lockPoll)
	if err == nil && ok {
		return func() { _ = l.Unlock() }, nil
	}
	_ = l.Close()
	if ctx.Err() != nil {
		return nil, fmt.Errorf("process %d waited %s for %s%s: %w: %w", os.Getpid(),
			time.Since(start).Round(time.Millisecond), path, holder(path+".lock"), ErrLocked, ctx.Err())
	}
	return nil, fmt.Errorf("lock %s: %w", l.Path(), err)
}

// holder tells which process noted itself in the lock file, "" if that can't be read.
func holder(name string) string {
	data, err := readLimited(name, 32)
	if err != nil {
		return ""
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		return ""
	}
	return fmt.Sprintf(", held by process %d", pid)
}
