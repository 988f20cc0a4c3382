package cli

import (
	"bufio"
	"net/url"
	"strings"
	"time"

	"fob/client"
	"fob/client/visible"
	"fob/config/stash"
	"fob/ui/desk"
)

// stashOutput is what fob stash list --json writes. Fields are added, never renamed, while the schema stays; those that
// fob list has, too, are called as there.
type stashOutput struct {
	Schema int        `json:"schema"`
	Keys   []stashKey `json:"keys"`
}

// stashShowOutput is what fob stash show --json writes.
type stashShowOutput struct {
	Schema int      `json:"schema"`
	Key    stashKey `json:"key"`
}

// stashRemovedOutput is what fob stash remove --json writes.
type stashRemovedOutput struct {
	Schema  int      `json:"schema"`
	Removed bool     `json:"removed"`
	Key     stashKey `json:"key"`
	Left    []string `json:"left"` // where its secret may still be
}

type stashKey struct {
	Account        string       `json:"account"` // what its secret is stored under
	ID             *string      `json:"id"`      // null: it isn't known which key it is
	Name           *string      `json:"name"`
	Type           *string      `json:"type"` // "service" or "personal"
	Workspaces     []string     `json:"workspaces"`
	AllWorkspaces  *bool        `json:"all_workspaces"`
	APIURL         string       `json:"api_url"` // the platform's scheme, host and port
	OrganizationID *string      `json:"organization_id"`
	CreatedAt      *time.Time   `json:"created_at"` // UTC
	ExpiresAt      *time.Time   `json:"expires_at"` // UTC; null: never
	Status         string       `json:"status"`     // "active", "expiring" or "expired": by its end alone
	Kept           bool         `json:"kept"`       // this machine has its secret
	Places         []stashPlace `json:"places"`
}

type stashPlace struct {
	Kind       string     `json:"kind"` // "keyring", "env-file", "clipboard", "command", "display"
	Where      string     `json:"where"`
	Variable   *string    `json:"variable"`     // of an env file
	Custody    string     `json:"custody"`      // "kept", "handed over" or "sent"
	At         *time.Time `json:"at"`           // UTC
	ReadBackAt *time.Time `json:"read_back_at"` // UTC; null: it never was
}

func newStashOutput(all []desk.Stashed) stashOutput {
	o := stashOutput{Schema: 1, Keys: make([]stashKey, len(all))}
	for i, e := range all {
		o.Keys[i] = newStashKey(e)
	}
	return o
}

func newStashKey(s desk.Stashed) stashKey {
	e := s.Entry
	k := stashKey{
		Account: e.Account, ID: unlessEmpty(e.KeyID), Name: unlessEmpty(e.Name), Type: unlessHidden(s.Type), APIURL: e.Origin,
		OrganizationID: unlessEmpty(e.OrganizationID), CreatedAt: unlessZero(e.CreatedAt), Status: string(s.Status), Kept: s.Kept,
		Places: make([]stashPlace, len(e.Places)),
	}
	if e.ExpiresAt != nil {
		k.ExpiresAt = unlessZero(*e.ExpiresAt)
	}
	if s.Scope != desk.NotShown {
		k.AllWorkspaces, k.Workspaces = &e.AllWorkspaces, append([]string{}, e.Workspaces...)
	}
	for i, p := range e.Places {
		k.Places[i] = stashPlace{Kind: p.Kind, Where: p.Where, Custody: p.Custody, At: unlessZero(p.At)}
		if p.ReadBackAt != nil {
			k.Places[i].ReadBackAt = unlessZero(*p.ReadBackAt)
		}
		if p.Kind == stash.KindEnvFile {
			name := p.Variable
			if name == "" {
				name = stash.EnvAPIKey
			}
			k.Places[i].Variable = &name
		}
	}
	return k
}

func unlessZero(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	at = at.UTC()
	return &at
}

// writeStash writes the keys for people.
func (a *app) writeStash(all []desk.Stashed, noHeaders bool) error {
	head := []string{"NAME", "TYPE", "SCOPE", "PLATFORM", "ORGANIZATION", "EXPIRES", "STATUS", "WHERE", "ID"}
	lines := make([][]string, len(all))
	for i, e := range all {
		organization := desk.NotShown
		if e.Entry.OrganizationID != "" {
			organization = desk.ShortID(e.Entry.OrganizationID)
		}
		lines[i] = []string{
			e.Name, e.Type, e.Scope, host(e.Entry.Origin), organization, date(expiryOf(e), time.Local), string(e.Status), places(e), e.Ref,
		}
	}
	return a.writeLines(head, lines, noHeaders)
}

// host is a platform's address in a table.
func host(origin string) string {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return visible.Line(origin)
	}
	return visible.Line(u.Host)
}

// expiryOf is the end of a key of the stash in the form that a key of the platform has.
func expiryOf(e desk.Stashed) client.Field[time.Time] {
	if e.Entry.ExpiresAt == nil {
		return client.Null[time.Time]()
	}
	return client.Some(*e.Entry.ExpiresAt)
}

// writeLines writes columns under each other, or a line for each fact where lines are wanted. The last column is never
// cut.
func (a *app) writeLines(head []string, lines [][]string, noHeaders bool) error {
	out := bufio.NewWriter(a.Out)
	utf8 := a.takesUTF8()
	if a.plainLines() {
		for i, line := range lines {
			if i > 0 {
				_, _ = out.WriteString("\n") // Flush tells of it
			}
			facts := make([]fact, len(line))
			for j := range line {
				facts[j] = fact{strings.ToLower(head[j]), line[j]}
				if noHeaders {
					facts[j].label = ""
				}
			}
			writeFacts(out, facts, 0, utf8)
		}
		return out.Flush()
	}
	if !noHeaders {
		lines = append([][]string{head}, lines...)
	}
	width, cell, whole := visible.Width, visible.Cell, visible.Line
	if !utf8 {
		width = func(s string) int { return len(visible.ASCII(s)) }
		cell, whole = visible.CellASCII, visible.ASCII
	}
	last := len(head) - 1
	widths := make([]int, last)
	for _, line := range lines {
		for i := range widths {
			widths[i] = min(max(widths[i], width(line[i])), widest)
		}
	}
	for _, line := range lines {
		for i, w := range widths {
			_, _ = out.WriteString(cell(line[i], w) + "  ")
		}
		_, _ = out.WriteString(whole(line[last]) + "\n")
	}
	return out.Flush()
}

// writeStashed writes a line for each fact about a key of the stash.
func (a *app) writeStashed(e desk.Stashed) error {
	now, zone := time.Now(), time.Local
	or := func(text, otherwise string) string {
		if text == "" {
			return otherwise
		}
		return text
	}
	facts := []fact{
		{"name", e.Name},
		{"id", or(e.ID, "not known")},
		{"stored under", e.Entry.Account},
		{"status", string(e.Status) + " by its end; fob stash check asks the platform"},
		{"type", typeWords(e.Type)},
		{"workspaces", e.Scope},
		{"platform", e.Entry.Origin},
		{"organization", or(e.Entry.OrganizationID, "not known")},
	}
	if len(e.Entry.Workspaces) > 1 {
		facts[5].text = strings.Join(e.Entry.Workspaces, ", ")
	}
	if !e.Entry.CreatedAt.IsZero() {
		facts = append(facts, fact{"created", moment(e.Entry.CreatedAt, now, zone)})
	}
	facts = append(facts, fact{"expires", momentOr(expiryOf(e), "never", now, zone)})
	for _, p := range e.Entry.Places {
		text := desk.PlaceName(p) + ", since " + moment(p.At, now, zone)
		if p.Kind == stash.KindEnvFile && p.Variable != "" {
			text = p.Variable + " in the " + text
		}
		facts = append(facts, fact{p.Custody, text})
	}
	out := bufio.NewWriter(a.Out)
	writeFacts(out, facts, a.labelWidth(facts), a.takesUTF8())
	return out.Flush()
}
