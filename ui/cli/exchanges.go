package cli

import (
	"fmt"
	"os"
	"sync"
	"time"

	"fob/client"
)

// exchangeOutput is a line of --log. What isn't in it is never written: no header, no body, no query.
type exchangeOutput struct {
	At         time.Time `json:"at"` // UTC, by this machine's clock
	Method     string    `json:"method"`
	Path       string    `json:"path"`
	Status     int       `json:"status"` // 0: no answer came
	Failure    string    `json:"failure,omitempty"`
	DurationMS int64     `json:"duration_ms"`
	RequestID  string    `json:"request_id,omitempty"`
}

// exchangeLog writes what was sent to the platform and answered by it, a line of JSON each.
type exchangeLog struct {
	app  *app
	mu   sync.Mutex
	file *os.File
	bad  bool // it couldn't be written; said once
}

// openLog opens the file for more lines; nobody else can read it if it is made here. "" is no log.
func (a *app) openLog(path string) (func(client.Exchange), error) {
	if path == "" {
		return nil, nil
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, wrongUsage("look at --log", "the log can't be written: %w", err)
	}
	return (&exchangeLog{app: a, file: file}).write, nil
}

func (l *exchangeLog) write(e client.Exchange) {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := writeJSON(l.file, exchangeOutput{
		At: e.At, Method: e.Method, Path: withoutSecrets(l.app.redact(e.Path)), Status: e.Status, Failure: e.Failure,
		DurationMS: e.Took.Milliseconds(), RequestID: withoutSecrets(l.app.redact(e.RequestID)),
	})
	if err != nil && !l.bad {
		l.bad = true
		l.app.warn(fmt.Sprintf("the log can't be written: %s", err))
	}
}
