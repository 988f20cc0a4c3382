package cli

import (
	"encoding/csv"
	"io"

	"fob/client/visible"
	"fob/ui/desk"
)

// writeCSV writes the rows as comma-separated values, the columns' names first unless headers is false. Names come from
// strangers, and a spreadsheet runs what looks like a formula, so that a text which does gets a ' before it.
func writeCSV(w io.Writer, rows []*desk.Row, columns []column, headers bool) error {
	out := csv.NewWriter(w)
	line := make([]string, len(columns))
	if headers {
		for i, c := range columns {
			line[i] = c.name
		}
		_ = out.Write(line) // Flush tells of it
	}
	for _, r := range rows {
		for i, c := range columns {
			line[i] = c.data(r)
			if c.moment == nil {
				line[i] = visible.CSV(line[i])
			}
		}
		_ = out.Write(line)
	}
	out.Flush()
	return out.Error()
}
