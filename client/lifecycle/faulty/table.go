package faulty

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

// Table is what came of every fault at every step. No cell may be empty.
type Table struct {
	Title   string
	Note    string // a sentence under the title; may be empty
	Corner  string // what the rows are
	Rows    []string
	Columns []string

	mu    sync.Mutex
	cells map[[2]string]string
}

// Set notes what came of a fault at a step. It may be called from several goroutines.
func (t *Table) Set(row, column, outcome string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cells == nil {
		t.cells = map[[2]string]string{}
	}
	t.cells[[2]string{row, column}] = outcome
}

// Measure runs measure for every cell, several at a time, each as a test of its own, and publishes the table.
func (t *Table) Measure(tb *testing.T, file string, measure func(tb *testing.T, row, column string) string) {
	tb.Helper()
	tb.Run("cells", func(tb *testing.T) {
		for _, row := range t.Rows {
			for _, column := range t.Columns {
				tb.Run(row+"/"+column, func(tb *testing.T) {
					tb.Parallel()
					t.Set(row, column, measure(tb, row, column))
				})
			}
		}
	})
	t.Publish(tb, file)
}

// Empty returns the cells that nothing was noted for.
func (t *Table) Empty() []string {
	var all []string
	for _, row := range t.Rows {
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
	for _, row := range t.Rows {
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
	if next := strings.Index(document[at+len(head):], "\n## "); next >= 0 {
		end := at + len(head) + next + 1
		return document[:at] + t.String() + "\n" + document[end:]
	}
	return document[:at] + t.String()
}

// Writes is the variable that has Publish write the tables, instead of comparing them.
const Writes = "FOB_WRITE_FAULTS"

// Publish fails where the table has an empty cell, or isn't in the file as it was measured: `make faults` writes it.
func (t *Table) Publish(tb testing.TB, file string) {
	tb.Helper()
	if tb.Failed() || len(t.cells) < len(t.Rows)*len(t.Columns) && len(t.cells) != 0 && filtered() {
		return // what was measured is not the whole of it
	}
	for _, cell := range t.Empty() {
		tb.Errorf("%s: nothing is known of %s", t.Title, cell)
	}
	data, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		tb.Fatal(err)
	}
	document := string(data)
	if document == t.Replace(document) {
		return
	}
	if os.Getenv(Writes) == "" {
		tb.Errorf("%s does not say what was measured; make faults writes it:\n%s", file, t)
		return
	}
	if err := os.WriteFile(file, []byte(t.Replace(document)), 0o600); err != nil {
		tb.Error(err)
	}
}

// filtered tells whether only some cells were asked for.
func filtered() bool {
	f := flag.Lookup("test.run")
	return f != nil && strings.Contains(f.Value.String(), "/")
}
