package report

import (
	"encoding/json"
	"io"
	"time"

	"fob/client/audit"
	"fob/client/visible"
)

// schemaVersion is raised when a field changes its meaning, not when one is added.
const schemaVersion = 1

type jsonReport struct {
	Schema         int           `json:"schema"`
	OrganizationID *string       `json:"organization_id"`
	AsOf           *string       `json:"as_of"`
	RanBy          *string       `json:"ran_by"`
	Window         jsonWindow    `json:"window"`
	Complete       bool          `json:"complete"`
	PolicySHA256   *string       `json:"policy_sha256"`
	Counts         jsonCounts    `json:"counts"`
	Keys           []jsonKey     `json:"keys"`
	Findings       []jsonFinding `json:"findings"`
}

type jsonWindow struct {
	From *string `json:"from"`
	To   *string `json:"to"`
}

type jsonCounts struct {
	Keys       int `json:"keys"`
	Seen       int `json:"seen"`
	NotSeen    int `json:"not_seen"`
	CannotTell int `json:"cannot_tell"`
	Findings   int `json:"findings"`
	High       int `json:"high"`
	Medium     int `json:"medium"`
	Low        int `json:"low"`
	Excepted   int `json:"excepted"`
	// Skipped are the keys of which a rule couldn't tell, by rule.
	Skipped map[audit.RuleID]int `json:"skipped"`
}

type jsonKey struct {
	ID                 string        `json:"id"`
	Name               *string       `json:"name"`
	Verdict            audit.Verdict `json:"verdict"`
	Reason             string        `json:"reason"`
	LastQueryAt        *string       `json:"last_query_at"`
	LastQueryWorkspace *string       `json:"last_query_workspace"`
	DaysSeen           *int          `json:"days_seen"`
}

type jsonFinding struct {
	Rule          audit.RuleID   `json:"rule"`
	Severity      audit.Severity `json:"severity"`
	KeyID         string         `json:"key_id"`
	KeyName       *string        `json:"key_name"`
	Evidence      string         `json:"evidence"`
	NextStep      string         `json:"next_step"`
	ExceptedUntil *string        `json:"excepted_until"`
}

// JSON writes the report as one JSON object, ending in a line feed. Times are in UTC, what isn't known is null.
func (r Report) JSON(w io.Writer) error {
	out := jsonReport{
		Schema: schemaVersion, OrganizationID: text(r.OrganizationID), AsOf: instant(r.AsOf), RanBy: text(r.RanBy),
		Window: jsonWindow{From: instant(r.From), To: instant(r.To)}, Complete: r.Complete, PolicySHA256: text(r.PolicySHA256),
		Counts: jsonCounts{
			Keys: r.Counts.Keys, Seen: r.Counts.Seen, NotSeen: r.Counts.NotSeen, CannotTell: r.Counts.CannotTell,
			Findings: r.Counts.Findings, High: r.Counts.High, Medium: r.Counts.Medium, Low: r.Counts.Low, Excepted: r.Counts.Excepted,
			Skipped: map[audit.RuleID]int{},
		},
		Keys: make([]jsonKey, len(r.Keys)), Findings: make([]jsonFinding, len(r.Findings)),
	}
	for _, s := range r.Skipped {
		out.Counts.Skipped[s.Rule] += s.Count
	}
	for n, k := range r.Keys {
		out.Keys[n] = jsonKey{
			ID: visible.Line(k.ID), Name: text(k.Name), Verdict: k.Verdict, Reason: k.Reason, LastQueryAt: instant(k.LastQueryAt),
			LastQueryWorkspace: text(k.LastQueryWorkspace), DaysSeen: k.DaysSeen,
		}
	}
	for n, f := range r.Findings {
		out.Findings[n] = findingJSON(f)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(out)
}

func findingJSON(f audit.Finding) jsonFinding {
	return jsonFinding{
		Rule: f.Rule, Severity: f.Severity, KeyID: visible.Line(f.KeyID), KeyName: text(f.KeyName), Evidence: f.Evidence,
		NextStep: f.NextStep, ExceptedUntil: instant(f.ExceptedUntil),
	}
}

// text is a stranger's text made visible; nil for none.
func text(s string) *string {
	if s == "" {
		return nil
	}
	s = visible.Line(s)
	return &s
}

// instant is a time in UTC as JSON has it; nil for none.
func instant(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.UTC().Format(time.RFC3339Nano)
	return &s
}
