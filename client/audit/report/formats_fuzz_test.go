package report_test

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"golang.org/x/net/html"

	"fob/client"
	"fob/client/audit"
	"fob/client/audit/report"
)

// Whatever the names of keys, people, roles and workspaces are: every format stays what it is, and moves no terminal.
func FuzzFormats(f *testing.F) {
	for _, name := range append(hostile, "calm", "") {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		in := input()
		for i := range in.Keys {
			in.Keys[i].Name = client.Some(name)
		}
		in.Keys = in.Keys[:4]
		in.Users[0].GivenName, in.Roles[0].Name, in.Workspaces[0].Name, in.UsersWhy = name, name, name, name
		r := report.Report{Head: report.Head{Organization: name, RanBy: name, OrganizationID: name, Version: name}, Result: audit.Judge(in, audit.DefaultPolicy())}
		for _, format := range report.Formats() {
			text := written(t, r, format)
			for _, c := range text {
				if unicode.IsControl(c) && c != '\n' || c == unicode.ReplacementChar || unicode.Is(unicode.Bidi_Control, c) {
					t.Fatalf("%s holds %U", format, c)
				}
			}
			keepsForm(t, format, text)
		}
	})
}

func keepsForm(t *testing.T, format report.Format, text string) {
	t.Helper()
	switch format {
	case report.FormatJSON:
		if !json.Valid([]byte(text)) {
			t.Fatalf("no JSON: %s", text)
		}
	case report.FormatCSV:
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			for _, cell := range row {
				if cell != "" && strings.ContainsRune("=+@\t\r", rune(cell[0])) {
					t.Fatalf("a cell runs: %q", cell)
				}
			}
		}
	case report.FormatSARIF:
		if _, err := sarif.FromString(text, sarif.WithStrictValidation()); err != nil {
			t.Fatal(err)
		}
	case report.FormatHTML:
		root, err := html.Parse(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		for n := range root.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			if strings.Contains(" script img iframe object a form base link ", " "+n.Data+" ") {
				t.Fatalf("the page has a %s", n.Data)
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") {
					t.Fatalf("the page has an %s", a.Key)
				}
			}
		}
	}
}
