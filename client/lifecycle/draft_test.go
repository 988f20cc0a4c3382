package lifecycle_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"fob/client"
	"fob/client/lifecycle"
)

func TestValidate(t *testing.T) {
	now := time.Date(2026, 11, 22, 22, 30, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		spoil  func(*client.Draft)
		fields []string
	}{
		"fine":            {func(*client.Draft) {}, nil},
		"unnamed":         {func(d *client.Draft) { d.Name = "" }, nil},
		"never":           {func(d *client.Draft) { d.ExpiresAt = nil }, nil},
		"everywhere":      {func(d *client.Draft) { d.AllWorkspaces, d.Workspaces = true, nil }, nil},
		"any script":      {func(d *client.Draft) { d.Name = "夜間-évaluation 👩‍🔬" }, nil},
		"like a prefix":   {func(d *client.Draft) { d.Name = "api_prod.eu.v2" }, nil},
		"255 characters":  {func(d *client.Draft) { d.Name = strings.Repeat("é", 255) }, nil},
		"256 characters":  {func(d *client.Draft) { d.Name = strings.Repeat("a", 256) }, []string{"name"}},
		"blank":           {func(d *client.Draft) { d.Name = " \u00a0" }, []string{"name"}},
		"escape":          {func(d *client.Draft) { d.Name = "a\x1b[2J" }, []string{"name"}},
		"newline":         {func(d *client.Draft) { d.Name = "a\nb" }, []string{"name"}},
		"right to left":   {func(d *client.Draft) { d.Name = "a\u202eb" }, []string{"name"}},
		"not UTF-8":       {func(d *client.Draft) { d.Name = "a\xff" }, []string{"name"}},
		"a key as name":   {func(d *client.Draft) { d.Name = newSecret(map[string]any{"sub": "x"}) }, []string{"name"}},
		"over":            {func(d *client.Draft) { d.ExpiresAt = &now }, []string{"expiry"}},
		"no workspace":    {func(d *client.Draft) { d.Workspaces = nil }, []string{"workspaces"}},
		"both":            {func(d *client.Draft) { d.AllWorkspaces = true }, []string{"workspaces"}},
		"twice":           {func(d *client.Draft) { d.Workspaces = []string{"a", "a"} }, []string{"workspaces"}},
		"no workspace ''": {func(d *client.Draft) { d.Workspaces = []string{""} }, []string{"workspaces"}},
		"unknown role":    {func(d *client.Draft) { d.OrganizationRole = "OWNER" }, []string{"organization role"}},
		"no role":         {func(d *client.Draft) { d.OrganizationRole = "" }, []string{"organization role"}},
		"everything": {
			func(d *client.Draft) { *d = client.Draft{Name: "\x00", ExpiresAt: &time.Time{}} },
			[]string{"name", "expiry", "workspaces", "organization role"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := order(newWorld()).Draft
			tc.spoil(&d)
			err := lifecycle.Validate(d, now)
			var all lifecycle.Problems
			if (err != nil) != errors.As(err, &all) || (err != nil && err.Error() == "") {
				t.Fatalf("err = %v", err)
			}
			var fields []string
			for _, p := range all {
				fields = append(fields, p.Field)
			}
			if !slices.Equal(fields, tc.fields) {
				t.Errorf("got %v", err)
			}
			if err != nil && strings.Contains(err.Error(), "eyJ") {
				t.Error("the problem repeats the key")
			}
		})
	}
}

func TestUnusual(t *testing.T) {
	d := order(newWorld()).Draft
	keys := []client.Key{{ID: "1", Name: client.Some("Nightly-Eval ")}, {ID: "2"}, {ID: "3", Name: client.Null[string]()}}
	if got := lifecycle.Unusual(d, keys[1:]); len(got) != 0 {
		t.Errorf("nothing is unusual, but: %q", got)
	}
	d.ExpiresAt, d.OrganizationRole, d.AllWorkspaces, d.Workspaces = nil, "ADMIN", true, nil
	got := lifecycle.Unusual(d, keys)
	for n, word := range []string{"never", "Admin", "every future", "another key"} {
		if len(got) != 4 || !strings.Contains(got[n], word) {
			t.Fatalf("got %q", got)
		}
	}
	if got := lifecycle.Unusual(d, append(keys, keys[0])); !strings.Contains(got[3], "2 other keys") {
		t.Errorf("got %q", got[3])
	}
	d.Name = ""
	if got := lifecycle.Unusual(d, keys); len(got) != 3 {
		t.Errorf("no name is in use, but: %q", got)
	}
}
