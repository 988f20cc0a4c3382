package ui

import (
	"fob/client"
	"fob/ui/desk"
)

// chosen are the keys of the marked findings, each once, or the one under the cursor.
func (s *auditScreen) chosen(f *finding) []*desk.Row {
	if rows := s.marked(); len(rows) > 0 {
		return rows
	}
	return []*desk.Row{f.row}
}

// marked are the keys of the marked findings, each once.
func (s *auditScreen) marked() []*desk.Row {
	var rows []*desk.Row
	seen := map[string]bool{}
	for _, m := range s.table.marked() {
		if m.row != nil && !seen[m.KeyID] {
			seen[m.KeyID] = true
			rows = append(rows, m.row)
		}
	}
	return rows
}

// around is what the marked keys were chosen from.
func (s *auditScreen) around() (desk.List, desk.Surroundings) {
	return s.audit.List(), s.audit.Surroundings()
}

// unmark takes the marks off every finding about the key.
func (s *auditScreen) unmark(row *desk.Row) {
	for _, f := range s.rows {
		if f.KeyID == row.Key.ID {
			s.table.mark(f.id, false)
		}
	}
}

// refusalOf says why the key of a finding can't be changed, "" if it can.
func (s *auditScreen) refusalOf(f *finding) string {
	if f.row == nil {
		return s.known.refusal(client.Scope{})
	}
	return s.known.refusalOf(f.row)
}

// unmarkable says why a finding is of no use marked, "" as long as nothing is known against it.
func (s *auditScreen) unmarkable(f *finding) string {
	if f.row == nil {
		return "the platform doesn't show this key"
	}
	return s.known.unmarkable(f.row)
}

// refusal says why the key of the finding under the cursor can't be changed, "" if it can.
func (s *auditScreen) refusal() string {
	if f, ok := s.table.selected(); ok {
		return s.refusalOf(f)
	}
	return s.known.refusal(client.Scope{})
}
