package faulty

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
)

// Proxy stands between a client and the platform's stand-in. What it does to a request is for the fault that is armed.
type Proxy struct {
	platform http.Handler
	gone     chan struct{} // closed when nothing is to hang any more

	mu       sync.Mutex
	armed    []Armed
	suffered int    // requests that met a fault
	shake    func() // changes the platform behind the client's back
	seen     func(*http.Request)
	requests []string
}

// NewProxy returns a proxy that lets everything through to platform. shake changes what the platform has while a
// client is reading it, as other people do.
func NewProxy(platform http.Handler, shake func()) *Proxy {
	return &Proxy{platform: platform, gone: make(chan struct{}), shake: shake}
}

// Armed is a fault that so many requests will meet; all that come if Times is negative.
type Armed struct {
	Fault Fault
	Times int
}

// Arm has the next requests meet these faults, one after the other; none lets everything through again.
func (p *Proxy) Arm(faults ...Armed) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.armed = slices.Clone(faults)
}

// Watch has seen told of every request before anything is done with it; it may wait as long as it likes.
func (p *Proxy) Watch(seen func(*http.Request)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = seen
}

// Suffered is how many requests met a fault.
func (p *Proxy) Suffered() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.suffered
}

// Count is how many requests with this method came through the door.
func (p *Proxy) Count(method string) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.requests {
		if m == method {
			n++
		}
	}
	return n
}

// Close lets go of everything that hangs.
func (p *Proxy) Close() { close(p.gone) }

// take returns the armed fault for one request, or for one connection.
func (p *Proxy) take(dialing bool) *Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.armed) > 0 && p.armed[0].Times == 0 {
		p.armed = p.armed[1:]
	}
	if len(p.armed) == 0 || dialing != (p.armed[0].Fault.dial != nil) {
		return nil
	}
	p.armed[0].Times--
	p.suffered++
	return &p.armed[0].Fault
}

// Dial is for a Wire: what becomes of a connection.
func (p *Proxy) Dial(ctx context.Context) error {
	if f := p.take(true); f != nil {
		return f.dial(ctx)
	}
	return nil
}

// ServeHTTP lets a request through, or has it meet the fault.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client is gone
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	p.mu.Lock()
	p.requests = append(p.requests, r.Method)
	seen := p.seen
	p.mu.Unlock()
	if seen != nil {
		seen(r)
	}
	if f := p.take(false); f != nil {
		f.serve(&exchange{proxy: p, w: w, r: r})
		return
	}
	p.platform.ServeHTTP(w, r)
}

// exchange is one request that meets a fault.
type exchange struct {
	proxy *Proxy
	w     http.ResponseWriter
	r     *http.Request
}

// act has the platform do what was asked, and returns what it says.
func (x *exchange) act() *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	x.proxy.platform.ServeHTTP(answer, x.r)
	return answer
}

// say answers.
func (x *exchange) say(status int, kind, body string, header ...string) {
	for pair := range slices.Chunk(header, 2) {
		x.w.Header().Set(pair[0], pair[1])
	}
	x.w.Header().Set("Content-Type", kind)
	x.w.WriteHeader(status)
	_, _ = io.WriteString(x.w, body)
}

// raw takes the connection out of HTTP's hands, and gives it to write on.
func (x *exchange) raw(write func(net.Conn)) {
	c, _, err := http.NewResponseController(x.w).Hijack()
	if err != nil {
		return
	}
	defer c.Close()
	write(c)
}

// hang waits until the client leaves, or the test ends.
func (x *exchange) hang(c net.Conn) {
	left := make(chan struct{})
	go func() {
		defer close(left)
		_, _ = c.Read(make([]byte, 1))
	}()
	select {
	case <-left:
	case <-x.proxy.gone:
		_ = c.Close()
		<-left
	}
}
