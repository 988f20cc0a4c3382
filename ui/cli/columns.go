package cli

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"fob/client"
	"fob/client/visible"
	"fob/ui/desk"
)

// column is a column of fob list. Its name is the field's in the JSON.
type column struct {
	name, heading string
	aliases       []string
	text          func(r *desk.Row, zone *time.Location) string // for people
	data          func(r *desk.Row) string                      // for CSV: as sent, times in UTC, "" for what isn't shown
	moment        func(r *desk.Row) client.Field[time.Time]     // of a time; nil otherwise
}

// defaultColumns are those of a table without --columns; a CSV has all.
var defaultColumns = []string{"name", "type", "role", "scope", "created_by", "expires_at", "status", "id"}

// columns are all there are.
var columns = []column{
	textColumn("id", "ID", nil, func(r *desk.Row) string { return r.Key.ID }),
	{
		name: "name", heading: "NAME", text: func(r *desk.Row, _ *time.Location) string { return r.Name },
		data: func(r *desk.Row) string { return r.Key.Name.Value },
	},
	textColumn("type", "TYPE", nil, func(r *desk.Row) string { return r.Type }),
	{
		name: "role", heading: "ROLE", text: func(r *desk.Row, _ *time.Location) string { return r.Role },
		data: func(r *desk.Row) string { // the row falls back on the organization's role, which has a column of its own
			if r.Key.Role.Shown() {
				return r.Role
			}
			return ""
		},
	},
	textColumn("organization_role", "ORG ROLE", []string{"org"}, func(r *desk.Row) string { return r.OrgRole }),
	textColumn("scope", "SCOPE", nil, func(r *desk.Row) string { return r.Scope }),
	textColumn("workspaces", "WORKSPACES", []string{"ws"}, func(r *desk.Row) string {
		if r.All || r.Scope == desk.NotShown {
			return r.Scope
		}
		return strings.Join(workspaceNames(r), ", ")
	}),
	textColumn("created_by", "CREATED BY", []string{"by"}, func(r *desk.Row) string { return r.CreatedBy }),
	timeColumn("created_at", "CREATED", []string{"created"}, func(r *desk.Row) client.Field[time.Time] { return r.Key.CreatedAt }),
	timeColumn("expires_at", "EXPIRES", []string{"expires"}, func(r *desk.Row) client.Field[time.Time] { return r.Key.ExpiresAt }),
	textColumn("status", "STATUS", nil, func(r *desk.Row) string { return string(r.Status) }),
	textColumn("kept", "KEPT", nil, func(r *desk.Row) string {
		if r.Kept {
			return "yes"
		}
		return "no"
	}),
}

func textColumn(name, heading string, aliases []string, of func(*desk.Row) string) column {
	return column{
		name: name, heading: heading, aliases: aliases,
		text: func(r *desk.Row, _ *time.Location) string { return visible.Line(of(r)) },
		data: func(r *desk.Row) string {
			if text := of(r); text != desk.NotShown {
				return text
			}
			return ""
		},
	}
}

func timeColumn(name, heading string, aliases []string, of func(*desk.Row) client.Field[time.Time]) column {
	return column{
		name: name, heading: heading, aliases: aliases, moment: of,
		text: func(r *desk.Row, zone *time.Location) string { return date(of(r), zone) },
		data: func(r *desk.Row) string {
			f := of(r)
			if at, ok := f.Get(); ok {
				return at.UTC().Format(time.RFC3339)
			}
			if f.IsNull() {
				return "never"
			}
			return ""
		},
	}
}

// date is a time as a date in zone, "never" where there is none, or that it isn't shown.
func date(f client.Field[time.Time], zone *time.Location) string {
	at, ok := f.Get()
	switch {
	case ok:
		return at.In(zone).Format(time.DateOnly)
	case f.IsNull():
		return "never"
	}
	return desk.NotShown
}

// findColumn finds a column by its name; "created-by" and "Created_By" will do.
func findColumn(name string) (column, error) {
	folded := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "-", "_")
	for _, c := range columns {
		if c.name == folded || slices.Contains(c.aliases, folded) {
			return c, nil
		}
	}
	return column{}, wrongUsage("there are "+columnNames(), "no column is called %q", name)
}

func columnNames() string { return strings.Join(everyColumn(), ", ") }

func everyColumn() []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return names
}

// chosenColumns are the columns of a list of names with commas between them, the default ones without any.
func chosenColumns(names []string, byDefault []string) ([]column, error) {
	if len(names) == 0 {
		names = byDefault
	}
	chosen := make([]column, 0, len(names))
	for _, name := range names {
		c, err := findColumn(name)
		if err != nil {
			return nil, err
		}
		chosen = append(chosen, c)
	}
	return chosen, nil
}

// sorting returns the order that --sort names, nil for none: "-" before the column turns it around. What isn't shown
// stands at the end either way; never is later than every time.
func sorting(by string) (func(a, b *desk.Row) int, error) {
	name, reverse := strings.CutPrefix(by, "-")
	if name == "" {
		if reverse {
			return nil, wrongUsage("there are "+columnNames(), "--sort names no column")
		}
		return nil, nil
	}
	c, err := findColumn(name)
	if err != nil {
		return nil, err
	}
	return func(a, b *desk.Row) int {
		known, order := c.compare(a, b)
		if known && reverse {
			return -order
		}
		return order
	}, nil
}

// compare compares two rows; known is false where one of them doesn't show the column.
func (c column) compare(a, b *desk.Row) (known bool, order int) {
	if c.moment == nil {
		x, y := strings.ToLower(c.text(a, time.UTC)), strings.ToLower(c.text(b, time.UTC))
		if x == desk.NotShown || y == desk.NotShown {
			return false, last(x == desk.NotShown, y == desk.NotShown)
		}
		return true, cmp.Compare(x, y)
	}
	f, g := c.moment(a), c.moment(b)
	if !f.Shown() || !g.Shown() {
		return false, last(!f.Shown(), !g.Shown())
	}
	x, ends := f.Get()
	y, too := g.Get()
	if !ends || !too {
		return true, last(!ends, !too)
	}
	return true, x.Compare(y)
}

// last orders what is to stand at the end.
func last(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
