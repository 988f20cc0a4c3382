package faulty_test

import (
	"testing"

	"fob/client/lifecycle/faulty"
)

// published fails where the table has an empty cell, or isn't what FAULTS.md says. `make faults` writes it there.
func published(t *testing.T, table *faulty.Table) {
	t.Helper()
	if t.Failed() {
		return
	}
	t.Logf("\n%s", table)
}
