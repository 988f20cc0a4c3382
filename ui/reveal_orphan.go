package ui

import (
	"fmt"
	"strings"

	"fob/client/visible"
	"fob/ui/desk"
)

// whichLines ask which key is to be revoked.
func (r *reveal) whichLines(width int) []string {
	l := r.look
	lines := append(r.stakes(), para(l.bold, "It is not certain which of these is the new key. Which one shall be revoked?", width)...)
	return append(append(lines, ""), r.candidates(width, r.cursor)...)
}

// candidates draws the keys that are new, the best fitting first.
func (r *reveal) candidates(width, cursor int) []string {
	l := r.look
	most := max(r.height-10, 3)
	from := max(min(cursor-most/2, len(r.issued.Candidates)-most), 0)
	var lines []string
	for i := from; i < min(from+most, len(r.issued.Candidates)); i++ {
		row := desk.NewRow(r.issued.Candidates[i], r.scope.Workspace, desk.Names{}, r.Now())
		sign, style := "  ", l.plain
		if i == cursor {
			sign, style = l.cursor+" ", l.selected
		}
		text := strings.Join([]string{row.Label(), row.Type, row.Role, row.Scope}, " "+l.dot+" ")
		lines = append(lines, style.Render(sign+visible.Truncate(text, width-2)))
	}
	if more := len(r.issued.Candidates) - len(lines); more > 0 {
		lines = append(lines, l.faint.Render(fmt.Sprintf("  %s more", desk.Thousands(more))))
	}
	return lines
}

// orphanLines say what is known of a key whose secret never arrived.
func (r *reveal) orphanLines(width int) []string {
	l := r.look
	lines := para(l.warn.Bold(true), "! "+r.issued.Name+" may have been made, and nobody has its secret", width)
	why := "The platform's answer never arrived"
	if r.trouble != "" {
		why += ": " + r.trouble
	}
	lines = append(append(lines, ""), para(l.plain, l.ascii(why+". The request was sent once and is not repeated."), width)...)
	lines = append(lines, "")
	if len(r.issued.Candidates) == 0 {
		lines = append(lines, para(l.plain, "No new key was seen in the list. It may still appear: look in the table, x revokes it there.", width)...)
	} else {
		what := "This key is new since then. It stays in the table, where x revokes it:"
		if len(r.issued.Candidates) > 1 {
			what = "These keys are new since then, the likeliest first. They stay in the table, where x revokes them:"
		}
		lines = append(lines, para(l.plain, what, width)...)
		lines = append(lines, r.candidates(width, -1)...)
	}
	for _, text := range r.issued.Warnings {
		lines = append(lines, para(l.warn, "! "+text, width)...)
	}
	return lines
}
