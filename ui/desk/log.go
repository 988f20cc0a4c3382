package desk

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"fob/client/lifecycle"
	"fob/client/visible"
)

// Deed is one thing that fob did or meant to do on this machine, as people see it. Every text in it has been made safe to
// show; Deed.Deed holds what the journal says.
type Deed struct {
	*lifecycle.Deed
	Ref      string   // unlike that of every other deed of the log
	Name     string   // what the key is called, the start of its id, or "not known"
	Named    bool     //
	ID       string   // of the key; "" if it isn't known
	Kind     string   // "issue", "revoke", "edit", or what a newer fob calls it
	Came     string   // what came of it: a lifecycle.End, or a newer fob's word
	Said     string   // why, or the error; "" if nothing is to be said
	By       string   // who did it; "" if it isn't known
	Profile  string   //
	Scope    string   // the workspace, or "the organization"
	Settings string   // what was asked of the platform, in words; "" if nothing is known of it
	Where    []string // where the secret of a new key was to go, or went, each with what became of it
	Stages   []string // what is written of it, of a rotation, or when the kinds are those of a newer fob
	Advice   string   // what can be done about it, if it is open
}

// NotKnown stands where the journal doesn't say something.
const NotKnown = "not known"

// Log is what fob did on this machine, newest first.
type Log struct {
	Deeds      []*Deed
	Unreadable int // lines of the journal that can't be read
	First      int // the number of the first of them
}

// Open counts the deeds that something may be left to do about.
func (l Log) Open() int {
	n := 0
	for _, d := range l.Deeds {
		if d.Open() {
			n++
		}
	}
	return n
}

// Warning says which lines can't be read, "" if all can.
func (l Log) Warning() string {
	switch l.Unreadable {
	case 0:
		return ""
	case 1:
		return "line " + Thousands(l.First) + " of the journal can't be read, and is left out"
	}
	return Thousands(l.Unreadable) + " lines of the journal can't be read: line " + Thousands(l.First) + ", …"
}

// ReadLog reads a journal; it needs no platform. zone is the one on screen. The error is the journal's, or ctx's: what
// was read until then is beside it.
func ReadLog(ctx context.Context, journal lifecycle.Journal, zone *time.Location) (Log, error) {
	read, err := lifecycle.Deeds(ctx, journal)
	all := make([]Deed, len(read.Deeds))
	log := Log{Deeds: make([]*Deed, len(all)), Unreadable: read.Unreadable, First: read.First}
	for i, d := range read.Deeds {
		all[i] = newDeed(d, zone)
		all[i].Ref = cmp.Or(d.Intent, "line of its own "+Thousands(len(all)-i))
		log.Deeds[i] = &all[i]
	}
	return log, err
}

// Log reads what fob did on this machine, on every platform.
func (d *Desk) Log(ctx context.Context) (Log, error) {
	log, err := ReadLog(ctx, d.options.Journal, d.options.Location)
	for _, deed := range log.Deeds {
		if d.options.Demo && deed.Rotated != nil && deed.Advice != "" { // no command reaches what the demo remembers
			deed.Advice = "R on the key shows how far it is, and goes on with it"
		}
	}
	return log, err
}

func newDeed(from *lifecycle.Deed, zone *time.Location) Deed {
	d := Deed{
		Deed: from, Name: NotKnown, ID: visible.Line(from.KeyID), Kind: visible.Line(from.Action), Came: visible.Line(string(from.End)),
		By: visible.Line(from.Who), Profile: visible.Line(from.Profile), Scope: "the organization",
	}
	switch {
	case strings.TrimSpace(from.KeyName) != "":
		d.Name, d.Named = visible.Line(from.KeyName), true
	case from.KeyID != "":
		d.Name = ShortID(from.KeyID) + " (unnamed)"
	case from.What != nil:
		d.Name = "(unnamed)"
	}
	if from.Workspace != "" {
		d.Scope = visible.Line(from.Workspace)
	}
	d.Said = said(from)
	d.Settings = settings(from, zone)
	d.Where = whereTo(from)
	if !slices.Contains(lifecycle.Actions(), from.Action) || from.Action == lifecycle.ActionRotate {
		for _, e := range from.Entered {
			d.Stages = append(d.Stages, visible.Line(string(e.Kind)))
		}
	}
	if d.Open() {
		d.Advice = "a newer fob began it; that one can tell what it is about"
		switch {
		case from.Left != nil:
			d.Advice = unfinished(*from.Left)
		case from.Rotated != nil:
			d.Advice = rotating(*from.Rotated).Next()
		case from.Action == lifecycle.ActionQuarantine, from.Action == lifecycle.ActionRelease:
			d.Advice = "another fob is at it right now, or it was cut off; fob show " + ShortID(from.KeyID) + " tells how the key is now"
		case from.Action == lifecycle.ActionBulk:
			d.Advice = "another fob is at it right now, or it was cut off; the same command with --resume goes on with what is left"
		}
	}
	return d
}

// said is why it came as it did.
func said(d *lifecycle.Deed) string {
	var parts []string
	for _, text := range []string{d.Why, d.Error} {
		if text != "" {
			parts = append(parts, visible.Line(text))
		}
	}
	if d.Action == lifecycle.ActionRevoke && d.State != "" && string(d.State) != "revoked" {
		parts = append([]string{visible.Line(string(d.State))}, parts...)
	}
	for _, v := range d.Deviations {
		parts = append(parts, visible.Line(v.Field+": asked "+v.Asked+", made "+v.Got))
	}
	return strings.Join(parts, "; ")
}

// settings are what was asked.
func settings(d *lifecycle.Deed, zone *time.Location) string {
	var parts []string
	if w := d.What; w != nil {
		kind := Service
		if w.Personal {
			kind = Personal
		}
		parts = append(parts, kind+" key", cmp.Or(w.RoleName, w.RoleID, roleWord(w.OrganizationRole)))
		if w.OrganizationRole != "" && (w.RoleName != "" || w.RoleID != "") {
			parts = append(parts, roleWord(w.OrganizationRole)+" in the organization")
		}
		switch {
		case w.AllWorkspaces:
			parts = append(parts, "every workspace")
		case len(w.Workspaces) > 0:
			parts = append(parts, strings.Join(w.Workspaces, ", "))
		}
		if w.ExpiresAt == nil {
			parts = append(parts, "never expires")
		} else {
			parts = append(parts, "until "+w.ExpiresAt.In(zone).Format("2006-01-02 15:04 MST"))
		}
	}
	for _, a := range d.Altered {
		from, to := NotShown, NotShown
		if a.From != nil {
			from = quoted(*a.From)
		}
		if a.To != nil {
			to = quoted(*a.To)
		}
		parts = append(parts, a.Field+" from "+from+" to "+to)
	}
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	return visible.Line(strings.Join(parts, ", "))
}

func quoted(text string) string {
	if text == "" {
		return "(none)"
	}
	return text
}

// whereTo are the places, with what became of the secret at each.
func whereTo(d *lifecycle.Deed) []string {
	var all []string
	for _, p := range d.Places {
		text := p.Destination + ": " + cmp.Or(p.Custody, "not stored")
		if p.Error != "" {
			text = p.Destination + ": failed: " + p.Error
		}
		all = append(all, visible.Line(text))
	}
	for _, name := range d.Where {
		if !slices.ContainsFunc(d.Places, func(p lifecycle.Place) bool { return p.Destination == name }) {
			all = append(all, visible.Line(name))
		}
	}
	return all
}

// About tells whether ref means the deed's key: its id or the start of one, four characters at least, or its name. Of a
// new key whose id isn't certain, every one that it may be counts.
func (d *Deed) About(ref string) bool {
	if d.KeyName == ref || d.KeyID == ref {
		return true
	}
	is := func(id string) bool {
		return len(ref) >= 4 && len(id) >= len(ref) && strings.EqualFold(id[:len(ref)], ref)
	}
	return is(d.KeyID) || slices.ContainsFunc(d.Candidates, is)
}

// LogActions are what deeds are called, as Deed.Kind has it.
func LogActions() []string { return lifecycle.Actions() }
