package session

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// back is how the browser came back.
type back struct {
	code string
	err  error
}

// expected is what the browser has to bring.
type expected struct {
	state, issuer string
	namesItself   bool // the provider promises to send its issuer's name
}

// door is where the browser comes back to: one path on a free port of 127.0.0.1, which takes one answer. Whatever comes
// with another state is turned away and doesn't end the waiting; whatever comes after the answer is told that it is done.
type door struct {
	address string
	back    chan back
	server  *http.Server
	host    string
	expected

	mu   sync.Mutex
	done bool
	idle map[net.Conn]bool // connections on which nothing was asked yet: browsers open some to spare
	over sync.WaitGroup
}

func openDoor(ctx context.Context, e expected) (*door, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	d := &door{host: l.Addr().String(), back: make(chan back, 1), expected: e, idle: map[net.Conn]bool{}}
	d.address = "http://" + d.host + "/callback"
	d.server = &http.Server{
		Handler:           d,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      10 * time.Second,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          log.New(io.Discard, "", 0), // nothing but the screen writes to the terminal
		ConnState: func(c net.Conn, state http.ConnState) {
			d.mu.Lock()
			defer d.mu.Unlock()
			if state == http.StateNew {
				d.idle[c] = true
			} else {
				delete(d.idle, c)
			}
		},
	}
	d.server.SetKeepAlivesEnabled(false)
	d.over.Go(func() { _ = d.server.Serve(l) })
	return d, nil
}

// close stops listening, after the page that is being sent has been sent.
func (d *door) close(ctx context.Context) {
	d.mu.Lock()
	for c := range d.idle { // the server would wait for them for seconds
		_ = c.Close()
	}
	d.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if d.server.Shutdown(ctx) != nil {
		_ = d.server.Close()
	}
	d.over.Wait()
}

// ServeHTTP answers a browser. Nothing of what it sent is in the answer.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer") // the address of this page holds the code
	h.Set("Cache-Control", "no-store")
	if r.Host != d.host || r.URL.Path != "/callback" {
		answer(w, http.StatusNotFound, "Nothing here", "This address belongs to fob, which waits for a sign-in to come back.")
		return
	}
	if r.Method != http.MethodGet {
		h.Set("Allow", http.MethodGet)
		answer(w, http.StatusMethodNotAllowed, "Nothing here", "fob waits for a sign-in to come back.")
		return
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil || !same(single(query, "state"), d.state) {
		answer(w, http.StatusBadRequest, "Not this sign-in",
			"This page comes from another sign-in than the one that fob waits for. Start again from the address in the terminal.")
		return
	}
	d.mu.Lock()
	first := !d.done
	d.done = true
	d.mu.Unlock()
	if !first {
		answer(w, http.StatusOK, "That is done already", "fob has heard from your browser. You can close this page and go back to the terminal.")
		return
	}
	came := d.read(query)
	if came.err != nil {
		answer(w, http.StatusOK, "Not signed in", "Go back to the terminal: fob says there what happened. You can close this page.")
	} else {
		answer(w, http.StatusOK, "Back to the terminal", "fob goes on there. You can close this page.")
	}
	d.back <- came
}

// read takes the code out of what the browser brought for this sign-in.
func (d *door) read(query url.Values) back {
	// Another provider's answer is not to be believed, not even its refusal.
	if issuer, named := query["iss"]; (named || d.namesItself) && (len(issuer) != 1 || !same(issuer[0], d.issuer)) {
		return back{err: fmt.Errorf("%w: the browser came back from another provider (iss)", ErrUntrusted)}
	}
	if query.Has("error") {
		code := single(query, "error")
		if code == "access_denied" {
			return back{err: ErrDenied}
		}
		if !codeForm.MatchString(code) {
			return back{err: &Error{Op: "sign in with the browser", Message: "the provider refused and doesn't say why"}}
		}
		return back{err: refusal("sign in with the browser", 0, code)}
	}
	code := single(query, "code")
	if code == "" || len(code) > tokenLimit {
		return back{err: &Error{Op: "sign in with the browser", Message: "the browser came back without a code"}}
	}
	return back{code: code}
}

// single returns the value of a parameter that is there once.
func single(query url.Values, name string) string {
	if values := query[name]; len(values) == 1 {
		return values[0]
	}
	return ""
}

// answer sends a page of fixed text.
func answer(w http.ResponseWriter, status int, title, text string) {
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, page, title, title, text)
}

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>fob: %s</title>
<style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem}</style>
<h1>%s</h1>
<p>%s</p>
</html>
`
