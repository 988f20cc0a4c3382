package cli

import (
	"fmt"
	"os"
	"sync"
	"time"

	"fob/client"
	"fob/client/session"
	"fob/client/visible"
)

// exchangeOutput is a line of --log. What isn't in it is never written: no header, no body, no query.
type exchangeOutput struct {
	At         time.Time `json:"at"` // UTC, by this machine's clock
	Method     string    `json:"method"`
	Host       string    `json:"host,omitempty"` // of signing in, refreshing and signing out, which may be another's than the platform's
	Path       string    `json:"path"`
	Status     int       `json:"status"` // 0: no answer came
	Failure    string    `json:"failure,omitempty"`
	DurationMS int64     `json:"duration_ms"`
	RequestID  string    `json:"request_id,omitempty"`
}

// exchangeLog writes what was sent to the platform and its identity provider and answered by them, a line of JSON each.
type exchangeLog struct {
	app  *app
	mu   sync.Mutex
	file *os.File
	bad  bool // it couldn't be written; said once
}

// openLog opens the file for more lines, once; nobody else can read it if it is made here. "" is no log.
func (a *app) openLog(path string) (*exchangeLog, error) {
	if path == "" || a.exchanges != nil {
		return a.exchanges, nil
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, wrongUsage("look at --log", "the log can't be written: %w", err)
	}
	a.exchanges = &exchangeLog{app: a, file: file}
	return a.exchanges, nil
}

// ofPlatform is what is told of requests to the platform, nil without a log.
func (l *exchangeLog) ofPlatform() func(client.Exchange) {
	if l == nil {
		return nil
	}
	return func(e client.Exchange) {
		l.write(exchangeOutput{
			At: e.At, Method: e.Method, Path: e.Path, Status: e.Status, Failure: e.Failure, DurationMS: e.Took.Milliseconds(), RequestID: e.RequestID,
		})
	}
}

// ofSigningIn is what is told of requests of signing in, refreshing and signing out, nil without a log.
func (l *exchangeLog) ofSigningIn() func(session.Exchange) {
	if l == nil {
		return nil
	}
	return func(e session.Exchange) {
		l.write(exchangeOutput{
			At: e.At, Method: e.Method, Host: visible.ASCII(e.Host), Path: e.Path, Status: e.Status, Failure: e.Failure, DurationMS: e.Took.Milliseconds(),
		})
	}
}

func (l *exchangeLog) write(o exchangeOutput) {
	l.mu.Lock()
	defer l.mu.Unlock()
	o.Path, o.RequestID = withoutSecrets(l.app.redact(o.Path)), withoutSecrets(l.app.redact(o.RequestID))
	err := writeJSON(l.file, o)
	if err != nil && !l.bad {
		l.bad = true
		l.app.warn(fmt.Sprintf("the log can't be written: %s", err))
	}
}
