package desk_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fob/client/lifecycle"
	"fob/client/secret"
	"fob/config/stash"
	"fob/ui/desk"
)

// keyringless is a keyring that takes nothing.
type keyringless struct{ *stash.Memory }

var errKeyringless = errors.New("there is no keyring here")

func (keyringless) Try(context.Context) error                       { return errKeyringless }
func (keyringless) Put(context.Context, string, secret.Value) error { return errKeyringless }

// inTheFileAlone is a story whose old key lies in its env file and nowhere else, on a machine without a keyring.
func inTheFileAlone(t *testing.T) *story {
	t.Helper()
	s := begin(t)
	err := s.index.Update(t.Context(), s.issued.Account, func(e *stash.Entry) error {
		e.Places = slices.DeleteFunc(e.Places, func(p stash.Place) bool { return p.Kind == stash.KindKeyring })
		return nil
	})
	if err == nil {
		err = s.memory.Delete(t.Context(), s.issued.Account)
	}
	if err != nil {
		t.Fatal(err)
	}
	address := s.Origin()
	s.Desk, err = desk.Open(desk.Options{
		APIURL: address, Session: s.platform.SessionToken(), Journal: s.journal, Index: s.index, Keys: keyringless{stash.NewMemory()}, Location: time.UTC,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// Where nothing takes the only copy of the old key, the plan says that there is no way back; the way back begins nothing
// that it couldn't finish, and is open again once a person has put the key back.
func TestTheOnlyCopyThatNothingTakes(t *testing.T) {
	s := inTheFileAlone(t)
	home := []desk.Place{{Kind: desk.InEnvFile, Path: filepath.Join(t.TempDir(), "new.env")}}
	p, err := s.PlanRotation(t.Context(), s.named(t, s.issued.Key.ID), desk.RotationOptions{Home: home})
	if err != nil || !slices.ContainsFunc(p.Warnings, func(w string) bool {
		return strings.Contains(w, "there is no keyring here") && strings.Contains(w, "fob rotate --abandon can't put it back")
	}) {
		t.Errorf("%v, %q", err, p.Warnings)
	}
	old, err := os.ReadFile(s.file)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.BeginRotation(t.Context(), p, nil)
	if err != nil || r.Stage != desk.RotationWaiting || s.has(t) != r.NewID {
		t.Fatalf("%v, %+v", err, r)
	}
	var stuck *desk.StuckError
	out, err := s.AbandonRotation(t.Context(), r.ID, "", false)
	if !errors.As(err, &stuck) || len(stuck.Places) != 1 || len(out.Returned) != 0 || !strings.Contains(err.Error(), "nowhere any more") {
		t.Errorf("%v, %+v", err, out)
	}
	if _, alive := s.platform.SecretOf(r.NewID); !alive || s.status(t).Stage != desk.RotationWaiting || s.has(t) != r.NewID {
		t.Errorf("the new key is alive: %v, it is %s", alive, s.status(t).Stage)
	}
	if err := os.WriteFile(s.file, old, 0o600); err != nil { // by hand
		t.Fatal(err)
	}
	if _, err := s.AbandonRotation(t.Context(), r.ID, "", false); err != nil || s.has(t) != s.issued.Key.ID {
		t.Errorf("%v, the file has %s", err, s.has(t))
	}
	if _, alive := s.platform.SecretOf(r.NewID); alive {
		t.Error("the new key is alive")
	}
}

// With a keyring there is a way back, and nothing is said about it.
func TestThePlanOfAKeyThatIsSetAside(t *testing.T) {
	s := begin(t)
	p, err := s.PlanRotation(t.Context(), s.named(t, s.issued.Key.ID), desk.RotationOptions{})
	if err != nil || slices.ContainsFunc(p.Warnings, func(w string) bool { return strings.Contains(w, "abandon") }) {
		t.Errorf("%v, %q", err, p.Warnings)
	}
}

// The file that has the old key can be the new one's home, unasked for more; the way back leads to the old one.
func TestTheFileOfTheOldKeyIsTheHome(t *testing.T) {
	s := begin(t)
	home := []desk.Place{{Kind: desk.InEnvFile, Path: s.file}}
	p, err := s.PlanRotation(t.Context(), s.named(t, s.issued.Key.ID), desk.RotationOptions{Home: home})
	if err != nil || !slices.Equal(p.Files, []string{s.file}) || !p.Home[0].Replace || home[0].Replace {
		t.Fatalf("%v, %+v", err, p)
	}
	r, err := s.BeginRotation(t.Context(), p, nil)
	if err != nil || r.Stage != desk.RotationWaiting || r.NewID == "" || s.has(t) != r.NewID {
		t.Fatalf("%v, %+v", err, r)
	}
	if _, err := s.AbandonRotation(t.Context(), r.ID, "", false); err != nil || s.has(t) != s.issued.Key.ID {
		t.Errorf("%v, the file has %s", err, s.has(t))
	}
}

// Another key in that file is nobody's to replace.
func TestTheHomeHasAnotherKey(t *testing.T) {
	s := begin(t)
	if err := os.WriteFile(s.file, []byte("API_KEY=somebody-elses\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := s.PlanRotation(t.Context(), s.named(t, s.issued.Key.ID), desk.RotationOptions{Home: []desk.Place{{Kind: desk.InEnvFile, Path: s.file}}})
	if err != nil || p.Home[0].Replace {
		t.Fatalf("%v, %+v", err, p.Home)
	}
	if _, err := s.BeginRotation(t.Context(), p, nil); !errors.Is(err, stash.ErrHasKey) {
		t.Errorf("%v", err)
	}
}

// A rotation that came to nothing is gone on with where its plan has the new key kept.
func TestARotationGoesOnInItsHome(t *testing.T) {
	s := begin(t)
	path := filepath.Join(t.TempDir(), "new.env")
	p, err := s.PlanRotation(t.Context(), s.named(t, s.issued.Key.ID), desk.RotationOptions{Home: []desk.Place{{Kind: desk.InEnvFile, Path: path}}})
	if err != nil {
		t.Fatal(err)
	}
	refuse := func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost {
			return false
		}
		w.WriteHeader(http.StatusConflict)
		return true
	}
	s.before.Store(&refuse)
	r, err := s.BeginRotation(t.Context(), p, nil)
	var failed *lifecycle.Error
	if !errors.As(err, &failed) || r.Stage != desk.RotationPlanned || !slices.Equal(r.Home, []desk.Place{{Kind: desk.InEnvFile, Path: path}}) {
		t.Fatalf("%v, %+v", err, r)
	}
	s.before.Store(nil)
	r, err = s.ResumeRotation(t.Context(), r.ID, nil, nil)
	if err != nil || r.Stage != desk.RotationWaiting {
		t.Fatalf("%v, %+v", err, r)
	}
	text, err := os.ReadFile(path)
	v, _ := s.platform.SecretOf(r.NewID)
	if err != nil || v.Redact(string(text)) == string(text) {
		t.Errorf("the new key isn't where it was planned: %v", err)
	}
	if _, err := s.memory.Get(t.Context(), r.Issued.Account); err == nil {
		t.Error("the new key is in the keyring, where nobody meant it to be")
	}
}
