package doctor

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"fob/config"
)

func inFolder(path string) func() (config.Dirs, error) {
	return func() (config.Dirs, error) { return config.Dirs{Config: path, State: path, Data: path}, nil }
}

func TestFiles(t *testing.T) {
	write := func(folder, name, text string, mode os.FileMode) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(filepath.Join(folder, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, file, text string
		mode             os.FileMode
		want             State
		seen             string
	}{
		{Settings, "config.toml", "", 0o644, OK, "reads well, 0 destinations"},
		{Settings, "config.toml", "", 0o664, Warn, "others can write it"},
		{Settings, "config.toml", "x = [", 0o600, Fail, "config.toml:1: not valid TOML"},
		{StateFile, "state.json", `{"version":1}`, 0o600, OK, "reads well"},
		{StateFile, "state.json", `{"version":1}`, 0o640, Warn, "others can read it"},
		{StateFile, "state.json", `{"version":99}`, 0o600, Fail, "newer fob"},
		{Stash, "stash.json", `{"version":1,"entries":[{"account":"a"}]}`, 0o600, OK, ", 1 key"},
		{Stash, "stash.json", `{"version":1,"entries":[{}]}`, 0o600, Fail, "entry 1"},
		{Journal, "journal.jsonl", "{}\n{}\n", 0o600, OK, ", 2 lines"},
		{Journal, "journal.jsonl", "{}\n{\n", 0o600, OK, "1 of them torn"},
		{Policy, "policy.toml", "version = 1\n", 0o600, OK, "reads well"},
		{Policy, "policy.toml", "nonsense = 1\n", 0o600, Fail, "policy.toml:1"},
	} {
		folder := t.TempDir()
		write(folder, c.file, c.text, c.mode)
		f := named(t, examine(t, Patient{Dirs: inFolder(folder)}), c.name)
		if f.State != c.want || !strings.Contains(f.Seen, c.seen) || (f.State == OK) != (f.Advice == "") || f.Facts["path"] != filepath.Join(folder, c.file) {
			t.Errorf("%s %q %04o: %+v", c.file, c.text, c.mode, f)
		}
	}
}

func TestFolders(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	open := filepath.Join(folder, "open")
	if err := os.Mkdir(open, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(open, 0o777); err != nil { //nolint:gosec // that is what is found
		t.Fatal(err)
	}
	for path, want := range map[string]struct {
		state State
		seen  string
	}{
		folder:                                 {OK, folder},
		filepath.Join(folder, "not", "yet"):    {OK, "(made when needed)"},
		filepath.Join(folder, "file", "below"): {Fail, "can't be written"},
		open:                                   {Warn, "others can write into " + open},
	} {
		f := named(t, examine(t, Patient{Dirs: inFolder(path)}), Folders)
		if f.State != want.state || !strings.Contains(f.Seen, want.seen) {
			t.Errorf("%s: %+v", path, f)
		}
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != 2 {
		t.Errorf("the doctor left something behind: %v, %v", left, err)
	}
}

// A file that is a pipe would be read without end: it costs its own line and no other.
func TestAFileThatIsAPipe(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"policy.toml", "state.json"} {
		if err := syscall.Mkfifo(filepath.Join(folder, name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	findings := Examine(ctx, Patient{Dirs: inFolder(folder)})
	for name, want := range map[string]State{Policy: Fail, StateFile: Fail, Settings: OK, Journal: OK, Folders: OK} {
		if f := named(t, findings, name); f.State != want {
			t.Errorf("%+v", f)
		}
	}
	for _, name := range []string{"policy.toml", "state.json"} { // lets the readers go
		f, err := os.OpenFile(filepath.Join(folder, name), os.O_WRONLY|syscall.O_NONBLOCK, 0)
		if err != nil {
			t.Error(err)
			continue
		}
		f.Close()
	}
}
