package faulty_test

import (
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/lifecycle/faulty"
	"fob/config"
	"fob/ui/desk"
)

// journalFaults are what a disk does to a line that is to be written.
var journalFaults = map[string]func(o *office, line []byte) error{
	"full":      func(*office, []byte) error { return syscall.ENOSPC },
	"read-only": func(*office, []byte) error { return syscall.EROFS },
	"failing, and the line is torn": func(o *office, line []byte) error {
		o.tear(line)
		return syscall.EIO
	},
	"failing, and the line is whole": func(o *office, line []byte) error {
		_ = o.disk.Append(o.context, line)
		return syscall.EIO
	},
	"power gone before the line": func(*office, []byte) error {
		runtime.Goexit()
		return nil
	},
	"power gone in the line": func(o *office, line []byte) error {
		o.tear(line)
		runtime.Goexit()
		return nil
	},
	"power gone after the line": func(o *office, line []byte) error {
		_ = o.disk.Append(o.context, line)
		runtime.Goexit()
		return nil
	},
}

func TestDiskFaultsOfTheJournal(t *testing.T) {
	table := &faulty.Table{
		Title: "The disk, when the journal is written", Corner: "fault",
		Rows: []string{
			"full", "read-only", "failing, and the line is torn", "failing, and the line is whole", "power gone before the line",
			"power gone in the line", "power gone after the line",
		},
		Columns: []string{
			string(lifecycle.IssueIntent), string(lifecycle.IssueStored), string(lifecycle.IssueOutcome),
			string(lifecycle.RevokeIntent), string(lifecycle.RevokeOutcome),
		},
	}
	table.Measure(t, published, func(t *testing.T, fault, step string) string {
		return inOffice(t, func(o *office) string {
			kind := lifecycle.Kind(step)
			fail := func(k lifecycle.Kind, line []byte) error {
				if k != kind {
					return nil
				}
				return journalFaults[fault](o, line)
			}
			if kind == lifecycle.RevokeIntent || kind == lifecycle.RevokeOutcome {
				return o.revokeOn(o.make(), fail)
			}
			o.journal.before = fail
			m := o.issue(nil)
			o.journal.before = nil
			return o.verdict(m)
		})
	})
}

// revokeOn revokes a key with a journal that fails.
func (o *office) revokeOn(key client.Key, fail func(lifecycle.Kind, []byte) error) string {
	o.t.Helper()
	verdict := ""
	o.journal.before = fail
	done := make(chan struct{})
	go func() {
		defer close(done)
		verdict = o.revoke(key)
	}()
	<-done
	o.journal.before = nil
	if verdict != "" {
		return verdict
	}
	// The power went: what the next start says.
	name, _ := key.Name.Get()
	_, alive := o.box.SecretOf(key.ID)
	switch unfinished := o.unfinished(name); {
	case alive && unfinished == "":
		return "alive, held"
	case alive:
		return "alive, named"
	case unfinished == "":
		return "revoked"
	}
	return "revoked, not known"
}

// issue makes a key in a goroutine of its own, which may be ended at any step as by kill -9.
func (o *office) issue(tell func(desk.Step)) made {
	o.t.Helper()
	order := o.order()
	m := made{name: order.Draft.Name, killed: true}
	done := make(chan struct{})
	go func() {
		defer close(done)
		m.issued, m.err = o.desk.Issue(o.context, order, tell)
		m.killed = false
	}()
	<-done
	return m
}

// indexFaults spoil the index's file, and return what mends it.
var indexFaults = map[string]func(o *office) func(){
	"damaged":        func(o *office) func() { return o.replaced(`{"version":1,"entries":[{]`) },
	"of a newer fob": func(o *office) func() { return o.replaced(`{"version":99}`) },
	"no folder": func(o *office) func() {
		folder := filepath.Dir(o.indexPath)
		aside := folder + ".aside"
		if err := os.Rename(folder, aside); err != nil {
			o.t.Error(err)
		}
		if err := os.WriteFile(folder, nil, 0o600); err != nil {
			o.t.Error(err)
		}
		return func() {
			_ = os.Remove(folder)
			if err := os.Rename(aside, folder); err != nil {
				o.t.Error(err)
			}
		}
	},
	"locked by another": func(o *office) func() {
		unlock, err := config.Lock(o.context, o.indexPath)
		if err != nil {
			o.t.Fatal(err)
		}
		return unlock
	},
}

// replaced puts another text into the index.
func (o *office) replaced(text string) func() {
	old, missing := os.ReadFile(o.indexPath)
	if err := os.WriteFile(o.indexPath, []byte(text), 0o600); err != nil {
		o.t.Error(err)
	}
	return func() {
		if now, err := os.ReadFile(o.indexPath); err != nil || string(now) != text {
			o.t.Errorf("an index that can't be read was written over: %v, %s", err, now)
		}
		if missing != nil {
			_ = os.Remove(o.indexPath)
		} else if err := os.WriteFile(o.indexPath, old, 0o600); err != nil {
			o.t.Error(err)
		}
	}
}

func TestDiskFaultsOfTheIndex(t *testing.T) {
	table := &faulty.Table{
		Title: "The disk, when the stash's index is written", Corner: "fault",
		Rows:    []string{"damaged", "of a newer fob", "no folder", "locked by another"},
		Columns: []string{"where the key is", "which key it is", "that it is revoked"},
	}
	table.Measure(t, published, func(t *testing.T, fault, step string) string {
		return inOffice(t, func(o *office) string {
			if step == "that it is revoked" {
				key := o.make()
				o.mend = indexFaults[fault](o)
				return o.revoke(key)
			}
			_ = os.MkdirAll(filepath.Dir(o.indexPath), 0o700)
			m := o.issue(func(s desk.Step) {
				switch {
				case s.Stage == lifecycle.Storing && step == "where the key is", s.Stage == lifecycle.Done && step == "which key it is":
					o.mend = indexFaults[fault](o)
				case s.Stage == lifecycle.Looking && step == "where the key is":
					o.restore()
				}
			})
			o.restore()
			return o.verdict(m)
		})
	})
}

// restore mends what was spoiled.
func (o *office) restore() {
	if o.mend != nil {
		o.mend()
		o.mend = nil
	}
}
