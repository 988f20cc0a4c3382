// Package client is the platform's HTTP API in Go: its keys, people, workspaces, roles and search history.
//
// Lists are read to their end and say whether they are the whole of it (Listing). Reading is tried again when the
// platform or something before it is busy; a request that changes something is sent once and never repeated, whatever
// happens (see Error.Unanswered). A key's secret is only ever in a secret.Value.
//
// A Client is safe for use by several goroutines.
package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"time"

	"fob/client/origin"
	"fob/client/secret"
)

// Options say whom to talk to, and as whom. BaseURL and Credential are needed, the rest has defaults.
type Options struct {
	// BaseURL is the platform's address, https://host[:port] with or without /api or /api/v1 behind it; any other path
	// is refused. It is https, or http on loopback only.
	BaseURL string
	// Credential returns the session token or key to send. It is asked once for every request, from several
	// goroutines at a time, and what it returns goes to BaseURL's origin and nowhere else.
	Credential func(context.Context) (secret.Value, error)
	// Renew, if set, is asked for another credential after the platform answered 401 to a GET, which is then sent once
	// more; refused is the one that was sent. Its error becomes the cause of the call's. What changes something is never
	// sent again, not even then.
	Renew func(ctx context.Context, refused secret.Value) (secret.Value, error)
	// OrganizationID chooses one of a person's organizations (X-Organization-ID). It is sent only when set.
	OrganizationID string
	// UserAgent and Source say who is asking (User-Agent, X-Client-Source), "fob" unless set.
	UserAgent, Source string
	// CAFile is a PEM file with certificates that are trusted beside the system's.
	CAFile string
	// Transport replaces the one that New would make. If it is an *http.Transport, a copy of it is used; CAFile and
	// the proxies of the environment are then its owner's affair. Any other RoundTripper must not repeat a POST,
	// PATCH or DELETE, and must not follow redirects.
	Transport http.RoundTripper
	// Timeout is how long one request and its answer may take, 30 s unless set. A GET that is tried again gets it
	// anew each time.
	Timeout time.Duration
	// Concurrency is how many pages of a list are asked for at once, 6 unless set.
	Concurrency int
	// OnRetry, if set, is told of every request that is about to be sent again, from the goroutine that waits.
	OnRetry func(Retry)
	// Advise, if set, says what can be done about a refusal (403): it knows who is asking. It is asked when somebody
	// wants to know, by Error.Next, from any goroutine.
	Advise func(*Error) string
	// OnExchange, if set, is told of every request and its answer, from several goroutines at a time.
	OnExchange func(Exchange)
}

// Client calls the platform.
type Client struct {
	origin, base string // "https://host[:port]"; the same with what stands before /v1: "https://host/api"
	options      Options
	reads        *http.Client
	writes       *http.Client
	traced       bool // the transport is net/http's, which tells whether a connection was made
	clock        skewedClock

	sleep  func(context.Context, time.Duration) error // how a retry waits
	jitter func() float64                             // in [0,1)
}

// New returns a client. It sends nothing yet. It fails if BaseURL isn't an address that a credential may be sent to,
// if there is no Credential, or if CAFile can't be read.
func New(o Options) (*Client, error) {
	at, _, err := origin.Parse(o.BaseURL)
	if err != nil {
		return nil, err
	}
	if o.Credential == nil {
		return nil, errors.New("no credential to send")
	}
	o.UserAgent = orDefault(o.UserAgent, "fob")
	o.Source = orDefault(o.Source, "fob")
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	if o.Concurrency <= 0 {
		o.Concurrency = 6
	}
	c := &Client{origin: at, base: at + "/api", options: o, sleep: sleepContext, jitter: rand.Float64}
	c.clock.local = time.Now
	if err := c.connect(); err != nil {
		return nil, err
	}
	return c, nil
}

func orDefault(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// connect makes the two HTTP clients: one for reading, one for what is sent once.
func (c *Client) connect() error {
	reads, writes := c.options.Transport, c.options.Transport
	if reads == nil {
		made, err := newTransport(c.options)
		if err != nil {
			return err
		}
		reads = made
	}
	if t, ok := reads.(*http.Transport); ok {
		c.traced = true
		reads = t.Clone()
		writes = onceTransport(t)
	}
	if tell := c.options.OnExchange; tell != nil {
		reads, writes = observed{reads, tell}, observed{writes, tell}
	}
	c.reads = &http.Client{Transport: reads, CheckRedirect: c.followWithin}
	c.writes = &http.Client{Transport: writes, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	return nil
}

func newTransport(o Options) (*http.Transport, error) {
	t := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           o.Concurrency + 2,
		MaxIdleConnsPerHost:    o.Concurrency + 2, // the default of 2 would make a new connection for most pages
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    10 * time.Second,
		MaxResponseHeaderBytes: 256 << 10,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
	}
	if o.CAFile != "" {
		pem, err := os.ReadFile(o.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read the extra certificates: %w", err)
		}
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool() // a machine without certificates of its own still has these
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("read the extra certificates: no certificate in %s", o.CAFile)
		}
		t.TLSClientConfig.RootCAs = pool
	}
	return t, nil
}

// onceTransport returns a copy of t that sends a request at most once. net/http sends a request again, whatever its
// method, when a connection that it had used before turns out to be closed and it believes that nothing was sent; over
// HTTP/2 it does so when the server says that it didn't look. A connection of its own for each request, over HTTP/1.1,
// takes all those cases away, and with them the failures of a connection that was idle for too long.
func onceTransport(t *http.Transport) *http.Transport {
	once := t.Clone()
	once.DisableKeepAlives = true
	once.ForceAttemptHTTP2 = false
	once.Protocols = new(http.Protocols)
	once.Protocols.SetHTTP1(true)
	if once.TLSClientConfig != nil {
		once.TLSClientConfig.NextProtos = nil // "h2" may have been put there by the first use of t
	}
	once.TLSNextProto = nil
	return once
}

// Origin returns the platform's scheme, host and port, "https://api.cloud.deepset.ai": what a stored session belongs
// to. A scheme's own port is left out.
func (c *Client) Origin() string { return c.origin }

// Close closes the connections that are open for later use. The client can still be used.
func (c *Client) Close() {
	c.reads.CloseIdleConnections()
	c.writes.CloseIdleConnections()
}
