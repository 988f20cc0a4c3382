package ui

import (
	"fob/client/audit"
	"fob/client/visible"
	"fob/ui/desk"
	"fob/ui/filter"
)

// findingLanguage is the filter language over findings.
func findingLanguage() *filter.Language[*finding] {
	words := make([]string, 0, len(audit.Rules()))
	for _, r := range audit.Rules() {
		words = append(words, string(r.ID))
	}
	text := func(name, about string, of func(*finding) string) filter.Field[*finding] {
		return filter.Field[*finding]{Name: name, About: about, Kind: filter.Text, Text: func(f *finding) (string, bool) { return of(f), true }}
	}
	return filter.New(
		filter.Field[*finding]{
			Name: "severity", About: "high, medium or low", Kind: filter.Word, Words: []string{"high", "medium", "low"},
			Text: func(f *finding) (string, bool) { return string(f.Severity), true },
		},
		filter.Field[*finding]{
			Name: "rule", About: "the rule's id, as not-seen", Kind: filter.Word, Words: words,
			Text: func(f *finding) (string, bool) { return string(f.Rule), true },
		},
		text("finding", "what is said of the key", findingTitle),
		text("key", "the key's name", findingName),
		text("id", "any part of the key's id", func(f *finding) string { return f.KeyID }),
		text("evidence", "why it is said", func(f *finding) string { return f.Evidence }),
	)
}

func findingTitle(f *finding) string {
	if r, ok := audit.RuleOf(f.Rule); ok {
		return r.Title
	}
	return string(f.Rule)
}

func findingName(f *finding) string {
	if f.KeyName == "" {
		return desk.ShortID(f.KeyID) + " (unnamed)"
	}
	return visible.Line(f.KeyName)
}

// findingColumns are the columns of the findings.
func findingColumns(l *look) []column[*finding] {
	bad, warn, faint := newInk(l.bad), newInk(l.warn), newInk(l.faint)
	bySeverity := func(a, b *finding) int { return b.Severity.Rank() - a.Severity.Rank() }
	return []column[*finding]{
		{
			title: "SEVERITY", width: 10, cell: func(f *finding) string { return string(f.Severity) }, order: bySeverity,
			ink: func(f *finding) *ink {
				switch f.Severity {
				case audit.High:
					return bad
				case audit.Medium:
					return warn
				case audit.Low:
				}
				return faint
			},
		},
		{title: "FINDING", width: 16, cell: findingTitle, order: func(a, b *finding) int { return compareFold(findingTitle(a), findingTitle(b)) }},
		{title: "KEY", cell: findingName, order: func(a, b *finding) int { return compareFold(findingName(a), findingName(b)) }},
		{title: "EVIDENCE", from: 70, cell: func(f *finding) string { return f.Evidence }, order: func(a, b *finding) int { return compareFold(a.Evidence, b.Evidence) }},
	}
}
