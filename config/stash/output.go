package stash

import (
	"context"
	"errors"
	"io"

	"fob/client/secret"
)

// KindOutput is the kind of an Output, as the index writes it.
const KindOutput = "stdout"

// Output is the standard output of a command, for the program that reads it. Nothing confirms what that does with a key.
type Output struct{ Out io.Writer }

// Name is for people.
func (Output) Name() string { return "the standard output" }

// Custody is secret.Sent: that it was written doesn't mean that somebody has it.
func (Output) Custody() secret.Custody { return secret.Sent }

// Try only looks whether there is an output: writing to it would be read.
func (o Output) Try(ctx context.Context) error {
	if o.Out == nil {
		return errors.New("there is no standard output")
	}
	return ctx.Err()
}

// Put writes v and a newline; account is not used.
func (o Output) Put(ctx context.Context, _ string, v secret.Value) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	_, err := io.WriteString(o.Out, v.Reveal()+"\n")
	return err
}
