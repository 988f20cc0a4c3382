package desk_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"fob/client/secret"
	"fob/config/stash"
	"fob/ui/desk"
)

func TestCopyStashedWritesTheEnvFile(t *testing.T) {
	o := open(t, "")
	issued, err := o.Issue(t.Context(), order("worker", desk.Place{Kind: desk.InKeyring}), nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := o.Keeps().Find(t.Context(), "worker")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "app.env")
	place := desk.Place{Kind: desk.InEnvFile, Path: path}
	placed, _, err := o.CopyStashed(t.Context(), s, place)
	if err != nil || placed.Custody != secret.Kept {
		t.Fatalf("%+v: %v", placed, err)
	}
	vars, err := stash.ReadEnvFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := o.platform.SecretOf(issued.Key.ID)
	values := map[string]secret.Value{}
	for _, v := range vars {
		values[v.Name] = v.Value
	}
	if !values["API_KEY"].Equal(want) || !values["API_URL"].Equal(secret.New(o.Origin()+"/api/v1")) || !values["DEFAULT_WORKSPACE_NAME"].Equal(secret.New("claims-search")) {
		t.Errorf("the file has %d variables that don't fit", len(vars))
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v: %v", info.Mode(), err)
	}
	if _, _, err := o.CopyStashed(t.Context(), s, place); !errors.Is(err, stash.ErrHasKey) {
		t.Errorf("a second copy over it says %v", err)
	}
	if s, _ = o.Keeps().Find(t.Context(), "worker"); len(s.Where) != 2 {
		t.Errorf("the stash knows the places %v", s.Where)
	}
}

func TestCommandThatReadsGivesTheKeyBack(t *testing.T) {
	o := open(t, "")
	file := filepath.Join(t.TempDir(), "store")
	script := filepath.Join(t.TempDir(), "put")
	if err := os.WriteFile(script, []byte("#!/bin/sh\ncat > "+file+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	commands := map[string]stash.CommandSpec{"store": {Command: []string{script}, Read: []string{"cat", file}, Timeout: 10 * time.Second}}
	d, err := desk.Open(desk.Options{
		APIURL: o.Origin(), Session: o.platform.SessionToken(), Journal: o.journal, Index: o.index, Keys: o.memory, Commands: commands,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	issued, err := d.Issue(t.Context(), order("stored", desk.Place{Kind: desk.InCommand, Command: "store"}), nil)
	if err != nil || !issued.Kept || issued.Places[0].Custody != secret.Kept {
		t.Fatalf("%+v: %v", issued.Places, err)
	}
	s, err := d.Keeps().Find(t.Context(), "stored")
	if err != nil || !s.Kept {
		t.Fatalf("kept %v: %v", s.Kept, err)
	}
	want, _ := o.platform.SecretOf(issued.Key.ID)
	if v, _, err := d.Keeps().Secret(t.Context(), s.Entry); err != nil || !v.Equal(want) {
		t.Errorf("the command gave another secret, or none: %v", err)
	}
	forgetful := desk.OpenStash(o.index, o.memory)
	if _, _, err := forgetful.Secret(t.Context(), s.Entry); !errors.Is(err, desk.ErrNotHere) {
		t.Errorf("without the command: %v", err)
	}
}

// elsewhere is another desk at the office's platform, with a keyring and an index of its own.
func (o *office) elsewhere(t *testing.T, keys desk.Keyring, index *stash.Index) *desk.Desk {
	t.Helper()
	d, err := desk.Open(desk.Options{APIURL: o.Origin(), Session: o.platform.SessionToken(), Journal: o.journal, Index: index, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// Two keys that never end can't be told apart by their ends: a line of an env file has the one that was put there last,
// however the other came there, and whatever the file is called.
func TestALineOfAnEnvFileHasOneKey(t *testing.T) {
	for name, put := range map[string]func(*office, desk.Place) error{
		"made there": func(o *office, p desk.Place) error {
			_, err := o.Issue(t.Context(), endless("second", p), nil)
			return err
		},
		"put there": func(o *office, p desk.Place) error {
			issued, err := o.Issue(t.Context(), endless("second", desk.Place{Kind: desk.InKeyring}), nil)
			if err != nil {
				return err
			}
			_, err = o.Put(t.Context(), issued.Account, p)
			return err
		},
		"copied there": func(o *office, p desk.Place) error {
			if _, err := o.Issue(t.Context(), endless("second", desk.Place{Kind: desk.InKeyring}), nil); err != nil {
				return err
			}
			s, err := o.Keeps().Find(t.Context(), "second")
			if err != nil {
				return err
			}
			_, _, err = o.CopyStashed(t.Context(), s, p)
			return err
		},
		"written there": func(o *office, p desk.Place) error {
			if _, err := o.Issue(t.Context(), endless("second", desk.Place{Kind: desk.InKeyring}), nil); err != nil {
				return err
			}
			s, err := o.Keeps().Find(t.Context(), "second")
			if err != nil {
				return err
			}
			h, err := o.Keeps().HandOut(t.Context(), s, stash.SDK, "")
			if err != nil {
				return err
			}
			_, err = o.Keeps().WriteEnv(t.Context(), h, p.Path, true)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := open(t, "")
			folder := t.TempDir()
			path, link := filepath.Join(folder, ".env"), filepath.Join(folder, "link")
			if _, err := o.Issue(t.Context(), endless("first", desk.Place{Kind: desk.InEnvFile, Path: path}), nil); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(path, link); err != nil {
				t.Fatal(err)
			}
			if err := put(o, desk.Place{Kind: desk.InEnvFile, Path: link, Replace: true}); err != nil {
				t.Fatal(err)
			}
			first, err := o.Keeps().Find(t.Context(), "first")
			if err != nil || first.Kept || len(first.Where) != 0 {
				t.Errorf("the first is kept in %v: %v", first.Where, err)
			}
			if _, _, err := o.Keeps().Secret(t.Context(), first.Entry); !errors.Is(err, desk.ErrNotHere) {
				t.Errorf("reading the first says %v", err)
			}
			second, err := o.Keeps().Find(t.Context(), "second")
			if err != nil {
				t.Fatal(err)
			}
			want, _ := o.platform.SecretOf(second.ID)
			if v, _, err := o.Keeps().Secret(t.Context(), second.Entry); err != nil || !v.Equal(want) {
				t.Errorf("the second is not what is read: %v", err)
			}
		})
	}
}

func endless(name string, places ...desk.Place) desk.Order {
	made := order(name, places...)
	made.Draft.ExpiresAt = nil
	return made
}

// What somebody else wrote into the file is another key, even where both never end.
func TestAnotherEndlessKeyInTheFileIsNotHandedOut(t *testing.T) {
	o := open(t, "")
	path := filepath.Join(t.TempDir(), ".env")
	if _, err := o.Issue(t.Context(), endless("mine", desk.Place{Kind: desk.InEnvFile, Path: path}), nil); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("API_KEY="+madeUp(map[string]any{"sub": "other"})+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := o.Keeps().Find(t.Context(), "mine")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Keeps().HandOut(t.Context(), s, stash.SDK, ""); !errors.Is(err, desk.ErrOtherKey) {
		t.Errorf("handing it out says %v", err)
	}
}

// An index that can't be written costs nobody the key: that is a warning, and the place has it.
func TestAnIndexThatFailsIsAWarningOfThePlace(t *testing.T) {
	o := open(t, "")
	path := filepath.Join(t.TempDir(), "stash.json")
	keys := stash.NewMemory()
	d := o.elsewhere(t, keys, stash.OpenIndex(path))
	issued, err := d.Issue(t.Context(), order("noted", desk.Place{Kind: desk.OnDisplay}), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	placed, err := d.Put(t.Context(), issued.Account, desk.Place{Kind: desk.InKeyring})
	if err != nil || placed.Err != nil || placed.Custody != secret.Kept || placed.Warning == "" {
		t.Errorf("%+v: %v", placed, err)
	}
	if _, err := keys.Get(t.Context(), issued.Account); err != nil {
		t.Error(err)
	}
}

// late is a keyring whose answer to a write comes too late; whether it stored the key, reading tells.
type late struct {
	*stash.Memory
	stores bool
}

func (l *late) Put(ctx context.Context, account string, v secret.Value) error {
	if l.stores {
		_ = l.Memory.Put(ctx, account, v)
	}
	return &stash.KeyringError{Kind: stash.Silent, Op: "write", MayBeStored: true}
}

func TestAWriteWithoutAnAnswerIsReadAgain(t *testing.T) {
	for _, stores := range []bool{true, false} {
		o := open(t, "")
		d := o.elsewhere(t, &late{stash.NewMemory(), stores}, o.index)
		issued, err := d.Issue(t.Context(), order("late", desk.Place{Kind: desk.InKeyring}), nil)
		if err != nil || issued.Kept != stores || (issued.Places[0].Err == nil) != stores {
			t.Errorf("stored %v: kept %v, %v", stores, issued.Kept, err)
		}
		if left := len(d.Holder().Unsaved()); (left == 0) != stores {
			t.Errorf("stored %v: %d unsaved", stores, left)
		}
	}
}
