package stash

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// gitState is what git says of a file.
type gitState struct {
	tracked bool
	warning string // what a person should know; may be empty
}

// askGit asks git about the file at path, which may not exist yet. Outside of a work tree git is not needed and not
// asked.
func askGit(ctx context.Context, path string) gitState {
	dir, base := filepath.Split(path)
	if !inWorkTree(dir) {
		return gitState{}
	}
	git := func(args ...string) ([]byte, error) {
		// A file system monitor is a program that the work tree itself names; it has no business here.
		argv := append([]string{"git", "-c", "core.fsmonitor=false"}, args...)
		return runCommand(ctx, command{argv: argv, dir: dir, env: gitEnv(os.Environ())})
	}
	out, err := git("--literal-pathspecs", "ls-files", "-z", "--", base)
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return gitState{warning: "the folder is a git work tree, and git is not here to tell whether it would publish the file"}
	case err != nil:
		return gitState{warning: "git could not tell whether it would publish the file: " + err.Error()}
	case len(out) > 0:
		return gitState{tracked: true}
	}
	// check-ignore takes names as they are, but for a colon at the beginning.
	_, err = git("check-ignore", "-q", "--", "./"+base)
	if err == nil {
		return gitState{}
	}
	if failed, ok := errors.AsType[*exec.ExitError](err); ok && failed.ExitCode() == 1 {
		return gitState{warning: "git does not ignore the file: add it to .gitignore, or the key may be in a later commit"}
	}
	return gitState{warning: "git could not tell whether it ignores the file: " + err.Error()}
}

// inWorkTree looks for .git, a folder or a file, from dir upwards.
func inWorkTree(dir string) bool {
	dir = filepath.Clean(dir)
	if resolved, err := filepath.EvalSymlinks(dir); err == nil {
		dir = resolved
	}
	for {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return true
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return false
		}
		dir = parent
	}
}

// gitEnv is environ without what would point git at another repository, as inside of a hook, and in plain English.
func gitEnv(environ []string) []string {
	kept := []string{"GIT_OPTIONAL_LOCKS=0", "LC_ALL=C"}
	for _, line := range ChildEnv(environ) {
		if !strings.HasPrefix(strings.ToUpper(line), "GIT_") && !strings.HasPrefix(line, "LC_ALL=") {
			kept = append(kept, line)
		}
	}
	return kept
}
