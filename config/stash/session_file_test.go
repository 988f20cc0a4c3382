package stash_test

import (
	"bufio"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"fob/client/secret"
	"fob/config"
	"fob/config/stash"
)

func fileOf(t *testing.T, profile string) stash.SessionFile {
	t.Helper()
	return stash.SessionFile{Path: config.Dirs{State: filepath.Join(t.TempDir(), "state")}.SessionPath(profile)}
}

func TestASessionInAFile(t *testing.T) {
	f := fileOf(t, "../../eu")
	folder := filepath.Dir(f.Path)
	if v, err := f.Load(t.Context()); err != nil || !v.IsZero() {
		t.Errorf("before any was saved: %v", err)
	}
	if err := f.Delete(t.Context()); err != nil {
		t.Errorf("deleting none: %v", err)
	}
	if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) {
		t.Error("looking made a folder")
	}
	for _, text := range []string{"first", "<second>& \u2028 \"é\" \x01\n", strings.Repeat("x", 64<<10), strings.Repeat("\x01", 64<<10)} {
		v := secret.New(text)
		if err := f.Save(t.Context(), v); err != nil {
			t.Fatal(err)
		}
		if got, err := f.Load(t.Context()); err != nil || !got.Equal(v) {
			t.Errorf("%d bytes are loaded, %v", got.Len(), err)
		}
	}
	if runtime.GOOS != "windows" {
		for path, want := range map[string]fs.FileMode{f.Path: 0o600, folder: 0o700, filepath.Dir(folder): 0o700} {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: %v, %v", path, info.Mode(), err)
			}
		}
	}
	if names, err := os.ReadDir(folder); err != nil || len(names) != 1 {
		t.Errorf("the folder has %v, %v", names, err)
	}
	for range 2 {
		if err := f.Delete(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if v, err := f.Load(t.Context()); err != nil || !v.IsZero() {
		t.Errorf("after it was deleted: %v", err)
	}
	if f.Name() != "the file "+f.Path {
		t.Errorf("it is called %s", f.Name())
	}
}

// A trial says what saving would, and leaves nothing behind.
func TestTryingASessionsFile(t *testing.T) {
	f := fileOf(t, "eu")
	for range 2 {
		if err := f.Try(t.Context()); err != nil {
			t.Error(err)
		}
		if names, err := os.ReadDir(filepath.Dir(f.Path)); err != nil || len(names) != 0 {
			t.Errorf("it leaves %v, %v", names, err)
		}
	}
	if err := f.Save(t.Context(), secret.New("mine")); err != nil {
		t.Fatal(err)
	}
	if err := f.Try(t.Context()); err != nil {
		t.Error(err)
	}
	if v, err := f.Load(t.Context()); err != nil || !v.Equal(secret.New("mine")) {
		t.Errorf("what was kept is touched: %v", err)
	}
	blocked := stash.SessionFile{Path: filepath.Join(f.Path, "below", "a-file")}
	if err := blocked.Try(t.Context()); err == nil {
		t.Error("a file below a file is tried with success")
	}
	if err := os.Remove(f.Path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(f.Path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := f.Try(t.Context()); !errors.Is(err, stash.ErrNotOurs) {
		t.Errorf("a folder in its place: %v", err)
	}
}

func TestASessionThatOthersCanReadIsNotUsed(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("it has no modes")
	}
	f := fileOf(t, "eu")
	for _, mode := range []fs.FileMode{0o604, 0o640, 0o620, 0o601, 0o777} {
		if err := f.Save(t.Context(), secret.New("mine")); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(f.Path, mode); err != nil {
			t.Fatal(err)
		}
		v, err := f.Load(t.Context())
		if !errors.Is(err, stash.ErrExposed) || !v.IsZero() || !strings.Contains(err.Error(), "chmod 600 "+f.Path) {
			t.Errorf("%o: %v", mode, err)
		}
	}
	if err := os.Chmod(filepath.Dir(f.Path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := f.Save(t.Context(), secret.New("again")); err != nil {
		t.Errorf("signing in again: %v", err)
	}
	for path, want := range map[string]fs.FileMode{f.Path: 0o600, filepath.Dir(f.Path): 0o700} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

func TestWhatIsNoFileOfOnesOwnIsRefused(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a link takes a right there that few have")
	}
	for name, put := range map[string]func(path string) error{
		"a link": func(path string) error {
			other := filepath.Join(filepath.Dir(path), "other")
			return errors.Join(os.WriteFile(other, []byte(`{"version":1,"session":"x"}`), 0o600), os.Symlink(other, path))
		},
		"a dangling link": func(path string) error { return os.Symlink("nowhere", path) },
		"a folder":        func(path string) error { return os.Mkdir(path, 0o700) },
		"somebody else's": func(path string) error {
			return errors.Join(os.WriteFile(path, []byte(`{"version":1,"session":"x"}`), 0o600), os.Chown(path, 4711, 4711))
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := fileOf(t, "eu")
			if err := os.MkdirAll(filepath.Dir(f.Path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := put(f.Path); errors.Is(err, fs.ErrPermission) {
				t.Skip("only root can give files away")
			} else if err != nil {
				t.Fatal(err)
			}
			before, _ := os.Lstat(f.Path)
			if v, err := f.Load(t.Context()); !errors.Is(err, stash.ErrNotOurs) || !v.IsZero() {
				t.Errorf("load: %v", err)
			}
			if err := f.Save(t.Context(), secret.New("mine")); !errors.Is(err, stash.ErrNotOurs) {
				t.Errorf("save: %v", err)
			}
			if after, err := os.Lstat(f.Path); err != nil || after.Mode() != before.Mode() || !after.ModTime().Equal(before.ModTime()) {
				t.Errorf("it was touched: %v", err)
			}
		})
	}
}

func TestADamagedFileIsNoSession(t *testing.T) {
	f := fileOf(t, "eu")
	if err := f.Save(t.Context(), secret.New("mine")); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "{", "mine", `{"version":1}`, `{"version":0,"session":"x"}`, `{"session":"x"}`, `{"version":1,"session":1}`, "[]", strings.Repeat(" ", 1<<20) + `{"version":1,"session":"x"}`} {
		writeFile(t, f.Path, text, 0o600)
		if v, err := f.Load(t.Context()); err != nil || !v.IsZero() {
			t.Errorf("%.40q: %v", text, err)
		}
	}
	writeFile(t, f.Path, `{"version":2,"session":"x"}`, 0o600)
	if v, err := f.Load(t.Context()); !errors.Is(err, config.ErrNewer) || !v.IsZero() {
		t.Errorf("a newer one: %v", err)
	}
	if err := f.Save(t.Context(), secret.New("mine")); err != nil {
		t.Errorf("signing in again: %v", err)
	}
}

func TestTwoProcessesTakeTurnsAtASession(t *testing.T) {
	f := fileOf(t, "eu")
	one, two := process(t, "session-file", f.Path, "count=15"), process(t, "session-file", f.Path, "count=15")
	if err := errors.Join(one.Start(), two.Start()); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(one.Wait(), two.Wait()); err != nil {
		t.Fatal(err)
	}
	if v, err := f.Load(t.Context()); err != nil || !v.Equal(secret.New("30"+padding)) {
		t.Errorf("of 30 some are lost: %d bytes, %v", v.Len(), err)
	}
}

func TestTheLockOfASessionIsWaitedForAsLongAsOneWants(t *testing.T) {
	f := fileOf(t, "eu")
	p := process(t, "session-file", f.Path, "hold")
	in, err := p.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "held\n" {
		t.Fatalf("%q, %v", line, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	for name, store := range map[string]sessionStore{
		"file": f, "keyring": stash.NewSessionKeyring(stash.NewKeyring(stash.SessionService), config.Dirs{}.SessionAccount("eu"), f.Path),
	} {
		if _, err := store.Lock(ctx); !errors.Is(err, config.ErrLocked) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
	}
	unlock, err := stash.SessionFile{Path: filepath.Join(filepath.Dir(f.Path), "other")}.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	unlock, err = f.Lock(t.Context())
	if err != nil {
		t.Errorf("after the holder died: %v", err)
	} else {
		unlock()
	}
	_ = p.Wait()
}
