package stash

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"fob/client/secret"
	"fob/config"
)

// CommandSpec is what a command destination runs.
type CommandSpec = config.CommandDestination

// KeyNames are what a key is called, for the placeholders of a command. Empty means not known.
type KeyNames struct {
	ID   string // known once the platform lists the key: never while it is being made
	Name string // "" also for a key without a name
}

// Command hands keys to a command of the user's own, a destination of config.toml. The program and its arguments are run
// without a shell and without a terminal; the key goes in on standard input, without a newline, and nowhere else. A
// Command is never changed, so it can be used by many at once.
type Command struct {
	name  string
	spec  CommandSpec
	names KeyNames
}

// NewCommand returns the destination called name (NAME of [destinations.NAME]). A Timeout of zero, or above
// config.MaxCommandTime, is config.MaxCommandTime.
func NewCommand(name string, spec CommandSpec) *Command {
	if spec.Timeout <= 0 || spec.Timeout > config.MaxCommandTime {
		spec.Timeout = config.MaxCommandTime
	}
	return &Command{name: name, spec: spec}
}

// For returns the same destination for one key: names fill {id} and {name}. For a key that is about to be made that is
// its name alone, and a command that needs {id} is refused by Try, before anything is made.
func (c *Command) For(names KeyNames) *Command {
	named := *c
	named.names = names
	return &named
}

// Name is for people: `the command "vault"`.
func (c *Command) Name() string { return fmt.Sprintf("the command %q", c.name) }

// Custody is secret.Kept if there is a command that reads the key back, else secret.HandedOver.
func (c *Command) Custody() secret.Custody {
	if len(c.spec.Read) > 0 {
		return secret.Kept
	}
	return secret.HandedOver
}

// Readable tells whether Get can work: there is a command that gives keys back.
func (c *Command) Readable() bool { return len(c.spec.Read) > 0 }

// Try proves what can be proved without a key: that each program is there, that the key's names are fit to be arguments,
// and that the user's own check, if there is one, exits with 0. Every error is a *CommandError.
func (c *Command) Try(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return c.failed(StepTry, err)
	}
	for _, argv := range [][]string{c.spec.Command, c.spec.Check, c.spec.Read} {
		if argv == nil {
			continue
		}
		// Any account will do: none is known yet, and what fob makes is always fit.
		argv, err := c.fill(StepTry, argv, "account")
		if err != nil {
			return err
		}
		if _, err := c.look(StepTry, argv[0]); err != nil {
			return err
		}
	}
	if c.spec.Check == nil {
		return nil
	}
	_, err := c.run(ctx, StepCheck, c.spec.Check, "", secret.Value{})
	return err
}

// Put runs the command with v on its standard input; exit code 0 means that it has taken it. A command that ends without
// having read all of it has not, whatever it says. Where the key can be read back, that is done, and has to be equal. Every
// error is a *CommandError.
func (c *Command) Put(ctx context.Context, account string, v secret.Value) error {
	if v.IsZero() {
		return &CommandError{Name: c.name, Step: StepCommand, ExitCode: -1, Problem: "there is no key to hand over"}
	}
	if _, err := c.run(ctx, StepCommand, c.spec.Command, account, v); err != nil {
		return err
	}
	if !c.Readable() {
		return nil
	}
	back, err := c.get(ctx, account, v)
	if err != nil {
		if failed, ok := errors.AsType[*CommandError](err); ok {
			failed.MayBeStored = true
		}
		return err
	}
	if !back.Equal(v) {
		return &CommandError{Name: c.name, Step: StepRead, MayBeStored: true, Problem: "gave back something else than the key"}
	}
	return nil
}

// Get returns the key that the read command prints on its standard output, without one newline at the end. Every error
// is a *CommandError; none shows what was printed there.
func (c *Command) Get(ctx context.Context, account string) (secret.Value, error) {
	return c.get(ctx, account, secret.Value{})
}

// get is Get, for a key that is known already or isn't: known is cut out of what is shown.
func (c *Command) get(ctx context.Context, account string, known secret.Value) (secret.Value, error) {
	if !c.Readable() {
		return secret.Value{}, &CommandError{Name: c.name, Step: StepRead, ExitCode: -1, Problem: "has no command that gives keys back"}
	}
	out, err := c.run(ctx, StepRead, c.spec.Read, account, known)
	if err != nil {
		return secret.Value{}, err
	}
	text := strings.TrimSuffix(strings.TrimSuffix(out, "\n"), "\r")
	if text == "" {
		return secret.Value{}, &CommandError{Name: c.name, Step: StepRead, Problem: "gave nothing back"}
	}
	return secret.New(text), nil
}

// look finds a program.
func (c *Command) look(step CommandStep, program string) (string, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return "", &CommandError{Name: c.name, Step: step, Program: program, ExitCode: -1, NotFound: true, Err: err}
	}
	return path, nil
}

// fill puts the key's names in the place of the arguments that are placeholders; the program never is one.
func (c *Command) fill(step CommandStep, argv []string, account string) ([]string, error) {
	refuse := func(format string, args ...any) error {
		return &CommandError{Name: c.name, Step: step, ExitCode: -1, Problem: fmt.Sprintf(format, args...)}
	}
	if err := config.CheckCommand(argv); err != nil {
		return nil, refuse("can't be run: %v", err)
	}
	filled := slices.Clone(argv)
	for i, arg := range filled {
		var value, what string
		switch arg {
		case config.PlaceholderID:
			value, what = c.names.ID, "id"
			if value == "" {
				return nil, refuse("needs the key's id, which is not known (while a key is made it never is): use %s or %s",
					config.PlaceholderName, config.PlaceholderAccount)
			}
		case config.PlaceholderName:
			value, what = c.names.Name, "name"
			if value == "" {
				return nil, refuse("needs a name, and the key has none")
			}
		case config.PlaceholderAccount:
			value, what = account, "account"
			if value == "" {
				return nil, refuse("needs the key's account, which is not known")
			}
		default:
			continue
		}
		if why := unfit(value); why != "" {
			return nil, refuse("can't be given the %s %q, which %s", what, value, why)
		}
		filled[i] = value
	}
	return filled, nil
}

// unfit says why a name that strangers may have chosen can't be an argument: it could be taken for an option or a path,
// or act on a terminal. "" if it can.
func unfit(name string) string {
	switch {
	case strings.HasPrefix(name, "-"):
		return `begins with "-"`
	case strings.ContainsAny(name, `/\`):
		return `holds "/" or "\"`
	case strings.Contains(name, ".."):
		return `holds ".."`
	case !utf8.ValidString(name):
		return "is not UTF-8"
	case strings.ContainsFunc(name, func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) }):
		return "holds a control character"
	}
	return ""
}

// failed is an error of the context before anything ran.
func (c *Command) failed(step CommandStep, err error) error {
	return &CommandError{Name: c.name, Step: step, ExitCode: -1, Err: err, TimedOut: errors.Is(err, context.DeadlineExceeded)}
}
