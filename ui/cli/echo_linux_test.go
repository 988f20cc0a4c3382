package cli_test

import (
	"reflect"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// waitsUnseen waits until the terminal shows nothing of what is typed.
func (o *onTerminal) waitsUnseen() {
	o.t.Helper()
	late := time.After(patience)
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for {
		state, err := unix.IoctlGetTermios(int(o.tty.Fd()), unix.TCGETS)
		if err != nil {
			o.t.Fatal(err)
		}
		if state.Lflag&unix.ECHO == 0 {
			return
		}
		select {
		case <-again.C:
		case <-late:
			o.t.Fatal("the terminal shows what is typed")
		}
	}
}

// showsWhatIsTyped checks that the terminal is as it was before.
func (o *onTerminal) showsWhatIsTyped() {
	o.t.Helper()
	after, err := term.GetState(int(o.tty.Fd()))
	if err != nil {
		o.t.Fatal(err)
	}
	if !reflect.DeepEqual(o.before, after) {
		o.t.Error("the terminal's settings are not what they were")
	}
}
