package desk

import (
	"fmt"
	"time"

	"fob/client/lifecycle"
	"fob/client/visible"
)

// Unfinished returns a line for every key whose issuing, changing or revoking the journal has begun at or after since and not
// finished: either it is under way right now, or it was left, and what came of it isn't known here. The error is the
// journal's.
func (d *Desk) Unfinished(since time.Time) ([]string, error) {
	var open []lifecycle.Entry
	for e, err := range lifecycle.Entries(d.options.Journal) {
		if err != nil {
			return nil, err
		}
		switch e.Kind {
		case lifecycle.IssueIntent, lifecycle.RevokeIntent, lifecycle.EditIntent:
			if !e.At.Before(since) && e.Origin == d.Origin() {
				open = append(open, e)
			}
		case lifecycle.IssueStored, lifecycle.IssueOutcome, lifecycle.RevokeOutcome, lifecycle.EditOutcome:
			for i := range open {
				if open[i].Intent == e.Intent {
					open = append(open[:i], open[i+1:]...)
					break
				}
			}
		}
	}
	lines := make([]string, len(open))
	for i, e := range open {
		lines[i] = unfinished(e)
	}
	return lines, nil
}

func unfinished(e lifecycle.Entry) string {
	if e.Kind == lifecycle.RevokeIntent {
		name := e.KeyName
		if name == "" {
			name = e.KeyID
		}
		return fmt.Sprintf("%s was being revoked, and whether it is gone isn't known; fob list shows it if it is still there", visible.Line(name))
	}
	if e.Kind == lifecycle.EditIntent {
		name := e.KeyName
		if name == "" {
			name = e.KeyID
		}
		return fmt.Sprintf("%s was being changed, and whether it was isn't known; fob show tells how it is now", visible.Line(name))
	}
	name := "a key without a name"
	if e.What != nil && e.What.Name != "" {
		name = visible.Line(e.What.Name)
	}
	where := "the organization"
	if e.Workspace != "" {
		where = visible.Line(e.Workspace)
	}
	return fmt.Sprintf("%s was being made in %s, and whether it exists isn't known; if fob list shows it, nobody has its secret: revoke it", name, where)
}
