// Package lifecycle is the safe order of steps in a key's life: issuing, changing and revoking, and the journal of them.
package lifecycle

import (
	"context"
	"iter"

	"fob/client"
	"fob/client/secret"
)

// Platform is what lifecycle needs of the platform's client. *client.Client is one.
type Platform interface {
	Me(ctx context.Context) (client.Me, error)
	ListKeys(ctx context.Context, scope client.Scope, progress func(client.Progress[client.Key])) (client.Listing[client.Key], error)
	CreateKey(ctx context.Context, d client.Draft) (client.Issued, error)
	RevokeKey(ctx context.Context, id string) error
}

// Journal is an append-only list of lines that survives. Bytes and locks are its own; entries are lifecycle's.
type Journal interface {
	// Append writes one line (without its newline) and returns once it is on the disk.
	Append(ctx context.Context, line []byte) error
	// Lines yields every whole line, oldest first.
	Lines() iter.Seq2[[]byte, error]
}

// Destination is where a new key goes.
type Destination interface {
	// Name is for people: "the OS keyring of this machine".
	Name() string
	// Custody says what a Put that returned nil means.
	Custody() secret.Custody
	// Try proves that a Put would work, leaving nothing behind.
	Try(ctx context.Context) error
	// Put stores v under account and, where Custody is Kept, has read it back and found it equal before it returns nil.
	Put(ctx context.Context, account string, v secret.Value) error
}

// Holder keeps an issued secret alive outside of any screen until it is safe.
type Holder interface {
	// Hold takes what is known of the key that was just made: its secret, its account, and the order. From here on the
	// secret can be put somewhere, whatever becomes of Issue.
	Hold(o Outcome)
}
