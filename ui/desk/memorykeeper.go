package desk

import (
	"context"
	"sync"

	"fob/client/secret"
)

// memoryKeeper keeps a session until the program ends.
type memoryKeeper struct {
	mu   sync.Mutex
	kept secret.Value
	lock sync.Mutex
}

// NewMemoryKeeper returns a place for a session that ends with the program.
func NewMemoryKeeper() Keeper { return &memoryKeeper{} }

// Name is for people.
func (*memoryKeeper) Name() string { return "the program's memory" }

// Load returns what is kept.
func (k *memoryKeeper) Load(context.Context) (secret.Value, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.kept, nil
}

// Save keeps v.
func (k *memoryKeeper) Save(_ context.Context, v secret.Value) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.kept = v
	return nil
}

// Delete forgets it.
func (k *memoryKeeper) Delete(ctx context.Context) error {
	return k.Save(ctx, secret.Value{})
}

// Lock keeps others of this process out.
func (k *memoryKeeper) Lock(context.Context) (func(), error) {
	k.lock.Lock()
	return k.lock.Unlock, nil
}
