package cli_test

import (
	"syscall"
	"testing"
)

// The second signal doesn't wait for what is under way, and names it all the same.
func TestTwoSignalsWhileAKeyIsMade(t *testing.T) {
	t.Parallel()
	p, env := newSlowPlatform(t)
	o := startOnTerminal(t, env)
	at := o.orders("orphan-key")
	o.makes(at, "sending")
	p.isAsked(t)
	o.signal(syscall.SIGTERM)
	at = o.sees(leftAltScreen, at)
	o.signal(syscall.SIGHUP)
	if code := o.ends(); code != 128+int(syscall.SIGHUP) {
		t.Errorf("ended with %d", code)
	}
	o.sees("fob: orphan-key was being made in claims-search", at)
	o.restored()
}
