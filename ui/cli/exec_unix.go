//go:build unix

package cli

import (
	"context"
	"fmt"
	"os"
	"syscall"
)

// become replaces this process by the command: its signals, its input and its exit code are the command's own then.
func (a *app) become(ctx context.Context, path string, argv, environ []string) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return &os.PathError{Op: "run", Path: path, Err: fmt.Errorf("it can't be executed: %w", syscall.Exec(path, argv, environ))}
}
