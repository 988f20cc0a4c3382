package cli

import (
	"bufio"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"fob/client"
	"fob/client/visible"
	"fob/ui/desk"
)

// listOutput is what fob list --json writes. Fields are added, never renamed, while the schema stays. What the platform
// doesn't show is null; texts are as the platform sent them, escaped where they would do something to a terminal.
type listOutput struct {
	Schema         int         `json:"schema"`
	AsOf           time.Time   `json:"as_of"` // UTC, by the platform's clock
	OrganizationID *string     `json:"organization_id"`
	Scope          string      `json:"scope"`    // "workspace" or "organization"
	Complete       bool        `json:"complete"` // false: there are more keys than were read
	Total          *int        `json:"total"`    // as the platform announced it, before the filter
	Keys           []keyOutput `json:"keys"`
}

type keyOutput struct {
	ID               *string    `json:"id"`   // null only of a key that is not made yet, or not found again
	Name             *string    `json:"name"` // null: it has none, or it isn't shown
	Type             *string    `json:"type"` // "service" or "personal"
	Workspaces       []string   `json:"workspaces"`
	AllWorkspaces    *bool      `json:"all_workspaces"`
	Role             *string    `json:"role"`
	OrganizationRole *string    `json:"organization_role"`
	CreatedBy        *string    `json:"created_by"`
	CreatedAt        *time.Time `json:"created_at"` // UTC
	ExpiresAt        *time.Time `json:"expires_at"` // UTC; null: never if status isn't null, otherwise not shown
	Status           *string    `json:"status"`     // "active", "expiring" or "expired"
}

func newListOutput(list desk.List, rows []*desk.Row, organization string) listOutput {
	o := listOutput{
		Schema: 1, AsOf: list.AsOf.UTC(), Scope: "organization", Complete: list.Complete, Total: list.Announced,
		OrganizationID: unlessEmpty(organization), Keys: make([]keyOutput, len(rows)),
	}
	if list.Scope.Workspace != "" {
		o.Scope = "workspace"
	}
	for i, r := range rows {
		o.Keys[i] = newKeyOutput(r)
	}
	return o
}

func newKeyOutput(r *desk.Row) keyOutput {
	k := r.Key
	o := keyOutput{
		ID: &k.ID, Name: unlessEmpty(k.Name.Value), Type: unlessHidden(r.Type), OrganizationRole: unlessEmpty(k.OrganizationRole.Value),
		CreatedBy: unlessHidden(r.CreatedBy), CreatedAt: utc(k.CreatedAt), ExpiresAt: utc(k.ExpiresAt), Status: unlessHidden(string(r.Status)),
	}
	if role, ok := k.Role.Get(); ok { // the row falls back on the organization's role, which has a field of its own
		o.Role = unlessEmpty(role.Name)
		if o.Role == nil {
			o.Role = unlessHidden(r.Role)
		}
	}
	if r.Scope != desk.NotShown {
		o.AllWorkspaces, o.Workspaces = &r.All, workspaceNames(r)
	}
	return o
}

// workspaceNames are the names as the platform sent them, or as they are known by their ids.
func workspaceNames(r *desk.Row) []string {
	names := append([]string{}, r.Reach...)
	sent, _ := r.Key.Workspaces.Get()
	for i := range names {
		if i < len(sent) && sent[i].Name != "" {
			names[i] = sent[i].Name
		}
	}
	return names
}

func unlessEmpty(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func unlessHidden(text string) *string {
	if text == desk.NotShown {
		return nil
	}
	return &text
}

func utc(f client.Field[time.Time]) *time.Time {
	at, ok := f.Get()
	if !ok {
		return nil
	}
	at = at.UTC()
	return &at
}

// widest is how many cells a column of the table takes at most; the whole text is in the JSON.
const widest = 40

// tableForm is how a table is written.
type tableForm struct {
	columns   []column
	zone      *time.Location // of the times
	utf8      bool           // the reader takes more than ASCII
	lines     bool           // "NAME: ingest-prod" in a line of its own, for screen readers
	noHeaders bool
}

// writeTable writes the rows for people: columns under each other, or a line for each fact. Nothing is written for no
// rows.
func writeTable(w io.Writer, rows []*desk.Row, form tableForm) error {
	if len(rows) == 0 {
		return nil
	}
	if form.lines {
		return writeBlocks(w, rows, form)
	}
	lines := make([][]string, 0, len(rows)+1)
	if !form.noHeaders {
		head := make([]string, len(form.columns))
		for i, c := range form.columns {
			head[i] = c.heading
		}
		lines = append(lines, head)
	}
	for _, r := range rows {
		line := make([]string, len(form.columns))
		for i, c := range form.columns {
			line[i] = c.text(r, form.zone)
		}
		lines = append(lines, line)
	}
	last := len(form.columns) - 1
	width, cell, whole := visible.Width, visible.Cell, visible.Line
	if !form.utf8 {
		width = func(s string) int { return len(visible.ASCII(s)) }
		cell, whole = visible.CellASCII, visible.ASCII
	}
	widths := make([]int, last)
	for _, line := range lines {
		for i := range widths {
			widths[i] = min(max(widths[i], width(line[i])), widest)
		}
	}
	out := bufio.NewWriter(w)
	for _, line := range lines {
		var b strings.Builder
		for i, width := range widths {
			b.WriteString(cell(line[i], width) + "  ")
		}
		b.WriteString(whole(line[last]) + "\n")
		_, _ = out.WriteString(b.String()) // Flush tells of it
	}
	return out.Flush()
}

// writeBlocks writes a line for each fact, and an empty one between two keys.
func writeBlocks(w io.Writer, rows []*desk.Row, form tableForm) error {
	out := bufio.NewWriter(w)
	for i, r := range rows {
		if i > 0 {
			_, _ = out.WriteString("\n") // Flush tells of it
		}
		facts := make([]fact, len(form.columns))
		for j, c := range form.columns {
			facts[j] = fact{strings.ToLower(c.heading), c.text(r, form.zone)}
		}
		if form.noHeaders {
			for j := range facts {
				facts[j].label = ""
			}
		}
		writeFacts(out, facts, 0, form.utf8)
	}
	return out.Flush()
}

// fact is a line about a key: what it is about, and what it is.
type fact struct{ label, text string }

// writeFacts writes a line for each fact, the texts under each other where the labels get a width.
func writeFacts(w io.Writer, facts []fact, labels int, utf8 bool) {
	for _, f := range facts {
		text := visible.Line(f.text)
		if !utf8 {
			text = visible.ASCII(f.text)
		}
		label := visible.Line(f.label)
		if label != "" {
			label += ": "
		}
		if labels > 0 {
			label = visible.Cell(label, labels)
		}
		_, _ = io.WriteString(w, strings.TrimRight(label+text, " ")+"\n") // the buffered writer tells of it
	}
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }
