package secret

// Custody says what became of a secret at its destination. The three are never mixed up: only the first two mean that
// somebody has it.
type Custody string

// What may become of a secret.
const (
	Kept       Custody = "kept"        // written, read back and equal
	HandedOver Custody = "handed over" // a command took it and said 0
	Sent       Custody = "sent"        // put where nothing confirms its arrival: clipboard, display
)

// Safe tells whether the secret may now be forgotten here.
func (c Custody) Safe() bool { return c == Kept || c == HandedOver }
