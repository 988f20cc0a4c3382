package stash_test

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"fob/client/secret"
	"fob/config/stash"
)

// program returns the path of a program that these tests need, and fails with the line that installs it.
func program(t *testing.T, name, install string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is needed: apt-get install --no-install-recommends %s", name, install)
	}
	return path
}

// background starts a program that is killed when the test ends, and returns the first line it says if it is asked to.
func background(t *testing.T, cmd *exec.Cmd, firstLine bool) string {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if !firstLine {
		return ""
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir=DIR</listen>
  <auth>EXTERNAL</auth>
  <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>`

// startBus starts a session bus that starts no service by itself, and returns its address.
func startBus(t *testing.T) string {
	t.Helper()
	daemon := program(t, "dbus-daemon", "dbus-daemon")
	dir, err := os.MkdirTemp("", "bus") // a socket's path has to be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	file := filepath.Join(dir, "bus.conf")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(busConfig, "DIR", dir)), 0o600); err != nil {
		t.Fatal(err)
	}
	return background(t, exec.Command(daemon, "--nofork", "--print-address", "--config-file="+file), true)
}

// ask makes calls to the keyring in a process of its own, with v on its standard input, and fails if v or a complaint
// comes out of it.
func ask(t *testing.T, environ []string, v secret.Value, calls ...string) []answer {
	t.Helper()
	p := process(t, "keyring", calls...)
	p.Env = append(environ, roleEnv+"=keyring", quickExit)
	p.Stdin = strings.NewReader(v.Reveal())
	var complaint strings.Builder
	p.Stderr = &complaint
	out, err := p.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, complaint.String())
	}
	if text := string(out) + complaint.String(); v.Redact(text) != text {
		t.Errorf("the secret is in what it said")
	}
	var answers []answer
	for line := range strings.Lines(string(out)) {
		var a answer
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatal(err)
		}
		answers = append(answers, a)
	}
	if len(answers) != len(calls) {
		t.Fatalf("%d answers to %d calls", len(answers), len(calls))
	}
	return answers
}

// environOn is the environment of a process in the session of the bus at address; none if that is "".
func environOn(t *testing.T, address string) []string {
	t.Helper()
	environ := []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"), "XDG_RUNTIME_DIR=" + t.TempDir()}
	if address != "" {
		environ = append(environ, "DBUS_SESSION_BUS_ADDRESS="+address)
	}
	return environ
}

func TestEveryFaultOfASecretServiceIsToldApart(t *testing.T) {
	for _, c := range []struct {
		name    string
		service *secretService // nil: none on the bus
		calls   []string
		want    []stash.KeyringKind
	}{
		{
			"healthy", &secretService{},
			[]string{"reach", "try", "get", "put", "get", "delete", "get", "delete"},
			[]stash.KeyringKind{"", "", stash.NotFound, "", "", "", stash.NotFound, stash.NotFound},
		},
		{
			"absent", nil,
			[]string{"reach", "try", "put", "get", "delete"},
			[]stash.KeyringKind{stash.NoService, stash.NoService, stash.NoService, stash.NoService, stash.NoService},
		},
		{
			"locked, dismissed", &secretService{locked: true},
			[]string{"try", "put", "get"},
			[]stash.KeyringKind{stash.Locked, stash.Locked, stash.Locked},
		},
		{
			"locked, nobody there", &secretService{locked: true, promptSilent: true},
			[]string{"reach", "put=1200ms", "get=5s"}, // it is there, and nobody is asked to unlock it
			[]stash.KeyringKind{"", stash.Silent, stash.Busy},
		},
		{
			"write dismissed", &secretService{promptWrites: true},
			[]string{"try", "put"},
			[]stash.KeyringKind{stash.Dismissed, stash.Dismissed},
		},
		{
			"silent", &secretService{deaf: true},
			[]string{"put=1200ms", "try=5s"},
			[]stash.KeyringKind{stash.Silent, stash.Busy},
		},
		{
			"lying", &secretService{lying: true},
			[]string{"try", "put"},
			[]stash.KeyringKind{stash.Lying, stash.Lying},
		},
		{
			"nonsense", &secretService{nonsense: true},
			[]string{"try", "put"},
			[]stash.KeyringKind{stash.Other, stash.Other},
		},
		{"says the secret", &secretService{echo: true}, []string{"put"}, []stash.KeyringKind{stash.Other}},
		{
			"says locked", &secretService{refuse: "org.freedesktop.Secret.Error.IsLocked"},
			[]string{"put"},
			[]stash.KeyringKind{stash.Locked},
		},
		{
			"no reply", &secretService{refuse: "org.freedesktop.DBus.Error.NoReply"},
			[]string{"put"},
			[]stash.KeyringKind{stash.Silent},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			address := startBus(t)
			if c.service != nil {
				c.service.start(t, address)
			}
			for i, a := range ask(t, environOn(t, address), madeUpKey(), c.calls...) {
				if a.Kind != c.want[i] || (a.Kind == "") != (a.Error == "") {
					t.Errorf("%s: %q instead of %q: %s", c.calls[i], a.Kind, c.want[i], a.Error)
				}
				if a.Kind != "" && a.Hint == "" {
					t.Errorf("%s: no hint", c.calls[i])
				}
				if want := a.Kind == stash.Silent && strings.HasPrefix(c.calls[i], "put"); a.MayBeStored != want {
					t.Errorf("%s: may be stored: %t", c.calls[i], a.MayBeStored)
				}
			}
			if c.service != nil && len(c.service.items) != 0 && !slices.Contains(c.calls, "put") {
				t.Errorf("%d items are left", len(c.service.items))
			}
		})
	}
}

func TestAWriteThatWasNotAnsweredIsFoundLater(t *testing.T) {
	address := startBus(t)
	(&secretService{slowWrite: true}).start(t, address)
	v := madeUpKey()
	first := ask(t, environOn(t, address), v, "put=300ms")[0]
	if first.Kind != stash.Silent || !first.MayBeStored || !strings.Contains(first.Error, "may have been stored") {
		t.Errorf("put: %+v", first)
	}
	if later := ask(t, environOn(t, address), v, "get")[0]; later.Kind != "" || !later.Equal {
		t.Errorf("get: %+v", later)
	}
}

func TestWithoutABusNothingIsStarted(t *testing.T) {
	if who, err := user.Current(); err == nil {
		if _, err := os.Stat(filepath.Join("/run/user", who.Uid, "bus")); err == nil {
			t.Skip("go-keyring finds this user's own session bus without the environment, and no test may touch that one")
		}
	}
	bin := t.TempDir()
	witness := filepath.Join(bin, "was-started")
	script := "#!/bin/sh\n: > " + witness + "\nexit 1\n"
	if err := os.WriteFile(filepath.Join(bin, "dbus-launch"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	environ := append(environOn(t, ""), "PATH="+bin+":"+os.Getenv("PATH"))
	for _, extra := range []string{"X=", "DBUS_SESSION_BUS_ADDRESS=autolaunch:"} {
		if a := ask(t, append(slices.Clone(environ), extra), madeUpKey(), "try")[0]; a.Kind != stash.NoBus {
			t.Errorf("%s: %+v", extra, a)
		}
	}
	if _, err := os.Stat(witness); err == nil {
		t.Error("dbus-launch was started")
	}
}

func TestABusThatIsGone(t *testing.T) {
	stale := environOn(t, "unix:path="+filepath.Join(t.TempDir(), "nobody"))
	if a := ask(t, stale, madeUpKey(), "try")[0]; a.Kind != stash.NoBus {
		t.Errorf("%+v", a)
	}
}

func TestTheBusIsFoundInTheRuntimeFolder(t *testing.T) {
	address := startBus(t)
	(&secretService{}).start(t, address)
	path, _, _ := strings.Cut(strings.TrimPrefix(address, "unix:path="), ",")
	environ := environOn(t, "")
	dir := strings.TrimPrefix(environ[2], "XDG_RUNTIME_DIR=")
	if err := os.Symlink(path, filepath.Join(dir, "bus")); err != nil {
		t.Fatal(err)
	}
	if a := ask(t, environ, madeUpKey(), "try")[0]; a.Kind != "" {
		t.Errorf("%+v", a)
	}
}

// startGnomeKeyring starts the real one with an unlocked keyring of its own, and returns its bus.
func startGnomeKeyring(t *testing.T, unlock bool) (address string) {
	t.Helper()
	daemon := program(t, "gnome-keyring-daemon", "gnome-keyring")
	address = startBus(t)
	args := []string{"--foreground", "--components=secrets"}
	if unlock {
		args = append(args, "--unlock")
	}
	cmd := exec.Command(daemon, args...)
	cmd.Env = environOn(t, address)
	cmd.Stdin = strings.NewReader("\n") // the password, empty; without the newline no keyring is made
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	owners := make(chan *dbus.Signal, 16)
	conn.Signal(owners)
	err = conn.AddMatchSignal(dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, serviceName))
	if err != nil {
		t.Fatal(err)
	}
	background(t, cmd, false)
	deadline, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		select {
		case signal := <-owners:
			if len(signal.Body) == 3 && signal.Body[0] == serviceName {
				return address
			}
		case <-deadline.Done():
			t.Fatal("gnome-keyring did not start")
		}
	}
}

func TestTheRealGnomeKeyring(t *testing.T) {
	address := startGnomeKeyring(t, true)
	environ := environOn(t, address)
	v := madeUpKey()
	for i, a := range ask(t, environ, v, "try", "get", "put", "get") {
		if want := map[int]stash.KeyringKind{1: stash.NotFound}[i]; a.Kind != want {
			t.Errorf("call %d: %+v", i, a)
		}
	}
	if a := ask(t, environ, v, "get")[0]; !a.Equal {
		t.Errorf("another process: %+v", a)
	}
	if items := itemsOf(t, address); items != 1 {
		t.Errorf("%d items are in the keyring", items)
	}
	if a := ask(t, environ, v, "delete", "get"); a[0].Kind != "" || a[1].Kind != stash.NotFound {
		t.Errorf("%+v", a)
	}
	if items := itemsOf(t, address); items != 0 {
		t.Errorf("%d items are left", items)
	}
	big := secret.New(strings.Repeat(madeUpKey().Reveal(), 200))
	if a := ask(t, environ, big, "put", "get"); a[0].Kind != "" || !a[1].Equal {
		t.Errorf("a large value: %+v", a)
	}
}

func itemsOf(t *testing.T, address string) int {
	t.Helper()
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	value, err := conn.Object(serviceName, loginPath).GetProperty(interfaces + "Collection.Items")
	if err != nil {
		t.Fatal(err)
	}
	items, _ := value.Value().([]dbus.ObjectPath)
	return len(items)
}

func TestTheRealGnomeKeyringWithNothingUnlocked(t *testing.T) {
	address := startGnomeKeyring(t, false)
	a := ask(t, environOn(t, address), madeUpKey(), "try=20s")[0]
	if a.Kind != stash.Locked {
		t.Errorf("%+v", a)
	}
}
