package desk

import (
	"sync"

	"fob/client/lifecycle"
	"fob/client/secret"
	"fob/client/visible"
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
	Name    string // of the key, made safe to show; "a new key" if it has none
	Safe    bool   // kept or handed over
}

// Hold takes the secret of the key that was just made.
func (h *Holder) Hold(o lifecycle.Outcome) {
	name := visible.Line(o.Order.Draft.Name)
	if name == "" {
		name = "a new key"
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held == nil {
		h.held = map[string]Held{}
	}
	h.held[o.Account] = Held{Account: o.Account, Secret: o.Secret, Name: name}
	h.last = append(h.last, o.Account)
}

// holding gives a new secret to the holder, and what was ordered to the desk: from that moment on it can be put
// somewhere, however long the rest of Issue takes.
type holding struct{ desk *Desk }

// Hold takes what is known of the key that was just made.
func (h holding) Hold(o lifecycle.Outcome) {
	h.desk.remember(o)
	h.desk.holder.Hold(o)
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
