package report

import (
	"bufio"
	"io"
	"strconv"
	"strings"

	"fob/client/audit"
	"fob/client/visible"
)

// Markdown writes the report as GitHub's dialect of Markdown, fit for a ticket: the head, the counts, the findings, the
// keys of which it can't be told, and what the rules couldn't tell.
func (r Report) Markdown(w io.Writer) error {
	m := markdown{bufio.NewWriter(w)}
	organization := r.Organization
	if organization == "" {
		organization = r.OrganizationID
	}
	m.line("# API keys of " + visible.Markdown(orUnknown(organization)) + ": audit")
	m.line("")
	for _, f := range r.facts() {
		m.line("- **" + f.name + ":** " + visible.Markdown(f.value))
	}
	m.line("")
	m.line("**" + strings.Join(r.tally(), " · ") + "**")
	m.chart("Days since the last query", r.Charts.LastQuery)
	m.chart("Coming expiries", r.Charts.Expiries)
	m.findings(r, "Findings", false)
	m.findings(r, "Excepted", true)
	m.doubts(r)
	if len(r.Skipped) > 0 {
		m.line("")
		m.line("## What the rules could not tell")
		m.line("")
		for _, s := range r.Skipped {
			m.line("- `" + string(s.Rule) + "`: " + visible.Markdown(skipped(s)))
		}
	}
	return m.out.Flush()
}

type markdown struct{ out *bufio.Writer }

// line writes one line; Flush tells of errors.
func (m markdown) line(s string) { _, _ = m.out.WriteString(s + "\n") }

// row writes a line of a table; its cells are strangers' text.
func (m markdown) row(cells ...string) {
	safe := make([]string, len(cells))
	for n, c := range cells {
		safe[n] = visible.Markdown(c)
	}
	m.line("| " + strings.Join(safe, " | ") + " |")
}

func (m markdown) table(name string, columns ...string) {
	m.line("")
	m.line("## " + name)
	m.line("")
	m.line("| " + strings.Join(columns, " | ") + " |")
	m.line("|" + strings.Repeat(" --- |", len(columns)))
}

func (m markdown) chart(name string, bars []audit.Bar) {
	labels := make([]string, len(bars))
	counts := make([]string, len(bars))
	for n, b := range bars {
		labels[n], counts[n] = b.Label, strconv.Itoa(b.Count)
	}
	m.table(name, labels...)
	m.line("| " + strings.Join(counts, " | ") + " |")
}

func (m markdown) findings(r Report, name string, excepted bool) {
	begun := false
	for _, f := range r.Findings {
		if f.Excepted() != excepted {
			continue
		}
		if !begun {
			begun = true
			last := "Next step"
			if excepted {
				last = "Exception"
			}
			m.table(name, "Severity", "Finding", "Key", "Id", "Evidence", last)
		}
		last := f.NextStep
		if excepted {
			last = r.note(f) + " (" + f.ExceptedOwner + ")"
		}
		m.row(string(f.Severity), Title(f.Rule), KeyLabel(f.KeyName, f.KeyID), f.KeyID, f.Evidence, last)
	}
	if !begun && !excepted {
		m.line("")
		m.line("## " + name)
		m.line("")
		m.line("None.")
	}
}

// doubts lists the keys of which it can't be told.
func (m markdown) doubts(r Report) {
	begun := false
	for _, k := range r.Keys {
		if k.Verdict != audit.CannotTell {
			continue
		}
		if !begun {
			begun = true
			m.table("Cannot tell", "Key", "Id", "Why")
		}
		m.row(KeyLabel(k.Name, k.ID), k.ID, k.Reason)
	}
}
