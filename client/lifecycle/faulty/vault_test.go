package faulty_test

import (
	"errors"
	"sync"

	"github.com/zalando/go-keyring"
)

// vault is the system's keyring, whose faults are its fields.
type vault struct {
	mu     sync.Mutex
	values map[string]string
	set    func(v *vault, account, value string) error // nil: stores
	get    func(v *vault, account string) (string, error)
	gone   chan struct{} // closed when nothing is to hang any more
}

func newVault() *vault { return &vault{values: map[string]string{}, gone: make(chan struct{})} }

func (v *vault) Set(_, account, value string) error {
	v.mu.Lock()
	set := v.set
	v.mu.Unlock()
	if set != nil {
		return set(v, account, value)
	}
	return v.store(account, value)
}

func (v *vault) store(account, value string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.values[account] = value
	return nil
}

func (v *vault) Get(_, account string) (string, error) {
	v.mu.Lock()
	get := v.get
	v.mu.Unlock()
	if get != nil {
		return get(v, account)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	value, ok := v.values[account]
	if !ok {
		return "", keyring.ErrNotFound
	}
	return value, nil
}

func (v *vault) Delete(_, account string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, ok := v.values[account]; !ok {
		return keyring.ErrNotFound
	}
	delete(v.values, account)
	return nil
}

// has tells whether the vault keeps the value under any account.
func (v *vault) has(value string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, kept := range v.values {
		if kept == value {
			return true
		}
	}
	return false
}

// fail sets the faults of writing and of reading; nil ones work.
func (v *vault) fail(set func(*vault, string, string) error, get func(*vault, string) (string, error)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.set, v.get = set, get
}

// keyringFault is one thing that can be wrong with a keyring, when writing and when reading.
type keyringFault struct {
	name string
	set  func(v *vault, account, value string) error
	get  func(v *vault, account string) (string, error)
}

func failing(name, text string) keyringFault {
	err := errors.New(text)
	return keyringFault{name, func(*vault, string, string) error { return err }, func(*vault, string) (string, error) { return "", err }}
}

var keyringFaults = []keyringFault{
	failing("absent", "The name org.freedesktop.secrets was not provided by any .service files"),
	failing("locked", "failed to unlock correct collection '/org/freedesktop/secrets/aliases/default'"),
	failing("full", "no space left on device"),
	{"silent", func(v *vault, _, _ string) error { <-v.gone; return nil }, func(v *vault, _ string) (string, error) { <-v.gone; return "", nil }},
	{
		"silent, and stores all the same",
		func(v *vault, account, value string) error { _ = v.store(account, value); <-v.gone; return nil },
		func(v *vault, _ string) (string, error) { <-v.gone; return "", nil },
	},
	{
		"dismissed", func(*vault, string, string) error { return nil },
		func(*vault, string) (string, error) { return "", keyring.ErrNotFound },
	},
	{
		"lying", func(v *vault, account, _ string) error { return v.store(account, "something else") },
		func(*vault, string) (string, error) { return "something else", nil },
	},
	{
		"too large", func(*vault, string, string) error { return keyring.ErrSetDataTooBig },
		func(*vault, string) (string, error) { return "", keyring.ErrSetDataTooBig },
	},
	{
		"answering nonsense", func(*vault, string, string) error { panic("interface conversion") },
		func(*vault, string) (string, error) { panic("interface conversion") },
	},
}
