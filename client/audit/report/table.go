package report

import (
	"bufio"
	"io"
	"strconv"
	"strings"

	"fob/client/audit"
	"fob/client/visible"
)

// TableOptions say how a table is written.
type TableOptions struct {
	Width int  // cells of a line at most; 0: as many as it needs
	ASCII bool // nothing but ASCII
	Keys  bool // a line for every key with its verdict, too
	Bare  bool // no charts
}

// Table writes the report for a terminal or a log: the head, the counts, the charts, the findings and what couldn't be
// told, without colours.
func (r Report) Table(w io.Writer, o TableOptions) error {
	t := &table{out: bufio.NewWriter(w), TableOptions: o}
	for _, f := range r.facts() {
		t.line(f.name + strings.Repeat(" ", 14-len(f.name)) + f.value)
	}
	t.line("Counts        " + strings.Join(r.tally(), " · "))
	if !o.Bare {
		t.chart("Days since the last query", r.Charts.LastQuery)
		t.chart("Coming expiries", r.Charts.Expiries)
	}
	if len(r.Findings) > 0 {
		rows := [][]string{{"SEVERITY", "RULE", "KEY", "EVIDENCE", "NEXT STEP"}}
		for _, f := range r.Findings {
			next := f.NextStep
			if f.Excepted() {
				next = r.note(f)
			}
			rows = append(rows, []string{string(f.Severity), string(f.Rule), KeyLabel(f.KeyName, f.KeyID), f.Evidence, next})
		}
		t.line("")
		t.rows(rows)
	}
	if o.Keys && len(r.Keys) > 0 {
		rows := [][]string{{"VERDICT", "KEY", "LAST QUERY", "WORKSPACE", "REASON"}}
		for _, k := range r.Keys {
			last := "none known"
			if !k.LastQueryAt.IsZero() {
				last = r.moment(k.LastQueryAt)
			}
			rows = append(rows, []string{Word(k.Verdict), KeyLabel(k.Name, k.ID), last, visible.Line(k.LastQueryWorkspace), k.Reason})
		}
		t.line("")
		t.rows(rows)
	}
	if len(r.Skipped) > 0 {
		t.line("")
		t.line("What could not be told")
		for _, s := range r.Skipped {
			t.line("  " + string(s.Rule) + "  " + skipped(s))
		}
	}
	return t.out.Flush()
}

type table struct {
	TableOptions
	out *bufio.Writer
}

// line writes one line, cut where it is too wide. Its parts are visible already; Flush tells of errors.
func (t *table) line(s string) {
	s = strings.TrimRight(s, " ")
	switch {
	case t.ASCII && t.Width > 0:
		s = strings.TrimRight(visible.CellASCII(plainer.Replace(s), t.Width), " ")
	case t.ASCII:
		s = visible.ASCII(plainer.Replace(s))
	case t.Width > 0:
		s = visible.Truncate(s, t.Width)
	}
	_, _ = t.out.WriteString(s + "\n")
}

// plainer puts signs of our own into ASCII.
var plainer = strings.NewReplacer("·", "|", "█", "#", "▌", "#", "…", "...")

func (t *table) chart(name string, bars []audit.Bar) {
	most, label := 1, 0
	for _, b := range bars {
		most, label = max(most, b.Count), max(label, len(b.Label))
	}
	t.line("")
	t.line(name)
	for _, b := range bars {
		const widest = 22
		halves := (2*widest*b.Count + most/2) / most
		if b.Count > 0 && halves == 0 {
			halves = 1
		}
		bar := strings.Repeat("█", halves/2) + strings.Repeat("▌", halves%2)
		if bar != "" {
			bar += " "
		}
		t.line(strings.Repeat(" ", 2+label-len(b.Label)) + b.Label + "  " + bar + strconv.Itoa(b.Count))
	}
}

// widest is how many cells the texts of a column take at most; the last column may take more.
const widestColumn = 40

func (t *table) rows(rows [][]string) {
	cell := visible.Cell
	measure := visible.Width
	if t.ASCII {
		cell = visible.CellASCII
		measure = func(s string) int { return len(visible.ASCII(s)) }
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for n, s := range row {
			widths[n] = max(widths[n], measure(s))
		}
	}
	for n := range widths[:3] {
		widths[n] = min(widths[n], widestColumn)
	}
	for _, row := range rows {
		var b strings.Builder
		for n, s := range row {
			if n == len(row)-1 {
				b.WriteString(s)
				break
			}
			b.WriteString(cell(s, widths[n]) + "  ")
		}
		t.line(b.String())
	}
}
