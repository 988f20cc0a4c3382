package desk_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fob/client/secret"
	"fob/config/stash"
	"fob/ui/desk"
)

var errRing = &stash.KeyringError{Kind: stash.Locked, Op: "read"}

// ring is a keyring that may fail.
type ring struct {
	*stash.Memory
	locked bool
	took   []string // accounts
}

func (r *ring) Put(ctx context.Context, account string, v secret.Value) error {
	r.took = append(r.took, account)
	return r.Memory.Put(ctx, account, v)
}

func (r *ring) Get(ctx context.Context, account string) (secret.Value, error) {
	if r.locked {
		return secret.Value{}, errRing
	}
	return r.Memory.Get(ctx, account)
}

func (r *ring) Delete(ctx context.Context, account string) error {
	if r.locked {
		return errRing
	}
	return r.Memory.Delete(ctx, account)
}

func envFile(t *testing.T, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), ".env")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func only(t *testing.T, s *desk.Stash) desk.Stashed {
	t.Helper()
	all, err := s.Entries(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("%d keys, %v", len(all), err)
	}
	return all[0]
}

// A key comes from the keyring, and from the env file it lies in where the keyring can't give it; never another key.
func TestWhereASecretIsReadFrom(t *testing.T) {
	end := time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)
	key := madeUp(map[string]any{"exp": end.Unix()})
	path := envFile(t, "TOKEN="+key)
	keys := &ring{Memory: stash.NewMemory()}
	s := desk.OpenStash(stash.NewMemoryIndex(), keys)
	added, err := s.Add(t.Context(), desk.Addition{Secret: secret.New(key), Origin: "https://p.example", File: path, Variable: "TOKEN"})
	if err != nil {
		t.Fatal(err)
	}
	if added.Entry.ExpiresAt == nil || !added.Entry.ExpiresAt.Equal(end) || !added.Kept {
		t.Errorf("%+v", added)
	}
	read := func() (string, error) {
		v, p, err := s.Secret(t.Context(), only(t, s).Entry)
		if err == nil && v.Reveal() != key {
			t.Error("another key was read")
		}
		return p.Kind, err
	}
	if kind, err := read(); kind != stash.KindKeyring || err != nil {
		t.Error(kind, err)
	}
	keys.locked = true
	if kind, err := read(); kind != stash.KindEnvFile || err != nil {
		t.Error(kind, err)
	}
	// Where the file can't help either, the keyring is what has to be looked at.
	for _, line := range []string{"OTHER=1", "TOKEN=", "TOKEN=" + madeUp(map[string]any{"exp": end.Unix() + 5})} {
		if err := os.WriteFile(path, []byte(line), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := read(); !errors.Is(err, errRing) {
			t.Error(err)
		}
	}
	if err := keys.Memory.Delete(t.Context(), added.Entry.Account); err != nil {
		t.Fatal(err)
	}
	keys.locked = false
	if _, err := read(); stash.KindOf(err) != stash.NotFound {
		t.Error(err)
	}
}

func TestAnEnvFileThatHasAnotherKeyByNow(t *testing.T) {
	index := stash.NewMemoryIndex()
	s := desk.OpenStash(index, stash.NewMemory())
	path := envFile(t, "API_KEY="+madeUp(map[string]any{"exp": 1900000000}))
	err := index.Put(t.Context(), stash.Entry{Account: "a", Name: "x", Places: []stash.Place{{Kind: stash.KindEnvFile, Where: path, Custody: "kept"}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Secret(t.Context(), only(t, s).Entry); !errors.Is(err, desk.ErrOtherKey) {
		t.Error(err)
	}
}

func TestAKeyThatWasSentIsNotHere(t *testing.T) {
	index := stash.NewMemoryIndex()
	s := desk.OpenStash(index, stash.NewMemory())
	err := index.Put(t.Context(), stash.Entry{Account: "a", KeyID: "k-1", Places: []stash.Place{{Kind: stash.KindClipboard, Custody: "sent"}}})
	if err != nil {
		t.Fatal(err)
	}
	e, err := s.Find(t.Context(), "k-1")
	if err != nil || e.Kept {
		t.Fatal(e, err)
	}
	if _, err := s.HandOut(t.Context(), e, stash.SDK, ""); !errors.Is(err, desk.ErrNotHere) || !strings.Contains(err.Error(), "sent: clipboard") {
		t.Error(err)
	}
	if _, err := s.Remove(t.Context(), e); err != nil { // its keyring isn't asked for it
		t.Error(err)
	}
}

func TestNothingIsForgottenThatIsNotRemoved(t *testing.T) {
	keys := &ring{Memory: stash.NewMemory()}
	s := desk.OpenStash(stash.NewMemoryIndex(), keys)
	if _, err := s.Add(t.Context(), desk.Addition{Secret: secret.New(madeUp(nil)), Origin: "https://p.example", Name: "x"}); err != nil {
		t.Fatal(err)
	}
	keys.locked = true
	if _, err := s.Remove(t.Context(), only(t, s)); !errors.Is(err, errRing) {
		t.Error(err)
	}
	e := only(t, s)
	keys.locked = false
	if err := keys.Memory.Delete(t.Context(), e.Entry.Account); err != nil { // gone by other means
		t.Fatal(err)
	}
	if _, err := s.Remove(t.Context(), e); err != nil {
		t.Error(err)
	}
	if all, err := s.Entries(t.Context()); len(all) != 0 || err != nil {
		t.Error(all, err)
	}
}

// A key that the index can't note isn't left in the keyring, where nobody would find it.
func TestAnIndexThatCannotBeWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stash.json")
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	keys := &ring{Memory: stash.NewMemory()}
	s := desk.OpenStash(stash.OpenIndex(path), keys)
	if _, err := s.Add(t.Context(), desk.Addition{Secret: secret.New(madeUp(nil)), Origin: "https://p.example"}); err == nil {
		t.Fatal("nothing was said")
	}
	if len(keys.took) != 1 {
		t.Fatalf("took %v", keys.took)
	}
	if _, err := keys.Memory.Get(t.Context(), keys.took[0]); stash.KindOf(err) != stash.NotFound {
		t.Errorf("it is still in the keyring: %v", err)
	}
}

func TestHandOut(t *testing.T) {
	index, keys := stash.NewMemoryIndex(), stash.NewMemory()
	s := desk.OpenStash(index, keys)
	key := madeUp(map[string]any{"jti": "1"})
	readers := map[string]stash.Reader{}
	for _, r := range stash.Readers() {
		readers[r.Name] = r
	}
	kept := []stash.Place{{Kind: stash.KindKeyring, Custody: "kept"}}
	for _, e := range []stash.Entry{
		{Account: "one", Workspaces: []string{"claims"}},
		{Account: "two", Workspaces: []string{"claims", "legal"}},
		{Account: "all", AllWorkspaces: true},
		{Account: "unknown"},
	} {
		e.Origin, e.Places = "https://p.example", kept
		if err := errors.Join(index.Put(t.Context(), e), keys.Put(t.Context(), e.Account, secret.New(key))); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		entry, reader, workspace string
		err                      error
		want                     []string // beside the key
	}{
		{"one", "sdk", "", nil, []string{"API_URL=https://p.example/api/v1", "DEFAULT_WORKSPACE_NAME=claims"}},
		{"two", "sdk", "", nil, []string{"API_URL=https://p.example/api/v1"}},
		{"two", "sdk", "legal", nil, []string{"API_URL=https://p.example/api/v1", "DEFAULT_WORKSPACE_NAME=legal"}},
		{"two", "sdk", "other", desk.ErrNoReach, nil},
		{"all", "mcp", "any", nil, []string{"DEEPSET_API_URL=https://p.example/api", "DEEPSET_WORKSPACE=any"}},
		{"unknown", "sdk", "any", nil, []string{"API_URL=https://p.example/api/v1", "DEFAULT_WORKSPACE_NAME=any"}},
		{"one", "haystack1", "", nil, []string{"DEEPSET_CLOUD_API_ENDPOINT=https://p.example/api/v1"}},
		{"one", "haystack1", "claims", desk.ErrNoVariable, nil},
	} {
		e := entryOf(t, s, c.entry)
		h, err := s.HandOut(t.Context(), e, readers[c.reader], c.workspace)
		if !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
			t.Errorf("%v: %v", c, err)
		}
		if err != nil {
			continue
		}
		inherited := []string{
			"PATH=/bin", "API_KEY=old", "API_URL=old", "DEEPSET_API_KEY=old", "DEEPSET_CLOUD_API_KEY=old", "DEEPSET_WORKSPACE=old",
			"FOB_SESSION_TOKEN=s", "FOB_API_URL=https://x", "EMPTY=", "odd",
		}
		want := append([]string{"PATH=/bin", "FOB_API_URL=https://x", "EMPTY=", "odd", readers[c.reader].Key + "=" + key}, c.want...)
		if got := h.Environ(inherited); !slices.Equal(got, want) {
			t.Errorf("%s for %s: %d lines, %q", c.entry, c.reader, len(got), strings.ReplaceAll(strings.Join(got, " "), key, "KEY"))
		}
	}
}

// entryOf finds a key by what it is stored under, however short that is.
func entryOf(t *testing.T, s *desk.Stash, account string) desk.Stashed {
	t.Helper()
	all, err := s.Entries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all[slices.IndexFunc(all, func(e desk.Stashed) bool { return e.Entry.Account == account })]
}

func TestOriginOf(t *testing.T) {
	for address, want := range map[string]string{
		"https://api.cloud.deepset.ai":         "https://api.cloud.deepset.ai",
		"https://API.cloud.deepset.ai/api/v1/": "https://api.cloud.deepset.ai",
		"http://127.0.0.1:8080/api":            "http://127.0.0.1:8080",
		"http://api.cloud.deepset.ai":          "",
		"api.cloud.deepset.ai":                 "",
		"https://u:p@host":                     "",
	} {
		if got, err := desk.OriginOf(address); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", address, got, err)
		}
	}
}
