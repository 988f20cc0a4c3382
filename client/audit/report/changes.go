package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"fob/client/audit"
	"fob/client/visible"
)

// Changes are what changed from one audit to a later one, with when they were.
type Changes struct {
	Before, Now Report
	audit.Changes
}

// Diff says what changed from before to now.
func Diff(before, now Report) Changes {
	return Changes{Before: before, Now: now, Changes: audit.Diff(before.Result, now.Result)}
}

// Write writes the changes as a table, JSON or Markdown; other formats have none.
func (c Changes) Write(w io.Writer, f Format) error {
	switch f {
	case FormatTable:
		return c.text(w, lines{mark: "  ", head: "", escape: visible.Line})
	case FormatMarkdown:
		return c.text(w, lines{mark: "- ", head: "## ", escape: visible.Markdown})
	case FormatJSON:
		return c.json(w)
	default:
		return fmt.Errorf("changes can't be written as %q", string(f))
	}
}

// lines are how a list is written.
type lines struct {
	mark, head string
	escape     func(string) string
}

func (c Changes) text(w io.Writer, l lines) error {
	out := bufio.NewWriter(w)
	_, _ = fmt.Fprintf(out, "%sChanges from %s to %s\n", l.head, l.escape(c.Before.moment(c.Before.AsOf)), l.escape(c.Now.moment(c.Now.AsOf)))
	list := func(name string, items []string) {
		if len(items) == 0 {
			return
		}
		_, _ = fmt.Fprintf(out, "\n%s%s: %d\n", l.head, name, len(items))
		if l.head != "" {
			_, _ = fmt.Fprintln(out)
		}
		for _, item := range items {
			_, _ = fmt.Fprintln(out, l.mark+l.escape(item))
		}
	}
	if c.None() {
		_, _ = fmt.Fprintln(out, "\nNothing changed.")
	}
	list("New findings", texts(c.NewFindings, func(f audit.Finding) string {
		return string(f.Severity) + ", " + Title(f.Rule) + ", " + KeyLabel(f.KeyName, f.KeyID) + ": " + f.Evidence
	}))
	list("Findings that are gone", texts(c.GoneFindings, func(g audit.Gone) string {
		text := Title(g.Rule) + ", " + KeyLabel(g.KeyName, g.KeyID)
		if !g.Sure {
			text += ": not certain, because not everything could be told this time"
		}
		return text
	}))
	list("Other verdicts", texts(c.Verdicts, func(v audit.Change) string {
		return KeyLabel(v.Name, v.ID) + ": " + Word(v.Before) + ", now " + Word(v.After) + ": " + v.Reason
	}))
	key := func(k audit.Judged) string { return KeyLabel(k.Name, k.ID) + " (" + visible.Line(k.ID) + ")" }
	list("New keys", texts(c.NewKeys, key))
	list("Keys that are gone", texts(c.GoneKeys, key))
	list("Not certain", c.Unsure)
	return out.Flush()
}

func texts[T any](items []T, text func(T) string) []string {
	all := make([]string, len(items))
	for n, item := range items {
		all[n] = text(item)
	}
	return all
}

type (
	jsonChanges struct {
		Schema       int           `json:"schema"`
		Before       *string       `json:"before"`
		AsOf         *string       `json:"as_of"`
		Complete     bool          `json:"complete"`
		NewFindings  []jsonFinding `json:"new_findings"`
		GoneFindings []jsonGone    `json:"gone_findings"`
		Verdicts     []jsonVerdict `json:"verdicts"`
		NewKeys      []jsonNamed   `json:"new_keys"`
		GoneKeys     []jsonNamed   `json:"gone_keys"`
	}
	jsonGone struct {
		Rule    audit.RuleID `json:"rule"`
		KeyID   string       `json:"key_id"`
		KeyName *string      `json:"key_name"`
		Sure    bool         `json:"sure"`
	}
	jsonVerdict struct {
		jsonNamed
		Before audit.Verdict `json:"before"`
		After  audit.Verdict `json:"after"`
		Reason string        `json:"reason"`
	}
	jsonNamed struct {
		ID   string  `json:"id"`
		Name *string `json:"name"`
	}
)

func (c Changes) json(w io.Writer) error {
	out := jsonChanges{
		Schema: schemaVersion, Before: instant(c.Before.AsOf), AsOf: instant(c.Now.AsOf), Complete: c.Now.Complete,
		NewFindings: []jsonFinding{}, GoneFindings: []jsonGone{}, Verdicts: []jsonVerdict{}, NewKeys: namedKeys(c.NewKeys), GoneKeys: namedKeys(c.GoneKeys),
	}
	for _, f := range c.NewFindings {
		out.NewFindings = append(out.NewFindings, findingJSON(f))
	}
	for _, g := range c.GoneFindings {
		out.GoneFindings = append(out.GoneFindings, jsonGone{g.Rule, visible.Line(g.KeyID), text(g.KeyName), g.Sure})
	}
	for _, v := range c.Verdicts {
		out.Verdicts = append(out.Verdicts, jsonVerdict{jsonNamed{visible.Line(v.ID), text(v.Name)}, v.Before, v.After, v.Reason})
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(out)
}

func namedKeys(keys []audit.Judged) []jsonNamed {
	all := make([]jsonNamed, len(keys))
	for n, k := range keys {
		all[n] = jsonNamed{visible.Line(k.ID), text(k.Name)}
	}
	return all
}
