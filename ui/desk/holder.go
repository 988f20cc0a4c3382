package desk

import (
	"sync"

	"fob/client/secret"
)

// Holder keeps issued secrets alive outside of any screen until they are safe or given up. The zero Holder is ready.
type Holder struct {
	mu   sync.Mutex
	held map[string]Held
	last []string // accounts in the order they came
}

// Held is a secret in the holder.
type Held struct {
	Account string
	Secret  secret.Value
	Name    string // of the key, made safe to show
	Safe    bool   // kept or handed over
}

// Hold takes the secret of the key that will be known as account.
func (h *Holder) Hold(account string, v secret.Value) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held == nil {
		h.held = map[string]Held{}
	}
	h.held[account] = Held{Account: account, Secret: v}
	h.last = append(h.last, account)
}

// MarkSafe notes that the secret of account is kept or handed over.
func (h *Holder) MarkSafe(account string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if held, ok := h.held[account]; ok {
		held.Safe = true
		h.held[account] = held
	}
}

// Drop forgets the secret of account: its reveal was left.
func (h *Holder) Drop(account string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.held, account)
}

// Get returns what is held for account.
func (h *Holder) Get(account string) (Held, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	held, ok := h.held[account]
	return held, ok
}

// Unsaved returns what is neither safe nor given up, oldest first.
func (h *Holder) Unsaved() []Held {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []Held
	for _, account := range h.last {
		if held, ok := h.held[account]; ok && !held.Safe {
			list = append(list, held)
		}
	}
	return list
}
