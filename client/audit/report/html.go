package report

import (
	"bufio"
	_ "embed"
	"html/template"
	"io"
	"strconv"

	"fob/client/audit"
	"fob/client/visible"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"safe": visible.Line, "label": KeyLabel, "title": Title, "word": Word, "skipped": skipped,
}).Parse(pageText))

// HTML writes the report as one page that needs nothing from elsewhere and runs nothing: the head, the counts, the two
// charts, the findings, every key with its verdict, and what the rules couldn't tell.
func (r Report) HTML(w io.Writer) error {
	out := bufio.NewWriter(w)
	name := r.Organization
	if name == "" {
		name = r.OrganizationID
	}
	err := page.Execute(out, map[string]any{
		"Organization": orUnknown(visible.Line(name)), "Facts": r.pageFacts(), "Tally": r.tally(), "R": r,
		"Charts":  []figure{draw("Keys by days since the last query", r.Charts.LastQuery), draw("Coming expiries", r.Charts.Expiries)},
		"Moment":  r.moment,
		"Note":    r.note,
		"Version": visible.Line(r.Version),
	})
	if err != nil {
		return err
	}
	return out.Flush()
}

type pageFact struct{ Name, Value string }

func (r Report) pageFacts() []pageFact {
	var all []pageFact
	for _, f := range r.facts() {
		all = append(all, pageFact{f.name, f.value})
	}
	return all
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
