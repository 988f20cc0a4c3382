package desk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"fob/client/lifecycle"
	"fob/client/secret"
	"fob/client/visible"
	"fob/config/stash"
)

// Kind is a sort of place for a key's secret. Its text is what the stash's index calls it.
type Kind string

// The places that fob knows.
const (
	InKeyring   Kind = "keyring"   // the OS keyring; in the demo the program's memory, unless asked otherwise
	InEnvFile   Kind = "env-file"  // the SDKs' three lines
	OnClipboard Kind = "clipboard" //
	OnDisplay   Kind = "display"   // on the reveal screen only
	InCommand   Kind = "command"   // a command of the user's own, from config.toml
	OnOutput    Kind = "stdout"    // a command's standard output, for the program that reads it
)

// Place is where a secret goes.
type Place struct {
	Kind    Kind
	Path    string    // of an env file
	Replace bool      // an API_KEY that the env file has already may be overwritten
	Command string    // of InCommand: NAME of [destinations.NAME]
	KeyName string    // of InCommand: what the key is called, for {name}; set by Issue, Put and CopyStashed
	KeyID   string    // of InCommand: its id, for {id}; set by Put and CopyStashed, and empty unless it is certain
	Output  io.Writer // of OnOutput
}

// PlaceChoice is a place as the wizard offers it.
type PlaceChoice struct {
	Kind  Kind
	Label string // "the OS keyring of this machine"
	Note  string // what it means
	// Custody is what becomes of a key there.
	Custody secret.Custody
	// Command is the name of a command destination, for InCommand.
	Command string
	// Path is of an env file that is known already; "" is asked.
	Path string
	// Unchecked is a command without a check of its own: trying it only finds its programs.
	Unchecked bool
}

// Place is the choice as a place; an env file whose path isn't known still needs one.
func (c PlaceChoice) Place() Place { return Place{Kind: c.Kind, Command: c.Command, Path: c.Path} }

// PlaceChoices are the places that a new key can go to, the best first.
func (d *Desk) PlaceChoices() []PlaceChoice {
	note := "kept: stored, read back and compared"
	if d.forgetful() {
		note = "kept until the demo ends; fob demo --keyring os uses the real one"
	}
	choices := []PlaceChoice{
		{Kind: InKeyring, Label: d.options.Keys.Name(), Custody: secret.Kept, Note: note},
		{Kind: InEnvFile, Label: "an env file for the SDKs", Custody: secret.Kept, Note: "kept: API_KEY, API_URL and DEFAULT_WORKSPACE_NAME in a file of your own"},
	}
	for _, name := range slices.Sorted(maps.Keys(d.options.Commands)) {
		spec := d.options.Commands[name]
		choice := PlaceChoice{
			Kind: InCommand, Command: name, Label: "the command " + name, Custody: stash.NewCommand(name, spec).Custody(),
			Note: "handed over: your own command takes it on its standard input", Unchecked: len(spec.Check) == 0,
		}
		if choice.Custody == secret.Kept {
			choice.Note = "kept: your own command takes it, and gives it back to be compared"
		}
		choices = append(choices, choice)
	}
	return append(choices,
		PlaceChoice{Kind: OnClipboard, Label: "the clipboard", Custody: secret.Sent, Note: "sent: nothing confirms that it arrived"},
		PlaceChoice{Kind: OnDisplay, Label: "this screen only", Custody: secret.Sent, Note: "sent: shown when you ask for it, and kept by nobody"},
	)
}

// forgetful tells whether what is kept goes with the program: the demo's own memory.
func (d *Desk) forgetful() bool {
	_, memory := d.options.Keys.(*stash.Memory)
	return memory
}

// destination builds the place. workspace is the key's only workspace, "" if it has several or all.
func (d *Desk) destination(p Place, workspace string) (lifecycle.Destination, error) {
	switch p.Kind {
	case InKeyring:
		return d.options.Keys, nil
	case InEnvFile:
		if p.Path == "" {
			return nil, errors.New("no path for the env file")
		}
		path, err := filepath.Abs(p.Path)
		if err != nil {
			return nil, fmt.Errorf("the env file's path: %w", err)
		}
		return &stash.EnvFile{Path: path, APIURL: d.Origin(), Workspace: workspace, Replace: p.Replace}, nil
	case OnClipboard:
		return d.clipboard(), nil
	case OnDisplay:
		return stash.Display{}, nil
	case InCommand:
		spec, ok := d.options.Commands[p.Command]
		if !ok {
			return nil, fmt.Errorf("config.toml has no [destinations.%s]", visible.Line(p.Command))
		}
		return stash.NewCommand(p.Command, spec).For(stash.KeyNames{ID: p.KeyID, Name: p.KeyName}), nil
	case OnOutput:
		return stash.Output{Out: p.Output}, nil
	}
	return nil, fmt.Errorf("no place is called %q", p.Kind)
}

// clipboard is one for the whole desk: it remembers whether what it holds is ours.
func (d *Desk) clipboard() *stash.Clipboard {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.clip == nil {
		d.clip = stash.NewClipboard(d.options.Terminal, d.options.Getenv)
	}
	return d.clip
}

// ClipboardWay says how the clipboard is reached, for people.
func (d *Desk) ClipboardWay() string { return d.clipboard().Way() }

// Copy sends a text that isn't secret, such as a key's id or a finding, to the clipboard. Nothing confirms that it
// arrived.
func (d *Desk) Copy(ctx context.Context, text string) error {
	return d.clipboard().Write(ctx, text)
}

// ClearClipboard empties the clipboard.
func (d *Desk) ClearClipboard(ctx context.Context) error { return d.clipboard().Clear(ctx) }

// Tried is how trying a place went.
type Tried struct {
	Took     time.Duration
	Warnings []string // what a person should know before using it
}

// Try proves that the place would take a secret now, and leaves nothing behind. workspace is the key's only one.
func (d *Desk) Try(ctx context.Context, p Place, workspace string) (Tried, error) {
	dest, err := d.destination(p, workspace)
	if err != nil {
		return Tried{}, err
	}
	took, err := d.issuer().Check(ctx, dest)
	if p.Kind == InKeyring && ctx.Err() == nil { // else it was left, and has said nothing
		d.noteKeyring(err)
	}
	if err != nil {
		return Tried{}, err
	}
	t := Tried{Took: took}
	if w, ok := dest.(interface {
		Warnings(context.Context) []string
	}); ok {
		for _, text := range w.Warnings(ctx) {
			t.Warnings = append(t.Warnings, visible.Line(text))
		}
	}
	return t, nil
}

// indexed is a destination that tells the index the moment a secret is in it, before anything else is looked up: if fob
// dies then, the stash still knows what it keeps.
type indexed struct {
	lifecycle.Destination
	place Place
	desk  *Desk
	entry stash.Entry // of the key, as far as it is known
	warn  func(error)
}

// Put stores the secret and tells the index.
func (i indexed) Put(ctx context.Context, account string, v secret.Value) error {
	err := i.Destination.Put(ctx, account, v)
	if err != nil && !i.landed(ctx, account, v, err) {
		return err
	}
	custody := i.Custody()
	if custody.Safe() {
		i.desk.holder.MarkSafe(account)
	}
	now := time.Now().UTC()
	where := i.Name()
	switch i.place.Kind {
	case InCommand:
		where = i.place.Command
	case InEnvFile:
		where = i.place.Path
	}
	entry := i.entry
	entry.Account, entry.Print = account, stash.PrintOf(account, v)
	placed := stash.Place{Kind: string(i.place.Kind), Where: where, Custody: string(custody), At: now}
	if custody == secret.Kept {
		placed.ReadBackAt = &now
	}
	entry.Places = []stash.Place{placed}
	if err := note(context.WithoutCancel(ctx), i.desk.options.Index, entry); err != nil && i.warn != nil {
		i.warn(fmt.Errorf("the stash's index could not be written: %w", err))
	}
	return nil
}

// landedWithin is how long the keyring may take to say what became of a write that it didn't answer in time.
const landedWithin = 3 * time.Second

// landed tells whether a write that the keyring didn't answer in time has arrived all the same.
func (i indexed) landed(ctx context.Context, account string, v secret.Value, err error) bool {
	failed, ok := errors.AsType[*stash.KeyringError](err)
	if !ok || !failed.MayBeStored || i.place.Kind != InKeyring {
		return false
	}
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), landedWithin)
	defer cancel()
	there, err := i.desk.options.Keys.Get(own, account)
	return err == nil && there.Equal(v)
}
