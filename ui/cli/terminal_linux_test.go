package cli_test

import (
	"os/exec"
	"reflect"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// A terminal that takes nothing any more, as after ctrl+s, holds up neither the end nor what is done after it.
func TestATerminalThatNobodyReads(t *testing.T) {
	o := startOnTerminal(t, clean(t, silent...), "demo")
	o.sees("claims-search", o.sees(altScreen, 0))
	// Suspending the output is what ctrl+s does; fob's own raw mode takes the key itself.
	if err := unix.IoctlSetInt(int(o.tty.Fd()), unix.TCXONC, unix.TCOOFF); err != nil {
		t.Fatal(err)
	}
	o.types("?") // something to draw, which blocks
	o.signal(syscall.SIGTERM)
	if code := o.ends(); code != 128+int(syscall.SIGTERM) {
		t.Errorf("ended with %d", code)
	}
	after, err := term.GetState(int(o.tty.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(o.before, after) {
		t.Error("the terminal's settings are not what they were")
	}
}

// A terminal that goes away without a signal ends fob all the same: make hears of it in fob's place, and waits for it.
func TestATerminalThatIsGoneWithoutASignal(t *testing.T) {
	t.Parallel()
	master, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer tty.Close()
	cmd := exec.Command(fob, "demo")
	cmd.Env = clean(t, silent...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // and no controlling terminal, so no signal
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	over := make(chan error, 1)
	go func() { over <- cmd.Wait() }()
	wrote := make([]byte, 4096)
	if n, err := master.Read(wrote); n == 0 || err != nil { // it draws
		t.Fatalf("%d bytes, %v", n, err)
	}
	master.Close()
	select {
	case <-over:
		if code := cmd.ProcessState.ExitCode(); code != 129 {
			t.Errorf("ended with %d", code)
		}
	case <-time.After(patience):
		_ = cmd.Process.Kill()
		<-over
		t.Fatal("fob lives on without a terminal")
	}
}
