package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"fob/client/secret"
)

const (
	answerLimit  = 32 << 20 // bytes of a page: a hundred keys take some 50,000
	refusalLimit = 64 << 10 // bytes of an error
)

var (
	// errAnswer is what an answer fails with that isn't what was asked for, and won't be the next time.
	errAnswer = errors.New("unexpected answer")
	// errCredential is what a call fails with that has nothing to send as.
	errCredential = errors.New("no session")
)

// call is one request to be sent.
type call struct {
	op      string // in words: "list keys"
	method  string
	path    string // after /api/v1, escaped
	query   url.Values
	body    []byte // JSON; nil for none
	expects string // what the answer is to be, in words: "a list of keys"; "" if any success will do
}

// answer is what came back with a status of success.
type answer struct {
	status int
	kind   string // Content-Type
	body   []byte
	date   time.Time // the server's clock, zero if it wasn't told
}

// get sends a GET until it is answered, and has decode read the answer.
func (c *Client) get(ctx context.Context, k call, decode func(answer) error) error {
	k.method = http.MethodGet
	renewed := false
	for n := 1; ; n++ {
		a, credential, e := c.attempt(ctx, c.reads, k)
		if e != nil && e.Status == http.StatusUnauthorized && !renewed && c.renew(ctx, credential, e) {
			renewed, n = true, 0 // with another credential it is another request
			continue
		}
		if e == nil {
			err := decode(a)
			if err == nil {
				return nil
			}
			e = c.misread(k, a, err)
		}
		if ctx.Err() != nil {
			return e
		}
		retry, ok := c.again(e, n)
		if deadline, set := ctx.Deadline(); !ok || set && time.Until(deadline) < retry.Wait {
			return e // waiting would be for nothing
		}
		c.notify(ctx, retry)
		if err := c.sleep(ctx, retry.Wait); err != nil {
			e.Err = err
			return e
		}
	}
}

// once sends a request that changes something, one single time, and says in the error whether it may have been done.
func (c *Client) once(ctx context.Context, k call) (answer, error) {
	a, _, e := c.attempt(ctx, c.writes, k)
	switch {
	case e != nil:
		return answer{}, e
	case k.expects == "" && isHTML(a.kind, a.body):
		// A success would say nothing or JSON: this is a page of something on the way.
		return answer{}, c.misread(k, a, errAnswer)
	}
	return a, nil
}

// renew asks for another credential than the one that e says was refused, and tells whether there is one. Why there is
// none becomes the cause of e.
func (c *Client) renew(ctx context.Context, refused secret.Value, e *Error) bool {
	if c.options.Renew == nil {
		return false
	}
	other, err := c.options.Renew(ctx, refused)
	if err != nil {
		e.Err = err
		return false
	}
	return !other.IsZero() && !other.Equal(refused)
}

// misread returns the error of an answer that has a status of success and isn't what was asked for.
func (c *Client) misread(k call, a answer, err error) *Error {
	e := &Error{Op: k.op, Method: k.method, Path: "/api/v1" + k.path, Status: a.status, Err: err}
	e.Unanswered = k.method != http.MethodGet
	e.Message = fmt.Sprintf("expected %s, got %s", orDefault(k.expects, "nothing or JSON"), describe(a.kind, a.body))
	if errors.Is(err, io.ErrUnexpectedEOF) {
		e.Message = fmt.Sprintf("expected %s, but the answer broke off after %d bytes", orDefault(k.expects, "JSON"), len(a.body))
	}
	return e
}

// attempt sends a request once, and returns the credential that it was sent with, too. Whatever it returns in the error
// is safe to show.
func (c *Client) attempt(ctx context.Context, by *http.Client, k call) (answer, secret.Value, *Error) {
	credential, err := c.options.Credential(ctx)
	if err == nil && credential.IsZero() {
		err = errors.New("the credential is empty")
	}
	if err != nil {
		e := &Error{Op: k.op, Method: k.method, Path: "/api/v1" + k.path, Err: fmt.Errorf("%w: %w", errCredential, err)}
		e.Message = clean(e.Err.Error(), credential)
		return answer{}, credential, e
	}
	a, e := c.exchange(ctx, by, k, credential)
	return a, credential, e
}

// exchange sends a request with a credential.
func (c *Client) exchange(ctx context.Context, by *http.Client, k call, credential secret.Value) (answer, *Error) {
	a, e := c.exchanged(ctx, by, k, credential)
	if e != nil && e.Status == http.StatusForbidden && c.options.Advise != nil {
		e.Next = func() string { return c.options.Advise(e) }
	}
	return a, e
}

func (c *Client) exchanged(ctx context.Context, by *http.Client, k call, credential secret.Value) (answer, *Error) {
	e := &Error{Op: k.op, Method: k.method, Path: "/api/v1" + k.path}
	changes := k.method != http.MethodGet
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	var connected atomic.Bool
	if changes {
		connected.Store(!c.traced) // a transport that may not tell is taken to have connected
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	}
	req, err := c.request(ctx, k, credential)
	if err != nil {
		e.Err, e.Message = err, clean(err.Error(), credential)
		return answer{}, e
	}
	sent := c.clock.local()
	res, err := by.Do(req)
	if err != nil {
		if res != nil && res.Body != nil {
			_ = res.Body.Close() // of a redirect that was refused
		}
		e.Unanswered = changes && connected.Load()
		e.Message, e.Err = c.unreached(err, credential)
		return answer{}, e
	}
	defer res.Body.Close()
	e.Status = res.StatusCode
	a := answer{status: res.StatusCode, kind: res.Header.Get("Content-Type"), date: c.clock.learn(res.Header, sent)}

	if res.StatusCode < 200 || res.StatusCode > 299 {
		e.RetryAfter = c.retryAfter(res.Header)
		e.Unanswered = changes && (res.StatusCode == http.StatusRequestTimeout || res.StatusCode >= 500)
		if res.StatusCode >= 300 && res.StatusCode < 400 {
			e.Err = errRedirect
			e.Message = "a redirect, which is not followed"
			return answer{}, e
		}
		body, _ := io.ReadAll(io.LimitReader(res.Body, refusalLimit)) // what came of it is enough
		explain(e, a.kind, body, credential)
		return answer{}, e
	}
	a.body, err = readBody(res)
	switch {
	case err == nil:
		return a, nil
	case changes && k.expects == "":
		return a, nil // it was done; what else the answer would have said doesn't matter
	case errors.Is(err, errAnswer):
		e.Err, e.Message = err, fmt.Sprintf("expected %s, got more than %d MiB", k.expects, answerLimit>>20)
	case isTimeout(err) || ctx.Err() != nil:
		e.Message, e.Err = c.unreached(err, credential)
	default:
		e.Err = io.ErrUnexpectedEOF
		e.Message = fmt.Sprintf("expected %s, but the answer broke off after %d bytes", k.expects, len(a.body))
	}
	e.Unanswered = changes
	return answer{}, e
}

// request makes the request itself. It is the one place where a credential leaves its Value.
func (c *Client) request(ctx context.Context, k call, credential secret.Value) (*http.Request, error) {
	address := c.base + "/v1" + k.path
	if len(k.query) > 0 {
		address += "?" + k.query.Encode()
	}
	var body io.Reader
	if k.body != nil {
		body = bytes.NewReader(k.body)
	}
	req, err := http.NewRequestWithContext(ctx, k.method, address, body)
	if err != nil {
		return nil, err
	}
	req.GetBody = nil // without it, nothing on the way down can send the body a second time
	req.Header.Set("Authorization", "Bearer "+credential.Reveal())
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.options.UserAgent)
	req.Header.Set("X-Client-Source", c.options.Source)
	if c.options.OrganizationID != "" {
		req.Header.Set("X-Organization-ID", c.options.OrganizationID)
	}
	if k.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// unreached puts into words why no answer came. The address is left out, it is known.
func (c *Client) unreached(err error, credential secret.Value) (message string, cause error) {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if errors.Is(err, context.DeadlineExceeded) || isTimeout(err) {
		return fmt.Sprintf("no answer from %s in time", c.origin), err
	}
	if errors.Is(err, context.Canceled) {
		return "cancelled", err
	}
	text := clean(err.Error(), credential)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		text = "the connection was closed before an answer came"
	}
	return fmt.Sprintf("no answer from %s: %s", c.origin, strings.TrimPrefix(text, "net/http: ")), err
}

// readBody reads a body up to the limit.
func readBody(res *http.Response) ([]byte, error) {
	hint := res.ContentLength
	if hint > answerLimit {
		return nil, errAnswer
	}
	var b bytes.Buffer
	if hint < 0 {
		hint = 32 << 10
	}
	b.Grow(int(hint) + bytes.MinRead) // room for the read that finds the end, so that nothing is copied
	_, err := b.ReadFrom(io.LimitReader(res.Body, answerLimit+1))
	if b.Len() > answerLimit {
		return nil, errAnswer
	}
	return b.Bytes(), err
}
