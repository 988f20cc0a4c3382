package stash_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fob/client/secret"
	"fob/config"
	"fob/config/stash"
)

// Whatever is in a session's file, it is a session, none, or a newer fob's: never half of one. The next one can be written
// over what isn't a newer fob's.
func FuzzSessionFile(f *testing.F) {
	for _, seed := range []string{
		"", "{}", "null", "[]", `{"version":1,"session":"a session"}`, `{"version":1,"session":""}`, `{"version":2,"session":"x"}`, `{"version":-1,"session":"x"}`,
		`{"version":"1","session":"x"}`, `{"version":1,"session":{"a":1}}`, `{"version":1,"session":"x"}{"version":1}`, "\xef\xbb\xbf{}", `{"version":1e0,"session":"\ud800"}`,
		`{"Version":1,"SESSION":"x"}`, "{\"version\":1,\"session\":\"\x00\"}",
	} {
		f.Add([]byte(seed))
	}
	path := filepath.Join(f.TempDir(), "session.json")
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		file := stash.SessionFile{Path: path}
		v, err := file.Load(t.Context())
		switch {
		case err != nil && !errors.Is(err, config.ErrNewer), err != nil && !v.IsZero():
			t.Fatalf("%v, and a session: %v", err, !v.IsZero())
		case err != nil && strings.ContainsAny(err.Error(), "\x1b\n\r\u009b"):
			t.Fatalf("the error would act on a terminal: %q", err)
		case err != nil:
			return
		}
		next := secret.New("the next session")
		if err := file.Save(t.Context(), next); err != nil {
			t.Fatal(err)
		}
		if back, err := file.Load(t.Context()); err != nil || !back.Equal(next) {
			t.Fatalf("what was saved isn't there: %v", err)
		}
	})
}

// Whatever a keyring gives back for a session's entry, it is read or is none, and names no more entries than a session can
// have; what was read is written as it was.
func FuzzSessionEntry(f *testing.F) {
	for _, seed := range []string{
		"", "{}", "null", `{"version":1,"session":"a session"}`, `{"version":2}`, `{"version":1,"shards":{"id":"a","count":2},"size":9,"sum":"x"}`,
		`{"version":1,"shards":{"id":"","count":2}}`, `{"version":1,"shards":{"id":"a","count":-2}}`, `{"version":1,"shards":{"id":"a","count":999999999}}`,
		`{"version":1,"session":"x","left":[{"id":"a","count":1},{"id":"b","count":0},{"id":"c","count":3}]}`, `{"version":1,"size":-1,"left":null}`,
		`{"version":1,"shards":{"id":"a","count":1},"session":"both"}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		entry, err := stash.OpenSessionEntry(secret.New(text))
		if err != nil {
			if !errors.Is(err, config.ErrNewer) || strings.ContainsAny(err.Error(), "\x1b\n\r\u009b") {
				t.Fatalf("%q", err)
			}
			return
		}
		if n := entry.Entries(); n > 64<<10 {
			t.Fatalf("a session of %d entries", n)
		}
		if v, ok := entry.Join(secret.New(text), secret.New(text)); ok && len(text) > 0 && v.IsZero() {
			t.Fatal("joined to nothing")
		}
		sealed, err := entry.Seal()
		if err != nil {
			t.Fatal(err)
		}
		again, err := stash.OpenSessionEntry(sealed)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := again.Seal(); err != nil || !back.Equal(sealed) {
			t.Fatalf("written down, it is another: %v", err)
		}
	})
}
