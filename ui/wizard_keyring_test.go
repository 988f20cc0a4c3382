package ui

import (
	"context"
	"testing"

	"fob/config/stash"
	"fob/ui/desk"
)

// absent is a keyring that isn't there. It answers once it is told to.
type absent struct {
	*stash.Memory
	answer chan struct{}
}

func (a absent) Reach(ctx context.Context) error {
	select {
	case <-a.answer:
		return &stash.KeyringError{Kind: stash.NoService, Op: "try"}
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Where there is no keyring, the wizard presets what works and says what the keyring said. Nothing waits for that.
func TestTheWizardPresetsWhatWorks(t *testing.T) {
	for name, c := range map[string]struct {
		destination string
		want        desk.Kind
	}{
		"nobody said where":     {"", desk.InEnvFile},
		"the profile wants it":  {"keyring", desk.InKeyring},
		"the profile has a way": {"clipboard", desk.OnClipboard},
	} {
		t.Run(name, func(t *testing.T) {
			keys := absent{stash.NewMemory(), make(chan struct{})}
			pl := newPlace(t, func(o *desk.Options) { o.Keys, o.Profile.Destination = keys, c.destination })
			u := newPump(t, newProgram(pl.Desk, Options{UTF8: true}), 80, 24)
			u.idle()
			u.press("n")
			w, ok := u.p.topPage().(*wizard)
			if !ok {
				t.Fatalf("there is no wizard:\n%s", u.view())
			}
			u.shows("service", "belongs to nobody") // before the keyring has said anything
			close(keys.answer)
			u.idle()
			u.reach(w, stepPlace)
			if w.placeKind() != c.want {
				t.Errorf("%s is preset", w.placeKind())
			}
			u.shows("no keyring service answers on this machine")
		})
	}
}

// What was chosen stays, however late the keyring answers.
func TestALateKeyringChangesNoChoice(t *testing.T) {
	keys := absent{stash.NewMemory(), make(chan struct{})}
	pl := newPlace(t, func(o *desk.Options) { o.Keys = keys })
	u := newPump(t, newProgram(pl.Desk, Options{UTF8: true}), 80, 24)
	u.idle()
	u.press("n")
	w := u.p.topPage().(*wizard)
	u.until("the roles", func() bool { return w.rolesRead && w.spaceList != nil })
	for w.step != stepPlace {
		u.pass(w)
		u.press("enter")
	}
	if w.placeKind() != desk.InKeyring {
		t.Errorf("%s is preset before it is known", w.placeKind())
	}
	u.pass(w)
	u.press("enter")
	close(keys.answer)
	u.idle()
	if w.placeKind() != desk.InKeyring {
		t.Errorf("the choice became %s", w.placeKind())
	}
}
