package config_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fob/config"
)

func TestStateRemembers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "made", "state.json")
	for name, open := range map[string]func() *config.StateFile{
		"file":   func() *config.StateFile { return config.OpenState(path) },
		"memory": config.NewMemoryState,
	} {
		t.Run(name, func(t *testing.T) {
			file := open()
			if s, err := file.Load(t.Context()); err != nil || s.Workspace("https://a.test", "org") != "" {
				t.Fatalf("%v, %v", s, err)
			}
			err := file.Update(t.Context(), func(s *config.State) error {
				s.SetWorkspace("https://a.test", "org", "legal")
				s.SetSort("workspace", config.Sort{Column: "expires", Descending: true})
				s.Profile = "eu"
				s.SetStore("eu", config.StoreKeyring)
				s.SetStore("us", config.StoreFile)
				s.SetStore("us", "")
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			s, err := file.Load(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Workspace("https://a.test", "org"); got != "legal" {
				t.Errorf("workspace %q", got)
			}
			if s.Profile != "eu" || s.Store("eu") != config.StoreKeyring || s.Store("us") != "" {
				t.Errorf("profile %q, stores %q", s.Profile, s.Stores)
			}
			if got := s.Workspace("https://b.test", "org"); got != "" {
				t.Errorf("another origin has workspace %q", got)
			}
			if diff := cmp.Diff(config.Sort{Column: "expires", Descending: true}, s.Sorts["workspace"]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAStateThatCanNotBeReadIsLeftAlone(t *testing.T) {
	for _, c := range []struct {
		content string
		want    error
	}{
		{`{"version":2}`, config.ErrNewer},
		{`{"version":1,"sorts":[]}`, config.ErrDamaged},
		{`{"version":1`, config.ErrDamaged},
		{`{}`, config.ErrDamaged},
		{``, config.ErrDamaged},
		{`{"version":"1"}`, config.ErrDamaged},
	} {
		path := filepath.Join(t.TempDir(), "state.json")
		if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		file := config.OpenState(path)
		if _, err := file.Load(t.Context()); !errors.Is(err, c.want) {
			t.Errorf("%s: read: %v", c.content, err)
		}
		if err := file.Update(t.Context(), func(*config.State) error { return nil }); !errors.Is(err, c.want) {
			t.Errorf("%s: update: %v", c.content, err)
		}
		if data, err := os.ReadFile(path); err != nil || string(data) != c.content {
			t.Errorf("%s: became %s, %v", c.content, data, err)
		}
	}
}

func TestStateKeepsWhatItDoesNotKnow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	old := `{"version":1,"later":{"x":[1,2]},"workspaces":{"https://a.test org":"legal"},"profile":"eu","stores":{"eu":"file"}}`
	if err := os.WriteFile(path, []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	err := config.OpenState(path).Update(t.Context(), func(s *config.State) error {
		if s.Profile != "eu" || s.Store("eu") != config.StoreFile {
			t.Errorf("%+v", s)
		}
		s.Workspaces, s.Profile = nil, ""
		s.SetStore("eu", "")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"version": 1.0, "later": map[string]any{"x": []any{1.0, 2.0}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAFailedChangeWritesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	refused := errors.New("refused")
	err := config.OpenState(path).Update(t.Context(), func(s *config.State) error {
		s.SetWorkspace("a", "b", "c")
		return refused
	})
	if !errors.Is(err, refused) {
		t.Errorf("error: %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a failed change made a file")
	}
}

func TestTwoProcessesChangingTheStateLoseNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	one, two := process(t, "count", path, "one", "30"), process(t, "count", path, "two", "30")
	if err := errors.Join(one.Start(), two.Start()); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(one.Wait(), two.Wait()); err != nil {
		t.Error(err)
	}
	s, err := config.OpenState(path).Load(t.Context())
	if err != nil || len(s.Sorts) != 60 {
		t.Errorf("%d of 60, %v", len(s.Sorts), err)
	}
}

// Where a session shall be kept is asked once: the answer outlives the session, and goes with the profile.
func TestAnAnswerOutlivesTheSession(t *testing.T) {
	file := config.OpenState(filepath.Join(t.TempDir(), "state.json"))
	answer := config.StoreAnswer{Store: config.StoreFile, Origin: "https://eu.example:443", At: time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)}
	update := func(change func(*config.State)) config.State {
		t.Helper()
		if err := file.Update(t.Context(), func(s *config.State) error { change(s); return nil }); err != nil {
			t.Fatal(err)
		}
		s, err := file.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := update(func(s *config.State) { s.AnswerStore("eu", answer); s.SetStore("eu", config.StoreFile) })
	if s.StoreAnswer("eu", answer.Origin) != answer || s.StoreAnswer("us", answer.Origin) != (config.StoreAnswer{}) {
		t.Errorf("%+v", s.Answers)
	}
	if other := s.StoreAnswer("eu", "https://us.example:443"); other != (config.StoreAnswer{}) {
		t.Errorf("taken for another platform, too: %+v", other)
	}
	if s = update(func(s *config.State) { s.SetStore("eu", "") }); s.StoreAnswer("eu", answer.Origin) != answer {
		t.Errorf("signed out, it is %+v", s.Answers)
	}
	if s = update(func(s *config.State) { s.Forget("eu") }); len(s.Answers) != 0 {
		t.Errorf("without the profile, it is %+v", s.Answers)
	}
}
