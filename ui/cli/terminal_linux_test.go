package cli_test

import (
	"reflect"
	"syscall"
	"testing"

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
