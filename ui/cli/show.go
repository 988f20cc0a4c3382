package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fob/client"
	"fob/client/visible"
	"fob/config/stash"
	"fob/ui/desk"
)

// showOutput is what fob show --json writes: the key as in fob list, and what a list leaves out.
type showOutput struct {
	Schema         int           `json:"schema"`
	AsOf           time.Time     `json:"as_of"` // UTC, by the platform's clock
	OrganizationID *string       `json:"organization_id"`
	Key            wholeKey      `json:"key"`
	Places         []placeOutput `json:"places"` // where this machine put its secret
}

type wholeKey struct {
	keyOutput
	LastUsedAt *time.Time                 `json:"last_used_at"` // UTC; only if the platform itself says so
	Unknown    map[string]json.RawMessage `json:"unknown"`      // fields that fob doesn't know, as they were sent
}

// placeOutput is where a key's secret went.
type placeOutput struct {
	Kind    string     `json:"kind"`
	Where   string     `json:"where"`
	Custody *string    `json:"custody"` // "kept", "handed over" or "sent"; null: it isn't there
	At      *time.Time `json:"at"`      // UTC
	Error   *string    `json:"error"`
}

func (a *app) showCommand() *cobra.Command {
	var (
		w      where
		asJSON bool
	)
	cmd := &cobra.Command{
		Use: "show KEY", Short: "Show everything that is known of a key", GroupID: groupKeys,
		Long: "Shows a key with everything that the platform sends of it, fields that fob doesn't know, too, and where this\n" +
			"machine put its secret. The secret itself is never shown: the platform doesn't have it any more.\n\n" + keyArgument,
		Example: "  fob show ci-eval\n  fob show 7b2f1c7e --json\n  fob show ci-eval --workspace claims-search",
		Args:    oneKey, ValidArgsFunction: a.completeKeys,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := w.check(); err != nil {
				return err
			}
			f, err := a.read(cmd.Context(), &w)
			if err != nil {
				return err
			}
			row, err := f.key(args[0])
			if err != nil {
				return err
			}
			places, err := f.placesOf(cmd.Context(), row)
			if err != nil {
				a.warn("the stash's index can't be read: " + err.Error())
			}
			if asJSON {
				return writeJSON(a.Out, a.showOutput(f, row, places))
			}
			return a.writeDetails(f.Desk, row, places)
		},
	}
	w.flags(a, cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON, for scripts")
	return cmd
}

// oneKey takes exactly one argument.
func oneKey(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return wrongUsage(cmd.CommandPath()+" --help says what a KEY is", "%s needs a KEY", cmd.CommandPath())
	case len(args) > 1:
		return wrongUsage("put a name with blanks into quotes", "%s takes one KEY, not %d", cmd.CommandPath(), len(args))
	}
	return nil
}

// placesOf is where this machine put the secret of the key.
func (f *found) placesOf(ctx context.Context, row *desk.Row) ([]stash.Place, error) {
	entries, err := f.Stash(ctx)
	if err != nil {
		return nil, err
	}
	var places []stash.Place
	for _, e := range entries {
		if e.KeyID == row.Key.ID && e.Origin == f.Origin() {
			places = append(places, e.Places...)
		}
	}
	return places, nil
}

func (a *app) showOutput(f *found, row *desk.Row, places []stash.Place) showOutput {
	o := showOutput{
		Schema: 1, AsOf: f.list.AsOf.UTC(), OrganizationID: unlessEmpty(organizationOf(f.Desk, f.who)),
		Key:    wholeKey{newKeyOutput(row), utc(row.Key.LastUsedAt), map[string]json.RawMessage{}},
		Places: make([]placeOutput, len(places)),
	}
	for name, raw := range row.Key.Unknown {
		o.Key.Unknown[name] = bytes.ToValidUTF8([]byte(a.raw(raw)), []byte("\ufffd"))
	}
	for i, p := range places {
		at := p.At.UTC()
		o.Places[i] = placeOutput{Kind: p.Kind, Where: p.Where, Custody: unlessEmpty(p.Custody), At: &at}
	}
	return o
}

// raw is a field that fob doesn't know: a platform may say back in it what it was sent.
func (a *app) raw(field json.RawMessage) string {
	return withoutSecrets(a.session.Redact(string(field)))
}

// writeDetails writes a line for each fact.
func (a *app) writeDetails(d *desk.Desk, row *desk.Row, places []stash.Place) error {
	facts := details(row, d.Now(), d.Location())
	if web := d.Profile().WebURL; web != "" {
		facts = append(facts, fact{"web pages", visible.Line(web)})
	}
	for _, p := range places {
		text := p.Kind
		if p.Where != "" && p.Where != p.Kind {
			text = p.Where
		}
		facts = append(facts, fact{p.Custody, text + ", since " + moment(p.At, d.Now(), d.Location())})
	}
	for _, name := range slices.Sorted(maps.Keys(row.Key.Unknown)) {
		facts = append(facts, fact{name, a.raw(row.Key.Unknown[name])})
	}
	out := bufio.NewWriter(a.Out)
	writeFacts(out, facts, a.labelWidth(facts), a.takesUTF8())
	return out.Flush()
}

// labelWidth is the room for the labels, 0 where nothing is laid out.
func (a *app) labelWidth(facts []fact) int {
	if a.plainLines() {
		return 0
	}
	width := 0
	for _, f := range facts {
		width = max(width, min(visible.Width(f.label)+2, widest))
	}
	return width
}

// details are the facts about a key, in words.
func details(row *desk.Row, now time.Time, zone *time.Location) []fact {
	k := row.Key
	facts := []fact{
		{"name", row.Name},
		{"id", k.ID},
		{"status", string(row.Status)},
		{"type", typeWords(row.Type)},
		{"role", row.Role},
		{"organization role", row.OrgRole},
		{"workspaces", reachWords(row)},
		{"created", momentOr(k.CreatedAt, desk.NotShown, now, zone)},
		{"created by", row.CreatedBy},
		{"expires", momentOr(k.ExpiresAt, "never", now, zone)},
	}
	if used, ok := k.LastUsedAt.Get(); ok {
		facts = append(facts, fact{"used", moment(used, now, zone) + " (the platform says so)"})
	}
	return facts
}

func typeWords(kind string) string {
	switch kind {
	case desk.Service:
		return "service: linked to nobody; the search history shows its name as the actor"
	case desk.Personal:
		return "personal: stops working when its owner leaves the organization"
	}
	return kind
}

func reachWords(row *desk.Row) string {
	switch {
	case row.All:
		return "every workspace, future ones too"
	case len(row.Reach) == 1:
		return row.Reach[0] + ", and no other"
	case len(row.Reach) > 1:
		return strings.Join(row.Reach, ", ")
	}
	return row.Scope
}

// momentOr is a time in words, null where there is none.
func momentOr(f client.Field[time.Time], null string, now time.Time, zone *time.Location) string {
	at, ok := f.Get()
	switch {
	case ok:
		return moment(at, now, zone)
	case f.IsNull():
		return null
	}
	return desk.NotShown
}

// moment is a time in the zone on screen, in UTC, and from now: "2027-02-20 23:59:59 CET = 22:59:59 UTC (in 90 days)".
func moment(at, now time.Time, zone *time.Location) string {
	local := at.In(zone)
	text := local.Format(time.DateTime + " MST")
	if _, offset := local.Zone(); offset != 0 {
		form := time.TimeOnly
		if local.Format(time.DateOnly) != at.UTC().Format(time.DateOnly) {
			form = time.DateTime
		}
		text += " = " + at.UTC().Format(form) + " UTC"
	}
	return text + " (" + desk.Until(at, now) + ")"
}
