package cli_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"fob/client/sandbox"
)

// presses presses a key until text is seen: a step that has just opened may not take keys yet, and a press that comes
// late is dropped by the step after it.
func (o *onTerminal) presses(key, text string, from int) int {
	o.t.Helper()
	late := time.After(patience)
	for {
		o.types(key)
		again := time.After(200 * time.Millisecond)
		for waiting := true; waiting; {
			all, more := o.output()
			if i := strings.Index(all[from:], text); i >= 0 {
				return from + i + len(text)
			}
			select {
			case <-more:
			case <-again:
				waiting = false
			case <-late:
				o.t.Fatalf("%q did not lead to %q; since then:\n%q", key, text, all[from:])
			}
		}
	}
}

// orders goes through the wizard up to its review: a key of that name, whose secret goes to the screen alone.
func (o *onTerminal) orders(name string) int {
	o.t.Helper()
	at := o.sees("claims-search", o.sees(altScreen, 0))
	at = o.presses("n", "What kind of key?", at)
	at = o.presses("\r", "What shall it be called?", at)
	o.types(name)
	at = o.sees(name, at)
	at = o.presses("\r", "When shall it stop", at)
	at = o.presses("\r", "What may it do?", at)
	at = o.presses("\r", "Where shall its secret go", at)
	o.types("jjj")
	at = o.sees("kept by nobody", at)
	at = o.presses("\r", "6 of 6", at)
	return o.sees("[ make the key ]", at) // it takes no key before the typing has been quiet
}

// makes has the key of the review made, and waits until text is seen.
func (o *onTerminal) makes(at int, text string) int {
	o.t.Helper()
	o.types("\r")
	return o.sees(text, at)
}

// Whatever ends the program, a key that nobody has yet gets a last try, and is named.
func TestSignalsOnAnUnsavedReveal(t *testing.T) {
	for name, signal := range map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := startOnTerminal(t, withKeyring(t, silent...), "demo", "--keyring", "os")
			at := o.makes(o.orders("rescued-key"), "not kept yet")
			o.signal(signal)
			if code := o.ends(); code != 128+int(signal) {
				t.Errorf("ended with %d", code)
			}
			at = o.sees(leftAltScreen, at)
			o.sees("fob: rescued-key was kept in the OS keyring", at)
			if strings.Contains(o.everything(), "api_ey") {
				t.Error("the secret was written to the terminal")
			}
			o.restored()
		})
	}
}

func TestCtrlCOnAnUnsavedReveal(t *testing.T) {
	t.Parallel()
	o := startOnTerminal(t, clean(t, silent...), "demo")
	at := o.makes(o.orders("rescued-key"), "not kept yet")
	at = o.presses("\x03", "ctrl+c again leaves", at)
	o.types("\x03")
	if code := o.ends(); code != 1 { // nobody has the key
		t.Errorf("ended with %d", code)
	}
	o.sees("fob: rescued-key was made in the demo organization, and ends with it", o.sees(leftAltScreen, at))
}

// slowPlatform is a sandbox that doesn't answer the making of a key before it is let go.
type slowPlatform struct {
	*httptest.Server
	asked chan struct{} // closed when a key was ordered
	let   func()        // lets the answer go
}

func newSlowPlatform(t *testing.T) (*slowPlatform, []string) {
	t.Helper()
	asked, let := make(chan struct{}), make(chan struct{})
	var once, letOnce sync.Once
	world := sandbox.New(sandbox.Options{Seed: 1, Before: func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost {
			once.Do(func() { close(asked) })
			<-let
		}
		return false
	}})
	p := &slowPlatform{httptest.NewServer(world), asked, func() { letOnce.Do(func() { close(let) }) }}
	t.Cleanup(func() {
		p.let()
		p.Close()
	})
	return p, clean(t, append(silent, "FOB_API_URL="+p.URL, "FOB_SESSION_TOKEN="+world.SessionToken().Reveal())...)
}

func (p *slowPlatform) isAsked(t *testing.T) {
	t.Helper()
	select {
	case <-p.asked:
	case <-time.After(patience):
		t.Fatal("no key was ordered")
	}
}

// Leaving while a key is being made names the key that may exist, and that nobody would have.
func TestLeavingACreateInFlight(t *testing.T) {
	for name, leave := range map[string]struct {
		do   func(*onTerminal, int)
		code int
	}{
		"ctrl+c twice": {func(o *onTerminal, at int) {
			o.presses("\x03", "ctrl+c again", at)
			o.types("\x03")
		}, 130},
		"TERM": {func(o *onTerminal, _ int) { o.signal(syscall.SIGTERM) }, 143},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, env := newSlowPlatform(t)
			o := startOnTerminal(t, env)
			at := o.orders("orphan-key")
			o.makes(at, "sending")
			p.isAsked(t)
			leave.do(o, at)
			if code := o.ends(); code != leave.code {
				t.Errorf("ended with %d", code)
			}
			at = o.sees("fob: orphan-key was being made in claims-search", o.sees(leftAltScreen, at))
			o.sees("revoke it", at)
			o.restored()
		})
	}
}

// The answer that arrives while fob is leaving isn't dropped: its key is kept at the last moment.
func TestAnAnswerThatComesWhileLeaving(t *testing.T) {
	t.Parallel()
	p, env := newSlowPlatform(t)
	o := startOnTerminal(t, withKeyring(t, env...))
	at := o.orders("late-key")
	o.makes(at, "sending")
	p.isAsked(t)
	at = o.presses("\x03", "ctrl+c again", at)
	o.types("\x03")
	at = o.sees(leftAltScreen, at)
	p.let()
	if code := o.ends(); code != 0 {
		t.Errorf("ended with %d", code)
	}
	o.sees("fob: late-key was kept in the OS keyring at the last moment", at)
}

// Where there is no keyring, it is named, now and at the next start.
func TestAnAnswerThatNobodyTakes(t *testing.T) {
	t.Parallel()
	p, env := newSlowPlatform(t)
	o := startOnTerminal(t, env)
	at := o.orders("late-key")
	o.makes(at, "sending")
	p.isAsked(t)
	at = o.presses("\x03", "ctrl+c again", at)
	o.types("\x03")
	at = o.sees(leftAltScreen, at)
	p.let()
	if code := o.ends(); code != 1 {
		t.Errorf("ended with %d", code)
	}
	at = o.sees("fob: late-key was made, and its secret could not be kept", at)
	o.sees("fob: a key was made whose secret nobody has", at)
	next := startOnTerminal(t, env)
	next.sees("late-key may have been made in", next.sees(altScreen, 0))
	next.signal(syscall.SIGTERM)
	next.ends()
}

// While the new key's id is looked for, its secret has arrived: whatever ends fob then, it is kept.
func TestSignalsWhileTheIDIsLookedFor(t *testing.T) {
	for name, signal := range map[string]syscall.Signal{"TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			looking, over := make(chan struct{}), make(chan struct{})
			var made atomic.Bool
			var once sync.Once
			world := sandbox.New(sandbox.Options{Seed: 1, Before: func(_ http.ResponseWriter, r *http.Request) bool {
				made.Store(made.Load() || r.Method == http.MethodPost)
				if made.Load() && r.Method == http.MethodGet {
					once.Do(func() { close(looking) })
					<-over
				}
				return false
			}})
			server := httptest.NewServer(world)
			t.Cleanup(server.Close)
			t.Cleanup(func() { close(over) })
			env := withKeyring(t, append(silent, "FOB_API_URL="+server.URL, "FOB_SESSION_TOKEN="+world.SessionToken().Reveal())...)
			o := startOnTerminal(t, env)
			at := o.makes(o.orders("midway-key"), "looking")
			select {
			case <-looking:
			case <-time.After(patience):
				t.Fatal("the id is not looked for")
			}
			o.signal(signal)
			if code := o.ends(); code != 128+int(signal) {
				t.Errorf("ended with %d", code)
			}
			o.sees("fob: midway-key was kept in the OS keyring at the last moment", o.sees(leftAltScreen, at))
			o.restored()
		})
	}
}
