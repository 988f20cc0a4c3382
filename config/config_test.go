package config_test

import (
	"bufio"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fob/config"
)

func TestDirsFollowTheEnvironmentOfTheMoment(t *testing.T) {
	home := t.TempDir()
	t.Setenv("FOB_HOME", "")
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", "")
	t.Setenv("XDG_DATA_HOME", "")
	t.Setenv("XDG_STATE_HOME", filepath.Join(home, "elsewhere"))
	got, err := config.DefaultDirs()
	if err != nil {
		t.Fatal(err)
	}
	want := config.Dirs{
		Config: filepath.Join(home, ".config", "fob"),
		State:  filepath.Join(home, "elsewhere", "fob"),
		Data:   filepath.Join(home, ".local", "share", "fob"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	one := filepath.Join(home, "one")
	t.Setenv("FOB_HOME", one)
	got, err = config.DefaultDirs()
	if diff := cmp.Diff(config.Dirs{Config: one, State: one, Data: one, Own: one}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if _, err := os.Stat(one); err == nil {
		t.Error("asking for the folders made one")
	}
}

func TestWriteFileReplacesWithTheModeAskedFor(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	if err := os.WriteFile(path, []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := config.WriteFile(path, []byte("new"), 0o600); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "new" {
		t.Errorf("%q, %v", data, err)
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 1 {
		t.Errorf("left behind: %v, %v", names, err)
	}
}

func TestWriteFileKeepsALinkAndWritesWhatItNames(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "real"), filepath.Join(dir, "link")
	if err := os.WriteFile(target, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real", link); err != nil {
		t.Fatal(err)
	}
	if err := config.WriteFile(link, []byte("new"), 0o600); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v", err)
	}
	if data, err := os.ReadFile(target); err != nil || string(data) != "new" {
		t.Errorf("%q, %v", data, err)
	}
}

func TestAReaderNeverSeesHalfAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	contents := []string{strings.Repeat("a", 1<<16), strings.Repeat("b", 1<<16)}
	if err := config.WriteFile(path, []byte(contents[0]), 0o600); err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	done := make(chan struct{})
	wait.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			if data, err := os.ReadFile(path); err != nil || string(data) != contents[0] && string(data) != contents[1] {
				t.Errorf("read %d bytes, %v", len(data), err)
				return
			}
		}
	})
	for i := range 50 {
		if err := config.WriteFile(path, []byte(contents[i%2]), 0o600); err != nil {
			t.Error(err)
		}
	}
	close(done)
	wait.Wait()
}

func TestALockIsWaitedForAndGivenBackByTheDead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	p := process(t, "hold", path)
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := p.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "held\n" {
		t.Fatalf("%q, %v", line, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = config.Lock(ctx, path)
	if !errors.Is(err, config.ErrLocked) || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("error: %v", err)
	}
	for _, word := range []string{path, "held by process ", "waited"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q does not say %q", err, word)
		}
	}
	short, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	for name, err := range map[string]error{
		"journal": config.OpenJournal(path).Append(short, []byte("{}")),
		"state":   config.OpenState(path).Update(short, func(*config.State) error { return nil }),
	} {
		if !errors.Is(err, config.ErrLocked) {
			t.Errorf("the %s does not wait for the lock: %v", name, err)
		}
	}
	waiting := make(chan error, 1)
	go func() {
		unlock, err := config.Lock(t.Context(), path)
		if err == nil {
			unlock()
		}
		waiting <- err
	}()
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := <-waiting; err != nil {
		t.Errorf("after the holder died: %v", err)
	}
	_, killed := errors.AsType[*exec.ExitError](p.Wait())
	if !killed {
		t.Error("the holder ended by itself")
	}
}

func TestALockInAFolderThatCanNotBeWritten(t *testing.T) {
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(blocked, "f")
	if _, err := config.Lock(t.Context(), path); err == nil {
		t.Error("locked below a file")
	}
	if err := config.OpenJournal(path).Append(t.Context(), []byte("{}")); err == nil {
		t.Error("appended below a file")
	}
}

func TestResolveSaysWhereAValueCameFrom(t *testing.T) {
	flag := config.Option{Name: "api-url", Value: "https://flag.test"}
	given := flag
	given.Changed = true
	for _, c := range []struct {
		name, environment, fallback string
		flag                        config.Option
		value                       string
		from                        config.Source
	}{
		{"flag before all", "https://env.test", "https://default.test", given, "https://flag.test", config.Source{Kind: config.Flag, Name: "api-url"}},
		{"an empty flag counts", "https://env.test", "", config.Option{Name: "api-url", Changed: true}, "", config.Source{Kind: config.Flag, Name: "api-url"}},
		{"environment", " https://env.test\n", "x", flag, "https://env.test", config.Source{Kind: config.Environment, Name: config.EnvAPIURL}},
		{"empty environment", "", "https://default.test", flag, "https://default.test", config.Source{Kind: config.Default}},
		{"nothing", "", "", flag, "", config.Source{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv(config.EnvAPIURL, c.environment)
			got := config.Resolve(c.flag, config.EnvAPIURL, c.fallback)
			if got.Value != c.value || got.From != c.from || got.IsSet() == (c.from.Kind == config.Unset) {
				t.Errorf("%q from %+v", got.Value, got.From)
			}
		})
	}
}

func TestASessionIsTakenOnce(t *testing.T) {
	t.Setenv(config.EnvSessionToken, "a session\n")
	got, err := config.TakeSession()
	if err != nil || got != "a session" {
		t.Errorf("%q, %v", got, err)
	}
	if _, there := os.LookupEnv(config.EnvSessionToken); there {
		t.Error("children would inherit it")
	}
	if got, err := config.TakeSession(); err != nil || got != "" {
		t.Errorf("again: %q, %v", got, err)
	}
}

// Without a home of one's own, as under cron or in a container, nothing is written to the root of the file system.
func TestNoHomeIsNoPlace(t *testing.T) {
	for _, name := range []string{"FOB_HOME", "HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"} {
		t.Setenv(name, "")
	}
	for _, home := range []string{"", "/"} {
		t.Setenv("HOME", home)
		if got, err := config.DefaultDirs(); err == nil && filepath.Dir(filepath.Dir(got.Config)) == "/" {
			t.Errorf("with HOME=%q fob's files would be in %+v", home, got)
		}
	}
}
