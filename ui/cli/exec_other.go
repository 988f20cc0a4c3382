//go:build !unix

package cli

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
)

// become runs the command and ends with its exit code: this system can't replace a process. An interruption reaches
// the command by itself, since both have the same console; it is for the command to end then, and for fob to wait.
func (a *app) become(_ context.Context, path string, argv, environ []string) error {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt)
	defer signal.Stop(signals)
	cmd := &exec.Cmd{Path: path, Args: argv, Env: environ, Stdin: a.In, Stdout: a.Out, Stderr: a.Err}
	if err := cmd.Start(); err != nil {
		return err
	}
	a.handedOver.Store(true)
	err := cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code := exit.ExitCode()
		if code < 0 {
			code = exitExec
		}
		return &codeError{error: err, code: code, quiet: true}
	}
	if err == nil {
		err = errors.New("it ended well") // even if an interruption reached fob, too
		return &codeError{error: err, quiet: true}
	}
	return &codeError{error: err, code: exitExec}
}
