package faulty

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"syscall"
	"time"
)

// Fault is one thing that can go wrong on the wire.
type Fault struct {
	Name  string
	dial  func(context.Context) error // what becomes of the connection; nil: it is made
	serve func(*exchange)             // what becomes of the request
}

// Network returns every fault of the network, in the order of their table. Where it matters whether the platform acted
// before the fault, both are there.
func Network() []Fault {
	all := []Fault{
		{Name: "refused", dial: func(context.Context) error { return syscall.ECONNREFUSED }},
		{Name: "unreachable", dial: unreachable},
		{Name: "reset before anything is sent", dial: func(context.Context) error { return ErrResetAtOnce }},
		before("reset after the request was read", func(x *exchange) { x.raw(Reset) }),
		after("reset after the platform acted", func(x *exchange, _ *httptest.ResponseRecorder) { x.raw(Reset) }),
		after("closed after the platform acted", func(x *exchange, _ *httptest.ResponseRecorder) { x.raw(func(net.Conn) {}) }),
		before("stalled, the platform saw nothing", func(x *exchange) { x.raw(x.hang) }),
		after("stalled before the headers", func(x *exchange, _ *httptest.ResponseRecorder) { x.raw(x.hang) }),
		after("stalled after the headers", func(x *exchange, a *httptest.ResponseRecorder) { x.cut(a, 0, 0, true) }),
		after("stalled in the body", func(x *exchange, a *httptest.ResponseRecorder) { x.cut(a, a.Body.Len()/2, 0, true) }),
		after("byte by byte", func(x *exchange, a *httptest.ResponseRecorder) { x.slow(a, time.Millisecond/2) }),
		after("byte by byte, without end", func(x *exchange, a *httptest.ResponseRecorder) { x.slow(a, time.Minute) }),
		after("cut off in the body", func(x *exchange, a *httptest.ResponseRecorder) { x.cut(a, a.Body.Len()/2, 0, false) }),
		after("length too small", func(x *exchange, a *httptest.ResponseRecorder) { x.cut(a, a.Body.Len(), -a.Body.Len()/2, false) }),
		after("length too large", func(x *exchange, a *httptest.ResponseRecorder) { x.cut(a, a.Body.Len(), 10, false) }),
		before("an HTML page", func(x *exchange) { x.say(200, "text/html", page) }),
		after("an HTML page, after acting", func(x *exchange, _ *httptest.ResponseRecorder) { x.say(200, "text/html", page) }),
		after("an empty answer", func(x *exchange, _ *httptest.ResponseRecorder) { x.say(200, "application/json", "") }),
		after("other JSON", func(x *exchange, _ *httptest.ResponseRecorder) { x.say(200, "application/json", `[{"a":"\u001b[2J"}]`) }),
	}
	for _, status := range []int{401, 403, 404, 409, 422, 429, 500, 502, 503, 504, 591} {
		name := strconv.Itoa(status)
		all = append(all,
			before(name, func(x *exchange) { x.refuse(status) }),
			after(name+", after acting", func(x *exchange, _ *httptest.ResponseRecorder) { x.refuse(status) }))
	}
	return append(all,
		after("clock an hour ahead", func(x *exchange, a *httptest.ResponseRecorder) { x.clock(a, time.Hour) }),
		after("clock an hour behind", func(x *exchange, a *httptest.ResponseRecorder) { x.clock(a, -time.Hour) }),
		before("redirect, same host", func(x *exchange) { x.redirect("http://" + x.r.Host) }),
		before("redirect, another host", func(x *exchange) { x.redirect("http://localhost:1") }),
		after("huge body", func(x *exchange, _ *httptest.ResponseRecorder) {
			x.w.Header().Set("Content-Type", "application/json")
			for range 33 {
				if _, err := x.w.Write(mebibyte); err != nil {
					return // the client has had enough
				}
			}
		}),
		before("others change the list meanwhile", func(x *exchange) {
			x.proxy.shake()
			x.pass(x.act())
		}),
	)
}

// unreachable is what a system says when nobody answered its packets for two minutes.
func unreachable(ctx context.Context) error {
	given := time.NewTimer(2 * time.Minute)
	defer given.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-given.C:
		return syscall.ETIMEDOUT
	}
}

// Names are what the faults are called.
func Names(faults []Fault) (names []string) {
	for _, f := range faults {
		names = append(names, f.Name)
	}
	return names
}

// Named returns the fault of the network with this name, and panics if there is none.
func Named(name string) Fault {
	for _, f := range Network() {
		if f.Name == name {
			return f
		}
	}
	panic("there is no fault " + name)
}

var mebibyte = bytes.Repeat([]byte{' '}, 1<<20)

const page = "<!doctype html><title>Sign in</title><p>\x1b]0;owned\x07 Please sign in."

// before is a fault that the platform never hears of.
func before(name string, serve func(*exchange)) Fault { return Fault{Name: name, serve: serve} }

// after is a fault that comes when the platform has acted.
func after(name string, serve func(*exchange, *httptest.ResponseRecorder)) Fault {
	return Fault{Name: name, serve: func(x *exchange) { serve(x, x.act()) }}
}

// pass answers as the platform did.
func (x *exchange) pass(a *httptest.ResponseRecorder) {
	x.say(a.Code, a.Header().Get("Content-Type"), a.Body.String())
}

func (x *exchange) refuse(status int) {
	body := fmt.Sprintf(`{"errors":["the fault of %d"]}`, status)
	if status == 429 || status == 503 {
		x.say(status, "application/json", body, "Retry-After", "2")
		return
	}
	x.say(status, "application/json", body)
}

func (x *exchange) clock(a *httptest.ResponseRecorder, skew time.Duration) {
	x.w.Header().Set("Date", time.Now().Add(skew).UTC().Format(http.TimeFormat))
	x.pass(a)
}

// redirect sends the client to another address. Who comes back from there is let through.
func (x *exchange) redirect(to string) {
	if x.r.Referer() != "" {
		x.pass(x.act())
		return
	}
	x.say(307, "text/plain", "elsewhere", "Location", to+x.r.URL.RequestURI())
}

func head(a *httptest.ResponseRecorder, length int) string {
	return fmt.Sprintf("HTTP/1.1 %d %s\r\nContent-Type: %s\r\nDate: %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n", a.Code,
		http.StatusText(a.Code), a.Header().Get("Content-Type"), time.Now().UTC().Format(http.TimeFormat), length)
}

// cut sends so many bytes of the body, under a length that is off by so many, and then hangs or ends.
func (x *exchange) cut(a *httptest.ResponseRecorder, most, off int, hangs bool) {
	x.raw(func(c net.Conn) {
		_, _ = c.Write([]byte(head(a, a.Body.Len()+off) + a.Body.String()[:most]))
		if hangs {
			x.hang(c)
		}
	})
}

// slow sends one byte at a time.
func (x *exchange) slow(a *httptest.ResponseRecorder, pause time.Duration) {
	x.raw(func(c net.Conn) {
		for _, b := range []byte(head(a, a.Body.Len()) + a.Body.String()) {
			select {
			case <-time.After(pause):
			case <-x.proxy.gone:
				return
			}
			if _, err := c.Write([]byte{b}); err != nil {
				return // the client has left
			}
		}
	})
}
