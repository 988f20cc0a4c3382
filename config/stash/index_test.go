package stash_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fob/config"
	"fob/config/stash"
)

func at(day int) time.Time { return time.Date(2026, 3, day, 12, 0, 0, 0, time.UTC) }

func TestAnEntryIsMergedByItsAccount(t *testing.T) {
	path := filepath.Join(t.TempDir(), "made", "stash.json")
	for name, index := range map[string]*stash.Index{"file": stash.OpenIndex(path), "memory": stash.NewMemoryIndex()} {
		t.Run(name, func(t *testing.T) {
			if all, err := index.Entries(t.Context()); err != nil || len(all) != 0 {
				t.Fatalf("%v, %v", all, err)
			}
			first := stash.Entry{
				Account: "one", Origin: "https://h.test", OrganizationID: "org", Name: "n", Type: "service",
				Workspaces: []string{"legal"}, CreatedAt: at(1),
				Places: []stash.Place{{Kind: stash.KindKeyring, Where: "fob", Custody: "kept", At: at(1)}},
			}
			expires, read := at(20), at(3)
			second := stash.Entry{Account: "one", KeyID: "id", ExpiresAt: &expires, Places: []stash.Place{
				{Kind: stash.KindKeyring, Where: "fob", Custody: "kept", At: at(2), ReadBackAt: &read},
				{Kind: stash.KindClipboard, Custody: "sent", At: at(2)},
			}}
			other := stash.Entry{Account: "two", CreatedAt: at(2), AllWorkspaces: true}
			for _, e := range []stash.Entry{first, other, second} {
				if err := index.Put(t.Context(), e); err != nil {
					t.Fatal(err)
				}
			}
			want := first
			want.KeyID, want.ExpiresAt, want.Places = "id", &expires, second.Places
			got, err := index.Entries(t.Context())
			if diff := cmp.Diff([]stash.Entry{want, other}, got); diff != "" || err != nil {
				t.Error(diff, err)
			}
			err = index.Update(t.Context(), "one", func(e *stash.Entry) error {
				e.ExpiresAt, e.Places, e.Account = nil, nil, "a new name"
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			want.ExpiresAt, want.Places = nil, nil
			got, err = index.Entries(t.Context())
			if diff := cmp.Diff([]stash.Entry{want, other}, got); diff != "" || err != nil {
				t.Error(diff, err)
			}
			if err := index.Remove(t.Context(), "one"); err != nil {
				t.Error(err)
			}
			if err := index.Remove(t.Context(), "one"); !errors.Is(err, stash.ErrNoEntry) {
				t.Errorf("removing twice: %v", err)
			}
			err = index.Update(t.Context(), "one", func(*stash.Entry) error { return nil })
			if !errors.Is(err, stash.ErrNoEntry) {
				t.Errorf("changing what is gone: %v", err)
			}
			if err := index.Put(t.Context(), stash.Entry{}); err == nil {
				t.Error("an entry without an account was taken")
			}
		})
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestAnIndexThatCanNotBeReadIsLeftAlone(t *testing.T) {
	for content, want := range map[string]error{
		`{"version":2,"entries":[]}`:                           config.ErrNewer,
		`{"version":1,"entries":{}}`:                           config.ErrDamaged,
		`{"version":1,"entries":[{}]}`:                         config.ErrDamaged,
		`{"version":1,"entries":[null]}`:                       config.ErrDamaged,
		`{"version":1,"entries":[{"account":1}]}`:              config.ErrDamaged,
		`{"version":1,"entries":[{"account":"a","places":1}]}`: config.ErrDamaged,
		`{"version":1,"entr`:                                   config.ErrDamaged,
		`[]`:                                                   config.ErrDamaged,
		``:                                                     config.ErrDamaged,
	} {
		path := filepath.Join(t.TempDir(), "stash.json")
		writeFile(t, path, content, 0o600)
		index := stash.OpenIndex(path)
		if _, err := index.Entries(t.Context()); !errors.Is(err, want) {
			t.Errorf("%s: read: %v", content, err)
		}
		if err := index.Put(t.Context(), stash.Entry{Account: "a"}); !errors.Is(err, want) {
			t.Errorf("%s: write: %v", content, err)
		}
		if data, err := os.ReadFile(path); err != nil || string(data) != content {
			t.Errorf("%s became %s, %v", content, data, err)
		}
	}
}

func TestAnIndexKeepsFieldsOfALaterFob(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stash.json")
	writeFile(t, path, `{"version":1,"later":1,"entries":[
		{"account":"a","name":"old","colour":"red"},{"account":"b","colour":"blue"}]}`, 0o600)
	index := stash.OpenIndex(path)
	err := index.Update(t.Context(), "a", func(e *stash.Entry) error {
		e.Name = ""
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Later   int
		Entries []map[string]any
	}
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if got.Later != 1 || got.Entries[0]["colour"] != "red" || got.Entries[1]["colour"] != "blue" {
		t.Errorf("%s", data)
	}
	if _, there := got.Entries[0]["name"]; there {
		t.Errorf("a name that was taken away is back: %s", data)
	}
}

func TestTheIndexIsAListByAccount(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		index := stash.NewMemoryIndex() // encodes and decodes as a file does, without waiting for the disk
		model := map[string]string{}
		account := rapid.SampledFrom([]string{"a", "b", "c", "é\x00\"", "<&>"})
		name := rapid.StringMatching(`.{1,8}`)
		rt.Repeat(map[string]func(*rapid.T){
			"put": func(rt *rapid.T) {
				a, n := account.Draw(rt, "account"), name.Draw(rt, "name")
				if err := index.Put(rt.Context(), stash.Entry{Account: a, Name: n}); err != nil {
					rt.Fatal(err)
				}
				model[a] = n
			},
			"update": func(rt *rapid.T) {
				a, n := account.Draw(rt, "account"), name.Draw(rt, "name")
				_, there := model[a]
				err := index.Update(rt.Context(), a, func(e *stash.Entry) error {
					e.Name = n
					return nil
				})
				if there != (err == nil) {
					rt.Fatal(err)
				}
				if there {
					model[a] = n
				}
			},
			"remove": func(rt *rapid.T) {
				a := account.Draw(rt, "account")
				_, there := model[a]
				if err := index.Remove(rt.Context(), a); there != (err == nil) {
					rt.Fatal(err)
				}
				delete(model, a)
			},
			"": func(rt *rapid.T) {
				all, err := index.Entries(rt.Context())
				if err != nil {
					rt.Fatal(err)
				}
				got := map[string]string{}
				for _, e := range all {
					got[e.Account] = e.Name
				}
				if len(all) != len(got) || !maps.Equal(got, model) {
					rt.Fatalf("%q instead of %q", got, model)
				}
			},
		})
	})
}

func TestProcessesThatWriteTheIndexAtOnceOrDieLoseNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stash.json")
	steady, dying := process(t, "index", path, "steady", "40"), process(t, "index", path, "dying", "-1")
	out, err := dying.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(steady.Start(), dying.Start()); err != nil {
		t.Fatal(err)
	}
	var want []string
	lines := bufio.NewScanner(out)
	for len(want) < 15 && lines.Scan() {
		want = append(want, lines.Text())
	}
	if err := dying.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
		want = append(want, lines.Text())
	}
	_ = dying.Wait() // killed, as it should be
	if err := steady.Wait(); err != nil {
		t.Fatal(err)
	}
	all, err := stash.OpenIndex(path).Entries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range all {
		names = append(names, e.Account)
	}
	for _, account := range want {
		if !slices.Contains(names, account) {
			t.Errorf("%s was acknowledged and is not there", account)
		}
	}
	if got := strings.Count(strings.Join(names, " "), "steady-"); got != 40 {
		t.Errorf("%d of 40 of the one that lived", got)
	}
}

func TestAFolderThatCanNotBeWrittenIsAnError(t *testing.T) {
	blocked := filepath.Join(t.TempDir(), "file")
	writeFile(t, blocked, "", 0o600)
	if err := stash.OpenIndex(filepath.Join(blocked, "stash.json")).Put(t.Context(), stash.Entry{Account: "a"}); err == nil {
		t.Error("no error")
	}
}

func FuzzIndex(f *testing.F) {
	for _, seed := range []string{
		"", "{}", `{"version":1}`, `{"version":1,"entries":[{"account":"a","x":1}]}`, `{"version":1,"entries":null}`,
		`{"version":1,"entries":[{"account":"a"},{"account":"a"}]}`, `{"version":1,"entries":[{"account":"a","created_at":"x"}]}`,
		`{"version":1,"Entries":[{"Account":"a"}]}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		path := filepath.Join(t.TempDir(), "stash.json")
		writeFile(t, path, content, 0o600)
		index := stash.OpenIndex(path)
		before, err := index.Entries(t.Context())
		if err != nil {
			if err := index.Put(t.Context(), stash.Entry{Account: "new"}); err == nil {
				t.Fatal("written over what can't be read")
			}
			return
		}
		if err := index.Put(t.Context(), stash.Entry{Account: "new"}); err != nil {
			t.Fatal(err)
		}
		after, err := index.Entries(t.Context())
		if err != nil || len(after) < len(before) || len(after) > len(before)+1 {
			t.Fatalf("%d entries became %d: %v", len(before), len(after), err)
		}
	})
}
