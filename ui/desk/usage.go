package desk

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"fob/client/audit"
	"fob/client/audit/history"
	"fob/client/visible"
)

// readHistory reads what the search history tells of the keys.
func (d *Desk) readHistory(ctx context.Context, in audit.Input, q AuditQuestion, policy audit.Policy, say func(AuditProgress)) (history.Reading, error) {
	days := q.Days
	if days == 0 {
		days = policy.WindowDays
	}
	reader := history.Reader{Platform: d.platform, Store: d.historyStore(ctx), Now: d.platform.ServerNow}
	return reader.Read(ctx, history.Request{Keys: in.Keys, Workspaces: in.Workspaces, Only: q.Workspaces, Days: days, Depth: q.Depth}, func(p history.Progress) {
		stage := "reading the search history"
		if p.Workspace != "" {
			stage += " of " + visible.Line(p.Workspace)
		}
		if p.Retrying != "" {
			stage += ", the platform answered " + visible.Line(p.Retrying)
		}
		say(AuditProgress{Stage: stage, Done: p.Done, Total: p.Workspaces})
	})
}

// historyStore is where what was learned of the history is kept between two runs: one file for each origin, organization
// and person. Nil keeps nothing, as in the demo.
func (d *Desk) historyStore(ctx context.Context) history.Store {
	if d.options.HistoryFolder == "" {
		return nil
	}
	who, err := d.Who(ctx)
	if err != nil {
		return nil
	}
	return historyFile{filepath.Join(d.options.HistoryFolder, fingerprint(d.Origin(), who.OrganizationID, who.UserID)+".json")}
}

// ForgetHistory removes what was learned of the search history of this platform, organization and person.
func (d *Desk) ForgetHistory(ctx context.Context) error {
	reader := history.Reader{Platform: d.platform, Store: d.historyStore(ctx)}
	return reader.Forget(ctx)
}

// KeyUsage is when one key was seen in the window.
type KeyUsage struct {
	Last      time.Time // UTC; zero: not seen
	Workspace string
	DaysSeen  int
	Window    int // days, the first and the last included
	Weeks     []Week
	Why       string // what couldn't be read, in words; "": all of it was
}

// Week counts the entries of seven days. Bar is Count in twentieths of the busiest week.
type Week struct {
	From  time.Time // UTC
	Count int
	Bar   int
}

// KeyUsage reads every entry of one key in the audit's window.
func (d *Desk) KeyUsage(ctx context.Context, a Audit, id string) (KeyUsage, error) {
	reader := history.Reader{Platform: d.platform, Store: d.historyStore(ctx), Now: d.platform.ServerNow}
	only := make([]string, 0, len(a.Input.Reading.Workspaces))
	for name := range a.Input.Reading.Workspaces {
		if row := a.Rows[id]; row == nil || row.Reaches(name) {
			only = append(only, name)
		}
	}
	reading, err := reader.Read(ctx, history.Request{
		Keys: a.Input.Keys, Of: []string{id}, Workspaces: a.Input.Workspaces, Only: only,
		From: a.Result.From, Depth: history.Full,
	}, nil)
	if err != nil {
		return KeyUsage{}, err
	}
	u := reading.Keys[id]
	usage := KeyUsage{Last: u.Last, Workspace: u.Workspace, DaysSeen: len(u.Days), Why: unread(reading)}
	usage.Window = int(reading.To.UTC().Truncate(24*time.Hour).Sub(reading.From.UTC().Truncate(24*time.Hour))/(24*time.Hour)) + 1
	usage.Weeks = weeks(u.Days, reading.From, reading.To)
	return usage, nil
}

// unread says what of the history couldn't be read, "" if all of it was.
func unread(r history.Reading) string {
	var names []string
	why := visible.Line(r.Why)
	for name, c := range r.Workspaces {
		if !c.Readable || !c.Complete {
			names = append(names, visible.Line(name))
			if why == "" {
				why = visible.Line(c.Why)
			}
		}
	}
	switch {
	case len(names) == 0 && r.Complete:
		return ""
	case len(names) == 0:
		return "not everything was read: " + why
	}
	slices.Sort(names)
	return "the history of " + strings.Join(names, ", ") + " can't be read whole: " + why
}

// Unread says what of the history couldn't be read, "" if all of it was.
func (a Audit) Unread() string { return unread(a.Input.Reading) }

// weeks counts days by week, the newest first, up to the thirteen that a quarter has.
func weeks(days map[string]int, from, to time.Time) []Week {
	const week = 7 * 24 * time.Hour
	var all []Week
	most := 0
	for end := to; end.After(from) && len(all) < 13; end = end.Add(-week) {
		w := Week{From: end.Add(-week)}
		for i := range 7 {
			w.Count += days[end.Add(-time.Duration(i)*24*time.Hour).UTC().Format(time.DateOnly)]
		}
		most = max(most, w.Count)
		all = append(all, w)
	}
	for i := range all {
		if all[i].Count > 0 {
			all[i].Bar = max(all[i].Count*20/most, 1)
		}
	}
	return all
}

// Reaches tells whether the key works in the workspace, as far as its scope is shown.
func (r *Row) Reaches(workspace string) bool {
	if r.All || r.Scope == NotShown {
		return true
	}
	for _, w := range r.Reach {
		if w == workspace {
			return true
		}
	}
	return false
}

// Days writes a number of days: "1 day", "83 days".
func Days(n int) string { return plural(n, "day") }

// LastQuery is what an audit found out of a key's last query.
type LastQuery struct {
	Verdict audit.Verdict
	At      time.Time // UTC; zero: no query is known
	Why     string    // in words: what was looked at, or why it can't be told
}

// LastQueries returns what the audit found out, by key id.
func (a Audit) LastQueries() map[string]LastQuery {
	found := make(map[string]LastQuery, len(a.Result.Keys))
	for _, k := range a.Result.Keys {
		found[k.ID] = LastQuery{k.Verdict, k.LastQueryAt, k.Reason}
	}
	return found
}
