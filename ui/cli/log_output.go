package cli

import (
	"bufio"
	"strings"
	"time"

	"fob/ui/desk"
)

// logOutput is what fob log --json writes. Fields are added, never renamed, while the schema stays; texts are as the
// journal has them, escaped where they would do something to a terminal.
type logOutput struct {
	Schema     int          `json:"schema"`
	Complete   bool         `json:"complete"`   // false: the journal could not be read to its end
	Unreadable int          `json:"unreadable"` // lines that were torn by a crash, or are no entries
	Total      int          `json:"total"`      // what was found, before --limit
	Deeds      []deedOutput `json:"deeds"`      // newest first
}

type deedOutput struct {
	Intent         *string       `json:"intent"`
	At             *time.Time    `json:"at"`       // UTC; when it was begun
	EndedAt        *time.Time    `json:"ended_at"` // UTC; when something was last written of it
	Action         string        `json:"action"`   // "issue", "revoke", "edit", "rotate", "quarantine", "release", "bulk", or what a newer fob calls it
	Outcome        string        `json:"outcome"`
	Unfinished     bool          `json:"unfinished"` // something may be left to do: advice says what
	Advice         *string       `json:"advice"`
	Why            *string       `json:"why"`
	Error          *string       `json:"error"`
	Profile        *string       `json:"profile"`
	APIURL         *string       `json:"api_url"`
	OrganizationID *string       `json:"organization_id"`
	Workspace      *string       `json:"workspace"` // null: on the organization
	Who            *string       `json:"who"`
	KeyID          *string       `json:"key_id"`
	KeyName        *string       `json:"key_name"`
	Certainty      *string       `json:"certainty"`      // of key_id
	Candidates     []string      `json:"candidates"`     // ids, where it isn't certain which key was made
	Settings       *deedSettings `json:"settings"`       // of a new key: what was asked
	Changes        []deedChange  `json:"changes"`        // of a key that was to be changed
	Where          []string      `json:"where"`          // where its secret was to go
	Places         []deedPlace   `json:"places"`         // what became of it there
	Rotation       *string       `json:"rotation"`       // the intent of the rotation that it is a part of
	Stage          *string       `json:"rotation_stage"` // of a rotation: as fob rotate --status has it
	Entries        []deedEntry   `json:"entries"`
}

type deedSettings struct {
	Type             string     `json:"type"`
	Role             *string    `json:"role"`
	OrganizationRole *string    `json:"organization_role"`
	Workspaces       []string   `json:"workspaces"`
	AllWorkspaces    bool       `json:"all_workspaces"`
	ExpiresAt        *time.Time `json:"expires_at"` // UTC; null: never
}

type deedChange struct {
	Field string  `json:"field"`
	From  *string `json:"from"`
	To    *string `json:"to"`
}

type deedPlace struct {
	Where   string     `json:"where"`
	Custody *string    `json:"custody"` // "kept", "handed over" or "sent"; null: it isn't there
	At      *time.Time `json:"at"`      // UTC
	Error   *string    `json:"error"`
}

type deedEntry struct {
	At   *time.Time `json:"at"` // UTC
	Kind string     `json:"kind"`
}

func newLogOutput(log desk.Log, found []*desk.Deed, total int, complete bool) logOutput {
	o := logOutput{Schema: 1, Complete: complete, Unreadable: log.Unreadable, Total: total, Deeds: make([]deedOutput, len(found))}
	for i, d := range found {
		o.Deeds[i] = newDeedOutput(d)
	}
	return o
}

func newDeedOutput(d *desk.Deed) deedOutput {
	from := d.Deed
	o := deedOutput{
		Intent: unlessEmpty(from.Intent), At: unlessZero(from.At), EndedAt: unlessZero(from.Ended), Action: from.Action, Outcome: string(from.End),
		Unfinished: from.Open(), Advice: unlessEmpty(d.Advice), Why: unlessEmpty(from.Why), Error: unlessEmpty(from.Error),
		Profile: unlessEmpty(from.Profile), APIURL: unlessEmpty(from.Origin), OrganizationID: unlessEmpty(from.Organization),
		Workspace: unlessEmpty(from.Workspace), Who: unlessEmpty(from.Who), KeyID: unlessEmpty(from.KeyID), KeyName: unlessEmpty(from.KeyName),
		Certainty: unlessEmpty(string(from.Certainty)), Candidates: append([]string{}, from.Candidates...), Where: append([]string{}, from.Where...),
		Changes: make([]deedChange, len(from.Altered)), Places: make([]deedPlace, len(from.Places)), Entries: make([]deedEntry, len(from.Entered)),
	}
	if w := from.What; w != nil {
		s := deedSettings{
			Type: desk.Service, Role: unlessEmpty(w.RoleName), OrganizationRole: unlessEmpty(w.OrganizationRole),
			Workspaces: append([]string{}, w.Workspaces...), AllWorkspaces: w.AllWorkspaces,
		}
		if w.Personal {
			s.Type = desk.Personal
		}
		if s.Role == nil {
			s.Role = unlessEmpty(w.RoleID)
		}
		if w.ExpiresAt != nil {
			s.ExpiresAt = unlessZero(*w.ExpiresAt)
		}
		o.Settings = &s
	}
	if o.Rotation = unlessEmpty(from.Rotation); from.Rotated != nil {
		o.Stage = unlessEmpty(string(from.Rotated.Stage))
	}
	for i, c := range from.Altered {
		o.Changes[i] = deedChange{c.Field, c.From, c.To}
	}
	for i, p := range from.Places {
		o.Places[i] = deedPlace{Where: p.Destination, At: unlessZero(p.At), Error: unlessEmpty(p.Error)}
		if p.Error == "" {
			o.Places[i].Custody = unlessEmpty(p.Custody)
		}
	}
	for i, e := range from.Entered {
		o.Entries[i] = deedEntry{unlessZero(e.At), string(e.Kind)}
	}
	return o
}

// writeDeeds writes a line for each fact about each deed, and an empty one between two.
func (a *app) writeDeeds(found []*desk.Deed, noHeaders bool) error {
	out := bufio.NewWriter(a.Out)
	utf8, now := a.takesUTF8(), time.Now()
	for i, d := range found {
		if i > 0 {
			_, _ = out.WriteString("\n") // Flush tells of it
		}
		at := desk.NotKnown
		if !d.At.IsZero() {
			at = moment(d.At, now, time.Local)
		}
		var facts []fact
		for _, f := range []fact{
			{"time", at},
			{"action", d.Kind},
			{"key", d.Name},
			{"id", d.ID},
			{"outcome", d.Came},
			{"why", d.Said},
			{"advice", d.Advice},
			{"asked", d.Settings},
			{"where", strings.Join(d.Where, ", ")},
			{"in", d.Scope},
			{"who", d.By},
			{"profile", d.Profile},
			{"organization", d.Organization},
			{"platform", host(d.Origin)},
			{"written", strings.Join(d.Stages, ", ")},
		} {
			if f.text == "" {
				continue
			}
			if noHeaders {
				f.label = ""
			}
			facts = append(facts, f)
		}
		writeFacts(out, facts, 0, utf8)
	}
	return out.Flush()
}
