package stash

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"fob/client/secret"
	"fob/client/visible"
)

// childDeadline ends a child process that its context would let run longer.
const childDeadline = 5 * time.Second

// maxOutput bounds what is kept of a child's output.
const maxOutput = 1 << 20

// command is a child process: its argv, what it reads, and changes to its environment.
type command struct {
	argv  []string
	dir   string
	env   []string // in place of the process's own without secrets
	stdin secret.Value
	// detaches: the tool leaves a process behind that keeps serving the clipboard, and holds every pipe it inherits
	// open. Its standard output is not captured, so that nothing waits for the end of it.
	detaches bool
}

// runCommand runs a child with captured output and without fob's secrets in its environment, and returns its standard
// output. The error says what it wrote to standard error, in one line, without the secret.
func runCommand(ctx context.Context, c command) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, childDeadline)
	defer cancel()
	child := exec.CommandContext(ctx, c.argv[0], c.argv[1:]...)
	child.Dir = c.dir
	if child.Env = c.env; c.env == nil {
		child.Env = ChildEnv(os.Environ())
	}
	child.WaitDelay = 100 * time.Millisecond
	child.Stdin = strings.NewReader(c.stdin.Reveal())
	var out, complaint limited
	child.Stderr = &complaint
	if !c.detaches {
		child.Stdout = &out
	}
	err := child.Run()
	if c.detaches && errors.Is(err, exec.ErrWaitDelay) {
		err = nil // it ended well, and what it left behind holds standard error
	}
	if err == nil {
		return out.kept.Bytes(), nil
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("%s did not end in time: %w", c.argv[0], ctx.Err())
	}
	text := visible.Line(c.stdin.Redact(strings.TrimSpace(complaint.kept.String())))
	if text == "" {
		return nil, fmt.Errorf("%s: %w", c.argv[0], err)
	}
	return nil, fmt.Errorf("%s: %w: %s", c.argv[0], err, text)
}

// limited keeps the beginning of what is written to it.
type limited struct{ kept bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	if room := maxOutput - l.kept.Len(); room > 0 {
		_, _ = l.kept.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
