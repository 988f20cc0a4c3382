package visible_test

import (
	"bytes"
	"encoding/csv"
	"html"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fob/client/visible"
)

func TestCSV(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"ci-eval", "ci-eval"},
		{"=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"},
		{"+1", "'+1"},
		{"-1", "'-1"},
		{"@SUM(1)", "'@SUM(1)"},
		{"  =1", "  '=1"},
		{"\u3000＝1", "\u3000'＝1"},
		{"＋1", "'＋1"},
		{"\t=1", "'␉=1"},
		{"\r=1", "'␍=1"},
		{"a;=1", "a;'=1"},
		{"a; @x;-", "a; '@x;'-"},
		{"'=1", "'=1"},
		{"", ""},
		{"a=b", "a=b"},
		{"\u202e=1", `\u202e=1`},
	} {
		if got := visible.CSV(c.in); got != c.want {
			t.Errorf("CSV(%q) is %q, want %q", c.in, got, c.want)
		}
	}
}

// formula finds what a spreadsheet runs, in a cell of a file read with any of the separators in use.
var formula = regexp.MustCompile(`^[ \x{3000}"]*[=+\-@＝＋－＠\t\r]`)

func TestCSVProperties(t *testing.T) {
	dangerous := rapid.OneOf(hostile, rapid.StringOfN(rapid.RuneFrom([]rune("=+-@;,\"' \t\r\na1＝\u3000|")), 0, 12, -1))
	rapid.Check(t, func(t *rapid.T) {
		s := dangerous.Draw(t, "text")
		got := visible.CSV(s)
		check(t, s, got)
		if again := visible.CSV(got); again != got {
			t.Fatalf("CSV is not idempotent: %q, then %q", got, again)
		}
		var file bytes.Buffer
		w := csv.NewWriter(&file)
		if err := w.Write([]string{"id", got, "end"}); err != nil {
			t.Fatal(err)
		}
		w.Flush()
		fields, err := csv.NewReader(bytes.NewReader(file.Bytes())).Read()
		if err != nil || fields[1] != got {
			t.Fatalf("%q came back as %q, %v", got, fields, err)
		}
		cells := append(strings.Split(strings.TrimSpace(file.String()), ";")[1:], fields...)
		for _, cell := range cells {
			if formula.MatchString(cell) {
				t.Fatalf("CSV(%q) gives the cell %q, which runs", s, cell)
			}
		}
	})
}

func TestHTML(t *testing.T) {
	if got, want := visible.HTML("<b onclick='x'>\"&\x1b"), "&lt;b onclick=&#39;x&#39;&gt;&#34;&amp;␛"; got != want {
		t.Errorf("HTML is %q, want %q", got, want)
	}
	rapid.Check(t, func(t *rapid.T) {
		s := hostile.Draw(t, "text")
		got := visible.HTML(s)
		if strings.ContainsAny(got, `<>"'`) {
			t.Fatalf("HTML(%q) is %q", s, got)
		}
		if html.UnescapeString(got) != visible.Line(s) {
			t.Fatalf("HTML(%q) reads as %q", s, html.UnescapeString(got))
		}
	})
}

func TestMarkdown(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"ci-eval v2.1 (old), 50%", "ci-eval v2.1 (old), 50%"},
		{"a|b\nc", `a\|b␊c`},
		{"![x](https://h/i.png)", `\!\[x\](https\://h/i.png)`},
		{"<img src=x> &lt;", `&lt;img src=x&gt; &amp;lt;`},
		{"**b** _i_ ~~s~~ `c` $m$", "\\*\\*b\\*\\* \\_i\\_ \\~\\~s\\~\\~ \\`c\\` \\$m\\$"},
		{`\*`, `\\\*`},
		{"- a", `\- a`},
		{"12. a", `12\. a`},
		{"1) a", `1\) a`},
		{"# a #7", `\# a \#7`},
		{"WWW.evil.example", `WWW\.evil.example`},
		{"ida@nordwind.example", `ida\@nordwind.example`},
		{"--- | ---", `\--- \| ---`},
	} {
		if got := visible.Markdown(c.in); got != c.want {
			t.Errorf("Markdown(%q) is\n%s, want\n%s", c.in, got, c.want)
		}
	}
}

func TestMarkdownProperties(t *testing.T) {
	marked := rapid.OneOf(hostile, rapid.StringOfN(rapid.RuneFrom([]rune("\\`*_{}[]()<>#+-.!|~&$^:@ 1aw/\n")), 0, 30, -1))
	escaped := regexp.MustCompile(`\\(.)`)
	rapid.Check(t, func(t *rapid.T) {
		s := marked.Draw(t, "text")
		got := visible.Markdown(s)
		bare := escaped.ReplaceAllString(got, "")
		if strings.ContainsAny(bare, "\\`*_{}[]<>|~!$^:@#") {
			t.Fatalf("Markdown(%q) leaves something to act: %s", s, got)
		}
		if reads := html.UnescapeString(escaped.ReplaceAllString(got, "$1")); reads != visible.Line(s) {
			t.Fatalf("Markdown(%q) reads as %q", s, reads)
		}
	})
}
