package cli_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"time"
	"unicode"

	"fob/client"
	"fob/client/secret"
	"fob/client/visible"
	"fob/ui/cli"
	"fob/ui/desk"
)

// Whatever strangers call keys, roles, workspaces and themselves, a CSV has one row for each key and one cell for each
// column, no cell is one that a spreadsheet runs, and nothing in it acts on a terminal.
func FuzzCSV(f *testing.F) {
	for _, seed := range [][2]string{
		{"ci-eval", "Editor"},
		{"=HYPERLINK(\"http://x\")", "+1"},
		{"-2+3", "@SUM(A1)"},
		{"\t=1", "\r=1"},
		{"a\"b,c\nd", "\"=1\""},
		{" =1", "'=1"},
		{"\x1b]0;owned\x07", "\u202egnp.exe"},
		{"\xff\xfe", "\u00a0=1"},
		{"＝1", "\u200b=1"},
		{"", ";=1"},
	} {
		f.Add(seed[0], seed[1])
	}
	d, err := desk.Open(desk.Options{APIURL: "https://api.example", Session: secret.New("nobody's")})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(d.Close)
	columns, moments := cli.CSVColumns()
	at := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, name, other string) {
		var rows []*desk.Row
		for range 2 {
			rows = append(rows, d.Row(client.Key{
				ID: other, Name: client.Some(name), OrganizationRole: client.Some(other), Role: client.Some(client.RoleRef{ID: name, Name: other}),
				Workspaces: client.Some([]client.WorkspaceRef{{Name: name}, {Name: other}}), User: client.Some(client.PersonRef{GivenName: name, FamilyName: other, Email: other}),
				CreatedAt: client.Some(at), Personal: client.Some(true),
			}, client.Scope{}))
		}
		var out bytes.Buffer
		if err := cli.WriteCSV(&out, rows); err != nil {
			t.Fatal(err)
		}
		for _, c := range out.String() {
			if unicode.IsControl(c) && c != '\n' || unicode.Is(unicode.Bidi_Control, c) {
				t.Fatalf("it holds %U", c)
			}
		}
		read, err := csv.NewReader(&out).ReadAll()
		if err != nil || len(read) != len(rows)+1 {
			t.Fatalf("%d lines are read: %v", len(read), err)
		}
		for n, line := range read {
			if len(line) != columns {
				t.Fatalf("line %d has %d cells of %d", n+1, len(line), columns)
			}
			for i, cell := range line {
				if runs(cell) {
					t.Fatalf("a spreadsheet runs %q", cell)
				}
				if moments[i] && n > 0 && cell != "" && !strings.HasSuffix(cell, "Z") {
					t.Fatalf("a time is %q", cell)
				}
			}
			if n > 0 && line[1] != visible.CSV(name) {
				t.Fatalf("%q is read as %q", name, line[1])
			}
		}
	})
}

// runs tells whether a spreadsheet takes a cell for a formula; blanks before it don't count for all of them.
func runs(cell string) bool {
	cell = strings.TrimLeftFunc(cell, unicode.IsSpace)
	return cell != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(cell)[0])
}
