package report

import (
	"bufio"
	_ "embed"
	"io"
	"maps"
	"slices"
	"strconv"

	"golang.org/x/net/html"

	"fob/client/audit"
	"fob/client/visible"
)

//go:embed page.css
var pageStyle string

// HTML writes the report as one page that needs nothing from elsewhere and runs nothing: the head, the counts, the two
// charts, the findings, every key with its verdict, and what the rules couldn't tell.
//
// The page is a tree of nodes that the library renders, so that no text can become markup. A template would do as well,
// but templates call methods by name, which keeps the linker from leaving anything out: a third of the program's size.
func (r Report) HTML(w io.Writer) error {
	name := r.Organization
	if name == "" {
		name = r.OrganizationID
	}
	title := "API keys of " + orUnknown(visible.Line(name)) + ": audit"
	body := el("body", nil, el("h1", nil, words(title)), r.htmlFacts(), r.htmlTally(),
		el("div", attr{"class": "charts"},
			chart(draw("Keys by days since the last query", r.Charts.LastQuery)), chart(draw("Coming expiries", r.Charts.Expiries))),
		el("h2", nil, words("Findings")), r.htmlFindings(), el("h2", nil, words("Keys")), r.htmlKeys())
	for _, n := range r.htmlDoubts() {
		body.AppendChild(n)
	}
	end := "The platform does not say when a key was last used: the last query is computed from its search history, within the window above."
	if r.Version != "" {
		end += " Written by fob " + visible.Line(r.Version) + "."
	}
	body.AppendChild(el("p", nil, el("small", nil, words(end))))
	page := &html.Node{Type: html.DocumentNode}
	page.AppendChild(&html.Node{Type: html.DoctypeNode, Data: "html"})
	page.AppendChild(el("html", attr{"lang": "en"}, el("head", nil,
		el("meta", attr{"charset": "utf-8"}),
		el("meta", attr{"http-equiv": "Content-Security-Policy", "content": "default-src 'none'; style-src 'unsafe-inline'"}),
		el("meta", attr{"name": "referrer", "content": "no-referrer"}),
		el("meta", attr{"name": "viewport", "content": "width=device-width, initial-scale=1"}),
		el("title", nil, words(title)), el("style", nil, words(pageStyle))), body))
	out := bufio.NewWriter(w)
	if err := html.Render(out, page); err != nil {
		return err
	}
	return out.Flush()
}

// attr are an element's attributes.
type attr map[string]string

// el is an element. Nil children are left out.
func el(name string, attributes attr, children ...*html.Node) *html.Node {
	n := &html.Node{Type: html.ElementNode, Data: name}
	for _, key := range slices.Sorted(maps.Keys(attributes)) {
		n.Attr = append(n.Attr, html.Attribute{Key: key, Val: attributes[key]})
	}
	for _, c := range children {
		if c != nil {
			n.AppendChild(c)
		}
	}
	return n
}

func words(s string) *html.Node { return &html.Node{Type: html.TextNode, Data: s} }

// cell is a cell of a table, with what is below its text in small letters, if anything.
func cell(class, s, below string) *html.Node {
	var attributes attr
	if class != "" {
		attributes = attr{"class": class}
	}
	n := el("td", attributes, words(s))
	if below != "" {
		n.AppendChild(el("br", nil))
		n.AppendChild(el("code", nil, words(below)))
	}
	return n
}

// rows is a table with its headings.
func rows(headings []string, lines []*html.Node) *html.Node {
	head := el("tr", nil)
	for _, h := range headings {
		head.AppendChild(el("th", nil, words(h)))
	}
	return el("div", attr{"class": "wide"}, el("table", nil, el("thead", nil, head), el("tbody", nil, lines...)))
}

func (r Report) htmlFacts() *html.Node {
	list := el("dl", nil)
	for _, f := range r.facts() {
		list.AppendChild(el("dt", nil, words(f.name)))
		list.AppendChild(el("dd", nil, words(f.value)))
	}
	return list
}

func (r Report) htmlTally() *html.Node {
	list := el("ul", attr{"class": "tally"})
	for _, t := range r.tally() {
		list.AppendChild(el("li", nil, words(t)))
	}
	return list
}

func (r Report) htmlFindings() *html.Node {
	if len(r.Findings) == 0 {
		return el("p", nil, words("None."))
	}
	lines := make([]*html.Node, len(r.Findings))
	for i, f := range r.Findings {
		var attributes attr
		next := f.NextStep
		if f.Excepted() {
			attributes, next = attr{"class": "excepted"}, r.note(f)
		}
		severity := string(f.Severity)
		lines[i] = el("tr", attributes, cell("nowrap "+severity, severity, ""), cell("", Title(f.Rule), visible.Line(string(f.Rule))),
			cell("", KeyLabel(f.KeyName, f.KeyID), visible.Line(f.KeyID)), cell("", f.Evidence, ""), cell("", next, ""))
	}
	return rows([]string{"Severity", "Finding", "Key", "Evidence", "Next step"}, lines)
}

func (r Report) htmlKeys() *html.Node {
	lines := make([]*html.Node, len(r.Keys))
	for i, k := range r.Keys {
		last, days := "none known", "not known"
		if !k.LastQueryAt.IsZero() {
			last = r.moment(k.LastQueryAt)
		}
		if k.DaysSeen != nil {
			days = strconv.Itoa(*k.DaysSeen)
		}
		lines[i] = el("tr", nil, cell("nowrap", Word(k.Verdict), ""), cell("", KeyLabel(k.Name, k.ID), visible.Line(k.ID)),
			cell("nowrap", last, ""), cell("", visible.Line(k.LastQueryWorkspace), ""), cell("", days, ""), cell("", k.Reason, ""))
	}
	return rows([]string{"Verdict", "Key", "Last query", "Workspace", "Days seen", "Reason"}, lines)
}

// htmlDoubts is what the rules could not tell, nil if nothing.
func (r Report) htmlDoubts() []*html.Node {
	if len(r.Skipped) == 0 {
		return nil
	}
	list := el("ul", nil)
	for _, s := range r.Skipped {
		list.AppendChild(el("li", nil, el("code", nil, words(visible.Line(string(s.Rule)))), words(" "+skipped(s))))
	}
	return []*html.Node{el("h2", nil, words("What the rules could not tell")), list}
}

// chart draws a figure.
func chart(f figure) *html.Node {
	height := strconv.Itoa(f.Height)
	picture := el("svg", attr{"width": "440", "height": height, "viewBox": "0 0 440 " + height, "role": "img", "aria-label": f.Words})
	for _, b := range f.Bars {
		baseline := strconv.Itoa(b.Baseline)
		picture.AppendChild(el("text", attr{"x": "88", "y": baseline, "text-anchor": "end"}, words(b.Label)))
		picture.AppendChild(el("rect", attr{"x": strconv.Itoa(barStart), "y": strconv.Itoa(b.Y), "width": strconv.Itoa(b.Width), "height": "20", "rx": "2"}))
		picture.AppendChild(el("text", attr{"x": strconv.Itoa(b.TextX), "y": baseline}, words(strconv.Itoa(b.Count))))
	}
	return el("figure", nil, el("figcaption", nil, words(f.Name)), picture)
}

// figure is a chart of horizontal bars, in units of the picture.
type figure struct {
	Name   string
	Height int
	Bars   []figureBar
	Words  string // what it shows, for those who don't see it
}

type figureBar struct {
	Label                     string
	Count                     int
	Y, Baseline, Width, TextX int
}

// The measures of a chart.
const (
	barStep   = 26
	barStart  = 96
	barLength = 280
)

func draw(name string, bars []audit.Bar) figure {
	f := figure{Name: name, Height: barStep * len(bars), Words: name + ":"}
	most := 1
	for _, b := range bars {
		most = max(most, b.Count)
	}
	for n, b := range bars {
		width := b.Count * barLength / most
		if b.Count > 0 {
			width = max(width, 2)
		}
		f.Bars = append(f.Bars, figureBar{
			Label: b.Label, Count: b.Count, Y: n*barStep + 3, Baseline: n*barStep + 18, Width: width, TextX: barStart + width + 8,
		})
		if n > 0 {
			f.Words += ","
		}
		f.Words += " " + b.Label + ": " + strconv.Itoa(b.Count)
	}
	return f
}
