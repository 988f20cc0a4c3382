package cli_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
)

// fob is the built program: what is tested is what people run, package initialisation included.
var fob string

func TestMain(m *testing.M) {
	// Whoever runs the tests by nohup, or behind a script's &, has them ignore these, and with them every fob.
	for _, s := range []os.Signal{syscall.SIGHUP, syscall.SIGINT} {
		if signal.Ignored(s) {
			signal.Notify(make(chan os.Signal, 1), s)
		}
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	flag.Parse()
	if f := flag.Lookup("test.fuzz"); f.Value.String() != "" {
		return m.Run() // fuzzing starts this many times over, and runs no program
	}
	dir, err := os.MkdirTemp("", "fob-cli-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	fob = filepath.Join(dir, "fob")
	build := exec.Command("go", "build", "-tags", "nethttpomithttp2", "-ldflags", "-X main.version=v9.8.7-test", "-o", fob, "fob")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building fob: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// clean is the environment of this process without anything that fob or the terminal's libraries look at, and with a
// home of the test's own.
func clean(t testing.TB, more ...string) []string {
	t.Helper()
	home := t.TempDir()
	return append([]string{
		"PATH=" + filepath.Dir(fob) + string(os.PathListSeparator) + os.Getenv("PATH"),
		"HOME=" + home, "FOB_HOME=" + filepath.Join(home, "fob"), "LANG=C.UTF-8", "TZ=UTC",
	}, more...)
}
