package cli

import (
	"io"

	"fob/ui/desk"
)

// WriteCSV writes the rows as fob list --csv does, with every column and the head.
func WriteCSV(w io.Writer, rows []*desk.Row) error { return writeCSV(w, rows, columns, true) }

// CSVColumns is how many columns there are, and which of them are times.
func CSVColumns() (n int, moments []bool) {
	for _, c := range columns {
		moments = append(moments, c.moment != nil)
	}
	return len(columns), moments
}
