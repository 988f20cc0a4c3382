package cli

import (
	"context"
	"fmt"
	"strings"

	"fob/ui/desk"
)

// loginStore is where the session goes, and whether a person said so now: where --store says, else where they said at an
// earlier sign-in, else into the keyring, else where they say when they are asked. Never silently into a file, and a
// session that shall be kept nowhere isn't kept without asking: the next command would not have it.
func (a *app) loginStore(ctx context.Context, o *loginOptions, d *desk.Desk) (store desk.SessionStore, answered bool, err error) {
	if o.store == string(desk.SessionInFile) {
		return desk.SessionInFile, true, nil // no keyring is touched
	}
	var options desk.StoreOptions
	nowhere := ""
	err = a.withKeyring(ctx, func(ctx context.Context) error {
		if o.store == "" {
			options = d.StoreOptions(ctx)
		}
		if options.Chosen.Store == desk.SessionInMemory {
			nowhere = options.ChosenWords()
		}
		if o.store != "" || nowhere != "" {
			options = d.StoreChoices(ctx)
		}
		return ctx.Err()
	})
	switch {
	case err != nil && !options.AskStore:
		return "", false, err
	case options.Chosen.Store == desk.SessionInFile:
		return desk.SessionInFile, false, nil
	}
	if options.FileProblem != "" {
		a.warn("the session can't be kept in its file, as it was chosen: " + options.FileProblem)
	}
	switch {
	case nowhere != "":
		return a.askStore(ctx, options, "Sessions of this profile are "+nowhere+", and a command's has to outlive it", "--store keyring or --store file says where")
	case !options.AskStore:
		return desk.SessionInKeyring, o.store != "", nil
	case o.store != "":
		return "", false, fmt.Errorf("the session can't be kept in the OS keyring: %s", options.KeyringProblem)
	}
	return a.askStore(ctx, options, "The session can't be kept in the OS keyring: "+options.KeyringProblem, "--store file keeps it in a file that only you can read")
}

// askStore says why it has to be asked, and asks of each place whether it will do. next is what helps where nobody can be
// asked.
func (a *app) askStore(ctx context.Context, options desk.StoreOptions, why, next string) (store desk.SessionStore, answered bool, err error) {
	q, asks := a.questions()
	if !asks {
		return "", false, wrongUsage(next, "%s", strings.ToLower(why[:1])+why[1:])
	}
	a.say(why)
	for _, c := range options.Stores {
		where := c.Note
		switch c.Store {
		case desk.SessionInMemory:
			continue
		case desk.SessionInKeyring:
			where = "the OS keyring"
		}
		yes, err := q.confirm(ctx, "Keep it in "+where+"?")
		if err != nil {
			return "", false, err
		}
		if yes {
			return c.Store, true, nil
		}
	}
	return "", false, wrongUsage("the screens can hold a session until fob ends: run fob", "the session has nowhere to go, and nobody was signed in")
}

// otherwise says that the session is where it is because somebody chose that at an earlier sign-in, and how to choose
// anew. Whoever has just chosen knows.
func otherwise(c desk.SignInChoice, chosen string) string {
	if c.Answered || chosen == "" {
		return ""
	}
	other := desk.SessionInKeyring
	if c.Store == desk.SessionInKeyring {
		other = desk.SessionInFile
	}
	return chosen + "; --store " + string(other) + " chooses otherwise"
}
