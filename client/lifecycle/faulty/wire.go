// Package faulty breaks things between a client and the platform's stand-in, each in one exact way at one exact moment,
// and writes down what came of it. It is for tests alone: no program is built with it.
package faulty

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"syscall"
)

// Wire is a network in memory that connects clients with one server. It needs no clock and no port, so it works where
// time is a test's own. It is a net.Listener for the server, and Transport's dialer for the client.
type Wire struct {
	calls chan net.Conn
	done  chan struct{}
	once  sync.Once
	dial  func(context.Context) error
}

// NewWire returns a wire. dial is asked before each connection is made: its error is what the client's dialing ends in.
// It may return ErrResetAtOnce, for a connection that is made and breaks before anything is read.
func NewWire(dial func(context.Context) error) *Wire {
	return &Wire{calls: make(chan net.Conn), done: make(chan struct{}), dial: dial}
}

// ErrResetAtOnce makes a connection that is reset before the server reads from it.
var ErrResetAtOnce = errors.New("reset at once")

// Transport returns a client's side of the wire, whatever address is called. Each request has a connection of its own,
// so that a fault of dialing can be placed at any of them.
func (w *Wire) Transport() *http.Transport {
	return &http.Transport{DialContext: w.Dial, DisableKeepAlives: true, DisableCompression: true}
}

// Dial connects.
func (w *Wire) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { // a transport dials on where nobody waits for it any more
		select {
		case <-w.done:
			cancel()
		case <-ctx.Done():
		}
	}()
	err := w.dial(ctx)
	near, far := net.Pipe()
	broken := &reset{}
	switch {
	case errors.Is(err, ErrResetAtOnce):
		broken.happen()
		_ = far.Close()
		return wired{near, broken}, nil
	case err != nil:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: w.Addr(), Err: err}
	}
	select {
	case w.calls <- wired{far, broken}:
		return wired{near, broken}, nil
	case <-w.done:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: w.Addr(), Err: syscall.ECONNREFUSED}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept waits for a client.
func (w *Wire) Accept() (net.Conn, error) {
	select {
	case c := <-w.calls:
		return c, nil
	case <-w.done:
		return nil, net.ErrClosed
	}
}

// Close ends accepting.
func (w *Wire) Close() error {
	w.once.Do(func() { close(w.done) })
	return nil
}

// Addr is a loopback address: a client sends no session anywhere else without TLS.
func (*Wire) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080} }

// reset says whether a connection was reset, to both of its ends.
type reset struct {
	mu   sync.Mutex
	been bool
}

func (r *reset) happen() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.been = true
}

// err is what a call on a connection fails with.
func (r *reset) err(op string, err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil || !r.been {
		return err
	}
	return &net.OpError{Op: op, Net: "tcp", Err: syscall.ECONNRESET}
}

// wired is one end of a connection.
type wired struct {
	net.Conn
	broken *reset
}

// Read reads, and knows a reset from an end.
func (w wired) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	return n, w.broken.err("read", err)
}

// Write writes, and knows a reset from an end.
func (w wired) Write(b []byte) (int, error) {
	n, err := w.Conn.Write(b)
	return n, w.broken.err("write", err)
}

// Reset ends the connection as a machine does that knows nothing of it: what was on its way is lost.
func Reset(c net.Conn) {
	switch c := c.(type) {
	case wired:
		c.broken.happen()
	case *net.TCPConn:
		_ = c.SetLinger(0)
	}
	_ = c.Close()
}
