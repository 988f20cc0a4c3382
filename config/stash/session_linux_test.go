package stash_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// askSession makes calls to a session's store in a process of its own.
func askSession(t *testing.T, environ []string, path string, calls ...string) []string {
	t.Helper()
	p := process(t, "session-keyring", append([]string{path}, calls...)...)
	p.Env = append(slices.Clone(environ), roleEnv+"=session-keyring", quickExit)
	out, err := p.Output()
	if err != nil {
		t.Fatal(err)
	}
	said := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(said) != len(calls) {
		t.Fatalf("%q to %d calls", said, len(calls))
	}
	return said
}

func TestASessionInTheRealGnomeKeyring(t *testing.T) {
	address := startGnomeKeyring(t, true)
	environ := environOn(t, address)
	path := filepath.Join(t.TempDir(), "sessions", "session-eu.json")
	short, long := "a short one", strings.Repeat("a long one, é. ", 100)
	hash := func(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }
	for _, c := range []struct {
		calls, want []string
		items       int
	}{
		{[]string{"load", "delete"}, []string{"none", "done"}, 0},
		{[]string{"save=" + short, "load"}, []string{"done", hash(short)}, 1},
		{[]string{"save=" + long, "load"}, []string{"done", hash(long)}, 5},
		{[]string{"load", "save=" + long + long}, []string{hash(long), "done"}, 9},
		{[]string{"load", "save=" + short}, []string{hash(long + long), "done"}, 1},
		{[]string{"save=" + long, "delete", "load"}, []string{"done", "done", "none"}, 0},
	} {
		if said := askSession(t, environ, path, c.calls...); !slices.Equal(said, c.want) {
			t.Errorf("%.40q: %q", c.calls, said)
		}
		if items := itemsOf(t, address); items != c.items {
			t.Errorf("%.40q: %d items are in the keyring, not %d", c.calls, items, c.items)
		}
	}
	one, two := process(t, "session-keyring", path, "count=8"), process(t, "session-keyring", path, "count=8")
	one.Env = append(slices.Clone(environ), roleEnv+"=session-keyring", quickExit)
	two.Env = one.Env
	if err := errors.Join(one.Start(), two.Start()); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(one.Wait(), two.Wait()); err != nil {
		t.Fatal(err)
	}
	if said := askSession(t, environ, path, "load"); said[0] != hash("16"+padding) {
		t.Errorf("of 16 some are lost: %q", said)
	}
	if items := itemsOf(t, address); items != 4 {
		t.Errorf("%d items are left", items)
	}
}

// Two homes with a profile of the same name have an entry each, whatever becomes of the other's.
func TestHomesInTheRealGnomeKeyring(t *testing.T) {
	address := startGnomeKeyring(t, true)
	environ, folder := environOn(t, address), t.TempDir()
	usual, other := environ, append(slices.Clone(environ), "FOB_HOME="+filepath.Join(folder, "other"))
	hash := func(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }
	long := strings.Repeat("a long one, é. ", 100)
	for _, c := range []struct {
		environ     []string
		calls, want []string
		items       int
	}{
		{usual, []string{"save=" + long}, []string{"done"}, 5},
		{other, []string{"load", "save=mine", "load"}, []string{"none", "done", hash("mine")}, 6},
		{usual, []string{"load"}, []string{hash(long)}, 6},
		{other, []string{"delete", "load"}, []string{"done", "none"}, 5},
		{usual, []string{"load", "delete"}, []string{hash(long), "done"}, 0},
	} {
		if said := askSession(t, c.environ, filepath.Join(folder, "session.json"), c.calls...); !slices.Equal(said, c.want) {
			t.Errorf("%.40q: %q", c.calls, said)
		}
		if items := itemsOf(t, address); items != c.items {
			t.Errorf("%.40q: %d items are in the keyring, not %d", c.calls, items, c.items)
		}
	}
}

func TestASessionWithoutAKeyringToKeepItIn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "session.json")
	for name, c := range map[string]struct {
		service *secretService
		kind    string
	}{
		"absent":    {nil, "no service"},
		"locked":    {&secretService{locked: true}, "locked"},
		"dismissed": {&secretService{promptWrites: true}, "dismissed"},
		"lying":     {&secretService{lying: true}, "lying"},
	} {
		t.Run(name, func(t *testing.T) {
			address := startBus(t)
			if c.service != nil {
				c.service.start(t, address)
			}
			said := askSession(t, environOn(t, address), path, "save=mine")[0]
			if !strings.HasPrefix(said, "failed: "+c.kind+" ") || strings.Contains(said, "mine") {
				t.Errorf("it says %q", said)
			}
		})
	}
}
