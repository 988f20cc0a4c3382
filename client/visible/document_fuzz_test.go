package visible_test

import (
	"encoding/csv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"fob/client/visible"
)

// Whatever a stranger's text is: in a page it is a text and nothing else, in a sheet one cell that runs nothing, and in
// every document it moves no terminal.
func FuzzDocuments(f *testing.F) {
	for _, s := range []string{
		"plain", "=1+1", `"; =cmd|'/C calc'!A0`, "<script>alert(1)</script>", `" onmouseover="x`, "![x](http://evil.example)", "a|b\n| c", "\x1b]0;owned\a",
		"\u202egnp.exe", "\xff\x00", "&lt;b&gt;", " \t@SUM(1)", "1. a", "www.evil.example", "；＝1", "'=1", "\r\n=1", "\u3000=1", `""=1`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, text := range []string{visible.CSV(s), visible.HTML(s), visible.Markdown(s), visible.ASCII(s)} {
			check(t, s, text)
		}
		if ascii := visible.ASCII(s); strings.ContainsFunc(ascii, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Fatalf("not ASCII: %q", ascii)
		}
		inSheet(t, s)
		inPage(t, s)
	})
}

func inSheet(t *testing.T, s string) {
	t.Helper()
	cell := visible.CSV(s)
	if visible.CSV(cell) != cell {
		t.Fatalf("CSV is not idempotent on %+q", s)
	}
	var b strings.Builder
	w := csv.NewWriter(&b)
	if err := w.Write([]string{cell, "next"}); err != nil {
		t.Fatal(err)
	}
	w.Flush()
	for comma, first := range map[rune]bool{',': true, ';': false} {
		r := csv.NewReader(strings.NewReader(b.String()))
		r.Comma, r.LazyQuotes, r.FieldsPerRecord = comma, true, -1
		row, err := r.Read()
		if err != nil && cell != "" {
			continue // by semicolons, a quoted cell may be no row at all
		}
		if first && cell != "" && (len(row) != 2 || row[0] != cell) {
			t.Fatalf("%+q is the row %+q", cell, row)
		}
		for _, field := range row {
			if text := strings.TrimLeft(field, " \u3000\""); text != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(text)[0]) {
				t.Fatalf("%+q runs as %+q when split at %c", s, field, comma)
			}
		}
	}
}

func inPage(t *testing.T, s string) {
	t.Helper()
	const sign = "x-sign"
	escaped := visible.HTML(s)
	root, err := html.Parse(strings.NewReader(`<!doctype html><p title="` + escaped + `">` + escaped + `</p><i id="` + sign + `"></i>`))
	if err != nil {
		t.Fatal(err)
	}
	elements, text, title := 0, "", ""
	for n := range root.Descendants() {
		switch {
		case n.Type == html.ElementNode:
			elements++
			for _, a := range n.Attr {
				if a.Key == "title" {
					title = a.Val
				}
			}
		case n.Type == html.TextNode && n.Parent.Data == "p":
			text += n.Data
		}
	}
	if want := visible.Line(s); elements != 5 || text != want || title != want {
		t.Fatalf("%+q: %d elements, the text is %+q and the title %+q", s, elements, text, title)
	}
}
