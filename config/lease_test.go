package config_test

import (
	"bufio"
	"path/filepath"
	"strings"
	"testing"

	"fob/config"
)

// A lease is its process's for as long as that lives, and nobody's once it was killed.
func TestALeaseEndsWithItsProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "odd [name]", "journal.jsonl")
	p := process(t, "lease", path)
	stdin, err := p.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stdin.Close() }()
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	theirs := strings.TrimSpace(line)
	if err != nil || theirs == "" {
		t.Fatalf("%q, %v", theirs, err)
	}
	j := config.OpenJournal(path)
	ours := j.Lease()
	if ours == "" || ours == theirs || j.Lease() != ours {
		t.Errorf("%q and %q", ours, theirs)
	}
	for _, name := range []string{ours, theirs} {
		if alive, known := j.Leased(name); !alive || !known {
			t.Errorf("%s: alive %v, known %v", name, alive, known)
		}
	}
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = p.Wait()
	if alive, known := j.Leased(theirs); alive || !known {
		t.Errorf("killed: alive %v, known %v", alive, known)
	}
	next := config.OpenJournal(path)
	if next.Lease() == "" {
		t.Error("no lease")
	}
	files, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*.fob-*"))
	if err == nil && len(files) == 0 {
		files, err = filepath.Glob(filepath.Join(filepath.Dir(filepath.Dir(path)), "*", "*.fob-*"))
	}
	if err != nil || len(files) != 2 {
		t.Errorf("%v, %v: the dead one's is still there, or a living one's is not", files, err)
	}
	if alive, known := j.Leased(theirs); alive || !known {
		t.Errorf("cleared away: alive %v, known %v", alive, known)
	}
	if _, known := j.Leased("../../etc/passwd"); known {
		t.Error("a name that is none was looked for")
	}
}
