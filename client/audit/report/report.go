// Package report writes what an audit found: as a table, JSON, CSV, Markdown, SARIF or one HTML page, each with what was
// audited, by whom, when, how much of it was read, and under which policy. It also keeps what was judged in a file, so
// that it can be judged again.
//
// Whatever a stranger named is made visible (client/visible) in every format, and what a spreadsheet or a browser would
// run is defused.
package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"fob/client/audit"
	"fob/client/visible"
)

// Head is what a report says beside the result.
type Head struct {
	OrganizationID string         // "": not known
	Organization   string         // its name; "": not known
	RanBy          string         // who ran the audit; "": not known
	PolicySHA256   string         // of the policy's file, in hexadecimal; "": the defaults
	Version        string         // of this program; "": not said
	Location       *time.Location // of the times that people read, nil: UTC; JSON, CSV and SARIF are in UTC always
}

// Report is a result with its head.
type Report struct {
	Head
	audit.Result
}

// Format names a way to write a report.
type Format string

// The formats.
const (
	FormatTable    Format = "table"
	FormatJSON     Format = "json"
	FormatCSV      Format = "csv"
	FormatMarkdown Format = "markdown"
	FormatSARIF    Format = "sarif"
	FormatHTML     Format = "html"
)

// Formats returns all formats.
func Formats() []Format {
	return []Format{FormatTable, FormatJSON, FormatCSV, FormatMarkdown, FormatSARIF, FormatHTML}
}

// Write writes the report in a format; a table is as wide as it needs. The error is w's, or says that there is no such
// format.
func (r Report) Write(w io.Writer, f Format) error {
	switch f {
	case FormatTable:
		return r.Table(w, TableOptions{})
	case FormatJSON:
		return r.JSON(w)
	case FormatCSV:
		return r.CSV(w)
	case FormatMarkdown:
		return r.Markdown(w)
	case FormatSARIF:
		return r.SARIF(w)
	case FormatHTML:
		return r.HTML(w)
	default:
		return fmt.Errorf("no format %q", string(f))
	}
}

// Word says a verdict in words: "seen", "not seen", "cannot tell".
func Word(v audit.Verdict) string { return strings.ReplaceAll(string(v), "_", " ") }

// Title says a rule in words: "owner has left"; an id that isn't a rule's stays as it is.
func Title(id audit.RuleID) string {
	if r, ok := audit.RuleOf(id); ok {
		return r.Title
	}
	return visible.Line(string(id))
}

// KeyLabel is what a key is called where it is listed: its name, made visible, or the start of its id.
func KeyLabel(name, id string) string {
	if name != "" {
		return visible.Line(name)
	}
	if runes := []rune(id); len(runes) > 8 {
		id = string(runes[:8])
	}
	return visible.Line(id) + " (unnamed)"
}

// Ticket is a finding as plain text for a ticket.
func (r Report) Ticket(f audit.Finding) string {
	var b strings.Builder
	line := func(what, text string) {
		if text != "" {
			b.WriteString(what + ": " + text + "\n")
		}
	}
	line(title(string(f.Severity)), Title(f.Rule)+" ("+string(f.Rule)+")")
	line("Key", KeyLabel(f.KeyName, f.KeyID)+", id "+visible.Line(f.KeyID))
	line("Evidence", f.Evidence)
	line("Next step", f.NextStep)
	if f.Excepted() {
		line("Excepted", "until "+r.moment(f.ExceptedUntil)+", "+visible.Line(f.ExceptedWhy)+" ("+visible.Line(f.ExceptedOwner)+")")
	}
	for _, p := range r.facts() {
		line(p.name, p.value)
	}
	return b.String()
}

func title(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// fact is a line of a report's head.
type fact struct{ name, value string }

// facts are the head in words, visible already.
func (r Report) facts() []fact {
	organization := visible.Line(r.Organization)
	switch id := visible.Line(r.OrganizationID); {
	case organization == "":
		organization = id
	case id != "":
		organization += " (" + id + ")"
	}
	complete := "yes"
	if !r.Complete {
		complete = "no"
		for n, why := range r.Why {
			complete += [2]string{"; ", ": "}[boolInt(n == 0)] + why
		}
	}
	policy := r.PolicySHA256
	if policy == "" {
		policy = "the defaults"
	} else {
		policy = "sha256 " + visible.Line(policy)
	}
	return []fact{
		{"Organization", orUnknown(organization)},
		{"Ran by", orUnknown(visible.Line(r.RanBy))},
		{"As of", r.moment(r.AsOf)},
		{"Window", r.moment(r.From) + " to " + r.moment(r.To)},
		{"Complete", complete},
		{"Policy", policy},
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func orUnknown(s string) string {
	if s == "" {
		return "not known"
	}
	return s
}

// tally are the counts in words.
func (r Report) tally() []string {
	c := r.Counts
	return []string{
		number(c.Keys, "key"), strconv.Itoa(c.Seen) + " seen", strconv.Itoa(c.NotSeen) + " not seen", strconv.Itoa(c.CannotTell) + " cannot tell",
		number(c.Findings, "finding") + ": " + strconv.Itoa(c.High) + " high, " + strconv.Itoa(c.Medium) + " medium, " + strconv.Itoa(c.Low) + " low",
		strconv.Itoa(c.Excepted) + " excepted",
	}
}

func number(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return strconv.Itoa(n) + " " + word + "s"
}

// moment is an instant for people, in the report's zone.
func (r Report) moment(t time.Time) string {
	if t.IsZero() {
		return "not known"
	}
	if r.Location == nil {
		return t.UTC().Format("2006-01-02 15:04 UTC")
	}
	return t.In(r.Location).Format("2006-01-02 15:04 MST")
}

// note is what stands beside an excepted finding.
func (r Report) note(f audit.Finding) string {
	if !f.Excepted() {
		return ""
	}
	return "excepted until " + r.moment(f.ExceptedUntil) + ": " + visible.Line(f.ExceptedWhy)
}

// skipped says in words what a rule couldn't tell.
func skipped(s audit.Skip) string {
	what := "keys"
	if s.Rule == audit.RuleExceptionEnded {
		what = "exceptions"
	}
	if s.Count == 1 {
		what = what[:len(what)-1]
	}
	return strconv.Itoa(s.Count) + " " + what + ": " + s.Reason
}
