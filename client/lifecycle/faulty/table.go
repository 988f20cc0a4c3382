package faulty

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Table is what came of every fault at every step. No cell may be empty.
type Table struct {
	Title   string
	Note    string // a sentence under the title; may be empty
	Corner  string // what the rows are
	Columns []string
	rows    []string
	cells   map[[2]string]string
}

// Set notes what came of a fault at a step.
func (t *Table) Set(row, column, outcome string) {
	if t.cells == nil {
		t.cells = map[[2]string]string{}
	}
	known := false
	for _, r := range t.rows {
		known = known || r == row
	}
	if !known {
		t.rows = append(t.rows, row)
	}
	t.cells[[2]string{row, column}] = outcome
}

// Empty returns the cells that nothing was noted for.
func (t *Table) Empty() []string {
	var all []string
	for _, row := range t.rows {
		for _, column := range t.Columns {
			if strings.TrimSpace(t.cells[[2]string{row, column}]) == "" {
				all = append(all, row+" × "+column)
			}
		}
	}
	return all
}

// String is the table in Markdown, with its title.
func (t *Table) String() string {
	lines := [][]string{append([]string{t.Corner}, t.Columns...)}
	for _, row := range t.rows {
		line := []string{row}
		for _, column := range t.Columns {
			line = append(line, t.cells[[2]string{row, column}])
		}
		lines = append(lines, line)
	}
	widths := make([]int, len(t.Columns)+1)
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "## %s\n\n", t.Title)
	if t.Note != "" {
		fmt.Fprintf(&b, "%s\n\n", t.Note)
	}
	for n, line := range lines {
		for i, cell := range line {
			fmt.Fprintf(&b, "| %s%s ", cell, strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)))
		}
		b.WriteString("|\n")
		if n == 0 {
			for _, width := range widths {
				b.WriteString("|" + strings.Repeat("-", width+2))
			}
			b.WriteString("|\n")
		}
	}
	return b.String()
}

// Replace returns document with this table in the place of the one with its title, or at the end.
func (t *Table) Replace(document string) string {
	head := "## " + t.Title + "\n"
	at := strings.Index(document, head)
	if at < 0 {
		return strings.TrimRight(document, "\n") + "\n\n" + t.String()
	}
	end := len(document)
	if next := strings.Index(document[at+len(head):], "\n## "); next >= 0 {
		end = at + len(head) + next + 1
		return document[:at] + t.String() + "\n" + document[end:]
	}
	return document[:at] + t.String()
}
