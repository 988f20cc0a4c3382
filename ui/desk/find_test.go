package desk_test

import (
	"errors"
	"strings"
	"testing"

	"fob/client"
	"fob/ui/desk"
)

func rowsOf(pairs ...string) []*desk.Row {
	var rows []*desk.Row
	for i := 0; i < len(pairs); i += 2 {
		rows = append(rows, &desk.Row{Key: client.Key{ID: pairs[i], Name: client.Some(pairs[i+1])}})
	}
	return rows
}

func TestFind(t *testing.T) {
	rows := rowsOf(
		"7b2f1c7e-aaaa", "nightly",
		"7b2f99ee-bbbb", "7b2f1c7e-aaaa", // called as another's id
		"c0ffee00-cccc", "twin",
		"c0ffee11-dddd", "twin",
		"deadbeef-eeee", "c0ffee1",
		"12345678-ffff", "",
		"abc", "a\x1b[2Jb",
		"prod-eu-0001", "prod",
	)
	for ref, want := range map[string]string{
		"7b2f1c7e-aaaa": "7b2f1c7e-aaaa", // the id goes before the name
		"nightly":       "7b2f1c7e-aaaa",
		"7b2f99":        "7b2f99ee-bbbb",
		"1234":          "12345678-ffff",
		"abc":           "abc",          // a whole id may be short
		"a␛[2Jb":        "abc",          // a name as it is shown
		"prod":          "prod-eu-0001", // its name and the start of its id
		"prod-eu":       "prod-eu-0001",
		"7b2f":          "several",
		"twin":          "several",
		"c0ffee1":       "several", // a name here, the start of an id there
		"123":           "none",    // too short for a start
		"":              "none",    // not the unnamed one
		"TWIN":          "none",
		"night":         "none",
		"nightly ":      "none",
	} {
		row, err := desk.Find(rows, ref)
		var absent *desk.NotFoundError
		var either *desk.AmbiguousError
		got := ""
		switch {
		case err == nil:
			got = row.Key.ID
		case errors.As(err, &absent):
			got = "none"
		case errors.As(err, &either):
			got = "several"
			if len(either.Candidates) < 2 || len(either.Labels) != len(either.Candidates) {
				t.Errorf("%q: %d candidates", ref, len(either.Candidates))
			}
			for _, c := range either.Candidates {
				if !strings.Contains(err.Error(), c.Key.ID) {
					t.Errorf("%q: %v doesn't name %s", ref, err, c.Key.ID)
				}
			}
		}
		if got != want {
			t.Errorf("%q: %s, not %s (%v)", ref, got, want, err)
		}
	}
}

func TestFindSaysNothingThatIsNotSafe(t *testing.T) {
	_, err := desk.Find(rowsOf("id-1\x1b[2J", "a\x07", "id-2", "a\x07"), "a\x07")
	if err == nil || strings.ContainsAny(err.Error(), "\x07\x1b") {
		t.Errorf("%q", err)
	}
	if _, err := desk.Find(nil, "\x1b[2J"); err == nil || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("%q", err)
	}
	var many []string
	for i := range 50 {
		many = append(many, strings.Repeat("x", i+1), "same")
	}
	if _, err := desk.Find(rowsOf(many...), "same"); err == nil || !strings.Contains(err.Error(), "and 40 more") {
		t.Errorf("%v", err)
	}
}
