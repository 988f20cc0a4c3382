package desk_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"fob/client/secret"
	"fob/config"
	"fob/ui/desk"
)

// tryable is a place that can be tried.
type tryable struct {
	desk.Keeper
	err error
}

func (tryable) Name() string                { return "the file /x" }
func (k tryable) Try(context.Context) error { return k.err }

// wherever is a login of one profile, whose keyring and file can each be used or not.
func wherever(t *testing.T, state *config.StateFile, keyring, file error) (login *desk.Login, probed *int) {
	t.Helper()
	probed = new(int)
	return &desk.Login{
		APIURL: "http://127.0.0.1:1", Profile: "eu", State: state,
		Keepers: map[desk.SessionStore]desk.Keeper{
			desk.SessionInKeyring: desk.NewMemoryKeeper(), desk.SessionInFile: tryable{desk.NewMemoryKeeper(), file},
		},
		Probe: func(context.Context) error { *probed++; return keyring },
	}, probed
}

func TestWhereASessionGoes(t *testing.T) {
	locked, full := errors.New("it is locked"), errors.New("the disk is full")
	for name, c := range map[string]struct {
		answer        desk.SessionStore
		keyring, file error
		asks          bool
		chosen        desk.SessionStore
		probed        int
		stores        int
		problem       string
	}{
		"a keyring":                            {probed: 1, stores: 3},
		"no keyring":                           {keyring: locked, asks: true, probed: 1, stores: 2},
		"a file was chosen":                    {answer: desk.SessionInFile, keyring: locked, chosen: desk.SessionInFile},
		"a file was chosen beside a keyring":   {answer: desk.SessionInFile, chosen: desk.SessionInFile},
		"nothing was chosen":                   {answer: desk.SessionInMemory, keyring: locked, chosen: desk.SessionInMemory},
		"the keyring was chosen":               {answer: desk.SessionInKeyring, probed: 1, stores: 3},
		"the keyring was chosen and is locked": {answer: desk.SessionInKeyring, keyring: locked, asks: true, probed: 1, stores: 2},
		"the file can't be written":            {answer: desk.SessionInFile, keyring: locked, file: full, asks: true, probed: 1, stores: 2, problem: "full"},
		"the file can't be, but a keyring can": {answer: desk.SessionInFile, file: full, probed: 1, stores: 3, problem: "full"},
		"a place of a newer fob":               {answer: "cloud", keyring: locked, asks: true, probed: 1, stores: 2},
	} {
		t.Run(name, func(t *testing.T) {
			state := config.NewMemoryState()
			login, _ := wherever(t, state, nil, nil)
			if c.answer == "cloud" {
				if err := state.Update(t.Context(), func(s *config.State) error {
					s.AnswerStore("eu", config.StoreAnswer{Store: "cloud", Origin: "http://127.0.0.1:1"})
					return nil
				}); err != nil {
					t.Fatal(err)
				}
			} else if c.answer != "" {
				if err := login.SignIn(t.Context(), desk.SignInChoice{Way: desk.ByPasting, Pasted: secret.New("mine"), Store: c.answer, Answered: true}, nil); err != nil {
					t.Fatal(err)
				}
			}
			login, probed := wherever(t, state, c.keyring, c.file)
			o := login.StoreOptions(t.Context())
			if o.AskStore != c.asks || o.Chosen.Store != c.chosen || *probed != c.probed || len(o.Stores) != c.stores || (o.KeyringProblem != "") != (c.keyring != nil && c.probed > 0) {
				t.Errorf("%+v after %d trials", o, *probed)
			}
			if !strings.Contains(o.FileProblem, c.problem) || (o.FileProblem == "") != (c.problem == "") {
				t.Errorf("of the file it says %q", o.FileProblem)
			}
			if words := o.ChosenWords(); (words == "") != (c.chosen == "") || c.chosen != "" && !strings.Contains(words, "as chosen on 20") {
				t.Errorf("it says %q", words)
			}
			// Whoever wants to choose anew sees every place.
			if all := login.StoreChoices(t.Context()); (len(all.Stores) == 3) != (c.keyring == nil) {
				t.Errorf("one can choose from %+v", all.Stores)
			}
		})
	}
}

// What nobody was asked is no answer, and what doesn't work out isn't remembered either.
func TestWhatIsNoAnswerIsNotRemembered(t *testing.T) {
	state := config.NewMemoryState()
	login, _ := wherever(t, state, nil, nil)
	sign := func(c desk.SignInChoice) error {
		c.Way = desk.ByPasting
		return login.SignIn(t.Context(), c, nil)
	}
	if err := sign(desk.SignInChoice{Pasted: secret.New("mine")}); err != nil {
		t.Fatal(err)
	}
	if err := sign(desk.SignInChoice{Pasted: secret.New("two words"), Store: desk.SessionInFile, Answered: true}); err == nil {
		t.Fatal("what is no session was kept")
	}
	if s, err := state.Load(t.Context()); err != nil || len(s.Answers) != 0 || s.Store("eu") != "keyring" {
		t.Errorf("%v: %+v", err, s)
	}
	if _, chosen := login.Chosen(); chosen {
		t.Error("it says that somebody chose the keyring")
	}
	if err := sign(desk.SignInChoice{Pasted: secret.New("mine"), Store: desk.SessionInFile, Answered: true}); err != nil {
		t.Fatal(err)
	}
	if at, chosen := login.Chosen(); !chosen || at.IsZero() {
		t.Error("it doesn't say that somebody chose the file")
	}
}
