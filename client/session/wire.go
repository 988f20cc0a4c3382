package session

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"sync"
	"time"

	"fob/client/origin"
)

// answerLimit is how long an answer may be. Discovery documents and key sets are a few kilobytes.
const answerLimit = 1 << 20

var (
	errTooLong  = errors.New("an answer of more than a megabyte")
	errHTML     = errors.New("an HTML page came, as from a proxy or a sign-in page")
	errNotJSON  = errors.New("what came isn't a JSON object")
	errRedirect = errors.New("refusing a redirect")
	errSilent   = fmt.Errorf("no answer for %v", patience)
)

// newTransport returns what sends every request of a Session: each on a connection of its own over HTTP/1.1, because
// net/http sends a request again, POST or not, when a connection that it had used before turns out to be closed. A code
// or a refresh token must not arrive twice.
func newTransport(o Options) (http.RoundTripper, error) {
	var t *http.Transport
	switch given := o.Transport.(type) {
	case nil:
		t = &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			TLSHandshakeTimeout:    10 * time.Second,
			MaxResponseHeaderBytes: 256 << 10,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		}
		if o.CAFile != "" {
			pool, err := withCertificates(o.CAFile)
			if err != nil {
				return nil, err
			}
			t.TLSClientConfig.RootCAs = pool
		}
	case *http.Transport:
		t = given.Clone()
	default:
		return given, nil
	}
	t.DisableKeepAlives = true
	t.ForceAttemptHTTP2 = false
	t.Protocols = new(http.Protocols)
	t.Protocols.SetHTTP1(true)
	if t.TLSClientConfig != nil {
		t.TLSClientConfig.NextProtos = nil
	}
	t.TLSNextProto = nil
	return t, nil
}

func withCertificates(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the extra certificates: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // a machine without certificates of its own still has these
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read the extra certificates: no certificate in %s", file)
	}
	return pool, nil
}

// wire carries the requests of one undertaking, a sign-in or a refresh, and stands between the libraries and what
// servers send: it ends with its context (x/oauth2 asks for a device code without one), bounds every answer, lets
// nothing but a JSON object through as a success, and learns the server's clock.
type wire struct {
	http.RoundTripper
	ctx   context.Context
	agent string
	now   func() time.Time

	observe func(Exchange) // nil: nobody is told

	mu      sync.Mutex
	known   []string // the endpoints whose paths may be told
	skew    time.Duration
	answers int       // how many came that weren't a server's fault of its own
	sent    time.Time // when the last request was sent, by this machine's clock
}

// client returns an HTTP client that sends by a wire of its own, which ends with ctx, and that wire.
func (s *Session) client(ctx context.Context) (*http.Client, *wire) {
	w := &wire{RoundTripper: s.transport, ctx: ctx, agent: s.options.UserAgent, now: s.options.Now, observe: s.options.OnExchange}
	w.know(s.origin + offerPath)
	return &http.Client{Transport: w, CheckRedirect: followWithin}, w
}

// followWithin lets a GET be redirected within its own origin, five times at most. Elsewhere the answer would be somebody
// else's, and a POST carries a code or a token.
func followWithin(req *http.Request, via []*http.Request) error {
	first := via[0]
	switch {
	case first.Method != http.MethodGet:
		return fmt.Errorf("%w of what is sent once", errRedirect)
	case origin.Of(req.URL) != origin.Of(first.URL):
		return fmt.Errorf("%w from %s to another origin", errRedirect, line(origin.Of(first.URL)))
	case len(via) > 5:
		return fmt.Errorf("%w: more than five, one after another", errRedirect)
	}
	return nil
}

// send sends one request and reads its whole answer, whose status it notes.
func (w *wire) send(req *http.Request, status *int) (*http.Response, error) {
	// Not http.Client's Timeout: it leaves a goroutine behind for an answer whose body isn't closed, as x/oauth2's of
	// a device code isn't.
	ctx, cancel := context.WithTimeoutCause(req.Context(), patience, errSilent)
	defer cancel()
	defer context.AfterFunc(w.ctx, cancel)() //nolint:contextcheck // the other context that ends it
	req = req.Clone(ctx)
	req.Header.Set("User-Agent", w.agent)
	req.Header.Set("Accept", "application/json")
	w.mu.Lock()
	w.sent = w.now()
	w.mu.Unlock()
	resp, err := w.RoundTripper.RoundTrip(req)
	if err != nil {
		return nil, w.cause(ctx, err)
	}
	*status = resp.StatusCode
	body, err := io.ReadAll(io.LimitReader(resp.Body, answerLimit+1))
	_ = resp.Body.Close()
	switch {
	case err != nil:
		return nil, w.cause(ctx, err)
	case len(body) > answerLimit:
		return nil, errTooLong
	}
	w.learn(resp)
	if trimmed := bytes.TrimSpace(body); resp.StatusCode/100 == 2 && len(trimmed) > 0 && trimmed[0] != '{' {
		if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind == "text/html" || trimmed[0] == '<' {
			return nil, errHTML
		}
		return nil, errNotJSON
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	resp.ContentLength = int64(len(body))
	return resp, nil
}

// cause returns why a request was given up, if it was.
func (w *wire) cause(ctx context.Context, err error) error {
	switch {
	case w.ctx.Err() != nil:
		return w.ctx.Err()
	case errors.Is(context.Cause(ctx), errSilent):
		return errSilent
	}
	return err
}

func (w *wire) learn(resp *http.Response) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if resp.StatusCode < http.StatusInternalServerError {
		w.answers++
	}
	if at, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		w.skew = at.Sub(w.now())
	}
}

func (w *wire) answered() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.answers
}

func (w *wire) lastSent() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sent
}

// serverNow returns what the clock of the server that answered last says now, and this machine's before that.
func (w *wire) serverNow() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now().Add(w.skew)
}
