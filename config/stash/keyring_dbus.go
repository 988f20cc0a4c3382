//go:build linux || freebsd || netbsd || openbsd || dragonfly

package stash

import (
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"

	"github.com/godbus/dbus/v5"
)

const busAddress = "DBUS_SESSION_BUS_ADDRESS"

// reachable tells whether there is a session bus. It has to be asked first: where there is none, godbus would start one
// through dbus-launch, a daemon that stays behind and that no keyring is on.
func reachable() error {
	if address := os.Getenv(busAddress); address != "" && !strings.HasPrefix(address, "autolaunch:") {
		return nil
	}
	if dir := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		if bus := filepath.Join(dir, "bus"); isSocket(bus) {
			// godbus looks in /run/user alone; it sets this variable itself where it finds a bus.
			return os.Setenv(busAddress, "unix:path="+dbus.EscapeBusAddressValue(bus))
		}
	}
	if who, err := user.Current(); err == nil && isSocket(filepath.Join("/run/user", who.Uid, "bus")) {
		return os.Unsetenv(busAddress)
	}
	return errors.New(busAddress + " is not set, and there is no bus in the runtime folder")
}

// secretService is what the keyring is called on the bus.
const secretService = "org.freedesktop.secrets"

// served tells whether something on the bus is a keyring, or would be started as one.
func served() error {
	conn, err := dbus.ConnectSessionBus()
	if err != nil {
		return err
	}
	defer conn.Close()
	bus := conn.BusObject()
	var running bool
	if err := bus.Call("org.freedesktop.DBus.NameHasOwner", 0, secretService).Store(&running); err != nil || running {
		return err
	}
	var startable []string
	if err := bus.Call("org.freedesktop.DBus.ListActivatableNames", 0).Store(&startable); err != nil {
		return err
	}
	if !slices.Contains(startable, secretService) {
		return &KeyringError{Kind: NoService, Op: opTry}
	}
	return nil
}

func isSocket(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode()&fs.ModeSocket != 0
}

// kindOfSystem reads what D-Bus and the Secret Service say. The names are those of the D-Bus specification and of the
// Secret Service API, "failed to unlock" is go-keyring's own.
func kindOfSystem(err error) KeyringKind {
	name := ""
	if value, ok := errors.AsType[dbus.Error](err); ok {
		name = value.Name
	} else if pointer, ok := errors.AsType[*dbus.Error](err); ok {
		name = pointer.Name
	}
	const freedesktop = "org.freedesktop.DBus.Error."
	switch {
	case name == freedesktop+"ServiceUnknown", name == freedesktop+"NameHasNoOwner",
		strings.HasPrefix(name, freedesktop+"Spawn."):
		return NoService
	case name == freedesktop+"NoReply", name == freedesktop+"Timeout", name == freedesktop+"TimedOut":
		return Silent
	case name == "org.freedesktop.Secret.Error.IsLocked", strings.Contains(err.Error(), "failed to unlock"):
		return Locked
	case name == freedesktop+"Disconnected", errors.Is(err, dbus.ErrClosed), errors.Is(err, io.EOF):
		return NoBus
	}
	if _, ok := errors.AsType[*net.OpError](err); ok {
		return NoBus
	}
	if strings.HasPrefix(err.Error(), "dbus: ") {
		return NoBus
	}
	return Other
}
