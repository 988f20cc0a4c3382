package stash

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fob/client/secret"
	"fob/config"
)

var eu = config.Dirs{}.SessionAccount("eu")

// tight is a limit that splits what is longer than some hundred bytes.
const tight = 330

var errCrash = errors.New("the machine is off")

// fragile is a drawer that changes some times, and is off from then on. The last change is made or not.
type fragile struct {
	drawer
	left      int  // changes until then; negative: no end
	lastDone  bool // the last change is made, and only its answer is lost
	beforeGet func()
}

func (f *fragile) change(work func() error) error {
	if f.left == 0 {
		return errCrash
	}
	f.left--
	if f.left != 0 {
		return work()
	}
	if f.lastDone {
		_ = work()
	}
	return errCrash
}

func (f *fragile) Set(service, account, value string) error {
	if len(value) > tight {
		return errors.New("too large")
	}
	return f.change(func() error { return f.drawer.Set(service, account, value) })
}

func (f *fragile) Delete(service, account string) error {
	return f.change(func() error { return f.drawer.Delete(service, account) })
}

func (f *fragile) Get(service, account string) (string, error) {
	if f.left == 0 {
		return "", errCrash
	}
	if f.beforeGet != nil {
		f.beforeGet()
	}
	return f.drawer.Get(service, account)
}

// sessions is the store of one profile on entries, which ends after some changes.
func sessions(entries map[string]string, changes int, lastDone bool) (*SessionKeyring, *fragile) {
	f := &fragile{drawer: drawer{values: entries}, left: changes, lastDone: lastDone}
	k := NewKeyring("fob-session-test")
	k.vault, k.reach, k.limit = f, func() error { return nil }, tight
	return NewSessionKeyring(k, eu, ""), f
}

// session is a made-up one of some length.
func session(name string, length int) secret.Value {
	text := strings.Repeat(name+"é", length/len(name+"é"))
	return secret.New(text + strings.Repeat(".", length-len(text)))
}

// tester is a test, of rapid as well.
type tester interface {
	rapid.TB
	Context() context.Context
}

func mustSave(t tester, entries map[string]string, v secret.Value) {
	t.Helper()
	s, _ := sessions(entries, -1, false)
	if err := s.Save(t.Context(), v); err != nil {
		t.Fatal(err)
	}
}

func mustLoad(t tester, entries map[string]string) secret.Value {
	t.Helper()
	s, _ := sessions(entries, -1, false)
	v, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// whole fails unless entries are exactly one session: its head, and the shards that it names.
func whole(t tester, entries map[string]string) {
	t.Helper()
	h, err := openHead(secret.New(entries[eu]))
	if err != nil {
		t.Fatal(err)
	}
	want := append(h.shards.accounts(eu), eu)
	slices.Sort(want)
	if got := slices.Sorted(maps.Keys(entries)); !slices.Equal(got, want) {
		t.Fatalf("there are %q instead of %q", got, want)
	}
}

func TestASessionIsKeptWhateverItsLength(t *testing.T) {
	entries := map[string]string{}
	if v := mustLoad(t, entries); !v.IsZero() {
		t.Error("there is one before any was saved")
	}
	for _, length := range []int{1, 50, 100, 329, 330, 331, 660, 661, 5000, 40, maxSession, 5000} {
		v := session("a", length)
		mustSave(t, entries, v)
		if !mustLoad(t, entries).Equal(v) {
			t.Errorf("of %d bytes another one is loaded", length)
		}
		whole(t, entries)
		if h, _ := openHead(secret.New(entries[eu])); (h.shards.Count > 0) != (length > 100) {
			t.Errorf("%d bytes are in %d shards", length, h.shards.Count)
		}
	}
	s, _ := sessions(entries, -1, false)
	for range 2 {
		if err := s.Delete(t.Context()); err != nil || len(entries) != 0 {
			t.Errorf("%d entries are left: %v", len(entries), err)
		}
	}
}

// The machine goes off after every change of a Save, made or not: the old session is there or the new one, and the next
// Save or Delete leaves nothing of what was half done.
func TestACrashLeavesTheOldSessionOrTheNewOne(t *testing.T) {
	for _, was := range []int{0, 60, 700} {
		for _, becomes := range []int{60, 900} {
			for _, lastDone := range []bool{false, true} {
				for steps := 1; ; steps++ {
					what := fmt.Sprintf("from %d to %d bytes, off at change %d, made %t", was, becomes, steps, lastDone)
					entries := map[string]string{}
					var before secret.Value
					if was > 0 {
						before = session("old", was)
						mustSave(t, entries, before)
					}
					after := session("new", becomes)
					s, f := sessions(entries, steps, lastDone)
					failed := s.Save(t.Context(), after)
					if f.left > 0 {
						break // it did without
					}
					got := mustLoad(t, entries)
					if !got.Equal(before) && !got.Equal(after) || failed == nil && !got.Equal(after) {
						t.Errorf("%s: neither is loaded, but %d bytes: %v", what, got.Len(), failed)
					}
					half := maps.Clone(entries)
					last := session("last", 700)
					mustSave(t, entries, last)
					if !mustLoad(t, entries).Equal(last) {
						t.Errorf("%s: the next one is not loaded", what)
					}
					whole(t, entries)
					if s, _ := sessions(half, -1, false); s.Delete(t.Context()) != nil || len(half) != 0 {
						t.Errorf("%s: after signing out there is %q", what, slices.Collect(maps.Keys(half)))
					}
				}
			}
		}
	}
}

func TestACrashWhileSigningOut(t *testing.T) {
	for _, lastDone := range []bool{false, true} {
		for steps := 1; ; steps++ {
			entries := map[string]string{}
			v := session("old", 900)
			mustSave(t, entries, v)
			s, f := sessions(entries, steps, lastDone)
			err := s.Delete(t.Context())
			if f.left > 0 {
				break
			}
			if err == nil {
				t.Errorf("at change %d it says that it is gone", steps)
			}
			if got := mustLoad(t, entries); !got.IsZero() && !got.Equal(v) {
				t.Errorf("at change %d a part is taken for the session", steps)
			}
			if s, _ := sessions(entries, -1, false); s.Delete(t.Context()) != nil || len(entries) != 0 {
				t.Errorf("at change %d: %d entries are left", steps, len(entries))
			}
		}
	}
}

// Any number of crashes, one after another.
func TestManyCrashesLeaveAWholeSession(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		entries := map[string]string{}
		var is secret.Value
		for n := range rapid.IntRange(1, 8).Draw(rt, "saves") {
			v := session(fmt.Sprint("s", n), rapid.SampledFrom([]int{40, 400, 1200}).Draw(rt, "length"))
			s, _ := sessions(entries, rapid.IntRange(-1, 12).Filter(func(n int) bool { return n != 0 }).Draw(rt, "changes"), rapid.Bool().Draw(rt, "made"))
			var err error
			deleting := rapid.IntRange(0, 4).Draw(rt, "what") == 0
			if deleting {
				v, err = secret.Value{}, s.Delete(rt.Context())
			} else {
				err = s.Save(rt.Context(), v)
			}
			got := mustLoad(rt, entries)
			half := err != nil && (got.Equal(is) || deleting && got.IsZero())
			if !got.Equal(v) && !half {
				rt.Fatalf("%d bytes are loaded: %v", got.Len(), err)
			}
			is = got
		}
		mustSave(rt, entries, session("last", 500))
		whole(rt, entries)
	})
}

func TestASessionThatIsReplacedWhileItIsReadIsOneOfTheTwo(t *testing.T) {
	for _, becomes := range []int{60, 900} {
		for at := 1; at < 7; at++ {
			entries := map[string]string{}
			before, after := session("old", 900), session("new", becomes)
			mustSave(t, entries, before)
			s, f := sessions(entries, -1, false)
			gets := 0
			f.beforeGet = func() {
				if gets++; gets == at {
					mustSave(t, entries, after)
				}
			}
			got, err := s.Load(t.Context())
			if err != nil || !got.Equal(before) && !got.Equal(after) {
				t.Errorf("replaced before read %d: %d bytes, %v", at, got.Len(), err)
			}
		}
	}
}

func TestWhatIsDamagedIsNoSession(t *testing.T) {
	whole900 := map[string]string{}
	mustSave(t, whole900, session("a", 900))
	first := slices.Sorted(maps.Keys(whole900))[1]
	damage := map[string]func(map[string]string){
		"a shard is gone":      func(m map[string]string) { delete(m, first) },
		"all shards are gone":  func(m map[string]string) { maps.DeleteFunc(m, func(k, _ string) bool { return k != eu }) },
		"a shard is another":   func(m map[string]string) { m[first] = strings.Repeat("x", len(m[first])) },
		"a shard is cut":       func(m map[string]string) { m[first] = m[first][1:] },
		"a shard is empty":     func(m map[string]string) { m[first] = "" },
		"the head is no JSON":  func(m map[string]string) { m[eu] = "a session by itself" },
		"the head is empty":    func(m map[string]string) { m[eu] = "" },
		"the head is unlikely": func(m map[string]string) { m[eu] = `{"version":1,"shards":{"id":"x","count":-4}}` },
		"no version":           func(m map[string]string) { m[eu] = `{"session":"x"}` },
		"another type":         func(m map[string]string) { m[eu] = `{"version":1,"session":7}` },
	}
	for name, harm := range damage {
		entries := maps.Clone(whole900)
		harm(entries)
		if got := mustLoad(t, entries); !got.IsZero() {
			t.Errorf("%s: %d bytes are loaded", name, got.Len())
		}
		mustSave(t, entries, session("b", 50))
		if strings.Contains(name, "shard") {
			whole(t, entries)
		}
		if !mustLoad(t, entries).Equal(session("b", 50)) {
			t.Errorf("%s: signing in again did not help", name)
		}
	}
}

func TestASessionOfANewerFobIsLeftUntilSomebodySignsIn(t *testing.T) {
	entries := map[string]string{eu: `{"version":2,"what":"ever"}`}
	s, _ := sessions(entries, -1, false)
	if v, err := s.Load(t.Context()); !errors.Is(err, config.ErrNewer) || !v.IsZero() {
		t.Errorf("%v", err)
	}
	mustSave(t, entries, session("a", 50))
	whole(t, entries)
}

func TestWhatIsNoSessionIsNotStored(t *testing.T) {
	entries := map[string]string{}
	path := filepath.Join(t.TempDir(), "s")
	s, f := sessions(entries, -1, false)
	for name, v := range map[string]secret.Value{
		"empty": {}, "too long": secret.New(strings.Repeat("x", maxSession+1)), "no text": secret.New("a\xff"),
	} {
		for _, err := range []error{s.Save(t.Context(), v), SessionFile{path}.Save(t.Context(), v)} {
			if !errors.Is(err, ErrNotText) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if f.calls != 0 {
		t.Error("the keyring was asked")
	}
}

// What stands in the errors is about sessions, and nothing of the session is in them.
func TestErrorsAreAboutTheSession(t *testing.T) {
	v := session("secret", 60)
	s, f := sessions(map[string]string{}, -1, false)
	f.fail = errors.New("can't store " + v.Reveal())
	for name, err := range map[string]error{"save": s.Save(t.Context(), v), "delete": s.Delete(t.Context())} {
		failed, ok := errors.AsType[*KeyringError](err)
		if !ok || !failed.Session || !strings.Contains(failed.Hint(), "--store file") || strings.Contains(failed.Hint(), "env file") {
			t.Errorf("%s: %v", name, err)
		}
	}
	s, f = sessions(map[string]string{}, -1, false)
	f.values = nil // a write to it panics, with the value at hand
	if err := s.Save(t.Context(), v); err == nil || v.Redact(err.Error()) != err.Error() {
		t.Errorf("%v", err)
	}
	for _, kind := range []KeyringKind{NoBus, NoService, Locked, Dismissed, TooLarge, Silent, Busy, Lying, NotFound, Other} {
		e := &KeyringError{Kind: kind, Op: opWrite, Session: true, MayBeStored: true}
		if text := e.Error() + e.Hint(); strings.Contains(text, " key ") || strings.Contains(text, "clipboard") || e.Hint() == "" {
			t.Errorf("%s: %s", kind, text)
		}
	}
}

func TestNothingIsAskedBeforeTheFirstUse(t *testing.T) {
	f := &fragile{drawer: drawer{values: map[string]string{}}, left: -1}
	k := NewKeyring("fob-session-test")
	k.vault, k.reach = f, func() error { t.Error("the bus was looked for"); return nil }
	s := NewSessionKeyring(k, eu, filepath.Join(t.TempDir(), "folder", "s.json"))
	unlock, err := s.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	if f.calls != 0 || s.Name() != "the OS keyring" {
		t.Errorf("%d calls", f.calls)
	}
}

func TestProfilesDoNotShareASession(t *testing.T) {
	s, f := sessions(map[string]string{}, -1, false)
	for _, profile := range []string{"eu", "EU", "eu.1", "", "a:b"} {
		other := NewSessionKeyring(s.keyring, config.Dirs{}.SessionAccount(profile), "")
		if v, err := other.Load(t.Context()); err != nil || !v.IsZero() {
			t.Errorf("%q has one already: %v", profile, err)
		}
		if err := other.Save(t.Context(), secret.New("of "+profile)); err != nil {
			t.Error(err)
		}
	}
	folded := map[string]bool{}
	for account := range f.values {
		folded[strings.ToLower(account)] = true
		if strings.Contains(account, ":") {
			t.Errorf("account %q", account)
		}
	}
	if len(folded) != 5 {
		t.Errorf("on a system that doesn't tell upper from lower case there are %d", len(folded))
	}
}

// A shard of the largest size with the longest name still fits into the one line that macOS takes.
func TestTheLongestNamesFit(t *testing.T) {
	account := shards{ID: strings.Repeat("X", 26), Count: 99}.accounts(config.Dirs{Own: "/x"}.SessionAccount(strings.Repeat("x", 64)))[98]
	line := len("add-generic-password -U -s "+SessionService+" -a '"+account+"' -w 'go-keyring-base64:'\n") + (valueLimit("darwin")+2)/3*4
	if line > 4096 {
		t.Errorf("the line has %d bytes", line)
	}
}

func TestOneKeyringHangsForAllItsServices(t *testing.T) {
	k, _ := newDrawer()
	other := k.Under("fob-session-test")
	k.slot <- struct{}{}
	select {
	case other.slot <- struct{}{}:
		t.Error("two calls run at once")
	default:
	}
	if other.service != "fob-session-test" || other.vault != k.vault || other.limit != k.limit {
		t.Errorf("%+v", other)
	}
}
