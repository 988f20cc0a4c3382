package stash

import (
	"bytes"
	"context"
	"errors"
	"os"
	"testing"

	"fob/client/secret"
)

func TestOutputWritesTheKeyAlone(t *testing.T) {
	var out bytes.Buffer
	o := Output{&out}
	if err := o.Try(t.Context()); err != nil || out.Len() != 0 {
		t.Fatalf("trying it: %v, %q", err, out.String())
	}
	if err := o.Put(t.Context(), "account", secret.New("made at run time")); err != nil {
		t.Fatal(err)
	}
	if out.String() != "made at run time\n" || o.Custody() != secret.Sent {
		t.Errorf("wrote %q, %s", out.String(), o.Custody())
	}
}

func TestOutputThatCannotBeWritten(t *testing.T) {
	if err := (Output{}).Try(t.Context()); err == nil {
		t.Error("there is no output, and it says nothing")
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	reader.Close()
	if err := (Output{writer}).Put(t.Context(), "", secret.New("x")); err == nil {
		t.Error("nobody reads it, and it says nothing")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (Output{&bytes.Buffer{}}).Put(ctx, "", secret.New("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
