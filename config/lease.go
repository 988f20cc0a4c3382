package config

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

// leases are beside the journal: one file for each process that wrote an intent, locked while it lives.
const leaseMark = ".fob-"

// Lease returns the name of the lease that this journal holds until its process ends, "" if it can't have one. What other
// processes know of it is a lock of the operating system's, which ends with this process, whatever ends it. The files of
// processes that have ended are cleared away.
func (j *Journal) Lease() string {
	j.leasing.Lock()
	defer j.leasing.Unlock()
	if j.lease != nil {
		return j.leaseName
	}
	unlock, err := Lock(context.Background(), j.path)
	if err != nil {
		return ""
	}
	defer unlock()
	old, _ := filepath.Glob(escapeGlob(j.path) + leaseMark + "*")
	for _, path := range old {
		clearLease(path)
	}
	name := strings.ToLower(rand.Text())
	l := flock.New(j.path+leaseMark+name, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))
	if ok, err := l.TryLock(); !ok || err != nil {
		_ = l.Close()
		return ""
	}
	j.lease, j.leaseName = l, name
	return name
}

// Leased tells whether the process that holds the named lease still lives. known is false where that can't be told.
func (j *Journal) Leased(name string) (alive, known bool) {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
		return false, false
	}
	path := j.path + leaseMark + name
	if _, err := os.Stat(path); err != nil {
		return false, os.IsNotExist(err) // cleared away since
	}
	l := flock.New(path, flock.SetFlag(os.O_RDWR))
	ok, err := l.TryLock()
	if err != nil {
		return false, false
	}
	if ok {
		_ = l.Unlock()
	}
	return !ok, true
}

// clearLease removes the file of a process that has ended. It is called with the journal's lock, with which leases are
// made as well, so that none goes between its making and its locking.
func clearLease(path string) {
	l := flock.New(path, flock.SetFlag(os.O_RDWR))
	if ok, err := l.TryLock(); ok && err == nil {
		_ = os.Remove(path)
		_ = l.Unlock()
	}
}

// escapeGlob takes the meaning from what a path may hold that patterns give one.
func escapeGlob(path string) string {
	return strings.NewReplacer("[", "[[]", "*", "[*]", "?", "[?]").Replace(path)
}
