package desk

import (
	"context"
	"time"

	"fob/client/visible"
	"fob/config"
)

// StoreOptions are where the session can be kept.
type StoreOptions struct {
	AskStore       bool          // a person has to say where the session goes: not into the keyring, and nobody ever said
	Stores         []StoreChoice // what can be chosen from, the best first; none where Chosen is used
	KeyringProblem string        // why the keyring can't be used, made safe to show; "" where it can, or nobody looked
	// Chosen is the place that a person chose at an earlier sign-in, and ChosenAt when. It is used and not asked for again,
	// whatever the keyring could do now. Zero where nobody chose, or a file was chosen that can't be written.
	Chosen      StoreChoice
	ChosenAt    time.Time
	FileProblem string // why the file that was chosen can't be written, made safe to show
}

// StoreChoice is a place for the session.
type StoreChoice struct {
	Store       SessionStore
	Label, Note string
}

// ChosenWords say where the session is kept because somebody chose it, "" where nobody did.
func (o StoreOptions) ChosenWords() string {
	switch o.Chosen.Store {
	case "":
		return ""
	case SessionInMemory:
		return "kept nowhere, only until fob ends" + asChosen(o.ChosenAt)
	}
	return "kept in " + o.Chosen.Note + asChosen(o.ChosenAt)
}

func asChosen(at time.Time) string {
	if at.IsZero() {
		return ", as chosen"
	}
	return ", as chosen on " + at.Format("2006-01-02")
}

// StoreOptions finds out where the session goes: where a person once chose, if that can be used, and otherwise into the
// keyring, which is tried: a person may have to unlock it first.
func (l *Login) StoreOptions(ctx context.Context) StoreOptions {
	problem := ""
	state, err := l.State.Load(ctx)
	if err != nil {
		state = config.State{} // what may be forgotten without harm: they are asked again
	}
	answer := state.StoreAnswer(l.Profile, l.platform())
	switch SessionStore(answer.Store) {
	case SessionInMemory:
		return StoreOptions{Chosen: StoreChoice{Store: SessionInMemory}, ChosenAt: answer.At}
	case SessionInFile:
		err := l.tryFile(ctx)
		if err == nil {
			return StoreOptions{Chosen: StoreChoice{Store: SessionInFile, Note: visible.Line(l.Keepers[SessionInFile].Name())}, ChosenAt: answer.At}
		}
		problem = visible.Line(err.Error())
	}
	o := l.StoreChoices(ctx)
	o.FileProblem = problem
	return o
}

// StoreChoices finds out where the session can be kept, whatever a person once chose.
func (l *Login) StoreChoices(ctx context.Context) (o StoreOptions) {
	var err error
	if l.Probe != nil {
		err = l.Probe(ctx)
	}
	if err != nil {
		o.AskStore, o.KeyringProblem = true, visible.Line(err.Error())
	} else if keyring := l.Keepers[SessionInKeyring]; keyring != nil {
		o.Stores = append(o.Stores, StoreChoice{SessionInKeyring, "In " + visible.Line(keyring.Name()), "encrypted, and locked when you are away"})
	}
	o.Stores = append(o.Stores, l.withoutKeyring()...)
	return o
}

// tryFile tells why a session couldn't be put into its file.
func (l *Login) tryFile(ctx context.Context) error {
	switch file := l.Keepers[SessionInFile].(type) {
	case nil:
		return ErrNoStore
	case interface{ Try(context.Context) error }:
		return file.Try(ctx)
	}
	return nil
}

// withoutKeyring are the places beside the keyring.
func (l *Login) withoutKeyring() []StoreChoice {
	var list []StoreChoice
	if file := l.Keepers[SessionInFile]; file != nil {
		list = append(list, StoreChoice{SessionInFile, "In a file that only you can read", visible.Line(file.Name()) + ", mode 0600; whoever gets it is signed in as you"})
	}
	return append(list, StoreChoice{SessionInMemory, "Nowhere: only until fob ends", "you sign in again next time"})
}

// StoreOptions finds out where the session goes, as Login's.
func (d *Desk) StoreOptions(ctx context.Context) StoreOptions {
	if d.options.Login == nil {
		return StoreOptions{}
	}
	return d.options.Login.StoreOptions(ctx)
}

// StoreChoices finds out where the session could go, whatever was chosen before.
func (d *Desk) StoreChoices(ctx context.Context) StoreOptions {
	if d.options.Login == nil {
		return StoreOptions{}
	}
	return d.options.Login.StoreChoices(ctx)
}
