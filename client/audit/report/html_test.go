package report_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"fob/client/audit"
	"fob/client/audit/report"
	"fob/client/visible"
)

// elements are those that a page may be made of.
var elements = strings.Fields("html head meta title style body h1 h2 dl dt dd ul li div figure figcaption svg rect text table thead tbody tr th td code br p small")

func TestHTML(t *testing.T) {
	r := audited(t)
	text := written(t, r, report.FormatHTML)
	page, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	rows, bars, policy := 0, 0, ""
	for n := range page.Descendants() {
		switch n.Type {
		case html.TextNode:
			if n.Parent.Data == "style" {
				for _, bad := range []string{"url(", "@import", "<", "expression"} {
					if strings.Contains(n.Data, bad) {
						t.Errorf("the style has %q", bad)
					}
				}
				continue
			}
			words = append(words, n.Data)
		case html.ElementNode:
			if !slices.Contains(elements, n.Data) {
				t.Errorf("the page has the element %s", n.Data)
			}
			switch n.Data {
			case "tr":
				rows++
			case "rect":
				bars++
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || slices.Contains([]string{"src", "href", "style", "srcset", "action", "data", "xlink:href"}, a.Key) {
					t.Errorf("%s has the attribute %s=%q", n.Data, a.Key, a.Val)
				}
				if a.Key == "content" && n.Data == "meta" && strings.HasPrefix(a.Val, "default-src") {
					policy = a.Val
				}
			}
		case html.CommentNode:
			t.Errorf("the page has the comment %q", n.Data)
		}
	}
	if policy != "default-src 'none'; style-src 'unsafe-inline'" {
		t.Errorf("the page's content policy is %q", policy)
	}
	if want := len(r.Findings) + len(r.Keys) + 2; rows != want {
		t.Errorf("there are %d rows, want %d", rows, want)
	}
	if want := len(r.Charts.LastQuery) + len(r.Charts.Expiries); bars != want {
		t.Errorf("there are %d bars, want %d", bars, want)
	}
	all := strings.Join(words, "\n")
	for _, name := range hostile {
		if !strings.Contains(all, visible.Line(strings.TrimSpace(name))) {
			t.Errorf("the name %q isn't there as text", name)
		}
	}
	for _, f := range r.Findings {
		if !strings.Contains(all, f.Evidence) {
			t.Errorf("the evidence %q isn't there", f.Evidence)
		}
	}
	if strings.Contains(text, "ZgotmplZ") {
		t.Error("the template refused a value")
	}
}

// TestHTMLCharts looks at the bars: the longest is full, the others in proportion, and none that counts is empty.
func TestHTMLCharts(t *testing.T) {
	r := report.Report{Result: audit.Result{Charts: audit.Charts{LastQuery: []audit.Bar{{Label: "0-1", Count: 1000}, {Label: "2-7", Count: 500}, {Label: "8-30", Count: 1}, {Label: "none", Count: 0}}}}}
	var widths []string
	for _, m := range regexp.MustCompile(`<rect [^>]*width="(\d+)"`).FindAllStringSubmatch(written(t, r, report.FormatHTML), -1) {
		widths = append(widths, m[1])
	}
	if !slices.Equal(widths, []string{"280", "140", "2", "0"}) {
		t.Errorf("the bars are %q wide", widths)
	}
}
