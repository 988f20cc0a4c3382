package stash_test

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fob/config/stash"
)

// needed fails the test where a program isn't installed, with the line that installs it.
func needed(t *testing.T, program, packages string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatalf("%s is needed: apt-get install --no-install-recommends %s", program, packages)
	}
	return path
}

// keepsKeys does with a store what fob does: tries it, puts keys into it, and reads them back.
func keepsKeys(t *testing.T, c *stash.Command, names ...string) {
	t.Helper()
	for _, name := range names {
		named, v := c.For(stash.KeyNames{Name: name}), madeUpKey()
		if err := named.Try(t.Context()); err != nil {
			t.Fatalf("try %q: %v", name, err)
		}
		account := "account-of-" + strings.Trim(name, ".")
		if err := named.Put(t.Context(), account, v); err != nil {
			t.Fatalf("put %q: %v", name, err)
		}
		got, err := named.Get(t.Context(), account)
		if err != nil || !got.Equal(v) {
			t.Errorf("get %q: %v, equal: %t", name, err, got.Equal(v))
		}
	}
}

// A password store of the test's own, with a key that is made for it and has no passphrase.
func TestPassKeepsKeys(t *testing.T) {
	needed(t, "pass", "pass gnupg")
	needed(t, "gpg", "pass gnupg")
	dir, err := os.MkdirTemp("", "gnupg") // the agent's socket has to have a short path
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GNUPGHOME", dir)
	t.Setenv("PASSWORD_STORE_DIR", filepath.Join(t.TempDir(), "store"))
	t.Cleanup(func() {
		if out, err := exec.Command("gpgconf", "--kill", "all").CombinedOutput(); err != nil {
			t.Errorf("the agent stays: %v %s", err, out)
		}
		_ = os.RemoveAll(dir)
	})
	c := stash.NewCommand("pass", recipes(t)["pass"])
	named := c.For(stash.KeyNames{Name: "prod"})
	if failed := commandError(t, named.Try(t.Context())); failed.Step != stash.StepCheck || !strings.Contains(failed.Output, "pass init") {
		t.Errorf("before there is a store: %v", failed)
	}
	for _, argv := range [][]string{
		{"gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "", "--quick-generate-key", "test@fob.invalid", "default", "default", "never"},
		{"pass", "init", "test@fob.invalid"},
	} {
		if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", argv[0], err, out)
		}
	}
	if failed := commandError(t, second(named.Get(t.Context(), "a"))); failed.ExitCode != 1 || !strings.Contains(failed.Output, "is not in the password store") {
		t.Errorf("before there is a key: %v", failed)
	}
	keepsKeys(t, c, "prod", "prod", "a name, with 'all' sorts $of *letters*", "鍵")
	if failed := commandError(t, c.For(stash.KeyNames{Name: "../prod"}).Try(t.Context())); failed.Problem == "" {
		t.Error(failed)
	}
}

// An etcd of the test's own, on a port that the system chooses.
func TestASecretsServerKeepsKeys(t *testing.T) {
	const packages = "etcd-server etcd-client"
	path := needed(t, "etcd", packages)
	needed(t, "etcdctl", packages)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	const anyPort = "http://127.0.0.1:0"
	server := exec.CommandContext(ctx, path, "--name", "fob", "--data-dir", filepath.Join(t.TempDir(), "data"), "--logger", "zap",
		"--listen-client-urls", anyPort, "--advertise-client-urls", anyPort,
		"--listen-peer-urls", anyPort, "--initial-advertise-peer-urls", anyPort, "--initial-cluster", "fob="+anyPort)
	server.Env = append(os.Environ(), "ETCD_UNSUPPORTED_ARCH=arm64")
	log, err := server.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	address := make(chan string, 1)
	done := make(chan struct{})
	go func() { // to the end of the log, so that the server never waits for a reader
		defer close(done)
		defer close(address)
		for s := bufio.NewScanner(log); s.Scan(); {
			var line struct{ Msg, Address string }
			if json.Unmarshal(s.Bytes(), &line) == nil && strings.HasPrefix(line.Msg, "serving client traffic") {
				address <- line.Address
			}
		}
	}()
	stop := func() {
		_ = server.Process.Kill()
		<-done
		_ = server.Wait()
	}
	defer stop()
	at, ok := <-address
	if !ok {
		t.Fatal("etcd ended")
	}
	t.Setenv("ETCDCTL_API", "3")
	t.Setenv("ETCDCTL_ENDPOINTS", at)
	c := stash.NewCommand("etcd", recipes(t)["etcd"])
	if failed := commandError(t, second(c.Get(t.Context(), "none"))); !strings.Contains(failed.Problem, "nothing") {
		t.Errorf("before there is a key: %v", failed)
	}
	keepsKeys(t, c, "prod", "other")

	stop()
	gone := recipes(t)["etcd"]
	gone.Timeout = 2 * time.Second // it waits for five
	c = stash.NewCommand("etcd", gone)
	for _, err := range []error{c.Try(t.Context()), c.Put(t.Context(), "account", madeUpKey())} {
		if failed := commandError(t, err); !failed.TimedOut && failed.ExitCode < 1 {
			t.Errorf("with the server gone: %v", failed)
		}
	}
}
