package lifecycle_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"fob/client/lifecycle"
)

func TestEntriesAreReadWhateverIsBetweenThem(t *testing.T) {
	w := newWorld()
	for _, line := range []string{
		`{"v":1,"at":"2026-11-22T21:00:00Z","kind":"issue.intent","intent":"a","account":"a"}`,
		`{"v":1,"at":"2026-11-22T21:00`, // torn
		`{"v":1,"at":"2026-11-22T21:00:01Z","kind":"rotate.intent","intent":"b","more":[1]}`,
		`{"v":2,"at":"2026-11-22T21:00:02Z","kind":"issue.outcome","intent":"a","places":"elsewhere"}`,
		``,
		`[]`,
		`{"v":1,"at":"2026-11-22T21:00:03Z","kind":"revoke.intent","intent":"c","key_id":"k","surprise":true}`,
		`{"v":1,"kind":"issue.intent","intent":"d","places":"elsewhere"}`,
		`{"v":1}`,
		`{"v":1,"at":"2026-11-22T21:00:00Z","kind":"issue.intent","intent":"e"}`,
		`{"v":1,"at":"2026-11-22T21:00:00Z","kind":"issue.abandoned","intent":"e"}`,
	} {
		w.journal = append(w.journal, []byte(line))
	}
	var kinds []lifecycle.Kind
	var bad []int
	for e, err := range lifecycle.Entries(w) {
		var torn *lifecycle.LineError
		switch {
		case errors.As(err, &torn):
			bad = append(bad, torn.Line)
		case err != nil:
			t.Fatal(err)
		default:
			kinds = append(kinds, e.Kind)
			if len(e.Raw) == 0 || e.At.IsZero() {
				t.Errorf("%+v", e)
			}
		}
	}
	if got := len(kinds); got != 6 || kinds[1] != "rotate.intent" || kinds[2] != lifecycle.IssueOutcome {
		t.Errorf("read %v", kinds)
	}
	if len(bad) != 4 || bad[0] != 2 || bad[1] != 6 || bad[2] != 8 || bad[3] != 9 {
		t.Errorf("couldn't read lines %v", bad)
	}
	open, err := lifecycle.Unfinished(w)
	if err != nil || len(open) != 1 || open[0].KeyID != "k" {
		t.Errorf("unfinished %+v, %v", open, err)
	}
}

func TestAppendTakesKeysOut(t *testing.T) {
	w := newWorld()
	key := newSecret(map[string]any{"sub": "x"})
	session := strings.TrimPrefix(newSecret(map[string]any{"sub": "y"}), "api_")
	e := lifecycle.Entry{Kind: lifecycle.RevokeIntent, Intent: "i", KeyName: "my " + key + "!", Error: "said " + session, Why: "api_prod"}
	if err := lifecycle.Append(t.Context(), w, e); err != nil {
		t.Fatal(err)
	}
	if text := w.written(); strings.Contains(text, key) || strings.Contains(text, session) {
		t.Error("a key was written")
	}
	got := entries(t, w)[0]
	if got.KeyName != "my [secret]!" || got.Error != "said [secret]" || got.Why != "api_prod" || got.V != 1 || got.At.IsZero() {
		t.Errorf("%+v", got)
	}
}

func FuzzEntries(f *testing.F) {
	w := newWorld()
	if _, err := w.issuer().Issue(f.Context(), order(w), nil); err != nil {
		f.Fatal(err)
	}
	for _, line := range w.journal {
		f.Add(line)
		f.Add(line[:len(line)/2])
	}
	f.Add([]byte(`{"v":9,"kind":"issue.intent","at":7}`))
	f.Add([]byte(`{"v":1,"kind":"revoke.outcome","intent":"a","state":"x"}` + "\n" + `{}`))
	f.Add([]byte("\xff\x00{"))
	f.Fuzz(func(t *testing.T, data []byte) {
		w := newWorld()
		w.journal = bytes.Split(data, []byte("\n"))
		for e, err := range lifecycle.Entries(w) {
			if (err == nil) != (e.Kind != "") {
				t.Errorf("%+v with error %v", e, err)
			}
			if err == nil {
				// What was read can be written again, as one line; times that leave JSON's years in UTC aside.
				e.At = w.clock
				if e.What != nil {
					e.What.ExpiresAt = nil
				}
				for n := range e.Places {
					e.Places[n].At = w.clock
				}
				again := newWorld()
				if err := lifecycle.Append(t.Context(), again, e); err != nil || bytes.ContainsRune(again.journal[0], '\n') {
					t.Errorf("%+v can't be written again: %v", e, err)
				}
			}
		}
		if _, err := lifecycle.Unfinished(w); err != nil {
			t.Error(err)
		}
	})
}
