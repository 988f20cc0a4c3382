package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"

	"fob/client/secret"
	"fob/client/visible"
)

// Step is a part of the way to the platform.
type Step string

// The steps, in their order. Through a proxy the name that is looked up is the proxy's.
const (
	StepName    Step = "name"        // the host's name is looked up
	StepConnect Step = "connection"  // a connection is made
	StepTunnel  Step = "proxy"       // the proxy is asked to connect further
	StepTLS     Step = "certificate" // both sides agree on TLS, and the certificate is checked
	StepAnswer  Step = "answer"      // the platform answers
	StepDone    Step = "done"        // it did
)

// Reached is what was seen on the way to the platform, as far as it went.
type Reached struct {
	Step        Step          // where it ended: StepDone, or the step that failed
	Remote      string        // address and port of who was connected to: the platform, or the proxy; "" if nobody was
	Status      int           // of the answer; 401 is what the platform says to nobody in particular
	Foreign     bool          // the answer isn't JSON, as all of the platform's are: something else answered
	Took        time.Duration // until the answer began, or until it failed
	TLS         string        // "TLS 1.3"; "" if it didn't come to that, or needs none
	Certificate *Certificate  // the one that was shown, trusted or not; nil if none was
	Skew        time.Duration // how far the platform's clock is ahead of this machine's
	Dated       bool          // the answer told its clock
}

// Certificate is what a certificate says of itself. Its texts are safe to show.
type Certificate struct {
	Subject, Issuer     string
	NotBefore, NotAfter time.Time // UTC
	OwnIssuer           bool      // it is signed by itself
}

// Reach goes to the platform once, as nobody: no credential is asked for or sent. Any answer will do. It returns what
// was seen also where it fails; the error is an *Error whose cause tells what was in the way.
func (c *Client) Reach(ctx context.Context) (Reached, error) {
	e := &Error{Op: "reach the platform", Method: http.MethodGet, Path: "/api/v1/me"}
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	w := &walk{step: StepName}
	began := c.clock.local()
	res, err := c.walk(httptrace.WithClientTrace(ctx, w.trace()), c.base+"/v1/me")
	seen := w.seen(err)
	seen.Took = c.clock.local().Sub(began)
	if err != nil {
		e.Message, e.Err = c.unreached(err, secret.Value{})
		return seen, e
	}
	defer res.Body.Close()
	seen.Step, seen.Status = StepDone, res.StatusCode
	if res.TLS != nil {
		seen.TLS = tls.VersionName(res.TLS.Version)
		seen.Certificate = certificateOf(res.TLS.PeerCertificates)
	}
	if !c.clock.learn(res.Header, began).IsZero() {
		seen.Skew, seen.Dated = c.Skew()
	}
	body, _ := io.ReadAll(io.LimitReader(res.Body, refusalLimit)) // what came of it is enough
	body = bytes.TrimSpace(body)
	seen.Foreign = len(body) == 0 || body[0] != '{'
	return seen, nil
}

// walk sends a request without a credential. A redirect is an answer, too.
func (c *Client) walk(ctx context.Context, address string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	req.Close = true // a way that was gone before would tell nothing
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.options.UserAgent)
	req.Header.Set("X-Client-Source", c.options.Source)
	once := &http.Client{Transport: c.writes.Transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	return once.Do(req)
}

// walk follows a request on its way. Its hooks may be called after the request has ended.
type walk struct {
	mu     sync.Mutex
	step   Step
	remote string
	tls    string
	shown  []*x509.Certificate
}

func (w *walk) to(step Step) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.step = step
}

func (w *walk) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		DNSDone: func(i httptrace.DNSDoneInfo) {
			if i.Err == nil {
				w.to(StepConnect)
			}
		},
		ConnectStart: func(string, string) { w.to(StepConnect) },
		ConnectDone: func(_, address string, err error) {
			if err == nil {
				w.mu.Lock()
				defer w.mu.Unlock()
				w.step, w.remote = StepTunnel, address // it may be no proxy: then the next step comes at once
			}
		},
		TLSHandshakeStart: func() { w.to(StepTLS) },
		TLSHandshakeDone: func(state tls.ConnectionState, err error) {
			if err == nil {
				w.mu.Lock()
				defer w.mu.Unlock()
				w.tls, w.shown = tls.VersionName(state.Version), state.PeerCertificates
			}
		},
		GotConn: func(httptrace.GotConnInfo) { w.to(StepAnswer) },
	}
}

// seen is what was seen before err, nil if nothing was in the way.
func (w *walk) seen(err error) Reached {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := Reached{Step: w.step, Remote: w.remote, TLS: w.tls, Certificate: certificateOf(w.shown)}
	if wrong, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		r.Step, r.Certificate = StepTLS, certificateOf(wrong.UnverifiedCertificates)
	}
	if operation, ok := errors.AsType[*net.OpError](err); ok && operation.Op == "proxyconnect" && r.Step == StepTLS {
		r.Step = StepTunnel // with a proxy that speaks TLS itself
	}
	return r
}

func certificateOf(chain []*x509.Certificate) *Certificate {
	if len(chain) == 0 {
		return nil
	}
	leaf := chain[0]
	return &Certificate{
		Subject: holder(leaf.Subject.CommonName, leaf.Subject.Organization), Issuer: holder(leaf.Issuer.CommonName, leaf.Issuer.Organization),
		NotBefore: leaf.NotBefore.UTC(), NotAfter: leaf.NotAfter.UTC(),
		OwnIssuer: bytes.Equal(leaf.RawSubject, leaf.RawIssuer),
	}
}

// holder is who a certificate is for, or by, in a form that is safe to show.
func holder(name string, organizations []string) string {
	if len(organizations) > 0 {
		if name == "" {
			name = organizations[0]
		} else if name != organizations[0] {
			name += ", " + organizations[0]
		}
	}
	return visible.Truncate(clean(name, secret.Value{}), longestHolder)
}

// longestHolder is how much of a certificate's names is shown, in columns.
const longestHolder = 60
