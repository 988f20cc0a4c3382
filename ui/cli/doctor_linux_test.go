package cli_test

import (
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

const (
	asksWho = "\x1b[c"
	isVT220 = "\x1b[?62;1;22c"
)

// asBefore fails if the terminal's settings are not what they were.
func (o *onTerminal) asBefore() {
	o.t.Helper()
	after, err := term.GetState(int(o.tty.Fd()))
	if err != nil {
		o.t.Fatal(err)
	}
	if !reflect.DeepEqual(o.before, after) {
		o.t.Error("the terminal's settings are not what they were")
	}
}

// unread is how many bytes wait on a terminal for whoever reads it next: the shell.
func (o *onTerminal) unread() int {
	o.t.Helper()
	if _, err := term.MakeRaw(int(o.tty.Fd())); err != nil { // else a line that isn't finished doesn't count
		o.t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(o.tty.Fd()), unix.TIOCINQ)
	if err != nil {
		o.t.Fatal(err)
	}
	return n
}

// muteBus is a session bus that takes connections and never says a word: everything on it hangs.
func muteBus(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "bus") // a socket's path has to be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	path := filepath.Join(folder, "bus")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return "DBUS_SESSION_BUS_ADDRESS=unix:path=" + path
}

// A terminal's answer is taken, and neither shown nor left to the shell.
func TestDoctorHearsTheTerminal(t *testing.T) {
	o := startOnTerminal(t, clean(t, silent...), "doctor")
	o.sees(asksWho, 0)
	o.types(isVT220)
	if code := o.ends(); code != 0 {
		t.Errorf("ended with %d", code)
	}
	out := o.everything()
	if !strings.Contains(out, "terminal     answers in ") || !strings.Contains(out, "80 columns, 24 rows") || strings.Contains(out, "62;1") {
		t.Errorf("%q", out)
	}
	for line := range strings.SplitSeq(out, "\r\n") {
		line = strings.TrimPrefix(line, asksWho)
		if n := len([]rune(line)); n > 80 && strings.Contains(strings.TrimLeft(line, " "), " ") {
			t.Errorf("%d columns: %q", n, line)
		}
	}
	o.asBefore()
	if n := o.unread(); n != 0 {
		t.Errorf("%d bytes are left to the shell", n)
	}
}

func TestDoctorOnATerminalThatAnswersNonsense(t *testing.T) {
	o := startOnTerminal(t, clean(t, silent...), "doctor")
	o.sees(asksWho, 0)
	o.types("rm -rf\x1b[?1;x\r")
	if code := o.ends(); code != 0 {
		t.Errorf("ended with %d", code)
	}
	out := o.everything()
	if !strings.Contains(out, "warn     terminal     answers something that is no answer") || strings.Contains(out, "rm -rf") {
		t.Errorf("%q", out)
	}
	o.asBefore()
	if n := o.unread(); n != 0 {
		t.Errorf("%d bytes are left to the shell", n)
	}
}

// A terminal that answers too late, and a keyring that never does: both are told, and the late answer is nobody's typing.
func TestDoctorWithWhatNeverAnswers(t *testing.T) {
	o := startOnTerminal(t, clean(t, append(silent, muteBus(t))...), "doctor")
	o.sees("still looking at keyring", o.sees(asksWho, 0))
	o.types(isVT220)
	if code := o.ends(); code != 1 {
		t.Errorf("ended with %d", code)
	}
	out := o.everything()
	for _, want := range []string{"warn     terminal     doesn't answer within 1s", "fail     keyring      silent: ", "something is wrong with: keyring"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in %q", want, out)
		}
	}
	if strings.Contains(out, "62;1") {
		t.Errorf("the answer was echoed: %q", out)
	}
	o.asBefore()
	if n := o.unread(); n != 0 {
		t.Errorf("%d bytes are left to the shell", n)
	}
}

// Ctrl+c leaves at once, and the terminal is as it was.
func TestDoctorIsInterrupted(t *testing.T) {
	o := startOnTerminal(t, clean(t, append(silent, muteBus(t))...), "doctor")
	o.sees(asksWho, 0)
	o.types("\x03")
	if code := o.ends(); code != 128+int(syscall.SIGINT) {
		t.Errorf("ended with %d", code)
	}
	o.asBefore()
}

// Below the smallest size it says what is needed; a terminal that takes no escapes is sent none.
func TestDoctorOnADumbTerminal(t *testing.T) {
	o := startOnTerminal(t, clean(t, "TERM=dumb"), "doctor")
	if code := o.ends(); code != 0 {
		t.Errorf("ended with %d", code)
	}
	out := o.everything()
	if strings.Contains(out, "\x1b") || !strings.Contains(out, "not asked") || !strings.Contains(out, "set TERM to what the terminal is") {
		t.Errorf("%q", out)
	}
}
