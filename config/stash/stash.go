// Package stash is where keys are kept or sent: the OS keyring, an env file, the clipboard, the display, memory; and
// the index, without secrets, of what went where.
package stash

import (
	"context"
	"strings"
	"sync"

	"fob/client/secret"
	"fob/config"
)

// Kinds of places, as the index writes them.
const (
	KindKeyring   = "keyring"
	KindEnvFile   = "env-file"
	KindClipboard = "clipboard"
	KindCommand   = "command"
	KindDisplay   = "display"
	KindMemory    = "memory"
)

// Destination is where a key can go. Every destination of this package is one.
type Destination interface {
	// Name is for people: "the OS keyring".
	Name() string
	// Custody says what a Put that returned nil means.
	Custody() secret.Custody
	// Try proves that a Put would work, leaving nothing behind.
	Try(ctx context.Context) error
	// Put stores or sends v under account.
	Put(ctx context.Context, account string, v secret.Value) error
}

// Display is the screen: it shows the key, and nothing confirms that anybody copied it.
type Display struct{}

// Name is for people.
func (Display) Name() string { return "the display" }

// Custody is secret.Sent.
func (Display) Custody() secret.Custody { return secret.Sent }

// Try has nothing to try.
func (Display) Try(context.Context) error { return nil }

// Put has nothing to do: the screen shows the key.
func (Display) Put(context.Context, string, secret.Value) error { return nil }

// Memory keeps keys until the process ends, for the demo.
type Memory struct {
	mu     sync.Mutex
	values map[string]secret.Value
}

// NewMemory returns an empty Memory.
func NewMemory() *Memory { return &Memory{values: map[string]secret.Value{}} }

// Name is for people.
func (*Memory) Name() string { return "the demo's memory" }

// Custody is secret.Kept.
func (*Memory) Custody() secret.Custody { return secret.Kept }

// Try only asks whether ctx still runs.
func (*Memory) Try(ctx context.Context) error { return ctx.Err() }

// Put keeps v under account, in place of what was there.
func (m *Memory) Put(ctx context.Context, account string, v secret.Value) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.values[account] = v
	return nil
}

// Get returns what is kept under account. What isn't there is a *KeyringError of kind NotFound, as of the keyring.
func (m *Memory) Get(ctx context.Context, account string) (secret.Value, error) {
	if err := ctx.Err(); err != nil {
		return secret.Value{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.values[account]
	if !ok {
		return secret.Value{}, &KeyringError{Kind: NotFound, Op: opRead}
	}
	return v, nil
}

// Delete forgets what is kept under account. What isn't there is a *KeyringError of kind NotFound.
func (m *Memory) Delete(ctx context.Context, account string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.values[account]; !ok {
		return &KeyringError{Kind: NotFound, Op: opDelete}
	}
	delete(m.values, account)
	return nil
}

// ChildEnv returns environ (lines of "NAME=value") without the variables in which fob itself is handed a secret: what a
// child process of ours is started with.
func ChildEnv(environ []string) []string {
	kept := make([]string, 0, len(environ))
	for _, line := range environ {
		name, _, _ := strings.Cut(line, "=")
		if !handsSecret(name) {
			kept = append(kept, line)
		}
	}
	return kept
}

// handsSecret goes by the name, so that a secret variable added later is covered before anybody thinks of this list.
// Windows does not tell upper from lower case in names.
func handsSecret(name string) bool {
	upper := strings.ToUpper(name)
	if upper == config.EnvSessionToken {
		return true
	}
	rest, ours := strings.CutPrefix(upper, "FOB_")
	if !ours {
		return false
	}
	for _, word := range []string{"TOKEN", "SECRET", "PASSWORD", "PASSPHRASE", "KEY", "SESSION"} {
		if strings.Contains(rest, word) {
			return true
		}
	}
	return false
}
