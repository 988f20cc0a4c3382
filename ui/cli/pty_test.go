package cli_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"
)

// patience is how long a state is waited for. It is no measure of speed.
const patience = 20 * time.Second

// onTerminal is a fob that runs on a terminal of its own, which shows what it is told and never answers.
type onTerminal struct {
	t      testing.TB
	cmd    *exec.Cmd
	master *os.File
	tty    *os.File // the side that fob has, open so that its settings can be looked at in the end
	before *term.State

	mu    sync.Mutex
	wrote bytes.Buffer
	more  chan struct{} // closed and replaced when something was written
	over  chan struct{} // closed when fob has ended
	err   error         // of fob, once over is closed
}

func startOnTerminal(t testing.TB, env []string, args ...string) *onTerminal {
	t.Helper()
	return startProgram(t, fob, env, args...)
}

// startProgram starts any program on a terminal.
func startProgram(t testing.TB, command string, env []string, args ...string) *onTerminal {
	t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(master, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	before, err := term.GetState(int(tty.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	o := &onTerminal{t: t, master: master, tty: tty, before: before, more: make(chan struct{}), over: make(chan struct{})}
	o.cmd = exec.Command(command, args...)
	o.cmd.Env = env
	o.cmd.Stdin, o.cmd.Stdout, o.cmd.Stderr = tty, tty, tty
	o.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := o.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go o.read()
	go func() {
		o.err = o.cmd.Wait()
		close(o.over)
	}()
	t.Cleanup(func() {
		_ = o.cmd.Process.Kill()
		<-o.over
		tty.Close()
		master.Close()
	})
	return o
}

func (o *onTerminal) read() {
	chunk := make([]byte, 4096)
	for {
		n, err := o.master.Read(chunk)
		o.mu.Lock()
		o.wrote.Write(chunk[:n])
		close(o.more)
		o.more = make(chan struct{})
		o.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// output is everything that was written so far.
func (o *onTerminal) output() (string, <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.wrote.String(), o.more
}

// sees waits until text has been written at or after the place from, and returns the place behind it.
func (o *onTerminal) sees(text string, from int) int {
	o.t.Helper()
	late := time.After(patience)
	for {
		all, more := o.output()
		if i := strings.Index(all[min(from, len(all)):], text); i >= 0 {
			return from + i + len(text)
		}
		select {
		case <-more:
		case <-late:
			o.t.Fatalf("%q was not written; since then:\n%q", text, all[min(from, len(all)):])
		}
	}
}

// everything returns all that was written: what fob wrote before it ended is there once a mark of our own is.
func (o *onTerminal) everything() string {
	o.t.Helper()
	const mark = "that is all"
	if _, err := o.tty.WriteString(mark); err != nil {
		o.t.Fatal(err)
	}
	o.sees(mark, 0)
	all, _ := o.output()
	return strings.TrimSuffix(all, mark)
}

// types sends keys one read at a time: it is for the callers to wait for what they do.
func (o *onTerminal) types(keys string) {
	o.t.Helper()
	if _, err := o.master.WriteString(keys); err != nil {
		o.t.Fatal(err)
	}
}

func (o *onTerminal) signal(s os.Signal) {
	o.t.Helper()
	if err := o.cmd.Process.Signal(s); err != nil {
		o.t.Fatal(err)
	}
}

// ends waits for fob's end and returns its exit code, -1 if a signal killed it.
func (o *onTerminal) ends() int {
	o.t.Helper()
	select {
	case <-o.over:
	case <-time.After(patience):
		all, _ := o.output()
		o.t.Fatalf("fob did not end; it wrote:\n%q", all)
	}
	var exit *exec.ExitError
	if errors.As(o.err, &exit) {
		return exit.ExitCode()
	}
	if o.err != nil {
		o.t.Fatal(o.err)
	}
	return 0
}
