package ui

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fob/client/secret"
	"fob/config"
	"fob/config/stash"
	"fob/ui/desk"
)

func readFile(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// copyTo opens the dialog for the selected key and types the path of an env file.
func (u *pump) copyTo(path string) {
	u.press("c", "enter", "ctrl+u")
	u.typeText(path)
	u.press("enter")
	u.idle()
}

// A kept key goes into an env file without being shown; a key that the file has already is asked about.
func TestStashCopyToEnvFile(t *testing.T) {
	pl := newPlace(t, nil)
	e := pl.keep(t, "ingest-prod", nil)
	v, _ := pl.sandbox.SecretOf(e.KeyID)
	path := filepath.Join(t.TempDir(), ".env")
	u, s := openStash(t, pl.Desk, 80, 24)
	u.copyTo(path)
	u.shows("ingest-prod is kept: the env file")
	if text := readFile(t, path); !strings.Contains(text, "API_KEY="+v.Reveal()) || !strings.Contains(text, "DEFAULT_WORKSPACE_NAME=claims-search") {
		t.Error("the file doesn't have the key and its workspace")
	}
	if row, _ := s.table.selected(); len(row.Entry.Places) != 2 {
		t.Errorf("the index has %d places", len(row.Entry.Places))
	}
	for _, frame := range u.frames {
		if v.Redact(frame) != frame {
			t.Fatal("the key was on screen")
		}
	}

	if err := os.WriteFile(path, []byte("API_KEY=old\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	u.copyTo(path)
	u.shows("It has an API_KEY already", "only copy of another key", "y yes")
	u.press("enter", "enter")
	u.idle()
	if text := readFile(t, path); text != "API_KEY=old\n" {
		t.Fatal("Enter replaced a key")
	}
	u.shows("It has an API_KEY already") // asked again, for the path is still there
	u.press("y")
	u.idle()
	if text := readFile(t, path); strings.Contains(text, "old") || !strings.Contains(text, v.Reveal()) {
		t.Error("y didn't replace the key")
	}

	loose := filepath.Join(t.TempDir(), "loose.env")
	if err := os.WriteFile(loose, []byte("OTHER=1\n"), 0o644); err != nil { //nolint:gosec // what is warned of
		t.Fatal(err)
	}
	u.copyTo(loose)
	u.shows("! the file's mode 0644 becomes 0600", "Write it all the same?")
	u.press("n")
	u.idle()
	if readFile(t, loose) != "OTHER=1\n" {
		t.Fatal("written in spite of no")
	}
	u.press("enter")
	u.idle()
	u.press("y")
	u.idle()
	if text := readFile(t, loose); !strings.Contains(text, v.Reveal()) || !strings.Contains(text, "OTHER=1") {
		t.Error("y didn't write the key")
	}

	u.copyTo(filepath.Join(t.TempDir(), "none", ".env"))
	u.shows("not copied: ")
	u.press("esc", "esc")
	if !u.closed() {
		t.Error("esc doesn't lead out")
	}
}

// What lies in an env file alone can go to the keyring; what is not here can go nowhere.
func TestStashCopyToKeyringAndCommand(t *testing.T) {
	box := newStore(t)
	pl := newPlace(t, withCommands(map[string]config.CommandDestination{"vault": {Command: append(box.command(), "{id}")}}))
	path := filepath.Join(t.TempDir(), ".env")
	e := pl.keep(t, "ingest-prod", func(e *stash.Entry) {
		e.Places = []stash.Place{{Kind: stash.KindEnvFile, Where: path, Custody: string(secret.Kept), At: testNow}}
	})
	pl.keep(t, "ci-eval", func(e *stash.Entry) {
		e.Places = []stash.Place{{Kind: stash.KindCommand, Where: "vault", Custody: string(secret.HandedOver), At: testNow}}
	})
	v, _ := pl.sandbox.SecretOf(e.KeyID)
	if err := os.WriteFile(path, []byte("API_KEY="+v.Reveal()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	u, s := openStash(t, pl.Desk, 80, 24)
	u.selects(s, "ci-eval")
	u.press("c")
	u.shows("ci-eval isn't kept here")
	if !u.closed() {
		t.Fatal("a key that isn't here can be copied")
	}
	u.selects(s, "ingest-prod")
	u.press("c")
	u.shows("› the demo's memory")
	u.press("enter")
	u.idle()
	if got, err := pl.keyring.Get(t.Context(), e.Account); err != nil || !got.Equal(v) {
		t.Errorf("not in the keyring: %v", err)
	}
	u.press("c")
	u.hides("the demo's memory")
	u.press("down")
	u.shows("› the command vault")
	u.press("enter", "enter")
	u.idle()
	u.shows(`ingest-prod is handed over: the command "vault"`)
	if !box.has(t, v) {
		t.Error("the command didn't get the key")
	}
	u.press("enter")
	u.shows("command vault")
}

// A keyring that waits for a person can be left; what was begun is told all the same.
func TestStashCopyWaits(t *testing.T) {
	ring := newSlowRing()
	pl := newPlace(t, func(o *desk.Options) { o.Keys = ring })
	path := filepath.Join(t.TempDir(), ".env")
	e := pl.keep(t, "ingest-prod", func(e *stash.Entry) {
		e.Places = []stash.Place{{Kind: stash.KindEnvFile, Where: path, Custody: string(secret.Kept), At: testNow}}
	})
	v, _ := pl.sandbox.SecretOf(e.KeyID)
	if err := os.WriteFile(path, []byte("API_KEY="+v.Reveal()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	u, _ := openStash(t, pl.Desk, 80, 24)
	ring.hold()
	u.press("c", "enter")
	c := u.p.pages[0].screen.(*stashCopy)
	for range 48 {
		u.send(toMsg{c.id, beatMsg{c.pulse.n}})
	}
	u.shows("waiting for your keyring (12 s): esc stops waiting")
	u.press("enter", "down", "enter")
	u.press("esc")
	if !u.closed() {
		t.Fatal("the waiting can't be left")
	}
	ring.release(&stash.KeyringError{Kind: stash.Locked, Op: "write"})
	u.idle()
	u.shows("copying ingest-prod: ", "locked")
	u.press("c", "enter")
	u.idle()
	u.shows("not copied: the keyring is locked")
}

// Forgetting a key here leaves it alive there, and says what stays.
func TestStashForget(t *testing.T) {
	pl := newPlace(t, nil)
	e := pl.keep(t, "ingest-prod", func(e *stash.Entry) {
		e.Places = append(e.Places, stash.Place{Kind: stash.KindEnvFile, Where: "/srv/app/.env", Custody: string(secret.Kept), At: testNow})
	})
	u, _ := openStash(t, pl.Desk, 80, 24)
	u.press("x")
	u.shows("Which end of ingest-prod?", "f forget it here", "It stays in: env file /srv/app/.env", "r revoke it there: the key works no more")
	u.press("enter", "y", "q", "x")
	u.idle()
	if entries, err := pl.index.Entries(t.Context()); err != nil || len(entries) != 1 {
		t.Fatal("another key than f forgot it")
	}
	u.press("f", "f", "r")
	u.idle()
	u.shows("ingest-prod is forgotten here; it is still in env file /srv/app/.env", "This machine keeps no key yet")
	if _, err := pl.keyring.Get(t.Context(), e.Account); stash.KindOf(err) != stash.NotFound {
		t.Errorf("the keyring says %v", err)
	}
	if pl.deletes.Load() != 0 {
		t.Error("forgetting revoked")
	}
}

// Revoking from here asks as everywhere, and the tab then says what has become of the key.
func TestStashRevoke(t *testing.T) {
	pl := newPlace(t, nil)
	e := pl.keep(t, "ingest-prod", nil)
	u, s := openStash(t, pl.Desk, 80, 24)
	u.press("x", "r")
	u.shows("Revoke ingest-prod?", "Type its name")
	u.typeText("ingest-prod")
	u.press("enter")
	u.idle()
	if pl.deletes.Load() != 1 {
		t.Fatalf("%d keys were revoked:\n%s", pl.deletes.Load(), u.view())
	}
	u.settle()
	for len(u.p.pages) > 0 {
		u.press("enter")
		u.idle()
	}
	if row, _ := s.table.selected(); row.Word() != "revoked" {
		t.Errorf("the tab says %q", row.Word())
	}
	if _, err := pl.keyring.Get(t.Context(), e.Account); err != nil {
		t.Errorf("revoking forgot the key here, too: %v", err)
	}
	u.press("x")
	u.shows("is revoked already")
	u.press("r")
	if _, ok := u.p.pages[0].screen.(*stashEnd); !ok || pl.deletes.Load() != 1 {
		t.Error("a revoked key can be revoked again")
	}
}

// A keyring that can't forget is said, and nothing is forgotten.
func TestStashForgetFails(t *testing.T) {
	ring := &stuckRing{stash.NewMemory()}
	pl := newPlace(t, func(o *desk.Options) { o.Keys = ring })
	pl.keep(t, "ingest-prod", nil)
	u, _ := openStash(t, pl.Desk, 80, 24)
	u.press("x", "f")
	u.idle()
	u.shows("not forgotten: the keyring is locked")
	if entries, err := pl.index.Entries(t.Context()); err != nil || len(entries) != 1 {
		t.Errorf("the index has %d entries, %v", len(entries), err)
	}
}

// A Member sees what a workspace's list tells, may forget, and may not revoke.
func TestStashOfMember(t *testing.T) {
	pl := newPlace(t, nil)
	pl.keep(t, "ingest-prod", nil)
	pl.keep(t, "search-all", nil)
	session, ok := pl.sandbox.SessionFor("mehmet.yildiz@nordwind-versand.example")
	if !ok {
		t.Fatal("nobody of that address")
	}
	d, err := desk.Open(desk.Options{
		APIURL: pl.Origin(), OrganizationID: pl.sandbox.OrganizationID(), Session: session, Journal: config.NewMemoryJournal(),
		Index: pl.index, Keys: pl.keyring, Location: berlin(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	u, s := openStash(t, d, 80, 24)
	u.selects(s, "search-all")
	u.shows("could not tell of all of them")
	u.press("x")
	u.shows("r can't be revoked from here: ", "f forget it here")
	u.press("r")
	u.idle()
	if _, ok := u.p.pages[0].screen.(*stashEnd); !ok || pl.deletes.Load() != 0 {
		t.Fatal("a refusal was passed")
	}
	u.press("esc", "enter")
	u.shows("unknown: you may not see the organization's keys")
}

// stuckRing gives keys back and forgets none.
type stuckRing struct{ *stash.Memory }

func (stuckRing) Delete(context.Context, string) error {
	return &stash.KeyringError{Kind: stash.Locked, Op: "delete"}
}
