package cli_test

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/term"

	"fob/client/sandbox"
)

const (
	altScreen      = "\x1b[?1049h"
	leftAltScreen  = "\x1b[?1049l"
	showsCursor    = "\x1b[?25h"
	asksBackground = "\x1b]11"
	asksPosition   = "\x1b[6n"
)

// silent is the environment in which Bubble Tea would ask a terminal for its background and wait five seconds.
var silent = []string{"TERM=xterm-256color"}

func TestNothingIsAskedOfATerminal(t *testing.T) {
	var plain time.Duration // the fastest of a few without a terminal: the bound, on this machine, now
	for range 5 {
		cmd := exec.Command(fob, "version")
		cmd.Env = clean(t, silent...)
		began := time.Now()
		if err := cmd.Run(); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); plain == 0 || took < plain {
			plain = took
		}
	}
	for _, args := range [][]string{{"version"}, {"--help"}, {"list"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			began := time.Now()
			o := startOnTerminal(t, clean(t, silent...), args...)
			o.ends()
			took := time.Since(began)
			t.Logf("%s on a terminal that never answers, %s without one", took, plain)
			if took > 10*plain+time.Second {
				t.Errorf("it took %s on a terminal that never answers, and %s without one", took, plain)
			}
			out := o.everything()
			if strings.Contains(out, asksBackground) || strings.Contains(out, asksPosition) {
				t.Errorf("the terminal was asked something: %q", out)
			}
		})
	}
}

func TestTheScreensAskNothingEither(t *testing.T) {
	o := startOnTerminal(t, clean(t, silent...), "demo")
	o.sees("demo", o.sees(altScreen, 0))
	o.types("q")
	if code := o.ends(); code != 0 {
		t.Errorf("q ended with %d", code)
	}
	o.sees(leftAltScreen, 0)
	out := o.everything()
	if strings.Contains(out, asksBackground) || strings.Contains(out, asksPosition) {
		t.Errorf("the terminal was asked something: %q", out)
	}
	o.restored()
}

func TestWelcomeOpensTheDemo(t *testing.T) {
	o := startOnTerminal(t, clean(t, silent...))
	at := o.sees("Look around in a demo", o.sees(altScreen, 0))
	o.types("j")
	o.types("\r")
	o.sees("claims-search", at)
	o.types("q")
	if code := o.ends(); code != 0 {
		t.Errorf("q ended with %d", code)
	}
}

func TestSignalsEndTheScreens(t *testing.T) {
	for name, signal := range map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP} {
		t.Run(name, func(t *testing.T) {
			o := startOnTerminal(t, clean(t, silent...), "demo")
			at := o.sees("demo", o.sees(altScreen, 0))
			o.signal(signal)
			if code := o.ends(); code != 128+int(signal) {
				t.Errorf("ended with %d", code)
			}
			o.sees(leftAltScreen, at)
			o.restored()
		})
	}
}

// A terminal window that is closed takes the terminal away before fob hears of it.
func TestAClosedTerminalEndsTheScreens(t *testing.T) {
	o := startOnTerminal(t, clean(t, silent...), "demo")
	o.sees("demo", o.sees(altScreen, 0))
	o.tty.Close()
	o.master.Close()
	if code := o.ends(); code != 128+int(syscall.SIGHUP) {
		t.Errorf("ended with %d", code)
	}
}

// No program that fob starts inherits the session, or its variable.
func TestChildrenDoNotInheritTheSession(t *testing.T) {
	world := sandbox.New(sandbox.Options{Seed: 1})
	server := httptest.NewServer(world)
	defer server.Close()
	folder := t.TempDir()
	inherited, done := filepath.Join(folder, "inherited"), filepath.Join(folder, "done")
	tmux := "#!/bin/sh\nenv >" + inherited + "\ncat >/dev/null\nmv " + inherited + " " + done + "\n"
	if err := os.WriteFile(filepath.Join(folder, "tmux"), []byte(tmux), 0o700); err != nil {
		t.Fatal(err)
	}
	session := world.SessionToken().Reveal()
	env := clean(t, append(silent, "FOB_API_URL="+server.URL, "FOB_SESSION_TOKEN="+session, "TMUX=/nowhere,1,0", "MARK=inherited")...)
	env = append(env, "PATH="+folder+string(os.PathListSeparator)+os.Getenv("PATH"))
	o := startOnTerminal(t, env)
	at := o.sees("ana-notebook", o.sees(altScreen, 0))
	o.types("y")
	o.sees("sent", at) // the clipboard confirms nothing
	data, err := os.ReadFile(done)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(data), "MARK=inherited") {
		t.Fatalf("this is no environment of a child: %q", data)
	}
	if strings.Contains(string(data), session) || strings.Contains(string(data), "FOB_SESSION_TOKEN") {
		t.Error("the child inherited the session")
	}
	o.types("q")
	if code := o.ends(); code != 0 {
		t.Errorf("q ended with %d", code)
	}
}

// restored checks that the terminal is as it was before fob came.
func (o *onTerminal) restored() {
	o.t.Helper()
	o.sees(showsCursor, o.sees(altScreen, 0))
	after, err := term.GetState(int(o.tty.Fd()))
	if err != nil {
		o.t.Fatal(err)
	}
	if !reflect.DeepEqual(o.before, after) {
		o.t.Error("the terminal's settings are not what they were")
	}
}
