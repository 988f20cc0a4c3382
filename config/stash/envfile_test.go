//go:build !windows

package stash_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fob/client/secret"
	"fob/config/stash"
)

// masked reads a file, with the secret as KEY.
func masked(t *testing.T, path string, v secret.Value) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(data), v.Reveal(), "KEY")
}

func onlyFile(t *testing.T, path string) {
	t.Helper()
	names, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if name.Name() != filepath.Base(path) {
			t.Errorf("%s is left behind", name.Name())
		}
	}
}

func TestANewEnvFileHasTheLinesTheSDKsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".env")
	v := madeUpKey()
	f := stash.EnvFile{Path: path, APIURL: "https://api.example.test/", Workspace: "My workspace"}
	if err := f.Try(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("trying made the file")
	}
	if err := f.Put(t.Context(), "", v); err != nil {
		t.Fatal(err)
	}
	want := "API_KEY=KEY\nAPI_URL=https://api.example.test/api/v1\nDEFAULT_WORKSPACE_NAME=My workspace\n"
	if diff := cmp.Diff(want, masked(t, path, v)); diff != "" {
		t.Error(diff)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	onlyFile(t, path)
	if warnings := f.Warnings(t.Context()); len(warnings) != 0 {
		t.Errorf("warnings: %q", warnings)
	}
}

func TestTheAddressGetsItsSuffixOnce(t *testing.T) {
	for _, address := range []string{"https://h.test", "https://h.test/", "https://h.test/api/v1", "https://h.test/api/v1/"} {
		path := filepath.Join(t.TempDir(), ".env")
		v := madeUpKey()
		if err := (stash.EnvFile{Path: path, APIURL: address}).Put(t.Context(), "", v); err != nil {
			t.Fatal(err)
		}
		if got := masked(t, path, v); got != "API_KEY=KEY\nAPI_URL=https://h.test/api/v1\n" {
			t.Errorf("%s: %q", address, got)
		}
	}
}

func TestAnExistingEnvFileKeepsItsOtherLines(t *testing.T) {
	for _, c := range []struct{ name, old, want string }{
		{"others", "# mine\nA=1\n\n  B = 2 # two\n", "# mine\nA=1\n\n  B = 2 # two\nAPI_KEY=KEY\nAPI_URL=U\n"},
		{"no newline at the end", "A=1", "A=1\nAPI_KEY=KEY\nAPI_URL=U\n"},
		{"CRLF", "A=1\r\nB=2\r\n", "A=1\r\nB=2\r\nAPI_KEY=KEY\r\nAPI_URL=U\r\n"},
		{"CRLF, no newline at the end", "A=1\r\nB=2", "A=1\r\nB=2\r\nAPI_KEY=KEY\r\nAPI_URL=U\r\n"},
		{"in place", "A=1\nAPI_KEY=old\nB=2\nAPI_URL=x\n", "A=1\nAPI_KEY=KEY\nB=2\nAPI_URL=U\n"},
		{"export and quotes", "export API_KEY=\"old\" # c\n\tAPI_URL='x'\n", "export API_KEY=KEY\n\tAPI_URL=U\n"},
		{"spaces around =", "API_KEY = old\r\n", "API_KEY=KEY\r\nAPI_URL=U\r\n"},
		{"twice", "API_KEY=one\nAPI_KEY=two\n", "API_KEY=KEY\nAPI_KEY=KEY\nAPI_URL=U\n"},
		{"commented out", "# API_KEY=old\n#API_URL=x\n", "# API_KEY=old\n#API_URL=x\nAPI_KEY=KEY\nAPI_URL=U\n"},
		{"names that only begin alike", "API_KEYS=1\nMY_API_KEY=2\nexportAPI_KEY=3\n", "API_KEYS=1\nMY_API_KEY=2\nexportAPI_KEY=3\nAPI_KEY=KEY\nAPI_URL=U\n"},
		{"a mark at the beginning", "\ufeffAPI_KEY=old\n", "\ufeffAPI_KEY=KEY\nAPI_URL=U\n"},
		{"several lines in quotes", "A=\"one\ntwo\"\nB=1\n", "A=\"one\ntwo\"\nB=1\nAPI_KEY=KEY\nAPI_URL=U\n"},
		{"a quote that never ends", "A='one\nAPI_KEY=old\n", "A='one\nAPI_KEY=KEY\nAPI_URL=U\n"},
		{"old line ends", "A=1\rAPI_KEY=old\r", "A=1\rAPI_KEY=KEY\rAPI_URL=U\r"},
		{"not UTF-8", "A=\xff\xfe\n", "A=\xff\xfe\nAPI_KEY=KEY\nAPI_URL=U\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), ".env")
			writeFile(t, path, c.old, 0o600)
			v := madeUpKey()
			f := stash.EnvFile{Path: path, APIURL: "https://u.test", Replace: true}
			if err := f.Put(t.Context(), "", v); err != nil {
				t.Fatal(err)
			}
			want := strings.ReplaceAll(c.want, "=U", "=https://u.test/api/v1")
			if diff := cmp.Diff(want, masked(t, path, v)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnEnvFileWithAKeyIsNotWrittenOver(t *testing.T) {
	for _, old := range []string{
		"API_KEY=old\n", "export API_KEY='old'", "A=1\r\nAPI_KEY = \"old\"\r\n", "\ufeffAPI_KEY=old", "A=1\rAPI_KEY=old",
	} {
		path := filepath.Join(t.TempDir(), ".env")
		writeFile(t, path, old, 0o600)
		f := stash.EnvFile{Path: path}
		for name, err := range map[string]error{"try": f.Try(t.Context()), "put": f.Put(t.Context(), "", madeUpKey())} {
			if !errors.Is(err, stash.ErrHasKey) {
				t.Errorf("%q: %s: %v", old, name, err)
			}
		}
		if got := masked(t, path, secret.New("-")); got != old {
			t.Errorf("%q became %q", old, got)
		}
		onlyFile(t, path)
	}
	for _, old := range []string{"API_KEY=\n", "API_KEY=''\n", "API_KEY= # none yet\n"} {
		path := filepath.Join(t.TempDir(), ".env")
		writeFile(t, path, old, 0o600)
		if err := (stash.EnvFile{Path: path}).Put(t.Context(), "", madeUpKey()); err != nil {
			t.Errorf("%q: %v", old, err)
		}
	}
}

func TestEnvFilesThatCanNotBeWrittenSafely(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := errors.Join(os.Mkdir(at("folder"), 0o700), os.Symlink("two", at("one")), os.Symlink("three", at("two")),
		os.Symlink("one", at("loop")), syscall.Mkfifo(at("pipe"), 0o600)); err != nil {
		t.Fatal(err)
	}
	writeFile(t, at("read-only"), "A=1\n", 0o400)
	writeFile(t, at("utf-16"), "\xff\xfeA\x00=\x001\x00", 0o600)
	writeFile(t, at("large"), strings.Repeat("#\n", 1<<20), 0o600)
	writeFile(t, at("several lines"), "API_KEY='a\nb'\n", 0o600)
	writeFile(t, at("inside"), "A=\"\nAPI_KEY=old\n\"\n", 0o600)
	for _, path := range []string{
		"", at("folder"), at("one"), at("loop"), at("pipe"), at("read-only"), at("utf-16"), at("large"),
		at("several lines"), at("inside"), at("read-only/.env"), at("nowhere/.env"),
	} {
		f := stash.EnvFile{Path: path, Replace: true}
		for name, err := range map[string]error{"try": f.Try(t.Context()), "put": f.Put(t.Context(), "", madeUpKey())} {
			known := errors.Is(err, stash.ErrUnwritable) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
			if !known {
				t.Errorf("%s %s: %v", name, path, err)
			}
		}
	}
}

func TestValuesThatAreNotPlainAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".env")
	for _, value := range []string{"", "a\nb", "a\rb", " a", "a ", "#a", "a #b", "a'b", `a"b`, "a$b", `a\b`, "a`b", "a\x00b", "a\u2028b", "\xff"} {
		err := (stash.EnvFile{Path: path}).Put(t.Context(), "", secret.New(value))
		if !errors.Is(err, stash.ErrNotPlain) || len(value) > 2 && strings.Contains(err.Error(), value) {
			t.Errorf("key %q: %v", value, err)
		}
		if value == "" {
			continue
		}
		f := stash.EnvFile{Path: path, Workspace: value}
		if err := f.Try(t.Context()); !errors.Is(err, stash.ErrNotPlain) {
			t.Errorf("workspace %q: %v", value, err)
		}
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a refused value made a file")
	}
}

func TestALinkIsFollowedOnceAndShown(t *testing.T) {
	dir := t.TempDir()
	path, target := filepath.Join(dir, ".env"), filepath.Join(dir, "real")
	if err := os.Symlink("real", path); err != nil {
		t.Fatal(err)
	}
	f := stash.EnvFile{Path: path}
	if got, err := f.Target(); err != nil || got != target {
		t.Errorf("target %q, %v", got, err)
	}
	warnings := f.Warnings(t.Context())
	if len(warnings) != 1 || !strings.Contains(warnings[0], target) {
		t.Errorf("warnings: %q", warnings)
	}
	v := madeUpKey()
	if err := f.Put(t.Context(), "", v); err != nil {
		t.Fatal(err)
	}
	if got := masked(t, target, v); got != "API_KEY=KEY\n" {
		t.Errorf("%q", got)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v", err)
	}
}

func TestALooseModeIsTightenedAndSaid(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".env")
	writeFile(t, path, "API_URL=https://old.test\x1b[31m\n", 0o664)
	f := stash.EnvFile{Path: path, APIURL: "https://new.test"}
	warnings := strings.Join(f.Warnings(t.Context()), "\n")
	for _, want := range []string{"0664", "0600", "API_URL changes from", "https://old.test"} {
		if !strings.Contains(warnings, want) {
			t.Errorf("%q does not say %q", warnings, want)
		}
	}
	if strings.Contains(warnings, "\x1b") {
		t.Errorf("an escape goes through: %q", warnings)
	}
	if err := f.Put(t.Context(), "", madeUpKey()); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v: %s", args, err, out)
	}
}

func TestGitIsAskedWhetherItWouldPublishTheFile(t *testing.T) {
	dir := t.TempDir()
	git(t, dir, "init", "-q")
	sub := filepath.Join(dir, "sub")
	if err := os.Mkdir(sub, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(sub, "*.env") // a name that git would take for a pattern
	f := stash.EnvFile{Path: path}
	if w := f.Warnings(t.Context()); len(w) != 1 || !strings.Contains(w[0], "does not ignore") {
		t.Errorf("not ignored: %q", w)
	}
	if err := f.Try(t.Context()); err != nil {
		t.Errorf("not ignored: %v", err)
	}
	writeFile(t, filepath.Join(dir, ".gitignore"), "*.env\n", 0o600)
	if w := f.Warnings(t.Context()); len(w) != 0 {
		t.Errorf("ignored: %q", w)
	}
	writeFile(t, filepath.Join(sub, "other.env"), "A=1\n", 0o600)
	git(t, dir, "add", "-f", "sub/other.env")
	if err := f.Try(t.Context()); err != nil {
		t.Errorf("another file is tracked: %v", err)
	}
	writeFile(t, path, "A=1\n", 0o600)
	git(t, dir, "add", "-f", "--", ":(literal)sub/*.env")
	for name, err := range map[string]error{"try": f.Try(t.Context()), "put": f.Put(t.Context(), "", madeUpKey())} {
		if !errors.Is(err, stash.ErrTracked) {
			t.Errorf("tracked: %s: %v", name, err)
		}
	}
	link := filepath.Join(t.TempDir(), ".env")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if err := (stash.EnvFile{Path: link}).Try(t.Context()); !errors.Is(err, stash.ErrTracked) {
		t.Errorf("a link to a tracked file: %v", err)
	}
	t.Setenv("GIT_DIR", filepath.Join(dir, "elsewhere"))
	if err := f.Try(t.Context()); !errors.Is(err, stash.ErrTracked) {
		t.Errorf("inside of a hook: %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	if w := f.Warnings(t.Context()); len(w) != 1 || !strings.Contains(w[0], "git is not here") {
		t.Errorf("without git: %q", w)
	}
}

func TestOfSeveralWhoWriteAKeyAtOnceOneIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".env")
	writeFile(t, path, "A=1\n", 0o600)
	said := make(chan string)
	for range 6 {
		p := process(t, "env-file", path)
		go func() {
			out, err := p.Output()
			if err != nil {
				t.Error(err)
			}
			said <- strings.TrimSpace(string(out))
		}()
	}
	var kept []string
	for range 6 {
		switch line := <-said; {
		case !strings.HasPrefix(line, "refused: "):
			kept = append(kept, line)
		case !strings.Contains(line, stash.ErrHasKey.Error()):
			t.Error(line)
		}
	}
	variables, err := stash.ReadEnvFile(path)
	if err != nil || len(variables) != 2 {
		t.Fatalf("%d variables, %v", len(variables), err)
	}
	hash := fmt.Sprintf("%x", sha256.Sum256([]byte(variables[1].Value.Reveal())))
	if diff := cmp.Diff([]string{hash}, kept); diff != "" {
		t.Error(diff)
	}
	onlyFile(t, path)
}
