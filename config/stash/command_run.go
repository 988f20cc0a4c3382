package stash

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"fob/client/secret"
	"fob/client/visible"
)

// maxCommandOutput bounds what is looked at of each of a command's two outputs.
const maxCommandOutput = 64 << 10

// leftOpen is how long a program's output is waited for after it ended: what it leaves behind may hold it open for ever.
const leftOpen = 2 * time.Second

// run runs one of the commands and returns its standard output. The key v goes in on standard input if step is
// StepCommand, and is cut out of whatever an error shows.
func (c *Command) run(ctx context.Context, step CommandStep, argv []string, account string, v secret.Value) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", c.failed(step, err)
	}
	argv, err := c.fill(step, argv, account)
	if err != nil {
		return "", err
	}
	path, err := c.look(step, argv[0])
	if err != nil {
		return "", err
	}
	limited, cancel := context.WithTimeout(ctx, c.spec.Timeout)
	defer cancel()
	child := exec.CommandContext(limited, path, argv[1:]...)
	child.Args[0] = argv[0]
	child.Env = ChildEnv(os.Environ())
	child.WaitDelay = leftOpen
	out, complaint := &bounded{}, &bounded{}
	child.Stdout, child.Stderr = out, complaint
	var input *feed
	if step == StepCommand {
		if input, err = newFeed(child, v); err != nil {
			return "", c.failed(step, err)
		}
	}
	start := time.Now()
	err = runAlone(child, input.start)
	left := input.end()
	failed := &CommandError{Name: c.name, Step: step, Program: argv[0], ExitCode: child.ProcessState.ExitCode(), Waited: time.Since(start)}
	stdout := out.kept.String()
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay) && step != StepRead:
		// It ended well, in the second case leaving something behind that holds its output.
		switch {
		case left > 0:
			failed.Problem = "ended well, but without reading the key from its standard input"
			failed.MayBeStored = left < int64(v.Len())
		case step == StepRead && out.cut:
			failed.Problem = "gave back more than any key has"
		default:
			return stdout, nil
		}
	case errors.Is(err, exec.ErrWaitDelay):
		failed.Problem = "left something running that holds its output open, so what it gave back may not be whole"
	case limited.Err() != nil:
		failed.TimedOut = errors.Is(limited.Err(), context.DeadlineExceeded)
		failed.Err = limited.Err()
		failed.MayBeStored = step == StepCommand
	default:
		if _, ended := errors.AsType[*exec.ExitError](err); !ended {
			failed.Err = err
		}
		failed.MayBeStored = step == StepCommand && failed.ExitCode < 0 && child.ProcessState != nil
	}
	failed.Output = shown(step, stdout, complaint, out, v)
	return "", failed
}

// shown is what of a program's output may be shown: in one line, without the key.
func shown(step CommandStep, stdout string, complaint, out *bounded, v secret.Value) string {
	cutters := []*cutter{newCutter(v)}
	if step == StepRead {
		// Whatever it gave back is a key, also where fob doesn't know it yet.
		cutters = append(cutters, newCutter(secret.New(strings.TrimSpace(stdout))))
	}
	text := complaint.without(cutters)
	if text == "" && step != StepRead {
		text = out.without(cutters)
	}
	return secret.Cut(text) // for a key that isn't known here
}

// bounded keeps the beginning of what is written to it.
type bounded struct {
	kept bytes.Buffer
	cut  bool // there was more
}

func (b *bounded) Write(p []byte) (int, error) {
	room := maxCommandOutput - b.kept.Len()
	if room < len(p) {
		b.cut = true
	}
	_, _ = b.kept.Write(p[:min(room, len(p))])
	return len(p), nil
}

// without returns the text in one line, as the cutters leave it.
func (b *bounded) without(cutters []*cutter) string {
	text := b.kept.String()
	for _, c := range cutters {
		text = c.cut(text)
	}
	if b.cut && len(text) > shortest {
		// The end may be the first few letters of a key, too few to be known as such.
		text = text[:len(text)-shortest] + " …"
	}
	return visible.Line(strings.Join(strings.Fields(text), " "))
}

// feed is the pipe that a key goes to a command through. This side keeps the reading end as well: what is still in there
// when the command has ended is what it didn't read.
type feed struct {
	read, write *os.File
	v           secret.Value
	done        chan struct{}
}

func newFeed(child *exec.Cmd, v secret.Value) (*feed, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	child.Stdin = read
	return &feed{read: read, write: write, v: v, done: make(chan struct{})}, nil
}

// start writes the key, which waits for the reader if it is larger than the pipe, and closes the writing end.
func (f *feed) start() {
	if f == nil {
		return
	}
	go func() {
		defer close(f.done)
		_, _ = io.WriteString(f.write, f.v.Reveal())
		_ = f.write.Close()
	}()
}

// end returns how many bytes were not read.
func (f *feed) end() int64 {
	if f == nil {
		return 0
	}
	left, _ := io.Copy(io.Discard, f.read)
	<-f.done
	_ = f.read.Close()
	return left
}
