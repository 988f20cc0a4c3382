package cli_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	secretService = "org.freedesktop.secrets"
	busConfig     = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir=%s</listen>
  <auth>EXTERNAL</auth>
  <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>`
)

// session is a desktop session of a test's own: a bus and a real gnome-keyring on it, unlocked.
type session struct {
	address string // of the bus
	folder  string
	started []*exec.Cmd
}

// startSession starts a session. It has to be ended.
func startSession() (s *session, err error) {
	for name, debian := range map[string]string{"dbus-daemon": "dbus-daemon", "gnome-keyring-daemon": "gnome-keyring"} {
		if _, err := exec.LookPath(name); err != nil {
			return nil, fmt.Errorf("%s is needed: apt-get install --no-install-recommends %s", name, debian)
		}
	}
	s = &session{}
	defer func() {
		if err != nil {
			s.end()
		}
	}()
	if s.folder, err = os.MkdirTemp("", "bus"); err != nil { // a socket's path has to be short
		return nil, err
	}
	file := filepath.Join(s.folder, "bus.conf")
	if err := os.WriteFile(file, fmt.Appendf(nil, busConfig, s.folder), 0o600); err != nil {
		return nil, err
	}
	bus := exec.Command("dbus-daemon", "--nofork", "--print-address", "--config-file="+file)
	out, err := bus.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.start(bus); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, err
	}
	s.address = strings.TrimSpace(line)
	return s, s.startKeyring()
}

func (s *session) start(cmd *exec.Cmd) error {
	err := cmd.Start()
	if err == nil {
		s.started = append(s.started, cmd)
	}
	return err
}

// startKeyring returns once the keyring is on the bus.
func (s *session) startKeyring() error {
	conn, err := dbus.Connect(s.address)
	if err != nil {
		return err
	}
	defer conn.Close()
	owners := make(chan *dbus.Signal, 16)
	conn.Signal(owners)
	if err := conn.AddMatchSignal(dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, secretService)); err != nil {
		return err
	}
	daemon := exec.Command("gnome-keyring-daemon", "--foreground", "--components=secrets", "--unlock")
	daemon.Env = append([]string{"HOME=" + s.folder, "PATH=" + os.Getenv("PATH")}, s.env()...)
	daemon.Stdin = strings.NewReader("\n") // the password, empty; without the newline no keyring is made
	if err := s.start(daemon); err != nil {
		return err
	}
	late := time.After(patience)
	for {
		select {
		case signal := <-owners:
			if len(signal.Body) == 3 && signal.Body[0] == secretService {
				return nil
			}
		case <-late:
			return errors.New("gnome-keyring did not start")
		}
	}
}

// lock locks the keyring, as a desktop does when its person is away. Nobody is there to unlock it again.
func (s *session) lock() error {
	conn, err := dbus.Connect(s.address)
	if err != nil {
		return err
	}
	defer conn.Close()
	service := conn.Object(secretService, "/org/freedesktop/secrets")
	var collection dbus.ObjectPath
	if err := service.Call("org.freedesktop.Secret.Service.ReadAlias", 0, "default").Store(&collection); err != nil {
		return err
	}
	var locked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	if err := service.Call("org.freedesktop.Secret.Service.Lock", 0, []dbus.ObjectPath{collection}).Store(&locked, &prompt); err != nil {
		return err
	}
	if len(locked) != 1 || locked[0] != collection {
		return fmt.Errorf("locked are %v, not %s", locked, collection)
	}
	return nil
}

// env is how a process finds the session.
func (s *session) env() []string {
	return []string{"DBUS_SESSION_BUS_ADDRESS=" + s.address, "XDG_RUNTIME_DIR=" + s.folder}
}

func (s *session) end() {
	for _, cmd := range s.started {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	_ = os.RemoveAll(s.folder)
}

// withKeyring is a clean environment with a keyring in it.
func withKeyring(t *testing.T, more ...string) []string {
	t.Helper()
	s, err := startSession()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.end)
	return clean(t, append(s.env(), more...)...)
}
