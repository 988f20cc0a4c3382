package report

import (
	"encoding/csv"
	"io"
	"strconv"

	"fob/client/visible"
)

// csvColumns are the columns of the CSV form. Every line is one record: about (the head and the counts: a name and its
// value), finding, key or skipped. What a record doesn't have is empty.
var csvColumns = []string{
	"record", "name", "severity", "key_id", "key_name", "text", "next_step", "excepted_until",
	"verdict", "last_query_at", "last_query_workspace", "days_seen",
}

// CSV writes the report as comma-separated values with a line of headings. Times are in UTC. A text that a spreadsheet
// would run as a formula gets a ' before it.
func (r Report) CSV(w io.Writer) error {
	out := csv.NewWriter(w)
	record := func(cells ...string) {
		row := make([]string, len(csvColumns))
		for n, c := range cells {
			row[n] = visible.CSV(c)
		}
		_ = out.Write(row) // Flush tells of it
	}
	_ = out.Write(csvColumns)
	about := func(name, value string) { record("about", name, "", "", "", value) }
	about("organization_id", r.OrganizationID)
	about("organization", r.Organization)
	about("ran_by", r.RanBy)
	about("as_of", orNothing(instant(r.AsOf)))
	about("window_from", orNothing(instant(r.From)))
	about("window_to", orNothing(instant(r.To)))
	about("complete", strconv.FormatBool(r.Complete))
	for _, why := range r.Why {
		about("incomplete_because", why)
	}
	about("policy_sha256", r.PolicySHA256)
	c := r.Counts
	for _, n := range []struct {
		name  string
		count int
	}{
		{"keys", c.Keys},
		{"seen", c.Seen},
		{"not_seen", c.NotSeen},
		{"cannot_tell", c.CannotTell},
		{"findings", c.Findings},
		{"high", c.High},
		{"medium", c.Medium},
		{"low", c.Low},
		{"excepted", c.Excepted},
	} {
		about(n.name, strconv.Itoa(n.count))
	}
	for _, f := range r.Findings {
		record("finding", string(f.Rule), string(f.Severity), f.KeyID, f.KeyName, f.Evidence, f.NextStep, orNothing(instant(f.ExceptedUntil)))
	}
	for _, k := range r.Keys {
		seenOn := ""
		if k.DaysSeen != nil {
			seenOn = strconv.Itoa(*k.DaysSeen)
		}
		record("key", "", "", k.ID, k.Name, k.Reason, "", "", string(k.Verdict), orNothing(instant(k.LastQueryAt)), k.LastQueryWorkspace, seenOn)
	}
	for _, s := range r.Skipped {
		record("skipped", string(s.Rule), "", "", "", skipped(s))
	}
	out.Flush()
	return out.Error()
}

func orNothing(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
