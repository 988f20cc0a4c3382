package stash

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/zalando/go-keyring"

	"fob/client/secret"
)

// KeyringDeadline is how long a call waits if its context sets no deadline: for use without a terminal, where nobody
// can answer a prompt.
const KeyringDeadline = 3 * time.Second

// patience is how long a call may run before others stop queueing behind it and fail as Busy. A healthy keyring
// answers in milliseconds.
const patience = time.Second

// Vault is what a keyring has to do: the part of go-keyring that is used.
type Vault interface {
	Set(service, account, value string) error
	Get(service, account string) (string, error)
	Delete(service, account string) error
}

// system is the keyring of this machine, through go-keyring.
type system struct{}

// Set writes.
func (system) Set(service, account, value string) error { return keyring.Set(service, account, value) }

// Get reads.
func (system) Get(service, account string) (string, error) { return keyring.Get(service, account) }

// Delete removes.
func (system) Delete(service, account string) error { return keyring.Delete(service, account) }

// Keyring is the keyring of the operating system: the Secret Service on Linux, the Keychain on macOS, the Credential
// Manager on Windows. Calls are made one at a time. A call whose context ends is left behind, and while the system has
// not answered it, others fail at once as Busy. All errors are of type *KeyringError.
type Keyring struct {
	service string
	vault   Vault
	reach   func() error
	serves  func() error // whether anything answers as a keyring; nil: that is seen at the first call
	limit   int          // of a value in bytes, 0 for none

	*worker
}

// worker makes the calls, one at a time.
type worker struct {
	slot chan struct{}
	mu   sync.Mutex
	// since is when the running call began; zero if none runs.
	since time.Time
}

// NewKeyring returns the keyring's entries under service ("fob"; the demo's own is "fob-demo"). On Windows service and
// account are joined by a colon, so service must have none; NewKeyring panics if it does. Nothing is called before the
// first use.
func NewKeyring(service string) *Keyring {
	if service == "" || strings.Contains(service, ":") {
		panic(fmt.Sprintf("stash: keyring service %q", service))
	}
	return &Keyring{
		service: service, vault: system{}, reach: reachable, serves: served,
		limit: valueLimit(runtime.GOOS), worker: &worker{slot: make(chan struct{}, 1)},
	}
}

// Under returns the same keyring's entries under another service. Their calls wait for each other, so that a keyring
// that hangs is busy for both.
func (k *Keyring) Under(service string) *Keyring {
	other := NewKeyring(service)
	other.vault, other.reach, other.serves, other.limit, other.worker = k.vault, k.reach, k.serves, k.limit, k.worker
	return other
}

// NewKeyringOver returns a keyring whose entries are in v, which holds values of limit bytes at most, 0 for any, and is
// always to be reached: for a stand-in of the system's own, whose faults are known.
func NewKeyringOver(v Vault, service string, limit int) *Keyring {
	return &Keyring{
		service: service, vault: v, reach: func() error { return nil }, limit: limit, worker: &worker{slot: make(chan struct{}, 1)},
	}
}

// valueLimit is what the system's keyring holds of one value, in bytes. Windows: CRED_MAX_CREDENTIAL_BLOB_SIZE. macOS:
// go-keyring writes one command line of 4,096 bytes with the value in base64; 3,000 leaves room for the names.
func valueLimit(goos string) int {
	switch goos {
	case "windows":
		return 2560
	case "darwin":
		return 2900
	default:
		return 0
	}
}

// Name is for people.
func (*Keyring) Name() string { return "the OS keyring" }

// Custody is secret.Kept: every write is read back.
func (*Keyring) Custody() secret.Custody { return secret.Kept }

// Busy tells since when a call to the keyring has been running, if one is.
func (w *worker) Busy() (since time.Time, busy bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.since, !w.since.IsZero()
}

// Put writes v under account, reads it back and compares. If ctx ends first, the error says that the key may have been
// stored, and a later Get tells.
func (k *Keyring) Put(ctx context.Context, account string, v secret.Value) error {
	if k.limit > 0 && v.Len() > k.limit {
		return &KeyringError{Kind: TooLarge, Op: opWrite, Size: v.Len(), Limit: k.limit}
	}
	return k.call(ctx, opWrite, func() error { return k.write(account, v) })
}

// Get returns what the keyring has under account.
func (k *Keyring) Get(ctx context.Context, account string) (secret.Value, error) {
	// The answer goes through a channel of its own: a call that was left behind must not touch what was returned.
	found := make(chan secret.Value, 1)
	err := k.call(ctx, opRead, func() error {
		text, err := k.vault.Get(k.service, account)
		if err == nil {
			found <- secret.New(text)
		}
		return err
	})
	if err != nil {
		return secret.Value{}, err
	}
	return <-found, nil
}

// Delete removes what the keyring has under account.
func (k *Keyring) Delete(ctx context.Context, account string) error {
	return k.call(ctx, opDelete, func() error { return k.vault.Delete(k.service, account) })
}

// Try writes a random value under a random account, reads it back, compares, and deletes it. What was written is
// deleted even if ctx ends first, as soon as the keyring answers.
func (k *Keyring) Try(ctx context.Context) error {
	return k.call(ctx, opTry, func() (err error) {
		account := "fob-try-" + rand.Text()
		defer func() {
			deleted := k.vault.Delete(k.service, account)
			if err != nil || deleted == nil {
				return
			}
			err = fmt.Errorf("delete what was written to try: %w", deleted)
		}()
		return k.write(account, secret.New(rand.Text()))
	})
}

// Reach tells whether there is a keyring at all, which is less than that it works: nothing is read or written, and nobody
// is asked to unlock it.
func (k *Keyring) Reach(ctx context.Context) error {
	return k.call(ctx, opTry, func() error {
		if k.serves == nil {
			return nil
		}
		return k.serves()
	})
}

// write runs inside a call.
func (k *Keyring) write(account string, v secret.Value) error {
	if err := k.vault.Set(k.service, account, v.Reveal()); err != nil {
		return redactedError(err, v)
	}
	// go-keyring returns nil as well when the person dismissed the prompt of the write.
	text, err := k.vault.Get(k.service, account)
	switch {
	case errors.Is(err, keyring.ErrNotFound):
		return &KeyringError{Kind: Dismissed}
	case err != nil:
		failed := explained(opRead, redactedError(err, v))
		failed.MayBeStored = true
		return failed
	case !secret.New(text).Equal(v):
		return &KeyringError{Kind: Lying}
	}
	return nil
}

// redactedError keeps err, to be asked what it is, and its text without the secret: whoever answers as the keyring was
// just given the secret, and writes the texts of its errors itself.
func redactedError(err error, v secret.Value) error {
	if text := err.Error(); v.Redact(text) != text {
		return errors.New(v.Redact(text))
	}
	return err
}

// call runs work as the one call to the keyring, and waits for it or for ctx.
func (k *Keyring) call(ctx context.Context, op string, work func() error) error {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, KeyringDeadline)
		defer cancel()
	}
	start := time.Now()
	if err := ctx.Err(); err != nil {
		return &KeyringError{Kind: Silent, Op: op, Err: err}
	}
	if err := k.reach(); err != nil {
		return &KeyringError{Kind: NoBus, Op: op, Err: err}
	}
	if err := k.take(ctx, op); err != nil {
		return err
	}
	result := make(chan error, 1)
	go func() {
		err := guarded(work)
		k.mark(time.Time{})
		<-k.slot
		result <- err
	}()
	select {
	case err := <-result:
		return explain(op, err)
	case <-ctx.Done():
		return &KeyringError{
			Kind: Silent, Op: op, Waited: time.Since(start), MayBeStored: op == opWrite, Err: ctx.Err(),
		}
	}
}

// take waits for the slot, but not behind a call that hangs.
func (w *worker) take(ctx context.Context, op string) error {
	for {
		select {
		case w.slot <- struct{}{}:
			w.mark(time.Now())
			return nil
		default:
		}
		since, busy := w.Busy()
		left := patience
		if busy {
			left = patience - time.Since(since)
		}
		if left <= 0 {
			return &KeyringError{Kind: Busy, Op: op, Since: since}
		}
		timer := time.NewTimer(left)
		select {
		case w.slot <- struct{}{}:
			timer.Stop()
			w.mark(time.Now())
			return nil
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return &KeyringError{Kind: Busy, Op: op, Since: since, Err: ctx.Err()}
		}
	}
}

func (w *worker) mark(since time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.since = since
}

// guarded turns a panic into an error: go-keyring asserts the types of what strangers on the bus answer.
func guarded(work func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the answer makes no sense: %v", p)
		}
	}()
	return work()
}

// explain puts an error of a call into a KeyringError.
func explain(op string, err error) error {
	if err == nil {
		return nil
	}
	failed := explained(op, err)
	if failed.Kind == Silent && op == opWrite {
		failed.MayBeStored = true
	}
	if op == opTry {
		failed.MayBeStored = false // what may be stored is no key
	}
	return failed
}

func explained(op string, err error) *KeyringError {
	if failed, ok := errors.AsType[*KeyringError](err); ok {
		failed.Op = op
		return failed
	}
	failed := &KeyringError{Kind: Other, Op: op, Err: err}
	switch {
	case errors.Is(err, keyring.ErrNotFound):
		failed.Kind = NotFound
	case errors.Is(err, keyring.ErrSetDataTooBig):
		failed.Kind = TooLarge
	case errors.Is(err, keyring.ErrUnsupportedPlatform):
		failed.Kind = NoService
	default:
		failed.Kind = kindOfSystem(err)
	}
	return failed
}
